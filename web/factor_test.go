package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// secretShown is the key in words of four on the page that sets up a second factor.
func (v *view) secretShown() string {
	v.t.Helper()
	code := v.one("code", "class", "secret")
	if code == nil {
		v.t.Fatalf("%s: no key", v.path)
	}
	return strings.ReplaceAll(text(code), " ", "")
}

// code is what a telephone shows now.
func (m *town) code(secret string) url.Values {
	return url.Values{"code": {parvis.TOTPCode(secret, parvis.TOTPStep(m.later(0)))}}
}

// recoveryCodes are the codes on the page that shows them.
func (v *view) recoveryCodes() []string {
	v.t.Helper()
	var codes []string
	for _, n := range v.all("code", "class", "secret") {
		codes = append(codes, text(n))
	}
	if len(codes) != parvis.RecoveryCodes {
		v.t.Fatalf("%s: %d recovery codes", v.path, len(codes))
	}
	return codes
}

func TestFactor(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	jeanne := m.signedIn(t, "jeanne")
	m.visitor(t).get(t, "/moi/compte/code").heading("Se connecter")
	jeanne.get(t, "/moi/compte").want(http.StatusOK).says("Vérification en deux étapes", "Mettre en place")

	page := jeanne.get(t, "/moi/compte/code").want(http.StatusOK).says("Montrez ce dessin à l’application")
	secret := page.secretShown()
	if again := jeanne.get(t, "/moi/compte/code").secretShown(); again != secret {
		t.Error("another key when the page is loaded again")
	}
	if got := page.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("the key may be kept: Cache-Control %q", got)
	}
	if page.one("svg", "aria-hidden", "true") == nil || !strings.HasPrefix(page.link("Ouvrir dans l’application de cet appareil"), "otpauth://totp/Malakoff:jeanne@") {
		t.Error("no drawing, or no link")
	}
	wrong := jeanne.post(t, "/moi/compte/code", url.Values{"code": {"12 34"}}).want(http.StatusUnprocessableEntity).says("Ce code n’est pas le bon.")
	if wrong.secretShown() != secret || wrong.header.Get("Cache-Control") != "no-store" {
		t.Error("after a wrong code, the key is another or may be kept")
	}
	field := wrong.field("Code que montre l’application")
	if attr(field, "autocomplete") != "one-time-code" || attr(field, "inputmode") != "numeric" || attr(field, "value") != "" {
		t.Errorf("the field of the code is %v", field.Attr)
	}

	shown := jeanne.post(t, "/moi/compte/code", m.code(secret)).want(http.StatusOK).says("cette page ne se montre qu’une fois", "Vos autres navigateurs restent connectés")
	codes := shown.recoveryCodes()
	if got := shown.header.Get("Cache-Control"); got != "no-store" || !regexp.MustCompile(`^([0-9]{4} ){4}[0-9]{4}$`).MatchString(codes[0]) {
		t.Errorf("the codes are like %q, Cache-Control %q", codes[0], got)
	}
	later := jeanne.post(t, "/moi/compte/code", m.code(secret)).want(http.StatusOK).says("Cela a pris trop de temps.", "en place", "Il vous reste 10 codes de secours.")
	if strings.Contains(later.body, codes[0]) {
		t.Error("the codes are shown again")
	}
	if got := jeanne.get(t, "/moi/compte/code").want(http.StatusOK).path; !strings.HasSuffix(got, "→ /moi/compte") {
		t.Errorf("a second set-up leads to %s", got)
	}

	renewed := jeanne.post(t, "/moi/compte/code/secours", nil).want(http.StatusOK).recoveryCodes()
	if renewed[0] == codes[0] {
		t.Error("new codes are the old ones")
	}
	jeanne.post(t, "/moi/compte/code/retirer", nil).want(http.StatusOK).says("Le mot de passe suffit de nouveau.", "Mettre en place")
	jeanne.post(t, "/moi/compte/code/retirer", nil).want(http.StatusConflict)
	jeanne.post(t, "/moi/compte/code/secours", nil).want(http.StatusConflict)
	m.signedIn(t, "jeanne").get(t, "/moi").heading("Jeanne")
}

