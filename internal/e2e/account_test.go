package e2e_test

import (
	"net/http"
	"testing"
)

func (s *story) signsUp(t *testing.T) {
	j := s.jeanne
	j.open(t, s.malakoff.url("/"), http.StatusOK)
	j.press(t, "Créer un compte", http.StatusOK)
	j.reads(t, "Créer un compte")
	j.check(t, "sign-up")

	j.write(t, "Prénom ou nom affiché", "Jeanne")
	j.write(t, "Nom d’utilisateur", "Jeanne Morel")
	j.write(t, "Adresse e-mail", "jeanne@example.org")
	j.write(t, "Mot de passe", "court")
	j.press(t, "Créer mon compte", http.StatusUnprocessableEntity)
	j.corrects(t, "Nom d’utilisateur", "Mot de passe", "J’ai 15 ans ou plus.", "J’accepte les règles de ce lieu.")
	j.holds(t, "Prénom ou nom affiché", "Jeanne")
	j.holds(t, "Nom d’utilisateur", "Jeanne Morel")
	j.holds(t, "Adresse e-mail", "jeanne@example.org")
	j.holds(t, "Mot de passe", "") // a secret is never sent back
	j.check(t, "sign-up refused")

	j.write(t, "Nom d’utilisateur", "jeanne")
	j.write(t, "Mot de passe", password)
	j.tick(t, "J’ai 15 ans ou plus.")
	j.tick(t, "J’accepte les règles de ce lieu.")
	j.press(t, "Créer mon compte", http.StatusOK)
	j.reads(t, "Jeanne", "Bienvenue !")
}

// corrects fails unless the form came back with a summary, in focus, whose links
// lead to these fields, each marked and with its sentence.
func (p *person) corrects(t testing.TB, labels ...string) {
	t.Helper()
	// A browser moves the focus when it first draws the page.
	eventually(t, actTime, func() bool { return ask[bool](t, p, `document.activeElement.matches("[role=alert]")`) },
		func() string { return p.name + " is not led to the summary of problems on " + p.at(t) })
	links := ask[int](t, p, `document.querySelectorAll("[role=alert] a").length`)
	if links != len(labels) {
		t.Errorf("%s: the summary has %d problems, want %d: %s", p.name, links, len(labels), p.text(t))
	}
	for _, label := range labels {
		said := ask[bool](t, p, `(field => field.getAttribute("aria-invalid") === "true"
			&& !!document.querySelector("[role=alert] a[href='#" + field.id + "']")
			&& field.getAttribute("aria-describedby").split(" ").some(id => document.getElementById(id).matches(".error")))(`+p.field(t, label)+`)`)
		if !said {
			t.Errorf("%s: what is wrong with %q is not said", p.name, label)
		}
	}
}

// logsIn proves that an account made by the command is one like any other.
func (s *story) logsIn(t *testing.T) {
	s.malakoff.account(t, "karim", "resident")
	k := s.person(t, "Karim")
	k.open(t, s.malakoff.url("/moi"), http.StatusOK)
	k.write(t, "Nom d’utilisateur", "karim")
	k.write(t, "Mot de passe", "la place du marchand")
	k.press(t, "Se connecter", http.StatusUnprocessableEntity)
	k.corrects(t, "Mot de passe")
	k.holds(t, "Nom d’utilisateur", "karim")
	k.check(t, "sign-in refused")
	k.write(t, "Mot de passe", password)
	k.press(t, "Se connecter", http.StatusOK)
	k.reads(t, "Karim", "@karim@"+s.malakoff.host)
}

// logIn logs somebody in whose form is open.
func (p *person) logIn(t testing.TB, username string) {
	t.Helper()
	p.write(t, "Nom d’utilisateur", username)
	p.write(t, "Mot de passe", password)
	p.press(t, "Se connecter", http.StatusOK)
}

func (s *story) saysWho(t *testing.T) {
	j := s.jeanne
	j.check(t, "profile form")
	s.crops(t, j)
	j.open(t, s.malakoff.url("/moi/profil"), http.StatusOK)
	j.write(t, "Quartier", "Centre")
	j.write(t, "Deux lignes sur vous", "Menuisière à la retraite, je prête mes outils.")
	j.attach(t, "Portrait", s.portrait)
	j.press(t, "Enregistrer le profil", http.StatusOK)
	j.reads(t, "Jeanne", "C’est enregistré.", "Menuisière à la retraite")
	if width := ask[int](t, j, `(async face => { await face.decode(); return face.naturalWidth })(document.querySelector("main img.face"))`); width == 0 {
		t.Error("Jeanne's portrait is not shown")
	}
	j.check(t, "own profile")
	for path, name := range map[string]string{"/moi": "me empty", "/moi/fil": "timeline empty", "/moi/abonnements": "following empty", "/moi/blocages": "blocks empty", "/moi/reglages": "settings", "/moi/compte": "security", "/moi/demenagement": "moving", "/moi/nouvelles": "news choices"} {
		j.open(t, s.malakoff.url(path), http.StatusOK)
		j.check(t, name)
	}
}

func (s *story) english(t *testing.T) {
	j := s.jeanne
	j.open(t, s.malakoff.url("/entraide"), http.StatusOK)
	j.press(t, "English", http.StatusOK)
	if got := ask[string](t, j, "document.documentElement.lang"); got != "en" {
		t.Errorf("the page is in %q after the switch to English", got)
	}
	j.check(t, "list in English")
	j.open(t, s.malakoff.url("/"), http.StatusOK)
	j.check(t, "home in English")
	j.press(t, "Français", http.StatusOK)
	j.open(t, s.malakoff.url("/moi/reglages"), http.StatusOK)
	j.press(t, "Se déconnecter", http.StatusOK)
	j.reads(t, "À Malakoff, on se prête, on s’entraide, on décide ensemble.", "Vous êtes déconnecté.")
	j.check(t, "logged out")
	j.open(t, s.malakoff.url("/moi"), http.StatusOK)
	j.reads(t, "Se connecter")
}
