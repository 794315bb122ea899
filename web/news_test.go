package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

func TestChoosingWhatOneHearsOf(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	jeanne, path := m.signedIn(t, "jeanne"), "/moi/nouvelles"
	jeanne.get(t, path).want(http.StatusOK).says("On vous écrit en privé", "Ce lieu n’envoie pas d’e-mails pour l’instant.").saysNot("Quelque chose attend l’équipe")
	m.app.Mails = true
	page := jeanne.get(t, path).saysNot("n’envoie pas d’e-mails")
	ticked := func(v *view, topic, way string) bool {
		for _, box := range v.all("input", "name", topic) {
			if attr(box, "value") == way {
				return has(box, "checked")
			}
		}
		t.Errorf("no box for %s by %s", topic, way)
		return false
	}
	if !ticked(page, "answer", "mail") || ticked(page, "like", "mail") || !ticked(page, "like", "page") {
		t.Error("the form does not say what everybody gets")
	}
	page = jeanne.post(t, path, url.Values{"message": {"page", "mail"}, "like": {"push"}, "team": {"mail"}}).want(http.StatusOK).says("C’est enregistré.")
	for box, want := range map[[2]string]bool{{"message", "mail"}: true, {"message", "push"}: false, {"like", "push"}: true, {"like", "page"}: true,
		{"answer", "page"}: false, {"answer", "mail"}: false, {"request", "page"}: true} {
		if got := ticked(page, box[0], box[1]); got != want {
			t.Errorf("%v is ticked: %v", box, got)
		}
	}
	m.app.Mails = false
	jeanne.post(t, path, url.Values{"message": {"page"}})
	m.app.Mails = true
	if !ticked(jeanne.get(t, path), "message", "mail") {
		t.Error("mail was turned off by a form that did not ask")
	}
	m.signedIn(t, "mairie_annexe").get(t, path).says("Quelque chose attend l’équipe")
}
