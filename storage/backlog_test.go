package storage_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

func TestQueuesAndBacklogs(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		noon, later := parvistest.Noon, parvistest.Noon.Add(time.Minute)
		w.enqueue(
			parvis.Job{Host: "lyon.example", CreatedAt: later}, parvis.Job{Host: "lyon.example", CreatedAt: noon},
			parvis.Job{Host: "vanves.example", CreatedAt: later}, parvis.Job{CreatedAt: later},
			parvis.Job{Kind: parvis.JobInbox, Host: "vanves.example", CreatedAt: noon, RunAt: later},
		)
		w.claim(noon, 1) // one that runs counts too

		wantQueues := map[parvis.JobKind]storage.Queue{parvis.JobDeliver: {Waiting: 4, Oldest: noon}, parvis.JobInbox: {Waiting: 1, Oldest: noon}}
		if diff := cmp.Diff(wantQueues, must[map[parvis.JobKind]storage.Queue](t)(w.db.Queues(w.ctx))); diff != "" {
			t.Errorf("the queues (-want +got):\n%s", diff)
		}
		wantBacklogs := []storage.Backlog{
			{Host: "lyon.example", Kind: parvis.JobDeliver, Queue: storage.Queue{Waiting: 2, Oldest: noon}},
			{Host: "vanves.example", Kind: parvis.JobDeliver, Queue: storage.Queue{Waiting: 1, Oldest: later}},
		}
		if diff := cmp.Diff(wantBacklogs, must[[]storage.Backlog](t)(w.db.Backlogs(w.ctx, 2))); diff != "" {
			t.Errorf("the two longest backlogs (-want +got):\n%s", diff)
		}
	})
}
