package storage

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// plainTx runs each transaction by itself, on PostgreSQL.
type plainTx struct{ db *bun.DB }

func (p plainTx) runInTx(ctx context.Context, _ bool, fn func(context.Context, bun.IDB) error) (err error) {
	// Waiting for a connection can be given up; a transaction, once begun, cannot.
	conn, err := p.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = both(err, conn.Close()) }()
	return conn.RunInTx(context.WithoutCancel(ctx), nil, func(ctx context.Context, tx bun.Tx) error {
		return safely(ctx, tx, fn)
	})
}

// safely turns a panic into an error, so that the transaction is undone.
func safely(ctx context.Context, q bun.IDB, fn func(context.Context, bun.IDB) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", p, debug.Stack())
		}
	}()
	return fn(ctx, q)
}

// A writer is SQLite's one writer. It runs the functions that wait in one
// transaction and answers all of them after its commit, so that being safe
// (synchronous=FULL) costs one fsync a batch instead of one each. Each is a
// savepoint of the transaction, unless all may be run again.
type writer struct {
	db    *bun.DB
	queue chan request
	stop  func()        // ends the writer after its batch; may be called twice
	quit  chan struct{} // closed by stop
	ended chan struct{} // closed when the last batch is done
}

type request struct {
	ctx        context.Context
	repeatable bool // fn may be run again, and then does the same
	fn         func(context.Context, bun.IDB) error
	err        chan error
}

// batch bounds how many functions share a transaction: the first of them waits
// for the last.
const batch = 64

var errClosed = errors.New("the database is closed")

func newWriter(db *bun.DB) *writer {
	w := &writer{db: db, queue: make(chan request), quit: make(chan struct{}), ended: make(chan struct{})}
	var once sync.Once
	w.stop = func() {
		once.Do(func() { close(w.quit) })
		<-w.ended
	}
	go w.loop()
	return w
}

func (w *writer) runInTx(ctx context.Context, repeatable bool, fn func(context.Context, bun.IDB) error) error {
	// An interrupted statement makes SQLite roll back the whole transaction, and
	// with it the work of others; so a request can be given up before it starts only.
	r := request{context.WithoutCancel(ctx), repeatable, fn, make(chan error, 1)}
	select {
	case w.queue <- r:
		return <-r.err
	case <-ctx.Done():
		return ctx.Err()
	case <-w.quit:
		return errClosed
	}
}

func (w *writer) loop() {
	defer close(w.ended)
	for {
		select {
		case <-w.quit:
			return
		case r := <-w.queue:
			w.commit(r)
		}
	}
}

// commit runs first and whatever else waits, then answers all.
func (w *writer) commit(first request) {
	// Whoever is about to ask may do so first: a commit costs more than what it waits
	// for, and the more share it the less.
	runtime.Gosched()
	next, more := w.waiting()
	if !more {
		first.err <- w.alone(first)
		return
	}
	r := round{db: w.db, bare: true}
	r.begin()
	r.run(first)
	for more {
		r.run(next)
		if more = r.lost == nil && len(r.answers) < batch; more {
			next, more = w.waiting()
		}
	}
	r.end()
}

// A round is a transaction that several requests share.
type round struct {
	db      *bun.DB
	tx      bun.Tx
	bare    bool  // all that ran may be run again, and ran without savepoints
	lost    error // what ended the transaction
	answers []answer
}

// An answer is what one request of a round is told, apart from what all are.
type answer struct {
	request
	failed error
}

func (r *round) begin() {
	r.tx, r.lost = r.db.BeginTx(context.Background(), nil)
}

// run runs one request so that its failure undoes its own work only. The journal of
// pages that a savepoint keeps costs more than most requests: those that may be run
// again do without, until one fails.
func (r *round) run(one request) {
	bare := r.lost == nil && r.bare && one.repeatable
	if bare && safely(one.ctx, r.tx, one.fn) != nil {
		r.again()
		bare = false
	}
	r.answers = append(r.answers, answer{request: one})
	if !bare {
		r.bare = false
		r.inSavepoint(&r.answers[len(r.answers)-1])
	}
}

// again undoes what was done without savepoints, and does it with them.
func (r *round) again() {
	if r.lost = r.tx.Rollback(); r.lost == nil {
		r.begin()
	}
	for i := range r.answers {
		r.inSavepoint(&r.answers[i])
	}
}

func (r *round) inSavepoint(a *answer) {
	if r.lost == nil {
		a.failed, r.lost = savepoint(a.request, r.tx)
	}
}

// end commits, unless the transaction is lost, and tells everyone.
func (r *round) end() {
	err := r.lost
	if err == nil {
		err = translate(r.tx.Commit())
	} else {
		// A savepoint that cannot be left means that SQLite gave up the whole
		// transaction, on a full disk for one: nothing of it is stored.
		err = fmt.Errorf("%w: the transaction was lost: %w", parvis.ErrUnavailable, err)
		if r.tx.Tx != nil {
			err = both(err, r.tx.Rollback())
		}
	}
	for _, a := range r.answers {
		a.err <- both(a.failed, err)
	}
}

// alone runs one request without a savepoint, whose journal of pages it would pay
// for: there is nobody else whose work its failure could undo.
func (w *writer) alone(r request) error {
	tx, err := w.db.BeginTx(context.Background(), nil)
	if err != nil {
		return translate(err)
	}
	if failed := safely(r.ctx, tx, r.fn); failed != nil {
		if lost := tx.Rollback(); lost != nil {
			return both(failed, fmt.Errorf("%w: the transaction was lost: %w", parvis.ErrUnavailable, lost))
		}
		return failed
	}
	return translate(tx.Commit())
}

// waiting returns a request that waits already.
func (w *writer) waiting() (request, bool) {
	select {
	case r := <-w.queue:
		return r, true
	default:
		return request{}, false
	}
}

// savepoint runs one request so that its failure undoes its own work only. It
// returns that failure and, apart from it, what ends the whole transaction.
func savepoint(r request, tx bun.Tx) (failed, lost error) {
	point, err := tx.BeginTx(r.ctx, nil)
	if err != nil {
		return nil, err
	}
	if failed = safely(r.ctx, point, r.fn); failed != nil {
		return failed, point.Rollback()
	}
	return nil, point.Commit()
}

// both returns the error that there is, as it is, or the two together.
func both(a, b error) error {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return errors.Join(a, b)
}
