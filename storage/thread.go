package storage

import (
	"context"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// An Address is where a post is, with its place in a list.
type Address struct {
	ID  parvis.ID
	URI string
}

// public narrows a query on posts p to what anyone may see, whoever asks.
const public = `p.audience IN ('everyone', 'unlisted') AND p.deleted_at = 0
	AND NOT EXISTS (SELECT 1 FROM accounts s WHERE s.id = p.author_id AND (s.suspended_at <> 0 OR s.deleted_at <> 0))`

// PublicAnswers returns the addresses of the next public answers to a post, oldest
// first; after is the last one of the page before.
func (n *Node) PublicAnswers(ctx context.Context, post, after parvis.ID, limit int) ([]Address, error) {
	var rows []Address
	err := n.raw(`SELECT p.id, p.uri FROM posts p WHERE p.node_id = ? AND p.reply_to = ? AND p.reply_to <> 0 AND p.id > ? AND `+public+`
		ORDER BY p.id LIMIT ?`, n.node, post, after, limit).Scan(ctx, &rows)
	return rows, translate(err)
}

// PublicThread returns the addresses of the next public posts of a conversation,
// oldest first; after is the last one of the page before.
func (n *Node) PublicThread(ctx context.Context, thread, after parvis.ID, limit int) ([]Address, error) {
	var rows []Address
	err := n.raw(`SELECT p.id, p.uri FROM posts p WHERE p.node_id = ? AND p.thread = ? AND p.id > ? AND `+public+`
		ORDER BY p.id LIMIT ?`, n.node, thread, after, limit).Scan(ctx, &rows)
	return rows, translate(err)
}

// KnownURIs returns those of the addresses at which a post is known, deleted ones
// included.
func (n *Node) KnownURIs(ctx context.Context, uris []string) (map[string]bool, error) {
	var rows []string
	err := n.raw("SELECT uri FROM posts WHERE node_id = ? AND uri IN (?)", n.node, listOf(uris)).Scan(ctx, &rows)
	known := make(map[string]bool, len(rows))
	for _, uri := range rows {
		known[uri] = true
	}
	return known, translate(err)
}
