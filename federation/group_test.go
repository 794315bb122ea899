package federation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// runs has a server say what software it is (NodeInfo).
func (s *stranger) runs(name string) *stranger {
	plain := func(doc string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			fmt.Fprint(w, doc)
		}
	}
	s.trap("/.well-known/nodeinfo", plain(`{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"`+s.base+`/nodeinfo/2.0.json"}]}`))
	s.trap("/nodeinfo/2.0.json", plain(`{"version":"2.0","software":{"name":"`+name+`","version":"1"}}`))
	return s
}

// follows has somebody follow a local account.
func (s *stranger) follows(p *peer, name string, of *parvis.Account) {
	s.t.Helper()
	s.say(p, name, s.activity("Follow", "/follows/"+of.Username, name, of.URI))
	if len(s.received("Accept")) == 0 {
		s.t.Fatalf("%s was not accepted", name)
	}
}

// announced tells what the announcements that a server received are about, by the type
// of what is embedded, or "post" for a bare id.
func (s *stranger) announced() []string {
	var about []string
	for _, a := range s.received("Announce") {
		inner, ok := a["object"].(map[string]any)
		if !ok {
			about = append(about, "post")
			continue
		}
		about = append(about, fmt.Sprint(inner["type"]))
	}
	return about
}

// heard compares what a server was told since with what it should be, and forgets it.
func (s *stranger) heard(when string, announced string, direct ...string) {
	s.t.Helper()
	if got := strings.Join(s.announced(), " "); got != announced {
		s.t.Errorf("%s: %s heard announcements of %q, want %q", when, s.host, got, announced)
	}
	for _, typ := range []string{"Create", "Update", "Delete", "Undo"} {
		want := 0
		if len(direct) > 0 && strings.Contains(direct[0], typ) {
			want = 1
		}
		if got := len(s.received(typ)); got != want {
			s.t.Errorf("%s: %s heard %d %s, want %d", when, s.host, got, typ, want)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inbox = nil
}

func (p *peer) feed() *parvis.Account {
	p.t.Helper()
	feed, err := p.rows().Feed(context.Background(), parvis.KindOffer)
	if err != nil {
		p.t.Fatal(err)
	}
	return feed
}

// TestFeedSpeaksToEach: software of groups is told each activity once, in the feed's
// name; others a share of the post, and nothing of its answers.
func TestFeedSpeaksToEach(t *testing.T) {
	for _, e := range parvistest.Engines(t) {
		t.Run(e.Name, func(t *testing.T) { feedSpeaksToEach(t, e) })
	}
}

func feedSpeaksToEach(t *testing.T, e parvistest.Engine) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeerOn(t, c, "Malakoff", e.URL(t))
	lea, paul := malakoff.resident("lea"), malakoff.resident("paul")
	lemmy, mastodon, silent := newStranger(t, c, "picard").runs("lemmy"), newStranger(t, c, "marie").runs("mastodon"), newStranger(t, c, "nemo")
	lemmy.follows(malakoff, "picard", malakoff.feed())
	mastodon.follows(malakoff, "marie", malakoff.feed())
	silent.follows(malakoff, "nemo", malakoff.feed())
	all := func(when, activities, posts string, direct ...string) {
		t.Helper()
		settle(t, malakoff)
		lemmy.heard(when, activities)
		mastodon.heard(when, posts, direct...)
		silent.heard(when, posts, direct...)
		c.pass(time.Minute)
	}

	offer, err := malakoff.app.Publish(ctx, malakoff.Node, lea, drill(parvis.Everyone))
	if err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff)
	wrapped := lemmy.received("Announce")
	all("published", "Create", "post")
	created := wrapped[0]["object"].(map[string]any)
	note := created["object"].(map[string]any)
	if wrapped[0]["actor"] != malakoff.feed().URI || created["actor"] != lea.Account.URI || note["audience"] != malakoff.feed().URI {
		t.Errorf("%v announces a Create by %v in %v", wrapped[0]["actor"], created["actor"], note["audience"])
	}

	answer, err := malakoff.app.Publish(ctx, malakoff.Node, paul, app.Draft{Detail: &parvis.Note{}, Source: "Je passe samedi.", Audience: parvis.Everyone, ReplyTo: offer.ID})
	if err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff)
	comment := lemmy.received("Announce")[0]["object"].(map[string]any)["object"].(map[string]any)
	if comment["audience"] != malakoff.feed().URI || comment["inReplyTo"] != offer.URI {
		t.Errorf("the answer: %v", comment)
	}
	all("answered here", "Create", "")

	// An answer of another server goes on as it came.
	said := mastodon.activity("Create", "/a/1", "marie", mastodon.note("/notes/1", "marie", "<p>Moi aussi.</p>", map[string]any{"inReplyTo": offer.URI,
		"cc": []string{lea.Account.URI}}), map[string]any{"cc": []string{lea.Account.URI}})
	mastodon.say(malakoff, "marie", said)
	if passed := lemmy.received("Announce"); len(passed) != 1 || fmt.Sprint(passed[0]["object"]) != fmt.Sprint(plain(t, said)) {
		t.Errorf("passed on: %v", passed)
	}
	all("answered from elsewhere", "Create", "")
	mastodon.say(malakoff, "marie", mastodon.activity("Delete", "/a/2", "marie", mastodon.base+"/notes/1"))
	all("taken back elsewhere", "Delete", "")

	if _, err := malakoff.app.SetState(ctx, malakoff.Node, lea, offer.ID, parvis.Reserved); err != nil {
		t.Fatal(err)
	}
	all("reserved", "Update", "", "Update")
	if err := malakoff.app.Delete(ctx, malakoff.Node, paul, answer.ID); err != nil {
		t.Fatal(err)
	}
	all("answer deleted", "Delete", "")
	if err := malakoff.app.Delete(ctx, malakoff.Node, lea, offer.ID); err != nil {
		t.Fatal(err)
	}
	all("deleted", "Delete", "", "Delete Undo")

	// What is not for everyone is said in no group.
	if _, err := malakoff.app.Publish(ctx, malakoff.Node, lea, drill(parvis.Partners)); err != nil {
		t.Fatal(err)
	}
	all("for partners", "", "")
}

