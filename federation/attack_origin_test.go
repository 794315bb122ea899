package federation_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestAttackOrigin: attacks 11 to 24 and 29, on who may say what. The tests of
// digest_test.go and hostile_test.go hold the rest.
func TestAttackOrigin(t *testing.T) {
	t.Run("13 in the name of ours", attackOurs)
	t.Run("15 profile of another", attackProfile)
	t.Run("16 deleted by a neighbour", attackBury)
	t.Run("17 ids of a neighbour", attackIDs)
	t.Run("18 accepted unasked", attackAccept)
	t.Run("21 another id", attackOtherID)
	t.Run("22 redirect", attackRedirect)
	t.Run("23 addresses", attackAddresses)
	t.Run("24 more readers", attackReaders)
	t.Run("29 blocked", attackBlocked)
}

// attackOurs: what is ours is said by us alone, whoever signs.
func attackOurs(t *testing.T) {
	s := newScene(t)
	offer := s.offer(t)
	s.evil.followedBy(s.malakoff, s.lea, "mallory")
	s.clock.pass(time.Minute)
	later := map[string]any{"updated": s.clock.Now()}

	ours := s.evil.note("/x", "mallory", "<p>Faux.</p>", map[string]any{"id": s.malakoff.URL("/p/zzz"), "attributedTo": s.lea.Account.URI})
	theirs := s.evil.note("/notes/1", "mallory", "<p>Faux.</p>", map[string]any{"attributedTo": s.lea.Account.URI})
	both := s.evil.note("/notes/2", "mallory", "<p>Faux.</p>", map[string]any{"attributedTo": []string{s.lea.Account.URI, s.evil.uri("mallory")}})
	s.evil.serve("/notes/1", theirs)
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Create", "/a/1", "mallory", ours))
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Create", "/a/2", "mallory", theirs))
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Create", "/a/3", "mallory", both))
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Update", "/a/4", "mallory", s.evil.note("/x", "mallory", "<p>Faux.</p>", later, map[string]any{"id": offer.URI})))
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Delete", "/a/5", "mallory", offer.URI))
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Delete", "/a/6", "mallory", s.lea.Account.URI))
	profile := s.evil.person("mallory")
	profile["id"] = s.lea.Account.URI
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Update", "/a/7", "mallory", profile))

	for _, uri := range []string{s.malakoff.URL("/p/zzz"), s.evil.base + "/notes/1"} {
		if s.malakoff.has(uri) {
			t.Errorf("%s was kept", uri)
		}
	}
	if got := s.malakoff.found(s.evil.base + "/notes/2").Author.URI; got != s.evil.uri("mallory") {
		t.Errorf("a post of two authors is %s's", got)
	}
	if got := s.malakoff.found(offer.URI); got.HTML != offer.HTML || !got.DeletedAt.IsZero() {
		t.Errorf("the offer: %q, deleted %v", got.HTML, got.DeletedAt)
	}
	if got := s.malakoff.known(s.lea.Account.URI); got.Name != s.lea.Account.Name || !got.Active() {
		t.Errorf("Léa: %+v", got)
	}
}

// attackProfile: an actor speaks of itself only, and keeps its name and id.
func attackProfile(t *testing.T) {
	s := newScene(t)
	marie := s.mastodon.followedBy(s.malakoff, s.lea, "marie")
	paul := s.mastodon.person("marie")
	paul["name"] = "Faux"
	s.mastodon.say(s.malakoff, "paul", s.mastodon.activity("Update", "/a/1", "paul", paul))
	renamed := s.mastodon.person("marie")
	renamed["preferredUsername"], renamed["name"] = "mairie", "Mairie"
	s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Update", "/a/2", "marie", renamed))
	if got := s.malakoff.known(marie.URI); got.Acct() != marie.Acct() || got.Name != marie.Name {
		t.Errorf("Marie is %s, called %q", got.Acct(), got.Name)
	}
	// What she said of herself before comes late.
	old, fresh := s.mastodon.person("marie"), s.mastodon.person("marie")
	old["updated"], fresh["updated"], fresh["name"] = s.clock.Now().Add(-time.Hour), s.clock.Now(), "Marie Dupont"
	s.mastodon.serve("/users/marie", fresh)
	s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Update", "/a/3", "marie", fresh))
	s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Update", "/a/4", "marie", old))
	if got := s.malakoff.known(marie.URI).Name; got != "Marie Dupont" {
		t.Errorf("after an old update Marie is called %q", got)
	}
}

