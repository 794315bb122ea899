package storage

import (
	"context"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// AilingHosts lists the remote servers that did not answer last.
func (db *DB) AilingHosts(ctx context.Context) ([]Host, error) {
	var rows []struct {
		Host               string
		Failures           int
		DownSince, RetryAt int64
	}
	err := db.statement("SELECT host, failures, down_since, retry_at FROM hosts").Scan(ctx, &rows)
	hosts := make([]Host, len(rows))
	for i, r := range rows {
		hosts[i] = Host{Host: r.Host, Failures: r.Failures, DownSince: at(r.DownSince), RetryAt: at(r.RetryAt)}
	}
	return hosts, translate(err)
}

// RecallHost makes the deliveries to a host that wait due at once: it is back.
func (db *DB) RecallHost(ctx context.Context, host string, now time.Time) error {
	return db.InTx(ctx, func(ctx context.Context, t *DBTx) error {
		recalled, err := t.exec(ctx, "UPDATE jobs SET run_at = ?0 WHERE host = ?1 AND host <> '' AND kind = ?2 AND state = 1 AND run_at > ?0",
			ms(now), host, parvis.JobDeliver)
		t.queued = t.queued || recalled > 0
		return err
	})
}

// CountInbox counts, for each remote server, what was accepted from it and is not
// digested yet.
func (db *DB) CountInbox(ctx context.Context) (map[string]int, error) {
	counts := make(map[string]int)
	var host string
	var count int
	// The kind is written out: an index for one kind serves no other query.
	err := db.statement("SELECT host, COUNT(*) FROM jobs WHERE kind = 'inbox' GROUP BY host").each(ctx, func() { counts[host] = count }, &host, &count)
	return counts, translate(err)
}
