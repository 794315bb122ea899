package server_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// paused reports whether mail to somebody is stopped.
func (m *mailingTown) paused(v parvis.Viewer) bool {
	m.t.Helper()
	paused, err := m.app.MailPaused(bg, m.node, v)
	if err != nil {
		m.t.Fatal(err)
	}
	return paused
}

// TestMailThatComesBack: three that came back stop mailings until the resident mends it;
// each counts once, and names that are made up do nothing.
func TestMailThatComesBack(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		m := newMailingTown(t, e)
		var names []string
		for range 3 {
			m.answers(parvis.Named)
			m.passes(2 * time.Hour)
			headers, _, _ := m.gets("a mail that will come back")
			name, host, _ := strings.Cut(strings.Trim(headers.Get("Message-ID"), "<>"), "@")
			if host != m.node.Hostname() {
				t.Errorf("the mail is named at %s", host)
			}
			names = append(names, name)
		}
		back := func(name string) error { return m.app.MailReturned(bg, m.node, name, "5.1.1") }
		for range 5 {
			if err := back(names[0]); err != nil {
				t.Fatal(err)
			}
		}
		if m.paused(m.jeanne) {
			t.Error("one mail counts often")
		}
		parts := strings.Split(names[0], ".")
		for _, forged := range []string{"", "a.b.c", parts[0] + ".1791280800." + parts[2], m.karim.ID().String() + "." + parts[1] + "." + parts[2], names[0] + "x"} {
			if err := back(forged); !errors.Is(err, parvis.ErrNotFound) {
				t.Errorf("%q: %v", forged, err)
			}
		}
		for _, name := range names[1:] {
			if err := back(name); err != nil {
				t.Fatal(err)
			}
		}
		if !m.paused(m.jeanne) || m.paused(m.karim) {
			t.Error("three mails came back")
		}
		m.answers(parvis.Named)
		m.passes(2 * time.Hour)
		m.getsNothing("a mailbox that takes none")
		claire, err := m.app.Profile(bg, m.node, "claire")
		if err != nil {
			t.Fatal(err)
		}
		if count, err := m.app.PausedMailboxes(bg, m.node, parvis.Viewer{Account: claire, Role: parvis.RoleAdmin}); err != nil || count != 1 {
			t.Errorf("the team counts %d, %v", count, err)
		}
		if err := m.app.ResumeMail(bg, m.node, m.jeanne); err != nil {
			t.Fatal(err)
		}
		if err := back(names[0]); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("an old mail counts after it was mended: %v", err)
		}
		m.answers(parvis.Named)
		m.passes(14 * time.Hour) // the night in between
		m.gets("after it was mended")
	})
}

// TestAServerThatRefusesIsBelieved: its answer at the door counts as a mail that came back.
func TestAServerThatRefusesIsBelieved(t *testing.T) {
	m := newMailingTown(t, parvistest.Engines(t)[0])
	nobody := m.resident("inconnu", parvis.RoleResident) // whose mail is refused
	offer := m.publish(nobody, drill(parvis.Everyone))
	m.drill = offer
	for i := range 3 {
		if m.paused(nobody) {
			t.Errorf("stopped after %d refusals", i)
		}
		m.answers(parvis.Everyone)
		m.passes(2 * time.Hour)
	}
	if !m.paused(nobody) {
		t.Error("not stopped after three refusals")
	}
}
