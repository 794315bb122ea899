package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestMessages: from an offer's page to a conversation, and all that one does there.
func TestMessages(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	post := m.publish(t, author, drill())
	m.resident(t, "karim", parvis.RoleResident)
	m.resident(t, "odile", parvis.RoleAdmin)
	karim, jeanne, odile := m.signedIn(t, "karim"), m.signedIn(t, "jeanne"), m.signedIn(t, "odile")

	write := karim.get(t, post.Path()).link("Écrire à Jeanne")
	if want := "/moi/messages/nouveau?a=jeanne&sujet=" + post.ID.String(); write != want {
		t.Fatalf("the offer leads to %q, want %q", write, want)
	}
	m.visitor(t).get(t, write).heading("Se connecter")
	page := karim.get(t, write).want(http.StatusOK).says("Perceuse à percussion et ses mèches", "Il n’est pas chiffré", "L’équipe d’ici ne voit que")
	if got := attr(page.field("À qui"), "value"); got != "jeanne" {
		t.Errorf("it is to %q", got)
	}
	karim.post(t, "/moi/messages/nouveau", url.Values{"to": {"jeanne"}, "sujet": {post.ID.String()}, "text": {" "}}).want(http.StatusUnprocessableEntity).
		says("Écrivez quelque chose.", "Perceuse à percussion et ses mèches")
	karim.post(t, "/moi/messages/nouveau", url.Values{"to": {"jeane"}, "text": {"Bonjour, je garde ce texte"}}).want(http.StatusUnprocessableEntity).
		says("Nous ne trouvons pas « jeane »", "Bonjour, je garde ce texte")
	sent := url.Values{"to": {"jeanne"}, "sujet": {post.ID.String()}, "text": {"Mon numéro : 06 00 00 00 00"}, "key": {"k1"}}
	talk := karim.post(t, "/moi/messages/nouveau", sent).want(http.StatusOK).heading("Karim").says("Votre message est parti.", "06 00 00 00 00", "Perceuse à percussion et ses mèches", "malakoff.example")
	_, path, _ := strings.Cut(talk.path, " → ")
	if got := strings.Count(text(karim.post(t, "/moi/messages/nouveau", sent).root), "06 00 00"); got != 1 {
		t.Errorf("sent twice, it is there %d times", got)
	}
	if got := karim.get(t, write).want(http.StatusOK).path; !strings.HasSuffix(got, path) {
		t.Errorf("to write again leads to %q, want %q", got, path)
	}

	jeanne.get(t, "/moi").says("Karim vous a écrit")
	jeanne.get(t, "/moi/messages").says("Karim", "Nouveau", "À propos de « Perceuse à percussion et ses mèches »", "06 00 00 00 00")
	jeanne.get(t, post.Path()).says("Pas encore de réponse", "Votre conversation à ce sujet", "06 00 00 00 00")
	jeanne.get(t, path).want(http.StatusOK).says("06 00 00 00 00", "Nouveau")
	jeanne.get(t, "/moi/messages").saysNot("Nouveau")
	jeanne.post(t, path, url.Values{"text": {"Merci, je vous appelle"}}).want(http.StatusOK).says("Merci, je vous appelle")
	karim.get(t, "/moi/messages").says("Jeanne", "Nouveau", "Merci, je vous appelle")
	karim.post(t, path+"/sourdine", url.Values{"verb": {"mute"}}).want(http.StatusOK).says("La conversation est en sourdine.", "Retirer la sourdine")
	karim.post(t, path+"/sourdine", url.Values{"verb": {"unmute"}}).says("Vous serez de nouveau prévenu.")
	karim.post(t, path+"/ranger", nil).want(http.StatusOK).says("La conversation est rangée.", "Pas encore de message")

	for name, who := range map[string]*browser{"odile": odile, "a visitor": m.visitor(t)} {
		who.get(t, post.Path()).saysNot("06 00", "je vous appelle", "à ce sujet")
		if got := who.get(t, path); got.status == http.StatusOK && name == "odile" {
			t.Error("the admin reads it")
		}
	}
	odile.get(t, path).want(http.StatusNotFound)
	odile.post(t, path, url.Values{"text": {"Je m’en mêle"}}).want(http.StatusNotFound)
	odile.post(t, path+"/sourdine", url.Values{"verb": {"mute"}}).want(http.StatusNotFound)

	// What is reported, the team reads.
	answer := jeanne.post(t, path, url.Values{"text": {"Encore vous"}}).link("Signaler")
	jeanne.get(t, answer).want(http.StatusOK).says("L’équipe lira ce message")
	jeanne.post(t, answer, url.Values{"comment": {"Il insiste"}, "earlier": {"1"}}).want(http.StatusOK).says("Merci. L’équipe va regarder.")
	odile.get(t, "/equipe/signalements").says("Il insiste", "06 00 00 00 00")

	// One who is blocked is not written to, nor read.
	jeanne.post(t, "/@karim/blocage", url.Values{"verb": {"block"}})
	karim.get(t, path).want(http.StatusNotFound)
	karim.post(t, "/moi/messages/nouveau", url.Values{"to": {"jeanne"}, "text": {"Bonjour"}}).want(http.StatusUnprocessableEntity).says("Vous ne pouvez pas écrire à Jeanne.")
	jeanne.get(t, "/moi/messages").says("Pas encore de message")
}
