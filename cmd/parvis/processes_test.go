package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// A crew is one node served by several processes on one PostgreSQL.
type crew struct {
	*daemon   // the first of them
	processes []*daemon
	metrics   []string
	db        *storage.DB // a process of its own, so to speak: it runs no jobs
	writers   []*peer     // where somebody lives whom jeanne follows
	followers []*peer     // of jeanne
	arrived   atomic.Int64
}

func newCrew(t testing.TB, processes, followers int) *crew {
	t.Helper()
	address := postgres(t).URL(t)
	c := &crew{daemon: layDaemon(t, "malakoff", address, t.TempDir())}
	for i := range processes {
		d := c.daemon
		if i > 0 {
			d = c.twin()
		}
		c.metrics = append(c.metrics, freeAddr(t))
		d.args = append(d.args, "--metrics", c.metrics[i])
		c.processes = append(c.processes, d)
	}
	for _, d := range c.processes {
		d.start()
	}
	var err error
	if c.db, err = storage.Open(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.db.Close() })
	for i := range 10 {
		p := newPeer(t, fmt.Sprintf("voisine%d", i))
		c.befriend(c.token, "marie@"+p.host)
		c.writers = append(c.writers, p)
	}
	for i := range followers {
		p := newPeer(t, fmt.Sprintf("abonne%d", i))
		p.follow(c.daemon, "paul")
		p.behave(func(*http.Request) int {
			c.arrived.Add(1)
			return http.StatusAccepted
		})
		c.followers = append(c.followers, p)
	}
	c.rest()
	return c
}

// postgres returns the engine on which processes tell each other of jobs.
func postgres(t testing.TB) parvistest.Engine {
	t.Helper()
	engines := parvistest.Engines(t)
	if len(engines) < 2 {
		t.Skip("processes share PostgreSQL") // with CI set, Engines has failed
	}
	return engines[1]
}

// twin is another process of a daemon that does not run yet.
func (d *daemon) twin() *daemon {
	d.t.Helper()
	other := &daemon{t: d.t, bin: d.bin, args: slices.Clone(d.args), addr: freeAddr(d.t), host: d.host, token: d.token}
	other.args[slices.Index(other.args, d.addr)] = other.addr
	d.t.Cleanup(other.kill)
	return other
}

// rest waits until nothing is left to do.
func (c *crew) rest() {
	c.t.Helper()
	var waiting map[parvis.JobKind]storage.Queue
	defer func() {
		if c.t.Failed() {
			next, err := c.db.NextJobAt(context.Background())
			c.t.Logf("jobs that wait: %v; the next is due at %s, %v", waiting, next, err)
		}
	}()
	c.until("rest", func() bool {
		var err error
		waiting, err = c.db.Queues(c.t.Context())
		return err == nil && len(waiting) == 0
	})
}

// sum adds up a metric of all processes.
func (c *crew) sum(name, labels string) (sum float64) {
	c.t.Helper()
	for _, addr := range c.metrics {
		sum += c.metric(addr, name, labels)
	}
	return sum
}

// ran is how many jobs of a kind were done.
func (c *crew) ran(kind parvis.JobKind) int {
	c.t.Helper()
	return int(c.sum("parvis_jobs_total", fmt.Sprintf("kind=%q", kind)))
}

// say has jeanne publish posts, at one process after the other.
func (c *crew) say(posts int) (uris []string) {
	c.t.Helper()
	for i := range posts {
		var made struct{ URI string }
		status, err := c.processes[i%len(c.processes)].api(http.MethodPost, "/api/v1/statuses", url.Values{"status": {fmt.Sprintf("Annonce %d", i)}}, &made)
		if err != nil || status != http.StatusOK {
			c.t.Fatalf("publish: %d, %v", status, err)
		}
		uris = append(uris, made.URI)
	}
	return uris
}

