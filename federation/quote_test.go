package federation_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// TestQuoteRequests: a public post may be quoted by everyone who asks, under a stamp
// that lies here until its author takes it back; no other may.
func TestQuoteRequests(t *testing.T) {
	for _, e := range parvistest.Engines(t) {
		t.Run(e.Name, func(t *testing.T) {
			ctx, c := context.Background(), newClock()
			malakoff, mastodon := newPeerOn(t, c, "Malakoff", e.URL(t)), newStranger(t, c, "marie", "paul")
			lea := malakoff.resident("lea")
			offer := malakoff.publish(lea, drill(parvis.Everyone))
			followed := malakoff.publish(lea, drill(parvis.Followers))
			mastodon.say(malakoff, "paul", mastodon.activity("Follow", "/f/1", "paul", lea.Account.URI))
			ask := func(id, by, quote, of string) {
				t.Helper()
				mastodon.say(malakoff, by, mastodon.activity("QuoteRequest", id, by, of, map[string]any{"instrument": quote}))
			}
			answers := func(typ, id string) (found []map[string]any) {
				for _, a := range mastodon.received(typ) {
					if o, ok := a["object"].(map[string]any); ok && o["id"] == mastodon.base+id {
						found = append(found, a)
					}
				}
				return found
			}
			_, doc, _ := malakoff.get(offer.Path())
			policy, _ := doc["interactionPolicy"].(map[string]any)["canQuote"].(map[string]any)
			if who, _ := policy["automaticApproval"].([]any); len(who) != 1 || who[0] != public {
				t.Errorf("policy: %v", policy)
			}
			quote := mastodon.base + "/notes/q"
			ask("/q/1", "marie", quote, offer.URI)
			accepted := answers("Accept", "/q/1")
			if len(accepted) != 1 {
				t.Fatalf("accepted %d times", len(accepted))
			}
			stamp, _ := accepted[0]["result"].(string)
			path := strings.TrimPrefix(stamp, malakoff.Base())
			status, doc, _ := malakoff.get(path)
			if status != http.StatusOK || doc["type"] != "QuoteAuthorization" || doc["id"] != stamp || doc["attributedTo"] != lea.Account.URI ||
				doc["interactingObject"] != quote || doc["interactionTarget"] != offer.URI {
				t.Errorf("stamp: %d %v", status, doc)
			}
			ask("/q/2", "paul", mastodon.base+"/notes/p", followed.URI)
			if len(answers("Reject", "/q/2")) != 1 || len(answers("Accept", "/q/2")) != 0 {
				t.Error("a post for followers may be quoted")
			}
			// Who may not see a post learns nothing of it; nobody asks for others.
			ask("/q/3", "marie", mastodon.base+"/notes/r", followed.URI)
			ask("/q/4", "marie", "https://evil.example/notes/1", offer.URI)
			ask("/q/5", "marie", mastodon.base+"/notes/s", malakoff.URL("/p/none"))
			for _, id := range []string{"/q/3", "/q/4", "/q/5"} {
				if len(answers("Accept", id))+len(answers("Reject", id)) != 0 {
					t.Errorf("%s was answered", id)
				}
			}
			ask("/q/6", "paul", quote, offer.URI) // Marie's own
			if len(answers("Accept", "/q/6")) != 0 {
				t.Error("Paul was given a stamp for Marie's post")
			}
			list, err := malakoff.app.Quotes(ctx, malakoff.Node, lea, malakoff.found(offer.URI))
			if err != nil || len(list) != 1 || list[0].QuoteURI != quote {
				t.Fatalf("quotes: %+v, %v", list, err)
			}
			if _, err := malakoff.app.RevokeQuote(ctx, malakoff.Node, malakoff.resident("karim"), list[0].ID); !errors.Is(err, parvis.ErrForbidden) {
				t.Errorf("revoked by another: %v", err)
			}
			if _, err := malakoff.app.RevokeQuote(ctx, malakoff.Node, lea, list[0].ID); err != nil {
				t.Fatal(err)
			}
			settle(t, malakoff)
			if status, _, _ := malakoff.get(path); status != http.StatusNotFound {
				t.Errorf("the stamp is still there: %d", status)
			}
			if gone := mastodon.received("Delete"); len(gone) != 1 || gone[0]["object"].(map[string]any)["id"] != stamp {
				t.Errorf("Marie was told %v", gone)
			}
		})
	}
}

