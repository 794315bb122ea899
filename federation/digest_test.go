package federation_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestForgedPosts: a post is believed when its author's server said it, and in no
// other case.
func TestForgedPosts(t *testing.T) {
	c := newClock()
	malakoff := newPeer(t, c, "Malakoff")
	lea := malakoff.resident("lea")
	mastodon, evil := newStranger(t, c, "marie", "paul"), newStranger(t, c, "mallory")
	mastodon.followedBy(malakoff, lea, "marie")
	mastodon.followedBy(malakoff, lea, "paul") // what he says himself is wanted here
	evil.followedBy(malakoff, lea, "mallory")
	own := malakoff.publish(lea, drill(parvis.Everyone))
	settle(t, malakoff)
	c.pass(time.Minute)

	// What Marie really wrote.
	mastodon.serve("/notes/1", mastodon.note("/notes/1", "marie", "<p>Vide-grenier dimanche.</p>"))
	forge := func(path, author string) map[string]any { return mastodon.note(path, author, "<p>Faux.</p>") }

	evil.say(malakoff, "mallory", evil.activity("Create", "/a/1", "mallory", forge("/notes/2", "marie"))) // does not exist
	evil.say(malakoff, "mallory", evil.activity("Create", "/a/2", "mallory", forge("/notes/1", "marie"))) // says something else
	mastodon.say(malakoff, "paul", mastodon.activity("Create", "/a/3", "paul", forge("/notes/3", "marie")))
	mastodon.say(malakoff, "paul", mastodon.activity("Update", "/a/4", "paul",
		mastodon.note("/notes/1", "marie", "<p>Faux.</p>", map[string]any{"updated": c.Now().Add(time.Minute)})))
	// Paul says that Marie's post is his own: their server lets both speak.
	mastodon.say(malakoff, "paul", mastodon.activity("Update", "/a/8", "paul",
		mastodon.note("/notes/1", "paul", "<p>Faux.</p>", map[string]any{"updated": c.Now().Add(time.Minute)})))
	local := evil.note("/x", "mallory", "<p>Faux.</p>", map[string]any{"id": malakoff.URL("/p/zzz")})
	evil.say(malakoff, "mallory", evil.activity("Create", "/a/5", "mallory", local))
	evil.say(malakoff, "mallory", evil.activity("Update", "/a/6", "mallory",
		evil.note("/x", "mallory", "<p>Faux.</p>", map[string]any{"id": own.URI, "updated": c.Now().Add(time.Minute)})))
	evil.say(malakoff, "mallory", evil.activity("Announce", "/a/7", "mallory", forge("/notes/4", "marie")))

	for _, path := range []string{"/notes/2", "/notes/3", "/notes/4"} {
		if malakoff.has(mastodon.base + path) {
			t.Errorf("the forged %s was kept", path)
		}
	}
	if malakoff.has(malakoff.URL("/p/zzz")) {
		t.Error("a post of ours was forged")
	}
	if got := malakoff.found(mastodon.base + "/notes/1"); got.HTML != "<p>Vide-grenier dimanche.</p>" || got.Author.URI != mastodon.uri("marie") {
		t.Errorf("Marie's post says %q by %s", got.HTML, got.Author.URI)
	}
	if got := malakoff.found(own.URI).HTML; got != own.HTML {
		t.Errorf("our post says %q", got)
	}
}

// TestEdits: an update counts if it is newer and comes from the author.
func TestEdits(t *testing.T) {
	c := newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie", "paul")
	mastodon.followedBy(malakoff, malakoff.resident("lea"), "marie")
	first := c.Now()
	mastodon.say(malakoff, "marie", mastodon.activity("Create", "/a/1", "marie", mastodon.note("/notes/1", "marie", "<p>Un</p>")))
	c.pass(time.Hour)
	edit := func(id, content string, updated time.Time) {
		mastodon.say(malakoff, "marie", mastodon.activity("Update", id, "marie",
			mastodon.note("/notes/1", "marie", content, map[string]any{"published": first, "updated": updated})))
	}
	edit("/a/2", "<p>Deux</p>", c.Now())
	edit("/a/3", "<p>Plus vieux</p>", c.Now().Add(-time.Minute))
	edit("/a/4", "<p>Aussi vieux</p>", c.Now())
	if got := malakoff.found(mastodon.base + "/notes/1").HTML; got != "<p>Deux</p>" {
		t.Errorf("the post says %q", got)
	}
	// An update of what nobody here ever saw, and that is old.
	mastodon.say(malakoff, "marie", mastodon.activity("Update", "/a/5", "marie",
		mastodon.note("/notes/2", "marie", "<p>Vieux</p>", map[string]any{"published": c.Now().AddDate(0, -1, 0), "updated": c.Now()})))
	if malakoff.has(mastodon.base + "/notes/2") {
		t.Error("an old unknown post came in by an update")
	}
}

