package storage_test

import (
	"context"
	"errors"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// TestAFullDisk: a full disk refuses writing for as long as it is full, says so
// in one error, takes nothing by halves, and goes on serving those who read.
func TestAFullDisk(t *testing.T) {
	w := newTown(t, parvistest.Engines(t)[0]) // PostgreSQL's disk is its own
	if err := w.db.FillDisk(); err != nil {
		t.Fatal(err)
	}
	kept, refused := 0, 0
	for i := range 200 {
		err := w.try(func(ctx context.Context, tx *storage.Tx) error {
			a := parvis.Activity{ID: parvis.NewID(after(i)), Body: make([]byte, 3000)}
			if err := tx.AddActivity(ctx, &a); err != nil {
				return err
			}
			return tx.AddJob(ctx, &parvis.Job{Kind: parvis.JobDeliver, Args: []byte(`{}`), RunAt: after(i), CreatedAt: after(i)})
		})
		switch {
		case err == nil:
			kept++
		case errors.Is(err, parvis.ErrUnavailable):
			refused++
		default:
			t.Fatalf("on a full disk: %v", err)
		}
	}
	if refused == 0 {
		t.Fatal("the disk never was full")
	}
	if _, err := w.n.Account(w.ctx, w.jeanne.ID); err != nil {
		t.Errorf("reading from a full disk: %v", err)
	}
	if err := w.db.EmptyDisk(); err != nil {
		t.Fatal(err)
	}
	w.enqueue(parvis.Job{})
	if queues := must[map[parvis.JobKind]storage.Queue](t)(w.db.Queues(w.ctx)); queues[parvis.JobDeliver].Waiting != kept+1 {
		t.Errorf("%d jobs are there, want the %d that were accepted and one more", queues[parvis.JobDeliver].Waiting, kept)
	}
}
