package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	b := m.visitor(t)
	page := b.post(t, "/connexion", url.Values{"name": {"jeanne"}, "password": {"raté raté raté"}, "retour": {"/moi/profil"}}).
		want(http.StatusUnprocessableEntity).says("Le nom ou le mot de passe n’est pas le bon.")
	if got := page.value("Nom d’utilisateur"); got != "jeanne" {
		t.Errorf("the name is kept as %q", got)
	}
	if strings.Contains(page.body, "raté") {
		t.Error("the password comes back")
	}
	for _, form := range find(page.one("main", "", ""), "form", "", "") {
		if back := find(form, "input", "name", "retour"); len(back) != 1 || attr(back[0], "value") != "/moi/profil" {
			t.Errorf("%s forgets where to go then", attr(form, "action"))
		}
	}
	b.post(t, "/connexion", url.Values{"name": {"jeanne@malakoff.example"}, "password": {password}, "retour": {"/moi/profil"}}).
		want(http.StatusOK).says("Mon profil")
	b.post(t, "/deconnexion", nil).want(http.StatusOK).says("Vous êtes déconnecté.")
	b.get(t, "/moi").heading("Se connecter")
}

func TestSignInIsLimited(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	b := m.visitor(t)
	for range 20 {
		page := b.post(t, "/connexion", url.Values{"name": {"jeanne"}, "password": {"raté raté raté"}})
		if page.status == http.StatusTooManyRequests {
			page.heading("Trop d’essais")
			if page.header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			return
		}
	}
	t.Error("twenty attempts were let through")
}

// TestBack: the form leads back to this node only.
func TestBack(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	for _, away := range []string{"https://ailleurs.example/", "//ailleurs.example", `/\ailleurs.example`, "javascript:alert(1)", "ailleurs"} {
		page := m.visitor(t).post(t, "/connexion", url.Values{"name": {"jeanne"}, "password": {password}, "retour": {away}})
		if !strings.HasSuffix(page.path, "→ /") {
			t.Errorf("%q leads to %s", away, page.path)
		}
	}
}

func TestSignUp(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	b := m.visitor(t)
	page := b.post(t, "/inscription", url.Values{"name": {"Odile"}, "username": {"Odile !"}, "email": {"odile"}, "password": {"court"}}).
		want(http.StatusUnprocessableEntity).says("Indiquez une adresse e-mail", "Choisissez un mot de passe d’au moins 10 caractères.",
		"Dites que vous avez 15 ans ou plus.", "Acceptez les règles du lieu")
	if got := page.value("Prénom"); got != "Odile" {
		t.Errorf("the first name is kept as %q", got)
	}
	b.post(t, "/inscription", url.Values{"name": {"Odile"}, "username": {"odile"}, "email": {"odile@malakoff.example"}, "password": {password}, "age": {"1"}, "charter": {"1"}}).
		want(http.StatusOK).says("Bienvenue !", "@odile@"+m.node.Host)
	m.visitor(t).post(t, "/inscription", url.Values{"username": {"odile"}, "email": {"autre@malakoff.example"}, "password": {password}, "age": {"1"}, "charter": {"1"}}).
		want(http.StatusUnprocessableEntity).says("Ce nom d’utilisateur est déjà pris.")
}

// TestPreparation: until an admin exists every page says so and nobody can join.
func TestPreparation(t *testing.T) {
	t.Parallel()
	m := founded(t)
	for _, path := range []string{"/", "/entraide", "/connexion", "/regles"} {
		m.visitor(t).get(t, path).want(http.StatusOK).says("Ce lieu est en préparation.")
	}
	m.visitor(t).get(t, "/inscription").want(http.StatusForbidden).heading("Les inscriptions sont fermées")
	m.visitor(t).post(t, "/inscription", url.Values{"username": {"odile"}, "email": {"o@malakoff.example"}, "password": {password}}).
		want(http.StatusForbidden)
}

