// Package work runs durable jobs. A job is leased, run, and then removed or
// tried again later; if its worker dies, the lease ends and another takes it. So
// every handler must bear to be run twice.
package work

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// A Handler does the work of one job. The job stays its own as long as it runs,
// which its context bounds.
type Handler func(context.Context, *parvis.Job) error

// A Pool runs some kinds of jobs, so many at a time: slow ones in one pool do
// not hold up those of another.
type Pool struct {
	Name    string
	Workers int
	// Window bounds how many jobs run at a time that talk to one host, so that one
	// that hangs does not get all workers; 0 is no bound.
	Window   int
	Handlers map[parvis.JobKind]Handler
}

// A Runner runs jobs.
type Runner struct {
	DB    *storage.DB
	Pools []Pool
	Now   func() time.Time
	Log   zerolog.Logger
	// Done, if set, is told about every job that ran, for metrics.
	Done func(Ran)

	mu   sync.Mutex
	held map[parvis.ID]bool
}

const (
	// lease is how long a job stays a worker's without being renewed: so long its
	// work rests if its process hangs. If it died, others know sooner.
	lease = 20 * time.Second
	// renewal is how often the leases of running jobs are renewed.
	renewal = lease / 4
	// patience is how long a handler may take.
	patience = 2 * time.Minute
	// look is how often a pool looks for jobs whose time has come, or of which no
	// word reached this process.
	look = 500 * time.Millisecond
)

// Ran tells how a run of a job went.
type Ran struct {
	Kind   parvis.JobKind
	Result Result
	Took   time.Duration
	Err    error
}

// Result is what becomes of a job that ran.
type Result string

// The results: all but Waits and Failed are the job's last.
const (
	Succeeded Result = "done"
	Dropped   Result = "dropped"  // another attempt would not mend it
	Waits     Result = "waits"    // its handler said until when
	Failed    Result = "failed"   // it runs again after a while
	GivenUp   Result = "given_up" // it failed too often
)

// errDrop and retryAt are how a handler says what should become of its job.
type (
	dropError  struct{ error }
	retryError struct {
		error
		at time.Time
	}
)

// Unwrap gives the reason.
func (e dropError) Unwrap() error { return e.error }

// Unwrap gives the reason.
func (e retryError) Unwrap() error { return e.error }

// Drop makes an error final: the job is not tried again.
func Drop(err error) error { return dropError{err} }

// RetryAt makes the job run again at a time instead of when its attempts say.
func RetryAt(at time.Time, err error) error { return retryError{err, at} }

// A job that says nothing else is tried so often, and for so long at least: one
// that asked to wait many times is not given up at its first failure. With
// Backoff, so many attempts take about two days.
const (
	maxAttempts = 20
	minPatience = 36 * time.Hour
)

// Backoff returns how long to wait after the given number of failed attempts:
// seconds at first, six hours at most. The id spreads jobs that failed together.
func Backoff(attempt int, id parvis.ID) time.Duration {
	n := time.Duration(min(attempt, maxAttempts)) // RetryAt knows no end, the cube would
	d := min(n*n*n*5*time.Second, 6*time.Hour)
	return d + d/4*time.Duration(id%256)/256
}

// Run runs jobs until ctx ends, then waits for those that run. They are given a
// context of their own, so that a graceful stop does not break them off.
func (r *Runner) Run(ctx context.Context) {
	var pools sync.WaitGroup
	wakes, kinds := make([]chan struct{}, len(r.Pools)), make([][]parvis.JobKind, len(r.Pools))
	for i := range r.Pools {
		wakes[i], kinds[i] = make(chan struct{}, 1), slices.Collect(maps.Keys(r.Pools[i].Handlers))
		pools.Go(func() { r.runPool(ctx, r.Pools[i], wakes[i]) })
	}
	living, stop := context.WithCancel(context.WithoutCancel(ctx))
	var signs sync.WaitGroup
	signs.Go(func() { r.renew(living) })
	signs.Go(func() {
		r.DB.Attend(living, func(err error) { r.Log.Error().Err(err).Msg("others cannot be shown that this process lives") })
	})
	defer signs.Wait()
	defer stop()
	for {
		select {
		case <-r.DB.Wake():
			concerns := r.DB.Rung()
			for i, w := range wakes {
				if !concerns(kinds[i]) {
					continue
				}
				select {
				case w <- struct{}{}:
				default:
				}
			}
		case <-ctx.Done():
			pools.Wait()
			return
		}
	}
}

