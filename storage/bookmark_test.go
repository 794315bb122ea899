package storage_test

import (
	"context"
	"slices"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// postsOf returns the posts of entries.
func postsOf(entries []storage.HomeEntry) (ids []parvis.ID) {
	for _, e := range entries {
		ids = append(ids, e.Post.ID)
	}
	return ids
}

// What one keeps or likes is listed in the order of doing so, whatever the age of the
// posts, page by page both ways; what was deleted leaves.
func TestBookmarksAndLikesAreListedInTheirOrder(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		posts := w.drills(w.jeanne, 4)
		order := []int{2, 0, 3, 1}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			for i, p := range order {
				if err := tx.AddBookmark(ctx, w.karim.ID, posts[p].ID, after(i)); err != nil {
					return err
				}
				r := &storage.Reaction{ID: parvis.NewID(after(i)), AccountID: w.karim.ID, PostID: posts[p].ID}
				if err := tx.AddReaction(ctx, storage.Likes, r); err != nil {
					return err
				}
			}
			return tx.AddBookmark(ctx, w.karim.ID, posts[2].ID, after(90)) // twice is once
		})
		for name, list := range map[string]func(context.Context, parvis.ID, parvis.Page) ([]storage.HomeEntry, error){
			"bookmarks": w.n.Bookmarks, "likes": w.n.LikedBy,
		} {
			first := must[[]storage.HomeEntry](t)(list(w.ctx, w.karim.ID, parvis.Page{Limit: 3}))
			if got, want := postsOf(first), []parvis.ID{posts[1].ID, posts[3].ID, posts[0].ID}; !slices.Equal(got, want) {
				t.Fatalf("%s: %v, want %v", name, got, want)
			}
			rest := must[[]storage.HomeEntry](t)(list(w.ctx, w.karim.ID, parvis.Page{Before: first[2].ID}))
			if got := postsOf(rest); !slices.Equal(got, []parvis.ID{posts[2].ID}) {
				t.Fatalf("%s, the rest: %v", name, got)
			}
			back := must[[]storage.HomeEntry](t)(list(w.ctx, w.karim.ID, parvis.Page{From: rest[0].ID, Limit: 2}))
			if got := postsOf(back); !slices.Equal(got, []parvis.ID{posts[3].ID, posts[0].ID}) {
				t.Errorf("%s, upwards: %v", name, got)
			}
			if others := must[[]storage.HomeEntry](t)(list(w.ctx, w.jeanne.ID, parvis.Page{})); len(others) > 0 {
				t.Errorf("%s: another has them", name)
			}
		}
		marked := must[*parvis.Post](t)(w.n.Post(w.ctx, posts[0].ID))
		if err := w.n.Mark(w.ctx, w.karim.ID, []*parvis.Post{marked}); err != nil || !marked.Saved || !marked.Liked || marked.Shared {
			t.Errorf("marked: %v %+v", err, marked)
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			if err := tx.DeletePost(ctx, posts[1], after(99)); err != nil {
				return err
			}
			return tx.RemoveBookmark(ctx, w.karim.ID, posts[3].ID)
		})
		if got := postsOf(must[[]storage.HomeEntry](t)(w.n.Bookmarks(w.ctx, w.karim.ID, parvis.Page{}))); !slices.Equal(got, []parvis.ID{posts[0].ID, posts[2].ID}) {
			t.Errorf("what is left: %v", got)
		}
	})
}

// Who liked a post is listed but for those who are gone, or want nothing of the viewer.
func TestReactedBy(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		shared, _ := w.strangers()
		p := w.drills(w.jeanne, 1)[0]
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			for i, acc := range append(shared, w.karim, w.luis, w.odile) {
				if err := tx.AddReaction(ctx, storage.Likes, &storage.Reaction{ID: parvis.NewID(after(i)), AccountID: acc.ID, PostID: p.ID}); err != nil {
					return err
				}
			}
			if err := tx.SetSuspended(ctx, shared[0].ID, after(1)); err != nil {
				return err
			}
			return tx.AddBlock(ctx, w.luis.ID, w.odile.ID, "", after(2))
		})
		var got []parvis.ID
		for page := (parvis.Page{Limit: 2}); ; {
			accounts := must[[]*parvis.Account](t)(w.n.ReactedBy(w.ctx, storage.Likes, p.ID, w.odile.ID, page))
			if len(accounts) == 0 {
				break
			}
			for _, acc := range accounts {
				got, page.Before = append(got, acc.ID), acc.ID
			}
		}
		want := []parvis.ID{shared[1].ID, shared[2].ID, w.karim.ID, w.odile.ID}
		slices.Sort(want)
		slices.Reverse(want)
		if !slices.Equal(got, want) {
			t.Errorf("liked by %v, want %v", got, want)
		}
		if none := must[[]*parvis.Account](t)(w.n.ReactedBy(w.ctx, storage.Shares, p.ID, w.odile.ID, parvis.Page{})); len(none) > 0 {
			t.Errorf("shared by %d", len(none))
		}
	})
}