// letters has the writers write notes from..to, each for so many of the processes,
// and returns them with their texts.
func (c *crew) letters(from, to, copies int) (letters []*http.Request, texts map[string]bool) {
	c.t.Helper()
	texts = make(map[string]bool)
	for i := from; i < to; i++ {
		text, writer := fmt.Sprintf("Note %d", i), c.writers[i%len(c.writers)]
		texts[text] = true
		note := writer.create("marie", fmt.Sprintf("/notes/%d", i), text)
		for copy := range copies {
			l, err := writer.letter(c.processes[(i+copy)%len(c.processes)].addr, c.host, "marie", note)
			if err != nil {
				c.t.Fatal(err)
			}
			letters = append(letters, l)
		}
	}
	return letters, texts
}

// hear sends letters, some at a time.
func (c *crew) hear(letters []*http.Request, at int) {
	c.t.Helper()
	var all sync.WaitGroup
	for k := range at {
		all.Go(func() {
			for i := k; i < len(letters); i += at {
				if status, _, err := send(letters[i]); err != nil || status != http.StatusAccepted {
					c.t.Errorf("note %d: %d, %v", i, status, err)
				}
			}
		})
	}
	all.Wait()
}

// TestProcessesShareTheWork: two processes of one node take the same notes from
// another server, and publish. Each job is done by one of them, once.
func TestProcessesShareTheWork(t *testing.T) {
	t.Parallel()
	const notes, posts = 60, 20
	c := newCrew(t, 2, 3)
	inbox, deliver := c.ran(parvis.JobInbox), c.ran(parvis.JobDeliver)
	letters, texts := c.letters(0, notes, len(c.processes))
	c.hear(letters, 16)
	uris := c.say(posts)
	c.holds(c.token, "timelines/home", texts)
	c.rest()
	if got := c.ran(parvis.JobInbox) - inbox; got != notes {
		t.Errorf("%d notes were digested, want %d once each", got, notes)
	}
	want := posts * len(c.followers)
	if got := c.ran(parvis.JobDeliver) - deliver; got != want {
		t.Errorf("%d deliveries were made, want %d", got, want)
	}
	if got := int(c.arrived.Load()); got != want {
		t.Errorf("%d deliveries arrived, want %d", got, want)
	}
	for _, p := range c.followers {
		for _, uri := range uris {
			if got := p.about(uri); len(got) != 1 {
				t.Errorf("%s heard %v of %s, want one thing", p.host, got, uri)
			}
		}
	}
	for i, addr := range c.metrics {
		t.Logf("process %d did %.0f of the jobs", i, c.metric(addr, "parvis_jobs_total", ""))
	}
}

// TestACommandWakesOtherProcesses: a command that leaves something to do tells
// whoever listens, without being asked.
func TestACommandWakesOtherProcesses(t *testing.T) {
	t.Parallel()
	address := postgres(t).URL(t)
	d := layDaemon(t, "malakoff", address, t.TempDir())
	db, err := storage.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	woken := db.Wake()
	d.run("node", "show")
	select {
	case <-woken:
		t.Fatal("a command that only reads wakes others")
	default:
	}
	d.run("partner", "add", "vanves.localhost:1")
	select {
	case <-woken:
		if concerns := db.Rung(); !concerns([]parvis.JobKind{parvis.JobPartner}) || concerns([]parvis.JobKind{parvis.JobPicture}) {
			t.Error("others than those of the job's kind are woken")
		}
	case <-time.After(time.Minute):
		t.Error("nobody heard of the job")
	}
}

// How much BenchmarkProcesses asks of the processes at a time.
const (
	sharedNotes     = 1000
	sharedPosts     = 50
	sharedFollowers = 20
	wakes           = 20
)

// sharedAtOnce is how many notes come at a time: as many as leave two processes short
// batches, as many as a busy hour brings, and more than that.
var sharedAtOnce = [...]int{16, 64, 256}

// A sharer takes all of a load: some nodes, each by some processes.
type sharer struct {
	name                         string
	nodes, processes, processors int
	crews                        []*crew
}

