package storage

import (
	"cmp"
	"context"
	"database/sql"
	"math/bits"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// A conn runs SQL: a pool of connections or a transaction.
type conn interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// connOf returns what bun's handle wraps: its own methods would write the
// arguments into the text, which the database would then have to parse each time.
func connOf(q bun.IDB) conn {
	switch q := q.(type) {
	case *bun.DB:
		return q.DB
	case bun.Tx:
		return q.Tx
	}
	return q
}

// A statement is SQL with ? or ?0, ?1 … for its arguments. They are bound, never
// written into the text, so that a connection parses each text once (see
// [preparing]). Text must therefore be constant: what varies is an argument.
type statement struct {
	db   *DB
	text string
	args []any
}

// statement makes a statement of this database.
func (db *DB) statement(text string, args ...any) statement { return statement{db, text, args} }

// Scan reads rows into dest, as bun does: columns into variables, a row into a
// struct, rows into a slice. No row at all is sql.ErrNoRows, unless dest is a slice.
func (s statement) Scan(ctx context.Context, dest ...any) error {
	ctx, err := s.db.context(ctx)
	if err != nil {
		return err
	}
	text, args := s.final()
	rows, err := s.db.conn.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	kind := reflect.TypeOf(dest[0]).Elem().Kind()
	if kind == reflect.Slice {
		return s.db.bun.ScanRows(ctx, rows, dest...)
	}
	if !rows.Next() {
		return cmp.Or(rows.Err(), sql.ErrNoRows)
	}
	if kind == reflect.Struct {
		err = s.db.bun.ScanRow(ctx, rows, dest...)
	} else {
		err = rows.Scan(dest...)
	}
	return cmp.Or(err, rows.Close())
}

// each reads every row into dest, as database/sql does, and calls row after each.
func (s statement) each(ctx context.Context, row func(), dest ...any) error {
	ctx, err := s.db.context(ctx)
	if err != nil {
		return err
	}
	text, args := s.final()
	rows, err := s.db.conn.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		row()
	}
	return cmp.Or(rows.Err(), rows.Close())
}

// Exec runs the statement for its effect.
func (s statement) Exec(ctx context.Context) (sql.Result, error) {
	ctx, err := s.db.context(ctx)
	if err != nil {
		return nil, err
	}
	text, args := s.final()
	return s.db.conn.ExecContext(ctx, text, args...)
}

// context returns the context to run a statement with. On SQLite statements are
// short and not broken off: watching for that costs a goroutine each.
func (db *DB) context(ctx context.Context) (context.Context, error) {
	if db.engine != sqliteEngine {
		return ctx, nil
	}
	return context.WithoutCancel(ctx), ctx.Err()
}

// A list is an argument for IN (?). A statement that names ids says "+node_id = ?":
// SQLite takes every index for selective, and would read all rows of the node
// rather than look up some ids. The sign keeps that column out of its plans.
type list []any

// listOf makes a list. It is padded to a power of two with its last member, so
// that lists of all lengths need few texts.
func listOf[T any](values []T) list {
	if len(values) == 0 {
		return nil
	}
	l := make(list, 1<<bits.Len(uint(len(values)-1)))
	for i := range l {
		l[i] = bind(values[min(i, len(values)-1)])
	}
	return l
}

// final returns the text with the engine's placeholders, and the arguments in
// their order. Names (bun.Ident) become part of the text.
func (s statement) final() (string, []any) {
	known := split(s.text)
	pieces := known.pieces
	args := make([]any, 0, len(s.args))
	if s.db.engine == sqliteEngine && !slices.ContainsFunc(s.args, varies) {
		for _, p := range pieces[:len(pieces)-1] {
			args = append(args, bind(s.args[p.arg]))
		}
		return known.lite, args
	}
	var b strings.Builder
	b.Grow(len(s.text) + 32)
	for i, p := range pieces {
		b.WriteString(p.text)
		if i == len(pieces)-1 {
			break
		}
		switch arg := s.args[p.arg].(type) {
		case list:
			for j := range arg {
				if j > 0 {
					b.WriteByte(',')
				}
				args = append(args, arg[j])
				s.db.placeholder(&b, args)
			}
			if len(arg) == 0 {
				b.WriteString("NULL")
			}
		case schema.QueryAppender:
			name, err := arg.AppendQuery(s.db.bun.QueryGen(), nil)
			if err != nil {
				panic(err) // of a name, which is constant
			}
			b.Write(name)
		default:
			bound := bind(arg)
			limit, isLimit := bound.(int64)
			isLimit = isLimit && strings.HasSuffix(p.text, limits)
			if isLimit && s.db.engine == postgresEngine {
				// For a limit that it does not know PostgreSQL plans to read a tenth of the
				// table. There are few limits, so there are few texts.
				b.WriteString(strconv.FormatInt(limit, 10))
				break
			}
			args = append(args, bound)
			s.db.placeholder(&b, args)
			if isLimit {
				b.WriteString(hidden)
			}
		}
	}
	return b.String(), args
}

// varies reports whether an argument changes the text.
func varies(arg any) bool {
	switch arg.(type) {
	case list, schema.QueryAppender:
		return true
	}
	return false
}

// placeholder writes how the engine names the last of some arguments. PostgreSQL
// is told its type: it would guess one from the first place where it stands.
func (db *DB) placeholder(b *strings.Builder, args []any) {
	if db.engine == sqliteEngine {
		b.WriteByte('?')
		return
	}
	b.WriteByte('$')
	b.WriteString(strconv.Itoa(len(args)))
	switch args[len(args)-1].(type) {
	case int64:
		b.WriteString("::bigint")
	case string:
		b.WriteString("::text")
	case bool:
		b.WriteString("::boolean")
	}
}

const (
	limits = "LIMIT " // stands before a limit
	// hidden follows a limit: SQLite plans by the value of a bare argument there, and so
	// would prepare the statement anew whenever one is bound. An expression hides it.
	hidden = "+0"
)

// A piece is some text and the argument that follows it, unless it is the last.
type piece struct {
	text string
	arg  int
}

// A text is what is known of one: its pieces, and how SQLite is given it if no
// argument changes it.
type text struct {
	pieces []piece
	lite   string
}

// known holds every text that was ever split.
var known sync.Map // string → text

// split cuts a text at its placeholders.
func split(whole string) text {
	if t, ok := known.Load(whole); ok {
		return t.(text)
	}
	var t text
	rest, next := whole, 0
	for {
		before, after, found := strings.Cut(rest, "?")
		t.lite += before
		if !found {
			t.pieces = append(t.pieces, piece{text: rest})
			break
		}
		t.lite += "?"
		if strings.HasSuffix(before, limits) {
			t.lite += hidden
		}
		digits := len(after) - len(strings.TrimLeft(after, "0123456789"))
		arg := next
		if digits > 0 {
			arg, _ = strconv.Atoi(after[:digits])
		} else {
			next++
		}
		t.pieces = append(t.pieces, piece{before, arg})
		rest = after[digits:]
	}
	known.Store(whole, t)
	return t
}

// bind returns a value of the types that the drivers take. The character NUL,
// which PostgreSQL cannot store and nobody can see, is left out.
func bind(v any) any {
	switch v := v.(type) {
	case string:
		return withoutNUL(v)
	case int64, bool, nil:
		return v
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.String:
		return withoutNUL(r.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int()
	case reflect.Bool:
		return r.Bool()
	}
	return v
}