func TestDeletes(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	lea := malakoff.resident("lea")
	mastodon, evil := newStranger(t, c, "marie", "paul"), newStranger(t, c, "mallory")
	mastodon.followedBy(malakoff, lea, "marie")
	note := mastodon.note("/notes/1", "marie", "<p>Bonjour</p>")
	mastodon.say(malakoff, "marie", mastodon.activity("Create", "/a/1", "marie", note))
	gone := func(path string) map[string]any {
		return map[string]any{"type": "Tombstone", "id": mastodon.base + path}
	}

	mastodon.say(malakoff, "paul", mastodon.activity("Delete", "/a/2", "paul", gone("/notes/1")))
	evil.say(malakoff, "mallory", evil.activity("Delete", "/a/3", "mallory", gone("/notes/1")))
	if !malakoff.found(mastodon.base + "/notes/1").DeletedAt.IsZero() {
		t.Fatal("somebody else deleted Marie's post")
	}
	mastodon.say(malakoff, "marie", mastodon.activity("Delete", "/a/4", "marie", gone("/notes/1")))
	if malakoff.found(mastodon.base + "/notes/1").DeletedAt.IsZero() {
		t.Error("Marie could not delete her post")
	}
	// What is deleted does not come back, nor what was deleted before it came.
	mastodon.say(malakoff, "marie", mastodon.activity("Create", "/a/5", "marie", note))
	if malakoff.found(mastodon.base + "/notes/1").DeletedAt.IsZero() {
		t.Error("the deleted post came back")
	}
	mastodon.say(malakoff, "marie", mastodon.activity("Delete", "/a/6", "marie", gone("/notes/2")))
	mastodon.say(malakoff, "marie", mastodon.activity("Create", "/a/7", "marie", mastodon.note("/notes/2", "marie", "<p>Trop tard</p>")))
	if malakoff.has(mastodon.base + "/notes/2") {
		t.Error("a post came after its deletion")
	}
	// And Marie herself.
	mastodon.say(malakoff, "marie", mastodon.activity("Delete", "/a/8", "marie", mastodon.uri("marie")))
	if _, err := malakoff.app.Profile(ctx, malakoff.Node, "marie@"+mastodon.host); !errors.Is(err, parvis.ErrGone) {
		t.Errorf("Marie: %v, want gone", err)
	}
}

// TestUndoOfOthers: nobody takes back what somebody else did.
func TestUndoOfOthers(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	lea := malakoff.resident("lea")
	mastodon := newStranger(t, c, "marie", "paul")
	offer := malakoff.publish(lea, drill(parvis.Everyone))
	settle(t, malakoff)
	like := mastodon.activity("Like", "/likes/1", "marie", offer.URI)
	share := mastodon.activity("Announce", "/shares/1", "marie", offer.URI)
	follow := mastodon.activity("Follow", "/follows/1", "marie", lea.Account.URI)
	for _, a := range []map[string]any{like, share, follow} {
		mastodon.say(malakoff, "marie", a)
	}
	state := func() [3]int {
		acc, err := malakoff.rows().Account(ctx, lea.ID())
		if err != nil {
			t.Fatal(err)
		}
		p := malakoff.found(offer.URI)
		return [3]int{p.Likes, p.Shares, acc.Followers}
	}
	before := state()
	if before != [3]int{1, 2, 1} { // the feed shares it too
		t.Fatalf("likes, shares, followers: %v", before)
	}
	for i, a := range []map[string]any{like, share, follow} {
		a["actor"] = mastodon.uri("marie")
		id := string(rune('a' + i))
		mastodon.say(malakoff, "paul", mastodon.activity("Undo", "/undo/"+id, "paul", a))
		mastodon.say(malakoff, "paul", mastodon.activity("Undo", "/undo/2"+id, "paul", a["id"]))
	}
	if got := state(); got != before {
		t.Errorf("after Paul's undoing: %v, want %v", got, before)
	}
	mastodon.say(malakoff, "marie", mastodon.activity("Undo", "/undo/31", "marie", like))
	mastodon.say(malakoff, "marie", mastodon.activity("Undo", "/undo/32", "marie", share["id"]))
	mastodon.say(malakoff, "marie", mastodon.activity("Undo", "/undo/33", "marie", follow))
	if got := state(); got != [3]int{0, 1, 0} {
		t.Errorf("after Marie's undoing: %v", got)
	}
}

