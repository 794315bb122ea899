package app_test

import (
	"slices"
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

func TestWhoSeesWhat(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana, luc := w.stranger("ana", "masto.example"), w.stranger("luc", "clamart.example")
		w.do(w.Follow(w.ctx, w.node, w.karim, w.jeanne.ID()))
		viewers := map[string]parvis.Viewer{"visitor": {}, "follower": w.karim, "resident": w.odile, "author": w.jeanne,
			"remote": {Account: ana}, "partner": {Account: luc, Partner: true}}
		seen := map[parvis.Audience][]string{
			parvis.Everyone:  {"author", "follower", "partner", "remote", "resident", "visitor"},
			parvis.Unlisted:  {"author", "follower", "partner", "remote", "resident", "visitor"},
			parvis.Followers: {"author", "follower"},
			parvis.Partners:  {"author", "follower", "partner", "resident"},
			parvis.OnNode:    {"author", "follower", "resident"},
			parvis.Named:     {"author"},
		}
		listed := map[parvis.Audience][]string{
			parvis.Everyone: seen[parvis.Everyone], parvis.Partners: {"author", "follower", "resident"}, parvis.OnNode: {"author", "follower", "resident"},
		}
		for audience, want := range seen {
			d := offer()
			d.Audience = audience
			p := w.publish(w.jeanne, d)
			var may, lists, pages []string
			for name, v := range viewers {
				has := func(posts []*parvis.Post) bool {
					return slices.ContainsFunc(posts, func(q *parvis.Post) bool { return q.ID == p.ID })
				}
				if _, err := w.Post(w.ctx, w.node, v, p.ID); err == nil {
					may = append(may, name)
				} else {
					w.fails(name, err, parvis.ErrNotFound)
				}
				if has(must[[]*parvis.Post](t)(w.List(w.ctx, w.node, v, storage.PostFilter{}, parvis.Page{}))) {
					lists = append(lists, name)
				}
				if has(must[[]*parvis.Post](t)(w.PostsBy(w.ctx, w.node, v, w.jeanne.ID(), false, parvis.Page{}))) {
					pages = append(pages, name)
				}
			}
			for what, pair := range map[string][2][]string{"see": {may, want}, "find in lists": {lists, listed[audience]}} {
				slices.Sort(pair[0])
				slices.Sort(pair[1])
				if !slices.Equal(pair[0], pair[1]) {
					t.Errorf("%s: %v %s it, want %v", audience, pair[0], what, pair[1])
				}
			}
			for _, name := range pages {
				if !slices.Contains(want, name) {
					t.Errorf("%s: %s finds it on the author's page", audience, name)
				}
			}
		}
	})
}

func TestBlockedSeeNothing(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := w.publish(w.jeanne, offer())
		answer := w.publish(w.karim, note("Libre ?", p))
		w.do(w.Block(w.ctx, w.node, w.jeanne, w.karim.ID()))
		_, err := w.Post(w.ctx, w.node, w.karim, p.ID)
		w.fails("the blocked one", err, parvis.ErrNotFound)
		_, err = w.Post(w.ctx, w.node, w.jeanne, answer.ID)
		w.fails("the other way", err, parvis.ErrNotFound)
		_, after, err := w.Thread(w.ctx, w.node, w.jeanne, p)
		if err != nil || len(after) != 0 {
			t.Errorf("the thread shows %d answers, %v", len(after), err)
		}
		if _, err := w.Post(w.ctx, w.node, w.odile, answer.ID); err != nil {
			t.Errorf("a third: %v", err)
		}
		// Blocking the team is no way out of moderation.
		w.do(w.Block(w.ctx, w.node, w.karim, w.odile.ID()))
		w.do(w.Delete(w.ctx, w.node, w.odile, answer.ID))
	})
}

func TestGoneAndNeverThere(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		public, private := offer(), offer()
		private.Audience = parvis.OnNode
		for draft, want := range map[*app.Draft]error{&public: parvis.ErrGone, &private: parvis.ErrNotFound} {
			p := w.publish(w.jeanne, *draft)
			w.do(w.Delete(w.ctx, w.node, w.jeanne, p.ID))
			_, err := w.Post(w.ctx, w.node, parvis.Viewer{}, p.ID)
			w.fails("deleted, for "+string(p.Audience), err, want)
			_, err = w.PostByURI(w.ctx, w.node, w.karim, p.URI)
			w.fails("by URI", err, want)
		}
		_, err := w.Post(w.ctx, w.node, w.karim, 5)
		w.fails("never there", err, parvis.ErrNotFound)
	})
}

