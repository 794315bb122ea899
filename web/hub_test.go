package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// tabs are the words of the tabs, the current one with what it says of itself.
func (v *view) tabs() []string {
	var words []string
	for _, a := range find(v.one("nav", "aria-label", "Mon espace"), "a", "", "") {
		word := text(a)
		if state := attr(a, "aria-current"); state != "" {
			word += " = " + state
		}
		words = append(words, word)
	}
	return words
}

// ways are the links of a hub.
func (v *view) ways() []*html.Node { return v.all("a", "class", "choice") }

func TestTabs(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "paula", parvis.RoleModerator)
	jeanne, paula := m.signedIn(t, "jeanne"), m.signedIn(t, "paula")
	names := []string{"Actualité", "Messages", "Mon fil", "Relations", "Réglages"}
	for path, want := range map[string]string{
		"/moi": "Actualité = page", "/moi/messages": "Messages = page", "/moi/messages/nouveau": "Messages = true", "/moi/fil": "Mon fil = page",
		"/moi/abonnements": "Relations = page", "/moi/reglages": "Réglages = page", "/moi/profil": "Réglages = true", "/moi/compte": "Réglages = true",
		"/moi/blocages": "Réglages = true", "/moi/demenagement": "Réglages = true",
		"/equipe": "Équipe = page", "/equipe/signalements": "Équipe = true", "/equipe/domaines": "Équipe = true",
	} {
		who, all := jeanne, slices.Clone(names)
		if strings.HasPrefix(path, "/equipe") {
			who, all = paula, append(all, "Équipe")
		}
		page := who.get(t, path).want(http.StatusOK).heading(text(who.get(t, "/moi").one("h1", "", "")))
		word, state, _ := strings.Cut(want, " = ")
		all[slices.Index(all, word)] = want
		if diff := cmp.Diff(all, page.tabs()); diff != "" {
			t.Errorf("%s: tabs (-want +got):\n%s", path, diff)
		}
		if back := page.one("a", "class", "back"); (back != nil) != (state == "true") || back != nil && text(back) != word {
			t.Errorf("%s: no way back to %s", path, word)
		}
	}
	refused := jeanne.post(t, "/moi/mot-de-passe", url.Values{"old": {"raté"}}).want(http.StatusUnprocessableEntity)
	if got := refused.tabs()[4]; got != "Réglages = true" {
		t.Errorf("a form that must be corrected is under %q", got)
	}
}

// TestSettings: every setting is there, and opens.
func TestSettings(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	m.visitor(t).get(t, "/moi/reglages").heading("Se connecter")
	jeanne := m.signedIn(t, "jeanne")
	hub := jeanne.get(t, "/moi/reglages").want(http.StatusOK).says("Mon profil", "Connexion et sécurité", "Personnes bloquées", "Déménagement")
	for _, a := range hub.ways() {
		jeanne.get(t, attr(a, "href")).want(http.StatusOK)
	}
	choices := hub.all("", "class", "choice")
	if got, want := text(choices[len(choices)-1]), "Se déconnecter Dans ce navigateur seulement."; got != want {
		t.Errorf("the last setting is %q, want %q", got, want)
	}
	jeanne.post(t, attr(hub.one("form", "action", "/deconnexion"), "action"), nil).says("Vous êtes déconnecté.")
}

// TestTeam: each of the team is led to what they may open, and to nothing else.
func TestTeam(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "paula", parvis.RoleModerator)
	m.resident(t, "odile", parvis.RoleAdmin)
	jeanne, paula, odile := m.signedIn(t, "jeanne"), m.signedIn(t, "paula"), m.signedIn(t, "odile")
	m.visitor(t).get(t, "/equipe").heading("Se connecter")
	jeanne.get(t, "/equipe").want(http.StatusForbidden)
	jeanne.get(t, "/moi").saysNot("Équipe")

	all := []string{"/equipe/signalements", "/equipe/demandes", "/equipe/inscriptions", "/equipe/invitations", "/equipe/domaines", "/equipe/reseau", "/equipe/charte", "/equipe/serveurs"}
	for name, who := range map[string]*browser{"paula": paula, "odile": odile} {
		var led []string
		for _, a := range who.get(t, "/equipe").want(http.StatusOK).ways() {
			led = append(led, attr(a, "href"))
		}
		var may []string
		for _, path := range all {
			m.visitor(t).get(t, path).heading("Se connecter")
			jeanne.get(t, path).want(http.StatusForbidden)
			if who.get(t, path).status == http.StatusOK {
				may = append(may, path)
			}
		}
		if diff := cmp.Diff(may, led); diff != "" {
			t.Errorf("%s may open, and is led to (-may +led):\n%s", name, diff)
		}
	}

	ana := m.elsewhere(t, "ana")
	for i := range 2 {
		if err := m.app.ReceiveReport(t.Context(), m.node, ana, parvis.Report{TargetID: author.ID, URI: fmt.Sprintf("https://masto.example/%d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	m.submit(t, ana, "/1", "Qui prête une perceuse ?", time.Time{})
	hub := paula.get(t, "/equipe").want(http.StatusOK)
	for i, want := range []string{"2 en attente", "1 en attente"} {
		if got := text(hub.ways()[i]); !strings.HasSuffix(got, want) {
			t.Errorf("the hub says %q, want %q at its end", got, want)
		}
	}
	if got, want := paula.get(t, "/moi").tabs()[5], "Équipe 3 en attente"; got != want {
		t.Errorf("the tab says %q, want %q", got, want)
	}
}
