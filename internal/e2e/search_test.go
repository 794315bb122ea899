package e2e_test

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
)

// isFound: people find the drill however they write it, here and at the workshop, and
// Jeanne by her name, by what she can do and by her handle.
func (s *story) isFound(t *testing.T) {
	v := s.visitor
	v.open(t, s.malakoff.url("/"), http.StatusOK)
	v.search(t, "PERÇEUSES beton")
	v.reads(t, "Recherche", drillTitle, "Annonces")
	v.check(t, "search")
	v.write(t, "Que cherchez-vous ?", "reparer")
	v.press(t, "Chercher", http.StatusOK)
	v.reads(t, "Recherche", "Personnes", "Jeanne", "réparer une chaise")
	v.check(t, "search, people")
	v.write(t, "Que cherchez-vous ?", "perceuse tondeuse")
	v.press(t, "Chercher", http.StatusOK)
	v.reads(t, "Recherche", "Rien ne contient tous ces mots", drillTitle)
	v.write(t, "Que cherchez-vous ?", "trombone")
	v.press(t, "Chercher", http.StatusOK)
	v.reads(t, "Recherche", "Rien ne correspond")
	v.check(t, "search, nothing")
	v.open(t, s.malakoff.url("/recherche"), http.StatusOK)
	v.check(t, "search, empty")

	v.open(t, s.malakoff.url("/entraide"), http.StatusOK)
	v.write(t, "Que cherchez-vous ?", "perceuse")
	v.press(t, "Chercher", http.StatusOK)
	v.reads(t, "Entraide", drillTitle)
	v.check(t, "offers found")

	s.camille.awaits(t, s.atelier.url("/recherche?q=perceuse"), drillTitle)
	j := s.jeanne
	j.open(t, s.malakoff.url("/moi"), http.StatusOK)
	j.search(t, "@jeanne")
	j.reads(t, "Jeanne")
}

// search types into the header's field and sends it.
func (p *person) search(t testing.TB, words string) {
	t.Helper()
	p.write(t, "Rechercher", words)
	p.arrive(t, http.StatusOK, "search "+words, chromedp.Click(chromedp.JSPath(p.find(t, "button", "Rechercher"))))
}
