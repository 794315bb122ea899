package server_test

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/mail"
	"github.com/parvis-coop/parvis/internal/media"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/internal/server"
	"github.com/parvis-coop/parvis/storage"
)

// A clock is the time of a whole network; tests move it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now().Truncate(time.Second)} }

// Now moves on a little at each look, as clocks do.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A place is a node with its own database and server, reached by real HTTP.
type place struct {
	t      testing.TB
	name   string
	url    string // of its database
	node   *parvis.Node
	app    *app.App
	server *server.Server
	http   *httptest.Server
	down   atomic.Bool
	tried  atomic.Int64 // requests while it was down
	net    *network
}

// A network is several places under one clock.
type network struct {
	t      testing.TB
	clock  *clock
	places []*place
	smtp   string // server for outgoing mail; none if empty
	roots  *x509.CertPool

	backlog int         // of every inbox
	log     *syncBuffer // what the places log, if not nil
	weather *weather    // what requests have to go through, if not nil
}

func newNetwork(t testing.TB, engine parvistest.Engine, names ...string) *network {
	t.Helper()
	return newBoundedNetwork(t, engine, 0, names...)
}

// newBoundedNetwork makes one whose inboxes hold only so much.
func newBoundedNetwork(t testing.TB, engine parvistest.Engine, backlog int, names ...string) *network {
	t.Helper()
	net := &network{t: t, clock: newClock(), backlog: backlog}
	for _, name := range names {
		net.places = append(net.places, net.found(engine, name))
	}
	return net
}

// found makes a place: a listener first, since a node's name carries the port.
func (net *network) found(engine parvistest.Engine, name string) *place {
	t := net.t
	t.Helper()
	ctx := context.Background()
	url := engine.Copy(t, "network", func(url string) error {
		db, err := storage.Open(ctx, url)
		if err != nil {
			return err
		}
		return db.Close()
	})
	p := &place{t: t, name: name, url: url, net: net, http: httptest.NewUnstartedServer(nil)}
	addr := netip.MustParseAddrPort(p.http.Listener.Addr().String())
	db, err := storage.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	store, err := media.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p.app = &app.App{DB: db, Media: store, Photos: media.NewDarkroom(media.DefaultLimits), Now: net.clock.Now}
	p.node = &parvis.Node{Host: name + ".localhost:" + itoa(addr.Port()), Scheme: "http", Name: name}
	if err := p.app.AddNode(ctx, p.node); err != nil {
		t.Fatal(err)
	}
	log := zerolog.Nop()
	switch {
	case net.log != nil:
		log = zerolog.New(net.log).With().Str("place", name).Logger()
	case os.Getenv("PARVIS_TEST_LOG") != "":
		log = zerolog.New(zerolog.NewTestWriter(t)).With().Str("at", name).Logger()
	}
	sender, err := mail.New(net.smtp)
	if err != nil {
		t.Fatal(err)
	}
	p.server, err = server.Assemble(ctx, p.app, server.Settings{Log: log, Version: "test", Mail: sender, InboxBacklog: net.backlog,
		Client: federation.NewClient(federation.ClientConfig{AllowNets: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
			InsecureHTTP: true, RootCAs: net.roots, UserAgent: "Parvis/test", Now: net.clock.Now})})
	if err != nil {
		t.Fatal(err)
	}
	p.http.Config.Handler = p
	p.http.Start()
	t.Cleanup(p.http.Close)
	p.resident("claire", parvis.RoleAdmin)
	return p
}

// ServeHTTP is the place's server, unless it is down: then connections break.
func (p *place) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.down.Load() {
		p.tried.Add(1)
		panic(http.ErrAbortHandler)
	}
	if p.net.weather != nil {
		p.net.weather.carry(p, w, r)
		return
	}
	p.server.ServeHTTP(w, r)
}

func itoa(port uint16) string { return strconv.Itoa(int(port)) }

// settle lets all places work until nothing is due anywhere.
func (net *network) settle() {
	net.t.Helper()
	for range 100 {
		rested := true
		for _, p := range net.places {
			if p.down.Load() {
				continue
			}
			ran, err := p.server.Runner.Drain(context.Background())
			if err != nil {
				net.t.Fatal(err)
			}
			rested = rested && ran == 0
		}
		if rested {
			return
		}
	}
	net.t.Fatal("the network does not come to rest")
}

// resident makes an account and returns who it is.
func (p *place) resident(username string, role parvis.Role) parvis.Viewer {
	p.t.Helper()
	acc, err := p.app.CreateAccount(context.Background(), p.node, app.NewAccount{Username: username,
		Email: username + "@" + p.name + ".example", Password: "place-du-marche", Role: role})
	if err != nil {
		p.t.Fatal(err)
	}
	return parvis.Viewer{Account: acc, Role: role}
}

// befriend makes two places partners, as their admins would by command.
func (net *network) befriend(a, b *place) {
	net.t.Helper()
	ctx := context.Background()
	if _, err := a.app.AddPartner(ctx, a.node, b.node.Host); err != nil {
		net.t.Fatal(err)
	}
	net.settle()
	if _, err := b.app.ApprovePartner(ctx, b.node, a.node.Host); err != nil {
		net.t.Fatal(err)
	}
	net.settle()
	for _, pair := range [][2]*place{{a, b}, {b, a}} {
		p, err := pair[0].app.DB.Node(pair[0].node.ID).Partner(ctx, pair[1].node.Host)
		if err != nil || p.State() != parvis.PartnerActive {
			net.t.Fatalf("%s sees %s as %+v, %v; want an active partner", pair[0].name, pair[1].name, p, err)
		}
	}
}