// A server that changes its software is spoken to in the new way after some time.
func TestSoftwareIsAskedAgain(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff, lemmy := newPeer(t, c, "Malakoff"), newStranger(t, c, "picard").runs("mastodon")
	lea := malakoff.resident("lea")
	lemmy.follows(malakoff, "picard", malakoff.feed())
	publish := func() {
		t.Helper()
		if _, err := malakoff.app.Publish(ctx, malakoff.Node, lea, drill(parvis.Everyone)); err != nil {
			t.Fatal(err)
		}
		settle(t, malakoff)
	}
	publish()
	lemmy.heard("at first", "post")
	lemmy.runs("lemmy")
	c.pass(24 * time.Hour)
	publish()
	lemmy.heard("the next day", "post")
	c.pass(31 * 24 * time.Hour)
	publish() // asks
	lemmy.heard("a month later", "post")
	publish()
	lemmy.heard("after that", "Create")
	if asked := lemmy.log.count("GET /.well-known/nodeinfo"); asked != 2 {
		t.Errorf("asked %d times, want 2", asked)
	}
}

// What a server says of its software must be its own, short and harmless.
func TestSoftwareRefused(t *testing.T) {
	for name, lie := range map[string]func(s *stranger){
		"elsewhere": func(s *stranger) {
			s.runs("mastodon").trap("/.well-known/nodeinfo", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprint(w, `{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"http://lemmy.localhost/nodeinfo"}]}`)
			})
		},
		"long":  func(s *stranger) { s.runs("lemmy" + strings.Repeat("y", 60)) },
		"odd":   func(s *stranger) { s.runs(`lemmy\n`) },
		"empty": func(s *stranger) { s.runs("") },
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			malakoff, s := newPeer(t, c, "Malakoff"), newStranger(t, c, "picard")
			lie(s)
			s.follows(malakoff, "picard", malakoff.feed())
			known, err := malakoff.app.DB.SoftwareOf(context.Background(), []string{s.host})
			if err != nil || known[s.host].Name != "" || known[s.host].AskedAt.IsZero() {
				t.Errorf("known: %+v, %v", known, err)
			}
		})
	}
}

