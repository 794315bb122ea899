package federation_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

const followsHeader = "Collection-Synchronization"

// alter changes what a town knows of follows, without a word said.
func (p *peer) alter(change func(context.Context, *storage.Tx) error) {
	p.t.Helper()
	if err := p.rows().InTx(context.Background(), change); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) lookUp(handle string) *parvis.Account {
	p.t.Helper()
	acc, err := p.app.Lookup(context.Background(), p.Node, handle)
	if err != nil {
		p.t.Fatal(err)
	}
	return acc
}

// stand tells how a town sees a follow: accepted, asked or none.
func (p *peer) stand(follower, followed parvis.ID) string {
	p.t.Helper()
	f, err := p.rows().Follow(context.Background(), follower, followed)
	switch {
	case errors.Is(err, parvis.ErrNotFound):
		return "none"
	case err != nil:
		p.t.Fatal(err)
	case f.Accepted:
		return "accepted"
	}
	return "asked"
}

// TestFollowsAgree: two nodes that came to think differently of who follows whom find
// out by the next post, and agree.
func TestFollowsAgree(t *testing.T) {
	for _, e := range parvistest.Engines(t) {
		t.Run(e.Name, func(t *testing.T) {
			ctx, c := context.Background(), newClock()
			malakoff, montreuil := newPeerOn(t, c, "Malakoff", e.URL(t)), newPeerOn(t, c, "Montreuil", e.URL(t))
			lea := malakoff.resident("lea")
			there := montreuil.lookUp("lea@" + malakoff.Host)
			asks := func(name string) (here, known *parvis.Account) {
				t.Helper()
				v := montreuil.resident(name)
				if err := montreuil.app.Follow(ctx, montreuil.Node, v, there.ID); err != nil {
					t.Fatal(err)
				}
				settle(t, montreuil, malakoff)
				return v.Account, malakoff.known(v.Account.URI)
			}
			jeanne, jeanneKnown := asks("jeanne")
			karim, karimKnown := asks("karim")
			odile, odileKnown := asks("odile")
			nadia, nadiaKnown := asks("nadia")
			malakoff.alter(func(ctx context.Context, tx *storage.Tx) error {
				_, err := tx.RemoveFollow(ctx, jeanneKnown.ID, lea.ID())
				return err
			})
			montreuil.alter(func(ctx context.Context, tx *storage.Tx) error {
				_, err := tx.RemoveFollow(ctx, karim.ID, there.ID)
				return err
			})
			montreuil.alter(func(ctx context.Context, tx *storage.Tx) error {
				f, err := tx.RemoveFollow(ctx, nadia.ID, there.ID)
				if err != nil {
					return err
				}
				f.Accepted = false
				return tx.AddFollow(ctx, f)
			})
			c.pass(2 * time.Hour)
			asked := func() int { return malakoff.log.count("GET /@lea/followers_synchronization") }
			tell := func() {
				t.Helper()
				malakoff.publish(lea, drill(parvis.Followers))
				settle(t, malakoff, montreuil)
				c.pass(time.Minute)
				settle(t, montreuil, malakoff)
			}
			tell()
			for name, pair := range map[string][2]string{
				"jeanne, whom Malakoff forgot": {montreuil.stand(jeanne.ID, there.ID), "none"},
				"karim, whom Montreuil forgot": {malakoff.stand(karimKnown.ID, lea.ID()), "none"},
				"odile":                        {montreuil.stand(odile.ID, there.ID), "accepted"},
				"odile in Malakoff":            {malakoff.stand(odileKnown.ID, lea.ID()), "accepted"},
				"nadia, whose answer was lost": {montreuil.stand(nadia.ID, there.ID), "accepted"},
				"nadia in Malakoff":            {malakoff.stand(nadiaKnown.ID, lea.ID()), "accepted"},
			} {
				if pair[0] != pair[1] {
					t.Errorf("%s: %s, want %s", name, pair[0], pair[1])
				}
			}
			if got := asked(); got != 1 {
				t.Errorf("the list was asked for %d times, want once", got)
			}
			tell()
			if got := asked(); got != 1 {
				t.Errorf("they agree, and the list was asked for %d times", got-1)
			}
		})
	}
}

