package federation_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// TestFollowedOffer is the main thing: somebody elsewhere follows a town's feed,
// sees an offer, answers it, and learns of all that becomes of it.
func TestFollowedOffer(t *testing.T) {
	for _, e := range parvistest.Engines(t) {
		t.Run(e.Name, func(t *testing.T) { followedOffer(t, e) })
	}
}

func followedOffer(t *testing.T, e parvistest.Engine) {
	ctx, c := context.Background(), newClock()
	malakoff, vanves := newPeerOn(t, c, "Malakoff", e.URL(t)), newPeerOn(t, c, "Vanves", e.URL(t))
	lea, jeanne := malakoff.resident("lea"), vanves.resident("jeanne")

	feed, err := vanves.app.Lookup(ctx, vanves.Node, "@entraide@"+malakoff.Host)
	if err != nil {
		t.Fatal(err)
	}
	if err := vanves.app.Follow(ctx, vanves.Node, jeanne, feed.ID); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff, vanves)
	if f, err := vanves.rows().Follow(ctx, jeanne.ID(), feed.ID); err != nil || !f.Accepted {
		t.Fatalf("follow of the feed: %+v, %v; want it accepted", f, err)
	}

	c.pass(time.Minute)
	offer, err := malakoff.app.Publish(ctx, malakoff.Node, lea, drill(parvis.Everyone))
	if err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff, vanves)
	copied := vanves.found(offer.URI)
	if copied.Kind() != parvis.KindOffer || copied.Title != offer.Title || copied.HTML != offer.HTML || copied.State != parvis.Open {
		t.Errorf("copy: %s %q %q %s", copied.Kind(), copied.Title, copied.HTML, copied.State)
	}
	home, err := vanves.app.Home(ctx, vanves.Node, jeanne, parvis.Page{})
	if err != nil || len(home) != 1 || home[0].Sharer == nil || home[0].Sharer.URI != feed.URI {
		t.Fatalf("home: %+v, %v; want the offer, shared by the feed", home, err)
	}

	// An answer comes back.
	c.pass(time.Minute)
	answer, err := vanves.app.Publish(ctx, vanves.Node, jeanne, app.Draft{Detail: &parvis.Note{}, Source: "Je peux passer samedi ?", Audience: parvis.Everyone, ReplyTo: copied.ID})
	if err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff, vanves)
	if got := malakoff.found(answer.URI); got.ReplyTo != offer.ID || got.HTML != answer.HTML {
		t.Errorf("answer: %+v", got)
	}

	// It is reserved, changed, deleted: also for who follows the feed alone.
	c.pass(time.Minute)
	if _, err := malakoff.app.SetState(ctx, malakoff.Node, lea, offer.ID, parvis.Reserved); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff, vanves)
	if got := vanves.found(offer.URI).State; got != parvis.Reserved {
		t.Errorf("state of the copy is %s", got)
	}
	c.pass(time.Minute)
	changed := drill(parvis.Everyone)
	changed.Title = "Perceuse sans fil"
	if _, err := malakoff.app.Edit(ctx, malakoff.Node, lea, offer.ID, changed); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff, vanves)
	if got := vanves.found(offer.URI).Title; got != changed.Title {
		t.Errorf("title of the copy is %q", got)
	}
	c.pass(time.Minute)
	if err := malakoff.app.Delete(ctx, malakoff.Node, lea, offer.ID); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff, vanves)
	if got := vanves.found(offer.URI); got.DeletedAt.IsZero() || got.Title != "" {
		t.Errorf("copy of the deleted offer: %+v", got)
	}
	if _, err := vanves.app.Remote.Post(ctx, vanves.Node, offer.URI); !errors.Is(err, parvis.ErrNotFound) && !errors.Is(err, parvis.ErrGone) {
		t.Errorf("fetching it again: %v", err)
	}

	// And the follow ends.
	if err := vanves.app.Unfollow(ctx, vanves.Node, jeanne, feed.ID); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff, vanves)
	local, err := malakoff.rows().AccountByAcct(ctx, "entraide")
	if err != nil || local.Followers != 0 {
		t.Errorf("followers of the feed: %d, %v", local.Followers, err)
	}
}
