package federation_test

import (
	"context"
	"crypto/rsa"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// befriend makes two towns partners: one asks, the other agrees.
func befriend(t *testing.T, one, other *peer) {
	t.Helper()
	ctx := context.Background()
	if _, err := one.app.AddPartner(ctx, one.Node, other.Host); err != nil {
		t.Fatal(err)
	}
	settle(t, one, other)
	if _, err := other.app.ApprovePartner(ctx, other.Node, one.Host); err != nil {
		t.Fatal(err)
	}
	settle(t, one, other)
}

func (p *peer) partnership(host string) parvis.PartnerState {
	p.t.Helper()
	found, err := p.rows().Partner(context.Background(), host)
	if errors.Is(err, parvis.ErrNotFound) {
		return ""
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return found.State()
}

func (p *peer) has(uri string) bool {
	p.t.Helper()
	_, err := p.rows().PostByURI(context.Background(), uri)
	if err != nil && !errors.Is(err, parvis.ErrNotFound) {
		p.t.Fatal(err)
	}
	return err == nil
}

func (p *peer) publish(v parvis.Viewer, d app.Draft) *parvis.Post {
	p.t.Helper()
	post, err := p.app.Publish(context.Background(), p.Node, v, d)
	if err != nil {
		p.t.Fatal(err)
	}
	return post
}

func TestPartnership(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff, vanves := newPeer(t, c, "Malakoff"), newPeer(t, c, "Vanves")

	if _, err := malakoff.app.AddPartner(ctx, malakoff.Node, vanves.Host); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff, vanves)
	if got := malakoff.partnership(vanves.Host); got != parvis.PartnerAsked {
		t.Errorf("Malakoff: %s, want asked", got)
	}
	if got := vanves.partnership(malakoff.Host); got != parvis.PartnerAsking {
		t.Errorf("Vanves: %s, want asking", got)
	}
	if _, err := vanves.app.ApprovePartner(ctx, vanves.Node, malakoff.Host); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff, vanves)
	for _, p := range []*peer{malakoff, vanves} {
		for _, q := range []*peer{malakoff, vanves} {
			if p != q && p.partnership(q.Host) != parvis.PartnerActive {
				t.Errorf("%s with %s: %s, want active", p.Name, q.Name, p.partnership(q.Host))
			}
		}
	}
	if err := vanves.app.RemovePartner(ctx, vanves.Node, malakoff.Host); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff, vanves)
	if got := malakoff.partnership(vanves.Host); got == parvis.PartnerActive {
		t.Errorf("Malakoff: %s after Vanves left", got)
	}
}

func TestPartnerNotFound(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	mastodon := serve(t, func(base string, w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) })
	host := mastodon.Listener.Addr().String()
	if _, err := malakoff.app.AddPartner(ctx, malakoff.Node, host); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff)
	if got := malakoff.partnership(host); got != parvis.PartnerFailed {
		t.Errorf("state is %s, want failed", got)
	}
}

