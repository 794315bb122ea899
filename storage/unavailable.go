package storage

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/uptrace/bun/driver/pgdriver"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// passing makes an error that will pass parvis.ErrUnavailable too.
func passing(err error) error {
	if err == nil || errors.Is(err, parvis.ErrUnavailable) || !unavailable(err) {
		return err
	}
	return fmt.Errorf("%w: %w", parvis.ErrUnavailable, err)
}

// unavailable tells whether an error says that the database cannot be reached or
// written at the moment, whatever it was asked for: a full disk, a server that
// restarts.
func unavailable(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff { // the rest of an extended code says where it happened
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM:
			return true
		}
		return false
	}
	var pg pgdriver.Error
	if errors.As(err, &pg) {
		return passes(pg.Field('C'))
	}
	var network *net.OpError
	return errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errClosed)
}

// passes tells whether PostgreSQL's code for an error speaks of its own state:
// https://www.postgresql.org/docs/current/errcodes-appendix.html
func passes(code string) bool {
	switch code {
	case "57014": // a statement was cancelled, by its context for one
		return false
	case "25006": // only reading: a server that stands by
		return true
	}
	switch code[:min(2, len(code))] {
	case "08", "40", "53", "57", "58": // connection, broken off for another, resources (disk full), shut down by an operator, system
		return true
	}
	return false
}