// TestQuoteStamps: a quote of others is shown as one if the quoted author's server
// shows a stamp for just these two posts (attack 25).
func TestQuoteStamps(t *testing.T) {
	c := newClock()
	malakoff, mastodon, evil := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie", "paul"), newStranger(t, c, "mallory")
	lea := malakoff.resident("lea")
	evil.followedBy(malakoff, lea, "mallory")
	mastodon.serve("/notes/1", mastodon.note("/notes/1", "marie", "<p>Vide-grenier dimanche</p>"))
	target := mastodon.base + "/notes/1"
	stamp := func(s *stranger, path string, change map[string]any) string {
		doc := map[string]any{"@context": "https://www.w3.org/ns/activitystreams", "id": s.base + path, "type": "QuoteAuthorization",
			"attributedTo": mastodon.uri("marie"), "interactingObject": evil.base + "/quotes" + path, "interactionTarget": target}
		for key, value := range change {
			doc[key] = value
		}
		s.serve(path, doc)
		return s.base + path
	}
	say := func(path, stamp string) *parvis.Post {
		t.Helper()
		note := evil.note("/quotes"+path, "mallory", "<p>Regardez</p>", map[string]any{"quote": target, "quoteAuthorization": stamp})
		evil.say(malakoff, "mallory", evil.activity("Create", "/a"+path, "mallory", note))
		return malakoff.found(evil.base + "/quotes" + path)
	}
	for path, uri := range map[string]string{
		"/none":      "",
		"/missing":   mastodon.base + "/missing",
		"/elsewhere": stamp(evil, "/elsewhere", nil),
		"/other":     stamp(mastodon, "/other", map[string]any{"interactingObject": evil.base + "/quotes/9"}),
		"/target":    stamp(mastodon, "/target", map[string]any{"interactionTarget": mastodon.base + "/notes/9"}),
		"/by":        stamp(mastodon, "/by", map[string]any{"attributedTo": mastodon.uri("paul")}),
		"/type":      stamp(mastodon, "/type", map[string]any{"type": "Note"}),
	} {
		if p := say(path, uri); p.QuoteURI != target || p.QuoteStamp != "" {
			t.Errorf("%s: quotes %q under %q", path, p.QuoteURI, p.QuoteStamp)
		}
	}
	right := stamp(mastodon, "/right", nil)
	if p := say("/right", right); p.QuoteStamp != right {
		t.Errorf("a good stamp: %q", p.QuoteStamp)
	}
	// Only whose it is takes it back.
	mastodon.say(malakoff, "paul", mastodon.activity("Delete", "/d/1", "paul", right))
	evil.say(malakoff, "mallory", evil.activity("Delete", "/d/2", "mallory", right))
	if got := malakoff.found(evil.base + "/quotes/right").QuoteStamp; got != right {
		t.Errorf("taken back by others: %q", got)
	}
	mastodon.say(malakoff, "marie", mastodon.activity("Delete", "/d/3", "marie", right))
	if got := malakoff.found(evil.base + "/quotes/right").QuoteStamp; got != "" {
		t.Errorf("taken back by Marie: %q", got)
	}
}

