package storage

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A job is in one of four states. Only ready ones are looked through for work.
const (
	jobReady   = 0
	jobWaiting = 1 // until run_at
	jobLeased  = 2 // a worker has it, until run_at
	jobBehind  = 3 // another of its lane comes first
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
	Error     string
	CreatedAt int64
	State     int
	Turn      int64
}

// AddJob stores work to do. If the same work (kind and key) waits already, nothing
// is stored: that runs after this transaction. If it runs at this moment, perhaps
// without seeing what this transaction changes, it runs once more afterwards. RunAt
// and CreatedAt must be set.
func (n *Tx) AddJob(ctx context.Context, j *parvis.Job) error {
	if j.ID == 0 {
		j.ID = parvis.NewID(j.CreatedAt)
	}
	j.NodeID = n.node
	if j.Key != "" && j.Lane == "" {
		j.Lane = string(j.Kind) + ":" + j.Key
	}
	row := &jobRow{NodeID: n.node, Kind: j.Kind, Key: j.Key, Lane: j.Lane, Host: j.Host, ArgsJSON: string(j.Args),
		Attempt: j.Attempt, RunAt: ms(j.RunAt), CreatedAt: ms(j.CreatedAt), Turn: n.db.turns.next(j)}
	if j.RunAt.After(j.CreatedAt) {
		row.State = jobWaiting
	}
	behind, err := n.queueUp(ctx, j)
	if err != nil {
		return err
	}
	if behind {
		row.State = jobBehind
	}
	row.ID = j.ID
	for {
		err := n.db.insertNew(ctx, "jobs", &row.ID, row)
		if err == nil {
			j.ID = row.ID
			n.db.queue(j.Kind)
		}
		if !errors.Is(err, parvis.ErrConflict) {
			return err
		}
		if waits, err := n.holdJob(ctx, row); err != nil || waits {
			return err
		}
		row.Key += onceMore
	}
}

// onceMore follows the key of work that was asked for while it ran. No address has it.
const onceMore = "\n"

