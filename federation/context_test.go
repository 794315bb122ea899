package federation_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// answer is a public note that answers something.
func answer(to *parvis.Post, source string) app.Draft {
	return app.Draft{Detail: &parvis.Note{}, Source: source, Audience: parvis.Everyone, ReplyTo: to.ID}
}

// walk reads all items of a collection of ours, page by page.
func (p *peer) walk(path string) (items []string, pages int) {
	p.t.Helper()
	status, doc, _ := p.get(path)
	if status != 200 {
		p.t.Fatalf("%s: status %d", path, status)
	}
	page, _ := doc["first"].(map[string]any)
	if page == nil {
		_, page, _ = p.get(strings.TrimPrefix(doc["first"].(string), p.Base()))
	}
	for ; page != nil; pages++ {
		list, _ := page["orderedItems"].([]any)
		if list == nil {
			list, _ = page["items"].([]any)
		}
		for _, item := range list {
			id, ok := item.(string)
			if !ok {
				id = item.(map[string]any)["id"].(string)
			}
			items = append(items, id)
		}
		next, _ := page["next"].(string)
		if next == "" {
			break
		}
		if _, page, _ = p.get(strings.TrimPrefix(next, p.Base())); page["id"] != next || pages > 100 {
			p.t.Fatalf("%s leads to %v", next, page["id"])
		}
	}
	return items, pages
}

// TestConversationCollections: replies and context tell what is public of a
// conversation, whoever wrote it, in pages without gaps.
func TestConversationCollections(t *testing.T) {
	for _, e := range parvistest.Engines(t) {
		t.Run(e.Name, func(t *testing.T) {
			c := newClock()
			malakoff, mastodon := newPeerOn(t, c, "Malakoff", e.URL(t)), newStranger(t, c, "marie")
			lea := malakoff.resident("lea")
			offer := malakoff.publish(lea, drill(parvis.Everyone))
			want := []string{offer.URI}
			for i := range 60 {
				c.pass(time.Second)
				want = append(want, malakoff.publish(lea, answer(offer, fmt.Sprintf("Réponse %d", i))).URI)
			}
			secret := answer(offer, "Entre nous")
			secret.Audience = parvis.Followers
			malakoff.publish(lea, secret)
			settle(t, malakoff)
			c.pass(time.Second)
			mastodon.say(malakoff, "marie", mastodon.activity("Create", "/a/1", "marie",
				mastodon.note("/notes/1", "marie", "<p>Je la prends.</p>", map[string]any{"inReplyTo": offer.URI})))
			want = append(want, mastodon.base+"/notes/1")

			thread, pages := malakoff.walk(offer.Path() + "/thread")
			if !slices.Equal(thread, want) || pages != 1 {
				t.Errorf("the conversation has %d posts on %d more pages, want %d", len(thread), pages, len(want))
			}
			replies, _ := malakoff.walk(offer.Path() + "/replies")
			if !slices.Equal(replies, want[1:]) {
				t.Errorf("%d answers, want %d", len(replies), len(want)-1)
			}
			_, doc, _ := malakoff.get(offer.Path() + "/replies")
			if doc["totalItems"] != 61.0 || doc["attributedTo"] != lea.Account.URI {
				t.Errorf("replies: %v by %v", doc["totalItems"], doc["attributedTo"])
			}
			_, doc, _ = malakoff.get(offer.Path())
			if doc["context"] != offer.URI+"/thread" || doc["conversation"] != doc["context"] || doc["replies"] != offer.URI+"/replies" {
				t.Errorf("context %v, conversation %v, replies %v", doc["context"], doc["conversation"], doc["replies"])
			}
			outbox, _ := malakoff.walk("/@lea/outbox")
			if len(outbox) != 61 || outbox[60] != offer.URI+"/activity" {
				t.Errorf("the outbox has %d activities and ends in %v", len(outbox), outbox[len(outbox)-1])
			}
		})
	}
}

