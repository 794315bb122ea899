package storage

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// An Arrival is an activity that another server sent: the job that digests it,
// under a name by which a second copy is known.
type Arrival struct {
	Name string // the activity's id and who vouches for it
	Job  *parvis.Job
}

// arrivals takes in what arrives at the same time by one transaction with few
// statements: the more servers send at once, the less each activity costs.
type arrivals struct {
	db      *DB
	queue   chan arriving
	start   sync.Once
	stop    sync.Once
	quit    chan struct{}
	running sync.WaitGroup
}

type arriving struct {
	Arrival
	node parvis.ID
	told chan arrived
}

type arrived struct {
	added bool
	err   error
}

// arrivalBatch bounds how many activities share a transaction.
const arrivalBatch = 64

func newArrivals(db *DB) *arrivals {
	return &arrivals{db: db, queue: make(chan arriving), quit: make(chan struct{})}
}

// Arrive keeps an activity that was received and its job; when it returns, both
// are on disk. It reports false if the activity came before.
func (n *Node) Arrive(ctx context.Context, a Arrival) (bool, error) {
	in := n.db.arrivals
	in.start.Do(func() { in.running.Go(in.loop) })
	a.Name = short(a.Name)
	one := arriving{a, n.node, make(chan arrived, 1)}
	select {
	case in.queue <- one:
	case <-ctx.Done():
		return false, ctx.Err()
	case <-in.quit:
		return false, errClosed
	}
	told := <-one.told
	return told.added, told.err
}

