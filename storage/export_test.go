package storage

import (
	"context"
	"database/sql"
	"strings"

	"github.com/uptrace/bun"
)

// Watch tells saw about every statement that runs outside transactions.
func (db *DB) Watch(saw func(statement string)) {
	db.q = db.q.(*bun.DB).WithQueryHook(watcher{saw})
	db.conn = watchedConn{db.conn, saw}
}

type watchedConn struct {
	conn
	saw func(string)
}

func (w watchedConn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	w.saw(query)
	return w.conn.QueryContext(ctx, query, args...)
}

type watcher struct{ saw func(string) }

func (watcher) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (w watcher) AfterQuery(_ context.Context, e *bun.QueryEvent)                  { w.saw(e.Query) }

// Exec runs any statement.
func (db *DBTx) Exec(ctx context.Context, query string, args ...any) error {
	_, err := db.exec(ctx, query, args...)
	return err
}

func (n *Tx) Exec(ctx context.Context, query string, args ...any) error {
	return (&DBTx{n.db}).Exec(ctx, query, args...)
}

// Strings reads one column of text.
func (db *DB) Strings(ctx context.Context, query string, args ...any) ([]string, error) {
	var rows []string
	err := db.statement(query, args...).Scan(ctx, &rows)
	return rows, err
}

// TrimEvery is how many notifications come between two looks at their number.
const TrimEvery = trimEvery

// HomeKept is how many entries a home keeps.
const HomeKept = homeKept

// Plan says how SQLite runs a statement, a step a line.
func (db *DB) Plan(ctx context.Context, statement string) ([]string, error) {
	var steps []struct {
		ID, Parent, Notused int
		Detail              string
	}
	rows, err := db.conn.QueryContext(ctx, "EXPLAIN QUERY PLAN "+statement, make([]any, strings.Count(statement, "?"))...)
	if err != nil {
		return nil, err
	}
	err = db.bun.ScanRows(ctx, rows, &steps)
	details := make([]string, len(steps))
	for i, s := range steps {
		details[i] = s.Detail
	}
	return details, err
}

// OneConnection makes a PostgreSQL database use one connection only, which prepares
// all that is asked.
func (db *DB) OneConnection() { db.bun.SetMaxOpenConns(1) }

// Tidy does what PostgreSQL's autovacuum does in a living database; the servers of
// tests run without it.
func (db *DB) Tidy(ctx context.Context) error {
	if db.engine != postgresEngine {
		return nil
	}
	_, err := db.conn.ExecContext(ctx, "VACUUM (ANALYZE)")
	return err
}

// FillDisk leaves SQLite no room to grow, EmptyDisk as much as it wants.
func (db *DB) FillDisk() error { return db.maxPages(1) } // it is never less than what is there

func (db *DB) EmptyDisk() error { return db.maxPages(1 << 30) }

func (db *DB) maxPages(n int) error {
	_, err := db.run.(*writer).db.Exec("PRAGMA max_page_count=?0", n)
	return err
}

// What forgetting knows of the schema.
var (
	PostParts    = postParts
	AccountUses  = accountUses
	AccountParts = accountParts
)

// FirstOfLane is what claiming asks of a job.
const FirstOfLane = firstOfLane

// NextReaders is the statement, with plain question marks, that looks for readers.
var NextReaders = split(nextReaders).lite

// FileOld puts messages into conversations, as the migration that brought these did.
func (db *DB) FileOld(ctx context.Context) error {
	return db.InTx(ctx, func(ctx context.Context, t *DBTx) error { return t.fileOld(ctx) })
}

// Depths is how far the postings of words are read.
var Depths = depths
