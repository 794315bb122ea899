package storage

import (
	"context"
	"errors"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A Host is the health of a remote server.
type Host struct {
	Host        string
	Failures    int // in a row
	DownSince   time.Time
	RetryAt     time.Time
	LastSuccess time.Time // noted once an hour at most
	LastFailure time.Time
	Trouble     parvis.Trouble // of the last failure
	Error       string
}

type hostRow struct {
	Host          string
	Failures      int
	DownSince     int64
	RetryAt       int64
	LastSuccessAt int64
	LastFailureAt int64
	Trouble       parvis.Trouble
	LastError     string
}

func (r hostRow) host() Host {
	return Host{Host: r.Host, Failures: r.Failures, DownSince: at(r.DownSince), RetryAt: at(r.RetryAt), LastSuccess: at(r.LastSuccessAt),
		LastFailure: at(r.LastFailureAt), Trouble: r.Trouble, Error: r.LastError}
}

// Host returns what is known of a remote server's health; nothing is the zero Host.
func (db *DB) Host(ctx context.Context, host string) (Host, error) {
	r := hostRow{Host: host}
	err := db.statement("SELECT failures, down_since, retry_at, last_success_at, last_failure_at, trouble, last_error FROM hosts WHERE host = ?", host).
		Scan(ctx, &r.Failures, &r.DownSince, &r.RetryAt, &r.LastSuccessAt, &r.LastFailureAt, &r.Trouble, &r.LastError)
	if err = translate(err); errors.Is(err, parvis.ErrNotFound) {
		err = nil
	}
	return r.host(), err
}

// SaveHost stores a remote server's health.
func (db *DB) SaveHost(ctx context.Context, h Host) error {
	return db.write(ctx, `INSERT INTO hosts (host, failures, down_since, retry_at, last_success_at, last_failure_at, trouble, last_error)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (host) DO UPDATE SET failures = excluded.failures, down_since = excluded.down_since,
		retry_at = excluded.retry_at, last_success_at = excluded.last_success_at, last_failure_at = excluded.last_failure_at,
		trouble = excluded.trouble, last_error = excluded.last_error`,
		h.Host, h.Failures, ms(h.DownSince), ms(h.RetryAt), ms(h.LastSuccess), ms(h.LastFailure), h.Trouble, h.Error)
}

// AilingHosts lists the remote servers that did not answer last.
func (db *DB) AilingHosts(ctx context.Context) ([]Host, error) {
	var rows []hostRow
	err := db.statement("SELECT host, failures, down_since, retry_at, last_success_at, last_failure_at, trouble, last_error FROM hosts WHERE failures > 0").Scan(ctx, &rows)
	hosts := make([]Host, len(rows))
	for i, r := range rows {
		hosts[i] = r.host()
	}
	return hosts, translate(err)
}

// RecallHost makes the deliveries to a host that wait due at once: it is back.
func (db *DB) RecallHost(ctx context.Context, host string, now time.Time) error {
	return db.InTx(ctx, func(ctx context.Context, t *DBTx) error {
		waiting := t.locked("SELECT id FROM jobs WHERE host = ?1 AND kind = 'deliver' AND state = 1 AND run_at > ?0 ORDER BY id", forNoKeyUpdate+skipLocked)
		recalled, err := t.exec(ctx, "UPDATE jobs SET run_at = ?0 WHERE id IN ("+waiting+")", ms(now), host)
		if recalled > 0 {
			t.queue(parvis.JobDeliver)
		}
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
