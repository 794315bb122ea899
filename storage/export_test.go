package storage

import (
	"context"

	"github.com/uptrace/bun"
)

// Watch tells saw about every statement that runs outside transactions.
func (db *DB) Watch(saw func(statement string)) {
	db.q = db.q.(*bun.DB).WithQueryHook(watcher{saw})
}

type watcher struct{ saw func(string) }

func (watcher) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (w watcher) AfterQuery(_ context.Context, e *bun.QueryEvent)                  { w.saw(e.Query) }

// Exec runs any statement.
func (db *DBTx) Exec(ctx context.Context, query string, args ...any) error {
	_, err := db.exec(ctx, query, args...)
	return err
}

// Strings reads one column of text.
func (db *DB) Strings(ctx context.Context, query string, args ...any) ([]string, error) {
	var rows []string
	err := db.q.NewRaw(query, args...).Scan(ctx, &rows)
	return rows, err
}

// HomeKept is how many entries a home keeps.
const HomeKept = homeKept

// Plan says how SQLite runs a statement, a step a line.
func (db *DB) Plan(ctx context.Context, statement string) ([]string, error) {
	var steps []struct {
		ID, Parent, Notused int
		Detail              string
	}
	err := db.q.NewRaw("EXPLAIN QUERY PLAN ?", bun.Safe(statement)).Scan(ctx, &steps)
	details := make([]string, len(steps))
	for i, s := range steps {
		details[i] = s.Detail
	}
	return details, err
}
