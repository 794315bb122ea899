package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/work"
)

// metrics counts what happens in this process, in Prometheus' words.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	jobs     *prometheus.CounterVec
	took     *prometheus.HistogramVec
	refused  *prometheus.CounterVec
}

func newMetrics(a *app.App) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "parvis_http_request_seconds",
			Help: "Time to answer requests.", Buckets: prometheus.ExponentialBuckets(0.001, 4, 8)}, []string{"method", "status"}),
		jobs: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "parvis_jobs_total",
			Help: "Jobs that ran, by how it ended: done, dropped, waits, failed (and runs again) or given_up."}, []string{"kind", "result"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "parvis_job_seconds",
			Help: "Time that jobs ran.", Buckets: prometheus.ExponentialBuckets(0.001, 4, 9)}, []string{"kind"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "parvis_inbox_refused_total",
			Help: "Activities for which there was no room, because of their server (429) or of all together (503)."}, []string{"status"}),
	}
	m.registry.MustRegister(m.requests, m.jobs, m.took, m.refused, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), newQueueGauges(a.DB, a.Now))
	return m
}

func (m *metrics) request(method string, status int, took time.Duration) {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
	default:
		method = "other" // clients may invent methods; labels are bounded
	}
	m.requests.WithLabelValues(method, strconv.Itoa(status)).Observe(took.Seconds())
}

func (m *metrics) job(r work.Ran) {
	m.jobs.WithLabelValues(string(r.Kind), string(r.Result)).Inc()
	m.took.WithLabelValues(string(r.Kind)).Observe(r.Took.Seconds())
}

func (m *metrics) refusedByBacklog(status int) { m.refused.WithLabelValues(strconv.Itoa(status)).Inc() }

func (m *metrics) handler() http.Handler {
	// A database that does not answer takes the queues away, not everything.
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}
