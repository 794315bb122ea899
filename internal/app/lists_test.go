package app_test

import (
	"errors"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// A list shows what the people on it publish, to its owner alone; who is not followed
// cannot be on it, and leaves it when they are followed no more.
func TestLists(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.do(w.Follow(w.ctx, w.node, w.karim, w.jeanne.ID()))
		l := must[*parvis.List](t)(w.MakeList(w.ctx, w.node, w.karim, app.ListDraft{Title: " Voisins ", Replies: parvis.RepliesList}))
		if l.Title != "Voisins" {
			t.Errorf("it is called %q", l.Title)
		}
		w.invalid("somebody who is not followed", w.AddToList(w.ctx, w.node, w.karim, l.ID, w.jeanne.ID(), w.odile.ID()), "handle", "list.follow")
		if members := must[[]storage.FollowedAccount](t)(w.ListMembers(w.ctx, w.node, w.karim, l.ID, parvis.Page{})); len(members) > 0 {
			t.Errorf("of two, one of whom is not followed, %d are on it", len(members))
		}
		w.do(w.AddToList(w.ctx, w.node, w.karim, l.ID, w.jeanne.ID()))
		w.publish(w.jeanne, offer())
		quiet := note("Pour celles et ceux qui me suivent", nil)
		quiet.Audience = parvis.Followers
		w.publish(w.jeanne, quiet)
		w.publish(w.odile, offer())
		shown := func() int {
			return len(must[[]storage.HomeEntry](t)(w.ListTimeline(w.ctx, w.node, w.karim, l.ID, parvis.Page{})))
		}
		if got := shown(); got != 2 {
			t.Errorf("the list shows %d posts, want 2", got)
		}
		if with := must[[]*parvis.List](t)(w.ListsWith(w.ctx, w.node, w.karim, w.jeanne.ID())); len(with) != 1 {
			t.Errorf("jeanne is on %d lists", len(with))
		}
		must[*parvis.List](t)(w.ChangeList(w.ctx, w.node, w.karim, l.ID, app.ListDraft{Title: "Amis", Replies: parvis.RepliesNone}))
		if got := must[*parvis.List](t)(w.PeopleList(w.ctx, w.node, w.karim, l.ID)); got.Title != "Amis" || got.Replies != parvis.RepliesNone {
			t.Errorf("changed: %+v", got)
		}
		for name, err := range map[string]error{
			"reading another's":  second(w.ListTimeline(w.ctx, w.node, w.odile, l.ID, parvis.Page{})),
			"members of another": second(w.ListMembers(w.ctx, w.node, w.odile, l.ID, parvis.Page{})),
			"changing another's": second(w.ChangeList(w.ctx, w.node, w.odile, l.ID, app.ListDraft{Title: "Moi", Replies: parvis.RepliesNone})),
			"adding to":          w.AddToList(w.ctx, w.node, w.odile, l.ID, w.jeanne.ID()),
			"taking off":         w.RemoveFromList(w.ctx, w.node, w.odile, l.ID, w.jeanne.ID()),
			"dropping another's": w.DropList(w.ctx, w.node, w.odile, l.ID),
		} {
			w.fails(name, err, parvis.ErrNotFound)
		}
		w.fails("a visitor's lists", second(w.PeopleLists(w.ctx, w.node, parvis.Viewer{})), parvis.ErrSignIn)
		w.do(w.Unfollow(w.ctx, w.node, w.karim, w.jeanne.ID()))
		if got := shown(); got != 0 {
			t.Errorf("after unfollowing, the list shows %d posts", got)
		}
		w.do(w.DropList(w.ctx, w.node, w.karim, l.ID))
		w.fails("a list that is gone", second(w.PeopleList(w.ctx, w.node, w.karim, l.ID)), parvis.ErrNotFound)
	})
}