// TestContextIsPassedOn: an answer to somebody else's conversation carries the name
// that its server gave it (FEP-7888).
func TestContextIsPassedOn(t *testing.T) {
	c := newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie")
	lea := malakoff.resident("lea")
	mastodon.followedBy(malakoff, lea, "marie")
	mastodon.say(malakoff, "marie", mastodon.activity("Create", "/a/1", "marie",
		mastodon.note("/notes/1", "marie", "<p>Qui vient ?</p>", map[string]any{"context": mastodon.base + "/contexts/1"})))
	malakoff.publish(lea, answer(malakoff.found(mastodon.base+"/notes/1"), "Moi"))
	settle(t, malakoff)
	said := mastodon.received("Create")
	if len(said) != 1 || said[0]["object"].(map[string]any)["context"] != mastodon.base+"/contexts/1" {
		t.Errorf("Marie heard %v", said)
	}
}

// thread serves a conversation of Marie's with answers of others, and lets Malakoff
// hear of the last one only.
type gap struct {
	malakoff        *peer
	mastodon, third *stranger
	lea             parvis.Viewer
	clock           *clock
}

func newGap(t *testing.T, e parvistest.Engine) gap {
	t.Helper()
	c := newClock()
	g := gap{newPeerOn(t, c, "Malakoff", e.URL(t)), newStranger(t, c, "marie", "paul"), newStranger(t, c, "ines"), parvis.Viewer{}, c}
	g.lea = g.malakoff.resident("lea")
	g.mastodon.followedBy(g.malakoff, g.lea, "paul")
	return g
}

func (g gap) hear(t *testing.T, path, author string) {
	t.Helper()
	g.mastodon.say(g.malakoff, author, g.mastodon.activity("Create", path+"/activity", author, g.mastodon.docs[path]))
	g.clock.pass(2 * time.Minute)
	settle(t, g.malakoff)
}

func collection(id, owner, key string, items ...any) map[string]any {
	return map[string]any{"@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": "OrderedCollection", "attributedTo": owner, key: items}
}

// TestBackfillByContext: an answer makes us ask for the conversation above it and
// for the posts that its owner lists, each from its own server.
func TestBackfillByContext(t *testing.T) {
	for _, e := range parvistest.Engines(t) {
		t.Run(e.Name, func(t *testing.T) {
			g := newGap(t, e)
			m, third := g.mastodon, g.third
			thread := map[string]any{"context": m.base + "/contexts/1"}
			under := func(uri string) map[string]any {
				return map[string]any{"inReplyTo": uri, "context": m.base + "/contexts/1"}
			}
			root := m.base + "/notes/1"
			m.serve("/notes/1", m.note("/notes/1", "marie", "<p>Fête des voisins ?</p>", thread))
			m.serve("/notes/2", m.note("/notes/2", "paul", "<p>Oui.</p>", under(root)))
			third.serve("/notes/3", third.note("/notes/3", "ines", "<p>Avec un gâteau.</p>", under(root)))
			third.serve("/notes/4", third.note("/notes/4", "ines", "<p>Ou deux.</p>", under(third.base+"/notes/3")))
			third.serve("/notes/5", third.note("/notes/5", "ines", "<p>Sans rapport.</p>", thread))
			third.serve("/notes/6", third.note("/notes/6", "ines", "<p>Entre nous.</p>", under(root),
				map[string]any{"to": []string{third.uri("ines") + "/followers"}, "cc": []string{}}))
			forged := third.note("/notes/7", "ines", "<p>Faux.</p>", under(root))
			// The child is listed before what it answers, and what is embedded is not believed.
			m.serve("/contexts/1", collection(m.base+"/contexts/1", m.uri("marie"), "orderedItems", root, third.base+"/notes/4",
				third.base+"/notes/3", third.base+"/notes/5", third.base+"/notes/6", forged, g.malakoff.URL("/p/x")))
			g.hear(t, "/notes/2", "paul")

			for _, uri := range []string{root, m.base + "/notes/2", third.base + "/notes/3", third.base + "/notes/4"} {
				if p := g.malakoff.found(uri); p.Thread != g.malakoff.found(root).ID {
					t.Errorf("%s stands in another conversation", uri)
				}
			}
			for _, path := range []string{"/notes/5", "/notes/6", "/notes/7"} {
				if g.malakoff.has(third.base + path) {
					t.Errorf("%s was kept", path)
				}
			}
			if home, err := g.malakoff.app.Home(context.Background(), g.malakoff.Node, g.lea, parvis.Page{}); err != nil || len(home) != 0 {
				t.Errorf("%d posts in Léa's home, %v; want none of somebody else's conversation", len(home), err)
			}
			// Within a quarter of an hour it is not asked again.
			before := m.log.count("GET /contexts/1")
			m.serve("/notes/8", m.note("/notes/8", "paul", "<p>Et du cidre.</p>", under(root)))
			g.hear(t, "/notes/8", "paul")
			if got := m.log.count("GET /contexts/1"); got != before || before != 1 {
				t.Errorf("the conversation was read %d times, then %d", before, got)
			}
		})
	}
}

