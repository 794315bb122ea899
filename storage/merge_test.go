package storage_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// merge makes every source of the database one that is merged when read.
func (w *town) merge() {
	w.Helper()
	err := w.db.InTx(w.ctx, func(ctx context.Context, t *storage.DBTx) error {
		return t.Exec(ctx, "UPDATE sources SET way = 'merged'")
	})
	if err != nil {
		w.Fatal(err)
	}
}

// A source that gains its 201st reader is merged, and written again when it has
// fewer than 150: whoever reads sees the same before, in between and after.
func TestSourcesCrossTheLimitUnseen(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		readers := make([]*parvis.Account, 201)
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			for i := range readers {
				readers[i] = parvistest.Resident(w.node, fmt.Sprintf("lecteur%d", i), "")
				if err := tx.AddAccount(ctx, readers[i]); err != nil {
					return err
				}
			}
			return nil
		})
		follow := func(readers ...*parvis.Account) {
			w.do(func(ctx context.Context, tx *storage.Tx) error {
				for _, r := range readers {
					f := &parvis.Follow{FollowerID: r.ID, FollowedID: w.luis.ID, Accepted: true, CreatedAt: after(1)}
					if err := tx.AddFollow(ctx, f); err != nil {
						return err
					}
				}
				return nil
			})
		}
		var posts []parvis.ID
		publish := func(minute int) {
			p := parvistest.Drill(w.node, w.luis, after(minute))
			w.add(p)
			w.spread(storage.HomeWrite{Post: p.ID, Source: w.luis.ID, Entry: p.ID})
			posts = append([]parvis.ID{p.ID}, posts...)
		}
		check := func(when string) {
			t.Helper()
			for _, r := range []*parvis.Account{readers[0], readers[139]} {
				if diff := cmp.Diff(posts, w.home(r)); diff != "" {
					t.Errorf("%s, the home of %s (-want +got):\n%s", when, r.Username, diff)
				}
			}
		}
		follow(readers[:200]...)
		publish(1)
		check("with 200 readers")
		if written := w.homeRows(); written != 200 {
			t.Errorf("with 200 readers %d rows are written, want one each", written)
		}
		follow(readers[200])
		check("with one more")
		publish(2)
		check("merged")
		if written := w.homeRows(); written != 200 {
			t.Errorf("a merged post was written: %d rows", written-200)
		}
		unfollow := func(readers []*parvis.Account) {
			w.do(func(ctx context.Context, tx *storage.Tx) error {
				for _, r := range readers {
					if _, err := tx.RemoveFollow(ctx, r.ID, w.luis.ID); err != nil {
						return err
					}
				}
				return nil
			})
		}
		unfollow(readers[150:])
		if shrunk := must[[]parvis.ID](t)(w.n.ShrunkSources(w.ctx, 10)); len(shrunk) != 0 {
			t.Error("with 150 readers it returns already")
		}
		unfollow(readers[140:150])
		shrunk := must[[]parvis.ID](t)(w.n.ShrunkSources(w.ctx, 10))
		if !slices.Equal(shrunk, []parvis.ID{w.luis.ID}) {
			t.Fatalf("returning: %v", shrunk)
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.ReturnSource(ctx, w.luis.ID) })
		check("returning")
		publish(3)
		w.refill(w.luis)
		check("returned")
		publish(4)
		check("written again")
		if written := w.homeRows(); written != 4*140 {
			t.Errorf("%d rows are written, want four for each of 140", written)
		}
		if len(must[[]parvis.ID](t)(w.n.ShrunkSources(w.ctx, 10))) != 0 {
			t.Error("it returns again")
		}
	})
}

// refill ends the return of a source.
func (w *town) refill(source *parvis.Account) {
	w.Helper()
	for after, more := parvis.ID(0), true; more; more = after != 0 {
		w.do(func(ctx context.Context, tx *storage.Tx) (err error) {
			after, err = tx.RefillHomes(ctx, source.ID, after)
			return err
		})
	}
}

