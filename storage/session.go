package storage

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions"`

	Hash      string `bun:",pk"`
	NodeID    parvis.ID
	AccountID parvis.ID
	Way       parvis.Way
	Device    string
	IDToken   string `bun:"id_token"`
	CreatedAt int64
	UsedAt    int64
	ExpiresAt int64
}

func (r *sessionRow) session() parvis.Session {
	return parvis.Session{Hash: r.Hash, AccountID: r.AccountID, Way: r.Way, Device: r.Device, IDToken: r.IDToken,
		CreatedAt: at(r.CreatedAt), UsedAt: at(r.UsedAt), ExpiresAt: at(r.ExpiresAt)}
}

// AddSession stores a signed-in browser under the hash of its cookie.
func (n *Tx) AddSession(ctx context.Context, s parvis.Session) error {
	return n.db.insert(ctx, &sessionRow{Hash: s.Hash, NodeID: n.node, AccountID: s.AccountID, Way: s.Way, Device: s.Device,
		IDToken: s.IDToken, CreatedAt: ms(s.CreatedAt), UsedAt: ms(s.UsedAt), ExpiresAt: ms(s.ExpiresAt)})
}

// Session returns a signed-in browser; an expired one is parvis.ErrNotFound.
func (n *Node) Session(ctx context.Context, hash string, now time.Time) (parvis.Session, error) {
	var r sessionRow
	err := n.raw("SELECT "+n.db.columns(r, "")+" FROM sessions WHERE hash = ? AND node_id = ? AND expires_at > ?",
		hash, n.node, ms(now)).Scan(ctx, &r)
	return r.session(), translate(err)
}

// MaxSessions is how many of an account's browsers are listed.
const MaxSessions = 100

// Sessions lists the signed-in browsers of an account, the last to come in first.
func (n *Node) Sessions(ctx context.Context, account parvis.ID, now time.Time) ([]parvis.Session, error) {
	var rows []sessionRow
	err := n.raw("SELECT "+n.db.columns(sessionRow{}, "")+` FROM sessions WHERE account_id = ? AND +node_id = ? AND +expires_at > ?
		ORDER BY created_at DESC, hash LIMIT ?`, account, n.node, ms(now), MaxSessions).Scan(ctx, &rows)
	list := make([]parvis.Session, len(rows))
	for i := range rows {
		list[i] = rows[i].session()
	}
	return list, translate(err)
}

// ExtendSession notes that a session is used, and moves its end.
func (n *Tx) ExtendSession(ctx context.Context, hash string, now, until time.Time) error {
	_, err := n.exec(ctx, "UPDATE sessions SET used_at = ?, expires_at = ? WHERE hash = ? AND node_id = ?", ms(now), ms(until), hash, n.node)
	return err
}

// EndSession forgets a signed-in browser, which is told of nothing any more.
func (n *Tx) EndSession(ctx context.Context, hash string) error {
	if _, err := n.exec(ctx, "DELETE FROM push_subscriptions WHERE session = ? AND session <> '' AND node_id = ?", hash, n.node); err != nil {
		return err
	}
	_, err := n.exec(ctx, "DELETE FROM sessions WHERE hash = ? AND node_id = ?", hash, n.node)
	return err
}

// EndSessionOf forgets one of an account's browsers; another's is parvis.ErrNotFound.
func (n *Tx) EndSessionOf(ctx context.Context, account parvis.ID, hash string) error {
	ended, err := n.exec(ctx, "DELETE FROM sessions WHERE hash = ? AND account_id = ? AND node_id = ?", hash, account, n.node)
	switch {
	case err != nil:
		return err
	case ended == 0:
		return parvis.ErrNotFound
	}
	return n.endPushOf(ctx, account)
}

// EndSessions forgets all of an account's browsers, but the one with hash keep.
func (n *Tx) EndSessions(ctx context.Context, account parvis.ID, keep string) error {
	if _, err := n.exec(ctx, "DELETE FROM sessions WHERE account_id = ? AND node_id = ? AND hash <> ?", account, n.node, keep); err != nil {
		return err
	}
	return n.endPushOf(ctx, account)
}
