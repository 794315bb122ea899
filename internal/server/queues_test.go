package server

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// Prometheus may ask as often as it likes: counting what waits takes a fiftieth of
// the time at most, also if it fails.
func TestCountingJobsIsBounded(t *testing.T) {
	db, err := storage.Open(t.Context(), parvistest.Engines(t)[0].URL(t))
	if err != nil {
		t.Fatal(err)
	}
	n := parvistest.Malakoff()
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do(db.InTx(t.Context(), func(ctx context.Context, tx *storage.DBTx) error { return tx.AddNode(ctx, n) }))
	queue := func() {
		do(db.Node(n.ID).InTx(t.Context(), func(ctx context.Context, tx *storage.Tx) error {
			return tx.AddJob(ctx, &parvis.Job{Kind: parvis.JobDeliver, Args: []byte("{}"), RunAt: parvistest.Noon, CreatedAt: parvistest.Noon})
		}))
	}
	g := newQueueGauges(db, time.Now)
	now, took := parvistest.Noon, 2*time.Second
	g.clock = func() time.Time { now = now.Add(took); return now }
	waiting := func() int { return g.count().queues[parvis.JobDeliver].Waiting }

	queue()
	if got := waiting(); got != 1 {
		t.Fatalf("%d jobs are counted, want 1", got)
	}
	queue()
	took = 0
	now = now.Add(99 * time.Second)
	if got := waiting(); got != 1 {
		t.Errorf("99 s after a count that took 2 s it was made again: %d jobs", got)
	}
	took = 2 * time.Second
	if got := waiting(); got != 2 {
		t.Errorf("100 s after it %d jobs are counted, want 2", got)
	}
	do(db.Close())
	now = now.Add(100 * time.Second)
	first := g.count().err
	took = 0
	if second := g.count().err; first == nil || !errors.Is(second, first) {
		t.Errorf("without a database: %v, then %v; want one failure", first, second)
	}
	m := &metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(g, prometheus.NewGauge(prometheus.GaugeOpts{Name: "parvis_other", Help: "Something else."}))
	if families, err := m.registry.Gather(); err == nil || len(families) != 1 {
		t.Errorf("without a database %d metrics are told, %v; want the other one and the reason", len(families), err)
	}
}
