package storage

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// An Arrival is an activity that another server sent: the job that digests it,
// under a name by which a second copy is known.
type Arrival struct {
	Name string // the activity's id and who vouches for it
	Job  *parvis.Job
}

// arriving is an arrival while it is taken in.
type arriving struct {
	Arrival
	node  parvis.ID
	added bool
	err   error
}

// Arrive keeps an activity that was received and its job; when it returns, both
// are on disk. It reports false if the activity came before.
func (n *Node) Arrive(ctx context.Context, a Arrival) (bool, error) {
	a.Name = short(a.Name)
	one := &arriving{Arrival: a, node: n.node, err: errNotTaken}
	if err := n.db.arrivals.Pass(ctx, one, rowsAtOnce, n.db.takeIn); err != nil {
		return false, err
	}
	return one.added, one.err
}

// errNotTaken stands until an arrival was taken in.
var errNotTaken = errors.New("not taken in")

// short is what is stored of a name: enough to tell any two apart, at a third of
// the size.
func short(name string) string {
	sum := sha256.Sum256([]byte(name))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// takeIn stores those who arrive until its transaction has begun, and notes what
// became of each.
func (db *DB) takeIn(board func() []*arriving) {
	var added map[arrivalKey]int
	err := errTaken
	for tries := 0; errors.Is(err, errTaken) && tries < 5; tries++ {
		err = db.InRepeatableTx(context.Background(), func(ctx context.Context, t *DBTx) (err error) {
			added, err = t.addArrivals(ctx, board())
			return err
		})
	}
	for i, one := range board() {
		at, ok := added[one.key()]
		one.added, one.err = err == nil && ok && at == i, err
	}
}

// An arrivalKey tells arrivals apart.
type arrivalKey struct {
	node parvis.ID
	name string
}

func (a *arriving) key() arrivalKey { return arrivalKey{a.node, a.Name} }

// addArrivals stores those of a batch that did not come before, and says which of
// the batch each was.
func (db *DBTx) addArrivals(ctx context.Context, batch []*arriving) (map[arrivalKey]int, error) {
	added := make(map[arrivalKey]int, len(batch))
	places := make(map[arrivalKey]int, len(batch))
	var first []*arriving
	for i, one := range batch {
		if _, twice := places[one.key()]; !twice {
			places[one.key()] = i
			first = append(first, one)
		}
	}
	// Processes that take in the same things must not wait for each other in a ring.
	slices.SortFunc(first, func(a, b *arriving) int { return cmp.Or(cmp.Compare(a.node, b.node), cmp.Compare(a.Name, b.Name)) })
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
func (db *DBTx) addArrivedJobs(ctx context.Context, fresh []*arriving) error {
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
func (db *DBTx) lastOfLanes(ctx context.Context, fresh []*arriving) (map[laneKey]parvis.ID, error) {
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