// TestUnaskedAnswers: only whom we asked can accept, and only what we asked.
func TestUnaskedAnswers(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	lea := malakoff.resident("lea")
	mastodon := newStranger(t, c, "marie", "paul")
	marie, err := malakoff.app.Lookup(ctx, malakoff.Node, "marie@"+mastodon.host)
	if err != nil {
		t.Fatal(err)
	}
	follow := func(id string, target string) map[string]any {
		return map[string]any{"id": id, "type": "Follow", "actor": lea.Account.URI, "object": target}
	}
	mastodon.say(malakoff, "marie", mastodon.activity("Accept", "/a/1", "marie", follow(malakoff.URL("/follows/none"), mastodon.uri("marie"))))
	if _, err := malakoff.rows().Follow(ctx, lea.ID(), marie.ID); !errors.Is(err, parvis.ErrNotFound) {
		t.Errorf("a follow that nobody asked for: %v", err)
	}
	if err := malakoff.app.Follow(ctx, malakoff.Node, lea, marie.ID); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff)
	f, err := malakoff.rows().Follow(ctx, lea.ID(), marie.ID)
	if err != nil {
		t.Fatal(err)
	}
	mastodon.say(malakoff, "paul", mastodon.activity("Accept", "/a/2", "paul", f.URI))
	mastodon.say(malakoff, "paul", mastodon.activity("Accept", "/a/3", "paul", follow(f.URI, mastodon.uri("marie"))))
	if f, err = malakoff.rows().Follow(ctx, lea.ID(), marie.ID); err != nil || f.Accepted {
		t.Errorf("accepted by somebody else: %+v, %v", f, err)
	}
	// Mastodon may repeat the follow under an id of its own.
	mastodon.say(malakoff, "marie", mastodon.activity("Accept", "/a/4", "marie", follow(mastodon.base+"/own/1", mastodon.uri("marie"))))
	if f, err = malakoff.rows().Follow(ctx, lea.ID(), marie.ID); err != nil || !f.Accepted {
		t.Errorf("accepted by Marie: %+v, %v", f, err)
	}
	mastodon.say(malakoff, "marie", mastodon.activity("Reject", "/a/5", "marie", f.URI))
	if _, err = malakoff.rows().Follow(ctx, lea.ID(), marie.ID); !errors.Is(err, parvis.ErrNotFound) {
		t.Errorf("after the reject: %v", err)
	}
}

