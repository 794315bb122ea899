package storage_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// home returns the posts in an account's home.
func (w *town) home(reader *parvis.Account) []parvis.ID {
	w.Helper()
	var ids []parvis.ID
	for _, e := range must[[]storage.HomeEntry](w)(w.n.Home(w.ctx, reader.ID, parvis.Page{Limit: parvis.MaxPage})) {
		ids = append(ids, e.Post.ID)
	}
	return ids
}

// spread writes a post to homes, batch after batch, and returns their number.
func (w *town) spread(write storage.HomeWrite) (batches int) {
	w.Helper()
	for {
		batches++
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			lasts, err := tx.AddToHomes(ctx, []storage.HomeWrite{write})
			if err == nil {
				write.After = lasts[0]
			}
			return err
		})
		if write.After == 0 {
			return batches
		}
	}
}

func TestAddToHomesServesEveryLocalFollowerOnce(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		readers := make([]*parvis.Account, 175)
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			for i := range readers {
				readers[i] = parvistest.Resident(w.node, fmt.Sprintf("lecteur%d", i), "")
				if err := tx.AddAccount(ctx, readers[i]); err != nil {
					return err
				}
				if err := tx.AddFollow(ctx, &parvis.Follow{FollowerID: readers[i].ID, FollowedID: w.jeanne.ID, Accepted: i > 0, CreatedAt: after(i)}); err != nil {
					return err
				}
			}
			return tx.AddFollow(ctx, &parvis.Follow{FollowerID: w.luis.ID, FollowedID: w.jeanne.ID, Accepted: true, CreatedAt: after(1)})
		})
		p := w.drills(w.jeanne, 1)[0]
		if got := w.spread(storage.HomeWrite{Post: p.ID, Source: w.jeanne.ID, Entry: p.ID}); got != 4 {
			t.Errorf("%d batches, want 4", got)
		}
		w.spread(storage.HomeWrite{Post: p.ID, Source: w.jeanne.ID, Entry: p.ID}) // a job may run twice
		for i, reader := range readers {
			want := 1
			if i == 0 { // asked to follow only
				want = 0
			}
			if got := len(w.home(reader)); got != want {
				t.Errorf("reader %d has it %d times, want %d", i, got, want)
			}
		}
		if len(w.home(w.luis))+len(w.home(w.karim)) > 0 {
			t.Error("somebody else has it")
		}
	})
}

// An answer is for those who follow both, and for whom it answers.
func TestAnswersComeToThoseWhoFollowBoth(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.follow(w.karim, w.jeanne)
		w.follow(w.odile, w.jeanne)
		w.follow(w.odile, w.luis)
		p := w.drills(w.jeanne, 1)[0]
		w.spread(storage.HomeWrite{Post: p.ID, Source: w.jeanne.ID, Entry: p.ID, Answered: w.luis.ID})
		if len(w.home(w.karim)) != 0 || len(w.home(w.odile)) != 1 {
			t.Error("only odile follows both")
		}
		q := w.drills(w.jeanne, 1)[0]
		w.spread(storage.HomeWrite{Post: q.ID, Source: w.jeanne.ID, Entry: q.ID, Answered: w.karim.ID})
		if len(w.home(w.karim)) != 1 {
			t.Error("karim, who is answered, does not have it")
		}
	})
}

func TestHomeKeepsTheNewest(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		const extra = 200
		posts := w.drills(w.jeanne, storage.HomeKept+extra)
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			for _, p := range posts {
				if err := tx.AddToHome(ctx, w.karim.ID, p); err != nil {
					return err
				}
			}
			return nil
		})
		var got []parvis.ID
		for page := (parvis.Page{Limit: parvis.MaxPage}); ; {
			entries := must[[]storage.HomeEntry](t)(w.n.Home(w.ctx, w.karim.ID, page))
			if len(entries) == 0 {
				break
			}
			for _, e := range entries {
				got = append(got, e.Post.ID)
			}
			page.Before = entries[len(entries)-1].ID
		}
		// Trimming comes by chance, one time in sixteen: 200 rounds without one do not happen.
		if len(got) < storage.HomeKept || len(got) >= storage.HomeKept+extra {
			t.Errorf("%d entries are kept, want about %d", len(got), storage.HomeKept)
		}
		for i, id := range got {
			if want := posts[len(posts)-1-i].ID; id != want {
				t.Fatalf("entry %d is %v, want %v", i, id, want)
			}
		}
	})
}

// What was shared is counted as long as it is there.
func TestCountSharesBy(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		posts := []*parvis.Post{w.note(w.luis, 1), w.note(w.luis, 2), w.note(w.jeanne, 3)}
		w.add(posts...)
		for i, p := range posts {
			w.do(func(ctx context.Context, tx *storage.Tx) error {
				return tx.AddReaction(ctx, storage.Shares, &storage.Reaction{ID: parvis.NewID(after(10 + i)), AccountID: w.karim.ID, PostID: p.ID})
			})
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.DeletePost(ctx, posts[0], after(20)) })
		if got := must[int](t)(w.n.CountSharesBy(w.ctx, w.karim.ID)); got != 2 {
			t.Errorf("Karim shares %d, want 2", got)
		}
		if got := must[int](t)(w.n.CountSharesBy(w.ctx, w.jeanne.ID)); got != 0 {
			t.Errorf("Jeanne shares %d, want none", got)
		}
	})
}

