package main

import (
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvistest"
)

var soak = flag.Duration("soak", 20*time.Second, "how long TestSoak keeps a node busy")

// A vital is how a process feels at one moment. The heap is the size at which garbage
// will be collected next, three times what was alive: what is in use at a moment says
// more about how long ago the last collection was.
type vital struct{ resident, heap, goroutines float64 } // megabytes, but for the last

// TestSoak keeps a node busy with everything at once: others write to it, its
// people publish and read. Nothing may fail, and the memory that it occupies must
// not grow once it is warm.
func TestSoak(t *testing.T) {
	t.Parallel()
	for _, engine := range parvistest.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			d := layDaemon(t, "malakoff", engine.URL(t), t.TempDir())
			metrics := freeAddr(t)
			d.args = append(d.args, "--metrics", metrics)
			d.start()
			l := newLoad(d)
			stop := together(len(l.parts), func(i int, stop <-chan struct{}) { l.keep(i, stop) })
			vitals := watch(d, metrics, *soak)
			stop()
			d.until("rest", func() bool { return d.metric(metrics, "parvis_jobs_waiting", "") == 0 })
			l.report(vitals, d.metric(metrics, "process_cpu_seconds_total", ""))
		})
	}
}

// watch notes the vitals of a daemon every half second.
func watch(d *daemon, metrics string, long time.Duration) (all []vital) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(long); time.Now().Before(end); <-tick.C {
		all = append(all, vital{resident(d.t, d.cmd.Process.Pid),
			d.metric(metrics, "go_memstats_next_gc_bytes", "") / 1e6, d.metric(metrics, "go_goroutines", "")})
	}
	return all
}

// A load is what keeps a daemon busy: some parts, each a request again and again.
type load struct {
	d     *daemon
	parts []part
}

// A part is a sort of request, made so often a second at most.
type part struct {
	what   string
	rate   int
	do     func(n int64) (status int, err error)
	done   *atomic.Int64
	failed *atomic.Int64
}

func newLoad(d *daemon) *load {
	author, abroad := newPeer(d.t, "auteur"), newPeer(d.t, "abonne")
	d.befriend(d.token, "auteur@"+author.host)
	abroad.follow(d, "marie")
	l := &load{d: d}
	l.add("notes received", 20, func(n int64) (int, error) {
		status, _, err := author.post(d.host, "auteur", author.create("auteur", fmt.Sprintf("/notes/%d", n), fmt.Sprintf("Note %d", n)))
		return status, err
	})
	l.add("posts published", 4, func(n int64) (int, error) {
		return d.api(http.MethodPost, "/api/v1/statuses", url.Values{"status": {fmt.Sprintf("Annonce %d", n)}}, nil)
	})
	for _, path := range []string{"/api/v1/timelines/home", "/", "/@jeanne"} {
		l.add("reads of "+path, 10, func(int64) (int, error) { return d.api(http.MethodGet, path, nil, nil) })
	}
	return l
}

func (l *load) add(what string, rate int, do func(int64) (int, error)) {
	l.parts = append(l.parts, part{what, rate, do, new(atomic.Int64), new(atomic.Int64)})
}

// keep makes one part's requests until told to stop.
func (l *load) keep(i int, stop <-chan struct{}) {
	p := l.parts[i]
	tick := time.NewTicker(time.Second / time.Duration(p.rate))
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		if status, err := p.do(p.done.Add(1)); err != nil || status/100 != 2 {
			p.failed.Add(1)
		}
	}
}

// report compares the process when it was warm, after a third of the time, with
// what became of it.
func (l *load) report(vitals []vital, cpu float64) {
	t := l.d.t
	t.Helper()
	for _, p := range l.parts {
		t.Logf("%-30s %6d, %d failed", p.what, p.done.Load(), p.failed.Load())
		if p.failed.Load() > 0 || p.done.Load() == 0 {
			t.Errorf("%s: %d of %d failed", p.what, p.failed.Load(), p.done.Load())
		}
	}
	third := len(vitals) / 3
	warm, end := median(vitals[third:2*third]), median(vitals[2*third:])
	t.Logf("warm: %.0f MB resident, %.0f MB of heap, %.0f goroutines", warm.resident, warm.heap, warm.goroutines)
	t.Logf("end:  %.0f MB resident, %.0f MB of heap, %.0f goroutines; %.1f s of processor", end.resident, end.heap, end.goroutines, cpu)
	// What a short run does not tell from noise, a long one does.
	if end.resident > 1.15*warm.resident+5 || end.heap > 1.15*warm.heap+8 || end.goroutines > 1.5*warm.goroutines+20 {
		t.Errorf("it grows: %+v when warm, %+v at the end", warm, end)
	}
}

func median(vitals []vital) vital {
	of := func(get func(vital) float64) float64 {
		all := make([]float64, len(vitals))
		for i, v := range vitals {
			all[i] = get(v)
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	return vital{of(func(v vital) float64 { return v.resident }), of(func(v vital) float64 { return v.heap }), of(func(v vital) float64 { return v.goroutines })}
}
