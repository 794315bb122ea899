package storage

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type jobRow struct {
	bun.BaseModel `bun:"table:jobs"`

	ID        parvis.ID `bun:",pk"`
	NodeID    parvis.ID
	Kind      parvis.JobKind
	Key       string
	Lane      string
	Host      string
	ArgsJSON  string
	Attempt   int
	RunAt     int64
	Leased    bool
	Error     string
	CreatedAt int64
}

func (r *jobRow) job() *parvis.Job {
	return &parvis.Job{ID: r.ID, NodeID: r.NodeID, Kind: r.Kind, Key: r.Key, Lane: r.Lane, Host: r.Host,
		Args: []byte(r.ArgsJSON), Attempt: r.Attempt, RunAt: at(r.RunAt), CreatedAt: at(r.CreatedAt)}
}

// AddJob stores work to do. If the same work (kind and key) waits already,
// nothing is stored. RunAt and CreatedAt must be set.
func (n *Tx) AddJob(ctx context.Context, j *parvis.Job) error {
	if j.ID == 0 {
		j.ID = parvis.NewID(j.CreatedAt)
	}
	j.NodeID = n.node
	if err := n.queueUp(ctx, j); err != nil {
		return err
	}
	row := &jobRow{ID: j.ID, NodeID: n.node, Kind: j.Kind, Key: j.Key, Lane: j.Lane, Host: j.Host, ArgsJSON: string(j.Args),
		Attempt: j.Attempt, RunAt: ms(j.RunAt), CreatedAt: ms(j.CreatedAt)}
	err := n.db.insertNew(ctx, "jobs", &row.ID, row)
	if errors.Is(err, parvis.ErrConflict) {
		return nil
	}
	j.ID, n.db.queued = row.ID, true
	return err
}

// queueUp gives a job of a lane an id behind all those that wait there: two that
// were made in the same millisecond would else run in the order of their random
// bits, and the clock may go back.
func (n *Tx) queueUp(ctx context.Context, j *parvis.Job) error {
	if j.Lane == "" {
		return nil
	}
	var last parvis.ID
	err := n.raw("SELECT COALESCE(MAX(id), 0) FROM jobs WHERE lane = ? AND lane <> '' AND node_id = ?", j.Lane, n.node).Scan(ctx, &last)
	j.ID = max(j.ID, last+1)
	return translate(err)
}

// ClaimJobs leases due jobs of those kinds until a time, oldest first. A job
// whose lease has ended is due again: its worker died. A job waits for earlier
// ones of its lane.
func (db *DB) ClaimJobs(ctx context.Context, kinds []parvis.JobKind, now, until time.Time, limit int) ([]*parvis.Job, error) {
	var rows []jobRow
	err := db.InTx(ctx, func(ctx context.Context, t *DBTx) error {
		q := t.q.NewSelect().Model(&rows).Where("run_at <= ?", ms(now)).Where("kind IN (?)", bun.List(kinds)).
			Where("(lane = '' OR NOT EXISTS (SELECT 1 FROM jobs e WHERE e.lane = job_row.lane AND e.node_id = job_row.node_id AND e.id < job_row.id))").
			Order("run_at", "id").Limit(int64(limit))
		if t.engine == postgresEngine {
			q = q.For("UPDATE SKIP LOCKED")
		}
		if err := q.Scan(ctx); err != nil || len(rows) == 0 {
			return translate(err)
		}
		ids := make([]parvis.ID, len(rows))
		for i, r := range rows {
			ids[i] = r.ID
		}
		_, err := t.exec(ctx, "UPDATE jobs SET run_at = ?, leased = TRUE, attempt = attempt + 1 WHERE id IN (?)", ms(until), listOf(ids))
		return err
	})
	jobs := make([]*parvis.Job, len(rows))
	for i := range rows {
		jobs[i] = rows[i].job()
	}
	return jobs, err
}

// HasDueJobs reports whether ClaimJobs might find something; unlike it, it
// writes nothing.
func (db *DB) HasDueJobs(ctx context.Context, kinds []parvis.JobKind, now time.Time) (bool, error) {
	var yes bool
	err := db.statement("SELECT EXISTS (SELECT 1 FROM jobs WHERE run_at <= ? AND kind IN (?))", ms(now), listOf(kinds)).Scan(ctx, &yes)
	return yes, translate(err)
}

// RenewJobs moves the end of the leases of jobs that still run.
func (db *DB) RenewJobs(ctx context.Context, ids []parvis.ID, until time.Time) error {
	return db.write(ctx, "UPDATE jobs SET run_at = ? WHERE id IN (?) AND leased", ms(until), listOf(ids))
}

// FinishJob removes a job that is done or given up.
func (db *DB) FinishJob(ctx context.Context, id parvis.ID) error {
	return db.write(ctx, "DELETE FROM jobs WHERE id = ?", id)
}

// RetryJob ends a job's lease: it runs again at a time. The error is kept for
// people to read.
func (db *DB) RetryJob(ctx context.Context, id parvis.ID, runAt time.Time, reason string) error {
	return db.write(ctx, "UPDATE jobs SET run_at = ?, leased = FALSE, error = ? WHERE id = ?", ms(runAt), reason, id)
}

