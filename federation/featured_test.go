package federation_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// pageOf answers with a page of a collection, whatever the query.
func pageOf(id string, items ...any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/activity+json")
		_ = json.NewEncoder(w).Encode(map[string]any{"@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": "CollectionPage", "items": items})
	}
}

// pinned names what a town shows above the other posts of an account.
func (p *peer) pinned(uri string) string {
	p.t.Helper()
	posts, err := p.app.Pinned(context.Background(), p.Node, parvis.Viewer{}, p.known(uri).ID)
	if err != nil {
		p.t.Fatal(err)
	}
	var uris []string
	for _, post := range posts {
		uris = append(uris, post.URI)
	}
	return strings.Join(uris, " ")
}

// TestPinnedBetweenTowns: what a resident pins is seen on the copies of their profile.
func TestPinnedBetweenTowns(t *testing.T) {
	for _, e := range parvistest.Engines(t) {
		t.Run(e.Name, func(t *testing.T) {
			ctx, c := context.Background(), newClock()
			malakoff, vanves := newPeerOn(t, c, "Malakoff", e.URL(t)), newPeerOn(t, c, "Vanves", e.URL(t))
			lea, jeanne := malakoff.resident("lea"), vanves.resident("jeanne")
			first := malakoff.publish(lea, drill(parvis.Everyone))
			c.pass(time.Second)
			second := malakoff.publish(lea, app.Draft{Detail: &parvis.Note{}, Source: "Bienvenue chez moi", Audience: parvis.Everyone})
			pin := func(p *parvis.Post) {
				t.Helper()
				if _, err := malakoff.app.Pin(ctx, malakoff.Node, lea, p.ID); err != nil {
					t.Fatal(err)
				}
				settle(t, malakoff, vanves)
				c.pass(time.Second)
			}
			pin(first)
			pin(second)

			copied, err := vanves.app.Lookup(ctx, vanves.Node, "lea@"+malakoff.Host)
			if err != nil {
				t.Fatal(err)
			}
			settle(t, malakoff, vanves)
			if got := vanves.pinned(lea.Account.URI); got != second.URI+" "+first.URI {
				t.Errorf("looked up: %s", got)
			}
			if err := vanves.app.Follow(ctx, vanves.Node, jeanne, copied.ID); err != nil {
				t.Fatal(err)
			}
			settle(t, malakoff, vanves)
			third := malakoff.publish(lea, drill(parvis.Everyone))
			pin(third)
			if _, err := malakoff.app.Unpin(ctx, malakoff.Node, lea, second.ID); err != nil {
				t.Fatal(err)
			}
			settle(t, malakoff, vanves)
			if got := vanves.pinned(lea.Account.URI); got != third.URI+" "+first.URI {
				t.Errorf("after Add and Remove: %s", got)
			}
			_, doc, _ := malakoff.get("/@lea")
			if doc["featured"] != lea.Account.URI+"/featured" {
				t.Errorf("featured: %v", doc["featured"])
			}
		})
	}
}

// TestPinLimits: a resident pins what is theirs and public, five posts at most.
func TestPinLimits(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	lea, karim := malakoff.resident("lea"), malakoff.resident("karim")
	for i := range parvis.MaxPins + 1 {
		c.pass(time.Second)
		_, err := malakoff.app.Pin(ctx, malakoff.Node, lea, malakoff.publish(lea, drill(parvis.Everyone)).ID)
		var invalid *parvis.InvalidError
		if refused := errors.As(err, &invalid); refused != (i == parvis.MaxPins) || err != nil && !refused {
			t.Errorf("pin %d: %v", i+1, err)
		}
	}
	other := malakoff.publish(karim, drill(parvis.Everyone))
	if _, err := malakoff.app.Pin(ctx, malakoff.Node, lea, other.ID); !errors.Is(err, parvis.ErrForbidden) {
		t.Errorf("another's post: %v", err)
	}
	if _, err := malakoff.app.Pin(ctx, malakoff.Node, karim, malakoff.publish(karim, drill(parvis.Partners)).ID); err == nil {
		t.Error("a post for partners was pinned")
	}
	_, doc, _ := malakoff.get("/@lea/featured")
	if list, _ := doc["orderedItems"].([]any); len(list) != parvis.MaxPins || list[0].(map[string]any)["type"] != "Note" {
		t.Errorf("%d posts are featured, want %d", len(list), parvis.MaxPins)
	}
}

// TestForgedPins: only an account itself changes what it pinned, to its own
// collection, and only with posts of its own (attack 19).
func TestForgedPins(t *testing.T) {
	c := newClock()
	malakoff, mastodon, evil := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie", "paul"), newStranger(t, c, "mallory")
	lea := malakoff.resident("lea")
	for s, names := range map[*stranger][]string{mastodon: {"marie", "paul"}, evil: {"mallory"}} {
		for _, name := range names {
			person := s.person(name)
			person["featured"] = s.uri(name) + "/featured"
			s.serve("/users/"+name, person)
			s.serve("/users/"+name+"/featured", collection(s.uri(name)+"/featured", s.uri(name), "orderedItems"))
			s.followedBy(malakoff, lea, name)
		}
	}
	mastodon.serve("/notes/1", mastodon.note("/notes/1", "marie", "<p>À la une</p>"))
	mastodon.serve("/notes/2", mastodon.note("/notes/2", "paul", "<p>De Paul</p>"))
	featured := func(s *stranger, name string) map[string]any {
		return map[string]any{"target": s.uri(name) + "/featured"}
	}
	uri := mastodon.base + "/notes/1"

	evil.say(malakoff, "mallory", evil.activity("Add", "/a/1", "mallory", uri, featured(mastodon, "marie")))
	evil.say(malakoff, "mallory", evil.activity("Add", "/a/2", "mallory", uri, featured(evil, "mallory")))
	mastodon.say(malakoff, "paul", mastodon.activity("Add", "/a/3", "paul", uri, featured(mastodon, "marie")))
	mastodon.say(malakoff, "marie", mastodon.activity("Add", "/a/4", "marie", mastodon.base+"/notes/2", featured(mastodon, "marie")))
	mastodon.say(malakoff, "marie", mastodon.activity("Add", "/a/5", "marie", mastodon.note("/notes/3", "paul", "<p>Faux</p>"), featured(mastodon, "marie")))
	mastodon.say(malakoff, "marie", mastodon.activity("Add", "/a/6", "marie", uri, map[string]any{"target": mastodon.uri("marie") + "/collections/1"}))
	for _, who := range []string{mastodon.uri("marie"), mastodon.uri("paul"), evil.uri("mallory")} {
		if got := malakoff.pinned(who); got != "" {
			t.Errorf("%s has pinned %s", who, got)
		}
	}
	mastodon.say(malakoff, "marie", mastodon.activity("Add", "/a/7", "marie", uri, featured(mastodon, "marie")))
	evil.say(malakoff, "mallory", evil.activity("Remove", "/a/8", "mallory", uri, featured(evil, "mallory")))
	if got := malakoff.pinned(mastodon.uri("marie")); got != uri {
		t.Errorf("Marie pinned %q", got)
	}
	mastodon.say(malakoff, "marie", mastodon.activity("Remove", "/a/9", "marie", uri, featured(mastodon, "marie")))
	if got := malakoff.pinned(mastodon.uri("marie")); got != "" {
		t.Errorf("Marie still pins %q", got)
	}
}
