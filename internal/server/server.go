// Package server makes one http.Handler of all surfaces: it finds the node that
// a request is for, bounds what one client may ask for, and mounts what speaks
// ActivityPub, what serves apps and what serves people. It also runs the jobs.
package server

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/mux"
	"github.com/rs/zerolog"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/config"
	"github.com/parvis-coop/parvis/internal/work"
)

// Options are what a Server is made of.
type Options struct {
	App            *app.App
	Log            zerolog.Logger
	TrustedProxies config.Networks
	RateLimit      int // requests a minute per client; 0 means no limit
	// Surfaces mount their routes, in this order: the first that fits answers.
	Surfaces []func(*mux.Router)
	Pools    []work.Pool

	metrics *metrics // its own if nil
}

// A Server answers every request of a process, for all its nodes.
type Server struct {
	Nodes  *Nodes
	Runner *work.Runner

	app     *app.App
	log     zerolog.Logger
	metrics *metrics
	handler http.Handler
}

// New makes a server; Run must be called for jobs to run.
func New(ctx context.Context, o Options) (*Server, error) {
	nodes, err := NewNodes(ctx, o.App.DB)
	if err != nil {
		return nil, err
	}
	o.App.NodesChanged = nodes.Refresh
	if o.metrics == nil {
		o.metrics = newMetrics(o.App)
	}
	s := &Server{Nodes: nodes, app: o.App, log: o.Log, metrics: o.metrics}
	s.Runner = &work.Runner{DB: o.App.DB, Pools: o.Pools, Now: o.App.Now, Log: o.Log, Done: s.metrics.job}

	site := mux.NewRouter()
	for _, mount := range o.Surfaces {
		mount(site)
	}
	root := mux.NewRouter()
	root.Path("/healthz").Methods(http.MethodGet, http.MethodHead).HandlerFunc(healthy)
	root.Path("/readyz").Methods(http.MethodGet, http.MethodHead).HandlerFunc(s.ready)
	root.PathPrefix("/").Handler(s.findNode(newLimits(o.RateLimit).wrap(bounded(site))))
	s.handler = s.observe(findClient(o.TrustedProxies, root))
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Metrics answers Prometheus; it belongs on an address of its own.
func (s *Server) Metrics() http.Handler { return s.metrics.handler() }

// healthy says that the process runs, for any Host.
func healthy(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") }

// ready says whether this process can serve: the database answers.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.app.DB.Ping(ctx); err != nil {
		zerolog.Ctx(r.Context()).Error().Err(err).Msg("database does not answer")
		plain(w, http.StatusServiceUnavailable, "the database does not answer")
		return
	}
	plain(w, http.StatusOK, "ok")
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}

// sweepEvery is how often what is of no use any more is removed.
const sweepEvery = time.Hour

// indexEvery is how often what other servers sent is made to be found.
const indexEvery = 2 * time.Second

// Run runs jobs, notices what commands change, sweeps and indexes, until ctx ends;
// then it waits for the jobs that run.
func (s *Server) Run(ctx context.Context) {
	ctx = s.log.WithContext(ctx)
	var all sync.WaitGroup
	all.Go(func() { s.Runner.Run(ctx) })
	all.Go(func() { s.Nodes.Watch(ctx) })
	all.Go(func() { s.sweep(ctx) })
	all.Go(func() { s.index(ctx) })
	all.Wait()
}

func (s *Server) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := s.app.Sweep(ctx); err != nil && ctx.Err() == nil {
				s.log.Error().Err(err).Msg("sweeping failed")
			}
		case <-ctx.Done():
			return
		}
	}
}

// index lets people find what came. As long as much waits, after an upgrade for one,
// it takes half of a processor and of SQLite's writer.
func (s *Server) index(ctx context.Context) {
	pause := time.NewTimer(indexEvery)
	defer pause.Stop()
	for {
		select {
		case <-pause.C:
			began := time.Now()
			more, err := s.app.Index(ctx)
			if err != nil && ctx.Err() == nil {
				s.log.Error().Err(err).Msg("indexing failed")
			}
			if more {
				pause.Reset(time.Since(began))
			} else {
				pause.Reset(indexEvery)
			}
		case <-ctx.Done():
			return
		}
	}
}
