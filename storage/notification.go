package storage

import (
	"context"
	"errors"

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

// Notify stores a notification, unless the account was told the same before or
// one of the two blocked the other.
func (n *Tx) Notify(ctx context.Context, t *parvis.Notification) error {
	if t.AccountID == t.FromID {
		return nil
	}
	blocked, err := n.Blocked(ctx, t.AccountID, t.FromID)
	if err != nil || blocked {
		return err
	}
	t.ID = parvis.NewID(t.CreatedAt)
	row := &notificationRow{ID: t.ID, NodeID: n.node, AccountID: t.AccountID, Type: t.Type, FromID: t.FromID, PostID: t.PostID}
	if err := n.db.insertNew(ctx, "notifications", &row.ID, row); err != nil && !errors.Is(err, parvis.ErrConflict) {
		return err
	}
	t.ID = row.ID
	return nil
}

// Notifications lists what an account was told, newest first, of those types
// (of all if none are given).
func (n *Node) Notifications(ctx context.Context, account parvis.ID, types []parvis.NotificationType, page parvis.Page) ([]*parvis.Notification, error) {
	var rows []notificationRow
	q := n.db.q.NewSelect().Model(&rows).Where("t.account_id = ?", account).Where("t.node_id = ?", n.node).
		Where(`NOT EXISTS (SELECT 1 FROM accounts s WHERE s.id = t.from_id AND (s.suspended_at <> 0 OR s.deleted_at <> 0))`)
	if len(types) > 0 {
		q.Where("t.type IN (?)", bun.List(types))
	}
	if err := keySet(q, "t.id", page).Scan(ctx); err != nil {
		return nil, translate(err)
	}
	return n.fillNotifications(ctx, inOrder(rows, page))
}

func (n *Node) fillNotifications(ctx context.Context, rows []notificationRow) ([]*parvis.Notification, error) {
	var from, posts []parvis.ID
	for _, r := range rows {
		from = append(from, r.FromID)
		if r.PostID != 0 {
			posts = append(posts, r.PostID)
		}
	}
	accounts, err := n.Accounts(ctx, unique(from))
	if err != nil {
		return nil, err
	}
	byID, err := n.PostsByID(ctx, unique(posts))
	if err != nil {
		return nil, err
	}
	list := make([]*parvis.Notification, 0, len(rows))
	for _, r := range rows {
		if accounts[r.FromID] == nil || r.PostID != 0 && byID[r.PostID] == nil {
			continue
		}
		list = append(list, &parvis.Notification{ID: r.ID, AccountID: r.AccountID, Type: r.Type, FromID: r.FromID, From: accounts[r.FromID],
			PostID: r.PostID, Post: byID[r.PostID], Read: r.Seen, CreatedAt: r.ID.Time()})
	}
	return list, nil
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

// DropNotifications forgets that from did something to a post, or followed.
func (n *Tx) DropNotifications(ctx context.Context, account, from, post parvis.ID, t parvis.NotificationType) error {
	_, err := n.exec(ctx, "DELETE FROM notifications WHERE account_id = ? AND from_id = ? AND post_id = ? AND type = ? AND node_id = ?", account, from, post, t, n.node)
	return err
}
