package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestDrafts: what a resident wrote to the feed comes back to them to be completed.
func TestDrafts(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.app.Words = func(language, key string, args ...any) string { return m.web.Catalogue.For(language).T(key, args...) }
	account := m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "karim", parvis.RoleResident)
	jeanne, karim := m.signedIn(t, "jeanne"), m.signedIn(t, "karim")
	m.visitor(t).get(t, app.DraftsPath).heading("Se connecter")
	jeanne.get(t, app.DraftsPath).want(http.StatusOK).says("Aucun brouillon n’attend.")
	write := func(text string) {
		t.Helper()
		if _, err := m.app.Publish(t.Context(), m.node, parvis.Viewer{Account: account, Role: parvis.RoleResident},
			app.Draft{Detail: &parvis.Note{}, Source: text, Audience: parvis.Everyone, Language: "fr"}); err != nil {
			t.Fatal(err)
		}
	}
	write("@entraide Je prête ma scie & mon établi")

	jeanne.get(t, "/moi").says("Il reste à compléter votre annonce pour que ce compte la relaie")
	list := jeanne.get(t, jeanne.get(t, "/publier").link("1 brouillon attend")).want(http.StatusOK).says("Je prête ma scie & mon établi")
	page := attr(find(list.one("article", "", ""), "a", "class", "button")[0], "href")
	karim.get(t, page).want(http.StatusNotFound)
	karim.post(t, page+"/jeter", nil).want(http.StatusNotFound)
	choice := jeanne.get(t, page).want(http.StatusOK).says("Je prête ma scie & mon établi")
	if len(choice.all("a", "href", page+"?but=offer")) != 1 {
		t.Error("no link says that it is an offer")
	}
	if len(jeanne.get(t, page+"?but=offer").all("a", "href", page+"?but=offer&sorte=object")) != 1 {
		t.Error("no link says that it is an object")
	}
	form := jeanne.get(t, page+"?but=offer&sorte=object").want(http.StatusOK)
	if got := text(form.one("textarea", "name", "text")); got != "Je prête ma scie & mon établi" {
		t.Errorf("the form holds %q", got)
	}
	if got := attr(form.one("form", "enctype", "multipart/form-data"), "action"); got != page {
		t.Errorf("the form goes to %q", got)
	}
	typed := url.Values{"purpose": {"offer"}, "sort": {"object"}, "key": form.hidden("key"), "text": {"Je prête ma scie"}, "audience": {"everyone"}, "step": {"preview"}}
	jeanne.post(t, page, typed).want(http.StatusUnprocessableEntity).says("Je prête ma scie")
	typed.Set("title", "Scie à bois")
	preview := jeanne.post(t, page, typed).want(http.StatusOK).says("Scie à bois")
	if len(preview.all("form", "action", page)) != 1 {
		t.Error("the preview leads elsewhere")
	}
	typed.Set("step", "publish")
	jeanne.post(t, page, typed).want(http.StatusOK).says("C’est publié.", "Scie à bois")
	jeanne.post(t, page, typed).want(http.StatusOK).says("Scie à bois") // pressed twice
	jeanne.get(t, app.DraftsPath).says("Aucun brouillon n’attend.")
	m.visitor(t).get(t, "/entraide").says("Scie à bois")

	write("Je cherche une échelle @entraide")
	page = attr(find(jeanne.get(t, app.DraftsPath).one("article", "", ""), "a", "class", "button")[0], "href")
	jeanne.post(t, page+"/jeter", nil).want(http.StatusOK).says("Le brouillon est jeté.", "Aucun brouillon n’attend.")
	jeanne.get(t, page).want(http.StatusNotFound)
}
