package federation_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// mentioning and inGroup make a post ask for a feed, as Mastodon and as Lemmy write it.
func mentioning(feed *parvis.Account) map[string]any {
	return map[string]any{"cc": []string{feed.URI}, "tag": []any{map[string]any{"type": "Mention", "href": feed.URI, "name": "@entraide"}}}
}

func inGroup(feed *parvis.Account) map[string]any {
	return map[string]any{"type": "Page", "name": "Perceuse", "cc": []string{feed.URI}, "audience": feed.URI}
}

// submit has somebody send a post to a feed.
func (s *stranger) submit(to *peer, name, id string, how map[string]any) (uri string) {
	s.t.Helper()
	s.say(to, name, s.activity("Create", "/a"+id, name, s.note(id, name, "<p>Qui prête une perceuse ?</p>", how), map[string]any{"cc": []string{to.feed().URI}}))
	return s.base + id
}

func (p *peer) team(name string) parvis.Viewer {
	v := p.resident(name)
	v.Role = parvis.RoleModerator
	return v
}

// waiting lists the ids of the posts that wait for the team, newest first.
func (p *peer) waiting(v parvis.Viewer) []string {
	p.t.Helper()
	list, err := p.app.Submissions(context.Background(), p.Node, v, parvis.Page{})
	if err != nil {
		p.t.Fatal(err)
	}
	uris := []string{}
	for _, s := range list {
		uris = append(uris, s.Post.URI)
	}
	return uris
}

// sharedBy lists what an account shared.
func (p *peer) sharedBy(acc *parvis.Account) []string {
	p.t.Helper()
	entries, err := p.app.EntriesBy(context.Background(), p.Node, parvis.Viewer{}, acc, false, parvis.Page{})
	if err != nil {
		p.t.Fatal(err)
	}
	uris := []string{}
	for _, e := range entries {
		uris = append(uris, e.Post.URI)
	}
	return uris
}

// TestSubmission: what strangers send to a feed waits for the team, and is shared by
// the feed once it is admitted, in the form that each follower understands.
func TestSubmission(t *testing.T) {
	for _, e := range parvistest.Engines(t) {
		for name, how := range map[string]func(*parvis.Account) map[string]any{"mention": mentioning, "group": inGroup} {
			t.Run(e.Name+"/"+name, func(t *testing.T) { submission(t, e, how) })
		}
	}
}

