package storage

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// AddBookmark keeps a post for an account; twice is once.
func (n *Tx) AddBookmark(ctx context.Context, account, post parvis.ID, now time.Time) error {
	_, err := n.exec(ctx, "INSERT INTO bookmarks (account_id, post_id, node_id, id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
		account, post, n.node, parvis.NewID(now))
	return err
}

// RemoveBookmark forgets that an account kept a post.
func (n *Tx) RemoveBookmark(ctx context.Context, account, post parvis.ID) error {
	_, err := n.exec(ctx, "DELETE FROM bookmarks WHERE account_id = ? AND post_id = ? AND node_id = ?", account, post, n.node)
	return err
}

// Bookmarks lists the posts that an account kept, the last one first.
func (n *Node) Bookmarks(ctx context.Context, account parvis.ID, page parvis.Page) ([]HomeEntry, error) {
	return n.keptPosts(ctx, "bookmarks", account, page)
}

// LikedBy lists the posts that an account liked, the last one first.
func (n *Node) LikedBy(ctx context.Context, account parvis.ID, page parvis.Page) ([]HomeEntry, error) {
	return n.keptPosts(ctx, string(Likes), account, page)
}

// keptPosts reads a list of an account's posts, in the order in which they came there.
func (n *Node) keptPosts(ctx context.Context, table string, account parvis.ID, page parvis.Page) ([]HomeEntry, error) {
	var q selection
	q.add("SELECT k.id, "+postRefs+` FROM ? k JOIN posts p ON p.id = k.post_id JOIN accounts a ON a.id = p.author_id
		WHERE k.account_id = ? AND k.node_id = ? AND p.deleted_at = 0`, bun.Ident(table), account, n.node)
	q.page("k.id", page)
	var refs []postRef
	places := make(map[parvis.ID]parvis.ID)
	var place parvis.ID
	var r postRef
	err := n.raw(q.text.String(), q.args...).each(ctx, func() { refs, places[r.post.ID] = append(refs, r), place },
		append([]any{(*int64)(&place)}, r.scan()...)...)
	if err != nil {
		return nil, translate(err)
	}
	posts, err := n.postsAt(ctx, refs)
	if err != nil {
		return nil, err
	}
	entries := make([]HomeEntry, len(posts))
	for i, p := range posts {
		entries[i] = HomeEntry{ID: places[p.ID], Post: p}
	}
	return inOrder(entries, page), nil
}

// ReactedBy lists whom a post was liked or shared by, by the age of their accounts,
// the youngest first: Before and From are ids of accounts. Those whom the viewer
// blocked, or who blocked them, are left out.
func (n *Node) ReactedBy(ctx context.Context, k ReactionKind, post, viewer parvis.ID, page parvis.Page) ([]*parvis.Account, error) {
	var q selection
	q.add(`SELECT a.id, a.version FROM ? p JOIN accounts a ON a.id = p.account_id
		WHERE p.post_id = ? AND +p.node_id = ?`, bun.Ident(k), post, n.node)
	q.add(`AND a.suspended_at = 0 AND a.deleted_at = 0 AND NOT EXISTS (SELECT 1 FROM blocks b
		WHERE b.account_id = ? AND b.target_id = a.id OR b.account_id = a.id AND b.target_id = ?)`, viewer, viewer)
	q.page("p.account_id", page)
	accounts, err := n.readAccounts(ctx, q.text.String(), q.args...)
	return inOrder(accounts, page), err
}
