package storage

import (
	"context"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A Queue is the jobs of one kind that wait or run.
type Queue struct {
	Waiting int
	Oldest  time.Time // when the first of them was made
}

// Queues returns what waits or runs of each kind. It looks at every job, but only
// at the beginning of its row: an id tells the time, and what comes before the
// arguments need not be searched for behind them.
func (db *DB) Queues(ctx context.Context) (map[parvis.JobKind]Queue, error) {
	queues := make(map[parvis.JobKind]Queue)
	var kind parvis.JobKind
	var oldest parvis.ID
	var waiting int
	err := db.statement("SELECT kind, COUNT(*), MIN(id) FROM jobs GROUP BY kind").each(ctx, func() {
		queues[kind] = Queue{waiting, oldest.Time()}
	}, &kind, &waiting, &oldest)
	return queues, translate(err)
}

// A Backlog is the part of a queue that concerns one remote server.
type Backlog struct {
	Host string
	Kind parvis.JobKind
	Queue
}

// Backlogs returns the longest ones, at most limit. Like [DB.Queues] it looks at
// every job.
func (db *DB) Backlogs(ctx context.Context, limit int) ([]Backlog, error) {
	var all []Backlog
	var b Backlog
	var oldest parvis.ID
	err := db.statement(`SELECT host, kind, COUNT(*), MIN(id) FROM jobs WHERE host <> ''
		GROUP BY host, kind ORDER BY COUNT(*) DESC, host, kind LIMIT ?`, limit).each(ctx, func() {
		b.Oldest = oldest.Time()
		all = append(all, b)
	}, &b.Host, &b.Kind, &b.Waiting, &oldest)
	return all, translate(err)
}
