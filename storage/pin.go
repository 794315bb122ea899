package storage

import (
	"context"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// AddPin pins a post to its author's profile, above those pinned before. One that
// is pinned already is parvis.ErrConflict.
func (n *Tx) AddPin(ctx context.Context, account, post parvis.ID, now time.Time) error {
	added, err := n.exec(ctx, "INSERT INTO pins (account_id, post_id, node_id, id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
		account, post, n.node, parvis.NewID(now))
	if err == nil && added == 0 {
		return parvis.ErrConflict
	}
	return err
}

// RemovePin takes a pinned post off a profile; one that is not there is
// parvis.ErrNotFound.
func (n *Tx) RemovePin(ctx context.Context, account, post parvis.ID) error {
	removed, err := n.exec(ctx, "DELETE FROM pins WHERE account_id = ? AND post_id = ? AND node_id = ?", account, post, n.node)
	if err == nil && removed == 0 {
		return parvis.ErrNotFound
	}
	return err
}

// CountPins counts the posts that an account pinned.
func (n *Node) CountPins(ctx context.Context, account parvis.ID) (int, error) {
	var count int
	err := n.raw("SELECT COUNT(*) FROM pins WHERE account_id = ? AND node_id = ?", account, n.node).Scan(ctx, &count)
	return count, translate(err)
}

// Pinned returns the posts that an account pinned, the last one first. Who may see
// which is the caller's business.
func (n *Node) Pinned(ctx context.Context, account parvis.ID) ([]*parvis.Post, error) {
	var ids []parvis.ID
	err := n.raw("SELECT post_id FROM pins WHERE account_id = ? AND node_id = ? ORDER BY id DESC LIMIT ?", account, n.node, parvis.MaxPins).Scan(ctx, &ids)
	if err != nil {
		return nil, translate(err)
	}
	byID, err := n.PostsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	var posts []*parvis.Post
	for _, id := range ids {
		if p := byID[id]; p != nil && p.DeletedAt.IsZero() {
			posts = append(posts, p)
		}
	}
	return posts, nil
}