func submission(t *testing.T, e parvistest.Engine, how func(*parvis.Account) map[string]any) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeerOn(t, c, "Malakoff", e.URL(t))
	lea, paula := malakoff.resident("lea"), malakoff.team("paula")
	feed := malakoff.feed()
	if err := malakoff.app.Follow(ctx, malakoff.Node, lea, feed.ID); err != nil {
		t.Fatal(err)
	}
	lemmy, mastodon := newStranger(t, c, "picard").runs("lemmy"), newStranger(t, c, "marie", "anna")
	lemmy.follows(malakoff, "picard", feed)
	mastodon.follows(malakoff, "anna", feed)

	uri := mastodon.submit(malakoff, "marie", "/notes/1", how(feed))
	post := malakoff.found(uri)
	if got := malakoff.waiting(paula); fmt.Sprint(got) != fmt.Sprint([]string{uri}) {
		t.Fatalf("waiting: %v, want the post", got)
	}
	unshared := func(when string) {
		t.Helper()
		if got := malakoff.sharedBy(feed); len(got) != 0 {
			t.Errorf("%s: the feed shares %v", when, got)
		}
		if home, err := malakoff.app.Home(ctx, malakoff.Node, lea, parvis.Page{}); err != nil || len(home) != 0 {
			t.Errorf("%s: in a home: %v, %v", when, home, err)
		}
		lemmy.heard(when, "")
		mastodon.heard(when, "")
	}
	unshared("waiting")
	if _, err := malakoff.app.Submissions(ctx, malakoff.Node, lea, parvis.Page{}); !errors.Is(err, parvis.ErrForbidden) {
		t.Errorf("a resident lists what waits: %v", err)
	}
	if err := malakoff.app.Admit(ctx, malakoff.Node, lea, post.ID, post.UpdatedAt()); !errors.Is(err, parvis.ErrForbidden) {
		t.Errorf("a resident admits: %v", err)
	}

	// Its author changes it while it waits: what was read is not what would be shared.
	c.pass(time.Minute)
	changed := how(feed)
	changed["published"], changed["updated"] = post.PublishedAt, c.Now()
	mastodon.say(malakoff, "marie", mastodon.activity("Update", "/a/2", "marie", mastodon.note("/notes/1", "marie", "<p>Achetez mes montres.</p>", changed),
		map[string]any{"cc": []string{feed.URI}}))
	if err := malakoff.app.Admit(ctx, malakoff.Node, paula, post.ID, post.UpdatedAt()); !errors.Is(err, parvis.ErrConflict) {
		t.Errorf("admitting what is not there any more: %v", err)
	}
	unshared("changed")

	if err := malakoff.app.Admit(ctx, malakoff.Node, paula, post.ID, malakoff.found(uri).UpdatedAt()); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff)
	if got := malakoff.sharedBy(feed); fmt.Sprint(got) != fmt.Sprint([]string{uri}) {
		t.Errorf("the feed shares %v", got)
	}
	if home, err := malakoff.app.Home(ctx, malakoff.Node, lea, parvis.Page{}); err != nil || len(home) != 1 || home[0].Sharer.ID != feed.ID {
		t.Errorf("home: %+v, %v", home, err)
	}
	if passed := lemmy.received("Announce"); len(passed) != 1 || passed[0]["object"].(map[string]any)["id"] != mastodon.base+"/a/2" {
		t.Errorf("passed on: %v; want the last version as its author sent it", passed)
	}
	lemmy.heard("admitted", "Update")
	mastodon.heard("admitted", "post")
	if err := malakoff.app.Refuse(ctx, malakoff.Node, paula, post.ID); !errors.Is(err, parvis.ErrConflict) {
		t.Errorf("deciding twice: %v", err)
	}
	decided, err := malakoff.app.Decisions(ctx, malakoff.Node, paula)
	if err != nil || len(decided) != 1 || decided[0].Decider.ID != paula.ID() || decided[0].State != parvis.SubmissionAdmitted {
		t.Errorf("decisions: %+v, %v", decided, err)
	}

	// A later edit has been read by nobody here.
	c.pass(time.Minute)
	changed["updated"] = c.Now()
	mastodon.say(malakoff, "marie", mastodon.activity("Update", "/a/3", "marie", mastodon.note("/notes/1", "marie", "<p>Encore.</p>", changed),
		map[string]any{"cc": []string{feed.URI}}))
	lemmy.heard("changed later", "")
	mastodon.heard("changed later", "")
	if got := malakoff.waiting(paula); len(got) != 0 {
		t.Errorf("it waits again: %v", got)
	}
	mastodon.say(malakoff, "marie", mastodon.activity("Delete", "/a/4", "marie", uri))
	lemmy.heard("deleted", "Delete")
	mastodon.heard("deleted", "", "Undo")
}

