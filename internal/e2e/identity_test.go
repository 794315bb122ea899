package e2e_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/golang-jwt/jwt/v5"

	"github.com/parvis-coop/parvis/internal/parvistest"
)

// isLed presses what leads elsewhere and back by itself, and waits until the browser
// rests on a path of the place, which must have a status.
func (p *person) isLed(t testing.TB, text string, to *place, path string, status int) {
	t.Helper()
	before := ask[float64](t, p, "performance.timeOrigin")
	p.do(t, "press "+text, chromedp.Click(chromedp.JSPath(p.find(t, "a, button", text))))
	ctx, cancel := context.WithTimeout(p.tab, actTime)
	defer cancel()
	type rest struct {
		Address string
		Status  int
		Drawn   bool
		Born    float64
	}
	var at rest
	eventually(t, actTime, func() bool {
		// On its way, the browser has no page to ask about, and says so.
		now, err := chromedp.Run(ctx, chromedp.Evaluate[rest](`({Address: location.origin + location.pathname, Born: performance.timeOrigin,
			Status: performance.getEntriesByType("navigation")[0].responseStatus,
			Drawn: document.readyState === "complete" && performance.getEntriesByType("paint").length > 0})`))
		if err == nil {
			at = now
		}
		return err == nil && at.Born != before && at.Drawn && at.Address == to.url(path)
	}, func() string {
		return p.name + " is led to " + at.Address + ", not to " + to.url(path) + ":\n" + p.text(t)
	})
	if at.Status != status {
		t.Fatalf("%s: %s answers %d, want %d:\n%s", p.name, at.Address, at.Status, status, p.text(t))
	}
}

// kept returns what the browser keeps for a place under a name; nil is nothing.
func (p *person) kept(t testing.TB, of *place, name string) *network.Cookie {
	t.Helper()
	var found *network.Cookie
	p.do(t, "look for the cookie "+name, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		all, err := cdp.Call(ctx, tab, network.GetCookies, network.GetCookiesParams{URLs: []string{of.url("/")}})
		if err != nil {
			return err
		}
		for _, c := range all.Cookies {
			if c.Name == name {
				found = c
			}
		}
		return nil
	}))
	return found
}

// forgets does what time does to a cookie.
func (p *person) forgets(t testing.TB, of *place, name string) {
	t.Helper()
	if p.kept(t, of, name) == nil {
		t.Fatalf("%s keeps no cookie %s", p.name, name)
	}
	p.do(t, "forget the cookie "+name, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, network.DeleteCookies, network.DeleteCookiesParams{Name: name, URL: of.url("/")})
		return err
	}))
}

