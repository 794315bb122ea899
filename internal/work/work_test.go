package work_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"pgregory.net/rapid"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/internal/work"
	"github.com/parvis-coop/parvis/storage"
)

var errDown = errors.New("HTTP 503")

// A yard is a runner with a clock that tests move, and a node whose jobs it runs.
type yard struct {
	*work.Runner
	t    *testing.T
	ctx  context.Context
	mu   sync.Mutex
	now  time.Time
	node *storage.Node
	ran  []string // what the handlers were given
}

// onEveryEngine runs a test on each engine; handle does the work of every job.
func onEveryEngine(t *testing.T, handle work.Handler, test func(*testing.T, *yard)) {
	for _, engine := range parvistest.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			test(t, newYard(t, engine, handle))
		})
	}
}

func newYard(t *testing.T, engine parvistest.Engine, handle work.Handler) *yard {
	t.Helper()
	y := &yard{t: t, ctx: t.Context(), now: parvistest.Noon}
	db, err := storage.Open(y.ctx, engine.Copy(t, "migrated", func(url string) error {
		db, err := storage.Open(context.Background(), url)
		if err != nil {
			return err
		}
		return db.Close()
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	n := parvistest.Malakoff()
	y.do(db.InTx(y.ctx, func(ctx context.Context, tx *storage.DBTx) error { return tx.AddNode(ctx, n) }))
	y.node = db.Node(n.ID)
	note := func(ctx context.Context, j *parvis.Job) error {
		y.mu.Lock()
		y.ran = append(y.ran, string(j.Args))
		y.mu.Unlock()
		if handle == nil {
			return nil
		}
		return handle(ctx, j)
	}
	y.Runner = &work.Runner{DB: db, Log: zerolog.Nop(), Now: y.clock, Pools: []work.Pool{
		{Name: "deliver", Workers: 3, Handlers: map[parvis.JobKind]work.Handler{parvis.JobDeliver: note}},
		{Name: "rest", Workers: 1, Handlers: map[parvis.JobKind]work.Handler{parvis.JobHome: note, parvis.JobSay: note}},
	}}
	return y
}

func (y *yard) clock() time.Time {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.now
}

func (y *yard) move(by time.Duration) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.now = y.now.Add(by)
}

func (y *yard) do(err error) {
	y.t.Helper()
	if err != nil {
		y.t.Fatal(err)
	}
}

// add stores a job; its kind is deliver unless said otherwise.
func (y *yard) add(jobs ...parvis.Job) {
	y.t.Helper()
	y.do(y.node.InTx(y.ctx, func(ctx context.Context, tx *storage.Tx) error {
		for _, j := range jobs {
			if j.Kind == "" {
				j.Kind = parvis.JobDeliver
			}
			j.RunAt, j.CreatedAt = y.clock(), y.clock()
			if err := tx.AddJob(ctx, &j); err != nil {
				return err
			}
		}
		return nil
	}))
}

// drain runs what is due and returns what ran.
func (y *yard) drain() []string {
	y.t.Helper()
	y.mu.Lock()
	y.ran = nil
	y.mu.Unlock()
	count, err := y.Drain(y.ctx)
	y.do(err)
	if count != len(y.ran) {
		y.t.Errorf("Drain says that %d jobs ran, %d did", count, len(y.ran))
	}
	return y.ran
}

func (y *yard) left() int {
	y.t.Helper()
	queues, err := y.DB.Queues(y.ctx)
	y.do(err)
	total := 0
	for _, q := range queues {
		total += q.Waiting
	}
	return total
}

func TestDrainRunsEveryKindUntilNothingIsDue(t *testing.T) {
	onEveryEngine(t, nil, func(t *testing.T, y *yard) {
		var told []parvis.JobKind
		y.Done = func(r work.Ran) {
			told = append(told, r.Kind)
			y.do(r.Err)
		}
		y.add(parvis.Job{Args: []byte("1"), Lane: "a"}, parvis.Job{Args: []byte("2"), Lane: "a"}, parvis.Job{Kind: parvis.JobHome, Args: []byte("3")},
			parvis.Job{Kind: parvis.JobPicture, Args: []byte("nobody's")})
		got := y.drain()
		if slices.Index(got, "1") > slices.Index(got, "2") || len(got) != 3 || len(told) != 3 {
			t.Errorf("ran %q, told of %q", got, told)
		}
		if left := y.left(); left != 1 {
			t.Errorf("%d jobs are left, want the one that no pool runs", left)
		}
	})
}

func TestAFailedJobRunsAgainLater(t *testing.T) {
	onEveryEngine(t, func(context.Context, *parvis.Job) error { return errDown }, func(t *testing.T, y *yard) {
		y.add(parvis.Job{Args: []byte("1")})
		runs, results := 0, make(map[work.Result]int)
		y.Done = func(r work.Ran) { results[r.Result]++ }
		for wait := 0; y.left() > 0 && wait < 10_000; wait++ {
			runs += len(y.drain())
			y.move(30 * time.Minute)
		}
		if runs != 20 {
			t.Errorf("it ran %d times, want 20", runs)
		}
		if diff := cmp.Diff(map[work.Result]int{work.Failed: 19, work.GivenUp: 1}, results); diff != "" {
			t.Errorf("how it ended each time (-want +got):\n%s", diff)
		}
		if passed := y.now.Sub(parvistest.Noon); passed < 36*time.Hour || passed > 72*time.Hour {
			t.Errorf("it was given up after %v", passed)
		}
	})
}

func TestBackoffGrowsAndStaysBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		attempt, id := rapid.IntRange(1, 1<<30).Draw(t, "attempt"), parvis.ID(rapid.Int64Range(1, 1<<62).Draw(t, "id"))
		d := work.Backoff(attempt, id)
		if d < 5*time.Second || d > 7*time.Hour+30*time.Minute {
			t.Errorf("attempt %d waits %v", attempt, d)
		}
		if next := work.Backoff(attempt+1, id); next < d {
			t.Errorf("attempt %d waits %v, the next %v", attempt, d, next)
		}
	})
}

