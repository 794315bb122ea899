package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/net/html"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// vouched is a town for whose people a service answers.
func vouched(t *testing.T) (*town, *parvistest.Voucher) {
	t.Helper()
	m := malakoff(t)
	v := parvistest.NewVoucher(t, now)
	v.Lie(parvistest.Lies{Claims: named})
	if err := m.app.AddProvider(context.Background(), m.node, v.Provider()); err != nil {
		t.Fatal(err)
	}
	return m, v
}

// named makes the service say a name: mockoidc has none.
func named(c jwt.MapClaims) { c["given_name"] = "Jeanne" }

// ask presses the button of the service and returns where the browser is sent. The
// form is in the page where it is pressed.
func (b *browser) ask(t *testing.T, page string) string {
	t.Helper()
	view := b.get(t, page).want(http.StatusOK)
	if button := view.one("button", "formaction", ""); button != nil {
		return leaves(b.post(t, attr(button, "formaction"), view.filled(button)))
	}
	for _, form := range view.all("form", "method", "post") {
		if action := attr(form, "action"); strings.HasPrefix(action, "/connexion/identite/") {
			fields := url.Values{}
			for _, input := range find(form, "input", "type", "hidden") {
				fields.Set(attr(input, "name"), attr(input, "value"))
			}
			return leaves(b.post(t, action, fields))
		}
	}
	t.Fatalf("%s: no button of a service", view.path)
	return ""
}

// filled is what a button of a form sends that nobody changed.
func (v *view) filled(button *html.Node) url.Values {
	fields := url.Values{attr(button, "name"): {attr(button, "value")}}
	for _, input := range find(v.one("form", "id", attr(button, "form")), "input", "name", "") {
		if attr(input, "type") != "checkbox" || has(input, "checked") {
			fields.Set(attr(input, "name"), attr(input, "value"))
		}
	}
	return fields
}

// leaves returns where a page sends the browser, by itself and by its link.
func leaves(v *view) string {
	v.t.Helper()
	v.want(http.StatusOK)
	to := strings.TrimPrefix(v.header.Get("Refresh"), "0; url=")
	if link := v.link("Continuer, si rien ne se passe"); to == "" || link != to {
		v.t.Errorf("%s: leads to %q by itself, and to %q by its link", v.path, to, link)
	}
	if csp := v.header.Get("Content-Security-Policy"); !strings.HasSuffix(csp, "form-action 'self'") {
		v.t.Errorf("%s: forms may lead elsewhere: %s", v.path, csp)
	}
	return to
}

// comes goes to the service and back.
func (b *browser) comes(t *testing.T, page string) *view {
	t.Helper()
	return b.get(t, b.ask(t, page))
}