// attackBury: who guesses the id of what somebody else of the same server will write
// cannot have it refused beforehand.
func attackBury(t *testing.T) {
	s := newScene(t)
	s.mastodon.followedBy(s.malakoff, s.lea, "marie")
	note := s.mastodon.note("/notes/1", "marie", "<p>Vide-grenier dimanche.</p>")
	s.mastodon.say(s.malakoff, "paul", s.mastodon.activity("Delete", "/d/1", "paul", s.mastodon.base+"/notes/1"))
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Delete", "/d/2", "mallory", s.mastodon.base+"/notes/1"))
	s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Create", "/a/1", "marie", note))
	if !s.malakoff.has(s.mastodon.base + "/notes/1") {
		t.Error("Marie's post was refused")
	}
	s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Delete", "/d/3", "marie", s.mastodon.base+"/notes/2"))
	s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Create", "/a/2", "marie", s.mastodon.note("/notes/2", "marie", "<p>Trop tard</p>")))
	if s.malakoff.has(s.mastodon.base + "/notes/2") {
		t.Error("her own deletion was forgotten")
	}
}

// attackIDs: somebody of the same server who uses an id first does not keep its owner
// from undoing what she did under it.
func attackIDs(t *testing.T) {
	s := newScene(t)
	offer := s.offer(t)
	for i, name := range []string{"paul", "marie"} {
		for _, a := range []map[string]any{
			s.mastodon.activity("Like", "/likes/1", name, offer.URI), s.mastodon.activity("Announce", "/shares/1", name, offer.URI),
			s.mastodon.activity("Follow", "/follows/1", name, s.lea.Account.URI),
		} {
			if got := (delivery{to: s.malakoff, from: s.mastodon, signer: name, body: a}).send(t); got != http.StatusAccepted {
				t.Fatalf("%d: status %d", i, got)
			}
			settle(t, s.malakoff)
		}
	}
	state := func() [3]int {
		p := s.malakoff.found(offer.URI)
		return [3]int{p.Likes, p.Shares, s.malakoff.known(s.lea.Account.URI).Followers}
	}
	if got := state(); got != [3]int{2, 3, 2} { // the feed shares it too
		t.Fatalf("likes, shares, followers: %v", got)
	}
	for i, id := range []string{"/likes/1", "/shares/1", "/follows/1"} {
		s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Undo", "/undo/"+string(rune('a'+i)), "marie", s.mastodon.base+id))
	}
	if got := state(); got != [3]int{1, 2, 1} {
		t.Errorf("after Marie's undoing: %v", got)
	}
	for id, bare := range map[string]map[string]any{
		"/undo/e": s.mastodon.activity("Like", "/likes/1", "paul", offer.URI), "/undo/f": s.mastodon.activity("Announce", "/shares/1", "paul", offer.URI),
	} {
		s.mastodon.say(s.malakoff, "paul", s.mastodon.activity("Undo", id, "paul", bare))
	}
	if got := state(); got != [3]int{0, 1, 1} {
		t.Errorf("after Paul's: %v", got)
	}
}

// attackAccept: somebody who confirms their followers is not followed before they say
// so, and what they never were asked comes to nothing.
func attackAccept(t *testing.T) {
	ctx, s := context.Background(), newScene(t)
	locked := s.evil.person("mallory")
	locked["manuallyApprovesFollowers"] = true
	s.evil.serve("/users/mallory", locked)
	acc, err := s.malakoff.app.Lookup(ctx, s.malakoff.Node, "mallory@"+s.evil.host)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.malakoff.app.Follow(ctx, s.malakoff.Node, s.lea, acc.ID); err != nil {
		t.Fatal(err)
	}
	settle(t, s.malakoff)
	known, err := s.malakoff.rows().Relationships(ctx, s.lea.ID(), []parvis.ID{acc.ID})
	if err != nil || known[acc.ID].Following || !known[acc.ID].Requested {
		t.Errorf("before an answer: %+v, %v", known[acc.ID], err)
	}
	f, err := s.malakoff.rows().Follow(ctx, s.lea.ID(), acc.ID)
	if err != nil {
		t.Fatal(err)
	}
	for i, object := range []any{f.URI, map[string]any{"id": f.URI, "type": "Follow", "actor": s.lea.Account.URI, "object": s.evil.uri("mallory")}} {
		s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Accept", "/a/"+string(rune('1'+i)), "marie", object))
		s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Reject", "/r/"+string(rune('1'+i)), "marie", object))
	}
	if f, err = s.malakoff.rows().Follow(ctx, s.lea.ID(), acc.ID); err != nil || f.Accepted {
		t.Errorf("after somebody else's answers: %+v, %v", f, err)
	}
}