// TestBackfillByReplies: without a context, the lists of answers lead on, from the
// first post and from each that was found.
func TestBackfillByReplies(t *testing.T) {
	g := newGap(t, parvistest.Engines(t)[0])
	m, third := g.mastodon, g.third
	m.serve("/notes/1", m.note("/notes/1", "marie", "<p>Fête des voisins ?</p>", map[string]any{"replies": map[string]any{
		"id": m.base + "/notes/1/replies", "type": "Collection", "first": map[string]any{"type": "CollectionPage",
			"items": []any{m.base + "/notes/2"}, "next": m.base + "/notes/1/replies?page=2"}}}))
	m.serve("/notes/2", m.note("/notes/2", "paul", "<p>Oui.</p>", map[string]any{"inReplyTo": m.base + "/notes/1"}))
	m.trap("/notes/1/replies", pageOf(m.base+"/notes/1/replies?page=2", third.base+"/notes/3"))
	third.serve("/notes/3", third.note("/notes/3", "ines", "<p>Non.</p>", map[string]any{"inReplyTo": m.base + "/notes/1", "replies": third.base + "/notes/3/replies"}))
	third.serve("/notes/3/replies", collection(third.base+"/notes/3/replies", third.uri("ines"), "orderedItems", third.base+"/notes/4"))
	third.serve("/notes/4", third.note("/notes/4", "ines", "<p>Si.</p>", map[string]any{"inReplyTo": third.base + "/notes/3"}))
	g.hear(t, "/notes/2", "paul")
	for _, uri := range []string{m.base + "/notes/1", third.base + "/notes/3", third.base + "/notes/4"} {
		if !g.malakoff.has(uri) {
			t.Errorf("%s was not found", uri)
		}
	}
}

// TestBackfillIsBounded: neither pages without end nor a thousand addresses make us
// ask without end, and what another server says is a page of a collection is none.
func TestBackfillIsBounded(t *testing.T) {
	g := newGap(t, parvistest.Engines(t)[0])
	m, third := g.mastodon, g.third
	var many []any
	for i := range 1000 {
		many = append(many, fmt.Sprintf("%s/none/%d", third.base, i))
	}
	m.serve("/notes/1", m.note("/notes/1", "marie", "<p>Venez !</p>", map[string]any{"context": m.base + "/contexts/1", "replies": m.base + "/replies/1"}))
	m.serve("/notes/2", m.note("/notes/2", "paul", "<p>Oui.</p>", map[string]any{"inReplyTo": m.base + "/notes/1"}))
	endless := collection(m.base+"/contexts/1", m.uri("marie"), "orderedItems", many...)
	endless["first"] = third.base + "/pages/1" // of another origin
	m.serve("/contexts/1", endless)
	ring := collection(m.base+"/replies/1", m.uri("marie"), "orderedItems")
	ring["first"], ring["next"] = m.base+"/replies/1", m.base+"/replies/1"
	m.serve("/replies/1", ring)
	g.hear(t, "/notes/2", "paul")
	m.serve("/notes/1", m.note("/notes/1", "marie", "<p>Venez !</p>", map[string]any{"replies": m.base + "/replies/1"}))
	g.clock.pass(time.Hour)
	m.serve("/notes/8", m.note("/notes/8", "paul", "<p>Et moi.</p>", map[string]any{"inReplyTo": m.base + "/notes/1"}))
	g.hear(t, "/notes/8", "paul")

	if got := third.log.count("GET /pages/1"); got != 0 {
		t.Errorf("a page of another origin was read %d times", got)
	}
	total := 0
	for i := range 1000 {
		total += third.log.count(fmt.Sprintf("GET /none/%d", i))
	}
	if total == 0 || total > 100 {
		t.Errorf("%d of a thousand addresses were tried, want a hundred at most", total)
	}
	if got := m.log.count("GET /replies/1"); got == 0 || got > 3 {
		t.Errorf("the ring was walked %d times", got)
	}
}
