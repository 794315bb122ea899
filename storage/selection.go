package storage

import (
	"reflect"
	"strings"
	"sync"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A selection is a query that is put together from constant pieces: what varies is
// which of them it has. Their values are bound, so that few texts need preparing.
type selection struct {
	text strings.Builder
	args []any
}

// add adds a piece of SQL with ? for its arguments.
func (s *selection) add(piece string, args ...any) {
	s.text.WriteByte(' ')
	s.text.WriteString(piece)
	s.args = append(s.args, args...)
}

// page narrows a query to a page of a list, newest first. A page From an id is
// read upwards; inOrder turns its rows round. column is constant.
func (s *selection) page(column string, p parvis.Page) {
	s.bound(column, p)
	if p.From != 0 {
		s.add("ORDER BY "+column+" ASC LIMIT ?", p.Size())
		return
	}
	s.add("ORDER BY "+column+" DESC LIMIT ?", p.Size())
}

// bound narrows a query to what may be on a page, by a column that equals the one
// by which the list is paged: PostgreSQL does not conclude from one to the other, and
// may read the list along either.
func (s *selection) bound(column string, p parvis.Page) {
	if p.Before != 0 {
		s.add("AND "+column+" < ?", p.Before)
	}
	if above := max(p.After, p.From); above != 0 {
		s.add("AND "+column+" > ?", above)
	}
}

// hideMuted leaves out posts p of those whom the viewer muted.
func (s *selection) hideMuted(viewer parvis.ID) {
	if viewer != 0 {
		s.add("AND NOT EXISTS (SELECT 1 FROM mutes m WHERE m.account_id = ? AND m.target_id = p.author_id)", viewer)
	}
}

// hideSilenced leaves out posts p of suspended accounts a, of those whom the viewer
// blocked, and of those who blocked the viewer.
func (s *selection) hideSilenced(viewer parvis.ID) {
	s.add(active)
	if viewer != 0 {
		s.add(`AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = ? AND b.target_id = p.author_id)
			AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = p.author_id AND b.target_id = ?)`, viewer, viewer)
	}
}

// columns lists the columns of one of our row types, each after a prefix such as
// "p.". A star would find columns that a later version of this program added.
func (db *DB) columns(row any, prefix string) string {
	key := columnsKey{reflect.TypeOf(row), prefix}
	if list, ok := columnLists.Load(key); ok {
		return list.(string)
	}
	var names []string
	for _, f := range db.bun.Table(key.row).Fields {
		names = append(names, prefix+f.Name)
	}
	list := strings.Join(names, ", ")
	columnLists.Store(key, list)
	return list
}

type columnsKey struct {
	row    reflect.Type
	prefix string
}

var columnLists sync.Map // columnsKey → string