func TestWhatAHandlerMaySay(t *testing.T) {
	for name, test := range map[string]struct {
		says   error
		result work.Result
		then   func(*testing.T, *yard)
	}{
		"drop": {fmt.Errorf("410: %w", work.Drop(errDown)), work.Dropped, func(t *testing.T, y *yard) {
			if left := y.left(); left != 0 {
				t.Errorf("%d jobs are left", left)
			}
		}},
		"retry at": {work.RetryAt(parvistest.Noon.Add(time.Hour), errDown), work.Waits, func(t *testing.T, y *yard) {
			y.move(59 * time.Minute)
			if ran := y.drain(); len(ran) != 0 {
				t.Errorf("ran %q too early", ran)
			}
			next, err := y.DB.NextJobAt(y.ctx)
			y.do(err)
			if !next.Equal(parvistest.Noon.Add(time.Hour)) {
				t.Errorf("it is due at %v", next)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			handle := func(context.Context, *parvis.Job) error { return test.says }
			onEveryEngine(t, handle, func(t *testing.T, y *yard) {
				var said work.Ran
				y.Done = func(r work.Ran) { said = r }
				y.add(parvis.Job{Args: []byte("1")})
				if ran := y.drain(); len(ran) != 1 || !errors.Is(said.Err, errDown) || said.Result != test.result {
					t.Errorf("ran %q, which said %+v; want %s", ran, said, test.result)
				}
				test.then(t, y)
			})
		})
	}
}

func TestAPanicIsAFailure(t *testing.T) {
	handle := func(_ context.Context, j *parvis.Job) error {
		if j.Attempt == 0 {
			panic("broken")
		}
		return nil
	}
	onEveryEngine(t, handle, func(t *testing.T, y *yard) {
		var said []error
		y.Done = func(r work.Ran) { said = append(said, r.Err) }
		y.add(parvis.Job{Args: []byte("1")})
		y.drain()
		y.move(10 * time.Second)
		y.drain()
		if len(said) != 2 || said[0] == nil || !strings.Contains(said[0].Error(), "panic: broken") || said[1] != nil || y.left() != 0 {
			t.Errorf("it said %v; %d jobs are left", said, y.left())
		}
	})
}

func TestTheJobOfADeadWorkerIsTakenOver(t *testing.T) {
	onEveryEngine(t, nil, func(t *testing.T, y *yard) {
		y.add(parvis.Job{Args: []byte("1")})
		kinds := []parvis.JobKind{parvis.JobDeliver}
		if jobs, err := y.DB.TurnJobs(y.ctx, nil, storage.Claim{Kinds: kinds, Now: y.now, Until: y.now.Add(20 * time.Second), Limit: 1}); err != nil || len(jobs) != 1 {
			t.Fatal(jobs, err)
		}
		y.move(19 * time.Second) // whoever claimed it has died
		if ran := y.drain(); len(ran) != 0 {
			t.Errorf("ran %q while it was leased", ran)
		}
		y.move(time.Second)
		if ran := y.drain(); len(ran) != 1 || y.left() != 0 {
			t.Errorf("ran %q; %d are left", ran, y.left())
		}
	})
}

// A graceful stop lets what runs end, takes nothing new, and loses nothing.
func TestRunStopsGracefully(t *testing.T) {
	for _, engine := range parvistest.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			started, finish := make(chan string, 9), make(chan struct{})
			y := newYard(t, engine, func(ctx context.Context, j *parvis.Job) error {
				started <- string(j.Args)
				<-finish
				return ctx.Err()
			})
			ctx, stop := context.WithCancel(y.ctx)
			stopped := make(chan struct{})
			go func() {
				y.Run(ctx)
				close(stopped)
			}()
			y.add(parvis.Job{Args: []byte("1")}) // and the runner is woken, not polled
			y.add(parvis.Job{Args: []byte("2")}, parvis.Job{Kind: parvis.JobHome, Args: []byte("3")}, parvis.Job{Kind: parvis.JobHome, Args: []byte("4")})
			running := []string{<-started, <-started, <-started}
			slices.Sort(running)
			if !slices.Contains(running, "1") || !slices.Contains(running, "2") { // of 3 and 4, one has the pool's only seat
				t.Errorf("running: %q", running)
			}
			stop()
			select {
			case <-stopped:
				t.Error("it stops before its jobs have ended")
			default:
			}
			close(finish)
			<-stopped
			if left := y.left(); left != 1 {
				t.Errorf("%d jobs are left, want the one that never started", left)
			}
			if len(started) != 0 {
				t.Errorf("%q was started after the stop", <-started)
			}
		})
	}
}

// Servers that hang take no workers for long, however many there are.
func TestSlowJobsArePutAside(t *testing.T) {
	for _, engine := range parvistest.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			finish, quick := make(chan struct{}), make(chan struct{})
			y := newYard(t, engine, func(_ context.Context, j *parvis.Job) error {
				if string(j.Args) == "quick" {
					close(quick)
				} else {
					<-finish
				}
				return nil
			})
			for i := range 20 {
				y.add(parvis.Job{Args: fmt.Appendf(nil, "hangs %d", i)})
			}
			y.add(parvis.Job{Args: []byte("quick"), RunAt: y.now.Add(time.Millisecond)})
			y.move(time.Second)
			ctx, stop := context.WithCancel(y.ctx)
			stopped := make(chan struct{})
			go func() {
				y.Run(ctx)
				close(stopped)
			}()
			<-quick // none of the others has ended
			close(finish)
			stop()
			<-stopped
		})
	}
}
