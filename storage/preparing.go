package storage

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/uptrace/bun/driver/pgdriver"
)

// A preparing connector makes connections that parse each text of SQL once and
// keep it prepared. Parsing and planning cost more than running most of our
// statements. Texts without arguments are not kept: those may hold values.
type preparing struct {
	driver.Connector
}

// Connect implements driver.Connector.
func (p preparing) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &preparedConn{innerConn: c.(innerConn), kept: make(map[string]keptStmt)}, nil
}

// A dsnConnector opens connections by a driver that has no connectors.
type dsnConnector struct {
	driver driver.Driver
	dsn    string
}

// Connect implements driver.Connector.
func (d dsnConnector) Connect(context.Context) (driver.Conn, error) { return d.driver.Open(d.dsn) }

// Driver implements driver.Connector.
func (d dsnConnector) Driver() driver.Driver { return d.driver }

// keptStmts bounds how many statements a connection keeps. Our texts are far
// fewer; the bound is there so that a mistake costs time and not memory.
const keptStmts = 1000

// innerConn is what the connections of both drivers can do.
type innerConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type keptStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// A preparedConn is used by one goroutine at a time, as database/sql promises.
// No text may be run again before its rows are read: [statement.Scan] reads all.
type preparedConn struct {
	innerConn
	kept   map[string]keptStmt
	broken bool
}

// ExecContext implements driver.ExecerContext.
func (c *preparedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) == 0 {
		return c.innerConn.ExecContext(ctx, query, args)
	}
	s, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	res, err := s.ExecContext(ctx, args)
	return res, c.forget(query, err)
}

// QueryContext implements driver.QueryerContext.
func (c *preparedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if len(args) == 0 {
		return c.innerConn.QueryContext(ctx, query, args)
	}
	s, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	return rows, c.forget(query, err)
}

func (c *preparedConn) prepared(ctx context.Context, query string) (keptStmt, error) {
	if s := c.kept[query]; s != nil {
		return s, nil
	}
	if len(c.kept) >= keptStmts {
		if err := c.closeKept(); err != nil {
			return nil, err
		}
	}
	s, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.kept[query] = s.(keptStmt)
	return c.kept[query], nil
}

// forget drops a statement that failed: after a change of the schema by another
// process PostgreSQL wants it prepared anew. Of a prepared statement pgdriver does
// not say that it failed because the connection is gone: whatever the server did
// not answer is taken for that.
func (c *preparedConn) forget(query string, err error) error {
	if err == nil {
		return nil
	}
	_, pg := c.innerConn.(*pgdriver.Conn)
	var answered pgdriver.Error
	if pg && !errors.As(err, &answered) {
		c.broken = true
		return err
	}
	_ = c.kept[query].Close()
	delete(c.kept, query)
	return err
}

// IsValid implements driver.Validator.
func (c *preparedConn) IsValid() bool { return !c.broken && c.innerConn.IsValid() }

func (c *preparedConn) closeKept() error {
	var errs []error
	for _, s := range c.kept {
		errs = append(errs, s.Close())
	}
	clear(c.kept)
	return errors.Join(errs...)
}

// Close implements driver.Conn. PostgreSQL frees what a connection prepared when
// it ends; SQLite would keep the file open.
func (c *preparedConn) Close() error {
	if _, pg := c.innerConn.(*pgdriver.Conn); pg {
		return c.innerConn.Close()
	}
	return errors.Join(c.closeKept(), c.innerConn.Close())
}