func TestFactorAtTheDoor(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	jeanne := m.signedIn(t, "jeanne")
	secret := jeanne.get(t, "/moi/compte/code").secretShown()
	used := m.code(secret)
	codes := jeanne.post(t, "/moi/compte/code", used).recoveryCodes()

	b := m.visitor(t)
	b.get(t, "/connexion/code?retour=/moi/fil").want(http.StatusOK).heading("Se connecter").says("Cela a pris trop de temps.")
	in := url.Values{"name": {"jeanne"}, "password": {password}, "retour": {"/moi/profil"}}
	asked := b.post(t, "/connexion", in).want(http.StatusOK).heading("Encore un code")
	if got := asked.hidden("retour"); len(got) != 2 || got[1] != "/moi/profil" {
		t.Errorf("it is forgotten where to go then: %q", got)
	}
	if field := asked.field("Code"); attr(field, "autocomplete") != "one-time-code" || attr(field, "inputmode") != "numeric" {
		t.Errorf("the field of the code is %v", field.Attr)
	}
	b.get(t, "/moi").heading("Se connecter") // half in is out
	typed := func(values url.Values) url.Values {
		values.Set("retour", "/moi/profil")
		return values
	}
	b.post(t, "/connexion/code", typed(used)).want(http.StatusUnprocessableEntity).says("Ce code a déjà servi.")
	m.later(time.Minute)
	done := b.post(t, "/connexion/code", typed(m.code(secret))).want(http.StatusOK).says("Mon profil")
	if !strings.HasSuffix(done.path, "→ /moi/profil") {
		t.Errorf("then one is at %s", done.path)
	}
	home, _ := url.Parse(m.URL)
	for _, c := range b.Jar.Cookies(home) {
		if strings.HasSuffix(c.Name, "-demi") {
			t.Error("the ticket stays in the browser")
		}
	}

	lost := m.visitor(t)
	lost.post(t, "/connexion", in).heading("Encore un code")
	lost.post(t, "/connexion/code", url.Values{"code": {codes[0]}}).want(http.StatusOK).
		says("Vous êtes entré avec un code de secours", "Il vous reste 9 codes de secours.")

	late := m.visitor(t)
	late.post(t, "/connexion", in).heading("Encore un code")
	m.later(10 * time.Minute)
	late.get(t, "/connexion/code").want(http.StatusOK).heading("Se connecter").says("Cela a pris trop de temps.")
	late.post(t, "/connexion/code", url.Values{"code": {codes[1]}}).want(http.StatusOK).heading("Se connecter")

	guess := m.visitor(t)
	guess.post(t, "/connexion", in).heading("Encore un code")
	for range 5 {
		guess.post(t, "/connexion/code", url.Values{"code": {"000000"}, "retour": {"https://ailleurs.example/"}})
	}
	if page := guess.post(t, "/connexion/code", m.code(secret)).want(http.StatusTooManyRequests); page.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

// Whoever proves again who they are shows both factors, and is signed in once.
func TestFactorAgain(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	jeanne := m.signedIn(t, "jeanne")
	secret := jeanne.get(t, "/moi/compte/code").secretShown()
	jeanne.post(t, "/moi/compte/code", m.code(secret)).recoveryCodes()
	m.later(parvis.StillFresh)
	for _, path := range []string{"/moi/compte/code/secours", "/moi/compte/code/retirer"} {
		jeanne.post(t, path, nil).want(http.StatusOK).heading("Confirmez que c’est vous")
	}
	again := jeanne.get(t, "/moi/compte").want(http.StatusOK)
	back := again.hidden("retour")[1:] // the first is the language switch's
	jeanne.post(t, "/connexion", url.Values{"name": {"jeanne"}, "password": {password}, "retour": back}).heading("Encore un code")
	jeanne.get(t, "/moi").heading("Jeanne") // still signed in
	m.later(time.Minute)
	form := m.code(secret)
	form["retour"] = back
	jeanne.post(t, "/connexion/code", form).want(http.StatusOK).says("Il vous reste 10 codes de secours.", "celui-ci").saysNot("Déconnecter tous les autres")
}
