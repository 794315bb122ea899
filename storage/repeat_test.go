package storage_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

func TestRepeats(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		posts := w.drills(w.jeanne, 3)
		day := 24 * time.Hour
		add := func(by *parvis.Account, key string, post *parvis.Post, at time.Time) error {
			return w.try(func(ctx context.Context, tx *storage.Tx) error {
				return tx.AddRepeat(ctx, storage.Repeat{AccountID: by.ID, Key: key, PostID: post.ID, At: at}, at.Add(-day))
			})
		}
		known := func(n *storage.Node, by *parvis.Account, key string, now time.Time) parvis.ID {
			id, err := n.Repeated(w.ctx, by.ID, key, now.Add(-day))
			if err != nil && !errors.Is(err, parvis.ErrNotFound) {
				t.Fatal(err)
			}
			return id
		}
		if id := known(w.n, w.jeanne, "é-1", parvistest.Noon); id != 0 {
			t.Errorf("a key that nobody used is of post %v", id)
		}
		if err := add(w.jeanne, "é-1", posts[0], parvistest.Noon); err != nil {
			t.Fatal(err)
		}
		if err := add(w.jeanne, "é-1", posts[1], after(60)); !errors.Is(err, parvis.ErrConflict) {
			t.Errorf("an hour later: %v", err)
		}
		if err := errors.Join(add(w.karim, "é-1", posts[1], after(60)), add(w.jeanne, "é-2", posts[1], after(60))); err != nil {
			t.Errorf("another account, another key: %v", err)
		}
		if got := known(w.n, w.jeanne, "é-1", after(60)); got != posts[0].ID {
			t.Errorf("the key is of post %v, want %v", got, posts[0].ID)
		}
		vanves := w.found(&parvis.Node{Host: "vanves.example", Scheme: "https"})
		if got := known(vanves, w.jeanne, "é-1", after(60)); got != 0 {
			t.Errorf("another node finds post %v", got)
		}
		if err := add(w.jeanne, "é-1", posts[2], after(24*60)); err != nil {
			t.Errorf("a day later: %v", err)
		}
		if got := known(w.n, w.jeanne, "é-1", after(24*60)); got != posts[2].ID {
			t.Errorf("a day later the key is of post %v, want %v", got, posts[2].ID)
		}
		if err := w.db.Sweep(w.ctx, after(2*24*60+90), time.Hour); err != nil {
			t.Fatal(err)
		}
		if known(w.n, w.karim, "é-1", after(60)) != 0 || known(w.n, w.jeanne, "é-1", after(24*60)) == 0 {
			t.Error("the sweep left what is two days old, or took what is not")
		}
	})
}

// Of requests that arrive together, one gets the key.
func TestRepeatsAtOnce(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		posts := w.drills(w.jeanne, 8)
		var all sync.WaitGroup
		won := make(chan parvis.ID, len(posts))
		for _, p := range posts {
			all.Go(func() {
				err := w.try(func(ctx context.Context, tx *storage.Tx) error {
					return tx.AddRepeat(ctx, storage.Repeat{AccountID: w.jeanne.ID, Key: "k", PostID: p.ID, At: after(1)}, parvistest.Noon)
				})
				if err == nil {
					won <- p.ID
				} else if !errors.Is(err, parvis.ErrConflict) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		close(won)
		first := <-won
		if len(won) != 0 || first != must[parvis.ID](t)(w.n.Repeated(w.ctx, w.jeanne.ID, "k", parvistest.Noon)) {
			t.Errorf("%d more than one got the key, or %v is not known", len(won), first)
		}
	})
}
