package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// introducing is a profile's form.
func introducing(more ...string) url.Values {
	form := url.Values{"name": {"Jeanne"}, "quarter": {"Barbusse"}, "offers": {"réparer un vélo\ncouture"}, "seeks": {"tailler une haie"}, "language": {"fr", "ar"},
		"linkname1": {"Mon atelier"}, "link1": {"atelier.example/jeanne"}, "quarterfor": {"node"}, "skillsfor": {"node"}, "linksfor": {"everyone"}, "listed": {"node"}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

func TestPresentation(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "karim", parvis.RoleResident)
	jeanne, karim := m.signedIn(t, "jeanne"), m.signedIn(t, "karim")
	const path = "/moi/profil"
	jeanne.get(t, path).want(http.StatusOK).says("Je sais faire", "L’annuaire")

	bad := jeanne.post(t, path, introducing("link2", "ftp://x.example", "offers", strings.Repeat("é", 41))).want(http.StatusUnprocessableEntity).
		says("« ftp://x.example » n’est pas l’adresse d’une page", "Dites chacune en 40 caractères au plus.")
	if bad.value("Adresse du lien 2") != "ftp://x.example" || bad.value("Je sais faire") != strings.Repeat("é", 41) || bad.value("Qui voit votre quartier") != "node" {
		t.Error("the form comes back empty")
	}
	jeanne.post(t, path, introducing()).want(http.StatusOK).heading("Jeanne").says("Barbusse", "réparer un vélo", "arabe", "atelier.example/jeanne")
	karim.get(t, "/@jeanne").says("Barbusse", "Sait faire", "couture", "Cherche de l’aide pour", "tailler une haie", "Mon atelier")
	visitor := m.visitor(t)
	visitor.get(t, "/@jeanne").says("Mon atelier", "atelier.example/jeanne").saysNot("Barbusse").saysNot("couture").saysNot("arabe")
	again := jeanne.get(t, path)
	if again.value("Je sais faire") != "réparer un vélo couture" || again.value("Adresse du lien 1") != "https://atelier.example/jeanne" {
		t.Errorf("the form says %q, %q", again.value("Je sais faire"), again.value("Adresse du lien 1"))
	}

	const people = "/habitants"
	visitor.get(t, people).want(http.StatusOK).heading("Les habitants").saysNot("Jeanne")
	karim.get(t, people).want(http.StatusOK).says("Jeanne", "couture", "Vous n’êtes pas dans l’annuaire.")
	karim.get(t, people+"?role=offers&mot=Coutures").says("Jeanne")
	karim.get(t, people+"?role=seeks&mot=couture").saysNot("@jeanne")
	karim.get(t, people+"?langue=ar&quartier=Barbusse").says("Jeanne")
	karim.get(t, people+"?langue=klingon&role=rien&quartier=&avant=").want(http.StatusOK).says("Jeanne")
	karim.post(t, path, url.Values{"name": {"Karim"}, "seeks": {"la couture"}}).want(http.StatusOK)
	karim.get(t, people).says("Vous pourriez vous entendre")
}

// A neighbourhood that is for residents only is not put into what everyone will read.
func TestOffersDoNotTellTheQuarter(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	jeanne := m.signedIn(t, "jeanne")
	for audience, want := range map[string]string{"everyone": "Centre", "node": ""} {
		jeanne.post(t, "/moi/profil", url.Values{"name": {"Jeanne"}, "quarter": {"Centre"}, "quarterfor": {audience}, "skillsfor": {"everyone"}, "linksfor": {"everyone"}}).want(http.StatusOK)
		if got := jeanne.get(t, "/publier/annonce?but=offer&sorte=object").want(http.StatusOK).value("Quartier"); got != want {
			t.Errorf("for %s the form says %q, want %q", audience, got, want)
		}
	}
}
