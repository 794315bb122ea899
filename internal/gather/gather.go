// Package gather serves together who asks at the same time. While some are served
// others come, and are served together next: the more ask at once, the less each
// costs, and who is alone does not wait.
package gather

import (
	"context"
	"slices"
	"sync"
)

// A Gate lets callers pass in batches, one batch after the other. The zero value is
// ready for use.
type Gate[T any] struct {
	mu      sync.Mutex
	waiting []*caller[T] // the first of them leads, or will
	led     bool         // somebody leads
}

type caller[T any] struct {
	asks T
	told chan bool // whether to lead; if not, the caller was served
}

// Pass returns when serve, of this caller or of one who came at the same time, has
// served what this one asks, with at most so many others. It is an error only if ctx
// ended before. All callers of a Gate must mean the same by most and serve.
//
// What is to be served serve learns from board, which lets in who has come until it is
// first called, and then always returns the same: the later that is, the more share
// what serve did before.
func (g *Gate[T]) Pass(ctx context.Context, asks T, most int, serve func(board func() []T)) error {
	me := &caller[T]{asks, make(chan bool, 1)}
	leads := g.enter(me)
	if !leads {
		select {
		case leads = <-me.told:
		case <-ctx.Done():
			if g.leave(me) {
				return ctx.Err()
			}
			leads = <-me.told
		}
	}
	if leads {
		g.lead(most, serve)
	}
	return nil
}

// enter reports whether the caller leads the next batch.
func (g *Gate[T]) enter(me *caller[T]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, me)
	first := !g.led
	g.led = true
	return first
}

// leave reports whether a caller could go before its batch began.
func (g *Gate[T]) leave(me *caller[T]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, me)
	if i < 0 || len(me.told) > 0 {
		return false
	}
	g.waiting = slices.Delete(g.waiting, i, i+1)
	return true
}

// lead serves the first of those who wait, and has the next one lead.
func (g *Gate[T]) lead(most int, serve func(board func() []T)) {
	var served []*caller[T]
	board := sync.OnceValue(func() []T {
		served = g.letIn(most)
		asked := make([]T, len(served))
		for i, c := range served {
			asked[i] = c.asks
		}
		return asked
	})
	defer func() { // even if serve panics
		board()
		for _, c := range served[1:] { // the first is this one
			c.told <- false
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.led = len(g.waiting) > 0; g.led {
			g.waiting[0].told <- true
		}
	}()
	serve(board)
}

// letIn returns the first of those who wait, who wait no more.
func (g *Gate[T]) letIn(most int) []*caller[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	size := min(len(g.waiting), most)
	first := slices.Clone(g.waiting[:size])
	g.waiting = slices.Delete(g.waiting, 0, size)
	return first
}
