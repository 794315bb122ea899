package storage

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/uptrace/bun"
)

// plainTx runs each transaction by itself, on PostgreSQL.
type plainTx struct{ db *bun.DB }

func (p plainTx) runInTx(ctx context.Context, fn func(context.Context, bun.IDB) error) error {
	return p.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error { return fn(ctx, tx) })
}

// A writer is SQLite's one writer. It runs the functions that wait as savepoints
// of one transaction and answers all of them after its commit, so that being
// safe (synchronous=FULL) costs one fsync a batch instead of one each.
type writer struct {
	db    *bun.DB
	queue chan request
	done  chan struct{}
}

type request struct {
	ctx context.Context
	fn  func(context.Context, bun.IDB) error
	err chan error
}

// batch bounds how many functions share a transaction: the first of them waits
// for the last.
const batch = 64

var errClosed = errors.New("the database is closed")

func newWriter(db *bun.DB) *writer {
	w := &writer{db: db, queue: make(chan request), done: make(chan struct{})}
	go w.loop()
	return w
}

// stop waits for the running batch; later requests fail.
func (w *writer) stop() {
	w.done <- struct{}{}
	close(w.done)
}

func (w *writer) runInTx(ctx context.Context, fn func(context.Context, bun.IDB) error) error {
	// An interrupted statement makes SQLite roll back the whole transaction, and
	// with it the work of others; so a request can be given up before it starts only.
	r := request{context.WithoutCancel(ctx), fn, make(chan error, 1)}
	select {
	case w.queue <- r:
		return <-r.err
	case <-ctx.Done():
		return ctx.Err()
	case <-w.done:
		return errClosed
	}
}

func (w *writer) loop() {
	for {
		select {
		case <-w.done:
			return
		case r := <-w.queue:
			w.commit(r)
		}
	}
}

// commit runs first and whatever else waits, then answers all.
func (w *writer) commit(first request) {
	answers := make(map[chan error]error, 1)
	tx, err := w.db.BeginTx(context.Background(), nil)
	if err != nil {
		first.err <- translate(err)
		return
	}
	for r := first; ; {
		answers[r.err] = w.savepoint(r, tx)
		var more bool
		if r, more = w.waiting(len(answers)); !more {
			break
		}
	}
	err = tx.Commit()
	for answer, failed := range answers {
		answer <- errors.Join(failed, translate(err))
	}
}

// waiting returns a request that waits already, if the batch has room.
func (w *writer) waiting(have int) (request, bool) {
	if have >= batch {
		return request{}, false
	}
	select {
	case r := <-w.queue:
		return r, true
	default:
		return request{}, false
	}
}

// savepoint runs one request so that its failure undoes its own work only.
func (w *writer) savepoint(r request, tx bun.Tx) (err error) {
	point, err := tx.BeginTx(r.ctx, nil)
	if err != nil {
		return translate(err)
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", p, debug.Stack())
		}
		if err != nil {
			err = errors.Join(err, point.Rollback())
			return
		}
		err = translate(point.Commit())
	}()
	return r.fn(r.ctx, point)
}
