package storage_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// Two people who follow each other at the same moment do not wait for each other.
func TestMutualFollows(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		follow := func(by, of *parvis.Account) error {
			return w.try(func(ctx context.Context, t *storage.Tx) error {
				return t.AddFollow(ctx, &parvis.Follow{FollowerID: by.ID, FollowedID: of.ID, Accepted: true, CreatedAt: parvistest.Noon})
			})
		}
		unfollow := func(by, of *parvis.Account) error {
			return w.try(func(ctx context.Context, t *storage.Tx) error {
				_, err := t.RemoveFollow(ctx, by.ID, of.ID)
				return err
			})
		}
		for range 20 {
			for _, change := range []func(by, of *parvis.Account) error{follow, unfollow} {
				var both sync.WaitGroup
				var errs [2]error
				both.Go(func() { errs[0] = change(w.jeanne, w.karim) })
				both.Go(func() { errs[1] = change(w.karim, w.jeanne) })
				both.Wait()
				if err := errors.Join(errs[:]...); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, who := range []*parvis.Account{w.jeanne, w.karim} {
			if a := must[*parvis.Account](t)(w.n.Account(w.ctx, who.ID)); a.Followers != 0 || a.Following != 0 {
				t.Errorf("%s has %d followers and follows %d", a.Username, a.Followers, a.Following)
			}
		}
	})
}
