package federation_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"github.com/rs/zerolog"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/media"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/work"
	"github.com/parvis-coop/parvis/storage"
)

// A clock is what all nodes of a test go by.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now().UTC().Truncate(time.Second)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A peer is a node with everything that it takes to federate over real HTTP.
type peer struct {
	*parvis.Node
	t      *testing.T
	clock  *clock
	app    *app.App
	fed    *federation.Server
	runner *work.Runner
	log    *requestLog

	mu   sync.Mutex
	down bool
}

// requestLog counts what a node was asked for.
type requestLog struct {
	mu     sync.Mutex
	lines  []string
	signed []federation.Scheme // of the requests with a signature
}

func (l *requestLog) add(r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, r.Method+" "+r.URL.Path)
	if r.Header.Get("Signature") != "" {
		l.signed = append(l.signed, schemeOf(r))
	}
}

func (l *requestLog) schemes() []federation.Scheme {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.signed)
}

func (l *requestLog) count(line string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, one := range l.lines {
		if one == line {
			n++
		}
	}
	return n
}

// newPeer founds a node on a port of its own.
func newPeer(t *testing.T, c *clock, name string) *peer {
	t.Helper()
	return newPeerOn(t, c, name, "sqlite:"+filepath.Join(t.TempDir(), "parvis.db"))
}

// newPeerOn founds a node on a database of its own.
func newPeerOn(t *testing.T, c *clock, name, database string) *peer {
	t.Helper()
	ctx := context.Background()
	db, err := storage.Open(ctx, database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	files, err := media.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, clock: c, log: &requestLog{}}
	p.app = &app.App{DB: db, Media: files, Photos: media.NewDarkroom(media.DefaultLimits), Now: c.Now}
	p.fed = federation.New(federation.Config{App: p.app, Client: testClient(c), Words: words(t), Version: "test"})
	p.app.Remote = p.fed

	router := mux.NewRouter()
	p.fed.Mount(router)
	router.PathPrefix("/@").HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/html") })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		down := p.down
		p.mu.Unlock()
		if down {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		p.log.add(r)
		router.ServeHTTP(w, r.WithContext(parvis.WithNode(r.Context(), p.Node)))
	}))
	t.Cleanup(server.Close)
	p.Node = &parvis.Node{Host: strings.TrimPrefix(server.URL, "http://"), Scheme: "http", Name: name, HasAdmin: true}
	if err := p.app.AddNode(ctx, p.Node); err != nil {
		t.Fatal(err)
	}
	home := map[parvis.JobKind]work.Handler{parvis.JobHome: p.app.Spread, parvis.JobErase: p.app.Erase, parvis.JobMove: p.app.MoveFollowers, parvis.JobImport: p.app.Import,
		parvis.JobEnd: p.app.End}
	p.runner = &work.Runner{DB: db, Now: c.Now, Log: zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.InfoLevel), Pools: []work.Pool{
		{Name: "own", Workers: 4, Handlers: p.fed.Handlers()},
		{Name: "home", Workers: 4, Handlers: home},
		{Name: "inbox", Workers: 4, Handlers: p.fed.InboxHandlers()},
		{Name: "fetch", Workers: 4, Handlers: p.fed.FetchHandlers()},
		{Name: "fill", Workers: 2, Handlers: p.fed.FillHandlers()},
		{Name: "deliver", Workers: 4, Handlers: p.fed.DeliverHandlers()},
	}}
	return p
}

func testClient(c *clock) *federation.Client {
	return federation.NewClient(federation.ClientConfig{
		AllowNets: []netip.Prefix{loopbackNet}, InsecureHTTP: true, UserAgent: "Parvis/test", Now: c.Now,
	})
}

func words(t testing.TB) *i18n.Catalogue {
	t.Helper()
	catalogue, err := i18n.Load(federation.Locales)
	if err != nil {
		t.Fatal(err)
	}
	catalogue.OnMissing = func(lang, key string) { t.Errorf("no message %q in %s", key, lang) }
	return catalogue
}

// resident makes a person of the town and returns them as viewer.
func (p *peer) resident(name string) parvis.Viewer {
	p.t.Helper()
	acc, err := p.app.CreateAccount(context.Background(), p.Node, app.NewAccount{
		Username: name, Email: name + "@" + name + ".example", Password: "perceuse à percussion", Name: strings.ToUpper(name[:1]) + name[1:]})
	if err != nil {
		p.t.Fatal(err)
	}
	return parvis.Viewer{Account: acc, Role: parvis.RoleResident}
}

func (p *peer) rows() *storage.Node { return p.app.DB.Node(p.ID) }

func (p *peer) fail(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// settle lets all towns work until none has anything left to do now.
func settle(t *testing.T, towns ...*peer) {
	t.Helper()
	for range 50 {
		total := 0
		for _, p := range towns {
			ran, err := p.runner.Drain(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			total += ran
		}
		if total == 0 {
			return
		}
	}
	t.Fatal("the towns never came to rest")
}

// found returns the copy of a post that a town has.
func (p *peer) found(uri string) *parvis.Post {
	p.t.Helper()
	post, err := p.rows().PostByURI(context.Background(), uri)
	if err != nil {
		p.t.Fatalf("%s does not have %s: %v", p.Name, uri, err)
	}
	return post
}

// known returns the copy of an account that a town has.
func (p *peer) known(uri string) *parvis.Account {
	p.t.Helper()
	acc, err := p.rows().AccountByURI(context.Background(), uri)
	if err != nil {
		p.t.Fatalf("%s does not know %s: %v", p.Name, uri, err)
	}
	return acc
}

// get asks a town for something as ActivityStreams.
func (p *peer) get(path string) (status int, doc map[string]any, header http.Header) {
	p.t.Helper()
	r, err := http.NewRequest(http.MethodGet, p.URL(path), nil)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Accept", "application/activity+json")
	return ask(p.t, r)
}

func ask(t *testing.T, r *http.Request) (status int, doc map[string]any, header http.Header) {
	t.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	_ = json.NewDecoder(response.Body).Decode(&doc) // errors are told in plain text
	return response.StatusCode, doc, response.Header
}

// drill is an offer as residents write it.
func drill(audience parvis.Audience) app.Draft {
	return app.Draft{Detail: &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.SortObject, Category: "tools"},
		Title: "Perceuse à percussion", Source: "Avec ses forets, à rendre **propre**. #outils", Audience: audience,
		Place: &parvis.Place{Name: "Centre-ville", Lat: 48.8215, Lon: 2.3009, HasPoint: true}}
}

// follower makes somebody of a server follow a local account, without a word said.
func (p *peer) follower(of *parvis.Account, base string) {
	p.t.Helper()
	acc := &parvis.Account{Username: "marie", Domain: strings.TrimPrefix(base, "http://"), Type: parvis.Person, URI: base + "/users/marie",
		Inbox: base + "/users/marie/inbox", CreatedAt: p.clock.Now()}
	err := p.rows().InTx(context.Background(), func(ctx context.Context, tx *storage.Tx) error {
		if err := tx.AddAccount(ctx, acc); err != nil {
			return err
		}
		return tx.AddFollow(ctx, &parvis.Follow{FollowerID: acc.ID, FollowedID: of.ID, URI: base + "/f/1", Accepted: true, CreatedAt: p.clock.Now()})
	})
	if err != nil {
		p.t.Fatal(err)
	}
}
