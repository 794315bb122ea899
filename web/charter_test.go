package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// decrees publishes a version of the charter that everyone is asked to accept.
func (m *town) decrees(t testing.TB, version int) {
	t.Helper()
	if err := m.app.PublishCharter(t.Context(), m.node, parvis.Charter{Version: version, Asked: true, Change: "On garde aussi les animaux.",
		Source: "Bonjour à tous.\n\n## Les animaux\nIls se gardent **aussi**."}); err != nil {
		t.Fatal(err)
	}
}

// TestEveryRouteAsksForTheCharter: whoever did not accept it is led to it by every
// page and form but those that are named here.
func TestEveryRouteAsksForTheCharter(t *testing.T) {
	t.Parallel()
	free := []string{"/charte", "/regles", "/donnees", "/accessibilite", "/langue", "/deconnexion", "/media/{key:.+}",
		"/moi/abonnements.csv", "/moi/blocages.csv", "/courriels/arreter", "/courriels/annonce", "/hors-ligne", "/site.webmanifest"}
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleAdmin)
	jeanne := m.signedIn(t, "jeanne")
	m.decrees(t, 1)
	jeanne.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	variable := regexp.MustCompile(`\{[^}]*\}`)
	asked := 0
	for _, route := range m.web.Paths() {
		if route.Path == "/deconnexion" {
			continue // ends the session; below
		}
		page := jeanne.do(t, route.Method, variable.ReplaceAllString(route.Path, "1"), "application/x-www-form-urlencoded", nil)
		got := strings.HasPrefix(page.header.Get("Location"), "/charte") ||
			page.status == http.StatusForbidden && strings.Contains(text(page.root), "Les règles ont changé")
		want := !slices.Contains(free, route.Path) && !strings.HasPrefix(route.Path, "/connexion") && !strings.HasPrefix(route.Path, "/deconnexion/")
		if got != want {
			t.Errorf("%s %s asks for the charter: %t (status %d), want %t", route.Method, route.Path, got, page.status, want)
		}
		if got {
			asked++
		}
	}
	if asked < 80 {
		t.Errorf("only %d routes ask", asked)
	}
	if page := jeanne.post(t, "/deconnexion", nil); page.header.Get("Location") != "/" {
		t.Errorf("she cannot sign out: status %d", page.status)
	}
	m.visitor(t).get(t, "/entraide").want(http.StatusOK)
}

func TestCharterIsAccepted(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	jeanne := m.signedIn(t, "jeanne")
	jeanne.get(t, "/charte").want(http.StatusOK).heading("Les règles d’ici") // nothing is asked
	m.decrees(t, 1)
	page := jeanne.get(t, "/moi/fil?max=7").want(http.StatusOK).heading("Les règles ont changé").
		says("On garde aussi les animaux.", "Ils se gardent aussi .", "Se déconnecter", "écrivez à l’équipe")
	if got := page.hidden("retour"); len(got) != 2 || got[1] != "/moi/fil?max=7" {
		t.Errorf("then she goes to %q", got)
	}
	jeanne.get(t, "/moi/abonnements.csv").want(http.StatusOK)
	m.visitor(t).get(t, "/charte").want(http.StatusOK).heading("Les règles d’ici")
	m.visitor(t).post(t, "/charte", url.Values{"version": {"1"}}).heading("Se connecter")
	jeanne.post(t, "/charte", url.Values{"version": {"2"}}).want(http.StatusNotFound)
	jeanne.post(t, "/charte", url.Values{"version": {"la bonne"}}).want(http.StatusNotFound)
	done := jeanne.post(t, "/charte", url.Values{"version": {"1"}, "retour": {"/moi/fil"}}).want(http.StatusOK).says("Merci. C’est noté.")
	if !strings.HasSuffix(done.path, "→ /moi/fil") {
		t.Errorf("then she is at %s", done.path)
	}
	jeanne.get(t, "/entraide").want(http.StatusOK).heading("Entraide")
}

