package storage

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/driver/pgdriver"
)

// A bell tells workers that jobs were added: those of this process by a channel,
// those of other processes on the same PostgreSQL by NOTIFY. It is rung after the
// commit and outside the transaction, since PostgreSQL lets transactions that
// notify commit one at a time only, and at most once in a while.
type bell struct {
	wake   chan struct{} // has room for one sign
	others *bun.DB       // nil on SQLite, where other processes only look now and then
	name   string        // tells our own notices from others'

	starting  sync.Once
	stopping  sync.Once
	pending   chan struct{} // has room for one sign
	quit      chan struct{}
	running   sync.WaitGroup
	listening sync.Once
	listener  *pgdriver.Listener
}

const (
	bellChannel = "parvis_jobs"
	// bellPause is the least time between two notices to other processes.
	bellPause = 20 * time.Millisecond
	// bellPatience bounds how long a notice may take; who misses it looks anyway.
	bellPatience = 2 * time.Second
)

func newBell(others *bun.DB) *bell {
	return &bell{others: others, name: rand.Text(), wake: make(chan struct{}, 1), pending: make(chan struct{}, 1), quit: make(chan struct{})}
}

// sign leaves a sign in a channel that has room for one.
func sign(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// ring wakes all workers.
func (b *bell) ring() {
	sign(b.wake)
	if b.others == nil {
		return
	}
	b.starting.Do(func() { b.running.Go(b.notify) })
	sign(b.pending)
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
	// Whoever does not hear it looks for jobs now and then.
	_ = pgdriver.Notify(ctx, b.others, bellChannel, b.name)
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
			if notice.Payload != b.name {
				sign(b.wake)
			}
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