// TestFeedAsGroup: what servers of groups look for at a feed.
func TestFeedAsGroup(t *testing.T) {
	c := newClock()
	malakoff := newPeer(t, c, "Malakoff")
	malakoff.resident("lea")
	_, group, _ := malakoff.get("/@entraide")
	if group["type"] != "Group" || group["postingRestrictedToMods"] != false || group["attributedTo"] != malakoff.feed().URI+"/moderators" {
		t.Errorf("the feed: %v", group)
	}
	status, mods, _ := malakoff.get("/@entraide/moderators")
	if items, _ := mods["orderedItems"].([]any); status != http.StatusOK || len(items) != 1 || items[0] != malakoff.URL("/actor") {
		t.Errorf("moderators: %d %v", status, mods)
	}
	if status, _, _ := malakoff.get("/@lea/moderators"); status != http.StatusNotFound {
		t.Errorf("moderators of a person: %d", status)
	}
	if status, featured, _ := malakoff.get("/@entraide/featured"); status != http.StatusOK || featured["totalItems"] != 0.0 {
		t.Errorf("featured: %d %v", status, featured)
	}
}

// plain is a document as it is read from JSON.
func plain(t *testing.T, doc any) (read map[string]any) {
	t.Helper()
	raw, err := json.Marshal(doc)
	if err == nil {
		err = json.Unmarshal(raw, &read)
	}
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// TestCommunity: what a group of others passes on is fetched from its own server; its
// posts come to homes, answers only under what they answer, and nothing forged at all.
func TestCommunity(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff, lemmy, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "velo", "picard"), newStranger(t, c, "marie")
	group := lemmy.person("velo")
	group["type"] = "Group"
	lemmy.serve("/users/velo", group)
	lea := malakoff.resident("lea")
	lemmy.followedBy(malakoff, lea, "velo")
	pass := func(id string, inner map[string]any) {
		t.Helper()
		lemmy.say(malakoff, "velo", lemmy.activity("Announce", id, "velo", inner))
	}
	home := func(when string, want int) {
		t.Helper()
		if entries, err := malakoff.app.Home(ctx, malakoff.Node, lea, parvis.Page{}); err != nil || len(entries) != want {
			t.Errorf("%s: %d entries at home, %v; want %d", when, len(entries), err, want)
		}
	}

	page := lemmy.note("/post/1", "picard", "<p>Dimanche à dix heures.</p>", map[string]any{"type": "Page", "name": "Sortie", "audience": lemmy.uri("velo")})
	lemmy.serve("/post/1", page)
	pass("/a/1", lemmy.activity("Create", "/c/1", "picard", page))
	pass("/a/1bis", lemmy.activity("Create", "/c/1", "picard", page))
	home("a post, passed on twice", 1)

	comment := lemmy.note("/comment/1", "picard", "<p>J’en suis.</p>", map[string]any{"inReplyTo": lemmy.base + "/post/1"})
	lemmy.serve("/comment/1", comment)
	pass("/a/2", lemmy.activity("Create", "/c/2", "picard", comment))
	home("an answer", 1)
	if got := malakoff.found(lemmy.base + "/comment/1"); got.ReplyTo != malakoff.found(lemmy.base+"/post/1").ID {
		t.Errorf("the answer stands under %v", got.ReplyTo)
	}
	stray := lemmy.note("/comment/2", "picard", "<p>Et moi.</p>", map[string]any{"inReplyTo": lemmy.base + "/post/unknown"})
	lemmy.serve("/comment/2", stray)
	pass("/a/3", lemmy.activity("Create", "/c/3", "picard", stray))
	if malakoff.has(lemmy.base + "/comment/2") {
		t.Error("an answer to nothing known was kept")
	}

	// The group says that Marie said something, which she did not.
	forged := mastodon.note("/notes/1", "marie", "<p>Achetez.</p>")
	pass("/a/4", map[string]any{"id": mastodon.base + "/c/1", "type": "Create", "actor": mastodon.uri("marie"), "object": forged})
	if malakoff.has(mastodon.base + "/notes/1") {
		t.Error("a forged post was kept")
	}
	// Announcements of announcements lead nowhere.
	pass("/a/5", lemmy.activity("Announce", "/a/1", "velo", lemmy.base+"/post/1"))
	home("in the end", 1)
}