// What waits and is deleted, or whose author's server is blocked, is shared by nobody.
func TestSubmissionTakenBack(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie")
	evil := newStranger(t, c, "mallory").called("evil.localhost", "mallory")
	paula, feed := malakoff.team("paula"), malakoff.feed()
	deleted, refused := mastodon.submit(malakoff, "marie", "/notes/1", mentioning(feed)), mastodon.submit(malakoff, "marie", "/notes/2", mentioning(feed))
	blocked := evil.submit(malakoff, "mallory", "/notes/1", mentioning(feed))
	if got := malakoff.waiting(paula); len(got) != 3 {
		t.Fatalf("%d wait, want 3", len(got))
	}
	mastodon.say(malakoff, "marie", mastodon.activity("Delete", "/a/d", "marie", deleted))
	malakoff.blockDomain("evil.localhost")
	if err := malakoff.app.Refuse(ctx, malakoff.Node, paula, malakoff.found(refused).ID); err != nil {
		t.Fatal(err)
	}
	for _, uri := range []string{deleted, refused, blocked} {
		p := malakoff.found(uri)
		if err := malakoff.app.Admit(ctx, malakoff.Node, paula, p.ID, p.UpdatedAt()); err == nil {
			t.Errorf("%s was admitted", uri)
		}
	}
	// Sent again, what was refused stays so.
	mastodon.say(malakoff, "marie", mastodon.activity("Create", "/a/again", "marie", mastodon.note("/notes/2", "marie", "<p>Encore.</p>", mentioning(feed))))
	settle(t, malakoff)
	if got := malakoff.sharedBy(feed); len(got) != 0 {
		t.Errorf("the feed shares %v", got)
	}
}

// TestSubmissionOfPartner: a partner's resident is trusted like the town's own.
func TestSubmissionOfPartner(t *testing.T) {
	c := newClock()
	malakoff, vanves := newPeer(t, c, "Malakoff"), newPeer(t, c, "Vanves")
	befriend(t, malakoff, vanves)
	jeanne, paula, karl := vanves.resident("jeanne"), malakoff.team("paula"), vanves.resident("karl")
	mastodon := newStranger(t, c, "anna")
	mastodon.follows(malakoff, "anna", malakoff.feed())
	note := app.Draft{Detail: &parvis.Note{}, Source: "@entraide@" + malakoff.Host + " Qui prête une perceuse ?", Audience: parvis.Everyone}
	sent := vanves.publish(jeanne, note)
	settle(t, malakoff, vanves)
	if got := malakoff.sharedBy(malakoff.feed()); fmt.Sprint(got) != fmt.Sprint([]string{sent.URI}) {
		t.Errorf("the feed shares %v, want what the partner's resident sent", got)
	}
	mastodon.heard("admitted", "post")
	// What is for few, and answers, ask for nothing.
	note.Audience = parvis.Partners
	vanves.publish(jeanne, note)
	note.Audience, note.ReplyTo = parvis.Everyone, sent.ID
	vanves.publish(karl, note)
	settle(t, malakoff, vanves)
	if got := malakoff.sharedBy(malakoff.feed()); len(got) != 1 {
		t.Errorf("the feed shares %v", got)
	}
	if got := malakoff.waiting(paula); len(got) != 0 {
		t.Errorf("waiting: %v", got)
	}
	mastodon.heard("nothing more", "")
}

