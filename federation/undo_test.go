package federation_test

import (
	"context"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// TestUndoByID: what somebody did is taken back by its id alone, by them and nobody
// else, and doing so twice changes nothing more.
func TestUndoByID(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	lea, jean := malakoff.resident("lea"), malakoff.resident("jean")
	mastodon := newStranger(t, c, "marie", "paul")
	offer := malakoff.publish(lea, drill(parvis.Everyone))
	marie, err := malakoff.app.Lookup(ctx, malakoff.Node, "marie@"+mastodon.host)
	if err != nil {
		t.Fatal(err)
	}
	if err := malakoff.app.Follow(ctx, malakoff.Node, lea, marie.ID); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff)
	f, err := malakoff.rows().Follow(ctx, lea.ID(), marie.ID)
	if err != nil {
		t.Fatal(err)
	}
	type standing struct {
		likes, shares, followers, following int
		blocked                             bool
	}
	state := func() standing {
		p, l := malakoff.found(offer.URI), malakoff.known(lea.Account.URI)
		blocked, err := malakoff.rows().Blocked(ctx, marie.ID, jean.ID())
		if err != nil {
			t.Fatal(err)
		}
		return standing{p.Likes, p.Shares, l.Followers, l.Following, blocked}
	}
	for _, a := range []map[string]any{
		mastodon.activity("Like", "/likes/1", "marie", offer.URI), mastodon.activity("Announce", "/shares/1", "marie", offer.URI),
		mastodon.activity("Follow", "/follows/1", "marie", lea.Account.URI), mastodon.activity("Accept", "/accepts/1", "marie", f.URI),
		mastodon.activity("Block", "/blocks/1", "marie", jean.Account.URI),
	} {
		mastodon.say(malakoff, "marie", a)
	}
	want := standing{likes: 1, shares: 2, followers: 1, following: 1, blocked: true} // the feed shares it too
	if got := state(); got != want {
		t.Fatalf("at first: %+v, want %+v", got, want)
	}
	for _, step := range []struct {
		id     string
		change func(*standing)
	}{
		{"/likes/1", func(s *standing) { s.likes-- }},
		{"/shares/1", func(s *standing) { s.shares-- }},
		{"/follows/1", func(s *standing) { s.followers-- }},
		{"/accepts/1", func(s *standing) { s.following-- }},
		{"/blocks/1", func(s *standing) { s.blocked = false }},
		{"/never/1", func(*standing) {}},
	} {
		mastodon.say(malakoff, "paul", mastodon.activity("Undo", "/undo/paul"+step.id, "paul", mastodon.base+step.id))
		if got := state(); got != want {
			t.Fatalf("%s undone by Paul: %+v, want %+v", step.id, got, want)
		}
		step.change(&want)
		for _, time := range []string{"/first", "/again"} {
			mastodon.say(malakoff, "marie", mastodon.activity("Undo", "/undo"+time+step.id, "marie", mastodon.base+step.id))
			if got := state(); got != want {
				t.Fatalf("%s undone: %+v, want %+v", step.id, got, want)
			}
		}
	}
	if r, err := malakoff.rows().Relationships(ctx, lea.ID(), []parvis.ID{marie.ID}); err != nil || r[marie.ID].Following || r[marie.ID].Requested {
		t.Errorf("Léa still follows or asks: %+v, %v", r[marie.ID], err)
	}
	// What was accepted anew under another id stands, whatever the old one says.
	if err := malakoff.app.Follow(ctx, malakoff.Node, lea, marie.ID); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff)
	if f, err = malakoff.rows().Follow(ctx, lea.ID(), marie.ID); err != nil {
		t.Fatal(err)
	}
	mastodon.say(malakoff, "marie", mastodon.activity("Accept", "/accepts/2", "marie", f.URI))
	mastodon.say(malakoff, "marie", mastodon.activity("Undo", "/undo/late", "marie", mastodon.base+"/accepts/1"))
	if got := state(); got.following != 1 {
		t.Errorf("after the Undo of an old Accept: %+v", got)
	}
}

// TestUndoOvertakes: what somebody took back before it came, because a network brings
// things in any order, has no effect when it comes; what others say of it counts for
// nothing, and neither does the old for what they do anew.
func TestUndoOvertakes(t *testing.T) {
	for _, e := range parvistest.Engines(t) {
		t.Run(e.Name, func(t *testing.T) {
			c := newClock()
			malakoff, mastodon := newPeerOn(t, c, "Malakoff", e.URL(t)), newStranger(t, c, "marie", "paul")
			offer := malakoff.publish(malakoff.resident("lea"), drill(parvis.Everyone))
			settle(t, malakoff)
			shared := malakoff.found(offer.URI).Shares // by the feed
			for i, typ := range []string{"Like", "Announce"} {
				done := func(id string) map[string]any {
					return mastodon.activity(typ, "/"+typ+id, "marie", offer.URI)
				}
				say := func(by, id string, undone any) {
					t.Helper()
					mastodon.say(malakoff, by, mastodon.activity("Undo", "/undo/"+typ+id, by, undone))
				}
				counted := func(when string, want int) {
					t.Helper()
					p := malakoff.found(offer.URI)
					if got := []int{p.Likes, p.Shares - shared}[i]; got != want {
						t.Errorf("%s of %s: %d, want %d", typ, when, got, want)
					}
				}
				say("marie", "1", done("1"))
				say("marie", "2", done("2")["id"])
				say("paul", "3", done("3")["id"])
				mastodon.say(malakoff, "marie", done("1"))
				counted("what was taken back whole", 0)
				mastodon.say(malakoff, "marie", done("2"))
				counted("what was taken back by its id", 0)
				mastodon.say(malakoff, "marie", done("3"))
				counted("what somebody else took back", 1)
			}
		})
	}
}
