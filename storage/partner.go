package storage

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type partnerRow struct {
	bun.BaseModel `bun:"table:partners"`

	NodeID    parvis.ID `bun:",pk"`
	Host      string    `bun:",pk"`
	AccountID parvis.ID
	Ours      bool
	Theirs    bool
	Error     string
	CreatedAt int64
}

func (r *partnerRow) partner() *parvis.Partner {
	return &parvis.Partner{Host: r.Host, AccountID: r.AccountID, Ours: r.Ours, Theirs: r.Theirs, Error: r.Error, CreatedAt: at(r.CreatedAt)}
}

// Partner returns the partnership with a host.
func (n *Node) Partner(ctx context.Context, host string) (*parvis.Partner, error) {
	var r partnerRow
	if err := n.raw("SELECT "+n.db.columns(r, "")+" FROM partners WHERE node_id = ? AND host = ?", n.node, host).Scan(ctx, &r); err != nil {
		return nil, translate(err)
	}
	return r.partner(), nil
}

// Partners returns all partnerships, whatever their state.
func (n *Node) Partners(ctx context.Context) ([]*parvis.Partner, error) {
	var rows []partnerRow
	if err := n.raw("SELECT "+n.db.columns(partnerRow{}, "")+" FROM partners WHERE node_id = ? ORDER BY host LIMIT 1000", n.node).Scan(ctx, &rows); err != nil {
		return nil, translate(err)
	}
	partners := make([]*parvis.Partner, len(rows))
	for i := range rows {
		partners[i] = rows[i].partner()
	}
	return partners, nil
}

// IsPartner reports whether posts flow between this node and a host.
func (n *Node) IsPartner(ctx context.Context, host string) (bool, error) {
	return remembered(ctx, n.db.neighbours, partnersCache, neighbour{n.node, host}, func(ctx context.Context) (yes bool, err error) {
		err = n.raw("SELECT EXISTS (SELECT 1 FROM partners WHERE node_id = ? AND host = ? AND ours AND theirs)", n.node, host).Scan(ctx, &yes)
		return yes, translate(err)
	})
}

// SavePartner stores a partnership, new or changed.
func (n *Tx) SavePartner(ctx context.Context, p *parvis.Partner) error {
	n.decided()
	_, err := n.db.q.NewInsert().Model(&partnerRow{NodeID: n.node, Host: p.Host, AccountID: p.AccountID, Ours: p.Ours, Theirs: p.Theirs,
		Error: p.Error, CreatedAt: ms(p.CreatedAt)}).On("CONFLICT (node_id, host) DO UPDATE").
		Set("account_id = EXCLUDED.account_id, ours = EXCLUDED.ours, theirs = EXCLUDED.theirs, error = EXCLUDED.error").Exec(ctx)
	return translate(err)
}

// RemovePartner forgets a partnership.
func (n *Tx) RemovePartner(ctx context.Context, host string) error {
	n.decided()
	_, err := n.exec(ctx, "DELETE FROM partners WHERE node_id = ? AND host = ?", n.node, host)
	return err
}

// PartnerInboxes returns the inboxes of the partners that posts flow to.
func (n *Node) PartnerInboxes(ctx context.Context) ([]string, error) {
	var inboxes []string
	err := n.raw(`SELECT DISTINCT CASE WHEN a.shared_inbox <> '' THEN a.shared_inbox ELSE a.inbox END FROM partners p
		JOIN accounts a ON a.id = p.account_id WHERE p.node_id = ? AND p.ours AND p.theirs
		AND a.suspended_at = 0 AND a.deleted_at = 0 AND a.inbox <> ''`, n.node).Scan(ctx, &inboxes)
	return inboxes, translate(err)
}

// KnownInboxes returns the distinct inboxes of all remote accounts that are known
// here: who must hear that an account is gone.
func (n *Node) KnownInboxes(ctx context.Context) ([]string, error) {
	var inboxes []string
	err := n.raw(`SELECT DISTINCT CASE WHEN a.shared_inbox <> '' THEN a.shared_inbox ELSE a.inbox END FROM accounts a
		WHERE a.node_id = ? AND a.domain <> '' AND a.suspended_at = 0 AND a.deleted_at = 0 AND a.inbox <> ''`, n.node).Scan(ctx, &inboxes)
	return inboxes, translate(err)
}