func TestSharesBringPostsHomeAndTakeThemAlong(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.follow(w.odile, w.karim)
		p := w.drills(w.jeanne, 1)[0]
		share := &storage.Reaction{ID: parvis.NewID(after(5)), AccountID: w.karim.ID, PostID: p.ID, URI: "https://malakoff.example/shares/1"}
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.AddReaction(ctx, storage.Shares, share) })
		w.spread(storage.HomeWrite{Post: p.ID, Source: w.karim.ID, Sharer: w.karim.ID, Entry: share.ID})
		entries := must[[]storage.HomeEntry](t)(w.n.Home(w.ctx, w.odile.ID, parvis.Page{}))
		if len(entries) != 1 || entries[0].ID != share.ID || entries[0].URI != share.URI || entries[0].Sharer.ID != w.karim.ID || entries[0].Post.ID != p.ID {
			t.Fatalf("home: %+v", entries)
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.RemoveReaction(ctx, storage.Shares, share) })
		if got := w.home(w.odile); len(got) != 0 {
			t.Errorf("after the share was taken back: %v", got)
		}
	})
}

// What came because of a follow goes with it; what others shared stays.
func TestUnfollowEmptiesHome(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.follow(w.odile, w.jeanne)
		w.follow(w.odile, w.karim)
		mine, shared, named := parvistest.Drill(w.node, w.jeanne, after(1)), parvistest.Drill(w.node, w.jeanne, after(2)), parvistest.Drill(w.node, w.jeanne, after(3))
		other, byHer := parvistest.Drill(w.node, w.luis, after(4)), parvistest.Drill(w.node, w.luis, after(5))
		named.Audience = parvis.Named
		w.add(mine, shared, named, other, byHer)
		write := func(p *parvis.Post, sharer *parvis.Account) {
			h := storage.HomeWrite{Post: p.ID, Source: p.AuthorID, Entry: p.ID}
			if sharer != nil {
				h.Source, h.Sharer = sharer.ID, sharer.ID
			}
			w.spread(h)
		}
		write(mine, nil)
		write(shared, w.karim)
		write(byHer, w.jeanne)
		write(other, w.karim)
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			if err := tx.AddToHome(ctx, w.odile.ID, named); err != nil {
				return err
			}
			_, err := tx.RemoveFollow(ctx, w.odile.ID, w.jeanne.ID)
			return err
		})
		if got, want := w.home(w.odile), []parvis.ID{other.ID, named.ID, shared.ID}; !slices.Equal(got, want) {
			t.Errorf("home holds %v, want %v", got, want)
		}
	})
}

func TestFillHome(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		posts := w.drills(w.jeanne, 25)
		quiet := parvistest.Drill(w.node, w.jeanne, after(100))
		quiet.Audience = parvis.Unlisted
		w.add(quiet)
		for range 2 {
			w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.FillHome(ctx, w.karim.ID, w.jeanne.ID) })
		}
		if got := w.home(w.karim); len(got) != 20 || got[0] != posts[24].ID || got[19] != posts[5].ID {
			t.Errorf("home has %d posts, want the latest 20", len(got))
		}
	})
}

// Posts of several people go to their readers by one look, each to its author's, as
// many readers at a time as one post alone.
func TestAddToHomesOfSeveralSources(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		var crowd []*parvis.Account
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			for i := range 60 {
				reader := parvistest.Resident(w.node, fmt.Sprintf("lecteur%d", i), "")
				crowd = append(crowd, reader)
				if err := tx.AddAccount(ctx, reader); err != nil {
					return err
				}
				if err := tx.AddFollow(ctx, &parvis.Follow{FollowerID: reader.ID, FollowedID: w.jeanne.ID, Accepted: true, CreatedAt: after(i)}); err != nil {
					return err
				}
			}
			return nil
		})
		w.follow(w.odile, w.luis)
		popular, quiet := w.drills(w.jeanne, 2), w.drills(w.luis, 1)
		unread := w.drills(w.odile, 1)
		var lasts []parvis.ID
		w.do(func(ctx context.Context, tx *storage.Tx) (err error) {
			var writes []storage.HomeWrite
			for _, p := range slices.Concat(popular, quiet, unread) {
				writes = append(writes, storage.HomeWrite{Post: p.ID, Source: p.AuthorID, Entry: p.ID})
			}
			lasts, err = tx.AddToHomes(ctx, writes)
			return err
		})
		if len(lasts) != 4 || lasts[0] == 0 || lasts[0] != lasts[1] || lasts[2] != 0 || lasts[3] != 0 {
			t.Errorf("readers are left after %v, want two times the same, then none", lasts)
		}
		for i, reader := range crowd {
			want := 2
			if i >= 50 {
				want = 0 // later
			}
			if got := len(must[[]storage.HomeEntry](t)(w.n.Home(w.ctx, reader.ID, parvis.Page{}))); got != want {
				t.Errorf("reader %d has %d posts, want %d", i, got, want)
			}
		}
		if got := must[[]storage.HomeEntry](t)(w.n.Home(w.ctx, w.odile.ID, parvis.Page{})); len(got) != 1 || got[0].Post.ID != quiet[0].ID {
			t.Errorf("Odile has %d posts, want the one of Luis", len(got))
		}
	})
}
