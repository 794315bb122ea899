package e2e_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/parvis-coop/parvis/internal/parvistest"
)

// carries gives a browser something that keeps passkeys and recognises its owner, who
// always agrees.
func (p *person) carries(t testing.TB) {
	t.Helper()
	p.do(t, "carry a device", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		if _, err := cdp.Call(ctx, tab, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, tab, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
		return err
	}))
}

// hears waits until the script of a page says something.
func (p *person) hears(t testing.TB, words string) {
	t.Helper()
	eventually(t, actTime, func() bool {
		return ask[string](t, p, `document.querySelector("main [role=status].error").textContent`) == words
	},
		func() string { return p.name + " is not told: " + words + "\n" + p.text(t) })
}

// click presses a button that leads nowhere.
func (p *person) click(t testing.TB, text string) {
	t.Helper()
	p.do(t, "click "+text, chromedp.Click(chromedp.JSPath(p.find(t, "button", text))))
}

// TestPasskeys: a resident adds a passkey, comes in by it and removes it.
func TestPasskeys(t *testing.T) {
	const enter, add = "Entrer avec une clé d’accès", "Ajouter une clé d’accès"
	axe, browser := parvistest.Axe(t), startBrowser(t)
	malakoff := newPlace(t, build(t), "malakoff", parvistest.Engines(t)[0].URL(t))
	malakoff.start(t)
	malakoff.account(t, "jeanne", "admin")
	j := sitDown(t, browser, axe, "Jeanne")
	j.carries(t)
	j.open(t, malakoff.url("/connexion?retour=/moi/compte"), http.StatusOK)
	j.click(t, enter)
	j.hears(t, "La clé d’accès n’a pas répondu. Recommencez, ou entrez avec votre mot de passe.")
	j.check(t, "sign-in without a passkey")
	j.logIn(t, "jeanne")

	j.reads(t, "Jeanne", "Vos clés d’accès")
	j.write(t, "Nom de la clé", "Vieux téléphone")
	j.press(t, add, http.StatusOK)
	j.reads(t, "Jeanne", "La clé d’accès est ajoutée.", "Vieux téléphone", "jamais utilisée")
	j.check(t, "security with a passkey")
	j.click(t, add)
	j.hears(t, "Cet appareil a déjà une clé d’accès pour ce compte.")
	j.open(t, malakoff.url("/moi/compte"), http.StatusOK)
	j.walks(t, wide)

	j.leaves(t, malakoff)
	j.open(t, malakoff.url("/moi/compte"), http.StatusOK)
	j.press(t, enter, http.StatusOK)
	j.reads(t, "Jeanne", "par clé d’accès", "utilisée à l’instant")
	j.open(t, malakoff.url("/connexion?encore=1&retour=/moi/compte"), http.StatusOK)
	j.reads(t, "Confirmez que c’est vous")
	j.press(t, enter, http.StatusOK)
	j.reads(t, "Jeanne", "Vieux téléphone")

	j.press(t, "Retirer Vieux téléphone", http.StatusOK)
	j.reads(t, "Jeanne", "La clé d’accès ne fait plus entrer ici.")
	j.leaves(t, malakoff)
	j.open(t, malakoff.url("/connexion"), http.StatusOK)
	j.press(t, enter, http.StatusUnprocessableEntity)
	j.reads(t, "Se connecter", "Cette clé d’accès n’ouvre aucun compte ici")
	j.check(t, "sign-in with a removed passkey")

	j.turn(t, scriptsOff)
	j.open(t, malakoff.url("/connexion"), http.StatusOK)
	j.reads(t, "Se connecter", "Pour entrer avec une clé d’accès, il faut un navigateur récent et JavaScript.")
	if strings.Contains(j.text(t), enter) {
		t.Error("a browser without scripts is shown a button that does nothing")
	}
	malakoff.calm(t)
}

// leaves signs somebody out.
func (p *person) leaves(t testing.TB, from *place) {
	t.Helper()
	p.open(t, from.url("/moi/reglages"), http.StatusOK)
	p.press(t, "Se déconnecter", http.StatusOK)
}
