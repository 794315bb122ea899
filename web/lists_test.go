package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestLists: a resident makes a list, puts on it somebody they follow, reads it, calls
// it otherwise and throws it away; nobody else finds it.
func TestLists(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "karim", parvis.RoleResident)
	m.publish(t, author, app.Draft{Detail: &parvis.Note{}, Source: "Le lavoir est ouvert."})
	karim := m.signedIn(t, "karim")
	karim.get(t, "/moi/listes").says("Vos listes", "Rangez les personnes que vous suivez")
	karim.post(t, "/moi/listes", url.Values{"title": {" "}, "replies": {"none"}}).want(http.StatusUnprocessableEntity).says("Donnez un nom à la liste")
	page := karim.post(t, "/moi/listes", url.Values{"title": {"Voisins"}, "replies": {"list"}}).want(http.StatusOK).says("La liste est prête.", "Personne pour l’instant.")
	inside := attr(page.all("form", "method", "post")[1], "action") // the first switches the language
	karim.post(t, inside, url.Values{"handle": {"@jeanne"}}).want(http.StatusUnprocessableEntity).says("Suivez d’abord cette personne")
	karim.post(t, inside, url.Values{"handle": {"@personne"}}).want(http.StatusUnprocessableEntity).says("Nous ne trouvons personne de ce nom")
	karim.post(t, inside, nil).want(http.StatusUnprocessableEntity).says("Indiquez un nom complet")
	karim.post(t, "/@jeanne/suivi", url.Values{"verb": {"follow"}})
	page = karim.get(t, inside)
	if len(page.all("option", "value", "@jeanne@"+m.node.Host)) != 1 {
		t.Error("whom one follows is not suggested")
	}
	karim.post(t, inside, url.Values{"handle": {"@jeanne"}}).want(http.StatusOK).says("Jeanne", "Retirer")
	read := strings.TrimSuffix(inside, "/personnes")
	karim.get(t, read).says("Voisins", "Le lavoir est ouvert.", "J’aime")
	karim.post(t, read+"/modifier", url.Values{"title": {""}, "replies": {"none"}}).want(http.StatusUnprocessableEntity).says("Donnez un nom à la liste")
	karim.post(t, read+"/modifier", url.Values{"title": {"Amis"}, "replies": {"none"}}).says("Amis", "Le lavoir")
	karim.get(t, "/moi/listes").says("Amis")
	jeanne := m.signedIn(t, "jeanne")
	for _, path := range []string{read, inside, read + "/supprimer"} {
		jeanne.get(t, path).want(http.StatusNotFound)
	}
	for _, path := range []string{inside, read + "/modifier", read + "/supprimer"} {
		jeanne.post(t, path, url.Values{"handle": {"@karim"}, "title": {"À moi"}, "replies": {"none"}}).want(http.StatusNotFound)
	}
	karim.post(t, inside, url.Values{"compte": {"@jeanne"}, "verb": {"remove"}}).want(http.StatusNotFound)
	ids := karim.get(t, inside).hidden("compte")
	if len(ids) != 1 {
		t.Fatalf("whom one can take off: %q", ids)
	}
	karim.post(t, inside, url.Values{"compte": ids, "verb": {"remove"}}).says("Personne pour l’instant.")
	karim.get(t, read).says("Rien à lire ici pour l’instant.")
	karim.get(t, read+"/supprimer").says("Supprimer la liste « Amis »")
	karim.post(t, read+"/supprimer", nil).says("C’est supprimé.").saysNot("Amis")
}

// TestMute: a resident hides somebody from their page, no longer reads them in
// timelines, still does on their page, and takes it back.
func TestMute(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "karim", parvis.RoleResident)
	m.publish(t, author, app.Draft{Detail: &parvis.Note{}, Source: "Le lavoir est ouvert."})
	karim := m.signedIn(t, "karim")
	ask := karim.get(t, karim.get(t, "/@jeanne").link("Masquer")).heading("Masquer Jeanne ?").says("Elle n’en est pas prévenue", "7 jours")
	if ask.field("Ne plus rien me dire de cette personne dans l’actualité") == nil {
		t.Error("one cannot choose about notifications")
	}
	karim.post(t, "/@jeanne/masque", url.Values{"jours": {"7"}, "actualite": {"on"}}).says("C’est masqué.", "Vous masquez Jeanne.", "Le lavoir est ouvert.")
	karim.get(t, "/ici").saysNot("Le lavoir est ouvert.")
	m.visitor(t).get(t, "/ici").says("Le lavoir est ouvert.")
	page := karim.get(t, "/moi/masques").says("Jeanne", "jusqu’au")
	karim.post(t, "/@jeanne/masque", url.Values{"verb": {"unmute"}, "retour": {page.back()}}).says("Vous ne masquez personne.")
	karim.get(t, "/ici").says("Le lavoir est ouvert.")
	karim.get(t, "/@karim/masque").want(http.StatusForbidden)
	karim.get(t, "/@entraide/masque").want(http.StatusForbidden)
	karim.get(t, "/@entraide").saysNot("Masquer")
}
