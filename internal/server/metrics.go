package server

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// metrics counts what happens in this process, in Prometheus' words.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	jobs     *prometheus.CounterVec
	refused  *prometheus.CounterVec
}

func newMetrics(db *storage.DB) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "parvis_http_request_seconds",
			Help: "Time to answer requests.", Buckets: prometheus.ExponentialBuckets(0.001, 4, 8)}, []string{"method", "status"}),
		jobs: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "parvis_jobs_total",
			Help: "Jobs that ran, by how they ended."}, []string{"kind", "result"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "parvis_inbox_refused_total",
			Help: "Activities for which there was no room, because of their server (429) or of all together (503)."}, []string{"status"}),
	}
	m.registry.MustRegister(m.requests, m.jobs, m.refused, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), waitingJobs{db})
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

func (m *metrics) job(kind parvis.JobKind, err error) {
	result := "done"
	if err != nil {
		result = "failed"
	}
	m.jobs.WithLabelValues(string(kind), result).Inc()
}

func (m *metrics) refusedByBacklog(status int) { m.refused.WithLabelValues(strconv.Itoa(status)).Inc() }

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// waitingJobs asks the database for the queue's length when it is scraped.
type waitingJobs struct{ db *storage.DB }

var waitingDesc = prometheus.NewDesc("parvis_jobs_waiting", "Jobs that wait or run.", []string{"kind"}, nil)

// Describe implements prometheus.Collector.
func (w waitingJobs) Describe(ch chan<- *prometheus.Desc) { ch <- waitingDesc }

// Collect implements prometheus.Collector.
func (w waitingJobs) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	counts, err := w.db.CountJobs(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(waitingDesc, err)
		return
	}
	for kind, n := range counts {
		ch <- prometheus.MustNewConstMetric(waitingDesc, prometheus.GaugeValue, float64(n), string(kind))
	}
}
