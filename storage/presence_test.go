package storage_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// A process that runs jobs, as others see it.
type process struct {
	*testing.T
	db  *storage.DB
	die func() // and waits until it has
}

func start(t *testing.T, address string) *process {
	t.Helper()
	p := &process{T: t, db: open(t, address)}
	ctx, stop := context.WithCancel(t.Context())
	var attending sync.WaitGroup
	attending.Go(func() { p.db.Attend(ctx, func(err error) { t.Errorf("attend: %v", err) }) })
	p.die = func() {
		stop()
		attending.Wait()
	}
	t.Cleanup(p.die)
	return p
}

// take leases a job for so long that its lease does not end.
func (p *process) take() []string {
	p.Helper()
	return args(must[[]*parvis.Job](p.T)(p.db.TurnJobs(p.Context(), nil, storage.Claim{Kinds: deliveries, Now: parvistest.Noon, Until: parvistest.Noon.Add(never), Limit: 1})))
}

// awaits returns the next job that there is to take.
func (p *process) awaits() string {
	p.Helper()
	for p.Context().Err() == nil {
		select { // freed jobs ring, and whoever hears nothing looks now and then
		case <-p.db.Wake():
		case <-time.After(50 * time.Millisecond):
		}
		if got := p.take(); len(got) > 0 {
			return got[0]
		}
	}
	return ""
}

// TestTheDeadKeepNoJobs: jobs of a process that died are free soon, and those of one
// that lives are not.
func TestTheDeadKeepNoJobs(t *testing.T) {
	for _, engine := range parvistest.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			address := engine.Copy(t, "migrated", migrated)
			w := newTownAt(t, address)
			w.enqueue(parvis.Job{Args: []byte("of the dead")})
			gone := &process{T: t, db: open(t, address)} // killed: it never showed that it lives
			first := gone.take()
			one := start(t, address)
			if got := one.awaits(); got != first[0] {
				t.Fatalf("the first process takes %q, want %q of the dead one", got, first[0])
			}
			w.enqueue(parvis.Job{Args: []byte("second")}, parvis.Job{Args: []byte("third")})
			second := one.take()
			if engine.Name == "sqlite" { // where one process serves
				one.die()
				other := start(t, address)
				got := map[string]bool{other.awaits(): true, other.awaits(): true, other.awaits(): true}
				if len(got) != 3 {
					t.Errorf("the next process takes %v, want all three", got)
				}
				return
			}
			third := start(t, address)
			lives := third.awaits()
			one.die()
			got := map[string]bool{third.awaits(): true, third.awaits(): true}
			if !got[first[0]] || !got[second[0]] {
				t.Errorf("freed are %v, want %q and %q", got, first, second)
			}
			if more := third.take(); len(more) > 0 {
				t.Errorf("%q is free, which a living process has beside %q", more, lives)
			}
		})
	}
}