func TestListsAreBounded(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		d := app.ListDraft{Title: "Voisins", Replies: parvis.RepliesList}
		for range parvis.MaxLists {
			must[*parvis.List](t)(w.MakeList(w.ctx, w.node, w.karim, d))
		}
		w.invalid("one list too many", second(w.MakeList(w.ctx, w.node, w.karim, d)), "title", "list.too.many")
		if lists := must[[]*parvis.List](t)(w.PeopleLists(w.ctx, w.node, w.karim)); len(lists) != parvis.MaxLists {
			t.Errorf("%d lists", len(lists))
		}
		w.invalid("no title", second(w.MakeList(w.ctx, w.node, w.jeanne, app.ListDraft{Title: " ", Replies: parvis.RepliesList})), "title", "list.title.missing")
		w.invalid("no such policy", second(w.MakeList(w.ctx, w.node, w.jeanne, app.ListDraft{Title: "A", Replies: "all"})), "replies", "list.replies.unknown")
	})
}

// A mute for a time ends by itself at that time, not before, and not when it was made
// longer meanwhile; nobody is told of it.
func TestMuteForATime(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.publish(w.jeanne, offer())
		w.do(w.Follow(w.ctx, w.node, w.karim, w.jeanne.ID()))
		w.told(w.jeanne)
		sees := func() int {
			return len(must[[]storage.HomeEntry](t)(w.Home(w.ctx, w.node, w.karim, parvis.Page{})))
		}
		if got := sees(); got != 1 {
			t.Fatalf("before, karim sees %d posts", got)
		}
		w.do(w.Mute(w.ctx, w.node, w.karim, w.jeanne.ID(), app.MuteWish{For: time.Hour}))
		w.do(w.Mute(w.ctx, w.node, w.karim, w.jeanne.ID(), app.MuteWish{For: 3 * time.Hour}))
		if told := w.told(w.jeanne); told != "follow by karim; " {
			t.Errorf("jeanne was told %q", told)
		}
		for _, step := range []struct {
			after time.Duration
			want  int
		}{{59 * time.Minute, 0}, {time.Hour, 0}, {2*time.Hour + time.Minute, 1}} {
			w.now = w.now.Add(step.after)
			w.unmuting()
			if got := sees(); got != step.want {
				t.Errorf("at %v karim sees %d posts, want %d", w.now, got, step.want)
			}
		}
		w.do(w.Mute(w.ctx, w.node, w.karim, w.jeanne.ID(), app.MuteWish{}))
		if muted := must[[]parvis.Mute](t)(w.Muted(w.ctx, w.node, w.karim, parvis.Page{})); len(muted) != 1 || sees() != 0 {
			t.Errorf("muted %v, sees %d", muted, sees())
		}
		w.do(w.Unmute(w.ctx, w.node, w.karim, w.jeanne.ID()))
		if sees() != 1 {
			t.Error("after unmuting nothing is seen")
		}
		w.fails("muting oneself", w.Mute(w.ctx, w.node, w.karim, w.karim.ID(), app.MuteWish{}), parvis.ErrForbidden)
		feed := must[*parvis.Account](t)(w.rows().Feed(w.ctx, parvis.KindOffer))
		w.fails("muting the town's feed", w.Mute(w.ctx, w.node, w.karim, feed.ID, app.MuteWish{}), parvis.ErrForbidden)
		if err := errors.Join(w.Mute(w.ctx, w.node, parvis.Viewer{}, w.jeanne.ID(), app.MuteWish{}), w.Unmute(w.ctx, w.node, parvis.Viewer{}, w.jeanne.ID())); !errors.Is(err, parvis.ErrSignIn) {
			t.Errorf("a visitor mutes: %v", err)
		}
	})
}

// unmuting runs the jobs that wait for a mute to end.
func (w *town) unmuting() {
	w.t.Helper()
	for {
		jobs := must[[]*parvis.Job](w.t)(w.DB.TurnJobs(w.ctx, nil, storage.Claim{Kinds: []parvis.JobKind{parvis.JobUnmute}, Now: w.now, Until: w.now.Add(time.Minute), Limit: 50}))
		if len(jobs) == 0 {
			return
		}
		for _, j := range jobs {
			w.do(w.EndMute(w.ctx, j))
			w.do(w.DB.SettleJobs(w.ctx, storage.Ended{Job: j}))
		}
	}
}