// TestQuoteBetweenTowns: who quotes a resident's post under the stamp that their town
// gave is shown so there; who quotes themself needs none.
func TestQuoteBetweenTowns(t *testing.T) {
	c := newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie")
	lea := malakoff.resident("lea")
	mastodon.followedBy(malakoff, lea, "marie")
	offer, other := malakoff.publish(lea, drill(parvis.Everyone)), malakoff.publish(lea, drill(parvis.Everyone))
	quote := mastodon.base + "/notes/1"
	mastodon.say(malakoff, "marie", mastodon.activity("QuoteRequest", "/q/1", "marie", offer.URI, map[string]any{"instrument": quote}))
	stamp, _ := mastodon.received("Accept")[0]["result"].(string)
	first := c.Now()
	say := func(typ, id, path, quoted string, more map[string]any) *parvis.Post {
		t.Helper()
		note := mastodon.note(path, "marie", "<p>Une perceuse !</p>", map[string]any{"quote": quoted, "published": first}, more)
		mastodon.say(malakoff, "marie", mastodon.activity(typ, id, "marie", note))
		return malakoff.found(mastodon.base + path)
	}
	if p := say("Create", "/a/1", "/notes/1", offer.URI, nil); p.QuoteStamp != "" {
		t.Errorf("before the stamp: %q", p.QuoteStamp)
	}
	c.pass(time.Minute)
	if p := say("Update", "/a/2", "/notes/1", offer.URI, map[string]any{"quoteAuthorization": stamp, "updated": c.Now()}); p.QuoteStamp != stamp {
		t.Errorf("with the stamp: %q", p.QuoteStamp)
	}
	if p := say("Create", "/a/3", "/notes/2", other.URI, map[string]any{"quoteAuthorization": stamp}); p.QuoteStamp != "" {
		t.Errorf("under the stamp of another post: %q", p.QuoteStamp)
	}
	if p := say("Create", "/a/4", "/notes/3", quote, nil); p.QuoteStamp == "" {
		t.Error("Marie may not quote herself")
	}
}

// TestAttackQuotes: posts that quote each other without end, and a stamp that somebody
// got for the post of another (attacks 35 and 25).
func TestAttackQuotes(t *testing.T) {
	t.Run("35 quotes of quotes", attackQuoteChain)
	t.Run("25 stamp of another", attackStampOfAnother)
}

// attackQuoteChain: what is quoted is fetched, and what that quotes; no more is shown.
func attackQuoteChain(t *testing.T) {
	s := newScene(t)
	s.evil.followedBy(s.malakoff, s.lea, "mallory")
	const endless = 30
	quoting := func(i int) map[string]any {
		return s.evil.note(fmt.Sprintf("/q/%d", i), "mallory", "<p>Regardez</p>", map[string]any{"quote": fmt.Sprintf("%s/q/%d", s.evil.base, i+1)})
	}
	for i := range endless {
		s.evil.serve(fmt.Sprintf("/q/%d", i), quoting(i))
	}
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Create", "/a/1", "mallory", quoting(0)))
	kept := 0
	for i := range endless {
		if s.malakoff.has(fmt.Sprintf("%s/q/%d", s.evil.base, i)) {
			kept++
		}
	}
	if kept != 3 {
		t.Errorf("%d posts are kept, want 3", kept)
	}
}

// attackStampOfAnother: whom Léa blocked does not quote her by a stamp that a
// neighbour asked for.
func attackStampOfAnother(t *testing.T) {
	ctx, s := context.Background(), newScene(t)
	marie := s.mastodon.followedBy(s.malakoff, s.malakoff.resident("karim"), "marie")
	offer, quote := s.offer(t), s.mastodon.base+"/notes/1"
	if err := s.malakoff.app.Block(ctx, s.malakoff.Node, s.lea, marie.ID); err != nil {
		t.Fatal(err)
	}
	s.mastodon.say(s.malakoff, "paul", s.mastodon.activity("QuoteRequest", "/q/1", "paul", offer.URI, map[string]any{"instrument": quote}))
	stamp, _ := s.mastodon.received("Accept")[0]["result"].(string)
	if stamp == "" {
		t.Fatal("Paul was given no stamp")
	}
	s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Create", "/a/1", "marie",
		s.mastodon.note("/notes/1", "marie", "<p>Regardez</p>", map[string]any{"quote": offer.URI, "quoteAuthorization": stamp})))
	if got := s.malakoff.found(quote).QuoteStamp; got != "" {
		t.Errorf("Marie quotes under %s", got)
	}
}
