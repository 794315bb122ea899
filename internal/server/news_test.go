package server_test

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	netmail "net/mail"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/internal/work"
)

// A town whose mail goes to a real server, at noon in Paris.
type mailingTown struct {
	*place
	t        *testing.T
	zone     *time.Location
	letters  <-chan parvistest.Mail
	jeanne   parvis.Viewer
	karim    parvis.Viewer
	drill    *parvis.Post
	answered int
}

func newMailingTown(t *testing.T, e parvistest.Engine) *mailingTown {
	t.Helper()
	zone, err := time.LoadLocation(i18n.DefaultZone)
	if err != nil {
		t.Fatal(err)
	}
	address, sessions := parvistest.SMTP(t)
	net := &network{t: t, clock: &clock{now: time.Date(2026, time.October, 6, 12, 0, 0, 0, zone)}, smtp: "smtp://" + address + "?from=parvis@malakoff.example"}
	m := &mailingTown{place: net.found(e, "malakoff"), t: t, zone: zone, letters: sessions}
	net.places = append(net.places, m.place)
	m.jeanne, m.karim = m.resident("jeanne", parvis.RoleResident), m.resident("karim", parvis.RoleResident)
	m.drill = m.publish(m.jeanne, drill(parvis.Everyone))
	net.settle()
	return m
}

// answers makes Karim answer Jeanne's offer.
func (m *mailingTown) answers(audience parvis.Audience) {
	m.t.Helper()
	m.answered++
	m.publish(m.karim, app.Draft{Detail: &parvis.Note{}, Source: "@jeanne Le mot de passe du portail est 1936." + strings.Repeat("!", m.answered), Audience: audience, ReplyTo: m.drill.ID})
	m.net.settle()
}

// passes lets time pass, and work be done.
func (m *mailingTown) passes(d time.Duration) {
	m.t.Helper()
	m.net.clock.pass(d)
	m.net.settle()
}

// gets returns the mail that was sent since, or fails unless there is exactly one.
func (m *mailingTown) gets(what string) (headers netmail.Header, text, html string) {
	m.t.Helper()
	if len(m.letters) != 1 {
		m.t.Fatalf("%s: %d mails, want 1", what, len(m.letters))
	}
	got := <-m.letters
	message, err := netmail.ReadMessage(strings.NewReader(got.Data))
	if err != nil {
		m.t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		m.t.Fatal(err)
	}
	var parts []string
	for reader := multipart.NewReader(message.Body, params["boundary"]); ; {
		part, err := reader.NextRawPart()
		if err != nil {
			break
		}
		content, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			m.t.Fatal(err)
		}
		parts = append(parts, string(content))
	}
	if len(parts) != 2 {
		m.t.Fatalf("%s: %d parts, want text and HTML", what, len(parts))
	}
	return message.Header, strings.ReplaceAll(parts[0], "\r\n", "\n"), parts[1]
}

func (m *mailingTown) getsNothing(what string) {
	m.t.Helper()
	if n := len(m.letters); n != 0 {
		m.t.Fatalf("%s: %d mails, want none", what, n)
	}
}

// TestWhatWaitsIsToldByFewMails: a quarter of an hour after it came, then once an hour,
// all in one, not at night, and not what they have seen.
func TestWhatWaitsIsToldByFewMails(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		m := newMailingTown(t, e)
		m.answers(parvis.Named)
		m.passes(14 * time.Minute)
		m.getsNothing("before the quarter of an hour")
		m.answers(parvis.Everyone)
		m.answers(parvis.Named)
		m.passes(2 * time.Minute)
		headers, text, html := m.gets("after it")
		subject, _ := new(mime.WordDecoder).DecodeHeader(headers.Get("Subject"))
		if subject != "malakoff\u00A0: 2 nouvelles vous attendent" {
			t.Errorf("subject %q", subject)
		}
		for _, part := range []string{text, html} {
			for _, want := range []string{"karim vous a écrit en privé\u00A0: «\u00A0Perceuse à percussion\u00A0»", "karim vous a répondu\u00A0: «\u00A0Perceuse à percussion\u00A0»",
				m.node.URL("/p/"), m.node.URL("/moi/nouvelles"), m.node.URL(app.LeavePath)} {
				if !strings.Contains(part, want) {
					t.Errorf("the mail lacks %q:\n%s", want, part)
				}
			}
			if strings.Contains(part, "1936") {
				t.Errorf("the mail says what was written:\n%s", part)
			}
		}
		if id := headers.Get("Message-ID"); !strings.HasSuffix(id, "@malakoff.localhost>") || headers.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" ||
			headers.Get("Auto-Submitted") != "auto-generated" || !strings.Contains(headers.Get("List-Id"), "<news.malakoff.localhost>") {
			t.Errorf("headers %v", headers)
		}

		m.answers(parvis.Named)
		m.passes(58 * time.Minute)
		m.getsNothing("within the hour")
		m.passes(3 * time.Minute)
		m.gets("after the hour")

		m.passes(2 * time.Hour)
		m.answers(parvis.Named)
		if err := m.app.Notice(bg, m.node, m.jeanne); err != nil { // she looks at some page
			t.Fatal(err)
		}
		m.passes(20 * time.Minute)
		m.getsNothing("who was here")
		m.answers(parvis.Named)
		if _, err := m.app.Notifications(bg, m.node, m.jeanne, nil, parvis.Page{}); err != nil {
			t.Fatal(err)
		}
		m.passes(20 * time.Minute)
		m.getsNothing("who read it")

		m.net.clock.mu.Lock()
		m.net.clock.now = time.Date(2026, time.October, 6, 21, 58, 0, 0, m.zone)
		m.net.clock.mu.Unlock()
		m.answers(parvis.Named)
		m.passes(8 * time.Hour)
		m.getsNothing("at night")
		m.passes(2 * time.Hour)
		m.gets("in the morning")
	})
}