// TestAttackSubmissions: what hostile servers send to a feed.
func TestAttackSubmissions(t *testing.T) {
	c := newClock()
	malakoff, evil := newPeer(t, c, "Malakoff"), newStranger(t, c, "mallory", "moe")
	paula, feed := malakoff.team("paula"), malakoff.feed()

	t.Run("an offer of theirs is no offer of ours", func(t *testing.T) {
		how := mentioning(feed)
		how["parvis:kind"], how["parvis:title"], how["parvis:sort"], how["purpose"] = "offer", "Montres", "object", "offer"
		if p := malakoff.found(evil.submit(malakoff, "mallory", "/notes/offer", how)); p.Kind() != parvis.KindNote {
			t.Errorf("it is kept as a %s", p.Kind())
		}
	})
	t.Run("the list is not flooded", func(t *testing.T) {
		for i := range 30 {
			id := fmt.Sprintf("/notes/%d", i)
			evil.say(malakoff, "mallory", evil.activity("Create", "/a"+id, "mallory", evil.note(id, "mallory", "<p>Montres</p>", mentioning(feed))))
		}
		if got := malakoff.waiting(paula); len(got) != 10 {
			t.Errorf("%d wait, want 10", len(got))
		}
		if malakoff.has(evil.base + "/notes/20") {
			t.Error("what nobody will read is kept")
		}
		ctx := context.Background()
		for range 3 {
			list, err := malakoff.app.Submissions(ctx, malakoff.Node, paula, parvis.Page{})
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range list {
				if err := malakoff.app.Refuse(ctx, malakoff.Node, paula, s.PostID); err != nil {
					t.Fatal(err)
				}
			}
			for i := range 12 {
				id := fmt.Sprintf("/notes/more/%d", c.Now().UnixNano()+int64(i))
				evil.say(malakoff, "moe", evil.activity("Create", "/a"+id, "moe", evil.note(id, "moe", "<p>Montres</p>", mentioning(feed))))
			}
			c.pass(time.Minute)
		}
		if got := malakoff.waiting(paula); len(got) != 0 {
			t.Errorf("%d wait though thirty were read today", len(got))
		}
	})
	t.Run("somebody else's post is not theirs to send", func(t *testing.T) {
		c.pass(25 * time.Hour)
		mastodon := newStranger(t, c, "marie")
		forged := evil.note("/x", "mallory", "<p>Achetez</p>", mentioning(feed))
		forged["id"], forged["attributedTo"] = mastodon.base+"/notes/1", mastodon.uri("marie")
		evil.say(malakoff, "mallory", evil.activity("Create", "/a/forged", "mallory", forged))
		if malakoff.has(mastodon.base + "/notes/1") {
			t.Error("a forged post was kept")
		}
	})
	t.Run("waiting ends", func(t *testing.T) {
		uri := newStranger(t, c, "marie").submit(malakoff, "marie", "/notes/old", mentioning(feed))
		if got := malakoff.waiting(paula); len(got) != 1 || got[0] != uri {
			t.Fatalf("waiting: %v", got)
		}
		c.pass(31 * 24 * time.Hour)
		if err := malakoff.app.Sweep(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := malakoff.waiting(paula); len(got) != 0 {
			t.Errorf("%v waits for ever", got)
		}
	})
	if got := malakoff.sharedBy(feed); len(got) != 0 {
		t.Errorf("the feed shares %v", got)
	}
}

// TestAttackUnread: what the team did not read is passed on by no feed, though it came
// for the post that they admit.
func TestAttackUnread(t *testing.T) {
	for what, unread := range map[string]func(s *stranger, note map[string]any){
		"an old edit": func(_ *stranger, note map[string]any) { note["content"] = "<p>Achetez mes montres.</p>" },
		"an edit that is not hers, so that her server is asked": func(s *stranger, note map[string]any) {
			s.clock.pass(time.Minute)
			note["updated"] = s.clock.Now()
			s.serve("/notes/1", maps.Clone(note))
			note["content"], note["attributedTo"] = "<p>Achetez mes montres.</p>", "https://nowhere.example/users/anna"
		},
	} {
		t.Run(what, func(t *testing.T) {
			ctx, c := context.Background(), newClock()
			malakoff, mastodon, lemmy := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie"), newStranger(t, c, "picard").runs("lemmy")
			paula, feed := malakoff.team("paula"), malakoff.feed()
			lemmy.follows(malakoff, "picard", feed)
			uri := mastodon.submit(malakoff, "marie", "/notes/1", mentioning(feed))
			first := malakoff.found(uri)

			how := mentioning(feed)
			how["published"] = first.PublishedAt
			note := mastodon.note("/notes/1", "marie", "<p>Qui prête une perceuse ?</p>", how)
			unread(mastodon, note)
			mastodon.say(malakoff, "marie", mastodon.activity("Update", "/a/2", "marie", note, map[string]any{"cc": []string{feed.URI}}))
			read := malakoff.found(uri)
			if read.HTML != first.HTML {
				t.Fatalf("the team reads %q", read.HTML)
			}
			if err := malakoff.app.Admit(ctx, malakoff.Node, paula, read.ID, read.UpdatedAt()); err != nil {
				t.Fatal(err)
			}
			settle(t, malakoff)
			if passed := lemmy.received("Announce"); strings.Contains(fmt.Sprint(passed), "montres") {
				t.Errorf("passed on: %v", passed)
			}
		})
	}
}
