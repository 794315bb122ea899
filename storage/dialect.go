package storage

import (
	"strings"

	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
)

// The dialects leave out the character NUL, which PostgreSQL cannot store and
// which nobody can see: whoever sends it must not make a statement fail.
type (
	liteDialect struct{ *sqlitedialect.Dialect }
	pgDialect   struct{ *pgdialect.Dialect }
)

// AppendString implements schema.Dialect.
func (d liteDialect) AppendString(b []byte, s string) []byte {
	return d.Dialect.AppendString(b, withoutNUL(s))
}

// AppendString implements schema.Dialect.
func (d pgDialect) AppendString(b []byte, s string) []byte {
	return d.Dialect.AppendString(b, withoutNUL(s))
}

func withoutNUL(s string) string { return strings.ReplaceAll(s, "\x00", "") }