// BenchmarkProcesses puts the same load on one process that may use one processor,
// on one that may use two, on two nodes that share nothing but the machine, each of
// one process, and on one node of two processes, on PostgreSQL; the CPU time of the
// processes counts. It also measures how long it takes two until they begin what
// another process left to do.
func BenchmarkProcesses(b *testing.B) {
	sharers := []*sharer{
		{name: "one", nodes: 1, processes: 1, processors: 1},
		{name: "wide", nodes: 1, processes: 1, processors: 2},
		{name: "apart", nodes: 2, processes: 1, processors: 1},
		{name: "two", nodes: 1, processes: 2, processors: 1},
	}
	for _, s := range sharers {
		b.Setenv("GOMAXPROCS", strconv.Itoa(s.processors))
		for range s.nodes {
			s.crews = append(s.crews, newCrew(b, s.processes, sharedFollowers))
		}
		s.hear(0, 16) // each process opens its connections and reads the keys
		s.say()
	}
	noted := make(map[int]map[string]float64) // milliseconds of CPU
	delivered := make(map[string]float64)
	for _, at := range sharedAtOnce {
		noted[at] = make(map[string]float64)
	}
	rounds, sent := 0, sharedNotes
	for b.Loop() {
		rounds++
		for _, at := range sharedAtOnce {
			for _, s := range sharers {
				noted[at][s.name] += s.hear(sent, at)
			}
			sent += sharedNotes
		}
		for _, s := range sharers {
			delivered[s.name] += s.say()
		}
	}
	b.ReportMetric(0, "ns/op")
	report := func(what string, cpu map[string]float64, operations int) {
		for _, s := range sharers {
			b.ReportMetric(cpu[s.name]/float64(operations), s.name+"-cpu-ms/"+what)
			if s.name != "two" {
				b.ReportMetric(cpu["two"]/cpu[s.name], "two/"+s.name+"-"+what)
			}
		}
	}
	for _, at := range sharedAtOnce {
		report(fmt.Sprintf("note-%d-at-once", at), noted[at], rounds*sharedNotes)
	}
	report("delivery", delivered, rounds*sharedPosts*sharedFollowers)
	times := sharers[len(sharers)-1].crews[0].wakeUps(b)
	b.ReportMetric(ms(times[len(times)/2]), "wake-median-ms")
	b.ReportMetric(ms(times[len(times)-1]), "wake-max-ms")
}

// hear has the nodes take notes from the given number on, each its part, so many at
// a time in all, and returns how many milliseconds of CPU that took.
func (s *sharer) hear(from, at int) float64 {
	part := sharedNotes / len(s.crews)
	letters := make([][]*http.Request, len(s.crews))
	for i, c := range s.crews {
		letters[i], _ = c.letters(from, from+part, 1)
	}
	return s.spend(func(i int, c *crew) { c.hear(letters[i], at/len(s.crews)) })
}

// say has the nodes publish, each its part.
func (s *sharer) say() float64 {
	return s.spend(func(_ int, c *crew) { c.say(sharedPosts / len(s.crews)) })
}

// spend returns how many milliseconds of CPU it takes the processes to do something
// and all that follows from it.
func (s *sharer) spend(do func(int, *crew)) float64 {
	used := func() (seconds float64) {
		for _, c := range s.crews {
			seconds += c.sum("process_cpu_seconds_total", "")
		}
		return seconds
	}
	before := used()
	var all sync.WaitGroup
	for i, c := range s.crews {
		all.Go(func() {
			do(i, c)
			c.rest()
		})
	}
	all.Wait()
	return 1000 * (used() - before)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// wakeUps measures, sorted, how long after its commit a job begins that was added
// where nobody works: asking a partner's server, which notes the time.
func (c *crew) wakeUps(b *testing.B) []time.Duration {
	b.Helper()
	asked := make(chan time.Time, wakes)
	var known sync.Map // hosts
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, again := known.LoadOrStore(r.Host, true); !again {
			asked <- time.Now()
		}
		http.NotFound(w, r)
	}))
	b.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	nodes, err := c.db.Nodes(ctx)
	if err != nil {
		b.Fatal(err)
	}
	a := &app.App{DB: c.db, Now: time.Now}
	var times []time.Duration
	for i := range wakes {
		if _, err := a.AddPartner(ctx, nodes[0], fmt.Sprintf("ville%d.localhost:%s", i, port)); err != nil {
			b.Fatal(err)
		}
		committed := time.Now()
		times = append(times, (<-asked).Sub(committed))
	}
	slices.Sort(times)
	return times
}
