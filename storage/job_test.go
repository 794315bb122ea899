package storage_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

var deliveries = []parvis.JobKind{parvis.JobDeliver}

// enqueue stores jobs in the town's node; what is empty gets a default.
func (w *town) enqueue(jobs ...parvis.Job) {
	w.Helper()
	w.do(func(ctx context.Context, t *storage.Tx) error { return addJobs(ctx, t, jobs) })
}

func addJobs(ctx context.Context, t *storage.Tx, jobs []parvis.Job) error {
	for _, j := range jobs {
		if j.Kind == "" {
			j.Kind = parvis.JobDeliver
		}
		if j.RunAt.IsZero() {
			j.RunAt = parvistest.Noon
		}
		if j.CreatedAt.IsZero() {
			j.CreatedAt = parvistest.Noon
		}
		if j.Args == nil {
			j.Args = []byte(`{}`)
		}
		if err := t.AddJob(ctx, &j); err != nil {
			return err
		}
	}
	return nil
}

// claim leases due deliveries for a minute.
func (w *town) claim(now time.Time, limit int) []*parvis.Job {
	w.Helper()
	return must[[]*parvis.Job](w)(w.db.TurnJobs(w.ctx, nil, storage.Claim{Kinds: deliveries, Now: now, Until: now.Add(time.Minute), Limit: limit}))
}

// args returns the arguments of jobs, by which tests tell them apart.
func args(jobs []*parvis.Job) []string {
	var all []string
	for _, j := range jobs {
		all = append(all, string(j.Args))
	}
	return all
}

func TestJobsRoundTrip(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		want := parvis.Job{Kind: parvis.JobDeliver, Key: "clé", Lane: "post:1", Host: "masto.example",
			Args: []byte(`{"inbox":"https://masto.example/inbox"}`), RunAt: parvistest.Noon, CreatedAt: parvistest.Noon}
		w.enqueue(want)
		want.NodeID, want.RunAt = w.node.ID, after(1) // until when it is leased
		got := w.claim(parvistest.Noon, 10)
		if diff := cmp.Diff([]*parvis.Job{&want}, got, cmpopts.IgnoreFields(parvis.Job{}, "ID")); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	})
}

// Parallel workers share a hundred jobs; none is worked twice.
func TestNoJobIsClaimedTwice(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		var jobs []parvis.Job
		for i := range 100 {
			jobs = append(jobs, parvis.Job{Args: fmt.Appendf(nil, `%d`, i), Lane: []string{"", fmt.Sprint(i % 7)}[i%2]})
		}
		w.enqueue(jobs...)
		var mu sync.Mutex
		var claimed []string
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				for len(claimedBy(w, &mu, &claimed)) > 0 {
				}
			})
		}
		all.Wait()
		for len(claimedBy(w, &mu, &claimed)) > 0 { // lanes that were busy when their last worker looked
		}
		slices.Sort(claimed)
		if unique := slices.Compact(slices.Clone(claimed)); len(unique) != len(claimed) || len(claimed) != 100 {
			t.Errorf("%d claims of %d jobs, want each of 100 once", len(claimed), len(unique))
		}
	})
}