// TestFollowsHeader: what is said to followers carries the digest of those at the
// receiving server, signed; the list is shown to that server only.
func TestFollowsHeader(t *testing.T) {
	c := newClock()
	malakoff, mastodon, evil := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie", "paul", "instance"), newStranger(t, c, "mallory")
	lea := malakoff.resident("lea")
	var mu sync.Mutex
	var headers []string
	mastodon.trap("/inbox", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		params, parseErr := federation.ParseSignature(r)
		key, keyErr := federation.ParsePublicKey(malakoff.known(lea.Account.URI).PublicKey)
		verifyErr := federation.Verify(r, body, params, federation.Against{Key: key, Base: mastodon.base, Now: c.Now()})
		if err := errors.Join(err, parseErr, keyErr, verifyErr); err != nil {
			t.Error(err)
		}
		header := r.Header.Get(followsHeader)
		if (header != "") != slices.Contains(params.Covered, "collection-synchronization") {
			t.Errorf("%q, of which is signed: %v", header, params.Covered)
		}
		mu.Lock()
		defer mu.Unlock()
		headers = append(headers, header)
		w.WriteHeader(http.StatusAccepted)
	})
	for i, name := range []string{"marie", "paul"} {
		mastodon.say(malakoff, name, mastodon.activity("Follow", fmt.Sprint("/f/", i), name, lea.Account.URI))
	}
	evil.say(malakoff, "mallory", evil.activity("Follow", "/f/1", "mallory", lea.Account.URI))
	list := lea.Account.URI + "/followers_synchronization"
	want := fmt.Sprintf(`collectionId="%s", url="%s", digest="%s"`, lea.Account.FollowersURI, list, digestOfIDs(mastodon.uri("marie"), mastodon.uri("paul")))
	for _, tt := range []struct {
		to   parvis.Audience
		want string
	}{{parvis.Everyone, want}, {parvis.Followers, want}} {
		headers = nil
		malakoff.publish(lea, drill(tt.to))
		settle(t, malakoff)
		if len(headers) != 1 || headers[0] != tt.want {
			t.Errorf("for %s: %q, want %q", tt.to, headers, tt.want)
		}
	}
	// The node's actor of Mastodon asks, whose key was never seen here.
	for _, tt := range []struct {
		by     *stranger
		signer string
		want   []any
	}{
		{mastodon, "instance", []any{mastodon.uri("marie"), mastodon.uri("paul")}},
		{evil, "mallory", []any{evil.uri("mallory")}},
	} {
		status, doc := tt.by.signedGet(list, tt.signer)
		items, _ := doc["orderedItems"].([]any)
		slices.SortFunc(items, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		if status != http.StatusOK || doc["id"] != list || !slices.Equal(items, tt.want) {
			t.Errorf("%s is shown %d %v, want %v", tt.signer, status, items, tt.want)
		}
	}
	if status, _, _ := malakoff.get("/@lea/followers_synchronization"); status != http.StatusUnauthorized {
		t.Errorf("unsigned: status %d, want 401", status)
	}
}

func (s *stranger) signedGet(address, signer string) (int, map[string]any) {
	s.t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Accept", "application/activity+json")
	if err := (federation.Key{ID: s.uri(signer) + "#main-key", Private: s.keys[signer]}).Sign(r, nil, s.clock.Now()); err != nil {
		s.t.Fatal(err)
	}
	status, doc, _ := ask(s.t, r)
	return status, doc
}

func digestOfIDs(ids ...string) string {
	var digest [sha256.Size]byte
	for _, id := range ids {
		sum := sha256.Sum256([]byte(id))
		for i := range digest {
			digest[i] ^= sum[i]
		}
	}
	return hex.EncodeToString(digest[:])
}

