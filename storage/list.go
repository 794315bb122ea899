package storage

import (
	"context"
	"slices"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// inOrder turns round what was read upwards, see [selection.page].
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
	var q selection
	q.add("SELECT " + postRefs + " FROM posts p")
	column := "p.id"
	if f.Tag != "" {
		q.add("JOIN post_tags t ON t.post_id = p.id")
		column = "t.post_id" // its index has the order of the page
	}
	if f.Kind == parvis.KindQuestion {
		q.add("JOIN questions s ON s.post_id = p.id")
		column = "s.post_id"
	}
	if f.Offer != nil {
		q.add("JOIN offers o ON o.post_id = p.id")
	}
	q.add("JOIN accounts a ON a.id = p.author_id WHERE p.node_id = ? AND p.listed AND p.audience IN (?)", n.node, listOf(f.Audiences))
	f.narrow(&q)
	if f.Tag != "" {
		q.add("AND t.node_id = ? AND t.tag = ?", n.node, f.Tag)
		q.bound("p.id", page)
	}
	if f.Kind == parvis.KindQuestion {
		q.add("AND s.node_id = ?", n.node)
		q.bound("p.id", page)
	}
	if f.Offer != nil {
		q.bound("o.post_id", page)
	}
	q.hideSilenced(f.Viewer)
	if f.Author == 0 { // whoever asks for somebody's posts finds them
		q.add("AND a.held <> 'silence'")
		q.hideMuted(f.Viewer)
	}
	q.page(column, page)
	posts, err := n.readPosts(ctx, q.text.String(), q.args...)
	return inOrder(posts, page), err
}

// narrow adds what the filter asks of posts p and offers o.
func (f *PostFilter) narrow(q *selection) {
	if f.Kind != "" {
		q.add("AND p.kind = ?", f.Kind)
	}
	if f.Where != Anywhere {
		q.add("AND p.local = ?", f.Where == Here)
	}
	if f.Author != 0 {
		q.add("AND p.author_id = ?", f.Author)
	}
	if len(f.States) > 0 {
		q.add("AND p.state IN (?)", listOf(f.States))
	}
	if !f.OpenAt.IsZero() {
		q.add("AND (p.ends_at = 0 OR p.ends_at > ?)", ms(f.OpenAt))
	}
	if f.Offer != nil {
		f.Offer.narrow(q)
		if f.Author == 0 { // strangers write to residents here, not to the town
			q.add("AND (p.local OR " + ofPartner + ")")
		}
	} else if f.Where == Elsewhere && f.Author == 0 && (f.Kind == "" || f.Kind == parvis.KindOffer) {
		q.add("AND (p.kind <> 'offer' OR " + ofPartner + " OR EXISTS (SELECT 1 FROM sources x WHERE x.account_id = p.author_id AND x.readers > 0))")
	}
}

// ofPartner says which posts p of accounts a a partner sent.
const ofPartner = "EXISTS (SELECT 1 FROM partners x WHERE x.node_id = p.node_id AND x.host = a.domain AND x.ours AND x.theirs)"

// PostsBy lists an account's posts in those audiences, newest first; answers too
// if replies says so.
func (n *Node) PostsBy(ctx context.Context, author parvis.ID, audiences []parvis.Audience, replies bool, page parvis.Page) ([]*parvis.Post, error) {
	var q selection
	q.add("SELECT "+postRefs+` FROM posts p JOIN accounts a ON a.id = p.author_id WHERE p.node_id = ? AND p.author_id = ?
		AND p.deleted_at = 0 AND p.audience IN (?)`, n.node, author, listOf(audiences))
	if !replies {
		q.add("AND p.reply_to = 0 AND p.reply_to_uri = ''")
	}
	q.page("p.id", page)
	posts, err := n.readPosts(ctx, q.text.String(), q.args...)
	return inOrder(posts, page), err
}

// threadLimit bounds how much of a conversation is read at once.
const threadLimit = 500

// Thread returns the posts of a conversation, oldest first, without deleted
// ones. Who may see which is the caller's business.
func (n *Node) Thread(ctx context.Context, thread, viewer parvis.ID) ([]*parvis.Post, error) {
	var q selection
	q.add("SELECT "+postRefs+` FROM posts p JOIN accounts a ON a.id = p.author_id
		WHERE p.node_id = ? AND p.thread = ? AND p.deleted_at = 0`, n.node, thread)
	q.hideSilenced(viewer)
	q.add("ORDER BY p.id LIMIT ?", threadLimit)
	return n.readPosts(ctx, q.text.String(), q.args...)
}
