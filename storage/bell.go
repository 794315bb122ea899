package storage

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/driver/pgdriver"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A bell tells workers that jobs were added: those of this process by a channel,
// those of other processes on the same PostgreSQL by NOTIFY. It is rung after the
// commit and outside the transaction, since PostgreSQL lets transactions that
// notify commit one at a time only, and at most once in a while.
type bell struct {
	wake   chan struct{} // has room for one sign
	others *bun.DB       // nil on SQLite, where other processes only look now and then
	name   string        // tells our own notices from others'

	mu     sync.Mutex
	rung   kinds // since they were last asked for
	untold kinds // since other processes were last told

	starting  sync.Once
	stopping  sync.Once
	pending   chan struct{} // has room for one sign
	quit      chan struct{}
	running   sync.WaitGroup
	listening sync.Once
	listener  *pgdriver.Listener
}

// kinds are kinds of jobs that were added; anyKind among them stands for all.
type kinds map[parvis.JobKind]bool

const anyKind parvis.JobKind = ""

const (
	bellChannel = "parvis_jobs"
	// bellPause is the least time between two notices to other processes.
	bellPause = 20 * time.Millisecond
	// bellPatience bounds how long a notice may take; who misses it looks anyway.
	bellPatience = 2 * time.Second
)

func newBell(others *bun.DB) *bell {
	return &bell{others: others, name: rand.Text(), rung: make(kinds), untold: make(kinds),
		wake: make(chan struct{}, 1), pending: make(chan struct{}, 1), quit: make(chan struct{})}
}

// sign leaves a sign in a channel that has room for one.
func sign(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// ring wakes the workers of some kinds of jobs.
func (b *bell) ring(added kinds) {
	b.hear(added)
	if b.others == nil {
		return
	}
	b.mu.Lock()
	maps.Copy(b.untold, added)
	b.mu.Unlock()
	b.starting.Do(func() { b.running.Go(b.notify) })
	sign(b.pending)
}

// hear wakes those of this process.
func (b *bell) hear(added kinds) {
	b.mu.Lock()
	maps.Copy(b.rung, added)
	b.mu.Unlock()
	sign(b.wake)
}

// notify tells other processes, once for all signs of a while.
func (b *bell) notify() {
	for {
		select {
		case <-b.pending:
			b.tell()
		case <-b.quit:
			select {
			case <-b.pending: // a command that ends at once was not heard yet
				b.tell()
			default:
			}
			return
		}
		select {
		case <-time.After(bellPause):
		case <-b.quit:
		}
	}
}

func (b *bell) tell() {
	ctx, cancel := context.WithTimeout(context.Background(), bellPatience)
	defer cancel()
	b.mu.Lock()
	words := []string{b.name}
	for kind := range b.untold {
		words = append(words, string(kind))
	}
	clear(b.untold)
	b.mu.Unlock()
	// Whoever does not hear it looks for jobs now and then.
	_ = pgdriver.Notify(ctx, b.others, bellChannel, strings.Join(words, " "))
}

// listen hears what other processes tell.
func (b *bell) listen() {
	b.listener = pgdriver.NewListener(b.others)
	ctx, cancel := context.WithTimeout(context.Background(), bellPatience)
	defer cancel()
	// If this fails, the listener's channel connects again by itself.
	_ = b.listener.Listen(ctx, bellChannel)
	notices := b.listener.Channel()
	b.running.Go(func() {
		for notice := range notices {
			words := strings.Split(notice.Payload, " ")
			if words[0] == b.name {
				continue
			}
			added := make(kinds)
			for _, kind := range words[1:] {
				added[parvis.JobKind(kind)] = true
			}
			b.hear(added)
		}
	})
}

// stop ends telling and listening. It may be called twice.
func (b *bell) stop() (err error) {
	b.stopping.Do(func() {
		close(b.quit)
		// Whoever only begins now to ring or to listen does not start anything.
		b.starting.Do(func() {})
		b.listening.Do(func() {})
		if b.listener != nil {
			err = b.listener.Close()
		}
		b.running.Wait()
	})
	return err
}

// Wake receives after a transaction that added jobs: of this process at once, of
// another one on the same PostgreSQL soon. On SQLite jobs that another process
// adds are found by looking now and then.
func (db *DB) Wake() <-chan struct{} {
	if db.bell.others != nil {
		db.bell.listening.Do(db.bell.listen)
	}
	return db.bell.wake
}

// Rung returns of which kinds jobs were added since it was last called: it tells
// whether there may be some of the kinds that somebody runs.
func (db *DB) Rung() func(runs []parvis.JobKind) bool {
	b := db.bell
	b.mu.Lock()
	defer b.mu.Unlock()
	rung := maps.Clone(b.rung)
	clear(b.rung)
	return func(runs []parvis.JobKind) bool {
		return rung[anyKind] || slices.ContainsFunc(runs, func(k parvis.JobKind) bool { return rung[k] })
	}
}
