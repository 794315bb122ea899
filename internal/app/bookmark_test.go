package app_test

import (
	"slices"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// What one keeps is told to nobody, and stays private: others do not see it kept, and
// who may no longer see the post does not find it there.
func TestSave(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		forFollowers := note("Pour celles et ceux qui me suivent", nil)
		forFollowers.Audience = parvis.Followers
		w.do(w.Follow(w.ctx, w.node, w.karim, w.jeanne.ID()))
		offered, quiet := w.publish(w.jeanne, offer()), w.publish(w.jeanne, forFollowers)
		w.jobs()
		w.told(w.jeanne)
		for range 2 {
			must[*parvis.Post](t)(w.Save(w.ctx, w.node, w.karim, offered.ID))
			must[*parvis.Post](t)(w.Save(w.ctx, w.node, w.karim, quiet.ID))
		}
		w.wantJobs("nobody is told")
		if told := w.told(w.jeanne); told != "follow by karim; " {
			t.Errorf("jeanne was told %q", told)
		}
		saved := func(v parvis.Viewer) int {
			entries := must[[]storage.HomeEntry](t)(w.Saved(w.ctx, w.node, v, parvis.Page{}))
			for _, e := range entries {
				if !e.Post.Saved {
					t.Errorf("%v is not marked", e.Post.ID)
				}
			}
			return len(entries)
		}
		if saved(w.karim) != 2 || saved(w.odile) != 0 {
			t.Errorf("karim keeps %d, odile %d", saved(w.karim), saved(w.odile))
		}
		if p := must[*parvis.Post](t)(w.Post(w.ctx, w.node, w.jeanne, offered.ID)); p.Saved {
			t.Error("the author sees it kept")
		}
		w.do(w.Unfollow(w.ctx, w.node, w.karim, w.jeanne.ID()))
		if got := saved(w.karim); got != 1 {
			t.Errorf("%d are kept after what is for followers may not be seen, want 1", got)
		}
		for range 2 {
			must[*parvis.Post](t)(w.Unsave(w.ctx, w.node, w.karim, offered.ID))
		}
		if got := saved(w.karim); got != 0 {
			t.Errorf("%d are kept still", got)
		}
		_, err := w.Unsave(w.ctx, w.node, w.karim, quiet.ID)
		w.fails("the post is not shown", err, parvis.ErrNotFound)
		w.do(w.Follow(w.ctx, w.node, w.karim, w.jeanne.ID()))
		if got := saved(w.karim); got != 0 {
			t.Errorf("what was hidden could not be put away: %d are kept", got)
		}
		w.do(w.Unfollow(w.ctx, w.node, w.karim, w.jeanne.ID()))
		_, err = w.Save(w.ctx, w.node, w.karim, quiet.ID)
		w.fails("keeping what one may not see", err, parvis.ErrNotFound)
		_, err = w.Saved(w.ctx, w.node, parvis.Viewer{}, parvis.Page{})
		w.fails("a visitor's list", err, parvis.ErrSignIn)
	})
}

// Whoever may see a post may ask who liked it.
func TestReactedBy(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		d := offer()
		d.Audience = parvis.OnNode
		p := w.publish(w.jeanne, d)
		must[*parvis.Post](t)(w.Like(w.ctx, w.node, w.karim, p.ID))
		by := must[[]*parvis.Account](t)(w.ReactedBy(w.ctx, w.node, w.odile, storage.Likes, p.ID, parvis.Page{}))
		if len(by) != 1 || by[0].ID != w.karim.ID() {
			t.Errorf("liked by %v", by)
		}
		if liked := must[[]storage.HomeEntry](t)(w.Liked(w.ctx, w.node, w.karim, parvis.Page{})); len(liked) != 1 || !liked[0].Post.Liked {
			t.Errorf("karim likes %v", liked)
		}
		_, err := w.ReactedBy(w.ctx, w.node, parvis.Viewer{}, storage.Likes, p.ID, parvis.Page{})
		w.fails("a visitor", err, parvis.ErrSignIn)
	})
}

// What one may not see any more does not end the list of what one keeps.
func TestSavedGoesOnPastWhatIsHidden(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		var wanted []string
		for i := range 6 {
			author := w.jeanne
			if i >= 3 { // the newest are by somebody who blocks the reader
				author = w.odile
			}
			p := w.publish(author, offer())
			must[*parvis.Post](t)(w.Save(w.ctx, w.node, w.karim, p.ID))
			if i < 3 {
				wanted = append([]string{p.ID.String()}, wanted...)
			}
		}
		w.do(w.Block(w.ctx, w.node, w.odile, w.karim.ID()))
		var got []string
		page := parvis.Page{Limit: 2}
		for {
			entries := must[[]storage.HomeEntry](t)(w.Saved(w.ctx, w.node, w.karim, page))
			for _, e := range entries {
				got = append(got, e.Post.ID.String())
			}
			if len(entries) < 2 {
				break
			}
			page.Before = entries[1].ID
		}
		if !slices.Equal(got, wanted) {
			t.Errorf("karim keeps %q, want %q", got, wanted)
		}
		up := must[[]storage.HomeEntry](t)(w.Saved(w.ctx, w.node, w.karim, parvis.Page{From: 1, Limit: 2}))
		if len(up) != 2 || up[0].Post.ID.String() != wanted[1] || up[1].Post.ID.String() != wanted[2] {
			t.Errorf("upwards there are %d, want the two oldest", len(up))
		}
	})
}
