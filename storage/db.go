// Package storage keeps the rows of every node in SQLite or PostgreSQL. It alone
// speaks SQL. A DB holds what is common to all nodes; a Node, made by DB.Node,
// holds one node's rows, and none can be read without naming the node.
package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/driver/pgdriver"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/parvis-coop/parvis/internal/gather"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// A DB is a database of nodes. Its methods may be called from any goroutine.
type DB struct {
	q      bun.IDB // for reading; inside InTx, the transaction
	conn   conn    // the same without bun
	bun    *bun.DB // knows our rows
	run    transactor
	engine string
	name   string // where it is, without a password, for messages
	close  func() error
	door   func() *sql.DB // opens what holds the lock of this process, see [DB.Attend]
	owner  int64          // what its leases are known by
	turns  *turns
	bell   *bell
	// arrivals takes in what other servers send at the same time by one transaction with
	// few statements: the more they send at once, the less each activity costs.
	arrivals   gather.Gate[*arriving]
	neighbours *neighbours // nil inside InTx
	decides    bool        // inside InTx: decides something about other servers
	queued     kinds       // inside InTx: of the jobs that were added
	counted    tallies     // inside InTx: what accounts have more or less of
	kept       *kept       // what was read lately; nil inside InTx
}

// A transactor runs a function in a transaction that commits unless it fails.
type transactor interface {
	runInTx(ctx context.Context, repeatable bool, fn func(context.Context, bun.IDB) error) error
}

// The engines.
const (
	sqliteEngine   = "sqlite"
	postgresEngine = "postgres"
)

// connections is how many a process has to PostgreSQL at most.
const connections = 16

// readers is how many connections read SQLite beside the one that writes.
const readers = 4