// TestAFormOutlivesTheCharter: what is being sent when it changes is not lost, and is
// sent once it is accepted.
func TestAFormOutlivesTheCharter(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	jeanne := m.signedIn(t, "jeanne")
	m.decrees(t, 1)
	m.decrees(t, 2)
	fields := url.Values{"step": {"publish"}, "purpose": {"offer"}, "sort": {"object"}, "title": {"Perceuse à percussion"}, "text": {"Elle perce « tout »."},
		"category": {"tools"}, "audience": {string(parvis.Everyone)}, "key": {"une-cle"}}
	page := jeanne.upload(t, "/publier/annonce?essai=1", fields, photo(t)).want(http.StatusForbidden).
		heading("Les règles ont changé").says("Ce que vous venez d’envoyer n’est pas perdu")
	m.visitor(t).get(t, "/entraide").saysNot("Perceuse")
	action, again := page.kept()
	if action != "/publier/annonce?charte=2&essai=1" || len(again["photo"]) != 1 {
		t.Errorf("the form goes to %s with %v", action, again)
	}
	// An answer to an older question does not accept what is in force.
	jeanne.post(t, "/publier/annonce?charte=1", again).want(http.StatusForbidden)
	jeanne.post(t, action, again).want(http.StatusOK).heading("Perceuse à percussion").says("Elle perce « tout ».")
	if jeanne.get(t, "/entraide").says("Perceuse").one("img", "", "") == nil {
		t.Error("the photo is lost")
	}
	jeanne.get(t, "/moi").heading("Jeanne")
}

// kept is the form that the charter's page sends again.
func (v *view) kept() (action string, fields url.Values) {
	v.t.Helper()
	for _, form := range v.all("form", "method", "post") {
		if action = attr(form, "action"); strings.Contains(action, "charte=") {
			fields = url.Values{}
			for _, in := range find(form, "input", "type", "hidden") {
				fields.Add(attr(in, "name"), attr(in, "value"))
			}
			return action, fields
		}
	}
	v.t.Fatalf("%s: no form is kept", v.path)
	return "", nil
}

// TestSecretsAreNotKept: a password is typed again; a broken photo is said; a list is
// chosen again.
func TestSecretsAreNotKept(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	jeanne := m.signedIn(t, "jeanne")
	m.decrees(t, 1)
	page := jeanne.post(t, "/moi/mot-de-passe", url.Values{"password": {"une autre phrase"}}).want(http.StatusForbidden).saysNot("n’est pas perdu")
	if strings.Contains(page.body, "une autre phrase") {
		t.Error("a password comes back")
	}
	broken := jeanne.upload(t, "/moi/profil", url.Values{"name": {"Jeanne B."}}, []byte("GIF89a?")).want(http.StatusForbidden).says("Cette photo est abîmée")
	if _, again := broken.kept(); again.Get("name") != "Jeanne B." || again.Has("photo") {
		t.Errorf("kept is %v", again)
	}
	jeanne.post(t, "/charte", url.Values{"version": {"1"}}).want(http.StatusOK)
	jeanne.get(t, "/moi").heading("Jeanne")
	m.signedIn(t, "jeanne") // by the old password
}

