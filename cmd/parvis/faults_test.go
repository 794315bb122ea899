package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvistest"
)

// TestPostgresRestarts: while the database is gone, whoever asks is told when to
// come back. When it is there again all goes on by itself, and nothing is lost.
func TestPostgresRestarts(t *testing.T) {
	t.Parallel()
	database := parvistest.OwnPostgres(t)
	f := newFault(t, layDaemon(t, "malakoff", database.URL, t.TempDir()))
	for range 2 {
		f.during(database.Stop, database.Start)
	}
	f.check("connect")
}

// TestDiskFull: a node whose disk is full refuses what it cannot keep and goes
// on showing what it has. When there is room again all goes on by itself, and
// nothing is lost.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t)
	ballast := filepath.Join(dir, "ballast")
	f := newFault(t, layDaemon(t, "malakoff", "sqlite:"+filepath.Join(dir, "parvis.db"), dir))
	f.during(func() { fill(t, ballast) }, func() {
		for _, path := range []string{"/", "/@jeanne", "/api/v1/timelines/home"} {
			if status, err := f.d.api(http.MethodGet, path, nil, nil); err != nil || status != http.StatusOK {
				t.Errorf("GET %s on a full disk: %d, %v", path, status, err)
			}
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	})
	f.check("full")
}

// fill writes a file until there is no room left.
func fill(t *testing.T, path string) {
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for _, chunk := range []int{1 << 16, 1 << 9} {
		for err = nil; err == nil; {
			_, err = io.Copy(file, bytes.NewReader(make([]byte, chunk)))
		}
	}
	if !errors.Is(err, errNoRoom) {
		t.Fatalf("filling the disk ended with %v", err)
	}
}

// A fault is a node under load to which something happens.
type fault struct {
	t         *testing.T
	d         *daemon
	mail      *mailbag
	desk      *desk
	followers []*peer
	rounds    int
}

func newFault(t *testing.T, d *daemon) *fault {
	t.Helper()
	d.start()
	f := &fault{t: t, d: d, mail: &mailbag{d: d, from: newPeer(t, "auteur")}, desk: &desk{d: d}}
	for _, name := range []string{"abonne1", "abonne2"} {
		p := newPeer(t, name)
		p.follow(d, "marie")
		f.followers = append(f.followers, p)
	}
	return f
}

// during breaks something under load, makes sure that every surface says so, and
// mends it; then all works again without anybody's help.
func (f *fault) during(breaks, mend func()) {
	f.t.Helper()
	f.mail.open(f.rounds)
	f.rounds++
	stopMail, stopDesk := together(senders, f.mail.send), together(2, f.desk.write)
	posted := func() int {
		f.desk.mu.Lock()
		defer f.desk.mu.Unlock()
		return len(f.desk.posts)
	}
	f.d.until("load", func() bool { return posted() > 3 })
	breaks()
	f.d.until("refusal of an app", func() bool {
		status, header, err := f.d.apiAs(f.d.token, http.MethodPost, "/api/v1/statuses", url.Values{"status": {"Trop plein"}}, nil)
		return refused(f.t, "an app", status, header, err)
	})
	f.d.until("refusal of a peer", func() bool {
		status, header, err := f.mail.from.post(f.d.host, author(0), f.mail.compose().activity)
		return refused(f.t, "a peer", status, header, err)
	})
	f.d.until("refusal of a person", func() bool {
		status, header, body := f.signIn()
		if status == http.StatusServiceUnavailable && !strings.Contains(body, "Le site est en pause") {
			f.t.Errorf("a person is told %q", body)
		}
		return refused(f.t, "a person", status, header, nil)
	})
	mend()
	before := posted()
	f.d.until("new post", func() bool { return posted() > before+3 })
	stopMail()
	stopDesk()
}

// refused reports whether an answer is the refusal that is due; any other that is
// no success is a mistake.
func refused(t *testing.T, who string, status int, header http.Header, err error) bool {
	t.Helper()
	switch {
	case err != nil:
		t.Errorf("%s gets no answer: %v", who, err)
	case status == http.StatusServiceUnavailable:
		if header.Get("Retry-After") != "30" {
			t.Errorf("%s is told to wait %q, want 30", who, header.Get("Retry-After"))
		}
		return true
	case status >= http.StatusInternalServerError:
		t.Errorf("%s gets %d", who, status)
		return true
	}
	return false
}

// signIn tries to sign in as people do, which writes.
func (f *fault) signIn() (int, http.Header, string) {
	f.t.Helper()
	form := url.Values{"name": {"jeanne"}, "password": {"place-du-marche"}}
	req, err := http.NewRequest(http.MethodPost, "http://"+f.d.addr+"/connexion", strings.NewReader(form.Encode()))
	if err != nil {
		f.t.Fatal(err)
	}
	req.Host = f.d.host
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept-Language", "fr")
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(body)
}

// check makes sure that nothing was lost, and that the log says what it was.
func (f *fault) check(said string) {
	f.t.Helper()
	together(senders, f.mail.finish)()
	f.mail.check()
	for _, p := range f.followers {
		f.desk.check(p)
	}
	f.d.kill()
	log := f.d.log.String()
	if !strings.Contains(log, said) {
		f.t.Errorf("the log does not say %q:\n%.2000s", said, log)
	}
	if strings.Contains(log, "panic") {
		f.t.Errorf("something panicked:\n%.4000s", log[strings.Index(log, "panic"):])
	}
	f.t.Logf("%d notes and %d posts, none lost; %d lines in the log", f.mail.count, len(f.desk.posts), strings.Count(log, "\n"))
}
