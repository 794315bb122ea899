package storage_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// arrive keeps an activity of another server.
func (w *town) arrive(name, lane string, now time.Time) (bool, error) {
	return w.n.Arrive(w.ctx, storage.Arrival{Name: name, Job: &parvis.Job{Kind: parvis.JobInbox, Lane: lane, Args: []byte(name),
		RunAt: now, CreatedAt: now}})
}

// Servers send the same thing to several inboxes at once, and many things about
// one post.
func TestWhatArrivesTogetherIsKeptOnceAndInOrder(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		const senders, copies, things = 8, 4, 30
		var added atomic.Int64
		var all sync.WaitGroup
		for sender := range senders {
			all.Go(func() {
				for thing := range things {
					var each sync.WaitGroup
					for range copies {
						each.Go(func() {
							ok, err := w.arrive(fmt.Sprintf("%d %02d", sender, thing), fmt.Sprint(sender), parvistest.Noon)
							if err != nil {
								t.Error(err)
							} else if ok {
								added.Add(1)
							}
						})
					}
					each.Wait()
				}
			})
		}
		all.Wait()
		if got := added.Load(); got != senders*things {
			t.Errorf("%d of %d were kept", got, senders*things)
		}
		next := make([]int, senders)
		claim := storage.Claim{Kinds: []parvis.JobKind{parvis.JobInbox}, Now: parvistest.Noon, Until: after(1), Limit: 100}
		for range things {
			jobs := must[[]*parvis.Job](t)(w.db.TurnJobs(w.ctx, nil, claim))
			if len(jobs) != senders {
				t.Fatalf("%d jobs are due, want the first of each of %d lanes", len(jobs), senders)
			}
			for _, j := range jobs {
				var sender, thing int
				if _, err := fmt.Sscanf(string(j.Args), "%d %d", &sender, &thing); err != nil || thing != next[sender] {
					t.Fatalf("after %d things comes %q: %v", next[sender], j.Args, err)
				}
				next[sender]++
				if err := w.db.SettleJobs(w.ctx, storage.Ended{Job: j}); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