// TestOneClickLeavesAMailing: by a POST without cookies (RFC 8058), not by a GET, and
// only at the address that the mail names.
func TestOneClickLeavesAMailing(t *testing.T) {
	e := parvistest.Engines(t)[0]
	m := newMailingTown(t, e)
	m.answers(parvis.Named)
	m.passes(16 * time.Minute)
	headers, _, _ := m.gets("the first")
	address := strings.Trim(headers.Get("List-Unsubscribe"), "<>")
	leave := func(method, address string) int {
		t.Helper()
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequest(method, m.http.URL+u.RequestURI(), strings.NewReader("List-Unsubscribe=One-Click"))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = u.Host
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "https://mail.example") // from a browser, on the page of a mail program
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response.StatusCode
	}
	if got := leave("GET", address); got != http.StatusOK {
		t.Errorf("a look at the page is answered %d", got)
	}
	if got := leave("POST", strings.Replace(address, "news.", "news.A", 1)); got != http.StatusGone {
		t.Errorf("a made-up address is answered %d", got)
	}
	if got := leave("POST", strings.Replace(address, "news", "weekly", 1)); got != http.StatusGone {
		t.Errorf("the address of another mailing is answered %d", got)
	}
	m.passes(time.Hour)
	m.answers(parvis.Named)
	m.passes(16 * time.Minute)
	m.gets("what did not leave it")
	if got := leave("POST", address); got != http.StatusOK {
		t.Errorf("one click is answered %d", got)
	}
	if got := leave("POST", address); got != http.StatusOK {
		t.Errorf("a second click is answered %d", got)
	}
	m.passes(time.Hour)
	m.answers(parvis.Named)
	m.passes(time.Hour)
	m.getsNothing("who left it")
	wishes, err := m.app.Wishes(bg, m.node, m.jeanne)
	if err != nil || wishes.For(parvis.TopicMessage).Mail {
		t.Errorf("the page says that mail is sent: %v, %v", wishes, err)
	}
	if err := m.app.SetWishes(bg, m.node, m.jeanne, parvis.Wishes{parvis.TopicMessage: {Mail: true}}); err != nil {
		t.Fatal(err)
	}
	m.answers(parvis.Named)
	m.passes(time.Hour)
	m.gets("who wants it again")
}

// TestNobodyIsToldTwice: whatever of two processes, or of one that is killed and one that
// takes over, is fastest.
func TestNobodyIsToldTwice(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		m := newMailingTown(t, e)
		m.answers(parvis.Named)
		m.net.clock.pass(16 * time.Minute)
		waiting, err := m.app.WaitingNews(bg, m.node, m.jeanne.ID())
		if err != nil || waiting == nil {
			t.Fatalf("waiting: %v, %v", waiting, err)
		}
		args, err := json.Marshal(parvis.NewsArgs{Account: m.jeanne.ID()})
		if err != nil {
			t.Fatal(err)
		}
		var write work.Handler
		for _, pool := range m.server.Runner.Pools {
			if handler := pool.Handlers[parvis.JobNews]; handler != nil {
				write = handler
			}
		}
		var processes sync.WaitGroup
		for range 8 {
			processes.Go(func() {
				_ = write(context.Background(), &parvis.Job{NodeID: m.node.ID, Kind: parvis.JobNews, Args: args})
			})
		}
		processes.Wait()
		m.gets("eight processes")
		m.passes(2 * time.Hour)
		m.getsNothing("after them")

		m.answers(parvis.Named)
		m.net.clock.pass(16 * time.Minute)
		if waiting, err = m.app.WaitingNews(bg, m.node, m.jeanne.ID()); err != nil || waiting == nil {
			t.Fatalf("waiting: %v, %v", waiting, err)
		}
		if err := m.app.ClaimNews(bg, m.node, waiting, m.zone); err != nil { // and the process is killed
			t.Fatal(err)
		}
		m.passes(2 * time.Hour)
		m.getsNothing("after a process was killed as it wrote")
		if err := m.app.ReleaseNews(bg, m.node, waiting); err != nil { // it was not killed: its mail was refused
			t.Fatal(err)
		}
		m.answers(parvis.Named)
		m.passes(20 * time.Minute)
		if _, text, _ := m.gets("after a refusal"); !strings.Contains(text, "vous a écrit") {
			t.Errorf("the mail says %s", text)
		}
	})
}