func TestRules(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	b := m.visitor(t)
	b.get(t, "/regles").want(http.StatusOK).says("est une place publique").saysNot("Toutes les versions")
	b.get(t, "/regles?version=1").want(http.StatusNotFound)
	m.decrees(t, 1)
	if err := m.app.PublishCharter(t.Context(), m.node, parvis.Charter{Version: 2, Change: "Une virgule.", Source: "## Les animaux\nIls ne se gardent <b>plus</b>."}); err != nil {
		t.Fatal(err)
	}
	page := b.get(t, "/regles").want(http.StatusOK).says("Version 2, du samedi 3 octobre 2026", "Ils ne se gardent <b>plus</b>.", "Une virgule.", "On garde aussi les animaux.").
		saysNot("plus en vigueur")
	if heads := page.all("h2", "", ""); text(heads[0]) != "Les animaux" {
		t.Errorf("the first heading is %q", text(heads[0]))
	}
	b.get(t, "/regles?version=1").want(http.StatusOK).says("Version 1, du", "Ils se gardent aussi .", "Cette version n’est plus en vigueur.")
	b.get(t, "/regles?version=0").want(http.StatusOK).says("est une place publique", "Cette version n’est plus en vigueur.")
	for _, odd := range []string{"3", "-1", "deux"} {
		b.get(t, "/regles?version="+odd).want(http.StatusNotFound)
	}
	b.post(t, "/langue", url.Values{"langue": {"en"}}).want(http.StatusOK)
	if got := b.get(t, "/regles").one("div", "class", "prose long"); attr(got, "lang") != "fr" {
		t.Errorf("the French text is in %q", attr(got, "lang"))
	}
}

func TestCharterIsWritten(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "odile", parvis.RoleAdmin)
	m.resident(t, "karim", parvis.RoleModerator)
	const path = "/equipe/charte"
	for _, b := range []*browser{m.signedIn(t, "karim"), m.visitor(t)} {
		if page := b.get(t, path); page.status == http.StatusOK && !strings.Contains(page.path, "/connexion") {
			t.Errorf("%s is shown", page.path)
		}
	}
	m.signedIn(t, "karim").post(t, path, url.Values{"version": {"1"}, "source": {"À moi"}, "change": {"Tout"}, "step": {"publish"}}).want(http.StatusForbidden)
	odile, other := m.signedIn(t, "odile"), m.signedIn(t, "mairie_annexe")
	odile.get(t, "/equipe").says("Règles du lieu")
	form := odile.get(t, path).want(http.StatusOK)
	if got := form.value("Les règles"); !strings.HasPrefix(got, "Malakoff est une place publique.") {
		t.Errorf("one begins with %q", got)
	}
	long := odile.post(t, path, url.Values{"version": {"1"}, "source": {strings.Repeat("é", 20001)}, "change": {""}, "asked": {"1"}}).
		want(http.StatusUnprocessableEntity).says("Raccourcissez ce texte à 20 000 caractères : il en a 20 001.", "Dites en une ligne ce qui change")
	if len(long.value("Les règles")) != 2*20001 || attr(long.field("Demander à chacun"), "type") != "checkbox" || !has(long.field("Demander à chacun"), "checked") {
		t.Error("the form is not kept")
	}
	mine := url.Values{"version": {"1"}, "source": {"On rend **propre**."}, "change": {"On rend propre."}, "asked": {"1"}}
	odile.post(t, path, mine).want(http.StatusOK).says("Est-ce bien cela", "On rend propre .", "Chacun devra les accepter")
	with := func(step string) url.Values {
		v := url.Values{"step": {step}}
		for name, values := range mine {
			v[name] = values
		}
		return v
	}
	if got := odile.post(t, path, with("change")).want(http.StatusOK).value("Ce qui change"); got != "On rend propre." {
		t.Errorf("going back, the line is %q", got)
	}

	other.post(t, path, url.Values{"version": {"1"}, "source": {"On dit merci."}, "change": {"Merci."}, "step": {"publish"}}).
		want(http.StatusOK).heading("Les règles d’ici").says("Les règles sont publiées.", "On dit merci.")
	late := odile.post(t, path, with("publish")).want(http.StatusUnprocessableEntity).
		says("Quelqu’un de l’équipe a publié une autre version", "Lire la version 1")
	if late.value("Les règles") != "On rend **propre**." || late.hidden("version")[0] != "2" {
		t.Error("what Odile wrote is lost, or would be refused again")
	}
	mine.Set("version", "2")
	odile.post(t, path, with("publish")).want(http.StatusOK).says("On rend propre .", "Version 2")
	other.get(t, "/moi").heading("Les règles ont changé")
	odile.post(t, path, url.Values{"version": {"beaucoup"}}).want(http.StatusUnprocessableEntity)
}
