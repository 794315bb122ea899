package storage

import (
	"context"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// SetMute stores that an account does not want to read another one, or changes how;
// what it was told of them it is told no more, if that is muted too.
func (n *Tx) SetMute(ctx context.Context, m *parvis.Mute) error {
	_, err := n.exec(ctx, `INSERT INTO mutes (account_id, target_id, node_id, id, notifications, until) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (account_id, target_id) DO UPDATE SET notifications = excluded.notifications, until = excluded.until`,
		m.AccountID, m.TargetID, n.node, parvis.NewID(m.CreatedAt), m.Notifications, ms(m.Until))
	if err != nil || !m.Notifications {
		return err
	}
	_, err = n.exec(ctx, "DELETE FROM notifications WHERE account_id = ? AND from_id = ? AND node_id = ?", m.AccountID, m.TargetID, n.node)
	return err
}

// RemoveMute ends a mute.
func (n *Tx) RemoveMute(ctx context.Context, account, target parvis.ID) error {
	_, err := n.exec(ctx, "DELETE FROM mutes WHERE account_id = ? AND target_id = ? AND node_id = ?", account, target, n.node)
	return err
}

// EndMute ends a mute whose time has come: one that was made longer meanwhile stays.
func (n *Tx) EndMute(ctx context.Context, account, target parvis.ID, now time.Time) error {
	_, err := n.exec(ctx, "DELETE FROM mutes WHERE account_id = ? AND target_id = ? AND node_id = ? AND until <> 0 AND until <= ?", account, target, n.node, ms(now))
	return err
}

// MutedBy lists whom an account muted, the last one first.
func (n *Node) MutedBy(ctx context.Context, account parvis.ID, page parvis.Page) ([]parvis.Mute, error) {
	var q selection
	q.add(`SELECT m.id, a.id, a.version, m.notifications, m.until FROM mutes m JOIN accounts a ON a.id = m.target_id
		WHERE m.account_id = ? AND +m.node_id = ?`, account, n.node)
	q.page("m.id", page)
	var mutes []parvis.Mute
	var refs []ref
	one := parvis.Mute{AccountID: account}
	var r ref
	var until int64
	err := n.raw(q.text.String(), q.args...).each(ctx, func() {
		one.TargetID, one.Until = r.ID, at(until)
		mutes, refs = append(mutes, one), append(refs, r)
	}, (*int64)(&one.ID), (*int64)(&r.ID), &r.Version, &one.Notifications, &until)
	if err != nil {
		return nil, translate(err)
	}
	accounts, err := n.accountsAt(ctx, refs)
	for i := range mutes {
		mutes[i].Target, mutes[i].CreatedAt = accounts[mutes[i].TargetID], mutes[i].ID.Time()
	}
	return inOrder(mutes, page), err
}