// renew renews the leases of held jobs until ctx ends.
func (r *Runner) renew(ctx context.Context) {
	tick := time.NewTicker(renewal)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		r.mu.Lock()
		ids := slices.Collect(maps.Keys(r.held))
		r.mu.Unlock()
		if len(ids) == 0 {
			continue
		}
		if err := r.DB.RenewJobs(ctx, ids, r.Now().Add(lease)); err != nil && ctx.Err() == nil {
			r.Log.Error().Err(err).Msg("leases cannot be renewed")
		}
	}
}

// A shift is a pool at work: one goroutine leases and settles, others run jobs.
type shift struct {
	*Runner
	Pool
	leased int            // jobs that have not ended yet
	busy   map[string]int // of them, by host
	slots  chan struct{}  // holds a sign for each worker that is taken
	aside  atomic.Int64   // how many jobs run without taking a worker
	ends   chan storage.Ended
	ended  []storage.Ended // not settled yet
}

const (
	// ahead is how many jobs, for each worker, are leased at a time: while one
	// transaction settles and leases, workers have something to do.
	ahead = 2
	// gathering is how long jobs that ended wait for others to be settled with.
	gathering = 5 * time.Millisecond
	// slow is how long a job may take before another one begins in its place: it
	// waits for somebody else's server, and hundreds may hang at once. At most
	// mostAside are so put aside.
	slow      = time.Second
	mostAside = 2000
	// farewells is how often settling is tried when the process stops.
	farewells = 5
)

// runPool runs the jobs of a pool. What ended meanwhile is settled, and what may
// follow is leased, by one transaction: the more there is to do, the less of it is
// spent on transactions.
func (r *Runner) runPool(ctx context.Context, p Pool, wake <-chan struct{}) {
	s := &shift{Runner: r, Pool: p, busy: make(map[string]int), slots: make(chan struct{}, p.Workers),
		ends: make(chan storage.Ended, ahead*p.Workers+mostAside)}
	timer := time.NewTicker(look)
	defer timer.Stop()
	for ctx.Err() == nil {
		if s.turn(ctx, ahead*p.Workers-s.leased+int(s.aside.Load())) != nil {
			s.wait(ctx, nil, time.After(look))
			continue
		}
		s.wait(ctx, wake, timer.C)
	}
	for s.leased > 0 {
		s.note(<-s.ends)
	}
	for range farewells {
		if len(s.ended) == 0 || s.turn(context.WithoutCancel(ctx), 0) == nil {
			return
		}
		time.Sleep(look)
	}
}

// turn settles what ended and starts what it can lease.
func (s *shift) turn(ctx context.Context, limit int) error {
	jobs, err := s.claim(ctx, s.Pool, s.ended, limit, s.busy)
	if err != nil {
		if ctx.Err() == nil {
			s.Log.Error().Err(err).Str("pool", s.Name).Msg("jobs cannot be settled and leased; trying again")
		}
		return err
	}
	s.ended = s.ended[:0]
	for _, j := range jobs {
		s.leased++
		s.busy[j.Host]++
		go func() { s.ends <- s.start(ctx, j) }()
	}
	return nil
}

// start runs a job when a worker is free. A job that did not start before the
// process stops is given back.
func (s *shift) start(ctx context.Context, j *parvis.Job) storage.Ended {
	select {
	case s.slots <- struct{}{}:
		defer s.putAsideWhenSlow()()
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return storage.Ended{Job: j, Again: s.Now()}
	}
	return s.run(context.WithoutCancel(ctx), s.Handlers[j.Kind], j)
}

// putAsideWhenSlow lets a job's worker go when it takes long. What it returns is to
// be called when the job has ended.
func (s *shift) putAsideWhenSlow() (ended func()) {
	var mu sync.Mutex
	done, aside := false, false
	timer := time.AfterFunc(slow, func() {
		mu.Lock()
		defer mu.Unlock()
		if done || s.aside.Load() >= mostAside {
			return
		}
		aside = true
		s.aside.Add(1)
		<-s.slots
	})
	return func() {
		timer.Stop()
		mu.Lock()
		defer mu.Unlock()
		if done = true; aside {
			s.aside.Add(-1)
		} else {
			<-s.slots
		}
	}
}

