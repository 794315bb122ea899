package storage

import (
	"context"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// Software is what a remote server runs, as it says of itself.
type Software struct {
	Host    string
	Name    string // lower-case; empty if it does not say
	AskedAt time.Time
}

// SoftwareOf returns what is known of the software of those hosts.
func (db *DB) SoftwareOf(ctx context.Context, hosts []string) (map[string]Software, error) {
	found := make(map[string]Software)
	if len(hosts) == 0 {
		return found, nil
	}
	var host, name string
	var asked int64
	err := db.statement("SELECT host, name, asked_at FROM software WHERE host IN (?)", listOf(hosts)).each(ctx, func() {
		found[host] = Software{Host: host, Name: name, AskedAt: at(asked)}
	}, &host, &name, &asked)
	return found, translate(err)
}

// SaveSoftware stores what a server runs.
func (n *Tx) SaveSoftware(ctx context.Context, s Software) error {
	_, err := n.exec(ctx, `INSERT INTO software (host, name, asked_at) VALUES (?, ?, ?)
		ON CONFLICT (host) DO UPDATE SET name = excluded.name, asked_at = excluded.asked_at`, s.Host, s.Name, ms(s.AskedAt))
	return err
}

// LocalFeedsSharing returns the feeds of this node that share a post, each with its
// share. That a feed is sought is hidden from the planner: PostgreSQL would begin with
// all feeds, not with who shared the post.
func (n *Node) LocalFeedsSharing(ctx context.Context, post parvis.ID) ([]Reaction, error) {
	var rows []Reaction
	err := n.raw(`SELECT s.id, s.account_id, s.post_id, s.uri FROM shares s JOIN accounts a ON a.id = s.account_id
		WHERE s.post_id = ? AND a.domain = '' AND COALESCE(a.feed, '') <> '' AND +s.node_id = ?`, post, n.node).Scan(ctx, &rows)
	return rows, translate(err)
}
