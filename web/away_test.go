package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// What a browser may keep of pages, and in whose name a form that it kept is sent.
func TestWhatABrowserKeeps(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	visitor, jeanne, admin := m.visitor(t), m.signedIn(t, "jeanne"), m.signedIn(t, "mairie_annexe")
	for path, kept := range map[string]bool{"/": true, "/entraide": true, "/moi": true, "/moi/messages": true, "/moi/annonces": true, "/donnees": true,
		"/moi/compte": false, "/moi/donnees": false, "/moi/nouvelles": false, "/hors-ligne": false} {
		if got := jeanne.get(t, path).want(http.StatusOK).header.Get("Parvis-Keep") != ""; got != kept {
			t.Errorf("%s is kept: %v", path, got)
		}
	}
	for _, path := range []string{"/equipe", "/equipe/signalements", "/equipe/inscriptions", "/@jeanne/suspendre"} {
		if admin.get(t, path).want(http.StatusOK).header.Get("Parvis-Keep") != "" {
			t.Errorf("%s is kept", path)
		}
	}
	id := jeanne.get(t, "/entraide").header.Get("Parvis-Reader")
	if _, err := parvis.ParseID(id); err != nil || id == "0" {
		t.Errorf("Jeanne reads as %q", id)
	}
	if got := visitor.get(t, "/entraide").header.Get("Parvis-Reader"); got != "0" {
		t.Errorf("a visitor reads as %q", got)
	}
	if page := jeanne.get(t, "/hors-ligne"); page.header.Get("Parvis-Reader") != id || strings.Contains(page.body, "@jeanne") {
		t.Errorf("the page without a network: %s\n%s", page.header.Get("Parvis-Reader"), page.body)
	}

	offer := url.Values{"purpose": {"offer"}, "sort": {"object"}, "title": {"Brouette"}, "audience": {"everyone"}, "step": {"publish"}, "key": {"k1"}}
	for who, want := range map[*browser]int{jeanne: http.StatusCreated, admin: http.StatusConflict, visitor: http.StatusConflict} {
		who.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		r, err := http.NewRequest(http.MethodPost, m.URL+"/publier/annonce", strings.NewReader(offer.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Parvis-Reader", id)
		response, err := who.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("a form of Jeanne's is answered with %d, want %d", response.StatusCode, want)
		}
	}
	if got := jeanne.post(t, "/deconnexion", nil).header.Get("Clear-Site-Data"); got != `"storage"` {
		t.Errorf("who signs out leaves what the browser keeps: %q", got)
	}
}

func TestManifest(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	page := m.visitor(t).get(t, "/site.webmanifest").want(http.StatusOK)
	var got struct {
		Name, Display, Start_URL string
		Icons                    []struct{ Src, Sizes, Purpose string }
	}
	if err := json.Unmarshal([]byte(page.body), &got); err != nil {
		t.Fatal(err)
	}
	if got.Name != "Malakoff" || got.Display != "standalone" || len(got.Icons) != 3 || page.header.Get("Content-Type") != "application/manifest+json" {
		t.Errorf("%+v as %s", got, page.header.Get("Content-Type"))
	}
	for _, icon := range got.Icons {
		m.visitor(t).get(t, icon.Src).want(http.StatusOK)
	}
}