// TestAudiences proves that each audience travels as wire.md says: to partners,
// to followers, to named people, to nobody.
func TestAudiences(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff, vanves, paris := newPeer(t, c, "Malakoff"), newPeer(t, c, "Vanves"), newPeer(t, c, "Paris")
	befriend(t, malakoff, vanves)
	lea, jeanne, ali := malakoff.resident("lea"), vanves.resident("jeanne"), paris.resident("ali")
	seenLea, err := paris.app.Lookup(ctx, paris.Node, "lea@"+malakoff.Host)
	if err != nil {
		t.Fatal(err)
	}
	if err := paris.app.Follow(ctx, paris.Node, ali, seenLea.ID); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff, vanves, paris)
	c.pass(time.Minute)

	everyone := malakoff.publish(lea, drill(parvis.Everyone))
	partners := malakoff.publish(lea, drill(parvis.Partners))
	node := malakoff.publish(lea, drill(parvis.OnNode))
	note := func(a parvis.Audience, text string) app.Draft {
		return app.Draft{Detail: &parvis.Note{}, Source: text, Audience: a}
	}
	followers := malakoff.publish(lea, note(parvis.Followers, "Je pars demain."))
	unlisted := malakoff.publish(lea, note(parvis.Unlisted, "Bonne nuit."))
	named := malakoff.publish(lea, note(parvis.Named, "@jeanne@"+vanves.Host+" la clé est chez le gardien"))
	settle(t, malakoff, vanves, paris)

	for _, tt := range []struct {
		what               string
		post               *parvis.Post
		atVanves, atParis  bool
		toAnyone, toVanves int // status of a GET
	}{
		{"everyone", everyone, true, true, 200, 200},
		{"partners", partners, true, false, 404, 200},
		{"node", node, false, false, 404, 404},
		{"followers", followers, false, true, 404, 404},
		{"unlisted", unlisted, false, true, 200, 200},
		{"named", named, true, false, 404, 404},
	} {
		if got := vanves.has(tt.post.URI); got != tt.atVanves {
			t.Errorf("%s: at Vanves %v, want %v", tt.what, got, tt.atVanves)
		}
		if got := paris.has(tt.post.URI); got != tt.atParis {
			t.Errorf("%s: at Paris %v, want %v", tt.what, got, tt.atParis)
		}
		if got, _, _ := malakoff.get(tt.post.Path()); got != tt.toAnyone {
			t.Errorf("%s: a stranger gets %d, want %d", tt.what, got, tt.toAnyone)
		}
		if got, _, _ := vanves.signedGet(malakoff.URL(tt.post.Path())); got != tt.toVanves {
			t.Errorf("%s: the partner gets %d, want %d", tt.what, got, tt.toVanves)
		}
		if got, _, _ := paris.signedGet(malakoff.URL(tt.post.Path())); got != tt.toAnyone {
			t.Errorf("%s: another node gets %d, want %d", tt.what, got, tt.toAnyone)
		}
	}
	if got := vanves.found(partners.URI); got.Audience != parvis.Partners || got.Kind() != parvis.KindOffer {
		t.Errorf("for partners: %s %s", got.Audience, got.Kind())
	}
	if got := vanves.found(named.URI); got.Audience != parvis.Named || len(got.Mentions) != 1 || got.Mentions[0].AccountID != jeanne.ID() {
		t.Errorf("named: %s %+v", got.Audience, got.Mentions)
	}
	if got := paris.found(followers.URI).Audience; got != parvis.Followers {
		t.Errorf("for followers: %s", got)
	}

	// A partner-only offer that is closed or deleted changes there too.
	c.pass(time.Minute)
	if _, err := malakoff.app.SetState(ctx, malakoff.Node, lea, partners.ID, parvis.Done); err != nil {
		t.Fatal(err)
	}
	if err := malakoff.app.Delete(ctx, malakoff.Node, lea, named.ID); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff, vanves, paris)
	if got := vanves.found(partners.URI).State; got != parvis.Done {
		t.Errorf("closed at Malakoff, at Vanves %s", got)
	}
	if vanves.found(named.URI).DeletedAt.IsZero() {
		t.Error("deleted at Malakoff, still at Vanves")
	}
}

// signedGet asks in the name of the town's own actor.
func (p *peer) signedGet(address string) (int, map[string]any, http.Header) {
	p.t.Helper()
	me, err := p.rows().Account(context.Background(), p.ActorID)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.signedGetAs(address, me)
}

func (p *peer) signedGetAs(address string, as *parvis.Account) (int, map[string]any, http.Header) {
	p.t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Accept", "application/activity+json")
	if err := p.key(as).Sign(r, nil, p.clock.Now()); err != nil {
		p.t.Fatal(err)
	}
	return ask(p.t, r)
}

// key is the signing key of a resident.
func (p *peer) key(acc *parvis.Account) federation.Key {
	p.t.Helper()
	keys, err := p.rows().Keys(context.Background(), acc.ID)
	if err != nil {
		p.t.Fatal(err)
	}
	private, err := federation.ParsePrivateKey[*rsa.PrivateKey](keys.RSA)
	if err != nil {
		p.t.Fatal(err)
	}
	return federation.Key{ID: acc.KeyID, Private: private}
}

// TestDownAndBack: a partner that is away for a day misses nothing.
func TestDownAndBack(t *testing.T) {
	for _, e := range parvistest.Engines(t) {
		t.Run(e.Name, func(t *testing.T) { downAndBack(t, e) })
	}
}

func downAndBack(t *testing.T, e parvistest.Engine) {
	ctx, c := context.Background(), newClock()
	malakoff, vanves := newPeerOn(t, c, "Malakoff", e.URL(t)), newPeerOn(t, c, "Vanves", e.URL(t))
	befriend(t, malakoff, vanves)
	lea := malakoff.resident("lea")
	vanves.fail(true)

	kept := malakoff.publish(lea, drill(parvis.Everyone))
	gone := malakoff.publish(lea, drill(parvis.Everyone))
	settle(t, malakoff)
	for range 26 {
		c.pass(time.Hour)
		settle(t, malakoff, vanves)
	}
	if _, err := malakoff.app.SetState(ctx, malakoff.Node, lea, kept.ID, parvis.Reserved); err != nil {
		t.Fatal(err)
	}
	if err := malakoff.app.Delete(ctx, malakoff.Node, lea, gone.ID); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff, vanves)

	vanves.fail(false)
	for range 3 {
		c.pass(time.Hour)
		settle(t, malakoff, vanves)
	}
	if got := vanves.found(kept.URI).State; got != parvis.Reserved {
		t.Errorf("state at Vanves is %s, want reserved", got)
	}
	if vanves.has(gone.URI) && vanves.found(gone.URI).DeletedAt.IsZero() {
		t.Error("the deleted offer is open at Vanves")
	}
	if h, err := malakoff.app.DB.Host(ctx, vanves.Host); err != nil || h.Failures != 0 {
		t.Errorf("health of Vanves: %+v, %v", h, err)
	}
}
