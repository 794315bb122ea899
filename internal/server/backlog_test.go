package server_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// work lets one place do what is due, and no other.
func (p *place) work() {
	p.t.Helper()
	if _, err := p.server.Runner.Drain(bg); err != nil {
		p.t.Fatal(err)
	}
}

// refusals reads how often a place had no room for what a neighbour sent it.
func (p *place) refusals() string {
	p.t.Helper()
	rec := httptest.NewRecorder()
	p.server.Metrics().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(rec.Body.String()) {
		if n, ok := strings.CutPrefix(line, `parvis_inbox_refused_total{status="429"} `); ok {
			return strings.TrimSpace(n)
		}
	}
	return "0"
}

// TestALoudNeighbourWaits: a place that cannot digest as fast as it is sent takes
// only so much of each neighbour. What it refused comes again, and nothing is lost.
func TestALoudNeighbourWaits(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		net := newBoundedNetwork(t, e, 10, "malakoff", "loud", "vanves")
		malakoff, neighbours := net.places[0], net.places[1:]
		claire := malakoff.resident("jeanne", parvis.RoleResident)
		speakers := make([]parvis.Viewer, len(neighbours))
		for i, p := range neighbours {
			speakers[i] = p.resident("karim", parvis.RoleResident)
			malakoff.follow(claire, "karim@"+p.node.Host)
		}
		net.settle()
		say := func(i, notes int) {
			for n := range notes {
				neighbours[i].publish(speakers[i], app.Draft{Detail: &parvis.Note{}, Source: fmt.Sprintf("Note %d", n), Audience: parvis.Everyone})
			}
			neighbours[i].work()
		}

		say(0, 10)
		if got := malakoff.waiting(); got != 2 || malakoff.refusals() == "0" {
			t.Errorf("of a loud neighbour %d activities wait and %s were refused, want the 2 of its share", got, malakoff.refusals())
		}
		say(1, 1)
		if got := malakoff.waiting(); got != 3 {
			t.Errorf("%d activities wait, want the quiet neighbour's too", got)
		}
		waiting := func() (total int) {
			for _, p := range net.places {
				total += p.waiting()
			}
			return total
		}
		for net.settle(); waiting() > 0; net.settle() {
			net.clock.pass(10 * time.Minute)
		}
		home, err := malakoff.app.Home(bg, malakoff.node, claire, parvis.Page{Limit: parvis.MaxPage})
		if want := 10 + 1; err != nil || len(home) != want {
			t.Errorf("in the end %d notes are there, %v; want all %d", len(home), err, want)
		}
	})
}