func claimedBy(w *town, mu *sync.Mutex, claimed *[]string) []*parvis.Job {
	jobs, err := w.db.TurnJobs(w.ctx, nil, storage.Claim{Kinds: deliveries, Now: parvistest.Noon, Until: after(1), Limit: 5})
	if err != nil {
		w.Error(err)
	}
	for _, j := range jobs {
		if err := w.db.SettleJobs(w.ctx, storage.Ended{Job: j}); err != nil {
			w.Error(err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	*claimed = append(*claimed, args(jobs)...)
	return jobs
}

func TestLanesKeepTheirOrder(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		// All in one millisecond, where ids differ by chance only; then the clock goes back.
		var jobs []parvis.Job
		var want []string
		for i := range 12 {
			jobs = append(jobs, parvis.Job{Lane: "post:1", Args: fmt.Appendf(nil, "%02d", i)})
			want = append(want, fmt.Sprintf("%02d", i))
		}
		jobs[11].CreatedAt = parvistest.Noon.Add(-time.Hour)
		w.enqueue(jobs...)
		var got []string
		for range jobs {
			next := w.claim(parvistest.Noon, 10)
			if len(next) != 1 {
				t.Fatalf("%d jobs of one lane are due together", len(next))
			}
			got = append(got, args(next)...)
			if err := w.db.SettleJobs(w.ctx, storage.Ended{Job: next[0]}); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("order: -want +got\n%s", diff)
		}
	})
}

func TestALaneWaitsForItsRetryAndOthersDoNot(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.enqueue(parvis.Job{Lane: "a", Args: []byte("a1")})
		w.enqueue(parvis.Job{Lane: "a", Args: []byte("a2")}, parvis.Job{Lane: "b", Args: []byte("b1")}, parvis.Job{Args: []byte("free")})
		// The same lane of another node is another lane.
		vanves := parvistest.Malakoff()
		vanves.Host = "vanves.example"
		other := w.found(vanves)
		err := other.InTx(w.ctx, func(ctx context.Context, tx *storage.Tx) error {
			return addJobs(ctx, tx, []parvis.Job{{Lane: "a", Args: []byte("vanves")}})
		})
		if err != nil {
			t.Fatal(err)
		}
		first := w.claim(parvistest.Noon, 10)
		got := args(first)
		slices.Sort(got)
		if diff := cmp.Diff([]string{"a1", "b1", "free", "vanves"}, got); diff != "" {
			t.Fatalf("due first: -want +got\n%s", diff)
		}
		for _, j := range first {
			if string(j.Args) == "a1" {
				err = w.db.SettleJobs(w.ctx, storage.Ended{Job: j, Again: after(10), Reason: "HTTP 503"})
			} else {
				err = w.db.SettleJobs(w.ctx, storage.Ended{Job: j})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if due := w.claim(after(9), 10); len(due) != 0 {
			t.Errorf("%q overtakes its lane", args(due))
		}
		due := w.claim(after(10), 10)
		if diff := cmp.Diff([]string{"a1"}, args(due)); diff != "" || due[0].Attempt != 1 {
			t.Errorf("tried again: attempt %d, -want +got\n%s", due[0].Attempt, diff)
		}
	})
}

func TestALeaseEnds(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.enqueue(parvis.Job{Args: []byte("1")})
		if due := w.claim(parvistest.Noon, 10); len(due) != 1 || due[0].Attempt != 0 {
			t.Fatalf("claimed %+v", due)
		}
		if due := w.claim(parvistest.Noon.Add(59*time.Second), 10); len(due) != 0 {
			t.Error("a leased job is claimed again")
		}
		if yes := must[bool](t)(w.db.HasDueJobs(w.ctx, deliveries, parvistest.Noon)); yes {
			t.Error("a leased job is due")
		}
		if due := w.claim(after(1), 10); len(due) != 1 || due[0].Attempt != 1 {
			t.Errorf("after its lease: %+v", due)
		}
	})
}

func TestRenewJobsProlongsLeasesOnly(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.enqueue(parvis.Job{Args: []byte("runs")}, parvis.Job{Args: []byte("failed")})
		due := w.claim(parvistest.Noon, 10)
		var ids []parvis.ID
		for _, j := range due {
			ids = append(ids, j.ID)
			if string(j.Args) == "failed" {
				if err := w.db.SettleJobs(w.ctx, storage.Ended{Job: j, Again: after(1), Reason: "HTTP 503"}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.db.RenewJobs(w.ctx, ids, after(5)); err != nil {
			t.Fatal(err)
		}
		if got := args(w.claim(after(4), 10)); !slices.Equal(got, []string{"failed"}) {
			t.Errorf("due meanwhile: %q", got)
		}
	})
}

func TestClaimJobsTakesTheOldestOfItsKinds(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.enqueue(
			parvis.Job{Args: []byte("late"), RunAt: after(2)}, parvis.Job{Args: []byte("early"), RunAt: after(1)},
			parvis.Job{Args: []byte("later"), RunAt: after(3)}, parvis.Job{Kind: parvis.JobHome, Args: []byte("home")},
			parvis.Job{Args: []byte("tomorrow"), RunAt: after(24 * 60)},
		)
		for now, want := range map[time.Time]bool{after(1).Add(-time.Millisecond): false, after(1): true} {
			if got := must[bool](t)(w.db.HasDueJobs(w.ctx, deliveries, now)); got != want {
				t.Errorf("a delivery is due at %v: %v, want %v", now, got, want)
			}
		}
		if got, want := args(w.claim(after(5), 2)), []string{"early", "late"}; !slices.Equal(got, want) {
			t.Errorf("two jobs: %q, want %q", got, want)
		}
		if got, want := args(w.claim(after(5), 9)), []string{"later"}; !slices.Equal(got, want) {
			t.Errorf("the rest: %q, want %q", got, want)
		}
		if next := must[time.Time](t)(w.db.NextJobAt(w.ctx)); !next.Equal(parvistest.Noon) {
			t.Errorf("the next job is due at %v, want noon", next)
		}
	})
}