// TestPrivateStaysPrivate: who merely got hold of a private post gains nothing by
// sending it on, nor by adding somebody to its recipients.
func TestPrivateStaysPrivate(t *testing.T) {
	c := newClock()
	malakoff := newPeer(t, c, "Malakoff")
	lea := malakoff.resident("lea")
	malakoff.resident("jeanne")
	mastodon, evil := newStranger(t, c, "marie"), newStranger(t, c, "mallory")
	evil.followedBy(malakoff, lea, "mallory")
	secret := mastodon.note("/notes/1", "marie", "<p>Code : 1234</p>", map[string]any{"to": []string{lea.Account.URI}, "cc": []string{}})
	mastodon.say(malakoff, "marie", mastodon.activity("Create", "/a/1", "marie", secret))
	if got := malakoff.found(mastodon.base + "/notes/1"); got.Audience != parvis.Named || len(got.Mentions) != 1 {
		t.Fatalf("audience %s, mentions %v", got.Audience, got.Mentions)
	}
	secret["to"] = []string{lea.Account.URI, malakoff.URL("/@jeanne"), public}
	evil.say(malakoff, "mallory", evil.activity("Create", "/a/2", "mallory", secret))
	evil.say(malakoff, "mallory", evil.activity("Announce", "/a/3", "mallory", mastodon.base+"/notes/1"))
	if got := malakoff.found(mastodon.base + "/notes/1"); got.Audience != parvis.Named || len(got.Mentions) != 1 || got.Shares != 0 {
		t.Errorf("audience %s, mentions %v, %d shares", got.Audience, got.Mentions, got.Shares)
	}
}

// TestVotesAreNotAnswers: a vote in a poll is never shown.
func TestVotesAreNotAnswers(t *testing.T) {
	c := newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie")
	lea := malakoff.resident("lea")
	offer := malakoff.publish(lea, drill(parvis.Everyone))
	settle(t, malakoff)
	vote := mastodon.note("/votes/1", "marie", "", map[string]any{"name": "Oui", "inReplyTo": offer.URI, "to": []string{lea.Account.URI}, "cc": []string{}})
	delete(vote, "content")
	mastodon.say(malakoff, "marie", mastodon.activity("Create", "/a/1", "marie", vote))
	if malakoff.has(mastodon.base + "/votes/1") {
		t.Error("the vote was kept")
	}
}

// TestSharedFromAfar: somebody whom a resident follows shares a post of a third
// server; it is fetched from there, with what it answers.
func TestSharedFromAfar(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	lea := malakoff.resident("lea")
	mastodon, third := newStranger(t, c, "marie"), newStranger(t, c, "ines")
	mastodon.followedBy(malakoff, lea, "marie")
	third.serve("/notes/1", third.note("/notes/1", "ines", "<p>Première</p>"))
	third.serve("/notes/2", third.note("/notes/2", "ines", "<p>Suite</p>", map[string]any{"inReplyTo": third.base + "/notes/1"}))
	third.serve("/private", third.note("/private", "ines", "<p>Entre nous</p>", map[string]any{"to": []string{third.uri("ines") + "/followers"}, "cc": []string{}}))
	mastodon.say(malakoff, "marie", mastodon.activity("Announce", "/a/1", "marie", third.base+"/notes/2"))
	mastodon.say(malakoff, "marie", mastodon.activity("Announce", "/a/2", "marie", third.base+"/private"))

	first, second := malakoff.found(third.base+"/notes/1"), malakoff.found(third.base+"/notes/2")
	if second.ReplyTo != first.ID || second.Shares != 1 {
		t.Errorf("the shared post: %+v", second)
	}
	home, err := malakoff.app.Home(ctx, malakoff.Node, lea, parvis.Page{})
	if err != nil || len(home) != 1 || home[0].Post.ID != second.ID {
		t.Errorf("home: %+v, %v", home, err)
	}
	if malakoff.has(third.base + "/private") {
		t.Error("a private post was kept")
	}
}

// TestSharedFirst: a feed's share may arrive before the post itself, which must
// reach those who follow the author all the same.
func TestSharedFirst(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	lea, jeanne := malakoff.resident("lea"), malakoff.resident("jeanne")
	vanves := newStranger(t, c, "marie", "entraide")
	vanves.followedBy(malakoff, lea, "marie")
	vanves.followedBy(malakoff, jeanne, "entraide")
	note := vanves.note("/notes/1", "marie", "<p>Bonjour</p>")
	vanves.serve("/notes/1", note)
	vanves.say(malakoff, "entraide", vanves.activity("Announce", "/a/1", "entraide", vanves.base+"/notes/1"))
	vanves.say(malakoff, "marie", vanves.activity("Create", "/a/2", "marie", note))
	for name, v := range map[string]parvis.Viewer{"lea": lea, "jeanne": jeanne} {
		if home, err := malakoff.app.Home(ctx, malakoff.Node, v, parvis.Page{}); err != nil || len(home) != 1 {
			t.Errorf("home of %s: %+v, %v", name, home, err)
		}
	}
}

