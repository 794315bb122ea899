package storage

import (
	"context"
	"errors"
	"math/bits"
	"reflect"
	"strings"
	"sync"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// insert stores a row; one that exists already is parvis.ErrConflict. It asks
// the database not to fail, since a failed statement would end the transaction
// on PostgreSQL.
func (db *DB) insert(ctx context.Context, row any) error {
	head, args := db.insertion(row)
	n, err := (&DBTx{db}).exec(ctx, head+tuple(len(args))+" ON CONFLICT DO NOTHING", args...)
	if err == nil && n == 0 {
		return parvis.ErrConflict
	}
	return err
}

// insertion returns how the insertion of a row begins, and the values: row is a
// pointer to one of our row types.
func (db *DB) insertion(row any) (string, []any) {
	v := reflect.ValueOf(row).Elem()
	table := db.bun.Table(v.Type())
	args := make([]any, len(table.Fields))
	for i, f := range table.Fields {
		args[i] = f.Value(v).Interface()
	}
	if text, ok := insertions.Load(v.Type()); ok {
		return text.(string), args
	}
	columns := make([]string, len(table.Fields))
	for i, f := range table.Fields {
		columns[i] = f.Name
	}
	head := "INSERT INTO " + table.Name + " (" + strings.Join(columns, ", ") + ") VALUES "
	insertions.Store(v.Type(), head)
	return head, args
}

// insertions holds how the insertion of each type of row begins.
var insertions sync.Map // reflect.Type → string

// insertNew is insert for a row whose id may be taken by chance: it then takes
// the next one. id points into row.
func (db *DB) insertNew(ctx context.Context, table string, id *parvis.ID, row any) error {
	for {
		err := db.insert(ctx, row)
		if !errors.Is(err, parvis.ErrConflict) {
			return err
		}
		var taken bool
		if err := db.statement("SELECT EXISTS (SELECT 1 FROM ? WHERE id = ?)", bun.Ident(table), *id).Scan(ctx, &taken); err != nil {
			return translate(err)
		}
		if !taken {
			return parvis.ErrConflict
		}
		*id++
	}
}

// rowsAtOnce bounds how many rows a statement writes, and so how many of what comes
// at the same time share a transaction.
const rowsAtOnce = 64

// insertRows inserts rows with few statements and few texts: as many at a time as
// the largest power of two allows. On PostgreSQL, where it is the statements that
// cost, the last row stands for those that lack to the next one: tail must bear a row
// that comes twice. It calls row for each returned row.
func (db *DBTx) insertRows(ctx context.Context, head, tail string, rows [][]any, row func(), dest ...any) error {
	return db.inTuples(head, tail, rows, func(s statement) error { return s.each(ctx, row, dest...) })
}

// storeRows is insertRows for rows of which nothing is asked.
func (db *DBTx) storeRows(ctx context.Context, head, tail string, rows [][]any) error {
	return db.inTuples(head, tail, rows, func(s statement) error {
		_, err := s.Exec(ctx)
		return err
	})
}

// inTuples runs the statements that insert rows.
func (db *DBTx) inTuples(head, tail string, rows [][]any, run func(statement) error) error {
	for len(rows) > 0 {
		some := rows[:min(len(rows), rowsAtOnce)]
		size := 1 << (bits.Len(uint(len(some))) - 1)
		if size < len(some) && db.engine == postgresEngine {
			size *= 2
		} else {
			some = some[:size]
		}
		one := tuple(len(some[0]))
		text := head + one + strings.Repeat(", "+one, size-1) + tail
		args := make([]any, 0, size*len(some[0]))
		for i := range size {
			args = append(args, some[min(i, len(some)-1)]...)
		}
		if err := run(db.statement(text, args...)); err != nil {
			return translate(err)
		}
		rows = rows[len(some):]
	}
	return nil
}

// tuple is where so many values of a row go.
func tuple(values int) string { return "(" + strings.Repeat("?, ", values-1) + "?)" }