func TestAKeyWaitsOnce(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.enqueue(parvis.Job{Key: "k", Args: []byte("1")}, parvis.Job{Key: "k", Args: []byte("2")},
			parvis.Job{Kind: parvis.JobHome, Key: "k", Args: []byte("3")}, parvis.Job{Args: []byte("4")}, parvis.Job{Args: []byte("5")})
		due := w.claim(parvistest.Noon, 10)
		got := args(due)
		slices.Sort(got)
		if want := []string{"1", "4", "5"}; !slices.Equal(got, want) {
			t.Fatalf("stored %q, want %q", got, want)
		}
		for _, j := range due {
			if err := w.db.SettleJobs(w.ctx, storage.Ended{Job: j}); err != nil {
				t.Fatal(err)
			}
		}
		w.enqueue(parvis.Job{Key: "k", Args: []byte("6")})
		if got := args(w.claim(parvistest.Noon, 10)); !slices.Equal(got, []string{"6"}) {
			t.Errorf("when the first is done: %q", got)
		}
	})
}

func TestHosts(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		if h := must[storage.Host](t)(w.db.Host(w.ctx, "masto.example")); h != (storage.Host{Host: "masto.example"}) {
			t.Errorf("an unknown host: %+v", h)
		}
		want := storage.Host{Host: "masto.example", Failures: 3, DownSince: parvistest.Noon, RetryAt: after(10)}
		for _, h := range []storage.Host{{Host: "masto.example", Failures: 1}, want} {
			if err := w.db.SaveHost(w.ctx, h); err != nil {
				t.Fatal(err)
			}
		}
		if got := must[storage.Host](t)(w.db.Host(w.ctx, "masto.example")); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		w.enqueue(parvis.Job{Host: "masto.example", Args: []byte("busy")})
		w.claim(parvistest.Noon, 1)
		w.enqueue(parvis.Job{Host: "masto.example", Args: []byte("waits")}, parvis.Job{Host: "vanves.example", Args: []byte("other")}, parvis.Job{Args: []byte("none")})
		if err := w.db.DeferHost(w.ctx, "masto.example", after(10)); err != nil {
			t.Fatal(err)
		}
		got := args(w.claim(after(1), 10))
		slices.Sort(got)
		if want := []string{"busy", "none", "other"}; !slices.Equal(got, want) { // the lease of "busy" has ended
			t.Errorf("due meanwhile: %q, want %q", got, want)
		}
		if err := w.db.SaveHost(w.ctx, storage.Host{Host: "masto.example"}); err != nil {
			t.Fatal(err)
		}
		if h := must[storage.Host](t)(w.db.Host(w.ctx, "masto.example")); h.Failures != 0 {
			t.Errorf("a host that is well again: %+v", h)
		}
	})
}

func TestReceivedBuriedAndActivities(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		uri := "https://masto.example/1"
		if !must[bool](t)(w.arrive(uri, "", parvistest.Noon)) || must[bool](t)(w.arrive(uri, "", after(1))) {
			t.Error("an activity does not arrive once")
		}
		for range 2 {
			w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.Bury(ctx, uri, w.luis.ID, parvistest.Noon) })
		}
		if !must[bool](t)(w.n.Buried(w.ctx, uri, w.luis.ID)) || must[bool](t)(w.n.Buried(w.ctx, uri+"2", w.luis.ID)) || must[bool](t)(w.n.Buried(w.ctx, uri, w.karim.ID)) {
			t.Error("Buried is wrong")
		}
		one, two := parvis.Activity{ID: 7, Body: []byte(`{"é":1}`)}, parvis.Activity{ID: 7, Body: []byte(`{}`)}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			if err := tx.AddActivity(ctx, &one); err != nil {
				return err
			}
			return tx.AddActivity(ctx, &two)
		})
		for _, want := range []parvis.Activity{one, two} {
			if diff := cmp.Diff(&want, must[*parvis.Activity](t)(w.n.Activity(w.ctx, want.ID))); diff != "" {
				t.Errorf("activity: -want +got\n%s", diff)
			}
		}
		if one.ID == two.ID {
			t.Error("two activities have one id")
		}
		// Nine days later, nobody waits for them any more.
		if err := w.db.Sweep(w.ctx, after(9*24*60), 8*24*time.Hour); err != nil {
			t.Fatal(err)
		}
		if _, err := w.n.Activity(w.ctx, one.ID); err != parvis.ErrNotFound {
			t.Errorf("a swept activity: %v", err)
		}
		if !must[bool](t)(w.arrive(uri, "", after(9*24*60))) {
			t.Error("the memory of an activity is not swept")
		}
		if !must[bool](t)(w.n.Buried(w.ctx, uri, w.luis.ID)) {
			t.Error("a burial is forgotten in less than a year")
		}
	})
}
