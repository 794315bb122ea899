package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// offers publishes an offer of Karim's.
func (m *mailingTown) offers(title, quarter string) {
	m.t.Helper()
	d := drill(parvis.Everyone)
	d.Title, d.Place = title, &parvis.Place{Name: quarter}
	m.publish(m.karim, d)
	m.net.settle()
}

// TestTheWeeklyLetter: on the day that was chosen, what is new near them first, nothing
// twice, none if nothing is new, until it is left.
func TestTheWeeklyLetter(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		m := newMailingTown(t, e) // Tuesday, October 6th, at noon
		_, err := m.app.EditProfile(bg, m.node, m.jeanne, app.Profile{Name: "Jeanne", Quarter: "Barbusse",
			Presentation: parvis.Presentation{Offers: []string{"réparer un vélo"}, SkillsFor: parvis.Everyone, LinksFor: parvis.Everyone}})
		if err != nil {
			t.Fatal(err)
		}
		m.offers("Avant la lettre", "Barbusse")
		if err := m.app.SetWeekly(bg, m.node, m.jeanne, 5); err != nil {
			t.Fatal(err)
		}
		m.offers("Réparer mon vélo rouge", "Centre")
		m.offers("Table à tapisser", "barbusse")
		for range 14 {
			m.offers("Chaises", "Malakoff-Sud")
		}
		m.publish(m.jeanne, drill(parvis.Everyone)) // her own
		m.passes(2*24*time.Hour + 18*time.Hour)     // Friday at six
		m.getsNothing("before the morning")
		m.passes(4 * time.Hour)
		headers, text, html := m.gets("on Friday")
		if near, skill, other := strings.Index(text, "Table à tapisser"), strings.Index(text, "Réparer mon vélo"), strings.Index(text, "Chaises"); near < 0 || skill < near || other < skill {
			t.Errorf("what is near does not come first:\n%s", text)
		}
		if strings.Contains(text, "Avant la lettre") || strings.Contains(text, "Perceuse") || strings.Count(html, "<li") != 12 {
			t.Errorf("the letter says what is old, hers or too much:\n%s", text)
		}
		if !strings.Contains(headers.Get("List-Id"), "<weekly.malakoff.localhost>") {
			t.Errorf("headers %v", headers)
		}
		m.passes(7 * 24 * time.Hour)
		m.getsNothing("when nothing is new")
		m.offers("Échelle", "Centre")
		m.passes(5 * 24 * time.Hour)
		m.getsNothing("on another day")
		m.passes(2 * 24 * time.Hour)
		if _, text, _ := m.gets("a week later"); !strings.Contains(text, "Échelle (Centre)") || strings.Contains(text, "Chaises") {
			t.Errorf("the letter says\n%s", text)
		}

		m.offers("Brouette", "Centre")
		key, err := m.app.LeaveKey(bg, m.node, m.jeanne.ID(), parvis.MailingWeekly)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.app.Leave(bg, m.node, key); err != nil {
			t.Fatal(err)
		}
		m.passes(8 * 24 * time.Hour)
		m.getsNothing("who left it")
		if wishes, err := m.app.Wishes(bg, m.node, m.jeanne); err != nil || !wishes.For(parvis.TopicMessage).Mail {
			t.Errorf("who left the letter lost the rest: %v, %v", wishes, err)
		}
	})
}
