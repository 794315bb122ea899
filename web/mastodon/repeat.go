package mastodon

import (
	"context"
	"sync"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

const (
	// repeatLife is how long an app may ask again, as on Mastodon.
	repeatLife = time.Hour
	// maxRepeats bounds what is remembered.
	maxRepeats = 10_000
)

type repeatKey struct {
	account parvis.ID
	key     string
}

// repeats remembers which posts apps have published under which Idempotency-Key.
// It lives in memory: an app that asks again within seconds, which is what the
// header is for, is caught; one that asks another process, or after a restart,
// publishes twice.
type repeats struct {
	mu    sync.Mutex
	known map[repeatKey]*repeat
	order []repeatKey // the oldest first
}

type repeat struct {
	done chan struct{} // closed when the post is known
	post parvis.ID     // 0 if it failed
	at   time.Time
}

// once runs do unless it succeeded before under the same key, and returns the
// post. Whoever asks while it runs waits for it.
func (r *repeats) once(ctx context.Context, key repeatKey, now time.Time, do func() (parvis.ID, error)) (parvis.ID, error) {
	for {
		attempt, mine := r.begin(key, now)
		if mine {
			return r.run(key, attempt, do)
		}
		select {
		case <-attempt.done:
			if attempt.post != 0 {
				return attempt.post, nil
			}
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// begin returns the attempt under a key, and whether it is the caller's to make.
func (r *repeats) begin(key repeatKey, now time.Time) (*repeat, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget(now)
	if attempt := r.known[key]; attempt != nil {
		return attempt, false
	}
	if r.known == nil {
		r.known = make(map[repeatKey]*repeat)
	}
	attempt := &repeat{done: make(chan struct{}), at: now}
	r.known[key] = attempt
	r.order = append(r.order, key)
	return attempt, true
}

// forget drops what is too old, or too much.
func (r *repeats) forget(now time.Time) {
	for len(r.order) > 0 {
		oldest := r.known[r.order[0]]
		if oldest != nil && now.Sub(oldest.at) < repeatLife && len(r.order) < maxRepeats {
			return
		}
		delete(r.known, r.order[0])
		r.order = r.order[1:]
	}
}

func (r *repeats) run(key repeatKey, attempt *repeat, do func() (parvis.ID, error)) (post parvis.ID, err error) {
	// Deferred: if do panics, those who wait must try for themselves.
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		attempt.post = post
		if post == 0 && r.known[key] == attempt {
			delete(r.known, key)
		}
		close(attempt.done)
	}()
	return do()
}