// joins makes an account for whom the service calls jeanne-1.
func (b *browser) joins(t *testing.T, v *parvistest.Voucher) {
	t.Helper()
	v.Knows("jeanne-1", "jeanne@malakoff.example", true)
	b.comes(t, "/inscription").want(http.StatusOK).heading("Créer un compte").says("Clés de Malakoff répond de vous.")
	b.post(t, "/inscription", url.Values{"identite": {"1"}, "name": {"Jeanne"}, "username": {"jeanne"}, "email": {"jeanne@malakoff.example"},
		"age": {"1"}, "charter": {"1"}}).want(http.StatusOK).says("Bienvenue !")
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	m, v := vouched(t)
	b := m.visitor(t)
	v.Knows("jeanne-1", "jeanne@malakoff.example", true)
	page := b.comes(t, "/connexion?retour=/moi/profil").want(http.StatusOK).heading("Créer un compte").
		says("Clés de Malakoff répond de vous.", "Clés de Malakoff a déjà vérifié que c’est la vôtre.", "Mot de passe (facultatif)")
	if name, email := page.value("Prénom"), page.value("Adresse e-mail"); name != "Jeanne" || email != "jeanne@malakoff.example" {
		t.Errorf("the form holds %q, %q", name, email)
	}
	form := url.Values{"identite": {"1"}, "name": {"Jeanne"}, "email": {"jeanne@malakoff.example"}, "age": {"1"}, "charter": {"1"}}
	b.post(t, "/inscription", form).want(http.StatusUnprocessableEntity).says("Clés de Malakoff répond de vous.")
	form.Set("username", "jeanne")
	b.post(t, "/inscription", form).want(http.StatusOK).says("Bienvenue !", "@jeanne@"+m.node.Host)
	m.visitor(t).post(t, "/inscription", form).want(http.StatusUnprocessableEntity).says("demandez-lui de nouveau")

	there, err := url.Parse(leaves(b.post(t, "/deconnexion", nil)))
	if err != nil {
		t.Fatal(err)
	}
	query := there.Query()
	if back := query.Get("post_logout_redirect_uri"); !strings.HasSuffix(there.Path, "/logout") || query.Get("id_token_hint") == "" ||
		query.Get("state") == "" || back != m.URL+"/deconnexion/retour" {
		t.Errorf("to sign out there, the browser goes to %s", there)
	}
	b.get(t, query.Get("post_logout_redirect_uri")).want(http.StatusOK).says("Vous êtes déconnecté.")
	b.get(t, "/moi").heading("Se connecter")

	v.Knows("jeanne-1", "autre@malakoff.example", true)
	if back := b.comes(t, "/connexion?retour=/moi/profil").want(http.StatusOK).says("Mon profil"); !strings.HasSuffix(back.path, "→ /moi/profil") {
		t.Errorf("she comes back to %s", back.path)
	}
	b.get(t, "/moi/compte").says("par un autre service")
}

// TestIdentityTooLate: who takes long to fill in the form asks the service again, and
// finds what they wrote, whatever the service does.
func TestIdentityTooLate(t *testing.T) {
	t.Parallel()
	m, v := vouched(t)
	m.setSignup(t, parvis.SignupApproval)
	b := m.visitor(t)
	v.Knows("jeanne-1", "jeanne@malakoff.example", true)
	b.comes(t, "/inscription").want(http.StatusOK)
	m.later(31 * time.Minute)
	v.FastForward(31 * time.Minute)
	form := url.Values{"identite": {"1"}, "name": {"Jeanne M."}, "username": {"jeanne"}, "email": {"jm@malakoff.example"}, "password": {password},
		"reason": {"J’habite rue Gambetta."}, "age": {"1"}, "charter": {"1"}}
	written := func(page *view) {
		t.Helper()
		page.heading("Créer un compte")
		for label, want := range map[string]string{"Prénom": "Jeanne M.", "Nom d’utilisateur": "jeanne", "Adresse e-mail": "jm@malakoff.example",
			"Dites deux mots de vous": "J’habite rue Gambetta.", "Mot de passe": ""} {
			if got := page.value(label); got != want {
				t.Errorf("%s: %q holds %q, want %q", page.path, label, got, want)
			}
		}
	}
	late := b.post(t, "/inscription", form).want(http.StatusUnprocessableEntity).says("L’autre service a répondu il y a trop longtemps").
		saysNot("répond de vous")
	written(late)
	b.get(t, "/inscription?identite=1").want(http.StatusUnprocessableEntity).heading("Créer un compte").says("demandez-lui de nouveau")

	form.Del("identite")
	form.Set("inscription", "1")
	again := attr(late.one("button", "formaction", ""), "formaction")
	v.Knows("jeanne-1", "jeanne@malakoff.example", true)
	back := b.get(t, leaves(b.post(t, again, form))).want(http.StatusOK).says("Clés de Malakoff répond de vous.")
	written(back)
	if strings.Contains(back.body, password) {
		t.Error("the password came back")
	}
	form.Set("reason", strings.Repeat("é", 8<<10))
	v.Knows("jeanne-1", "jeanne@malakoff.example", true)
	if got := b.get(t, leaves(b.post(t, again, form))).value("Nom d’utilisateur"); got != "" {
		t.Errorf("more than the form takes is kept: %q", got)
	}
}

