package storage

import (
	"context"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// Depart stores that the owner of an account leaves, and suspends it as of then. If nobody
// else administers the node it is parvis.ErrForbidden; if the account is suspended or deleted,
// parvis.ErrGone.
func (n *Tx) Depart(ctx context.Context, d parvis.Departure) error {
	// Of two admins who leave at once the second waits here, and sees that the first is gone.
	if _, err := n.exec(ctx, "UPDATE nodes SET version = version WHERE id = ?", n.node); err != nil {
		return err
	}
	var last bool
	err := n.raw(`SELECT EXISTS (SELECT 1 FROM logins l WHERE l.account_id = ? AND l.role = ?) AND NOT EXISTS (SELECT 1 FROM logins l
		JOIN accounts a ON a.id = l.account_id WHERE l.node_id = ? AND l.role = ? AND l.account_id <> ? AND a.suspended_at = 0 AND a.deleted_at = 0)`,
		d.AccountID, parvis.RoleAdmin, n.node, parvis.RoleAdmin, d.AccountID).Scan(ctx, &last)
	if err != nil {
		return translate(err)
	}
	if last {
		return parvis.ErrForbidden
	}
	n.decided()
	closed, err := n.exec(ctx, "UPDATE accounts SET suspended_at = ?, version = version + 1 WHERE id = ? AND node_id = ? AND suspended_at = 0 AND deleted_at = 0",
		ms(d.AskedAt), d.AccountID, n.node)
	if err != nil {
		return err
	}
	if closed == 0 {
		return parvis.ErrGone // the team was faster
	}
	_, err = n.exec(ctx, "INSERT INTO departures (account_id, node_id, asked_at, due_at) VALUES (?, ?, ?, ?)",
		d.AccountID, n.node, ms(d.AskedAt), ms(d.DueAt))
	return err
}

// Departure returns how the owner of an account leaves; of one who does not it is
// parvis.ErrNotFound.
func (n *Node) Departure(ctx context.Context, account parvis.ID) (*parvis.Departure, error) {
	var asked, due int64
	err := n.raw("SELECT asked_at, due_at FROM departures WHERE account_id = ? AND node_id = ?", account, n.node).Scan(ctx, &asked, &due)
	if err != nil {
		return nil, translate(err)
	}
	return &parvis.Departure{AccountID: account, AskedAt: at(asked), DueAt: at(due)}, nil
}

// EndDeparture forgets that the owner of an account leaves, if they asked to at a time. Of
// two who do so, to come back and to delete, the second finds parvis.ErrGone.
func (n *Tx) EndDeparture(ctx context.Context, account parvis.ID, asked time.Time) error {
	ended, err := n.exec(ctx, "DELETE FROM departures WHERE account_id = ? AND node_id = ? AND asked_at = ?", account, n.node, ms(asked))
	if err == nil && ended == 0 {
		return parvis.ErrGone
	}
	return err
}

// AskArchive stores that an archive is to be made, in place of an older one. If the last
// was asked for after a time it is parvis.ErrConflict.
func (n *Tx) AskArchive(ctx context.Context, account parvis.ID, now, after time.Time) error {
	asked, err := n.exec(ctx, `INSERT INTO archives (account_id, node_id, asked_at, ready_at, size) VALUES (?0, ?1, ?2, 0, 0)
		ON CONFLICT (account_id) DO UPDATE SET asked_at = excluded.asked_at, ready_at = 0, size = 0 WHERE archives.asked_at <= ?3`,
		account, n.node, ms(now), ms(after))
	if err == nil && asked == 0 {
		err = parvis.ErrConflict
	}
	return err
}

// Archive returns the archive of an account, parvis.ErrNotFound if there is none.
func (n *Node) Archive(ctx context.Context, account parvis.ID) (*parvis.Archive, error) {
	var asked, ready, size int64
	err := n.raw("SELECT asked_at, ready_at, size FROM archives WHERE account_id = ? AND node_id = ?", account, n.node).Scan(ctx, &asked, &ready, &size)
	if err != nil {
		return nil, translate(err)
	}
	return &parvis.Archive{AccountID: account, AskedAt: at(asked), ReadyAt: at(ready), Size: size}, nil
}

// FinishArchive notes that an archive was made, unless another was asked for meanwhile;
// then it is parvis.ErrConflict.
func (n *Tx) FinishArchive(ctx context.Context, a *parvis.Archive) error {
	done, err := n.exec(ctx, "UPDATE archives SET ready_at = ?, size = ? WHERE account_id = ? AND node_id = ? AND asked_at = ?",
		ms(a.ReadyAt), a.Size, a.AccountID, n.node, ms(a.AskedAt))
	if err == nil && done == 0 {
		err = parvis.ErrConflict
	}
	return err
}

// OldArchives returns the accounts whose archives were asked for before a time.
func (n *Node) OldArchives(ctx context.Context, before time.Time, limit int) ([]parvis.ID, error) {
	return n.ids(ctx, "SELECT account_id FROM archives WHERE asked_at < ? AND node_id = ? ORDER BY asked_at LIMIT ?", ms(before), n.node, limit)
}

// DropArchive forgets an archive that was asked for before a time.
func (n *Tx) DropArchive(ctx context.Context, account parvis.ID, before time.Time) error {
	_, err := n.exec(ctx, "DELETE FROM archives WHERE account_id = ? AND node_id = ? AND asked_at < ?", account, n.node, ms(before))
	return err
}

// A Vote is what somebody chose in a question.
type Vote struct {
	URI    string // of the question
	Choice string
}

// VotesBy lists what an account chose in questions, the latest question first.
func (n *Node) VotesBy(ctx context.Context, account parvis.ID, limit int) ([]Vote, error) {
	var votes []Vote
	var v Vote
	err := n.raw(`SELECT p.uri, o.name FROM votes v JOIN posts p ON p.id = v.post_id JOIN options o ON o.post_id = v.post_id AND o.position = v.position
		WHERE v.account_id = ? AND v.node_id = ? ORDER BY v.post_id DESC, v.position LIMIT ?`, account, n.node, limit).
		each(ctx, func() { votes = append(votes, v) }, &v.URI, &v.Choice)
	return votes, translate(err)
}

// ReportsBy lists what an account reported, the latest first.
func (n *Node) ReportsBy(ctx context.Context, account parvis.ID, limit int) ([]*parvis.Report, error) {
	return n.reports(ctx, "SELECT "+n.db.columns(reportRow{}, "")+" FROM reports WHERE reporter_id = ? AND node_id = ? ORDER BY id DESC LIMIT ?", account, n.node, limit)
}
