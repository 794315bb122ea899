//go:build unix

package server_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/internal/work"
	"github.com/parvis-coop/parvis/storage"
)

// These benchmarks hold the engine against the limit: a program that does only what
// nobody can avoid, in the same run, under the same load, in turns. They count the
// CPU time of this process; the rest of the fediverse is another one.

// A meter adds up what something cost.
type meter struct {
	cpu, wall time.Duration
	ops       int
}

// run measures what do costs, which is so many operations.
func (m *meter) run(b *testing.B, ops int, do func()) {
	b.Helper()
	runtime.GC() // each pays for its own garbage
	cpu, start := usedCPU(b), time.Now()
	do()
	m.cpu += usedCPU(b) - cpu
	m.wall += time.Since(start)
	m.ops += ops
}

// each is what an operation cost, in milliseconds.
func (m *meter) each() float64 { return float64(m.cpu.Microseconds()) / 1000 / float64(m.ops) }

// usedCPU is the time for which processors worked for this process.
func usedCPU(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// report says what an operation cost.
func (m *meter) report(b *testing.B, name string) {
	b.ReportMetric(m.each(), name+"-cpu-ms")
}

// rate says how many operations were done in a second.
func (m *meter) rate(b *testing.B, name string) {
	b.ReportMetric(float64(m.ops)/m.wall.Seconds(), name+"/s")
}

// share says how much of what was spent the limit would have spent too.
func (m *meter) share(b *testing.B, limit *meter, name string) {
	b.ReportMetric(100*limit.each()/m.each(), name+"-%limit")
}

// A bench is a place on the machine's clock, with the rest of the fediverse.
type bench struct {
	*place
	rest  *rest
	reads parvis.Viewer

	mu   sync.Mutex
	done map[parvis.JobKind]int // jobs that ran
	more *sync.Cond
}

func newBench(b *testing.B, e parvistest.Engine) *bench {
	b.Helper()
	collect := debug.SetGCPercent(200) // as serving does
	b.Cleanup(func() { debug.SetGCPercent(collect) })
	p := newNetwork(b, e, "malakoff").places[0]
	p.app.Now, p.server.Runner.Now = time.Now, time.Now
	n := &bench{place: p, rest: startElsewhere(b), reads: p.resident("jeanne", parvis.RoleResident), done: make(map[parvis.JobKind]int)}
	n.more = sync.NewCond(&n.mu)
	told := p.server.Runner.Done
	p.server.Runner.Done = func(r work.Ran) {
		told(r)
		if r.Err != nil {
			b.Errorf("job %s: %v", r.Kind, r.Err)
		}
		n.mu.Lock()
		defer n.mu.Unlock()
		n.done[r.Kind]++
		n.more.Broadcast()
	}
	return n
}

// know stores accounts of other servers and who follows whom.
func (n *bench) know(b *testing.B, accounts []*parvis.Account, follow func(*parvis.Account) *parvis.Follow) {
	b.Helper()
	err := n.app.DB.Node(n.node.ID).InTx(bg, func(ctx context.Context, t *storage.Tx) error {
		for _, a := range accounts {
			a.FetchedAt = time.Now()
			if err := t.AddAccount(ctx, a); err != nil {
				return err
			}
			f := follow(a)
			f.URI, f.Accepted, f.CreatedAt = a.URI+"#follows", true, time.Now()
			if err := t.AddFollow(ctx, f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// work runs jobs while do runs, and until so many more of a kind have ended and are
// settled.
func (n *bench) work(kind parvis.JobKind, jobs int, do func()) {
	ctx, stop := context.WithCancel(bg)
	var running sync.WaitGroup
	running.Go(func() { n.server.Run(ctx) })
	n.mu.Lock()
	want := n.done[kind] + jobs
	n.mu.Unlock()
	do()
	n.mu.Lock()
	for n.done[kind] < want {
		n.more.Wait()
	}
	n.mu.Unlock()
	stop()
	running.Wait()
}

// benchNotes is how many notes each turn of BenchmarkInbox takes; a home keeps more.
const benchNotes = 500

// BenchmarkInbox receives posts of twenty people on ten servers whom a resident
// follows: until they are accepted, while no worker runs, and until they are in the
// resident's home; and what it costs that they are found by their words a little later.
func BenchmarkInbox(b *testing.B) {
	for _, e := range parvistest.Engines(b) {
		b.Run(e.Name, func(b *testing.B) { benchmarkInbox(b, e) })
	}
}

func benchmarkInbox(b *testing.B, e parvistest.Engine) {
	n := newBench(b, e)
	keys := n.befriendWriters(b)
	bare := httptest.NewServer(newBareInbox(b, e, keys))
	b.Cleanup(bare.Close)
	write := func() []string {
		return n.rest.do(order{Do: "write", Node: n.node.Host, Notes: benchNotes}).URIs
	}
	post := func(to string) func() { return func() { n.rest.do(order{Do: "post", To: to}) } }
	var limit, accept, visible, found meter
	for b.Loop() {
		n.index(b)
		first := write()
		limit.run(b, benchNotes, post(bare.URL))
		accept.run(b, benchNotes, post(n.http.URL))
		n.work(parvis.JobInbox, benchNotes, func() {})
		n.checkHome(b, first)
		second := write()
		limit.run(b, benchNotes, post(bare.URL))
		visible.run(b, benchNotes, func() { n.work(parvis.JobInbox, benchNotes, post(n.http.URL)) })
		n.checkHome(b, second)
		found.run(b, 2*benchNotes, func() { n.index(b) })
	}
	b.ReportMetric(0, "ns/op")
	found.report(b, "found")
	limit.report(b, "limit")
	accept.report(b, "accept")
	visible.report(b, "visible")
	accept.share(b, &limit, "accept")
	visible.share(b, &limit, "visible")
	accept.rate(b, "accepted")
	visible.rate(b, "visible")
}

// index lets all that came be found.
func (n *bench) index(b *testing.B) {
	b.Helper()
	for more := true; more; {
		var err error
		if more, err = n.app.Index(bg); err != nil {
			b.Fatal(err)
		}
	}
}

// befriendWriters makes jeanne follow everyone who writes elsewhere, and returns
// their keys by id.
func (n *bench) befriendWriters(b *testing.B) map[string]*rsa.PublicKey {
	b.Helper()
	keys := make(map[string]*rsa.PublicKey)
	var accounts []*parvis.Account
	for _, w := range n.rest.do(order{}).Writers {
		a := parvistest.Stranger(w.Name, w.Host)
		if a.URI != w.URI {
			b.Fatalf("%s is called %s", a.URI, w.URI)
		}
		a.PublicKey = w.PEM
		key, err := federation.ParsePublicKey(w.PEM)
		if err != nil {
			b.Fatal(err)
		}
		keys[a.KeyID] = key
		accounts = append(accounts, a)
	}
	n.know(b, accounts, func(a *parvis.Account) *parvis.Follow {
		return &parvis.Follow{FollowerID: n.reads.ID(), FollowedID: a.ID}
	})
	return keys
}

// checkHome makes sure that these posts are in jeanne's home, each once. Where they
// stand among those of an earlier turn is left to chance: what is written in one
// second has no order.
func (n *bench) checkHome(b *testing.B, uris []string) {
	b.Helper()
	missing := make(map[string]bool, len(uris))
	for _, uri := range uris {
		missing[uri] = true
	}
	seen := make(map[string]bool)
	page := parvis.Page{Limit: parvis.MaxPage}
	for len(missing) > 0 {
		entries, err := n.app.Home(bg, n.node, n.reads, page)
		if err != nil || len(entries) == 0 {
			b.Fatalf("the home ends after %d entries, %d are missing: %v", len(seen), len(missing), err)
		}
		for _, e := range entries {
			if seen[e.Post.URI] {
				b.Fatalf("%s is in the home twice", e.Post.URI)
			}
			seen[e.Post.URI] = true
			delete(missing, e.Post.URI)
			page.Before = e.ID
		}
	}
}

// A bareInbox does what no inbox can leave out: it reads the body, hashes it, checks
// the signature with a key at hand, and stores the note, together with whatever else
// came meanwhile, before it answers.
type bareInbox struct {
	keys map[string]*rsa.PublicKey
	db   *sql.DB
	rows chan bareRow
}

type bareRow struct {
	id   string // what tells a note that came before
	body []byte
	err  chan error
}

func newBareInbox(b *testing.B, e parvistest.Engine, keys map[string]*rsa.PublicKey) *bareInbox {
	b.Helper()
	db := bareDB(b, e.URL(b))
	if _, err := db.ExecContext(bg, "CREATE TABLE notes (id TEXT PRIMARY KEY, body TEXT NOT NULL)"); err != nil {
		b.Fatal(err)
	}
	in := &bareInbox{keys: keys, db: db, rows: make(chan bareRow)}
	var writing sync.WaitGroup
	writing.Go(in.write)
	b.Cleanup(func() {
		close(in.rows)
		writing.Wait()
		_ = db.Close()
	})
	return in
}

// bareDB opens a database by one connection.
func bareDB(b *testing.B, address string) *sql.DB {
	b.Helper()
	driver := "pg"
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, address = "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	return db
}

// ServeHTTP implements http.Handler.
func (in *bareInbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || !in.signed(r, body) {
		http.Error(w, "signature refused", http.StatusUnauthorized)
		return
	}
	row := bareRow{r.Header.Get("Digest"), body, make(chan error, 1)}
	in.rows <- row
	if err := <-row.err; err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func (in *bareInbox) signed(r *http.Request, body []byte) bool {
	sum := sha256.Sum256(body)
	digest, date := r.Header.Get("Digest"), r.Header.Get("Date")
	if digest != "SHA-256="+base64.StdEncoding.EncodeToString(sum[:]) {
		return false
	}
	header := r.Header.Get("Signature")
	key := in.keys[quoted(header, "keyId")]
	signature, err := base64.StdEncoding.DecodeString(quoted(header, "signature"))
	if key == nil || err != nil {
		return false
	}
	text := sha256.Sum256([]byte("(request-target): post " + r.URL.Path + "\nhost: " + r.Host + "\ndate: " + date + "\ndigest: " + digest))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, text[:], signature) == nil
}

// quoted is the value of name="value" in a header.
func quoted(header, name string) string {
	_, after, _ := strings.Cut(header, name+`="`)
	value, _, _ := strings.Cut(after, `"`)
	return value
}

// write stores what waits, many rows in one statement.
func (in *bareInbox) write() {
	inserts := make(map[int]*sql.Stmt)
	for row := range in.rows {
		batch := []bareRow{row}
		for more := true; more && len(batch) < senders; {
			select {
			case row, open := <-in.rows:
				if more = open; open {
					batch = append(batch, row)
				}
			default:
				more = false
			}
		}
		err := in.insert(inserts, batch)
		for _, row := range batch {
			row.err <- err
		}
	}
}

func (in *bareInbox) insert(inserts map[int]*sql.Stmt, batch []bareRow) (err error) {
	insert := inserts[len(batch)]
	var args []any
	var text strings.Builder
	for i, row := range batch {
		args = append(args, row.id, string(row.body))
		text.WriteString(", ($" + strconv.Itoa(2*i+1) + ", $" + strconv.Itoa(2*i+2) + ")")
	}
	if insert == nil {
		if insert, err = in.db.PrepareContext(bg, "INSERT INTO notes (id, body) VALUES "+text.String()[2:]); err != nil {
			return err
		}
		inserts[len(batch)] = insert
	}
	result, err := insert.ExecContext(bg, args...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != int64(len(batch)) {
		return errors.Join(err, errors.New("a note was not stored"))
	}
	return nil
}