// TestAttackFollowers: attack 27. Of lists of followers that are another's, wrong or
// endless none ends a follow.
func TestAttackFollowers(t *testing.T) {
	s := newScene(t)
	mallory := s.evil.followedBy(s.malakoff, s.lea, "mallory")
	marie := s.mastodon.followedBy(s.malakoff, s.lea, "marie")
	karim := s.malakoff.resident("karim").Account.URI
	list := func(path string, ids ...string) map[string]any {
		return map[string]any{"@context": "https://www.w3.org/ns/activitystreams", "id": s.evil.base + path, "type": "OrderedCollection", "orderedItems": ids}
	}
	others := make([]string, 10_001)
	for i := range others {
		others[i] = s.malakoff.URL(fmt.Sprint("/@u", i))
	}
	s.evil.serve("/empty", list("/empty"))
	s.evil.serve("/karim", list("/karim", karim))
	s.evil.serve("/twice", list("/twice", karim, karim))
	s.evil.serve("/strangers", list("/strangers", s.mastodon.uri("paul")))
	s.evil.serve("/huge", list("/huge", others...))
	s.evil.serve("/lent", map[string]any{"id": s.mastodon.base + "/lent", "type": "OrderedCollection", "orderedItems": []string{}})
	s.mastodon.serve("/empty", map[string]any{"id": s.mastodon.base + "/empty", "type": "OrderedCollection", "orderedItems": []string{}})
	s.evil.trap("/endless", func(w http.ResponseWriter, r *http.Request) {
		page := r.URL.Query().Get("page")
		doc := list("/endless?page="+page, s.malakoff.URL("/@u"+page))
		doc["next"] = s.evil.base + "/endless?page=" + page + "1"
		w.Header().Set("Content-Type", "application/activity+json")
		_ = json.NewEncoder(w).Encode(doc)
	})
	own, nobody := s.evil.uri("mallory")+"/followers", digestOfIDs()
	for i, tt := range []struct {
		name                    string
		collection, url, digest string
		unsigned                bool
		asked, want             string // what of the hostile server is asked for; how Léa's follow stands
	}{
		{"27 url elsewhere", own, s.mastodon.base + "/empty", nobody, false, "", "accepted"},
		{"27 collection of another", marie.FollowersURI, s.evil.base + "/empty", nobody, false, "", "accepted"},
		{"27 collection and url of another", marie.FollowersURI, s.mastodon.base + "/empty", nobody, false, "", "accepted"},
		{"27 unsigned", own, s.evil.base + "/empty", nobody, true, "", "accepted"},
		{"27 wrong digest", own, s.evil.base + "/karim", nobody, false, "/karim", "accepted"},
		{"27 twice", own, s.evil.base + "/twice", nobody, false, "/twice", "accepted"},
		{"27 strangers", own, s.evil.base + "/strangers", digestOfIDs(s.mastodon.uri("paul")), false, "/strangers", "accepted"},
		{"27 lent", own, s.evil.base + "/lent", nobody, false, "/lent", "accepted"},
		{"27 huge", own, s.evil.base + "/huge", digestOfIDs(others...), false, "/huge", "accepted"},
		{"27 endless pages", own, s.evil.base + "/endless?page=1", nobody, false, "/endless", "accepted"},
		{"honest", own, s.evil.base + "/karim", digestOfIDs(karim), false, "/karim", "none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := s.evil.log.count("GET " + tt.asked)
			header := fmt.Sprintf(`collectionId="%s", digest="%s", url="%s"`, tt.collection, tt.digest, tt.url)
			note := s.evil.note(fmt.Sprint("/notes/", i), "mallory", "<p>Bonjour</p>")
			said := forged(s.malakoff, s.evil, "mallory", s.evil.activity("Create", fmt.Sprint("/a/", i), "mallory", note), func(f *forgery) {
				f.before = func(r *http.Request) { r.Header.Set(followsHeader, header) }
				if !tt.unsigned {
					f.signed = append(f.signed, "collection-synchronization")
				}
			})
			if got := said.send(t); got != http.StatusAccepted {
				t.Fatalf("status %d", got)
			}
			settle(t, s.malakoff)
			s.clock.pass(time.Minute)
			settle(t, s.malakoff)
			if got := s.malakoff.stand(s.lea.ID(), mallory.ID); got != tt.want {
				t.Errorf("the follow is %s, want %s", got, tt.want)
			}
			if got := s.malakoff.stand(s.lea.ID(), marie.ID); got != "accepted" {
				t.Errorf("the follow of Marie is %s", got)
			}
			got := s.evil.log.count("GET "+tt.asked) - before
			if (got > 0) != (tt.asked != "") || got > 6 {
				t.Errorf("asked for the list %d times", got)
			}
			if got := s.mastodon.log.count("GET /empty") + s.evil.log.count("GET /empty"); got != 0 {
				t.Errorf("asked for what the header may not name, %d times", got)
			}
			s.clock.pass(2 * time.Hour)
		})
	}
	// Karim follows nobody there, and says so.
	var undone []string
	for _, doc := range s.evil.received("Undo") {
		undone = append(undone, fmt.Sprint(doc["actor"]))
	}
	slices.Sort(undone)
	if want := []string{karim, s.lea.Account.URI}; !slices.Equal(undone, want) {
		t.Errorf("follows were taken back by %v, want %v", undone, want)
	}
}