// Open opens the database at an address, "sqlite:PATH" or "postgres://…", and brings
// its schema up to date. A database that is out of reach or newer than this
// program is refused with a sentence that says what to do.
func Open(ctx context.Context, address string) (*DB, error) {
	var db *DB
	var err error
	switch scheme, rest, _ := strings.Cut(address, ":"); scheme {
	case "sqlite":
		db, err = openSQLite(strings.TrimPrefix(rest, "//"))
	case "postgres", "postgresql":
		db, err = openPostgres(address)
	default:
		return nil, errors.New("unknown kind of database: give sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE")
	}
	if err != nil {
		return nil, err
	}
	db.neighbours, db.owner = newNeighbours(), 1+rand.Int64N(1<<31-1)
	if err = db.reach(ctx); err == nil {
		err = db.migrate(ctx)
	}
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// patience is how long Open waits for the database to answer at all.
const patience = 15 * time.Second

// reach makes sure that the database answers, or says what to look at.
func (db *DB) reach(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := db.Ping(ctx)
	for ; busy(err) && ctx.Err() == nil; err = db.Ping(ctx) {
		// Processes that start together on a new file all want to switch it to WAL;
		// SQLite does not wait for that lock itself.
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	switch {
	case err == nil:
		return nil
	case db.engine == sqliteEngine:
		return fmt.Errorf("the database %s cannot be used: check that its directory exists, that parvis may write there, "+
			"and that the file is a SQLite database: %w", db.name, err)
	}
	return fmt.Errorf("the database %s does not answer: check that PostgreSQL runs there, that the database exists, "+
		"and its user and password: %w", db.name, err)
}

// busy reports whether SQLite found its file locked by another process.
func busy(err error) bool {
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code() == sqlite3.SQLITE_BUSY
}

func openSQLite(path string) (*DB, error) {
	if path == "" {
		return nil, errors.New("sqlite: needs a path, such as sqlite:parvis.db")
	}
	file := "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	dsn := file + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_txlock=immediate"
	// The writer comes by most pages of a busy day again and again: they are kept, and
	// leave the log for the file less often.
	write := sql.OpenDB(preparing{dsnConnector{liteDriver(), dsn + "&_pragma=cache_size(-8000)&_pragma=wal_autocheckpoint(4000)"}})
	write.SetMaxOpenConns(1)
	read := sql.OpenDB(preparing{dsnConnector{liteDriver(), dsn + "&_pragma=query_only(1)"}})
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	w := newWriter(bun.NewDB(write, liteDialect{sqlitedialect.New()}))
	q := bun.NewDB(read, liteDialect{sqlitedialect.New()})
	return &DB{
		q: q, conn: read, bun: q, kept: newKept(), run: w, engine: sqliteEngine, name: path, turns: newTurns(), bell: newBell(nil),
		door: func() *sql.DB { return sql.OpenDB(dsnConnector{liteDriver(), file + "-serving"}) },
		close: func() error {
			w.stop()
			return errors.Join(read.Close(), write.Close())
		},
	}, nil
}

// liteDriver returns the driver that registered itself.
func liteDriver() driver.Driver {
	db, err := sql.Open("sqlite", "")
	if err != nil {
		panic(err) // it did not
	}
	return db.Driver()
}

func openPostgres(address string) (*DB, error) {
	where, err := url.Parse(address)
	if err != nil {
		// The error would show the password.
		return nil, errors.New("malformed database address: give postgres://USER:PASSWORD@HOST/DATABASE, with %XX for special characters of the password")
	}
	connector, err := connectorOf(address)
	if err != nil {
		return nil, fmt.Errorf("database address %s: %w", where.Redacted(), err)
	}
	pool := sql.OpenDB(preparing{connector})
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections) // a new one would prepare every statement anew
	pool.SetConnMaxIdleTime(5 * time.Minute)
	db := bun.NewDB(pool, pgDialect{pgdialect.New()})
	return &DB{q: db, conn: pool, bun: db, kept: newKept(), run: plainTx{db}, engine: postgresEngine, name: where.Redacted(), close: pool.Close,
		door: func() *sql.DB { return sql.OpenDB(preparing{connector}) }, turns: newTurns(), bell: newBell(db)}, nil
}

// planning is how PostgreSQL plans our statements, unless the address says otherwise
// (postgres://…?jit=on): as SQLite does, by loops along indexes. Each statement has
// an index made for it and reads about a page, so its plan is made once for a
// connection, whatever the values: to plan costs more than to run most of them. No
// table is read whole or in its order because it was empty when it was last
// counted, as a queue often is, or because matches are thought to be near its begin.
// Reading an index here and there is priced as on a solid-state disk, and nothing
// is compiled. See docs/decisions/0006-portable-sql.md.
var planning = map[string]any{"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "enable_hashjoin": "off",
	"enable_mergejoin": "off", "random_page_cost": "1.1", "jit": "off"}

// connectorOf reads an address; the driver panics about options that it does not know.
func connectorOf(address string) (c *pgdriver.Connector, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	plan := func(conf *pgdriver.Config) {
		said := conf.ConnParams
		conf.ConnParams = maps.Clone(planning)
		maps.Copy(conf.ConnParams, said)
	}
	return pgdriver.NewConnector(pgdriver.WithDSN(address), pgdriver.WithApplicationName("parvis"), plan), nil
}

// Close waits for running transactions and closes the database.
func (db *DB) Close() error {
	return errors.Join(db.bell.stop(), db.close())
}

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	return db.statement("SELECT 1").Scan(ctx, &one)
}

// A DBTx is a DB inside a transaction: what can be written to it.
type DBTx struct{ *DB }

// InTx runs fn in one transaction, which commits unless fn fails. Inside, use
// only the handle and the context given to fn: that context is not cancelled
// half-way, and another transaction inside this one is refused, since SQLite's
// one writer would wait for itself. A panic in fn is an error.
func (db *DB) InTx(ctx context.Context, fn func(ctx context.Context, t *DBTx) error) error {
	return db.inTx(ctx, false, fn)
}