// TestSilentServiceOfAForm: a service that does not answer takes nothing from the form.
func TestSilentServiceOfAForm(t *testing.T) {
	t.Parallel()
	m, v := vouched(t)
	v.Lie(parvistest.Lies{Instead: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }})
	b := m.visitor(t)
	again := attr(b.get(t, "/inscription").one("button", "formaction", ""), "formaction")
	page := b.post(t, again, url.Values{"inscription": {"1"}, "username": {"jeanne"}}).want(http.StatusUnprocessableEntity).
		heading("Créer un compte").says("Clés de Malakoff ne répond pas pour l’instant.")
	if got := page.value("Nom d’utilisateur"); got != "jeanne" {
		t.Errorf("the form holds %q", got)
	}
}

// TestIdentityAgain: what guards an account is shown to who proves now that it is
// them, also by a service.
func TestIdentityAgain(t *testing.T) {
	t.Parallel()
	m, v := vouched(t)
	b := m.visitor(t)
	b.joins(t, v)
	v.FastForward(time.Hour)
	late := m.later(time.Hour).Unix()
	page := b.get(t, "/moi/compte").heading("Confirmez que c’est vous").path
	again := page[strings.Index(page, "→ ")+len("→ "):]
	v.Knows("jeanne-1", "", false)
	b.comes(t, again).want(http.StatusUnprocessableEntity).says("ne vous a pas demandé assez de preuves")
	if asked := v.Asked(); asked.Get("prompt") != "login" || asked.Get("max_age") != "0" {
		t.Errorf("the service was asked %v", asked)
	}
	v.Lie(parvistest.Lies{Claims: func(c jwt.MapClaims) { c["auth_time"] = late }})
	v.Knows("karim-1", "", false)
	b.comes(t, again).want(http.StatusUnprocessableEntity).says("Votre compte n’est pas lié à cette identité")
	v.Knows("jeanne-1", "", false)
	b.comes(t, again).want(http.StatusOK).heading("Jeanne").says("Connexion et sécurité")
}

func TestLinkIdentity(t *testing.T) {
	t.Parallel()
	m, v := vouched(t)
	m.resident(t, "karim", parvis.RoleResident)
	m.visitor(t).joins(t, v)
	karim := m.signedIn(t, "karim")
	v.Knows("jeanne-1", "", false)
	karim.comes(t, "/moi/compte").want(http.StatusUnprocessableEntity).says("Cette identité ouvre déjà un autre compte d’ici.")
	v.Knows("karim-1", "", false)
	karim.comes(t, "/moi/compte").want(http.StatusOK).says("C’est lié.", "Délier")

	v.Knows("karim-1", "", false)
	elsewhere := m.visitor(t)
	elsewhere.comes(t, "/connexion").want(http.StatusOK)
	elsewhere.get(t, "/moi").heading("Karim")
	karim.post(t, "/moi/compte/services/delier", url.Values{"service": {v.Issuer()}}).want(http.StatusOK).says("C’est délié.", "Lier Clés de Malakoff")
	elsewhere.get(t, "/moi").heading("Se connecter")
	karim.post(t, "/moi/compte/services/delier", url.Values{"service": {v.Issuer()}}).want(http.StatusNotFound)

	v.Knows("jeanne-1", "", false)
	jeanne := m.visitor(t)
	jeanne.comes(t, "/connexion").want(http.StatusOK)
	jeanne.post(t, "/moi/compte/services/delier", url.Values{"service": {v.Issuer()}}).
		want(http.StatusUnprocessableEntity).says("C’est votre seule entrée")
	jeanne.post(t, "/moi/mot-de-passe", url.Values{"password": {password}}).want(http.StatusOK)
	jeanne.post(t, "/moi/compte/services/delier", url.Values{"service": {v.Issuer()}}).want(http.StatusOK).says("C’est délié.")
}

// TestLinkIsForWhoAsked: what a resident asked for their account does not happen to
// who sits there when the browser comes back.
func TestLinkIsForWhoAsked(t *testing.T) {
	t.Parallel()
	m, v := vouched(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "karim", parvis.RoleResident)
	b := m.signedIn(t, "jeanne")
	v.Knows("jeanne-1", "", false)
	there := b.ask(t, "/moi/compte")
	b.post(t, "/deconnexion", nil)
	b.post(t, "/connexion", url.Values{"name": {"karim"}, "password": {password}}).want(http.StatusOK)
	b.get(t, there).want(http.StatusUnprocessableEntity).says("Recommencez")
	b.get(t, "/moi/compte").says("Lier Clés de Malakoff")
}