func TestProfile(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	jeanne := m.signedIn(t, "jeanne")
	jeanne.upload(t, "/moi/profil", url.Values{"name": {"Jeanne B."}, "quarter": {"Barbusse"}, "bio": {"Je prête **tout**."}}, photo(t)).
		want(http.StatusOK).heading("Jeanne B.").says("Barbusse", "Je prête tout .")
	page := m.visitor(t).get(t, "/@jeanne").want(http.StatusOK)
	face := page.one("img", "class", "face big")
	if face == nil {
		t.Fatal("no portrait")
	}
	picture := m.visitor(t).get(t, attr(face, "src")).want(http.StatusOK)
	for name, want := range map[string]string{"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "public, max-age=31536000, immutable"} {
		if got := picture.header.Get(name); got != want {
			t.Errorf("%s of the picture: %q, want %q", name, got, want)
		}
	}
	kept := jeanne.upload(t, "/moi/profil", url.Values{"name": {strings.Repeat("J", 80)}, "bio": {"Encore là"}}, []byte("GIF89a?")).
		want(http.StatusUnprocessableEntity).says("Cette photo est abîmée")
	if got := kept.value("Deux lignes"); got != "Encore là" {
		t.Errorf("the text is kept as %q", got)
	}
	jeanne.upload(t, "/moi/profil", url.Values{"name": {"Jeanne"}, "remove": {"1"}}).want(http.StatusOK)
	if m.visitor(t).get(t, "/@jeanne").one("img", "class", "face big") != nil {
		t.Error("the portrait is still there")
	}
}

func TestPassword(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	here, elsewhere := m.signedIn(t, "jeanne"), m.signedIn(t, "jeanne")
	const path = "/moi/compte"
	m.visitor(t).get(t, path).heading("Se connecter")
	m.visitor(t).post(t, "/moi/mot-de-passe", url.Values{"password": {"une autre phrase"}}).heading("Se connecter")
	m.visitor(t).post(t, "/moi/compte/courriel", url.Values{"email": {"jeanne@example.org"}}).heading("Se connecter")
	page := here.get(t, path).want(http.StatusOK).says("Connexion et sécurité", "Changer de mot de passe")
	if got := page.value("Adresse e-mail"); got != "jeanne@malakoff.example" {
		t.Errorf("the address is %q", got)
	}
	refused := here.post(t, "/moi/mot-de-passe", url.Values{"password": {"trop"}}).
		want(http.StatusUnprocessableEntity).says("Choisissez un mot de passe d’au moins 10 caractères.")
	if strings.Contains(refused.body, "trop") {
		t.Error("a password comes back")
	}
	changed := here.post(t, "/moi/mot-de-passe", url.Values{"password": {"une autre phrase"}}).want(http.StatusOK).says("Mot de passe changé.")
	if !strings.HasSuffix(changed.path, "→ "+path) {
		t.Errorf("a new password leads to %s, want %s", changed.path, path)
	}
	here.get(t, "/moi").heading("Jeanne")
	elsewhere.get(t, "/moi").heading("Se connecter")
}

func TestFollowAndBlock(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "karim", parvis.RoleResident)
	m.publish(t, author, drill())
	karim, jeanne := m.signedIn(t, "karim"), m.signedIn(t, "jeanne")
	karim.post(t, "/@jeanne/suivi", url.Values{"verb": {"follow"}}).want(http.StatusOK).says("Ne plus suivre")
	karim.get(t, "/moi/fil").says("Perceuse")
	karim.get(t, "/moi/abonnements").says("Jeanne")
	jeanne.get(t, "/moi").says("Karim vous suit")
	jeanne.get(t, "/").saysNot("Cela vous attend") // it was seen
	karim.post(t, "/@jeanne/suivi", url.Values{"verb": {"unfollow"}}).want(http.StatusOK).says("Vous ne suivez plus ce compte.")

	jeanne.post(t, "/@karim/blocage", url.Values{"verb": {"block"}}).want(http.StatusOK).says("Vous ne vous verrez plus.", "Karim")
	karim.get(t, "/entraide").saysNot("Perceuse")
	karim.post(t, "/@jeanne/suivi", url.Values{"verb": {"follow"}}).want(http.StatusForbidden)
	jeanne.post(t, "/@karim/blocage", url.Values{"verb": {"unblock"}}).want(http.StatusOK)
	karim.get(t, "/entraide").says("Perceuse")
}

// TestFollowRequests: whoever approves followers by hand is asked.
func TestFollowRequests(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "karim", parvis.RoleResident)
	jeanne, karim := m.signedIn(t, "jeanne"), m.signedIn(t, "karim")
	jeanne.upload(t, "/moi/profil", url.Values{"name": {"Jeanne"}, "locked": {"1"}}).want(http.StatusOK)
	karim.post(t, "/@jeanne/suivi", url.Values{"verb": {"follow"}}).want(http.StatusOK).says("Demande envoyée")
	jeanne.get(t, "/moi").says("Karim voudrait vous suivre", "Accepter")
	jeanne.post(t, "/@karim/demande", url.Values{"verb": {"accept"}}).want(http.StatusOK).says("Demande acceptée.")
	karim.get(t, "/@jeanne").says("Ne plus suivre")
}