// wait returns when there is something to settle or perhaps to lease.
func (s *shift) wait(ctx context.Context, wake <-chan struct{}, timer <-chan time.Time) {
	select {
	case e := <-s.ends:
		s.note(e)
	case <-wake:
		return
	case <-timer:
		return
	case <-ctx.Done():
		return
	}
	enough := time.After(gathering)
	for len(s.ended) < s.Workers && s.leased > 0 {
		select {
		case e := <-s.ends:
			s.note(e)
		case <-enough:
			return
		}
	}
}

// note takes a job that ended.
func (s *shift) note(e storage.Ended) {
	s.ended = append(s.ended, e)
	s.leased--
	if s.busy[e.Job.Host]--; s.busy[e.Job.Host] == 0 {
		delete(s.busy, e.Job.Host)
	}
}

// claim settles what ended and leases what may run.
func (r *Runner) claim(ctx context.Context, p Pool, ended []storage.Ended, limit int, busy map[string]int) ([]*parvis.Job, error) {
	kinds := slices.Sorted(maps.Keys(p.Handlers))
	now := r.Now()
	jobs, err := r.DB.TurnJobs(ctx, ended, storage.Claim{Kinds: kinds, Now: now, Until: now.Add(lease), Limit: limit,
		Window: p.Window, Busy: busy})
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held == nil {
		r.held = make(map[parvis.ID]bool)
	}
	for _, e := range ended {
		delete(r.held, e.Job.ID)
	}
	for _, j := range jobs {
		r.held[j.ID] = true
	}
	return jobs, nil
}

// Drain runs due jobs one after the other until none is left, and returns how
// many ran. Tests use it to let nodes work without waiting; they move the clock
// themselves.
func (r *Runner) Drain(ctx context.Context) (total int, err error) {
	for {
		ran := 0
		for _, p := range r.Pools {
			jobs, err := r.claim(ctx, p, nil, p.Workers, nil)
			if err != nil {
				return total, err
			}
			for _, j := range jobs {
				ended := r.run(ctx, p.Handlers[j.Kind], j)
				if _, err := r.claim(ctx, p, []storage.Ended{ended}, 0, nil); err != nil {
					return total, err
				}
			}
			ran += len(jobs)
		}
		if total += ran; ran == 0 {
			return total, nil
		}
	}
}

// run runs one job and says what becomes of it.
func (r *Runner) run(ctx context.Context, h Handler, j *parvis.Job) storage.Ended {
	log := r.Log.With().Str("job", j.ID.String()).Str("kind", string(j.Kind)).Str("host", j.Host).Logger()
	ctx, cancel := context.WithTimeout(log.WithContext(ctx), patience)
	defer cancel()
	start := time.Now()
	err := safely(ctx, h, j)
	took := time.Since(start)
	// Its handler may have told the log more about the job.
	ended, result := r.judge(zerolog.Ctx(ctx), j, err)
	if r.Done != nil {
		r.Done(Ran{j.Kind, result, took, err})
	}
	return ended
}

// judge tells from a job's error whether it runs again, and when.
func (r *Runner) judge(log *zerolog.Logger, j *parvis.Job, err error) (storage.Ended, Result) {
	ended := storage.Ended{Job: j}
	if err == nil {
		return ended, Succeeded
	}
	var drop dropError
	var retry retryError
	tries := j.Attempt + 1
	switch {
	case errors.As(err, &drop):
		log.Info().Err(err).Msg("job dropped")
		return ended, Dropped
	case errors.As(err, &retry):
		log.Debug().Err(err).Time("at", retry.at).Msg("job waits")
		ended.Again, ended.Reason = retry.at, err.Error()
		return ended, Waits
	case tries >= maxAttempts && r.Now().Sub(j.CreatedAt) > minPatience:
		log.Warn().Err(err).Int("attempts", tries).Msg("job given up")
		return ended, GivenUp
	}
	log.Info().Err(err).Int("attempts", tries).Msg("job failed")
	ended.Again, ended.Reason = r.Now().Add(Backoff(tries, j.ID)), err.Error()
	return ended, Failed
}

func safely(ctx context.Context, h Handler, j *parvis.Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return h(ctx, j)
}
