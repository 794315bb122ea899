package storage

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type mailboxRow struct {
	bun.BaseModel `bun:"table:mailboxes"`

	AccountID parvis.ID `bun:",pk"`
	NodeID    parvis.ID
	Secret    string
	Quiet     bool
	WaitingID parvis.ID
	NoticedID parvis.ID
	ToldID    parvis.ID
	ToldAt    int64
	ToldDay   int
	Weekly    int
	WeeklyAt  int64
	PausedAt  int64
}

func (r *mailboxRow) mailbox() *parvis.Mailbox {
	return &parvis.Mailbox{AccountID: r.AccountID, Secret: r.Secret, Quiet: r.Quiet, Waiting: r.WaitingID, Noticed: r.NoticedID,
		Told: r.ToldID, ToldAt: at(r.ToldAt), ToldDay: r.ToldDay, Weekly: r.Weekly, WeeklyAt: at(r.WeeklyAt), PausedAt: at(r.PausedAt)}
}

// OpenMailbox makes sure that an account has a mailbox; secret is for one that is new.
func (n *Tx) OpenMailbox(ctx context.Context, account parvis.ID, secret string) error {
	_, err := n.exec(ctx, `INSERT INTO mailboxes (account_id, node_id, secret, quiet, waiting_id, noticed_id, told_id, told_at, told_day, weekly, weekly_at, paused_at)
		VALUES (?, ?, ?, FALSE, 0, 0, 0, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING`, account, n.node, secret)
	return err
}

// Mailbox returns what is known of writing to an account; of one that was never written
// to, that is its id.
func (n *Node) Mailbox(ctx context.Context, account parvis.ID) (*parvis.Mailbox, error) {
	var r mailboxRow
	err := n.raw("SELECT "+n.db.columns(r, "")+" FROM mailboxes WHERE account_id = ? AND node_id = ?", account, n.node).Scan(ctx, &r)
	if errors.Is(err, sql.ErrNoRows) {
		return &parvis.Mailbox{AccountID: account}, nil
	}
	return r.mailbox(), translate(err)
}

// AwaitMail notes that a notification is to be told by mail, and reports whether mail to
// the account is wanted and arrives.
func (n *Tx) AwaitMail(ctx context.Context, account, notification parvis.ID) (bool, error) {
	waits, err := n.exec(ctx, `UPDATE mailboxes SET waiting_id = CASE WHEN waiting_id < ?0 THEN ?0 ELSE waiting_id END
		WHERE account_id = ?1 AND node_id = ?2 AND NOT quiet AND paused_at = 0`, notification, account, n.node)
	return waits > 0, err
}

// AwaitsNotice reports whether something is to be told by mail to an account that has not
// been here since.
func (n *Node) AwaitsNotice(ctx context.Context, account parvis.ID) (bool, error) {
	var yes bool
	err := n.raw("SELECT EXISTS (SELECT 1 FROM mailboxes WHERE account_id = ? AND node_id = ? AND noticed_id < waiting_id)", account, n.node).Scan(ctx, &yes)
	return yes, translate(err)
}

// Notice notes that an account is here: what was to be told by mail can be seen.
func (n *Tx) Notice(ctx context.Context, account parvis.ID) error {
	_, err := n.exec(ctx, "UPDATE mailboxes SET noticed_id = waiting_id WHERE account_id = ? AND node_id = ?", account, n.node)
	return err
}

// SaveTold notes how far somebody was told by mail, unless that was changed since it was
// known as before; then it is parvis.ErrConflict.
func (n *Tx) SaveTold(ctx context.Context, b, before *parvis.Mailbox) error {
	saved, err := n.exec(ctx, `UPDATE mailboxes SET told_id = ?, told_at = ?, told_day = ?
		WHERE account_id = ? AND node_id = ? AND told_id = ? AND told_at = ?`,
		b.Told, ms(b.ToldAt), b.ToldDay, b.AccountID, n.node, before.Told, ms(before.ToldAt))
	if err == nil && saved == 0 {
		return parvis.ErrConflict
	}
	return err
}

// SetQuiet stores whether somebody wants no mail about what waits for them.
func (n *Tx) SetQuiet(ctx context.Context, account parvis.ID, quiet bool) error {
	_, err := n.exec(ctx, "UPDATE mailboxes SET quiet = ? WHERE account_id = ? AND node_id = ?", quiet, account, n.node)
	return err
}

// RenewMailbox is for a new address: what was said to the old one counts no more.
func (n *Tx) RenewMailbox(ctx context.Context, account parvis.ID, secret string) error {
	_, err := n.exec(ctx, "UPDATE mailboxes SET secret = ?, paused_at = 0 WHERE account_id = ? AND node_id = ?", secret, account, n.node)
	if err != nil {
		return err
	}
	_, err = n.exec(ctx, "DELETE FROM bounces WHERE account_id = ? AND node_id = ?", account, n.node)
	return err
}

// SetWeekly stores the day of an account's weekly letter; what is older than now is not in
// the first.
func (n *Tx) SetWeekly(ctx context.Context, account parvis.ID, day int, now time.Time) error {
	_, err := n.exec(ctx, `UPDATE mailboxes SET weekly_at = CASE WHEN weekly = 0 THEN ?0 ELSE weekly_at END, weekly = ?1
		WHERE account_id = ?2 AND node_id = ?3`, ms(now), day, account, n.node)
	return err
}

// SaveWeekly notes when the weekly letter was last thought of, unless that was changed
// since it was known as before; then it is parvis.ErrConflict.
func (n *Tx) SaveWeekly(ctx context.Context, account parvis.ID, at, before time.Time) error {
	saved, err := n.exec(ctx, "UPDATE mailboxes SET weekly_at = ? WHERE account_id = ? AND node_id = ? AND weekly_at = ?", ms(at), account, n.node, ms(before))
	if err == nil && saved == 0 {
		return parvis.ErrConflict
	}
	return err
}

// AddBounce notes that a mail came back, once for each, and returns how many did since a
// time.
func (n *Tx) AddBounce(ctx context.Context, account parvis.ID, mail, reason string, now, since time.Time) (count int, err error) {
	_, err = n.exec(ctx, "INSERT INTO bounces (account_id, mail, node_id, reason, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		account, mail, n.node, reason, ms(now))
	if err != nil {
		return 0, err
	}
	err = n.raw("SELECT COUNT(*) FROM bounces WHERE account_id = ? AND node_id = ? AND created_at >= ?", account, n.node, ms(since)).Scan(ctx, &count)
	return count, translate(err)
}

// PauseMail stops mailings to an account, unless they are.
func (n *Tx) PauseMail(ctx context.Context, account parvis.ID, now time.Time) error {
	_, err := n.exec(ctx, "UPDATE mailboxes SET paused_at = ? WHERE account_id = ? AND node_id = ? AND paused_at = 0", ms(now), account, n.node)
	return err
}

// PausedMailboxes counts the accounts to which mailings are stopped, up to 100.
func (n *Node) PausedMailboxes(ctx context.Context) (int, error) {
	var count int
	err := n.raw("SELECT COUNT(*) FROM (SELECT 1 FROM mailboxes WHERE node_id = ? AND paused_at <> 0 LIMIT ?) AS paused", n.node, unseenLimit).Scan(ctx, &count)
	return count, translate(err)
}
