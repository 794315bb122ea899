package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// device is one that looks at pages of the town.
func (m *town) device() *parvistest.Device {
	return parvistest.NewDevice(m.node.Hostname(), m.node.Base())
}

// answer does what static/passkey.js does: it asks for a challenge and fills in the form.
func (b *browser) answer(t testing.TB, path string, sign func(testing.TB, []byte) string, form url.Values) *view {
	t.Helper()
	got := b.post(t, path+"/defi", nil).want(http.StatusOK)
	if kind, cache := got.header.Get("Content-Type"), got.header.Get("Cache-Control"); kind != "application/json" || cache != "no-store" {
		t.Errorf("a challenge is %s, kept %s", kind, cache)
	}
	var challenge struct {
		Ticket  string
		Options json.RawMessage
	}
	if err := json.Unmarshal([]byte(got.body), &challenge); err != nil {
		t.Fatal(err)
	}
	if form == nil {
		form = url.Values{}
	}
	form.Set("defi", challenge.Ticket)
	form.Set("reponse", sign(t, challenge.Options))
	return b.post(t, path, form)
}

func TestPasskeys(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	jeanne, phone, laptop := m.signedIn(t, "jeanne"), m.device(), m.device()
	page := jeanne.get(t, "/moi/compte").want(http.StatusOK).says("Vos clés d’accès", "Pour ajouter une clé d’accès, il faut un navigateur récent et JavaScript.")
	form := page.one("form", "action", "/moi/compte/cles")
	if !has(form, "hidden") || page.one("script", "src", "") == nil {
		t.Error("the form is shown before the script knows whether it can help")
	}
	jeanne.answer(t, "/moi/compte/cles", phone.Make, url.Values{"passkey": {"Téléphone bleu"}}).
		want(http.StatusOK).says("La clé d’accès est ajoutée.", "Téléphone bleu", "jamais utilisée")
	jeanne.answer(t, "/moi/compte/cles", laptop.Make, nil).want(http.StatusOK).says("Navigateur inconnu")

	someone := m.visitor(t)
	someone.get(t, "/connexion").says("Entrer avec une clé d’accès", "Le mot de passe sert toujours.")
	in := someone.answer(t, "/connexion/cle", phone.Sign, url.Values{"retour": {"/moi/profil"}}).want(http.StatusOK)
	if !strings.HasSuffix(in.path, "→ /moi/profil") {
		t.Errorf("a passkey leads to %s", in.path)
	}
	page = someone.get(t, "/moi/compte").says("Téléphone bleu", "utilisée", "par clé d’accès")
	keys := page.all("button", "name", "cle")
	if len(keys) != 2 {
		t.Fatalf("%d keys can be removed, want 2", len(keys))
	}
	someone.post(t, "/moi/compte/cles/retirer", url.Values{"cle": {attr(keys[0], "value")}}).
		want(http.StatusOK).says("La clé d’accès ne fait plus entrer ici.").saysNot("Téléphone bleu")
	m.visitor(t).answer(t, "/connexion/cle", phone.Sign, nil).want(http.StatusUnprocessableEntity).says("Cette clé d’accès n’ouvre aucun compte ici")
	m.visitor(t).answer(t, "/connexion/cle", laptop.Sign, nil).want(http.StatusOK)
	someone.post(t, "/moi/compte/cles/retirer", url.Values{"cle": {"rien"}}).want(http.StatusNotFound)
}

// What stands in the script's way is said by the page that its form leads to.
func TestPasskeysRefused(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "karim", parvis.RoleResident)
	jeanne, phone := m.signedIn(t, "jeanne"), m.device()
	refused := jeanne.post(t, "/moi/compte/cles", url.Values{"passkey": {"Ma clé"}}).want(http.StatusUnprocessableEntity).says("La clé d’accès n’a pas répondu à temps.")
	if got := refused.value("Nom de la clé"); got != "Ma clé" {
		t.Errorf("the name is kept as %q", got)
	}
	m.visitor(t).post(t, "/connexion/cle", url.Values{"retour": {"/moi"}}).want(http.StatusUnprocessableEntity).heading("Se connecter")
	for _, path := range []string{"/connexion/cle", "/moi/compte/cles"} {
		jeanne.post(t, path, url.Values{"reponse": {strings.Repeat("x", 64<<10)}}).want(http.StatusRequestEntityTooLarge)
	}
	m.visitor(t).post(t, "/moi/compte/cles", nil).heading("Se connecter")
	m.visitor(t).post(t, "/moi/compte/cles/retirer", url.Values{"cle": {m.node.ActorID.String()}}).heading("Se connecter")
	jeanne.answer(t, "/moi/compte/cles", phone.Make, nil).want(http.StatusOK)

	m.later(parvis.StillFresh)
	for _, path := range []string{"/moi/compte/cles", "/moi/compte/cles/defi", "/moi/compte/cles/retirer"} {
		jeanne.post(t, path, url.Values{"cle": {m.node.ActorID.String()}}).heading("Confirmez que c’est vous")
	}
	jeanne.get(t, "/moi/compte").heading("Confirmez que c’est vous").says("Entrer avec une clé d’accès")
	jeanne.answer(t, "/connexion/cle", phone.Sign, url.Values{"retour": {"/moi/compte"}}).want(http.StatusOK).says("Vos clés d’accès")

	// Whoever the passkey belongs to comes in.
	karim := m.signedIn(t, "karim")
	karim.answer(t, "/connexion/cle", phone.Sign, nil).want(http.StatusOK)
	karim.get(t, "/moi").heading("Jeanne")
}

// As many passkeys as there may be leave no form to add another.
func TestEnoughPasskeys(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	jeanne := m.signedIn(t, "jeanne")
	for range parvis.MaxPasskeys {
		jeanne.answer(t, "/moi/compte/cles", m.device().Make, nil).want(http.StatusOK)
	}
	if page := jeanne.get(t, "/moi/compte").says("Vous en avez 10, c’est le plus possible."); page.one("form", "action", "/moi/compte/cles") != nil {
		t.Error("there is still a form")
	}
	m.later(time.Minute)
	jeanne.answer(t, "/moi/compte/cles", m.device().Make, nil).want(http.StatusUnprocessableEntity).says("Vous avez déjà 10 clés d’accès")
}