// attackOtherID: a server says nothing in the name of another by answering with its ids.
func attackOtherID(t *testing.T) {
	s := newScene(t)
	s.evil.followedBy(s.malakoff, s.lea, "mallory")
	s.mastodon.serve("/notes/1", s.mastodon.note("/notes/1", "marie", "<p>Vrai</p>"))
	s.evil.serve("/notes/1", s.mastodon.note("/notes/1", "marie", "<p>Faux</p>")) // says that it is Marie's
	s.evil.serve("/notes/2", s.evil.note("/notes/3", "mallory", "<p>Faux</p>"))   // says that it is another
	s.evil.serve("/notes/3", s.evil.note("/notes/4", "mallory", "<p>Faux</p>"))   // and so on
	s.evil.serve("/notes/5", s.evil.note("/notes/6", "mallory", "<p>Faux</p>"))
	s.evil.serve("/notes/6", s.evil.note("/notes/6", "mallory", "<p>Le même</p>")) // at its own id
	for i, path := range []string{"/notes/1", "/notes/2", "/notes/5"} {
		s.evil.say(s.malakoff, "mallory", s.evil.activity("Announce", "/a/"+string(rune('1'+i)), "mallory", s.evil.base+path))
	}
	for uri, want := range map[string]bool{
		s.mastodon.base + "/notes/1": false, s.evil.base + "/notes/1": false, s.evil.base + "/notes/2": false, s.evil.base + "/notes/3": false,
		s.evil.base + "/notes/5": false, s.evil.base + "/notes/6": true,
	} {
		if got := s.malakoff.has(uri); got != want {
			t.Errorf("%s is here: %t, want %t", uri, got, want)
		}
	}
}

// attackRedirect: a redirect lends nobody another's name, neither of a post nor of its
// author.
func attackRedirect(t *testing.T) {
	s := newScene(t)
	s.evil.followedBy(s.malakoff, s.lea, "mallory")
	s.mastodon.followedBy(s.malakoff, s.lea, "marie")
	// Marie's server has an open redirect.
	s.mastodon.trap("/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.evil.base+"/forged", http.StatusFound)
	})
	s.evil.serve("/forged", s.mastodon.note("/away", "marie", "<p>Faux</p>"))
	// And Mallory an author who turns out to be Marie.
	s.evil.trap("/users/author", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.mastodon.uri("marie"), http.StatusFound)
	})
	s.evil.trap("/users/ines", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.mastodon.uri("paul"), http.StatusFound)
	})
	s.evil.serve("/notes/1", s.evil.note("/notes/1", "author", "<p>Faux</p>"))
	s.evil.serve("/notes/2", s.evil.note("/notes/2", "ines", "<p>Faux</p>"))
	for i, uri := range []string{s.mastodon.base + "/away", s.evil.base + "/notes/1", s.evil.base + "/notes/2"} {
		s.evil.say(s.malakoff, "mallory", s.evil.activity("Announce", "/a/"+string(rune('1'+i)), "mallory", uri))
		if s.malakoff.has(uri) {
			t.Errorf("%s is here, by %s", uri, s.malakoff.found(uri).Author.URI)
		}
	}
}

// attackAddresses: a post leads nowhere but to its own server, and to nothing that a
// browser would run.
func attackAddresses(t *testing.T) {
	s := newScene(t)
	s.evil.followedBy(s.malakoff, s.lea, "mallory")
	for i, address := range []string{"javascript:alert(1)", "data:text/html,<script>alert(1)</script>", s.mastodon.base + "/@marie/1", "//evil.example/x", "vbscript:x"} {
		id := "/notes/" + string(rune('1'+i))
		s.evil.say(s.malakoff, "mallory", s.evil.activity("Create", "/a"+id, "mallory", s.evil.note(id, "mallory", `<p><a href="`+address+`">ici</a></p>`, map[string]any{
			"url":        []any{address, map[string]any{"type": "Link", "mediaType": "text/html", "href": address}},
			"attachment": []any{map[string]any{"type": "Image", "mediaType": "image/png", "url": address}},
			"tag":        []any{map[string]any{"type": "Mention", "href": address, "name": "@x"}},
		})))
		p := s.malakoff.found(s.evil.base + id)
		if p.URL != p.URI {
			t.Errorf("%s: the post is at %s", address, p.URL)
		}
		if !strings.HasPrefix(address, "http") && (len(p.Media) != 0 || strings.Contains(p.HTML, ":alert") || strings.Contains(p.HTML, "script")) {
			t.Errorf("%s: %q, %+v", address, p.HTML, p.Media)
		}
	}
	profile := s.evil.person("mallory")
	maps.Copy(profile, map[string]any{"url": "javascript:alert(1)", "icon": map[string]any{"type": "Image", "url": "data:image/svg+xml,<svg/>"},
		"outbox": s.mastodon.base + "/outbox", "followers": s.mastodon.uri("marie") + "/followers"})
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Update", "/u", "mallory", profile))
	if got := s.malakoff.known(s.evil.uri("mallory")); got.URL != got.URI || got.Avatar != nil || got.Outbox != "" || got.FollowersURI != "" {
		t.Errorf("Mallory: %+v", got)
	}
	profile["inbox"] = s.mastodon.base + "/inbox"
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Update", "/u2", "mallory", profile))
	if got := s.malakoff.known(s.evil.uri("mallory")).Inbox; got != s.evil.uri("mallory")+"/inbox" {
		t.Errorf("her inbox is %s", got)
	}
}

