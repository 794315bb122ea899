package storage

import (
	"context"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// StartMove notes that an account moves to another, by its id, now. One that moved
// within the time of rest is parvis.ErrConflict.
func (n *Tx) StartMove(ctx context.Context, account parvis.ID, target string, now time.Time, rest time.Duration) error {
	changed, err := n.exec(ctx, `UPDATE accounts SET moved_to = ?, moved_at = ?, version = version + 1
		WHERE id = ? AND node_id = ? AND deleted_at = 0 AND moved_at <= ?`, target, ms(now), account, n.node, ms(now.Add(-rest)))
	if err == nil && changed == 0 {
		return parvis.ErrConflict
	}
	return err
}

// FollowersHere lists the next residents who follow an account.
func (n *Node) FollowersHere(ctx context.Context, account parvis.ID, limit int) ([]*parvis.Account, error) {
	return n.readAccounts(ctx, `SELECT a.id, a.version FROM follows f JOIN accounts a ON a.id = f.follower_id
		WHERE f.followed_id = ? AND f.reader AND f.accepted AND a.node_id = ? ORDER BY f.id LIMIT ?`, account, n.node, limit)
}