// short is what is stored of a name: enough to tell any two apart, at a third of
// the size.
func short(name string) string {
	sum := sha256.Sum256([]byte(name))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

func (in *arrivals) close() {
	in.stop.Do(func() {
		close(in.quit)
		in.start.Do(func() {})
		in.running.Wait()
	})
}

func (in *arrivals) loop() {
	for {
		select {
		case first := <-in.queue:
			in.take(append([]arriving{first}, in.waiting()...))
		case <-in.quit:
			return
		}
	}
}

// waiting returns what waits beside the first.
func (in *arrivals) waiting() []arriving {
	var more []arriving
	for len(more) < arrivalBatch-1 {
		select {
		case one := <-in.queue:
			more = append(more, one)
		default:
			return more
		}
	}
	return more
}

// take stores a batch and tells each sender what became of theirs.
func (in *arrivals) take(batch []arriving) {
	var added map[arrivalKey]int
	err := errTaken
	for tries := 0; errors.Is(err, errTaken) && tries < 5; tries++ {
		err = in.db.InRepeatableTx(context.Background(), func(ctx context.Context, t *DBTx) (err error) {
			added, err = t.addArrivals(ctx, batch)
			return err
		})
	}
	for i, one := range batch {
		at, ok := added[one.key()]
		one.told <- arrived{err == nil && ok && at == i, err}
	}
}

// An arrivalKey tells arrivals apart.
type arrivalKey struct {
	node parvis.ID
	name string
}

func (a arriving) key() arrivalKey { return arrivalKey{a.node, a.Name} }

// addArrivals stores those of a batch that did not come before, and says which of
// the batch each was.
func (db *DBTx) addArrivals(ctx context.Context, batch []arriving) (map[arrivalKey]int, error) {
	added := make(map[arrivalKey]int, len(batch))
	places := make(map[arrivalKey]int, len(batch))
	var first []arriving
	for i, one := range batch {
		if _, twice := places[one.key()]; !twice {
			places[one.key()] = i
			first = append(first, one)
		}
	}
	// Processes that take in the same things must not wait for each other in a ring.
	slices.SortFunc(first, func(a, b arriving) int { return cmp.Or(cmp.Compare(a.node, b.node), cmp.Compare(a.Name, b.Name)) })
	rows := make([][]any, len(first))
	for i, one := range first {
		rows[i] = []any{one.node, one.Name, ms(one.Job.CreatedAt)}
	}
	var key arrivalKey
	err := db.insertRows(ctx, "INSERT INTO received (node_id, uri, received_at) VALUES ", " ON CONFLICT DO NOTHING RETURNING node_id, uri", rows,
		func() { added[key] = places[key] }, (*int64)(&key.node), &key.name)
	if err != nil {
		return nil, err
	}
	fresh := batch[:0:0]
	for i, one := range batch {
		if at, ok := added[one.key()]; ok && at == i {
			fresh = append(fresh, one)
		}
	}
	return added, db.addArrivedJobs(ctx, fresh)
}

// addArrivedJobs stores the jobs of arrivals, as AddJob would one by one.
func (db *DBTx) addArrivedJobs(ctx context.Context, fresh []arriving) error {
	if len(fresh) == 0 {
		return nil
	}
	lasts, err := db.lastOfLanes(ctx, fresh)
	if err != nil {
		return err
	}
	rows := make([][]any, len(fresh))
	ids := make(map[parvis.ID]bool, len(fresh))
	for i, one := range fresh {
		j := one.Job
		j.NodeID, j.ID = one.node, parvis.NewID(j.CreatedAt)
		state := jobReady
		if last, ok := lasts[laneKey{one.node, j.Lane}]; ok {
			state, j.ID = jobBehind, max(j.ID, afterLast(last))
		}
		for ids[j.ID] {
			j.ID++
		}
		ids[j.ID] = true
		if j.Lane != "" {
			lasts[laneKey{one.node, j.Lane}] = j.ID
		}
		rows[i] = []any{j.ID, j.NodeID, j.Kind, j.Key, j.Lane, j.Host, string(j.Args), 0, ms(j.RunAt), "", ms(j.CreatedAt), state, db.turns.next(j)}
	}
	added := 0
	var id int64
	err = db.insertRows(ctx, `INSERT INTO jobs (id, node_id, kind, key, lane, host, args_json, attempt, run_at, error, created_at, state, turn) VALUES `,
		" ON CONFLICT DO NOTHING RETURNING id", rows, func() { added++ }, &id)
	if err == nil && added < len(rows) {
		return errTaken
	}
	for _, one := range fresh {
		db.queue(one.Job.Kind)
	}
	return err
}

// errTaken says that the id of a job was taken by chance.
var errTaken = errors.New("the id of a job is taken")

// A laneKey is a lane of a node.
type laneKey struct {
	node parvis.ID
	lane string
}

// lastOfLanes is queueUp for many jobs: the ids of the last of each lane.
func (db *DBTx) lastOfLanes(ctx context.Context, fresh []arriving) (map[laneKey]parvis.ID, error) {
	lasts := make(map[laneKey]parvis.ID)
	var lanes []string
	for _, one := range fresh {
		if one.Job.Lane != "" {
			lanes = append(lanes, one.Job.Lane)
		}
	}
	if len(lanes) == 0 {
		return lasts, nil
	}
	query := db.locked(`SELECT node_id, lane, id FROM jobs WHERE id IN
		(SELECT MAX(id) FROM jobs WHERE lane IN (?) AND lane <> '' GROUP BY node_id, lane)`, forKeyShare+skipLocked)
	var key laneKey
	var id parvis.ID
	err := db.statement(query, listOf(lanes)).each(ctx, func() { lasts[key] = max(lasts[key], id) }, (*int64)(&key.node), &key.lane, (*int64)(&id))
	return lasts, translate(err)
}

// insertRows inserts rows with few statements and few texts: as many rows at a
// time as the largest power of two allows. It calls row for each returned row.
func (db *DBTx) insertRows(ctx context.Context, head, tail string, rows [][]any, row func(), dest ...any) error {
	for size := arrivalBatch; len(rows) > 0; size /= 2 {
		for len(rows) >= size {
			one := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(rows[0])), ", ") + ")"
			text := head + strings.TrimSuffix(strings.Repeat(one+", ", size), ", ") + tail
			args := make([]any, 0, size*len(rows[0]))
			for _, r := range rows[:size] {
				args = append(args, r...)
			}
			if err := db.statement(text, args...).each(ctx, row, dest...); err != nil {
				return translate(err)
			}
			rows = rows[size:]
		}
	}
	return nil
}
