package storage

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type notificationRow struct {
	bun.BaseModel `bun:"table:notifications,alias:t"`

	ID        parvis.ID `bun:",pk"`
	NodeID    parvis.ID
	AccountID parvis.ID
	Type      parvis.NotificationType
	FromID    parvis.ID
	PostID    parvis.ID
	Seen      bool
}

// Notify stores a notification and gives it an id, unless the account was told the same
// before, one of the two blocked the other, or it is from a silenced server and not from
// somebody whom the account follows. Of what they did themself people are told only
// that their question is over, and asked about what they offer.
func (n *Tx) Notify(ctx context.Context, t *parvis.Notification) error {
	if t.AccountID == t.FromID && t.Type != parvis.NotifyPoll && t.Topic() != parvis.TopicOffer {
		return nil
	}
	blocked, err := n.Blocked(ctx, t.AccountID, t.FromID)
	if err != nil || blocked {
		return err
	}
	silenced, err := n.silenced(ctx, t.AccountID, t.FromID)
	if err != nil || silenced {
		return err
	}
	row := &notificationRow{ID: parvis.NewID(t.CreatedAt), NodeID: n.node, AccountID: t.AccountID, Type: t.Type, FromID: t.FromID, PostID: t.PostID}
	switch err := n.db.insertNew(ctx, "notifications", &row.ID, row); {
	case errors.Is(err, parvis.ErrConflict):
		return nil
	case err != nil:
		return err
	}
	t.ID = row.ID
	if t.ID%trimEvery == 0 {
		return n.trimNotifications(ctx, t.AccountID)
	}
	return nil
}

// trimEvery is how many notifications come, on average, between two looks at
// whether there are too many: each walks along all that an account has.
const trimEvery = 64

// trimNotifications forgets the oldest of what an account was told, but for what
// waits for an answer, beyond parvis.MaxNotifications.
func (n *Tx) trimNotifications(ctx context.Context, account parvis.ID) error {
	_, err := n.exec(ctx, `DELETE FROM notifications WHERE account_id = ?0 AND type <> ?1 AND id <
		(SELECT id FROM notifications WHERE account_id = ?0 ORDER BY id DESC LIMIT 1 OFFSET ?2)`, account, parvis.NotifyFollowRequest, parvis.MaxNotifications-1)
	return err
}

// silenced reports whether an account is told nothing of somebody: their server is
// silenced and the account does not follow them, or it muted them.
func (n *Node) silenced(ctx context.Context, account, from parvis.ID) (bool, error) {
	var yes bool
	err := n.raw(`SELECT EXISTS (SELECT 1 FROM accounts a WHERE a.id = ?0 AND a.held = ?1
		AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = ?2 AND f.followed_id = ?0 AND f.accepted))
		OR EXISTS (SELECT 1 FROM mutes m WHERE m.account_id = ?2 AND m.target_id = ?0 AND m.notifications)`, from, parvis.Silence, account).Scan(ctx, &yes)
	return yes, translate(err)
}

// Notifications lists what an account was told, newest first, of those types
// (of all if none are given).
func (n *Node) Notifications(ctx context.Context, account parvis.ID, types []parvis.NotificationType, page parvis.Page) ([]*parvis.Notification, error) {
	var q selection
	q.add(`SELECT t.id, t.type, t.seen, f.id, f.version, t.post_id, COALESCE(p.version, 0), COALESCE(a.id, 0), COALESCE(a.version, 0)
		FROM notifications t JOIN accounts f ON f.id = t.from_id
		LEFT JOIN posts p ON p.id = t.post_id AND t.post_id <> 0 LEFT JOIN accounts a ON a.id = p.author_id
		WHERE t.account_id = ? AND t.node_id = ? AND f.suspended_at = 0 AND f.deleted_at = 0`, account, n.node)
	if len(types) > 0 {
		q.add("AND t.type IN (?)", listOf(types))
	}
	q.page("t.id", page)

	var list []*parvis.Notification
	var senders []ref
	var posts []postRef
	told := parvis.Notification{AccountID: account}
	var from ref
	var about postRef
	dest := append([]any{(*int64)(&told.ID), (*string)(&told.Type), &told.Read, (*int64)(&from.ID), &from.Version}, about.scan()...)
	err := n.raw(q.text.String(), q.args...).each(ctx, func() {
		one := told
		one.FromID, one.PostID, one.CreatedAt = from.ID, about.post.ID, told.ID.Time()
		list, senders = append(list, &one), append(senders, from)
		if about.author.ID != 0 {
			posts = append(posts, about)
		}
	}, dest...)
	if err != nil {
		return nil, translate(err)
	}
	return n.fillNotifications(ctx, inOrder(list, page), senders, posts)
}

// fillNotifications gives notifications their senders and posts, and leaves out
// those whose are gone.
func (n *Node) fillNotifications(ctx context.Context, list []*parvis.Notification, senders []ref, about []postRef) ([]*parvis.Notification, error) {
	accounts, err := n.accountsAt(ctx, senders)
	if err != nil {
		return nil, err
	}
	posts, err := n.postsAt(ctx, about)
	if err != nil {
		return nil, err
	}
	byID := make(map[parvis.ID]*parvis.Post, len(posts))
	for _, p := range posts {
		byID[p.ID] = p
	}
	return slices.DeleteFunc(list, func(t *parvis.Notification) bool {
		t.From, t.Post = accounts[t.FromID], byID[t.PostID]
		return t.From == nil || t.PostID != 0 && t.Post == nil
	}), nil
}

// unseenLimit is where counting stops: people read "99+" as "many".
const unseenLimit = 100

// Unseen counts what an account was told and has not seen, up to 100.
func (n *Node) Unseen(ctx context.Context, account parvis.ID) (int, error) {
	var count int
	err := n.raw("SELECT COUNT(*) FROM (SELECT 1 FROM notifications WHERE account_id = ? AND NOT seen LIMIT ?) AS unseen", account, unseenLimit).Scan(ctx, &count)
	return count, translate(err)
}

// MarkSeen marks what an account was told, up to an id, as seen.
func (n *Tx) MarkSeen(ctx context.Context, account, upTo parvis.ID) error {
	_, err := n.exec(ctx, "UPDATE notifications SET seen = TRUE WHERE account_id = ? AND node_id = ? AND id <= ? AND NOT seen", account, n.node, upTo)
	return err
}

// Told reports whether an account was told something about a post since a time.
func (n *Node) Told(ctx context.Context, account, post parvis.ID, t parvis.NotificationType, since time.Time) (bool, error) {
	var yes bool
	err := n.raw("SELECT EXISTS (SELECT 1 FROM notifications WHERE account_id = ? AND post_id = ? AND type = ? AND +node_id = ? AND id >= ?)",
		account, post, t, n.node, parvis.FirstID(since)).Scan(ctx, &yes)
	return yes, translate(err)
}

// DropNotifications forgets that from did something to a post, or followed.
func (n *Tx) DropNotifications(ctx context.Context, account, from, post parvis.ID, t parvis.NotificationType) error {
	_, err := n.exec(ctx, "DELETE FROM notifications WHERE account_id = ? AND from_id = ? AND post_id = ? AND type = ? AND node_id = ?", account, from, post, t, n.node)
	return err
}