// TestIdentityDoesNotTakeAccounts: a service that vouches for an address does not open
// the account that has it.
func TestIdentityDoesNotTakeAccounts(t *testing.T) {
	t.Parallel()
	m, v := vouched(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	b := m.visitor(t)
	v.Knows("jeanne-1", "Jeanne@malakoff.example", true)
	b.comes(t, "/connexion").want(http.StatusUnprocessableEntity).heading("Se connecter").
		says("Il y a déjà un compte avec votre adresse e-mail. Connectez-vous, puis liez Clés de Malakoff")
	b.get(t, "/moi").heading("Se connecter")
}

// setSignup changes who may open an account.
func (m *town) setSignup(t testing.TB, mode parvis.Signup) {
	t.Helper()
	n, err := m.app.DB.NodeByHost(context.Background(), m.node.Host)
	if err != nil {
		t.Fatal(err)
	}
	n.Signup = mode
	if err := m.app.UpdateNode(context.Background(), n); err != nil {
		t.Fatal(err)
	}
}

// TestJoinAsTheNodeSays: a service answers for who somebody is, not for whether they
// may come in.
func TestJoinAsTheNodeSays(t *testing.T) {
	t.Parallel()
	m, v := vouched(t)
	m.setSignup(t, parvis.SignupClosed)
	v.Knows("jeanne-1", "jeanne@malakoff.example", true)
	m.visitor(t).comes(t, "/connexion").want(http.StatusForbidden).heading("Les inscriptions sont fermées")
	m.setSignup(t, parvis.SignupApproval)
	b := m.visitor(t)
	v.Knows("jeanne-1", "jeanne@malakoff.example", true)
	b.comes(t, "/inscription").want(http.StatusOK)
	b.post(t, "/inscription", url.Values{"identite": {"1"}, "username": {"jeanne"}, "email": {"jeanne@malakoff.example"}, "reason": {"J’habite rue Gambetta."},
		"age": {"1"}, "charter": {"1"}}).want(http.StatusOK).heading("Votre demande est arrivée")
	v.Knows("jeanne-1", "jeanne@malakoff.example", true)
	b.comes(t, "/connexion").want(http.StatusUnprocessableEntity).says("Votre demande attend encore l’accord de l’équipe.")
}

// TestIdentityRefused: who comes back otherwise than they left, or without an answer,
// reads why.
func TestIdentityRefused(t *testing.T) {
	t.Parallel()
	m, v := vouched(t)
	const over = "Recommencez : cette connexion a pris trop de temps, ou elle a commencé dans un autre navigateur."
	const refused = "Clés de Malakoff n’a pas pu dire qui vous êtes."
	refuse := func(change func(url.Values)) parvistest.Lies { return parvistest.Lies{Answer: change} }
	for name, test := range map[string]struct {
		lies parvistest.Lies
		says string
	}{
		"denied":       {refuse(func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") }), "Clés de Malakoff n’a pas reçu votre accord."},
		"failed":       {refuse(func(q url.Values) { q.Del("code"); q.Set("error", "<script>alert(1)</script>") }), refused},
		"wrong state":  {refuse(func(q url.Values) { q.Set("state", "autre") }), over},
		"no state":     {refuse(func(q url.Values) { q.Del("state") }), over},
		"mix-up":       {refuse(func(q url.Values) { q.Set("iss", "https://autre.example") }), refused},
		"wrong nonce":  {parvistest.Lies{Claims: func(c jwt.MapClaims) { c["nonce"] = "autre" }}, refused},
		"for another":  {parvistest.Lies{Claims: func(c jwt.MapClaims) { c["aud"] = "autre" }}, refused},
		"of another":   {parvistest.Lies{Claims: func(c jwt.MapClaims) { c["iss"] = "https://autre.example" }}, refused},
		"expired":      {parvistest.Lies{Claims: func(c jwt.MapClaims) { c["exp"] = now.Add(-time.Hour).Unix() }}, refused},
		"unsigned":     {parvistest.Lies{Sign: func(c jwt.MapClaims) string { return unsigned(t, c) }}, refused},
		"two subjects": {parvistest.Lies{UserInfo: func(map[string]any) (string, any) { return "application/json", map[string]any{"sub": "karim-1"} }}, refused},
		"out of order": {parvistest.Lies{At: "/token", Instead: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }}, "Clés de Malakoff ne répond pas pour l’instant."},
	} {
		t.Run(name, func(t *testing.T) {
			b := m.visitor(t)
			v.Lie(test.lies)
			v.Knows("jeanne-1", "", false)
			page := b.comes(t, "/connexion?retour=/moi/profil").want(http.StatusUnprocessableEntity).heading("Se connecter").says(test.says).saysNot("script")
			if strings.Contains(page.body, "<script>alert") {
				t.Error("the service's words are in the page")
			}
			b.get(t, "/moi").heading("Se connecter")
		})
	}
}

func unsigned(t *testing.T, c jwt.MapClaims) string {
	text, err := jwt.NewWithClaims(jwt.SigningMethodNone, c).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Error(err)
	}
	return text
}

// TestIdentityOnce: an answer is good once, for a while, in the browser that asked.
func TestIdentityOnce(t *testing.T) {
	t.Parallel()
	m, v := vouched(t)
	m.visitor(t).joins(t, v)
	var answers []string
	v.Lie(parvistest.Lies{Answer: func(q url.Values) { answers = append(answers, "/connexion/identite/retour?"+q.Encode()) }})
	back := func(b *browser, there string) *view {
		v.Knows("jeanne-1", "", false)
		return b.get(t, there)
	}
	b := m.visitor(t)
	back(b, b.ask(t, "/connexion")).want(http.StatusOK)
	b.get(t, "/moi").heading("Jeanne")
	m.visitor(t).get(t, answers[0]).want(http.StatusUnprocessableEntity).says("Recommencez")
	b.get(t, answers[0]).want(http.StatusUnprocessableEntity).says("Recommencez")

	// Somebody's answer in another's browser would sign that one in as them.
	victim, attacker := m.visitor(t), m.visitor(t)
	there := attacker.ask(t, "/connexion")
	waiting := victim.ask(t, "/connexion")
	back(victim, there).want(http.StatusUnprocessableEntity).says("Recommencez")
	back(victim, waiting).want(http.StatusOK) // which ends nothing of theirs
	victim.get(t, "/moi").heading("Jeanne")

	slow := m.visitor(t)
	there = slow.ask(t, "/connexion")
	m.later(11 * time.Minute)
	v.FastForward(11 * time.Minute)
	back(slow, there).want(http.StatusUnprocessableEntity).says("Recommencez")
}

// TestIdentityIsLimited: each try makes us ask somebody else.
func TestIdentityIsLimited(t *testing.T) {
	t.Parallel()
	m, v := vouched(t)
	providers, err := m.app.Providers(context.Background(), m.node)
	if err != nil {
		t.Fatal(err)
	}
	b, path := m.visitor(t), "/connexion/identite/"+providers[0].ID.String()
	for range 40 {
		if page := b.post(t, path, nil); page.status == http.StatusTooManyRequests {
			page.heading("Trop d’essais")
			return
		}
	}
	t.Errorf("forty visits of %s were let through", v.Issuer())
}

// TestSilentService: a service that does not answer is named, and the rest works.
func TestSilentService(t *testing.T) {
	t.Parallel()
	m, v := vouched(t)
	v.Lie(parvistest.Lies{Instead: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }})
	providers, err := m.app.Providers(context.Background(), m.node)
	if err != nil {
		t.Fatal(err)
	}
	b := m.visitor(t)
	b.post(t, "/connexion/identite/"+providers[0].ID.String(), url.Values{"retour": {"/moi/profil"}}).want(http.StatusUnprocessableEntity).
		heading("Se connecter").says("Clés de Malakoff ne répond pas pour l’instant.")
	b.post(t, "/connexion/identite/"+parvis.NewID(now).String(), nil).want(http.StatusNotFound)
}