// CountJobs counts waiting jobs by kind, for metrics.
func (db *DB) CountJobs(ctx context.Context) (map[parvis.JobKind]int, error) {
	var rows []struct {
		Kind  parvis.JobKind
		Count int
	}
	err := db.statement("SELECT kind, COUNT(*) AS count FROM jobs GROUP BY kind").Scan(ctx, &rows)
	counts := make(map[parvis.JobKind]int, len(rows))
	for _, r := range rows {
		counts[r.Kind] = r.Count
	}
	return counts, translate(err)
}

// NextJobAt returns when the next job is due, or the zero time if none waits.
func (db *DB) NextJobAt(ctx context.Context) (time.Time, error) {
	var next int64
	err := db.statement("SELECT COALESCE(MIN(run_at), 0) FROM jobs").Scan(ctx, &next)
	return at(next), translate(err)
}

// A Host is the health of a remote server.
type Host struct {
	Host      string
	Failures  int
	DownSince time.Time
	RetryAt   time.Time
}

// Host returns what is known of a remote server's health; nothing is the zero Host.
func (db *DB) Host(ctx context.Context, host string) (Host, error) {
	h := Host{Host: host}
	var down, retry int64
	err := db.statement("SELECT failures, down_since, retry_at FROM hosts WHERE host = ?", host).Scan(ctx, &h.Failures, &down, &retry)
	h.DownSince, h.RetryAt = at(down), at(retry)
	if err = translate(err); errors.Is(err, parvis.ErrNotFound) {
		err = nil
	}
	return h, err
}

// SaveHost stores a remote server's health; one without failures is forgotten.
func (db *DB) SaveHost(ctx context.Context, h Host) error {
	if h.Failures == 0 {
		return db.write(ctx, "DELETE FROM hosts WHERE host = ?", h.Host)
	}
	return db.write(ctx, `INSERT INTO hosts (host, failures, down_since, retry_at) VALUES (?, ?, ?, ?) ON CONFLICT (host) DO UPDATE SET
		failures = excluded.failures, down_since = excluded.down_since, retry_at = excluded.retry_at`,
		h.Host, h.Failures, ms(h.DownSince), ms(h.RetryAt))
}

// DeferHost makes the jobs that talk to a host, and that no worker has, wait
// until a time: one failure speaks for all.
func (db *DB) DeferHost(ctx context.Context, host string, until time.Time) error {
	return db.write(ctx, "UPDATE jobs SET run_at = ? WHERE host = ? AND host <> '' AND NOT leased AND run_at < ?", ms(until), host, ms(until))
}

// AddActivity keeps the bytes of something to say until all have it.
func (n *Tx) AddActivity(ctx context.Context, a *parvis.Activity) error {
	for {
		added, err := n.exec(ctx, "INSERT INTO activities (id, node_id, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", a.ID, n.node, string(a.Body))
		if err != nil || added == 1 {
			return err
		}
		a.ID++
	}
}

// Activity returns the bytes of something to say.
func (n *Node) Activity(ctx context.Context, id parvis.ID) (*parvis.Activity, error) {
	var body string
	err := n.raw("SELECT body FROM activities WHERE id = ? AND node_id = ?", id, n.node).Scan(ctx, &body)
	return &parvis.Activity{ID: id, Body: []byte(body)}, translate(err)
}

// Receive remembers that an activity arrived; it is ErrConflict if it did before.
func (n *Tx) Receive(ctx context.Context, uri string, now time.Time) error {
	added, err := n.exec(ctx, "INSERT INTO received (node_id, uri, received_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", n.node, uri, ms(now))
	if err == nil && added == 0 {
		return parvis.ErrConflict
	}
	return err
}

// Bury remembers that somebody deleted an object of theirs that never was here, so
// that it does not arrive later. Of others it says nothing: whoever guesses an id
// must not keep away what its owner will say.
func (n *Tx) Bury(ctx context.Context, uri string, by parvis.ID, now time.Time) error {
	_, err := n.exec(ctx, "INSERT INTO tombstones (node_id, uri, deleted_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", n.node, grave(uri, by), ms(now))
	return err
}

// Buried reports whether an account buried a URI.
func (n *Node) Buried(ctx context.Context, uri string, by parvis.ID) (bool, error) {
	var yes bool
	err := n.raw("SELECT EXISTS (SELECT 1 FROM tombstones WHERE node_id = ? AND uri = ?)", n.node, grave(uri, by)).Scan(ctx, &yes)
	return yes, translate(err)
}

// grave is the name of what an account buried. No URI has a space.
func grave(uri string, by parvis.ID) string { return uri + " " + by.String() }

// Sweep removes what is of no use any more: ended sessions and attempts, old keys
// of repeats, the memory of old activities and bytes that nobody waits for.
func (db *DB) Sweep(ctx context.Context, now time.Time, patience time.Duration) error {
	old := now.Add(-patience)
	for _, s := range []struct {
		query string
		arg   any
	}{
		{"DELETE FROM sessions WHERE expires_at <= ?", ms(now)},
		{"DELETE FROM attempts WHERE until <= ?", ms(now)},
		{"DELETE FROM repeats WHERE created_at < ?", ms(now.AddDate(0, 0, -2))},
		{"DELETE FROM received WHERE received_at < ?", ms(old)},
		{"DELETE FROM tombstones WHERE deleted_at < ?", ms(now.AddDate(-1, 0, 0))},
		{"DELETE FROM activities WHERE id < ?", parvis.FirstID(old)},
		{"DELETE FROM hosts WHERE retry_at < ?", ms(old)},
	} {
		if err := db.write(ctx, s.query, s.arg); err != nil {
			return err
		}
	}
	return nil
}
