package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// asksForACode sets up a second factor for Jeanne, lets her in by it and by a recovery
// code, and takes it away again.
func (s *story) asksForACode(t *testing.T) {
	j := s.jeanne
	j.open(t, s.malakoff.url("/moi/compte"), http.StatusOK)
	j.press(t, "Mettre en place", http.StatusOK)
	j.reads(t, "Jeanne", "Montrez ce dessin à l’application")
	j.check(t, "factor")
	secret := strings.ReplaceAll(ask[string](t, j, `document.querySelector("code.secret").textContent`), " ", "")
	if width := ask[float64](t, j, `document.querySelector(".qr svg").getBoundingClientRect().width`); width < 200 {
		t.Errorf("the drawing for the telephone is %.0f px wide", width)
	}
	j.write(t, "Code que montre l’application", "12345")
	j.press(t, "Demander ce code désormais", http.StatusUnprocessableEntity)
	j.corrects(t, "Code que montre l’application")
	// Each code is good once. The next one is taken already, as clocks may differ.
	step := parvis.TOTPStep(time.Now())
	j.write(t, "Code que montre l’application", parvis.TOTPCode(secret, step))
	j.press(t, "Demander ce code désormais", http.StatusOK)
	j.reads(t, "Jeanne", "Vos codes de secours")
	j.check(t, "recovery codes")
	codes := ask[[]string](t, j, `[...document.querySelectorAll("code.secret")].map(code => code.textContent)`)
	j.press(t, "Je les ai gardés", http.StatusOK)
	j.reads(t, "Jeanne", "Il vous reste 10 codes de secours.")
	j.check(t, "security with a factor")

	s.comesBack(t)
	j.reads(t, "Encore un code")
	j.check(t, "code")
	j.write(t, "Code", "000")
	j.press(t, "Se connecter", http.StatusUnprocessableEntity)
	j.corrects(t, "Code")
	j.write(t, "Code", parvis.TOTPCode(secret, step+1))
	j.press(t, "Se connecter", http.StatusOK)
	j.reads(t, "Jeanne", "@jeanne@"+s.malakoff.host)

	s.comesBack(t)
	j.write(t, "Code", codes[0])
	j.press(t, "Se connecter", http.StatusOK)
	j.reads(t, "Jeanne", "Vous êtes entré avec un code de secours", "Il vous reste 9 codes de secours.")
	j.press(t, "Ne plus demander de code", http.StatusOK)
	j.reads(t, "Jeanne", "Le mot de passe suffit de nouveau.")
	s.comesBack(t)
	j.reads(t, "Jeanne", "@jeanne@"+s.malakoff.host)
}

// comesBack signs Jeanne out, and brings her as far as her password does.
func (s *story) comesBack(t *testing.T) {
	t.Helper()
	j := s.jeanne
	j.open(t, s.malakoff.url("/moi/reglages"), http.StatusOK)
	j.press(t, "Se déconnecter", http.StatusOK)
	j.open(t, s.malakoff.url("/moi"), http.StatusOK)
	j.logIn(t, "jeanne")
}
