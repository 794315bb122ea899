//go:build unix

package server_test

import (
	"database/sql"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

var crowd = flag.Int("crowd", 20, "compare a database of 10,000 posts with one of `N` times its rows; 100 makes 1,000,000 posts")

// BenchmarkCrowd puts the same loads by turns on a node whose database is small and
// on one whose database is large, around the same people and posts. No load may cost
// more than 1.3 times as much. What PostgreSQL's processes work for each is counted
// as well.
func BenchmarkCrowd(b *testing.B) {
	for _, e := range parvistest.Engines(b) {
		b.Run(e.Name, func(b *testing.B) { benchmarkCrowd(b, e) })
	}
}

func benchmarkCrowd(b *testing.B, e parvistest.Engine) {
	small, large := newCrowded(b, e, parvistest.WholeCrowd.Part(100)), newCrowded(b, e, parvistest.WholeCrowd.Part(100/(*crowd)))
	for _, load := range crowdLoads { // opens connections, reads keys
		load.do(b, small, &meter{})
		load.do(b, large, &meter{})
	}
	meters := make(map[string]*[2]meter)
	for _, load := range crowdLoads {
		meters[load.name] = new([2]meter)
	}
	turns := 0
	for b.Loop() {
		small.tidy(b)
		large.tidy(b)
		for _, load := range crowdLoads {
			m := meters[load.name]
			for i := range 2 {
				k := (i + turns) % 2
				load.do(b, [...]*crowded{small, large}[k], &m[k])
			}
		}
		turns++
	}
	b.ReportMetric(0, "ns/op")
	for _, load := range crowdLoads {
		m := meters[load.name]
		few, many := m[0].each(), m[1].each()
		b.ReportMetric(many/few, load.name+"-large/small")
		b.Logf("%-14s %8.3f ms %8.3f ms  × %.2f", load.name, few, many, many/few)
		if many > 1.3*few {
			b.Errorf("%s costs %.2f times as much with %d posts", load.name, many/few, large.Posts)
		}
	}
}

// A crowded bench is one whose node has many other people and posts.
type crowded struct {
	*bench
	*parvistest.Crowd
	sql    *sql.DB
	token  string         // jeanne's
	signer federation.Key // of somebody elsewhere
}

func newCrowded(b *testing.B, e parvistest.Engine, size parvistest.CrowdSize) *crowded {
	b.Helper()
	n := newBench(b, e)
	c := &crowded{bench: n, sql: bareDB(b, parvistest.Patient(n.url))}
	b.Cleanup(func() { _ = c.sql.Close() })
	c.Crowd = &parvistest.Crowd{CrowdSize: size, Node: n.node.ID, Last: time.Now(), Exec: func(statement string) error {
		_, err := c.sql.ExecContext(bg, statement)
		return err
	}}
	if err := c.Fill(); err != nil {
		b.Fatal(err)
	}
	n.befriendWriters(b)
	n.attract(b, federation.SchemeCavage)
	if err := n.app.Follow(bg, n.node, n.reads, parvistest.CrowdFeed); err != nil {
		b.Fatal(err)
	}
	n.fan(fanPosts)
	var err error
	if c.token, err = n.app.CreateToken(bg, n.node, "jeanne", "bench", []string{"read"}); err != nil {
		b.Fatal(err)
	}
	c.signer = n.acquaint(b)
	return c
}

// tidy does what autovacuum does in a living PostgreSQL; the servers of tests run
// without it.
func (c *crowded) tidy(b *testing.B) {
	b.Helper()
	if strings.HasPrefix(c.url, "sqlite:") {
		return
	}
	if err := c.Exec("VACUUM ANALYZE"); err != nil {
		b.Fatal(err)
	}
}

// acquaint makes somebody elsewhere known here, and returns the key.
func (n *bench) acquaint(b *testing.B) federation.Key {
	b.Helper()
	w, err := newWriter(writers)
	if err != nil {
		b.Fatal(err)
	}
	a := parvistest.Stranger(w.Name, w.Host)
	a.PublicKey = w.PEM
	n.know(b, []*parvis.Account{a}, func(a *parvis.Account) *parvis.Follow {
		return &parvis.Follow{FollowerID: n.reads.ID(), FollowedID: a.ID}
	})
	return w.key
}

// run measures as a meter does, with the CPU time of PostgreSQL.
func (c *crowded) run(b *testing.B, m *meter, ops int, do func()) {
	b.Helper()
	before := c.databaseCPU(b)
	m.run(b, ops, do)
	for pid, used := range c.databaseCPU(b) {
		m.cpu += used - before[pid]
	}
}

// databaseCPU is how long each process of PostgreSQL has worked for this database,
// where the system says so in /proc.
func (c *crowded) databaseCPU(b *testing.B) map[string]time.Duration {
	b.Helper()
	used := make(map[string]time.Duration)
	if strings.HasPrefix(c.url, "sqlite:") {
		return used
	}
	rows, err := c.sql.QueryContext(bg, "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var pid string
		if err := rows.Scan(&pid); err != nil {
			b.Fatal(err)
		}
		used[pid] = processCPU(b, pid)
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	return used
}

// processCPU reads the time that a process has worked from /proc/PID/stat (proc(5)):
// what follows the name, in hundredths of a second.
func processCPU(b *testing.B, pid string) time.Duration {
	b.Helper()
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return 0 // it has ended
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(after)
	var ticks int
	for _, field := range fields[11:13] { // utime, stime
		n, err := strconv.Atoi(field)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// crowdReads is how many requests a turn of reading takes.
const crowdReads = 600

// crowdLoads are the loads, each of which adds to a meter.
var crowdLoads = []struct {
	name string
	do   func(*testing.B, *crowded, *meter)
}{
	{"note-visible", func(b *testing.B, c *crowded, m *meter) {
		uris := c.rest.do(order{Do: "write", Node: c.node.Host, Notes: benchNotes}).URIs
		c.run(b, m, benchNotes, func() {
			c.work(parvis.JobInbox, benchNotes, func() { c.rest.do(order{Do: "post", To: c.http.URL}) })
		})
		c.checkHome(b, uris)
	}},
	{"delivery", func(b *testing.B, c *crowded, m *meter) {
		c.run(b, m, fanned, func() { c.fan(fanPosts) })
	}},
	{"home", read("application/json", func(*crowded, int) string { return "/api/v1/timelines/home?limit=20" })},
	{"profile-page", read("text/html", func(_ *crowded, i int) string { return fmt.Sprintf("/@hab%d", 2+i%200) })},
	{"status-page", read("text/html", func(c *crowded, i int) string { return c.offer(i) })},
	{"signed-actor", read(activityJSON, func(*crowded, int) string { return "/@jeanne" })},
	{"signed-object", read(activityJSON, func(c *crowded, i int) string { return c.offer(i) })},
}

const activityJSON = "application/activity+json"

// offer is the path of one of the last offers of residents, two hundred in all.
func (c *crowded) offer(i int) string {
	post := parvis.Post{ID: c.PostID(c.Posts - c.Posts%20 - 20*(i%200))}
	return post.Path()
}

// read asks for paths, one after the other.
func read(accept string, path func(c *crowded, i int) string) func(*testing.B, *crowded, *meter) {
	return func(b *testing.B, c *crowded, m *meter) {
		requests := make([]*http.Request, crowdReads)
		for i := range requests {
			r := httptest.NewRequest(http.MethodGet, c.node.URL(path(c, i)), nil)
			r.Header.Set("Accept", accept)
			r.Header.Set("Accept-Encoding", "gzip")
			switch accept {
			case "application/json":
				r.Header.Set("Authorization", "Bearer "+c.token)
			case activityJSON:
				if err := c.signer.Sign(r, nil, time.Now()); err != nil {
					b.Fatal(err)
				}
			}
			requests[i] = r
		}
		c.run(b, m, crowdReads, func() {
			for _, r := range requests {
				rec := httptest.NewRecorder()
				c.server.ServeHTTP(rec, r)
				if rec.Code != http.StatusOK {
					b.Fatalf("%s: %d %s", r.URL, rec.Code, rec.Body)
				}
			}
		})
	}
}
