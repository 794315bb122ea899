package e2e_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/parvis-coop/parvis/internal/parvistest"
)

// A line is a bad connection between browsers and a node: as slow as one says, or cut.
type line struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	delay time.Duration // before anything goes one way
	rate  int           // bytes in a second, of all that goes over it; 0 for no bound
	free  time.Time     // when what went over it before has arrived
	cut   bool
	open  map[net.Conn]bool
}

// stretch leads a line to a node that listens at another address.
func stretch(t testing.TB, from, to string) *line {
	t.Helper()
	listener, err := net.Listen("tcp", from)
	if err != nil {
		t.Fatal(err)
	}
	l := &line{listener: listener, to: to, open: make(map[net.Conn]bool)}
	t.Cleanup(func() { listener.Close(); l.set(0, 0, true) })
	go l.serve()
	return l
}

// set changes the line; what is open on one that is cut ends.
func (l *line) set(delay time.Duration, rate int, cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.delay, l.rate, l.cut = delay, rate, cut
	if cut {
		for conn := range l.open {
			conn.Close()
		}
	}
}

func (l *line) serve() {
	for {
		near, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.mu.Lock()
		cut := l.cut
		l.open[near] = !cut
		l.mu.Unlock()
		if cut {
			near.Close()
			continue
		}
		go l.join(near)
	}
}

func (l *line) join(near net.Conn) {
	defer near.Close()
	far, err := net.Dial("tcp", l.to)
	if err != nil {
		return
	}
	defer far.Close()
	go l.carry(far, near)
	l.carry(near, far)
}

// carry copies one way, with the delay and at the rate that hold then.
func (l *line) carry(to, from net.Conn) {
	defer to.Close()
	buffer := make([]byte, 1<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			time.Sleep(l.takes(n, n < len(buffer)))
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// takes returns how long some bytes are on their way. The last of what was said at once
// takes the delay besides.
func (l *line) takes(bytes int, last bool) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rate == 0 {
		return 0
	}
	now := time.Now()
	if l.free.Before(now) {
		l.free = now
	}
	l.free = l.free.Add(time.Duration(bytes) * time.Second / time.Duration(l.rate))
	if last {
		return l.free.Sub(now) + l.delay/2
	}
	return l.free.Sub(now)
}

// TestWithoutANetwork: with 50 kbit/s and a second of delay one can sign in, read and
// answer; without any network one reads again what one saw, and what one writes is sent
// once there is one.
func TestWithoutANetwork(t *testing.T) {
	browser, axe := startBrowser(t), parvistest.Axe(t)
	p := newPlace(t, build(t), "malakoff", parvistest.Engines(t)[0].URL(t))
	near := p.listen
	p.listen = freeAddress(t)
	wire := stretch(t, near, p.listen)
	p.start(t)
	p.settle(t)
	p.lend(t, "karim", things[:2])

	j := sitDown(t, browser, axe, "Jeanne")
	wire.set(time.Second, 50_000/8, false)
	j.open(t, p.url("/connexion"), http.StatusOK)
	j.logIn(t, "jeanne")
	j.open(t, p.url("/entraide"), http.StatusOK)
	j.press(t, things[0], http.StatusOK)
	offer := j.at(t)
	wire.set(0, 0, false)
	j.controlled(t)
	j.open(t, p.url("/entraide"), http.StatusOK)
	j.open(t, p.url(offer), http.StatusOK)
	j.installable(t)

	wire.set(0, 0, true)
	j.open(t, p.url("/entraide"), http.StatusOK)
	j.reads(t, "Entraide", "Hors ligne. Vous lisez cette page telle qu’elle était le", things[0])
	j.check(t, "list offline")
	j.open(t, p.url("/habitants"), http.StatusOK)
	j.reads(t, "Hors ligne", "À envoyer", "À relire", things[0])
	j.press(t, things[0], http.StatusOK)
	j.write(t, "Votre réponse", "Je peux venir samedi matin ?")
	j.press(t, "Envoyer la réponse", http.StatusOK)
	j.reads(t, "Hors ligne", "C’est gardé.", "Je peux venir samedi matin ?")
	j.open(t, p.url(offer), http.StatusOK)
	j.write(t, "Votre réponse", "Et je rapporte le caquelon dimanche.")
	j.press(t, "Envoyer la réponse", http.StatusOK)
	j.reads(t, "Hors ligne", "C’est gardé.", "Je peux venir samedi matin ?", "Et je rapporte le caquelon dimanche.")
	j.check(t, "offline with answers that wait")
	// What the browser says of a line that is cut is what was wanted.
	j.quieten()

	wire.set(0, 0, false)
	j.open(t, p.url("/entraide"), http.StatusOK)
	eventually(t, travelTime, func() bool { return strings.Contains(j.text(t), "Envoyé, écrit hors ligne") }, func() string { return j.text(t) })
	j.open(t, p.url(offer), http.StatusOK)
	for _, words := range []string{"Je peux venir samedi matin ?", "Et je rapporte le caquelon dimanche."} {
		if n := strings.Count(j.text(t), words); n != 1 {
			t.Errorf("%q stands there %d times", words, n)
		}
	}

	j.open(t, p.url("/moi/reglages"), http.StatusOK)
	j.press(t, "Se déconnecter", http.StatusOK)
	wire.set(0, 0, true)
	eventually(t, travelTime, func() bool {
		return ask[bool](t, j, `caches.keys().then(names => !names.some(name => name.startsWith("read ") && name !== "read 0"))`)
	}, func() string { return "the browser keeps pages of who signed out" })
	j.quieten()
}

// settle gives a node a team and two residents.
func (p *place) settle(t testing.TB) {
	t.Helper()
	p.run(t, "", "node", "set", "--name", "Malakoff")
	for username, role := range map[string]string{"claire": "admin", "karim": "resident", "jeanne": "resident"} {
		p.account(t, username, role)
	}
	p.await(t, noticeTime, "/inscription", func(status int, _ string) bool { return status == http.StatusOK })
}

// controlled waits until the service worker looks after the pages.
func (p *person) controlled(t testing.TB) {
	t.Helper()
	eventually(t, travelTime, func() bool { return ask[bool](t, p, `!!navigator.serviceWorker.controller`) }, func() string { return "no worker controls the page" })
}

// installable fails if the browser would not install the place as an app.
func (p *person) installable(t testing.TB) {
	t.Helper()
	p.do(t, "ask whether it can be installed", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		found, err := cdp.Call(ctx, tab, page.GetInstallabilityErrors, cdp.Empty{})
		for _, problem := range found.InstallabilityErrors {
			if problem.ErrorID == "in-incognito" { // so is everybody in these tests
				continue
			}
			t.Errorf("the browser would not install it: %s %v", problem.ErrorID, problem.ErrorArguments)
		}
		return err
	}))
}

// quieten forgets what the browser complained of.
func (p *person) quieten() {
	p.mu.Lock()
	p.complaints = nil
	p.mu.Unlock()
}