// InRepeatableTx is InTx for an fn that may be run again after it returned, because
// of the failure of another with which it shares a transaction: it must do the same
// again, and so leave what it was given as it was. It costs less where many wait.
func (db *DB) InRepeatableTx(ctx context.Context, fn func(ctx context.Context, t *DBTx) error) error {
	return db.inTx(ctx, true, fn)
}

func (db *DB) inTx(ctx context.Context, repeatable bool, fn func(ctx context.Context, t *DBTx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if ctx.Value(inTx{}) != nil {
		return errNested
	}
	var t *DBTx
	err := db.run.runInTx(context.WithValue(ctx, inTx{}, true), repeatable, func(ctx context.Context, q bun.IDB) error {
		t = &DBTx{&DB{q: q, conn: connOf(q), bun: db.bun, engine: db.engine, name: db.name, turns: db.turns, owner: db.owner}}
		if err := fn(ctx, t); err != nil {
			return err
		}
		return t.settleCounts(ctx)
	})
	if err == nil && len(t.queued) > 0 {
		db.bell.ring(t.queued)
	}
	if err == nil && t.decides {
		db.neighbours.forget()
	}
	return passing(err)
}

// inTx marks the contexts of transactions.
type inTx struct{}

var errNested = errors.New("a transaction inside a transaction")

// A Node is one node's rows, for reading.
type Node struct {
	db   *DB
	node parvis.ID
}

// A Tx is one node's rows inside a transaction. Whatever writes is a method of
// Tx, so nothing can be written outside one.
type Tx struct{ *Node }

// Node returns the rows of a node.
func (db *DB) Node(id parvis.ID) *Node { return &Node{db, id} }

// Node returns the rows of a node, in the transaction.
func (t *DBTx) Node(id parvis.ID) *Tx { return &Tx{t.DB.Node(id)} }

// ID returns the node's id.
func (n *Node) ID() parvis.ID { return n.node }

// InTx runs fn in one transaction, as DB.InTx does.
func (n *Node) InTx(ctx context.Context, fn func(ctx context.Context, t *Tx) error) error {
	return n.db.InTx(ctx, func(ctx context.Context, t *DBTx) error { return fn(ctx, t.Node(n.node)) })
}

// InRepeatableTx runs fn in one transaction, as DB.InRepeatableTx does.
func (n *Node) InRepeatableTx(ctx context.Context, fn func(ctx context.Context, t *Tx) error) error {
	return n.db.InRepeatableTx(ctx, func(ctx context.Context, t *DBTx) error { return fn(ctx, t.Node(n.node)) })
}

// raw makes a statement of this database.
func (n *Node) raw(query string, args ...any) statement { return n.db.statement(query, args...) }

// write runs a single statement in a transaction of its own.
func (db *DB) write(ctx context.Context, query string, args ...any) error {
	return db.InTx(ctx, func(ctx context.Context, t *DBTx) error {
		_, err := t.exec(ctx, query, args...)
		return err
	})
}

// exec runs a statement and returns the number of rows it changed.
func (db *DBTx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := db.statement(query, args...).Exec(ctx)
	if err != nil {
		return 0, translate(err)
	}
	return res.RowsAffected()
}

func (n *Tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	return (&DBTx{n.db}).exec(ctx, query, args...)
}

// translate turns the engines' errors into ours.
func translate(err error) error {
	var lite *sqlite.Error
	var pg pgdriver.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return parvis.ErrNotFound
	case errors.As(err, &lite) && (lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY):
		return fmt.Errorf("%w: %w", parvis.ErrConflict, err)
	case errors.As(err, &pg) && pg.Field('C') == "23505":
		return fmt.Errorf("%w: %w", parvis.ErrConflict, err)
	}
	return passing(err)
}

// ms returns Unix milliseconds, 0 for the zero time.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// at is the inverse of ms.
func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// oneRow turns "no row changed" into parvis.ErrNotFound.
func oneRow(res sql.Result, err error) error {
	if err != nil {
		return translate(err)
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return parvis.ErrNotFound
	}
	return err
}
