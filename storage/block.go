package storage

import (
	"context"
	"errors"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// AddBlock stores that account wants nothing to do with target, ends the follows
// between them and forgets what each was told of the other. One that exists
// already is parvis.ErrConflict.
func (n *Tx) AddBlock(ctx context.Context, account, target parvis.ID, uri string, now time.Time) error {
	added, err := n.exec(ctx, "INSERT INTO blocks (account_id, target_id, node_id, uri, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		account, target, n.node, uri, ms(now))
	if err != nil {
		return err
	}
	if added == 0 {
		return parvis.ErrConflict
	}
	for _, pair := range [][2]parvis.ID{{account, target}, {target, account}} {
		if _, err := n.RemoveFollow(ctx, pair[0], pair[1]); err != nil && !errors.Is(err, parvis.ErrNotFound) {
			return err
		}
		if _, err := n.exec(ctx, "DELETE FROM notifications WHERE account_id = ? AND from_id = ? AND node_id = ?", pair[0], pair[1], n.node); err != nil {
			return err
		}
	}
	// Neither is shown any more what waited to be read.
	_, err = n.exec(ctx, `UPDATE participants SET seen = latest WHERE account_id IN (?0, ?1) AND conversation_id IN
		(SELECT c.id FROM participants a JOIN conversations c ON c.id = a.conversation_id JOIN participants b ON b.conversation_id = c.id
			WHERE a.account_id = ?0 AND b.account_id = ?1 AND c.size = 2)`, account, target)
	return err
}

// RemoveBlock ends a block and returns the id of its activity, or parvis.ErrNotFound.
func (n *Tx) RemoveBlock(ctx context.Context, account, target parvis.ID) (string, error) {
	var uri string
	err := n.raw("SELECT uri FROM blocks WHERE account_id = ? AND target_id = ? AND node_id = ?", account, target, n.node).Scan(ctx, &uri)
	if err != nil {
		return "", translate(err)
	}
	_, err = n.exec(ctx, "DELETE FROM blocks WHERE account_id = ? AND target_id = ? AND node_id = ?", account, target, n.node)
	return uri, err
}

// BlockByURI returns whom an account blocked by the activity of an id.
func (n *Node) BlockByURI(ctx context.Context, account parvis.ID, uri string) (parvis.ID, error) {
	var target parvis.ID
	err := n.raw("SELECT target_id FROM blocks WHERE account_id = ? AND uri = ? AND uri <> '' AND node_id = ?", account, uri, n.node).Scan(ctx, &target)
	return target, translate(err)
}

// Blocked reports whether one of two accounts blocked the other.
func (n *Node) Blocked(ctx context.Context, a, b parvis.ID) (bool, error) {
	var yes bool
	err := n.raw(`SELECT EXISTS (SELECT 1 FROM blocks WHERE node_id = ?0 AND
		(account_id = ?1 AND target_id = ?2 OR account_id = ?2 AND target_id = ?1))`, n.node, a, b).Scan(ctx, &yes)
	return yes, translate(err)
}

// Blocks lists whom an account blocked, the latest first.
func (n *Node) Blocks(ctx context.Context, account parvis.ID, limit int) ([]*parvis.Account, error) {
	return n.readAccounts(ctx, `SELECT a.id, a.version FROM accounts a JOIN blocks b ON b.target_id = a.id
		WHERE b.account_id = ? AND a.node_id = ? ORDER BY b.created_at DESC, a.id LIMIT ?`, account, n.node, limit)
}
