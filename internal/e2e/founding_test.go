package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

func (s *story) preparing(t *testing.T) {
	s.visitor.open(t, s.malakoff.url("/"), http.StatusOK)
	s.visitor.reads(t, "Entre voisins, on se prête et on s’entraide.", "Ce lieu est en préparation.")
	if strings.Contains(s.visitor.text(t), "Publier") {
		t.Error("the page invites to publish where nobody can")
	}
	s.visitor.check(t, "home in preparation")
	s.visitor.open(t, s.malakoff.url("/inscription"), http.StatusForbidden)
	s.visitor.reads(t, "Les inscriptions sont fermées")
	s.visitor.check(t, "sign-up closed")
}

// team gives each node an admin, a name and neighbourhoods by the command, which
// the running processes must notice by themselves.
func (s *story) team(t *testing.T) {
	s.malakoff.run(t, "", "node", "set", "--name", "Malakoff", "--summary", "À Malakoff, on se prête, on s’entraide, on décide ensemble.",
		"--contact", "bonjour@malakoff.example", "--neighbourhood", "Centre@48.8205,2.3010", "--neighbourhood", "Barbusse@48.8182,2.2912")
	s.malakoff.await(t, noticeTime, "/", func(_ int, body string) bool { return strings.Contains(body, "À Malakoff, on se prête") })
	if got, want := s.malakoff.account(t, "claire", "admin"), "@claire@"+s.malakoff.host+"\n"; got != want {
		t.Errorf("account create printed %q, want %q", got, want)
	}
	s.malakoff.await(t, noticeTime, "/", func(_ int, body string) bool { return !strings.Contains(body, "en préparation") })
	s.malakoff.await(t, noticeTime, "/inscription", func(status int, _ string) bool { return status == http.StatusOK })

	s.atelier.run(t, "", "node", "set", "--name", "L’Atelier", "--summary", "À l’Atelier, on répare ensemble plutôt que de jeter.")
	s.atelier.account(t, "camille", "admin")
	s.atelier.await(t, noticeTime, "/inscription", func(status int, _ string) bool { return status == http.StatusOK })
}

// account makes an account by the command.
func (p *place) account(t testing.TB, username, role string) string {
	t.Helper()
	return p.run(t, password+"\n", "account", "create", "--username", username, "--email", username+"@example.org",
		"--name", strings.ToUpper(username[:1])+username[1:], "--password-stdin", "--role", role)
}

// partners lets Malakoff ask and the workshop agree.
func (s *story) partners(t *testing.T) {
	s.malakoff.run(t, "", "partner", "add", s.atelier.host)
	asked := ""
	eventually(t, travelTime, func() bool {
		asked = s.atelier.run(t, "", "partner", "list")
		return strings.Contains(asked, s.malakoff.host)
	}, func() string { return "the workshop was not asked: " + asked })
	s.atelier.run(t, "", "partner", "approve", s.malakoff.host)
	for _, p := range []*place{s.malakoff, s.atelier} {
		list := ""
		eventually(t, travelTime, func() bool {
			list = p.run(t, "", "partner", "list")
			return strings.Contains(list, "active")
		}, func() string { return p.host + " has no active partner: " + list })
	}
	s.visitor.awaits(t, s.malakoff.url("/"), "Les communes voisines", "L’Atelier")
}

func (s *story) looksAround(t *testing.T) {
	v := s.visitor
	for _, page := range []struct {
		path, name, heading string
		status              int64
	}{
		{"/", "home empty", "À Malakoff, on se prête, on s’entraide, on décide ensemble.", http.StatusOK},
		{"/entraide", "list empty", "Entraide", http.StatusOK},
		{"/connexion", "sign-in", "Se connecter", http.StatusOK},
		{"/@entraide", "feed empty", "Entraide · Malakoff", http.StatusOK},
		{"/regles", "rules", "Les règles d’ici", http.StatusOK},
		{"/donnees", "privacy", "Vos données", http.StatusOK},
		{"/accessibilite", "accessibility", "Accessibilité", http.StatusOK},
		{"/place-du-marche", "unknown page", "Cette page n’existe pas", http.StatusNotFound},
	} {
		v.open(t, s.malakoff.url(page.path), page.status)
		v.reads(t, page.heading)
		v.check(t, page.name)
	}
	v.open(t, s.malakoff.url("/moi"), http.StatusOK)
	v.reads(t, "Se connecter")
}