// holdJob reports whether the work of a row waits, and then keeps it waiting until
// this transaction ends: workers take no locked rows. It does not wait for who else
// locks it, since that may be a worker who takes it.
func (n *Tx) holdJob(ctx context.Context, row *jobRow) (bool, error) {
	query := n.db.locked("SELECT id FROM jobs WHERE node_id = ? AND kind = ? AND key = ? AND key <> '' AND state <> 2", forShare+skipLocked)
	var id parvis.ID
	err := n.raw(query, n.node, row.Kind, row.Key).Scan(ctx, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, translate(err)
}

// queue notes that the transaction adds a job of a kind, of which workers are to
// hear when it is committed.
func (db *DB) queue(k parvis.JobKind) {
	if db.queued == nil {
		db.queued = make(kinds)
	}
	db.queued[k] = true
}

// queueUp reports whether a job must wait for others of its lane, and then gives
// it an id behind theirs: two that were made in the same millisecond would else
// run in the order of their random bits, and the clock may go back. A job that is
// being removed at this moment is not waited for: two transactions could wait for
// each other. Should its removal fail, claim still sees it.
func (n *Tx) queueUp(ctx context.Context, j *parvis.Job) (behind bool, err error) {
	if j.Lane == "" {
		return false, nil
	}
	query := n.db.locked("SELECT id FROM jobs WHERE lane = ? AND lane <> '' AND node_id = ? ORDER BY id DESC LIMIT 1", forKeyShare+skipLocked)
	var last parvis.ID
	switch err := n.raw(query, j.Lane, n.node).Scan(ctx, &last); {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, translate(err)
	}
	j.ID = max(j.ID, afterLast(last))
	return true, nil
}

// afterLast gives an id behind the last of a lane: by chance, since whoever takes the
// very next one waits for others that do, perhaps in a ring.
func afterLast(last parvis.ID) parvis.ID { return last + 1 + parvis.ID(rand.IntN(laneStep)) }

// laneStep is how far apart the jobs of a lane are at most that come in the same
// millisecond, which has 65,536 ids.
const laneStep = 1024

// turns hands out the order in which ready jobs run: as they come, but those of
// one remote server spaced out, so that a loud one cannot keep others waiting.
// (Start-time fair queueing; each process keeps the turns that it gave.)
type turns struct {
	mu   sync.Mutex
	last map[turnKey]int64
}

type turnKey struct {
	kind parvis.JobKind
	host string
}

func newTurns() *turns { return &turns{last: make(map[turnKey]int64)} }

const (
	// turnSpace is how far, in milliseconds, the jobs of one server are apart.
	turnSpace = 10
	// turnsKept bounds how many servers are remembered before those whose turn is
	// past are forgotten.
	turnsKept = 4096
)

func (t *turns) next(j *parvis.Job) int64 {
	now := max(ms(j.RunAt), ms(j.CreatedAt))
	if j.Host == "" {
		return now
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.last) >= turnsKept {
		for k, last := range t.last {
			if last < now {
				delete(t.last, k)
			}
		}
	}
	k := turnKey{j.Kind, j.Host}
	turn := max(now, t.last[k]+turnSpace)
	t.last[k] = turn
	return turn
}

// A Claim says which jobs a worker wants, and how many.
type Claim struct {
	Kinds []parvis.JobKind
	Now   time.Time // those due by then
	Until time.Time // when the lease ends
	Limit int
	// Window bounds how many jobs of one host run at a time, if it is not 0; Busy
	// tells how many do already.
	Window int
	Busy   map[string]int
}

// An Ended job was run: it is done, or runs again at a time because of a reason,
// which is kept for people to read.
type Ended struct {
	Job    *parvis.Job
	Again  time.Time // zero if it is done
	Reason string
}

// TurnJobs settles jobs that ended and leases others, in the order of their
// turns, in one transaction. A job whose lease has ended is due again: its worker
// died. A job waits for earlier ones of its lane. If nothing ended and nothing is
// due, nothing is written.
func (db *DB) TurnJobs(ctx context.Context, ended []Ended, c Claim) ([]*parvis.Job, error) {
	if len(ended) == 0 {
		if c.Limit <= 0 {
			return nil, nil
		}
		if due, err := db.HasDueJobs(ctx, c.Kinds, c.Now); err != nil || !due {
			return nil, err
		}
	}
	var jobs []*parvis.Job
	err := db.InRepeatableTx(ctx, func(ctx context.Context, t *DBTx) error {
		jobs = nil
		if err := t.settleJobs(ctx, ended); err != nil || c.Limit <= 0 {
			return err
		}
		ids, err := t.pickJobs(ctx, c)
		if err != nil || len(ids) == 0 {
			return err
		}
		jobs, err = t.leaseJobs(ctx, ids, c.Until)
		return err
	})
	if err != nil {
		return nil, err
	}
	return jobs, nil
}

// SettleJobs is TurnJobs for those who want no more work.
func (db *DB) SettleJobs(ctx context.Context, ended ...Ended) error {
	_, err := db.TurnJobs(ctx, ended, Claim{Now: time.Unix(0, 0)})
	return err
}

// settleJobs removes what is done, together with what else it kept waiting.
func (db *DBTx) settleJobs(ctx context.Context, ended []Ended) error {
	var done []parvis.ID
	var lanes []string
	if err := db.lockJobs(ctx, ended); err != nil {
		return err
	}
	for _, e := range ended {
		if !e.Again.IsZero() {
			if _, err := db.exec(ctx, "UPDATE jobs SET state = 1, run_at = ?, error = ? WHERE id = ?", ms(e.Again), e.Reason, e.Job.ID); err != nil {
				return err
			}
			continue
		}
		done = append(done, e.Job.ID)
		if e.Job.Lane != "" {
			lanes = append(lanes, e.Job.Lane)
		}
	}
	if err := db.followUp(ctx, lanes); err != nil || len(done) == 0 {
		return err
	}
	_, err := db.exec(ctx, "DELETE FROM jobs WHERE id IN (?)", listOf(done))
	return err
}

// followUp lets what waits in lanes look whether it is first.
func (db *DBTx) followUp(ctx context.Context, lanes []string) error {
	if len(lanes) == 0 {
		return nil
	}
	// The first of those behind, even if another of its lane is still there: whoever
	// removes that at this moment may see what we remove, and each would leave the
	// next to the other. Claims look for themselves who is first.
	first := `SELECT id FROM jobs WHERE state = 3 AND id IN
		(SELECT MIN(id) FROM jobs WHERE lane IN (?) AND lane <> '' AND state = 3 GROUP BY node_id, lane) ORDER BY id`
	_, err := db.exec(ctx, "UPDATE jobs SET state = 1 WHERE id IN ("+db.locked(first, forNoKeyUpdate)+")", listOf(lanes))
	return err
}

// lockJobs locks all that ended before one of them is changed, in the order of ids,
// and so waits for those who add jobs behind one: else nobody would let these follow.
func (db *DBTx) lockJobs(ctx context.Context, ended []Ended) error {
	if len(ended) == 0 || len(ended) == 1 && ended[0].Job.Lane == "" || db.engine == sqliteEngine {
		return nil
	}
	ids := make([]parvis.ID, len(ended))
	for i, e := range ended {
		ids[i] = e.Job.ID
	}
	_, err := db.exec(ctx, "SELECT id FROM jobs WHERE id IN (?) ORDER BY id FOR UPDATE", listOf(ids))
	return err
}

// How rows are locked on PostgreSQL, so that no two processes wait for each other:
// whoever waits for rows of this table holds only such with smaller ids. Who looks
// for what it may change passes over rows that another is changing. Who adds a job
// behind others holds those by KEY SHARE, which only their removal waits for; who
// relies on one that waits holds it by SHARE, which is passed over but by those who
// let it follow what they remove, before they remove that.
const (
	forUpdate      = " FOR UPDATE"
	forNoKeyUpdate = " FOR NO KEY UPDATE"
	forShare       = " FOR SHARE"
	forKeyShare    = " FOR KEY SHARE"
	skipLocked     = " SKIP LOCKED"
)

// locked adds how rows are locked to a query, which SQLite has no need for: it has
// one writer.
func (db *DB) locked(query, how string) string {
	if db.engine == sqliteEngine {
		return query
	}
	return query + how
}

// promotedJobs is how many jobs become ready in one transaction at most.
const promotedJobs = 500

// promoteJobs makes jobs ready whose time has come.
func (db *DBTx) promoteJobs(ctx context.Context, now time.Time) error {
	query := db.locked("SELECT id FROM jobs WHERE state IN (1, 2) AND run_at <= ? ORDER BY run_at LIMIT ?", forNoKeyUpdate+skipLocked)
	_, err := db.exec(ctx, "UPDATE jobs SET state = 0 WHERE id IN ("+query+")", ms(now), promotedJobs)
	return err
}

const dueJobs = "EXISTS (SELECT 1 FROM jobs WHERE state IN (1, 2) AND run_at <= ?)"

// A head is a ready job that may be taken.
type head struct {
	id   parvis.ID
	turn int64
	host string
}

// looks bounds how often pickJobs looks again because what it saw belongs to busy
// hosts.
const looks = 8

// pickJobs chooses ready jobs, at most c.Window of a host at a time.
func (db *DBTx) pickJobs(ctx context.Context, c Claim) ([]parvis.ID, error) {
	running := make(map[string]int, len(c.Busy))
	full := []string{}
	for host, n := range c.Busy {
		if running[host] = n; c.Window > 0 && n >= c.Window {
			full = append(full, host)
		}
	}
	heads, due, err := db.heads(ctx, c.Kinds, full, c.Limit, c.Now)
	if err != nil {
		return nil, err
	}
	if due {
		if err := db.promoteJobs(ctx, c.Now); err != nil {
			return nil, err
		}
		if heads, _, err = db.heads(ctx, c.Kinds, full, c.Limit, c.Now); err != nil {
			return nil, err
		}
	}
	var picked []parvis.ID
	for look := range looks {
		if look > 0 {
			if heads, _, err = db.heads(ctx, c.Kinds, full, c.Limit-len(picked), c.Now); err != nil {
				return nil, err
			}
		}
		passed := false
		for _, h := range heads {
			switch {
			case slices.Contains(picked, h.id):
			case c.Window > 0 && h.host != "" && running[h.host] >= c.Window:
				passed = true
				if !slices.Contains(full, h.host) {
					full = append(full, h.host)
				}
			case len(picked) < c.Limit:
				picked = append(picked, h.id)
				running[h.host]++
			}
		}
		if !passed || len(picked) == c.Limit {
			break
		}
	}
	return picked, nil
}

// firstOfLane holds of a job that waits for no other of its lane. That a lane has a
// name is said for the sake of the index.
const firstOfLane = `(lane = '' OR NOT EXISTS (SELECT 1 FROM jobs e WHERE e.lane = jobs.lane AND e.lane <> ''
	AND e.node_id = jobs.node_id AND e.id < jobs.id))`

// heads returns the first ready jobs of some kinds, without those of some hosts, and
// whether there are jobs of any kind to be made ready. The kind is written out, since
// there are indexes for single kinds: compared with the condition of such an index, a
// parameter makes SQLite prepare the statement anew whenever it changes.
func (db *DBTx) heads(ctx context.Context, kinds []parvis.JobKind, without []string, limit int, now time.Time) (heads []head, due bool, err error) {
	text := "SELECT 0 AS id, 0 AS turn, '' AS host WHERE " + dueJobs
	args := []any{ms(now)}
	for _, kind := range kinds {
		query := "SELECT id, turn, host FROM jobs WHERE kind = '" + string(kind) + "' AND state = 0 AND " + firstOfLane
		if len(without) > 0 {
			query += " AND host NOT IN (?)"
			args = append(args, listOf(without))
		}
		text += " UNION ALL SELECT * FROM (" + db.locked(query+" ORDER BY turn, id LIMIT ?", forNoKeyUpdate+skipLocked) + ") AS of_kind"
		args = append(args, limit)
	}
	var h head
	err = db.statement(text, args...).each(ctx, func() {
		if h.id == 0 {
			due = true
		} else {
			heads = append(heads, h)
		}
	}, &h.id, &h.turn, &h.host)
	slices.SortFunc(heads, func(a, b head) int { return cmp.Or(cmp.Compare(a.turn, b.turn), cmp.Compare(a.id, b.id)) })
	return heads, due, translate(err)
}

// leaseJobs gives jobs to a worker until a time.
func (db *DBTx) leaseJobs(ctx context.Context, ids []parvis.ID, until time.Time) ([]*parvis.Job, error) {
	var jobs []*parvis.Job
	var j parvis.Job
	var args string
	var runAt, createdAt int64
	err := db.statement(`UPDATE jobs SET state = 2, run_at = ?, owner = ?, attempt = attempt + 1 WHERE id IN (?)
		RETURNING id, node_id, kind, key, lane, host, args_json, attempt, run_at, created_at`, ms(until), db.owner, listOf(ids)).each(ctx, func() {
		one := j
		one.Args, one.Attempt, one.RunAt, one.CreatedAt = []byte(args), j.Attempt-1, at(runAt), at(createdAt)
		jobs = append(jobs, &one)
	}, &j.ID, &j.NodeID, &j.Kind, &j.Key, &j.Lane, &j.Host, &args, &j.Attempt, &runAt, &createdAt)
	slices.SortFunc(jobs, func(a, b *parvis.Job) int { return cmp.Compare(slices.Index(ids, a.ID), slices.Index(ids, b.ID)) })
	return jobs, translate(err)
}

// HasDueJobs reports whether TurnJobs might find something; unlike it, it
// writes nothing.
func (db *DB) HasDueJobs(ctx context.Context, kinds []parvis.JobKind, now time.Time) (bool, error) {
	var yes bool
	err := db.statement("SELECT EXISTS (SELECT 1 FROM jobs WHERE kind IN (?) AND state = 0) OR "+dueJobs, listOf(kinds), ms(now)).Scan(ctx, &yes)
	return yes, translate(err)
}

// RenewJobs moves the end of the leases of jobs that still run.
func (db *DB) RenewJobs(ctx context.Context, ids []parvis.ID, until time.Time) error {
	held := db.locked("SELECT id FROM jobs WHERE id IN (?1) AND state = 2 ORDER BY id", forNoKeyUpdate+skipLocked)
	return db.write(ctx, "UPDATE jobs SET run_at = ?0 WHERE id IN ("+held+")", ms(until), listOf(ids))
}

// NextJobAt returns when the next job is due, or the zero time if none waits.
func (db *DB) NextJobAt(ctx context.Context) (time.Time, error) {
	var next int64
	err := db.statement("SELECT COALESCE(MIN(run_at), 0) FROM jobs").Scan(ctx, &next)
	return at(next), translate(err)
}

// DeferHost makes the jobs that talk to a host, and that no worker has, wait
// until a time: one failure speaks for all. The kind is written out: an index for
// one kind serves no other query.
func (db *DB) DeferHost(ctx context.Context, host string, until time.Time) error {
	waiting := db.locked("SELECT id FROM jobs WHERE host = ?1 AND kind = 'deliver' AND state <> 2 AND run_at < ?0 ORDER BY id", forNoKeyUpdate+skipLocked)
	return db.write(ctx, "UPDATE jobs SET run_at = ?0, state = CASE state WHEN 0 THEN 1 ELSE state END WHERE id IN ("+waiting+")",
		ms(until), host)
}