// TestIdentity: people come in, join and leave by another service. It is another site
// to the browser, and neither cookies nor the policy of our pages are in the way.
func TestIdentity(t *testing.T) {
	const with = "Continuer avec Clés de Malakoff"
	axe, browser := parvistest.Axe(t), startBrowser(t)
	malakoff := newPlace(t, build(t), "malakoff", parvistest.Engines(t)[0].URL(t))
	address, sessions := parvistest.SMTP(t)
	mails := mailbox(sessions)
	malakoff.settings = append(malakoff.settings, "--smtp", "smtp://"+address+"?from=parvis@malakoff.example")
	malakoff.start(t)
	malakoff.account(t, "claire", "admin")
	malakoff.account(t, "karim", "resident")
	v := parvistest.NewVoucher(t, time.Now())
	plain := parvistest.Lies{Claims: func(c jwt.MapClaims) { c["given_name"] = "Jeanne" }}
	v.Lie(plain)
	added := malakoff.run(t, v.ClientSecret+"\n", "node", "identity", "add", "--name", "Clés de Malakoff",
		"--issuer", v.Issuer(), "--client-id", v.ClientID, "--client-secret-stdin")
	for _, path := range []string{"/connexion/identite/retour", "/deconnexion/retour"} {
		if !strings.Contains(added, malakoff.url(path)) {
			t.Errorf("the team is not told to register %s:\n%s", path, added)
		}
	}
	malakoff.await(t, noticeTime, "/connexion", func(_ int, body string) bool { return strings.Contains(body, with) })

	j := sitDown(t, browser, axe, "Jeanne")
	j.open(t, malakoff.url("/connexion?retour=/moi"), http.StatusOK)
	j.check(t, "sign-in with a service")
	// A browser stays on a page whose successor has no content.
	away := plain
	away.At, away.Instead = "/authorize", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }
	v.Lie(away)
	j.press(t, with, http.StatusOK)
	eventually(t, actTime, func() bool { return v.Asked() != nil }, func() string { return "the page does not lead on by itself" })
	j.reads(t, "Un instant…", "Le service que vous avez choisi va vous demander qui vous êtes")
	j.check(t, "on the way to a service")
	if c := j.kept(t, malakoff, "parvis-ailleurs"); c == nil || c.SameSite != network.CookieSameSiteLax || !c.HTTPOnly || c.Value != v.Asked().Get("state") {
		t.Errorf("while away the browser keeps %+v", c)
	}
	v.Lie(plain)
	v.Knows("jeanne-1", "jeanne@malakoff.example", true)
	j.isLed(t, "Continuer, si rien ne se passe", malakoff, "/inscription", http.StatusOK)
	if c := j.kept(t, malakoff, "parvis-ailleurs"); c != nil {
		t.Errorf("back here the browser keeps %+v", c)
	}
	j.joinsVouched(t, malakoff, v, with)

	j.open(t, malakoff.url("/moi/compte"), http.StatusOK)
	j.reads(t, "Jeanne", "Autres services", "Clés de Malakoff", "lié", "Délier")
	j.check(t, "security with a service")
	j.press(t, "Délier", http.StatusUnprocessableEntity)
	j.reads(t, "Jeanne", "C’est votre seule entrée : choisissez d’abord un mot de passe.")
	j.check(t, "security with one way in")
	j.leavesBoth(t, malakoff, v, "jeanne-1")
	j.turn(t, scriptsOff)
	j.open(t, malakoff.url("/moi"), http.StatusOK)
	v.Knows("jeanne-1", "jeanne@malakoff.example", true)
	j.isLed(t, with, malakoff, "/moi", http.StatusOK)
	j.reads(t, "Jeanne", "@jeanne@"+malakoff.host)

	k := sitDown(t, browser, axe, "Karim")
	k.open(t, malakoff.url("/connexion?retour=/moi/compte"), http.StatusOK)
	k.logIn(t, "karim")
	k.check(t, "security without a service")
	v.Knows("karim-1", "karim@ailleurs.example", true)
	k.isLed(t, "Lier Clés de Malakoff", malakoff, "/moi/compte", http.StatusOK)
	k.reads(t, "Karim", "C’est lié. Vous pourrez entrer par ce service.", "Délier")
	mails.link(t, "karim@example.org") // what guards his account changed
	k.leaves(t, malakoff)              // by a password: the service has nothing to end
	k.reads(t, "Entre voisins, on se prête et on s’entraide.", "Vous êtes déconnecté.")

	denied := plain
	denied.Answer = func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") }
	v.Lie(denied)
	v.Knows("karim-1", "", false)
	k.open(t, malakoff.url("/connexion?retour=/moi"), http.StatusOK)
	k.isLed(t, with, malakoff, "/connexion/identite/retour", http.StatusUnprocessableEntity)
	k.reads(t, "Se connecter", "Clés de Malakoff n’a pas reçu votre accord. Réessayez, ou entrez autrement.")
	k.check(t, "sign-in denied by a service")
	v.Lie(plain)
	v.Knows("karim-1", "", false)
	k.isLed(t, with, malakoff, "/moi", http.StatusOK)
	k.reads(t, "Karim")
	malakoff.calm(t)
}

// joinsVouched fills in the form to join for whom a service answers. It takes so long
// that the service has to be asked again, which loses nothing but a password.
func (p *person) joinsVouched(t testing.TB, at *place, v *parvistest.Voucher, with string) {
	t.Helper()
	p.reads(t, "Créer un compte", "Clés de Malakoff répond de vous.", "Clés de Malakoff a déjà vérifié que c’est la vôtre.")
	p.holds(t, "Prénom ou nom affiché", "Jeanne")
	p.holds(t, "Adresse e-mail", "jeanne@malakoff.example")
	p.check(t, "sign-up by a service")
	p.write(t, "Prénom ou nom affiché", "Jeanne M.")
	p.write(t, "Nom d’utilisateur", "jeanne")
	p.tick(t, "J’ai 15 ans ou plus.")
	p.forgets(t, at, "parvis-garant")
	p.press(t, "Créer mon compte", http.StatusUnprocessableEntity)
	p.reads(t, "Créer un compte", "L’autre service a répondu il y a trop longtemps : demandez-lui de nouveau. Ce que vous avez écrit restera.")
	p.check(t, "sign-up by a service too late")
	v.Knows("jeanne-1", "jeanne@malakoff.example", true)
	p.isLed(t, with, at, "/inscription", http.StatusOK)
	p.reads(t, "Créer un compte", "Clés de Malakoff répond de vous.")
	p.holds(t, "Prénom ou nom affiché", "Jeanne M.")
	p.holds(t, "Nom d’utilisateur", "jeanne")
	p.holds(t, "Adresse e-mail", "jeanne@malakoff.example")
	p.write(t, "Prénom ou nom affiché", "Jeanne")
	p.tick(t, "J’ai 15 ans ou plus.")
	p.tick(t, "J’accepte les règles de ce lieu.")
	p.press(t, "Créer mon compte", http.StatusOK)
	p.reads(t, "Jeanne", "Bienvenue !")
}

// leavesBoth signs somebody out here, and at the service by which they came in.
func (p *person) leavesBoth(t testing.TB, from *place, v *parvistest.Voucher, subject string) {
	t.Helper()
	p.open(t, from.url("/moi/reglages"), http.StatusOK)
	p.isLed(t, "Se déconnecter", from, "/", http.StatusOK)
	p.reads(t, "Entre voisins, on se prête et on s’entraide.", "Vous êtes déconnecté.")
	if left := v.Left(); left != subject {
		t.Errorf("the service signed out %q, want %q", left, subject)
	}
}