// homeRows counts what is written in homes.
func (w *town) homeRows() int {
	w.Helper()
	return len(must[[]string](w)(w.db.Strings(w.ctx, "SELECT CAST(post_id AS TEXT) FROM home")))
}

// More sources than one statement merges are read in parts.
func TestManyMergedSources(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		mine := parvistest.Drill(w.node, w.karim, after(500))
		w.add(mine)
		var want []parvis.ID
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			if err := tx.AddToHome(ctx, w.karim.ID, mine); err != nil {
				return err
			}
			for i := range 150 {
				s := parvistest.Stranger(fmt.Sprintf("source%d", i), "masto.example")
				if err := tx.AddAccount(ctx, s); err != nil {
					return err
				}
				p := parvistest.Drill(w.node, s, after(i))
				if err := tx.AddPost(ctx, p, nil); err != nil {
					return err
				}
				if err := tx.AddFollow(ctx, &parvis.Follow{FollowerID: w.karim.ID, FollowedID: s.ID, Accepted: true, CreatedAt: after(i)}); err != nil {
					return err
				}
				want = append([]parvis.ID{p.ID}, want...)
			}
			return nil
		})
		w.merge()
		want = append([]parvis.ID{mine.ID}, want...)
		for _, size := range []int{1, 7, 80} {
			if diff := cmp.Diff(want, w.readHome(w.karim, size)); diff != "" {
				t.Errorf("in pages of %d (-want +got):\n%s", size, diff)
			}
			if diff := cmp.Diff(want, w.readHomeUp(w.karim, size)); diff != "" {
				t.Errorf("upwards in pages of %d (-want +got):\n%s", size, diff)
			}
		}
	})
}

// readHome reads a whole home page by page.
func (w *town) readHome(reader *parvis.Account, size int) (ids []parvis.ID) {
	w.Helper()
	for page := (parvis.Page{Limit: size}); ; {
		entries := must[[]storage.HomeEntry](w)(w.n.Home(w.ctx, reader.ID, page))
		if len(entries) == 0 {
			return ids
		}
		for _, e := range entries {
			ids = append(ids, e.Post.ID)
		}
		page.Before = entries[len(entries)-1].ID
	}
}

// readHomeUp reads a whole home from its oldest entry.
func (w *town) readHomeUp(reader *parvis.Account, size int) (ids []parvis.ID) {
	w.Helper()
	for page := (parvis.Page{Limit: size, From: 1}); ; {
		entries := must[[]storage.HomeEntry](w)(w.n.Home(w.ctx, reader.ID, page))
		if len(entries) == 0 {
			return ids
		}
		var part []parvis.ID
		for _, e := range entries {
			part = append(part, e.Post.ID)
		}
		ids = append(part, ids...)
		page.From = entries[0].ID
	}
}

// Whatever is published, shared, taken back and followed: a merged home is what
// the rules of homes say, and one that is written, or changes between the two,
// holds the same, page by page in both directions.
func TestHomeByMergeIsHomeByRows(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		rapid.Check(t, func(r *rapid.T) {
			places := []*place{newPlace(w, "merged"), newPlace(w, "written"), newPlace(w, "both")}
			m := newHomeModel(r)
			for _, pl := range places {
				pl.begin(m)
			}
			for range rapid.IntRange(1, 12).Draw(r, "steps") {
				step := m.step(r)
				for _, pl := range places {
					pl.do(step)
				}
				places[2].cross(r)
			}
			for reader := range readers {
				want := m.home(reader)
				for _, pl := range places {
					if m.tookBack && pl.way != "merged" {
						continue // rows forget that a post came by two ways
					}
					size := rapid.IntRange(1, 5).Draw(r, "size")
					got, up := pl.read(reader, size), pl.readUp(reader, size)
					if !slices.Equal(got, want) || !slices.Equal(up, want) {
						r.Fatalf("reader %d, %s, in pages of %d:\n got %v\n up  %v\nwant %v", reader, pl.way, size, got, up, want)
					}
				}
			}
		})
	})
}
