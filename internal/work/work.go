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
	Name     string
	Workers  int
	Handlers map[parvis.JobKind]Handler
}

// A Runner runs jobs.
type Runner struct {
	DB    *storage.DB
	Pools []Pool
	Now   func() time.Time
	Log   zerolog.Logger
	// Done, if set, is told about every job that ran, for metrics.
	Done func(parvis.JobKind, error)

	mu      sync.Mutex
	running map[parvis.ID]bool
}

const (
	// lease is how long a job stays a worker's without being renewed: so long its
	// work rests if the process is killed.
	lease = 20 * time.Second
	// renewal is how often the leases of running jobs are renewed.
	renewal = lease / 4
	// patience is how long a handler may take.
	patience = 2 * time.Minute
	// look is how often a pool looks for jobs that other processes added, or whose
	// time has come.
	look = 500 * time.Millisecond
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
	wakes := make([]chan struct{}, len(r.Pools))
	for i := range r.Pools {
		wakes[i] = make(chan struct{}, 1)
		pools.Go(func() { r.runPool(ctx, r.Pools[i], wakes[i]) })
	}
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	go r.renew(renewing)
	for {
		select {
		case <-r.DB.Wake():
			for _, w := range wakes {
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

// renew renews the leases of running jobs until ctx ends.
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
		ids := slices.Collect(maps.Keys(r.running))
		r.mu.Unlock()
		if len(ids) == 0 {
			continue
		}
		if err := r.DB.RenewJobs(ctx, ids, r.Now().Add(lease)); err != nil && ctx.Err() == nil {
			r.Log.Error().Err(err).Msg("leases cannot be renewed")
		}
	}
}

// hold notes that a job runs, or no longer does.
func (r *Runner) hold(id parvis.ID, runs bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !runs {
		delete(r.running, id)
		return
	}
	if r.running == nil {
		r.running = make(map[parvis.ID]bool)
	}
	r.running[id] = true
}

func (r *Runner) runPool(ctx context.Context, p Pool, wake <-chan struct{}) {
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, p.Workers)
	freed := make(chan struct{}, 1)
	timer := time.NewTicker(look)
	defer timer.Stop()
	for {
		jobs, err := r.claim(ctx, p, p.Workers-len(slots))
		if err != nil && ctx.Err() == nil {
			r.Log.Error().Err(err).Str("pool", p.Name).Msg("jobs cannot be read")
		}
		for _, j := range jobs {
			slots <- struct{}{}
			running.Go(func() {
				defer func() {
					<-slots
					select {
					case freed <- struct{}{}:
					default:
					}
				}()
				r.run(context.WithoutCancel(ctx), p.Handlers[j.Kind], j)
			})
		}
		if len(jobs) > 0 && len(slots) < p.Workers {
			continue
		}
		select {
		case <-wake:
		case <-freed:
		case <-timer.C:
		case <-ctx.Done():
			return
		}
	}
}

func (r *Runner) claim(ctx context.Context, p Pool, limit int) ([]*parvis.Job, error) {
	if limit <= 0 || ctx.Err() != nil {
		return nil, ctx.Err()
	}
	kinds := make([]parvis.JobKind, 0, len(p.Handlers))
	for k := range p.Handlers {
		kinds = append(kinds, k)
	}
	now := r.Now()
	due, err := r.DB.HasDueJobs(ctx, kinds, now)
	if err != nil || !due {
		return nil, err
	}
	return r.DB.ClaimJobs(ctx, kinds, now, now.Add(lease), limit)
}

// Drain runs due jobs one after the other until none is left, and returns how
// many ran. Tests use it to let nodes work without waiting; they move the clock
// themselves.
func (r *Runner) Drain(ctx context.Context) (total int, err error) {
	for {
		ran := 0
		for _, p := range r.Pools {
			jobs, err := r.claim(ctx, p, p.Workers)
			if err != nil {
				return total, err
			}
			for _, j := range jobs {
				r.run(ctx, p.Handlers[j.Kind], j)
			}
			ran += len(jobs)
		}
		if total += ran; ran == 0 {
			return total, nil
		}
	}
}

// run runs one job and settles what becomes of it.
func (r *Runner) run(ctx context.Context, h Handler, j *parvis.Job) {
	r.hold(j.ID, true)
	defer r.hold(j.ID, false)
	log := r.Log.With().Str("job", j.ID.String()).Str("kind", string(j.Kind)).Str("host", j.Host).Logger()
	ctx, cancel := context.WithTimeout(log.WithContext(ctx), patience)
	defer cancel()
	err := safely(ctx, h, j)
	if r.Done != nil {
		r.Done(j.Kind, err)
	}
	// The job's own deadline must not keep us from noting how it ended.
	if noted := r.settle(context.WithoutCancel(ctx), log, j, err); noted != nil {
		log.Error().Err(noted).Msg("job cannot be settled; it will run again")
	}
}

func (r *Runner) settle(ctx context.Context, log zerolog.Logger, j *parvis.Job, err error) error {
	var drop dropError
	var retry retryError
	tries := j.Attempt + 1
	switch {
	case err == nil:
		return r.DB.FinishJob(ctx, j.ID)
	case errors.As(err, &drop):
		log.Info().Err(err).Msg("job dropped")
		return r.DB.FinishJob(ctx, j.ID)
	case errors.As(err, &retry):
		log.Debug().Err(err).Time("at", retry.at).Msg("job waits")
		return r.DB.RetryJob(ctx, j.ID, retry.at, err.Error())
	case tries >= maxAttempts && r.Now().Sub(j.CreatedAt) > minPatience:
		log.Warn().Err(err).Int("attempts", tries).Msg("job given up")
		return r.DB.FinishJob(ctx, j.ID)
	}
	log.Info().Err(err).Int("attempts", tries).Msg("job failed")
	return r.DB.RetryJob(ctx, j.ID, r.Now().Add(Backoff(tries, j.ID)), err.Error())
}

func safely(ctx context.Context, h Handler, j *parvis.Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return h(ctx, j)
}