// Somebody who does not follow gets full pages, not pages of what they may not see.
func TestPagesOfAProfileAreFull(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		public := w.publish(w.jeanne, offer())
		for range 3 {
			d := offer()
			d.Audience = parvis.Followers
			w.publish(w.jeanne, d)
		}
		posts := must[[]*parvis.Post](t)(w.PostsBy(w.ctx, w.node, w.karim, w.jeanne.ID(), false, parvis.Page{Limit: 2}))
		if len(posts) != 1 || posts[0].ID != public.ID {
			t.Errorf("the first page has %d posts", len(posts))
		}
		entries := must[[]storage.HomeEntry](t)(w.EntriesBy(w.ctx, w.node, w.karim, w.jeanne.Account, false, parvis.Page{Limit: 2}))
		if len(entries) != 1 {
			t.Errorf("the first page has %d entries", len(entries))
		}
	})
}

func TestThread(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		root := w.publish(w.jeanne, offer())
		one := w.publish(w.karim, note("Libre samedi ?", root))
		two := w.publish(w.jeanne, note("Oui !", one))
		other := w.publish(w.odile, note("Et dimanche ?", root))
		private := note("Voici mon numéro", one)
		private.Audience = parvis.Named
		hidden := w.publish(w.jeanne, private)
		for _, test := range []struct {
			name          string
			v             parvis.Viewer
			at            *parvis.Post
			before, after []*parvis.Post
		}{
			{"from the root", parvis.Viewer{}, root, nil, []*parvis.Post{one, two, other}},
			{"from the middle", parvis.Viewer{}, one, []*parvis.Post{root}, []*parvis.Post{two}},
			{"from the end", parvis.Viewer{}, two, []*parvis.Post{root, one}, nil},
			{"as the author", w.jeanne, one, []*parvis.Post{root}, []*parvis.Post{two, hidden}},
		} {
			before, after, err := w.Thread(w.ctx, w.node, test.v, test.at)
			same := func(x, y []*parvis.Post) bool {
				return slices.EqualFunc(x, y, func(a, b *parvis.Post) bool { return a.ID == b.ID })
			}
			if err != nil || !same(before, test.before) || !same(after, test.after) {
				t.Errorf("%s: %d before and %d after, %v", test.name, len(before), len(after), err)
			}
		}
	})
}

func TestHomeHoldsWhatOneFollows(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		old := w.publish(w.jeanne, offer())
		w.do(w.Follow(w.ctx, w.node, w.karim, w.jeanne.ID()))
		w.homes()
		d := offer()
		d.Audience = parvis.Followers
		fresh := must[*parvis.Post](t)(w.Publish(w.ctx, w.node, w.jeanne, d))
		w.homes()
		home := func() (ids []parvis.ID) {
			for _, e := range must[[]storage.HomeEntry](t)(w.Home(w.ctx, w.node, w.karim, parvis.Page{})) {
				ids = append(ids, e.Post.ID)
			}
			return ids
		}
		if got := home(); !slices.Equal(got, []parvis.ID{fresh.ID, old.ID}) {
			t.Errorf("home holds %v, want %v and %v", got, fresh.ID, old.ID)
		}
		w.do(w.Unfollow(w.ctx, w.node, w.karim, w.jeanne.ID()))
		if got := home(); len(got) != 0 {
			t.Errorf("after unfollowing: %v", got)
		}
		_, err := w.Home(w.ctx, w.node, parvis.Viewer{}, parvis.Page{})
		w.fails("a visitor", err, parvis.ErrSignIn)
	})
}

// Answers to people nobody here knows do not fill homes.
func TestHomeLeavesOutAnswersToTheUnknown(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana := w.stranger("ana", "masto.example")
		w.do(w.Follow(w.ctx, w.node, w.karim, ana.ID))
		follow := must[*parvis.Account](t)(w.rows().Account(w.ctx, w.karim.ID()))
		w.do(w.ReceiveAnswer(w.ctx, w.node, app.FollowAnswer{By: ana, Follower: follow, Verb: parvis.VerbAccept}))
		post := w.arrive(ana, nil)
		answer := w.arrive(ana, func(p *parvis.Post) { p.ReplyToURI = "https://ailleurs.example/1" })
		for _, p := range []*parvis.Post{post, answer} {
			must[*parvis.Post](t)(w.ReceivePost(w.ctx, w.node, p, app.Sent))
		}
		w.homes()
		entries := must[[]storage.HomeEntry](t)(w.Home(w.ctx, w.node, w.karim, parvis.Page{}))
		if len(entries) != 1 || entries[0].Post.ID != post.ID {
			t.Errorf("home has %d entries", len(entries))
		}
	})
}
