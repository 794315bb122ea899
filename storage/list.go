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

// A HomeEntry is a post in somebody's home, perhaps because Sharer shared it.
type HomeEntry struct {
	ID     parvis.ID // its place in the home: the post's id, or the share's; pages are counted in these
	Post   *parvis.Post
	Sharer *parvis.Account
	URI    string // of the share
}

// Home lists what an account's home holds, newest first.
func (n *Node) Home(ctx context.Context, account parvis.ID, page parvis.Page) ([]HomeEntry, error) {
	var rows []struct {
		ID, PostID, SharerID parvis.ID
		URI                  string
	}
	q := n.db.q.NewSelect().TableExpr("home AS h").Column("h.id", "h.post_id", "h.sharer_id").ColumnExpr("COALESCE(s.uri, '') AS uri").
		Join("JOIN posts AS p ON p.id = h.post_id").Join("LEFT JOIN shares AS s ON s.post_id = h.post_id AND s.account_id = h.sharer_id").
		Where("h.account_id = ?", account).Where("p.node_id = ?", n.node)
	hideSilenced(q, account)
	if err := keySet(q, "h.id", page).Scan(ctx, &rows); err != nil {
		return nil, translate(err)
	}
	rows = inOrder(rows, page)
	var ids, sharers []parvis.ID
	for _, r := range rows {
		ids = append(ids, r.PostID)
		if r.SharerID != 0 {
			sharers = append(sharers, r.SharerID)
		}
	}
	posts, err := n.PostsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	accounts, err := n.Accounts(ctx, unique(sharers))
	if err != nil {
		return nil, err
	}
	entries := make([]HomeEntry, 0, len(rows))
	for _, r := range rows {
		if p := posts[r.PostID]; p != nil {
			entries = append(entries, HomeEntry{r.ID, p, accounts[r.SharerID], r.URI})
		}
	}
	return entries, nil
}

// homeBatch is how many readers one statement serves, and homeKept how many
// entries a home keeps.
const (
	homeBatch = 200
	homeKept  = 800
)

// A HomeWrite says which post goes to whose homes.
type HomeWrite struct {
	Post   parvis.ID
	Source parvis.ID // whose local followers read it: its author, or who shared it
	Entry  parvis.ID // sorts it there
	Sharer parvis.ID // who shared it; 0 if nobody
	// Answered is the author of the post that it answers: readers must follow them
	// too, or be them. 0 if it answers nothing.
	Answered parvis.ID
	After    parvis.ID // the follow of the last reader served before
}

// AddToHomes writes a post to the homes of its next readers. It returns the
// follow of the last reader served, 0 when all are.
func (n *Tx) AddToHomes(ctx context.Context, w HomeWrite) (parvis.ID, error) {
	var readers []struct{ ID, FollowerID parvis.ID }
	err := n.raw(`SELECT f.id, f.follower_id FROM follows f JOIN accounts a ON a.id = f.follower_id
		WHERE f.followed_id = ?0 AND f.accepted AND f.id > ?1 AND a.domain = '' AND a.type <> ?2 AND f.node_id = ?3
		AND (?4 = 0 OR f.follower_id = ?4 OR EXISTS (
			SELECT 1 FROM follows g WHERE g.follower_id = f.follower_id AND g.followed_id = ?4 AND g.accepted))
		ORDER BY f.id LIMIT ?5`, w.Source, w.After, parvis.Application, n.node, w.Answered, homeBatch).Scan(ctx, &readers)
	if err != nil {
		return 0, translate(err)
	}
	for _, reader := range readers {
		if err := n.addToHome(ctx, reader.FollowerID, w.Post, w.Entry, w.Sharer); err != nil {
			return 0, err
		}
	}
	if len(readers) < homeBatch {
		return 0, nil
	}
	return readers[len(readers)-1].ID, nil
}

// AddToHome writes a post to one account's home.
func (n *Tx) AddToHome(ctx context.Context, reader parvis.ID, post *parvis.Post) error {
	return n.addToHome(ctx, reader, post.ID, post.ID, 0)
}

func (n *Tx) addToHome(ctx context.Context, reader, post, entry, sharer parvis.ID) error {
	added, err := n.exec(ctx, "INSERT INTO home (account_id, post_id, id, sharer_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", reader, post, entry, sharer)
	// Trimming now and then keeps homes near their size at little cost: an id's
	// last bits are random.
	if err != nil || added == 0 || entry%16 != 0 {
		return err
	}
	_, err = n.exec(ctx, `DELETE FROM home WHERE account_id = ?0 AND id <
		(SELECT id FROM home WHERE account_id = ?0 ORDER BY id DESC LIMIT 1 OFFSET ?1)`, reader, homeKept-1)
	return err
}

// FillHome writes an account's latest posts to the home of a new follower.
func (n *Tx) FillHome(ctx context.Context, reader, source parvis.ID) error {
	_, err := n.exec(ctx, `INSERT INTO home (account_id, post_id, id, sharer_id)
		SELECT ?, p.id, p.id, 0 FROM posts p WHERE p.author_id = ? AND p.node_id = ? AND p.listed
		ORDER BY p.id DESC LIMIT 20 ON CONFLICT DO NOTHING`, reader, source, n.node)
	return err
}
