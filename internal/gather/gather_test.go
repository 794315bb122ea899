package gather_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/parvis-coop/parvis/internal/gather"
)

func TestEveryoneIsServedOnceInBatches(t *testing.T) {
	t.Parallel()
	const callers, rounds, most = 50, 40, 8
	var g gather.Gate[int]
	var served []int // only one batch is served at a time
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() {
			for r := range rounds {
				err := g.Pass(t.Context(), c*rounds+r, most, func(board func() []int) {
					batch := board()
					if len(batch) == 0 || len(batch) > most {
						t.Errorf("a batch of %d", len(batch))
					}
					served = append(served, batch...)
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	slices.Sort(served)
	for i, got := range served {
		if got != i {
			t.Fatalf("%d was served where %d should be", got, i)
		}
	}
	if len(served) != callers*rounds {
		t.Errorf("%d were served, want %d", len(served), callers*rounds)
	}
}

// While one is served, those who come wait, and are then served together, but for
// who had no time to wait.
func TestWhoComesMeanwhileIsServedTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var g gather.Gate[string]
		var batches [][]string
		finish := make(chan struct{})
		serve := func(board func() []string) {
			batches = append(batches, board())
			if len(batches) == 1 {
				<-finish
			}
		}
		pass := func(ctx context.Context, who string, want error) {
			go func() {
				if err := g.Pass(ctx, who, 3, serve); !errors.Is(err, want) {
					t.Errorf("%s: %v, want %v", who, err, want)
				}
			}()
			synctest.Wait()
		}
		hurried, leave := context.WithCancel(t.Context())
		pass(t.Context(), "Jeanne", nil)
		pass(hurried, "Karim", context.Canceled)
		for _, who := range []string{"Luis", "Odile", "Ana", "Paul"} {
			pass(t.Context(), who, nil)
		}
		leave()
		synctest.Wait()
		close(finish)
		synctest.Wait()
		want := [][]string{{"Jeanne"}, {"Luis", "Odile", "Ana"}, {"Paul"}}
		if !slices.EqualFunc(batches, want, slices.Equal) {
			t.Errorf("served %v, want %v", batches, want)
		}
	})
}

// Who comes before the doors close is served with who came first.
func TestWhoComesInTimeIsLetIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var g gather.Gate[string]
		var batches [][]string
		begun := make(chan struct{})
		serve := func(board func() []string) {
			<-begun
			batches = append(batches, board(), board())
		}
		for _, who := range []string{"Jeanne", "Karim"} {
			go func() {
				if err := g.Pass(t.Context(), who, 3, serve); err != nil {
					t.Errorf("%s: %v", who, err)
				}
			}()
			synctest.Wait()
		}
		close(begun)
		synctest.Wait()
		want := [][]string{{"Jeanne", "Karim"}, {"Jeanne", "Karim"}}
		if !slices.EqualFunc(batches, want, slices.Equal) {
			t.Errorf("served %v, want %v", batches, want)
		}
	})
}

// Whoever is served by a serve that panics is not left waiting, nor are the next.
func TestAPanicLeavesNobodyWaiting(t *testing.T) {
	t.Parallel()
	var g gather.Gate[int]
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is lost")
			}
		}()
		_ = g.Pass(t.Context(), 1, 1, func(func() []int) { panic("broken") })
	}()
	served := false
	if err := g.Pass(t.Context(), 2, 1, func(func() []int) { served = true }); err != nil || !served {
		t.Errorf("the next is not served: %v", err)
	}
}
