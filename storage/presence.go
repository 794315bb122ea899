package storage

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"time"
)

// A presence shows other processes on the same database that this one lives, by a
// lock that ends with the process however it ends: jobs of who holds none need not
// rest until their leases are over. On PostgreSQL each process has its own advisory
// lock, which everybody sees; SQLite, where one process serves, has one for all, of
// an empty file beside the database.
type presence struct {
	db   *DB
	door *sql.DB       // of one connection, which holds the lock; nil if none does
	on   *DB           // the same, for statements
	seen map[int64]int // processes, and at how many looks in a row they were missed
}

const (
	// attendance is how often a process looks who else is there.
	attendance = time.Second
	// missed is how many looks in a row show that a process died: one that lost its
	// connection, as all do when PostgreSQL restarts, is back before.
	missed = 2
	// presenceLocks is the class of the advisory locks.
	presenceLocks = 7082119
)

// Attend shows that this process runs jobs, and frees those of processes that died,
// until ctx ends. It tells what goes wrong and tries again; leases end by their time
// too.
func (db *DB) Attend(ctx context.Context, failed func(error)) {
	p := &presence{db: db, seen: make(map[int64]int)}
	look := p.lookAround
	if db.engine == sqliteEngine {
		look = p.lookAlone
	}
	defer p.leave()
	tick := time.NewTicker(attendance)
	defer tick.Stop()
	for {
		if err := look(ctx); err != nil && ctx.Err() == nil {
			p.leave()
			failed(err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// enter opens the connection that is to hold the lock.
func (p *presence) enter() {
	p.door = p.db.door()
	p.door.SetMaxOpenConns(1)
	p.on = &DB{conn: p.door, bun: p.db.bun, engine: p.db.engine}
}

// leave gives up the lock with its connection.
func (p *presence) leave() {
	if p.door != nil {
		_ = p.door.Close() // whatever it says, the lock is gone
		p.door, p.on = nil, nil
	}
}

// lookAround frees, on PostgreSQL, the jobs of those that are there no more; at the
// first look, those of all that are not there.
func (p *presence) lookAround(ctx context.Context) error {
	first := p.door == nil
	if first {
		p.enter()
		var alone bool // or another runner of this process holds it already, which is as good
		if err := p.on.statement("SELECT pg_try_advisory_lock(CAST(? AS integer), CAST(? AS integer))", presenceLocks, p.db.owner).Scan(ctx, &alone); err != nil {
			return err
		}
	}
	here := make(map[int64]bool)
	var owner int64
	err := p.on.statement(`SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint = ? AND objsubid = 2
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`, presenceLocks).each(ctx, func() { here[owner] = true }, &owner)
	if err != nil {
		return err
	}
	if !here[p.db.owner] {
		return errors.New("the lock that shows that this process lives is gone")
	}
	if died := p.note(here); !died && !first {
		return nil
	}
	return p.db.freeJobs(ctx, slices.Collect(maps.Keys(here)))
}

// note keeps who is there and reports whether somebody died.
func (p *presence) note(here map[int64]bool) (died bool) {
	for owner := range here {
		p.seen[owner] = 0
	}
	for owner := range p.seen {
		if here[owner] {
			continue
		}
		if p.seen[owner]++; p.seen[owner] == missed {
			delete(p.seen, owner)
			died = true
		}
	}
	return died
}

// lookAlone takes, on SQLite, the lock of the process that serves, and frees the jobs
// of the one that held it before. While another holds it, nothing is free.
func (p *presence) lookAlone(ctx context.Context) error {
	if p.door != nil {
		return nil
	}
	p.enter()
	_, err := p.door.ExecContext(ctx, "BEGIN EXCLUSIVE")
	if busy(err) {
		p.leave()
		return nil
	}
	if err != nil {
		return err
	}
	return p.db.freeJobs(ctx, []int64{p.db.owner})
}

// freeJobs makes the leases due that none of some processes has.
func (db *DB) freeJobs(ctx context.Context, living []int64) error {
	return db.InTx(ctx, func(ctx context.Context, t *DBTx) error {
		orphans := t.locked("SELECT id FROM jobs WHERE state IN (1, 2) AND state = 2 AND owner NOT IN (?) ORDER BY id", forNoKeyUpdate+skipLocked)
		freed, err := t.exec(ctx, "UPDATE jobs SET state = 1, run_at = 0 WHERE id IN ("+orphans+")", listOf(living))
		if freed > 0 {
			t.queue(anyKind)
		}
		return err
	})
}
