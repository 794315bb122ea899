package server_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// series reads what a place tells Prometheus.
func (p *place) series() map[string]string {
	p.t.Helper()
	rec := httptest.NewRecorder()
	p.server.Metrics().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	all := make(map[string]string)
	for line := range strings.Lines(rec.Body.String()) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			all[name] = value
		}
	}
	return all
}

// However many servers there are, only the twenty with the longest backlogs are named.
func TestMetricsTellWhatWaitsAndHowItEnded(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		p := newNetwork(t, e, "malakoff").places[0]
		now := p.net.clock.Now()
		err := p.app.DB.Node(p.node.ID).InTx(bg, func(ctx context.Context, tx *storage.Tx) error {
			for i := range 30 {
				for range i + 1 {
					made := now.Add(-time.Minute)
					err := tx.AddJob(ctx, &parvis.Job{Kind: parvis.JobDeliver, Host: fmt.Sprintf("ville%02d.example", i), Args: []byte("{"),
						RunAt: now.Add(time.Hour), CreatedAt: made})
					if err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		got := p.series()
		if got[`parvis_jobs_waiting{kind="deliver"}`] != "465" || !strings.HasPrefix(got[`parvis_jobs_oldest_seconds{kind="deliver"}`], "60") {
			t.Errorf("%s deliveries wait for %s s, want 465 for a minute", got[`parvis_jobs_waiting{kind="deliver"}`], got[`parvis_jobs_oldest_seconds{kind="deliver"}`])
		}
		hosts := 0
		for name := range got {
			if strings.HasPrefix(name, "parvis_host_jobs_waiting{") {
				hosts++
			}
		}
		longest := `{host="ville29.example",kind="deliver"}`
		if hosts != 20 || got["parvis_host_jobs_waiting"+longest] != "30" || !strings.HasPrefix(got["parvis_host_jobs_oldest_seconds"+longest], "60") {
			t.Errorf("%d servers are named, the one with the longest backlog with %q jobs; want 20, and 30 jobs", hosts, got["parvis_host_jobs_waiting"+longest])
		}

		p.net.clock.pass(2 * time.Hour)
		p.work() // none of these jobs can be read
		got = p.series()
		if got[`parvis_jobs_total{kind="deliver",result="dropped"}`] != "465" || got[`parvis_job_seconds_count{kind="deliver"}`] != "465" {
			t.Errorf("%s were dropped of %s that ran, want all 465", got[`parvis_jobs_total{kind="deliver",result="dropped"}`], got[`parvis_job_seconds_count{kind="deliver"}`])
		}
	})
}
