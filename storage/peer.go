package storage

import (
	"context"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// Peers lists the servers that this node sends to and what is known of their
// health: first those that are down, then those that have most to wait for. Health
// is shared by the nodes of a database; whom one knows is its own.
func (n *Node) Peers(ctx context.Context, limit int) ([]*parvis.Peer, error) {
	var rows []struct {
		hostRow
		Waiting int
		Oldest  int64
	}
	err := n.raw(`SELECT h.host, h.failures, h.down_since, h.retry_at, h.last_success_at, h.last_failure_at, h.trouble, h.last_error,
			COALESCE(j.waiting, 0) AS waiting, COALESCE(j.oldest, 0) AS oldest
		FROM hosts h LEFT JOIN (SELECT host, COUNT(*) AS waiting, MIN(created_at) AS oldest FROM jobs
			WHERE node_id = ?0 AND kind = 'deliver' GROUP BY host) j ON j.host = h.host
		WHERE j.host IS NOT NULL OR EXISTS (SELECT 1 FROM accounts a WHERE a.node_id = ?0 AND a.domain = h.host)
		ORDER BY CASE WHEN h.failures > 0 THEN 0 ELSE 1 END, COALESCE(j.waiting, 0) DESC, h.host LIMIT ?1`,
		n.node, limit).Scan(ctx, &rows)
	peers := make([]*parvis.Peer, len(rows))
	for i, r := range rows {
		peers[i] = &parvis.Peer{Host: r.hostRow.Host, Waiting: r.Waiting, Oldest: at(r.Oldest), Failures: r.Failures, DownSince: at(r.DownSince),
			RetryAt: at(r.RetryAt), LastSuccess: at(r.LastSuccessAt), LastFailure: at(r.LastFailureAt), Trouble: r.Trouble, Error: r.LastError}
	}
	return peers, translate(err)
}

// InboxOwner returns the URI of an account that an inbox is of, its own or the one
// that it shares, or parvis.ErrNotFound.
func (n *Node) InboxOwner(ctx context.Context, inbox string) (string, error) {
	var uri string
	err := n.raw("SELECT uri FROM accounts WHERE node_id = ?0 AND domain <> '' AND (inbox = ?1 OR shared_inbox = ?1) ORDER BY id LIMIT 1", n.node, inbox).Scan(ctx, &uri)
	return uri, translate(err)
}
