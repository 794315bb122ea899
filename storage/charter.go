package storage

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type charterRow struct {
	bun.BaseModel `bun:"table:charters"`

	NodeID    parvis.ID
	Version   int
	Source    string
	Change    string
	Asked     bool
	MadeBy    parvis.ID
	CreatedAt int64
}

func (r *charterRow) charter() parvis.Charter {
	return parvis.Charter{Version: r.Version, Source: r.Source, Change: r.Change, Asked: r.Asked, MadeBy: r.MadeBy, CreatedAt: at(r.CreatedAt)}
}

// AddCharter puts the next version of the charter in force. If it is not the next any
// more, because somebody else was faster, it is parvis.ErrConflict.
func (n *Tx) AddCharter(ctx context.Context, c parvis.Charter) error {
	asked := 0
	if c.Asked {
		asked = c.Version
	}
	next, err := n.exec(ctx, `UPDATE nodes SET charter = ?0, charter_asked = CASE WHEN charter_asked < ?1 THEN ?1 ELSE charter_asked END,
		version = version + 1 WHERE id = ?2 AND charter = ?3`, c.Version, asked, n.node, c.Version-1)
	if err != nil {
		return err
	}
	if next == 0 {
		return parvis.ErrConflict
	}
	n.decided()
	return n.db.insert(ctx, &charterRow{NodeID: n.node, Version: c.Version, Source: c.Source, Change: c.Change, Asked: c.Asked,
		MadeBy: c.MadeBy, CreatedAt: ms(c.CreatedAt)})
}

// Charter returns a version of the charter.
func (n *Node) Charter(ctx context.Context, version int) (parvis.Charter, error) {
	var r charterRow
	err := n.raw("SELECT "+n.db.columns(r, "")+" FROM charters WHERE node_id = ? AND version = ?", n.node, version).Scan(ctx, &r)
	return r.charter(), translate(err)
}

// MaxCharters is how many versions of a charter are listed.
const MaxCharters = 100

// Charters lists the versions of the charter after one, newest first and without
// their texts.
func (n *Node) Charters(ctx context.Context, after int) ([]parvis.Charter, error) {
	var rows []charterRow
	err := n.raw("SELECT version, change, asked, made_by, created_at FROM charters WHERE node_id = ? AND version > ? ORDER BY version DESC LIMIT ?",
		n.node, after, MaxCharters).Scan(ctx, &rows)
	list := make([]parvis.Charter, len(rows))
	for i := range rows {
		list[i] = rows[i].charter()
	}
	return list, translate(err)
}

// AcceptCharter notes that the owner of an account accepts a version of the charter.
func (n *Tx) AcceptCharter(ctx context.Context, account parvis.ID, version int) error {
	_, err := n.exec(ctx, "UPDATE logins SET charter = ?0 WHERE account_id = ?1 AND node_id = ?2 AND charter < ?0", version, account, n.node)
	return err
}
