package storage

import (
	"context"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type relayRow struct {
	ID        parvis.ID
	Address   string
	Style     parvis.RelayStyle
	State     parvis.RelayState
	AccountID parvis.ID
	FollowURI string
	Error     string
	CreatedAt int64
}

func (r relayRow) relay() *parvis.Relay {
	return &parvis.Relay{ID: r.ID, Address: r.Address, Style: r.Style, State: r.State, AccountID: r.AccountID, FollowURI: r.FollowURI,
		Error: r.Error, CreatedAt: at(r.CreatedAt)}
}

// Relays returns the relays of a node, the first one first.
func (n *Node) Relays(ctx context.Context) ([]*parvis.Relay, error) {
	var rows []relayRow
	err := n.raw("SELECT id, address, style, state, account_id, follow_uri, error, created_at FROM relays WHERE node_id = ? ORDER BY id", n.node).Scan(ctx, &rows)
	relays := make([]*parvis.Relay, len(rows))
	for i, r := range rows {
		relays[i] = r.relay()
	}
	return relays, translate(err)
}

// Relay returns a relay.
func (n *Node) Relay(ctx context.Context, id parvis.ID) (*parvis.Relay, error) {
	var rows []relayRow
	err := n.raw("SELECT id, address, style, state, account_id, follow_uri, error, created_at FROM relays WHERE id = ? AND node_id = ?", id, n.node).Scan(ctx, &rows)
	if err != nil || len(rows) == 0 {
		return nil, orNotFound(err)
	}
	return rows[0].relay(), nil
}

// RelayOf returns the relay whose actor an account is.
func (n *Node) RelayOf(ctx context.Context, account parvis.ID) (*parvis.Relay, error) {
	var rows []relayRow
	err := n.raw("SELECT id, address, style, state, account_id, follow_uri, error, created_at FROM relays WHERE node_id = ? AND account_id = ? AND account_id <> 0",
		n.node, account).Scan(ctx, &rows)
	if err != nil || len(rows) == 0 {
		return nil, orNotFound(err)
	}
	return rows[0].relay(), nil
}

// AddRelay stores a relay; one that is known is parvis.ErrConflict.
func (n *Tx) AddRelay(ctx context.Context, r *parvis.Relay) error {
	added, err := n.exec(ctx, `INSERT INTO relays (id, node_id, address, style, state, account_id, follow_uri, error, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, r.ID, n.node, r.Address, r.Style, r.State, r.AccountID, r.FollowURI, r.Error, ms(r.CreatedAt))
	if err == nil && added == 0 {
		return parvis.ErrConflict
	}
	return err
}

// SaveRelay stores where a relay stands and who its actor is. One that we leave, or
// that is gone, is parvis.ErrNotFound: whoever asked it before must not bring it back.
func (n *Tx) SaveRelay(ctx context.Context, r *parvis.Relay) error {
	saved, err := n.exec(ctx, "UPDATE relays SET state = ?, account_id = ?, error = ? WHERE id = ? AND node_id = ? AND state <> 'left'",
		r.State, r.AccountID, r.Error, r.ID, n.node)
	if err == nil && saved == 0 {
		return parvis.ErrNotFound
	}
	return err
}

// RemoveRelay forgets a relay.
func (n *Tx) RemoveRelay(ctx context.Context, id parvis.ID) error {
	_, err := n.exec(ctx, "DELETE FROM relays WHERE id = ? AND node_id = ?", id, n.node)
	return err
}
