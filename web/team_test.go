package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// elsewhere stores somebody of another server.
func (m *town) elsewhere(t testing.TB, name string) *parvis.Account {
	t.Helper()
	acc, err := m.app.ReceiveAccount(t.Context(), m.node, parvistest.Stranger(name, "masto.example"), "")
	if err != nil {
		t.Fatal(err)
	}
	return acc
}

// TestReports: the team reads what was reported and settles it.
func TestReports(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	post := m.publish(t, author, drill())
	m.resident(t, "karim", parvis.RoleResident)
	m.resident(t, "paula", parvis.RoleModerator)
	karim, paula := m.signedIn(t, "karim"), m.signedIn(t, "paula")
	const path = "/equipe/signalements"

	m.visitor(t).get(t, path).heading("Se connecter")
	karim.get(t, path).want(http.StatusForbidden).heading("Vous ne pouvez pas faire cela")
	paula.get(t, path).want(http.StatusOK).says("Aucun signalement n’attend.")

	karim.post(t, post.Path()+"/signaler", url.Values{"comment": {"Objet volé.\n<b>Le mien</b>"}}).want(http.StatusOK)
	ana := m.elsewhere(t, "ana")
	if err := m.app.ReceiveReport(t.Context(), m.node, ana, parvis.Report{TargetID: author.ID, URI: "https://masto.example/1"}); err != nil {
		t.Fatal(err)
	}
	paula.get(t, "/").says("2 signalements attendent l’équipe")
	page := paula.get(t, path).want(http.StatusOK).says("À propos de Jeanne",
		"Signalé depuis masto.example", "Sans un mot d’explication.", "Signalé par Karim", "Objet volé. <b>Le mien</b>", "vient à bout du béton", "Tout le monde")
	if got := page.link("Perceuse à percussion et ses mèches"); got != post.Path() {
		t.Errorf("the offer's link leads to %q", got)
	}
	newest, oldest := page.all("form", "method", "post")[1], page.all("form", "method", "post")[2] // after that of the language
	karim.post(t, attr(newest, "action"), nil).want(http.StatusForbidden)
	paula.post(t, attr(newest, "action"), nil).want(http.StatusOK).says("C’est réglé", "Signalé par Karim").saysNot("masto.example")

	ask := paula.get(t, page.link("Supprimer l’annonce")).want(http.StatusOK).saysNot("marquez-le plutôt")
	paula.post(t, post.Path()+"/supprimer", url.Values{"retour": ask.hidden("retour")[1:]}).want(http.StatusOK).
		says("C’est supprimé.", "Ce qui était signalé est déjà supprimé.")
	paula.post(t, attr(oldest, "action"), nil).want(http.StatusOK).says("Aucun signalement n’attend.")
	paula.post(t, path+"/nimporte/classer", nil).want(http.StatusNotFound)
}

func TestSuspend(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.publish(t, m.resident(t, "jeanne", parvis.RoleResident), drill())
	m.resident(t, "karim", parvis.RoleResident)
	m.resident(t, "paula", parvis.RoleModerator)
	m.elsewhere(t, "ana")
	jeanne, karim, paula := m.signedIn(t, "jeanne"), m.signedIn(t, "karim"), m.signedIn(t, "paula")
	for _, acct := range []string{"jeanne", "ana@masto.example", "mairie_annexe"} {
		karim.post(t, "/@"+acct+"/signaler", url.Values{"comment": {"Insultes"}}).want(http.StatusOK)
	}
	reports := paula.get(t, "/equipe/signalements").want(http.StatusOK)
	if links := reports.all("a", "href", "/@mairie_annexe/suspendre"); len(links) != 0 {
		t.Error("a moderator is offered to suspend an admin")
	}
	for acct, words := range map[string]string{"jeanne": "@jeanne@" + m.node.Host + ". Cette personne ne pourra plus se connecter", "ana@masto.example": "ce qu’il nous envoie sera refusé"} {
		if links := reports.all("a", "href", "/@"+acct+"/suspendre"); len(links) != 1 {
			t.Errorf("%s: %d links to suspend", acct, len(links))
		}
		paula.get(t, "/@"+acct+"/suspendre").want(http.StatusOK).says(words)
		paula.get(t, "/@"+acct).want(http.StatusOK) // asking changes nothing
		karim.get(t, "/@"+acct+"/suspendre").want(http.StatusForbidden)
		karim.post(t, "/@"+acct+"/suspendre", nil).want(http.StatusForbidden)
		paula.post(t, "/@"+acct+"/suspendre", nil).want(http.StatusOK).says("Le compte est suspendu.", "Le compte @")
		karim.get(t, "/@"+acct).want(http.StatusGone)
		paula.get(t, "/@"+acct+"/suspendre").want(http.StatusGone)
	}
	m.visitor(t).get(t, "/entraide").saysNot("Perceuse")
	jeanne.get(t, "/moi").heading("Se connecter")
	for _, acct := range []string{"mairie_annexe", "paula", "entraide"} {
		paula.get(t, "/@"+acct+"/suspendre").want(http.StatusForbidden)
		paula.post(t, "/@"+acct+"/suspendre", nil).want(http.StatusForbidden)
	}
	m.visitor(t).get(t, "/@jeanne/suspendre").heading("Se connecter")
}

func TestReportsPages(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "paula", parvis.RoleModerator)
	ana := m.elsewhere(t, "ana")
	for i := range parvis.PageSize + 2 {
		if err := m.app.ReceiveReport(t.Context(), m.node, ana, parvis.Report{TargetID: author.ID, Comment: fmt.Sprintf("n° %02d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	paula := m.signedIn(t, "paula")
	first := paula.get(t, "/equipe/signalements").says("n° 21", "n° 02").saysNot("n° 01")
	second := paula.get(t, first.link("Plus ancien")).says("n° 01", "n° 00").saysNot("n° 02")
	paula.get(t, second.link("Plus récent")).says("n° 21", "n° 02").saysNot("n° 01")
}
