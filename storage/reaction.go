package storage

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A Reaction is an account's like or share of a post.
type Reaction struct {
	ID        parvis.ID
	AccountID parvis.ID
	PostID    parvis.ID
	URI       string // of the activity
}

// A ReactionKind is one of the two kinds of reactions; its value is the name of
// their table and of their count.
type ReactionKind string

// The kinds of reactions.
const (
	Likes  ReactionKind = "likes"
	Shares ReactionKind = "shares"
)

// AddReaction stores a like or share and counts it; one that exists already is
// parvis.ErrConflict.
func (n *Tx) AddReaction(ctx context.Context, k ReactionKind, r *Reaction) error {
	for {
		added, err := n.exec(ctx, "INSERT INTO ? (id, node_id, account_id, post_id, uri) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			bun.Ident(k), r.ID, n.node, r.AccountID, r.PostID, r.URI)
		if err != nil {
			return err
		}
		if added == 1 {
			return n.countReaction(ctx, k, r.PostID, 1)
		}
		if _, err := n.Reaction(ctx, k, r.AccountID, r.PostID); err == nil {
			return parvis.ErrConflict
		} else if !errors.Is(err, parvis.ErrNotFound) {
			return err
		}
		r.ID++ // its id was taken by chance
	}
}

// Reaction returns an account's like or share of a post.
func (n *Node) Reaction(ctx context.Context, k ReactionKind, account, post parvis.ID) (*Reaction, error) {
	r := Reaction{AccountID: account, PostID: post}
	err := n.raw("SELECT id, uri FROM ? WHERE account_id = ? AND post_id = ? AND node_id = ?", bun.Ident(k), account, post, n.node).Scan(ctx, &r.ID, &r.URI)
	return &r, translate(err)
}

// ReactionByURI returns a like or share by the id of its activity.
func (n *Node) ReactionByURI(ctx context.Context, k ReactionKind, uri string) (*Reaction, error) {
	r := Reaction{URI: uri}
	err := n.raw("SELECT id, account_id, post_id FROM ? WHERE uri = ? AND uri <> '' AND node_id = ? LIMIT 1", bun.Ident(k), uri, n.node).Scan(ctx, &r.ID, &r.AccountID, &r.PostID)
	return &r, translate(err)
}

// ReactionOf returns an account's like or share by the id of its activity, which
// others of its server may have used too.
func (n *Node) ReactionOf(ctx context.Context, k ReactionKind, account parvis.ID, uri string) (*Reaction, error) {
	r := Reaction{AccountID: account, URI: uri}
	err := n.raw("SELECT id, post_id FROM ? WHERE uri = ? AND uri <> '' AND account_id = ? AND node_id = ? LIMIT 1", bun.Ident(k), uri, account, n.node).Scan(ctx, &r.ID, &r.PostID)
	return &r, translate(err)
}

// ReactionByID returns a like or share by its own id.
func (n *Node) ReactionByID(ctx context.Context, k ReactionKind, id parvis.ID) (*Reaction, error) {
	r := Reaction{ID: id}
	err := n.raw("SELECT account_id, post_id, uri FROM ? WHERE id = ? AND node_id = ?", bun.Ident(k), id, n.node).Scan(ctx, &r.AccountID, &r.PostID, &r.URI)
	return &r, translate(err)
}

// RemoveReaction forgets a like or share; a share also leaves the homes that it
// brought the post to.
func (n *Tx) RemoveReaction(ctx context.Context, k ReactionKind, r *Reaction) error {
	removed, err := n.exec(ctx, "DELETE FROM ? WHERE account_id = ? AND post_id = ? AND node_id = ?", bun.Ident(k), r.AccountID, r.PostID, n.node)
	if err != nil || removed == 0 {
		return err
	}
	if k == Shares {
		if _, err := n.exec(ctx, "DELETE FROM home WHERE post_id = ? AND sharer_id = ?", r.PostID, r.AccountID); err != nil {
			return err
		}
	}
	return n.countReaction(ctx, k, r.PostID, -1)
}

func (n *Tx) countReaction(ctx context.Context, k ReactionKind, post parvis.ID, by int) error {
	_, err := n.exec(ctx, "UPDATE posts SET ? = ? + ?, version = version + 1 WHERE id = ? AND node_id = ?", bun.Ident(k), bun.Ident(k), by, post, n.node)
	return err
}

// LocalSharers returns the local accounts that shared a post: feeds announce
// posts by sharing them.
func (n *Node) LocalSharers(ctx context.Context, post parvis.ID) ([]Reaction, error) {
	var rows []Reaction
	err := n.raw(`SELECT s.id, s.account_id, s.post_id, s.uri FROM shares s JOIN accounts a ON a.id = s.account_id
		WHERE s.post_id = ? AND a.domain = '' AND +s.node_id = ?`, post, n.node).Scan(ctx, &rows)
	return rows, translate(err)
}

// SharesBy lists what an account shared, newest first.
func (n *Node) SharesBy(ctx context.Context, account parvis.ID, page parvis.Page) ([]Reaction, error) {
	var q selection
	q.add(`SELECT s.id, s.account_id, s.post_id, s.uri FROM shares s JOIN posts p ON p.id = s.post_id
		WHERE s.account_id = ? AND s.node_id = ? AND p.deleted_at = 0`, account, n.node)
	q.page("s.id", page)
	var rows []Reaction
	var r Reaction
	err := n.raw(q.text.String(), q.args...).each(ctx, func() { rows = append(rows, r) },
		(*int64)(&r.ID), (*int64)(&r.AccountID), (*int64)(&r.PostID), &r.URI)
	return inOrder(rows, page), translate(err)
}

// countedShares is where counting what an account shared stops.
const countedShares = 10_000

// CountSharesBy counts the posts that an account shared and that still are, up to
// 10,000.
func (n *Node) CountSharesBy(ctx context.Context, account parvis.ID) (int, error) {
	var count int
	err := n.raw(`SELECT COUNT(*) FROM (SELECT 1 FROM shares s JOIN posts p ON p.id = s.post_id
		WHERE s.account_id = ? AND +s.node_id = ? AND p.deleted_at = 0 LIMIT ?) AS unseen`, account, n.node, countedShares).Scan(ctx, &count)
	return count, translate(err)
}

// WitnessInboxes returns the distinct inboxes of remote accounts that were shown
// a post in another way than by following its author: they answered, are or were
// named in it, voted in it, or shared it.
func (n *Node) WitnessInboxes(ctx context.Context, post parvis.ID) ([]string, error) {
	var inboxes []string
	err := n.raw(`SELECT DISTINCT CASE WHEN a.shared_inbox <> '' THEN a.shared_inbox ELSE a.inbox END FROM accounts a
		WHERE +a.node_id = ?0 AND a.domain <> '' AND a.suspended_at = 0 AND a.deleted_at = 0 AND a.inbox <> '' AND a.id IN (
			SELECT r.author_id FROM posts r WHERE r.reply_to = ?1 AND r.reply_to <> 0
			UNION SELECT m.account_id FROM mentions m WHERE m.post_id = ?1
			UNION SELECT o.account_id FROM once_named o WHERE o.post_id = ?1
			UNION SELECT v.account_id FROM votes v WHERE v.post_id = ?1
			UNION SELECT s.account_id FROM shares s WHERE s.post_id = ?1)`, n.node, post).Scan(ctx, &inboxes)
	return inboxes, translate(err)
}