// attackReaders: a post for few does not become one for many because its author, or
// somebody else, says it again with more addresses.
func attackReaders(t *testing.T) {
	s := newScene(t)
	jeanne := s.malakoff.resident("jeanne")
	s.mastodon.followedBy(s.malakoff, s.lea, "marie")
	secret := s.mastodon.note("/notes/1", "marie", "<p>Code : 1234</p>", map[string]any{"to": []string{s.lea.Account.URI}, "cc": []string{}})
	s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Create", "/a/1", "marie", secret))
	s.clock.pass(time.Minute)
	wider := maps.Clone(secret)
	wider["to"], wider["updated"] = []string{public, jeanne.Account.URI}, s.clock.Now()
	s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Update", "/a/2", "marie", wider))
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Create", "/a/3", "mallory", wider))
	s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Create", "/a/4", "marie", secret, map[string]any{"to": []string{public}}))
	p := s.malakoff.found(s.mastodon.base + "/notes/1")
	if p.Audience != parvis.Named {
		t.Errorf("it is for %s", p.Audience)
	}
	if _, err := s.malakoff.app.Post(context.Background(), s.malakoff.Node, parvis.Viewer{}, p.ID); !errors.Is(err, parvis.ErrNotFound) {
		t.Errorf("a visitor reads it: %v", err)
	}
}

// attackBlocked: a blocked server is refused under each of its names, and so is what
// others bring of it.
func attackBlocked(t *testing.T) {
	for _, blocked := range []string{"evil.localhost", "EVIL.localhost", "evil.localhost.", " evil.localhost ", "ｅｖｉｌ.localhost", "evil.localhost:8443", "https://evil.localhost/"} {
		t.Run(strings.TrimSpace(blocked), func(t *testing.T) {
			s := newScene(t)
			offer := s.offer(t)
			s.mastodon.followedBy(s.malakoff, s.lea, "marie")
			s.evil.serve("/notes/1", s.evil.note("/notes/1", "mallory", "<p>Faux.</p>"))
			s.malakoff.blockDomain(blocked)
			for _, name := range []string{"evil.localhost", "Evil.localhost", "evil.localhost.", "sub.evil.localhost", "ｅｖｉｌ.localhost"} {
				other := newStranger(t, s.clock, "mallory").called(name, "mallory")
				d := delivery{to: s.malakoff, from: other, signer: "mallory", body: other.activity("Like", "/likes/1", "mallory", offer.URI)}
				if got := d.send(t); got/100 != 4 {
					t.Errorf("%s: status %d, want 403", name, got)
				}
				if got := other.log.total(); got != 0 {
					t.Errorf("%s was asked %d times", name, got)
				}
			}
			s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Announce", "/a/1", "marie", s.evil.base+"/notes/1"))
			if s.malakoff.has(s.evil.base + "/notes/1") {
				t.Error("its post came by somebody else's share")
			}
		})
	}
	t.Run("known before", attackBlockedKnown)
	t.Run("by its handles", attackBlockedHandle)
}

// attackBlockedKnown: nobody shares to our readers what is known of a server that was
// blocked since.
func attackBlockedKnown(t *testing.T) {
	s := newScene(t)
	s.mastodon.followedBy(s.malakoff, s.lea, "marie")
	s.evil.followedBy(s.malakoff, s.lea, "mallory")
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Create", "/a/1", "mallory", s.evil.note("/notes/1", "mallory", "<p>Faux.</p>")))
	s.malakoff.blockDomain("evil.localhost")
	s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Announce", "/a/1", "marie", s.evil.base+"/notes/1"))
	if got := s.malakoff.found(s.evil.base + "/notes/1").Shares; got != 0 {
		t.Errorf("%d shares of it, want none", got)
	}
}

// attackBlockedHandle: the block of the domain in people's handles also holds for what
// others bring of them, and for what they ask for.
func attackBlockedHandle(t *testing.T) {
	s := newScene(t)
	s.mastodon.followedBy(s.malakoff, s.lea, "marie")
	other := newStranger(t, s.clock, "ines")
	other.host = strings.Replace(other.host, "127.0.0.1", "sub.evil.localhost", 1) // of handles only
	other.followedBy(s.malakoff, s.lea, "ines")
	other.serve("/notes/1", other.note("/notes/1", "ines", "<p>Faux.</p>"))
	s.malakoff.blockDomain("evil.localhost")
	s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Announce", "/a/1", "marie", other.base+"/notes/1"))
	if s.malakoff.has(other.base + "/notes/1") {
		t.Error("the post of somebody whose handle is blocked came by a share")
	}
}