// TestAttackPassedEnd: a group that says that posts are deleted is not believed; the
// server that a post lives on is asked, and only about what the group shares.
func TestAttackPassedEnd(t *testing.T) {
	c := newClock()
	malakoff, lemmy, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "velo", "picard"), newStranger(t, c, "marie")
	group := lemmy.person("velo")
	group["type"] = "Group"
	lemmy.serve("/users/velo", group)
	lea := malakoff.resident("lea")
	lemmy.followedBy(malakoff, lea, "velo")
	mastodon.followedBy(malakoff, lea, "marie")
	said := 0
	pass := func(inner any) {
		t.Helper()
		said++
		lemmy.say(malakoff, "velo", lemmy.activity("Announce", fmt.Sprintf("/a/%d", said), "velo", inner))
	}
	end := func(uri string) {
		t.Helper()
		said++
		pass(lemmy.activity("Delete", fmt.Sprintf("/d/%d", said), "picard", uri))
	}
	shared := func(path string) (uri string) {
		t.Helper()
		mastodon.serve(path, mastodon.note(path, "marie", "<p>Dimanche à dix heures.</p>"))
		pass(mastodon.base + path)
		malakoff.found(mastodon.base + path)
		return mastodon.base + path
	}
	kept := func(when, uri string, want bool) {
		t.Helper()
		p, err := malakoff.rows().PostByURI(context.Background(), uri)
		if err != nil || p.DeletedAt.IsZero() != want {
			t.Errorf("%s: here %v, %v; want %v", when, err == nil && p.DeletedAt.IsZero(), err, want)
		}
	}

	still, away, missing, gone, stone := shared("/notes/1"), shared("/notes/2"), shared("/notes/3"), shared("/notes/4"), shared("/notes/5")
	mastodon.trap("/notes/2", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "later", http.StatusForbidden) })
	mastodon.trap("/notes/3", http.NotFound)
	mastodon.trap("/notes/4", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "gone", http.StatusGone) })
	mastodon.serve("/notes/5", map[string]any{"@context": "https://www.w3.org/ns/activitystreams", "id": stone, "type": "Tombstone"})
	for _, uri := range []string{still, away, missing, gone, stone} {
		end(uri)
	}
	kept("it still exists", still, true)
	kept("its server tells nothing", away, true)
	kept("not found", missing, false)
	kept("gone", gone, false)
	kept("a tombstone", stone, false)

	// What the group does not share is none of its business, nor what is for few.
	direct := func(path string, more map[string]any) string {
		t.Helper()
		mastodon.say(malakoff, "marie", mastodon.activity("Create", path+"/activity", "marie", mastodon.note(path, "marie", "<p>Bonjour</p>", more)))
		return mastodon.base + path
	}
	unshared := direct("/notes/6", map[string]any{})
	private := direct("/notes/7", map[string]any{"inReplyTo": still, "to": []string{mastodon.uri("marie") + "/followers"}, "cc": []string{}})
	ours := malakoff.publish(lea, drill(parvis.Everyone)).URI
	for _, uri := range []string{unshared, private, ours} {
		end(uri)
		kept(uri, uri, true)
	}
	if asked := mastodon.log.count("GET /notes/6") + mastodon.log.count("GET /notes/7"); asked != 0 {
		t.Errorf("asked %d times about what the group does not share or may not read", asked)
	}
}

// TestAttackNarrowed: an answer that its author keeps to their followers from now on is
// passed on to nobody in its new form.
func TestAttackNarrowed(t *testing.T) {
	s := newScene(t)
	lemmy := newStranger(t, s.clock, "picard").runs("lemmy")
	lemmy.follows(s.malakoff, "picard", s.malakoff.feed())
	offer := s.offer(t)
	first, cc := s.clock.Now(), map[string]any{"cc": []string{s.lea.Account.URI}}
	answer := map[string]any{"inReplyTo": offer.URI, "published": first}
	s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Create", "/a/1", "marie", s.mastodon.note("/notes/1", "marie", "<p>Libre samedi ?</p>", answer, cc), cc))
	lemmy.heard("in public", "Create Create")
	s.clock.pass(time.Minute)
	few := map[string]any{"to": []string{s.mastodon.uri("marie") + "/followers"}, "updated": s.clock.Now()}
	s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Update", "/a/2", "marie", s.mastodon.note("/notes/1", "marie", "<p>Mon numéro : 06.</p>", answer, cc, few), cc, few))
	lemmy.heard("for her followers", "")
}
