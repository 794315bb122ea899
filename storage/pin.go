package storage

import (
	"context"
	"slices"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// AddPin pins a post to its author's profile, above those pinned before. One that
// is pinned already is parvis.ErrConflict.
func (n *Tx) AddPin(ctx context.Context, account, post parvis.ID, now time.Time) error {
	// Two at once wait for each other here, so that they can be counted.
	if _, err := n.exec(ctx, "UPDATE accounts SET posts = posts WHERE id = ? AND node_id = ?", account, n.node); err != nil {
		return err
	}
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

// TrimPins forgets the oldest of an account's pins beyond parvis.MaxPins.
func (n *Tx) TrimPins(ctx context.Context, account parvis.ID) error {
	_, err := n.exec(ctx, `DELETE FROM pins WHERE account_id = ?0 AND node_id = ?1 AND id <
		(SELECT id FROM pins WHERE account_id = ?0 ORDER BY id DESC LIMIT 1 OFFSET ?2)`, account, n.node, parvis.MaxPins-1)
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
			p.Pinned = true
			posts = append(posts, p)
		}
	}
	return posts, nil
}

// MarkPinned marks those of the viewer's own posts that they pinned.
func (n *Node) MarkPinned(ctx context.Context, viewer parvis.ID, posts []*parvis.Post) error {
	own := slices.ContainsFunc(posts, func(p *parvis.Post) bool { return p.AuthorID == viewer })
	if viewer == 0 || !own {
		return nil
	}
	var ids []parvis.ID
	err := n.raw("SELECT post_id FROM pins WHERE account_id = ? AND node_id = ?", viewer, n.node).Scan(ctx, &ids)
	for _, p := range posts {
		p.Pinned = slices.Contains(ids, p.ID)
	}
	return translate(err)
}
