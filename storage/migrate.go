package storage

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
)

//go:embed migrations/*.up.sql
var migrations embed.FS

// A migration is one step of the schema; its number comes from its file's name.
type migration struct {
	number int64
	name   string
	sql    string
}

// A NewerError says that the database was written by a later version.
type NewerError struct{ Have, Know int64 }

// Error says what to do.
func (e *NewerError) Error() string {
	return fmt.Sprintf("the database has schema %d but this program knows %d at most: "+
		"start the newer version of parvis, or restore a backup made before the upgrade", e.Have, e.Know)
}

// migrate applies what is missing, all in one transaction. Two processes that
// start together wait for each other: SQLite has one writer, and on PostgreSQL
// an advisory lock is held until the commit.
func (db *DB) migrate(ctx context.Context) error {
	steps, err := readMigrations()
	if err != nil {
		return err
	}
	err = db.InTx(ctx, func(ctx context.Context, t *DBTx) error {
		if db.engine == postgresEngine {
			if _, err := t.exec(ctx, "SELECT pg_advisory_xact_lock(7082118)"); err != nil {
				return err
			}
		}
		return t.apply(ctx, steps)
	})
	if err != nil {
		return fmt.Errorf("prepare the database: %w", err)
	}
	return nil
}

func (db *DBTx) apply(ctx context.Context, steps []migration) error {
	if _, err := db.exec(ctx, "CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)"); err != nil {
		return err
	}
	have, err := db.Schema(ctx)
	if err != nil {
		return err
	}
	if know := steps[len(steps)-1].number; have > know {
		return &NewerError{have, know}
	}
	for _, m := range steps {
		if m.number <= have {
			continue
		}
		for _, statement := range statements(m.sql, db.engine) {
			if _, err := db.exec(ctx, statement); err != nil {
				return fmt.Errorf("migration %s: %w", m.name, err)
			}
		}
		if _, err := db.exec(ctx, "INSERT INTO migrations VALUES (?, ?)", m.number, ms(time.Now())); err != nil {
			return err
		}
	}
	for _, f := range fills {
		if f.number <= have {
			continue
		}
		if err := f.fill(db, ctx); err != nil {
			return fmt.Errorf("after migration %d: %w", f.number, err)
		}
	}
	return nil
}

// fills are what SQL alone cannot do with the rows that were there before a
// migration. They run when all migrations have: our statements fit the last schema.
var fills = []struct {
	number int64
	fill   func(*DBTx, context.Context) error
}{
	{20, (*DBTx).fileOld},
	{24, (*DBTx).endOld},
}

// Schema returns the number of the last migration that was applied.
func (db *DB) Schema(ctx context.Context) (int64, error) {
	var have int64
	err := db.statement("SELECT COALESCE(MAX(number), 0) FROM migrations").Scan(ctx, &have)
	return have, err
}

func readMigrations() ([]migration, error) {
	names, err := fs.Glob(migrations, "migrations/*.up.sql")
	if err != nil {
		return nil, err
	}
	var steps []migration
	for _, name := range names {
		prefix, _, _ := strings.Cut(path.Base(name), "_")
		number, err := strconv.ParseInt(prefix, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("migration %s: its name must start with a number", name)
		}
		text, err := migrations.ReadFile(name)
		if err != nil {
			return nil, err
		}
		steps = append(steps, migration{number, path.Base(name), string(text)})
	}
	return steps, nil
}

// statements splits a migration. Three words differ between the engines. SQLite
// makes a single-column key the row's own id only when it is spelt INTEGER, and
// keeps a table in the order of any other key only if it is told so.
// PostgreSQL would sort and compare ranges of text by the rules of its locale,
// and a handle's prefix would then not be where we look for it.
func statements(text, engine string) []string {
	if engine == sqliteEngine {
		text = strings.ReplaceAll(text, "BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY")
	} else {
		text = strings.ReplaceAll(text, " TEXT ", ` TEXT COLLATE "C" `)
		text = strings.ReplaceAll(text, ") WITHOUT ROWID;", ");")
	}
	var lines []string
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "--")
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	var out []string
	for s := range strings.SplitSeq(strings.Join(lines, "\n"), ";") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}
