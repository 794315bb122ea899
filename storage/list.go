package storage

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// keySet narrows a query to a page of a list, newest first. A page From an id is
// read upwards; inOrder turns its rows round.
func keySet(q *bun.SelectQuery, column string, p parvis.Page) *bun.SelectQuery {
	id := bun.Ident(column)
	if p.Before != 0 {
		q = q.Where("? < ?", id, p.Before)
	}
	if p.After != 0 {
		q = q.Where("? > ?", id, p.After)
	}
	if p.From != 0 {
		return q.Where("? > ?", id, p.From).OrderExpr("? ASC", id).Limit(int64(p.Size()))
	}
	return q.OrderExpr("? DESC", id).Limit(int64(p.Size()))
}

func inOrder[T any](rows []T, p parvis.Page) []T {
	if p.From != 0 {
		slices.Reverse(rows)
	}
	return rows
}

// Where says where listed posts were written.
type Where string

// The places that lists can be narrowed to.
const (
	Anywhere  Where = ""
	Here      Where = "here"
	Elsewhere Where = "elsewhere"
)

// A PostFilter describes a list of posts; empty fields do not narrow it.
type PostFilter struct {
	Kind      parvis.Kind
	Audiences []parvis.Audience // required: what the viewer may see
	Viewer    parvis.ID         // leaves out those whom the viewer blocked, or who blocked them
	Where     Where
	Author    parvis.ID
	States    []parvis.State
	Tag       string    // folded
	OpenAt    time.Time // leaves out what has ended by then
	Offer     *OfferFilter
}

// Posts lists posts that may be listed, newest first: no answers, no private posts.
func (n *Node) Posts(ctx context.Context, f PostFilter, page parvis.Page) ([]*parvis.Post, error) {
	var rows []postRow
	q := n.db.q.NewSelect().Model(&rows).Where("p.node_id = ?", n.node).Where("p.listed").
		Where("p.audience IN (?)", bun.List(f.Audiences))
	if f.Kind != "" {
		q.Where("p.kind = ?", f.Kind)
	}
	if f.Where != Anywhere {
		q.Where("p.local = ?", f.Where == Here)
	}
	if f.Author != 0 {
		q.Where("p.author_id = ?", f.Author)
	}
	if len(f.States) > 0 {
		q.Where("p.state IN (?)", bun.List(f.States))
	}
	if !f.OpenAt.IsZero() {
		q.Where("(p.ends_at = 0 OR p.ends_at > ?)", ms(f.OpenAt))
	}
	column := "p.id"
	if f.Tag != "" {
		q.Join("JOIN post_tags AS t ON t.post_id = p.id").Where("t.node_id = ?", n.node).Where("t.tag = ?", f.Tag)
		column = "t.post_id" // its index has the order of the page
	}
	if f.Offer != nil {
		f.Offer.apply(q)
	}
	hideSilenced(q, f.Viewer)
	err := keySet(q, column, page).Scan(ctx)
	return n.posts(ctx, inOrder(rows, page), err)
}

// hideSilenced leaves out posts of suspended accounts, of those whom the viewer
// blocked, and of those who blocked the viewer.
func hideSilenced(q *bun.SelectQuery, viewer parvis.ID) {
	q.Where("NOT EXISTS (SELECT 1 FROM accounts s WHERE s.id = p.author_id AND (s.suspended_at <> 0 OR s.deleted_at <> 0))")
	if viewer != 0 {
		q.Where(`NOT EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = ?0 AND b.target_id = p.author_id
			OR b.account_id = p.author_id AND b.target_id = ?0)`, viewer)
	}
}

// PostsBy lists an account's posts in those audiences, newest first; answers too
// if replies says so.
func (n *Node) PostsBy(ctx context.Context, author parvis.ID, audiences []parvis.Audience, replies bool, page parvis.Page) ([]*parvis.Post, error) {
	var rows []postRow
	q := n.db.q.NewSelect().Model(&rows).Where("p.node_id = ?", n.node).Where("p.author_id = ?", author).
		Where("p.deleted_at = 0").Where("p.audience IN (?)", bun.List(audiences))
	if !replies {
		q.Where("p.reply_to = 0 AND p.reply_to_uri = ''")
	}
	err := keySet(q, "p.id", page).Scan(ctx)
	return n.posts(ctx, inOrder(rows, page), err)
}

// threadLimit bounds how much of a conversation is read at once.
const threadLimit = 500

// Thread returns the posts of a conversation, oldest first, without deleted
// ones. Who may see which is the caller's business.
func (n *Node) Thread(ctx context.Context, thread, viewer parvis.ID) ([]*parvis.Post, error) {
	var rows []postRow
	q := n.db.q.NewSelect().Model(&rows).Where("p.node_id = ?", n.node).Where("p.thread = ?", thread).Where("p.deleted_at = 0")
	hideSilenced(q, viewer)
	err := q.Order("p.id").Limit(threadLimit).Scan(ctx)
	return n.posts(ctx, rows, err)
}