// TestEndlessThread: a conversation without beginning is followed ten steps up.
func TestEndlessThread(t *testing.T) {
	c := newClock()
	malakoff := newPeer(t, c, "Malakoff")
	lea := malakoff.resident("lea")
	evil := newStranger(t, c, "mallory")
	evil.followedBy(malakoff, lea, "mallory")
	path := func(i int) string { return "/notes/" + string(rune('A'+i)) }
	for i := range 26 {
		evil.serve(path(i), evil.note(path(i), "mallory", "<p>…</p>", map[string]any{"inReplyTo": evil.base + path(i+1)}))
	}
	evil.say(malakoff, "mallory", evil.activity("Create", "/a/1", "mallory", evil.docs[path(0)]))
	kept := 0
	for i := range 26 {
		if malakoff.has(evil.base + path(i)) {
			kept++
		}
	}
	if kept < 10 || kept > 12 {
		t.Errorf("%d posts of the thread were fetched", kept)
	}
}

func TestReport(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	lea := malakoff.resident("lea")
	mastodon := newStranger(t, c, "marie")
	offer := malakoff.publish(lea, drill(parvis.Everyone))
	settle(t, malakoff)
	mastodon.say(malakoff, "marie", mastodon.activity("Flag", "/flags/1", "marie", []string{lea.Account.URI, offer.URI},
		map[string]any{"content": "<p>Publicité</p>"}))
	reports, err := malakoff.rows().OpenReports(ctx, parvis.Page{})
	if err != nil || len(reports) != 1 {
		t.Fatalf("%d reports, %v", len(reports), err)
	}
	if r := reports[0]; r.TargetID != lea.ID() || len(r.PostIDs) != 1 || r.PostIDs[0] != offer.ID || r.Comment != "Publicité" {
		t.Errorf("report: %+v", r)
	}
}

// TestBlock: who blocks one of ours loses and loses sight of them, quietly.
func TestBlock(t *testing.T) {
	c := newClock()
	malakoff := newPeer(t, c, "Malakoff")
	lea := malakoff.resident("lea")
	mastodon := newStranger(t, c, "marie")
	mastodon.followedBy(malakoff, lea, "marie")
	mastodon.say(malakoff, "marie", mastodon.activity("Follow", "/f/1", "marie", lea.Account.URI))
	mastodon.say(malakoff, "marie", mastodon.activity("Block", "/b/1", "marie", lea.Account.URI))
	mastodon.say(malakoff, "marie", mastodon.activity("Follow", "/f/2", "marie", lea.Account.URI))
	if got := len(mastodon.received("Reject")); got != 1 {
		t.Errorf("%d rejects, want one", got)
	}
	mastodon.say(malakoff, "marie", mastodon.activity("Undo", "/u/1", "marie", mastodon.activity("Block", "/b/1", "marie", lea.Account.URI)))
	mastodon.say(malakoff, "marie", mastodon.activity("Follow", "/f/3", "marie", lea.Account.URI))
	if got := len(mastodon.received("Accept")); got != 2 {
		t.Errorf("%d accepts, want two", got)
	}
}

// TestFalseHandle: an actor whose handle leads to somebody else is not let in.
func TestFalseHandle(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff, evil := newPeer(t, c, "Malakoff"), newStranger(t, c, "mallory", "marie")
	// Says to be Marie, whose handle leads to another actor.
	claims := evil.person("mallory")
	claims["preferredUsername"] = "marie"
	evil.serve("/users/mallory", claims)
	d := delivery{to: malakoff, from: evil, signer: "mallory", body: evil.activity("Follow", "/f", "mallory", malakoff.URL("/@entraide"))}
	if got := d.send(t); got != http.StatusUnauthorized {
		t.Errorf("status %d, want 401", got)
	}
	if _, err := malakoff.rows().AccountByURI(ctx, evil.uri("mallory")); !errors.Is(err, parvis.ErrNotFound) {
		t.Errorf("it was kept: %v", err)
	}
}
