package server

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

const (
	// maxBacklogs bounds how many remote servers have series of their own.
	maxBacklogs = 20
	// countingShare bounds what counting may cost: one part of so many of the time.
	countingShare = 50
	// countingPatience is how long counting may take.
	countingPatience = 5 * time.Second
)

// queueGauges tells Prometheus what waits. Counting looks at every job, so with
// many of them it is done less often than it is asked for.
type queueGauges struct {
	db    *storage.DB
	now   func() time.Time // by which jobs are dated
	clock func() time.Time // by which it is known how long counting takes

	waiting, oldest, hostWaiting, hostOldest *prometheus.Desc

	mu    sync.Mutex
	until time.Time // when to count again
	last  count
}

// A count is what was found when the jobs were counted.
type count struct {
	queues   map[parvis.JobKind]storage.Queue
	backlogs []storage.Backlog
	err      error
}

func newQueueGauges(db *storage.DB, now func() time.Time) *queueGauges {
	host := []string{"host", "kind"}
	return &queueGauges{db: db, now: now, clock: time.Now,
		waiting:     prometheus.NewDesc("parvis_jobs_waiting", "Jobs that wait or run.", []string{"kind"}, nil),
		oldest:      prometheus.NewDesc("parvis_jobs_oldest_seconds", "Age of the oldest job that waits or runs.", []string{"kind"}, nil),
		hostWaiting: prometheus.NewDesc("parvis_host_jobs_waiting", "Jobs that wait or run for another server, or came from it: the 20 longest backlogs.", host, nil),
		hostOldest:  prometheus.NewDesc("parvis_host_jobs_oldest_seconds", "Age of the oldest job of such a backlog.", host, nil),
	}
}

// Describe implements prometheus.Collector.
func (g *queueGauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.waiting, g.oldest, g.hostWaiting, g.hostOldest} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (g *queueGauges) Collect(ch chan<- prometheus.Metric) {
	c := g.count()
	if c.err != nil {
		ch <- prometheus.NewInvalidMetric(g.waiting, c.err)
		return
	}
	now := g.now()
	gauges := func(waiting, oldest *prometheus.Desc, q storage.Queue, labels ...string) {
		ch <- prometheus.MustNewConstMetric(waiting, prometheus.GaugeValue, float64(q.Waiting), labels...)
		ch <- prometheus.MustNewConstMetric(oldest, prometheus.GaugeValue, max(0, now.Sub(q.Oldest).Seconds()), labels...)
	}
	for kind, q := range c.queues {
		gauges(g.waiting, g.oldest, q, string(kind))
	}
	for _, b := range c.backlogs {
		gauges(g.hostWaiting, g.hostOldest, b.Queue, b.Host, string(b.Kind))
	}
}

// count counts the jobs, or repeats what it found a moment ago: the longer it took,
// the longer that holds.
func (g *queueGauges) count() count {
	g.mu.Lock()
	defer g.mu.Unlock()
	start := g.clock()
	if start.Before(g.until) {
		return g.last
	}
	ctx, cancel := context.WithTimeout(context.Background(), countingPatience)
	defer cancel()
	g.last = count{}
	if g.last.queues, g.last.err = g.db.Queues(ctx); g.last.err == nil {
		g.last.backlogs, g.last.err = g.db.Backlogs(ctx, maxBacklogs)
	}
	end := g.clock()
	g.until = end.Add(countingShare * end.Sub(start))
	return g.last
}
