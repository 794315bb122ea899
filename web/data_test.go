package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// TestLeavingAndComingBack: whoever closed their account is a visitor, and comes in to
// the one page on which they come back.
func TestLeavingAndComingBack(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	b := m.signedIn(t, "jeanne")
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	expect := func(what string, got *view, status int, words string) {
		t.Helper()
		if got.status != status || !strings.Contains(got.body, words) {
			t.Errorf("%s: %d, %s", what, got.status, got.body)
		}
	}
	leads := func(what string, got *view, to string) {
		t.Helper()
		if got.status != http.StatusSeeOther || got.header.Get("Location") != to {
			t.Errorf("%s: %d to %q, want %q", what, got.status, got.header.Get("Location"), to)
		}
	}
	expect("what is kept", b.get(t, templates.DataPath), http.StatusOK, "Effacé après 60 jours")
	expect("the question", b.get(t, templates.ClosePath), http.StatusOK, "Pendant 14 jours")
	expect("not sure", b.post(t, templates.ClosePath, nil), http.StatusUnprocessableEntity, "Cochez la case")
	expect("goodbye", b.post(t, templates.ClosePath, url.Values{"leave": {"1"}}), http.StatusOK, "Votre compte est fermé")
	expect("the profile", m.visitor(t).get(t, "/@jeanne"), http.StatusGone, "")

	leads("sign in", b.post(t, "/connexion", url.Values{"name": {"jeanne"}, "password": {password}, "retour": {"/moi"}}), templates.ReturnPath)
	if got := b.get(t, "/moi"); got.status != http.StatusSeeOther || !strings.HasPrefix(got.header.Get("Location"), "/connexion") {
		t.Errorf("a page of residents: %d to %q", got.status, got.header.Get("Location"))
	}
	leads("the form to come in", b.get(t, "/connexion"), templates.ReturnPath)
	expect("the way back", b.get(t, templates.ReturnPath), http.StatusOK, "Voulez-vous revenir")
	leads("back", b.post(t, templates.ReturnPath, nil), templates.MePath)
	expect("a resident again", b.get(t, templates.DataPath), http.StatusOK, "Mes données")
	leads("nobody left", b.get(t, templates.ReturnPath), "/")
}
