package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// TestMessages: from an offer's page to a conversation, and all that one does there.
func TestMessages(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	post := m.publish(t, author, drill())
	karimAccount := m.resident(t, "karim", parvis.RoleResident)
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
	karim.post(t, path+"/sourdine", url.Values{"verb": {"unmute"}}).says("La conversation vous avertit de nouveau.")
	karim.post(t, path+"/ranger", nil).want(http.StatusOK).says("La conversation est rangée.", "Aucune conversation dans votre liste")

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
	var answer string
	for _, a := range jeanne.post(t, path, url.Values{"text": {"Encore vous"}}).all("a", "class", "plain") {
		if href := attr(a, "href"); strings.HasPrefix(href, "/p/") && strings.HasSuffix(href, "/signaler") {
			answer = href
		}
	}
	jeanne.get(t, answer).want(http.StatusOK).says("L’équipe lira ce message")
	jeanne.post(t, answer, url.Values{"comment": {"Il insiste"}, "earlier": {"1"}}).want(http.StatusOK).says("Merci. L’équipe va regarder.")
	odile.get(t, "/equipe/signalements").says("Il insiste", "06 00 00 00 00")

	// One who is blocked is not written to, nor read.
	jeanne.post(t, "/@karim/blocage", url.Values{"verb": {"block"}})
	karim.get(t, path).want(http.StatusNotFound)
	own, err := m.app.PostsBy(t.Context(), m.node, parvis.Viewer{Account: karimAccount, Role: parvis.RoleResident}, karimAccount.ID, true, parvis.Page{})
	if err != nil || len(own) == 0 {
		t.Fatalf("%d messages of his own: %v", len(own), err)
	}
	karim.get(t, own[0].Path()).want(http.StatusOK).says("06 00 00 00 00", "Supprimer")
	karim.post(t, "/moi/messages/nouveau", url.Values{"to": {"jeanne"}, "text": {"Bonjour"}}).want(http.StatusUnprocessableEntity).says("Vous ne pouvez pas écrire à Jeanne.")
	jeanne.get(t, "/moi/messages").says("Aucune conversation dans votre liste")
}

// TestLongConversations: a link to an old message leads to the page that shows it, and
// its edit keeps who reads it.
func TestLongConversations(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	jeanne := m.resident(t, "jeanne", parvis.RoleResident)
	karim := parvis.Viewer{Account: m.resident(t, "karim", parvis.RoleResident), Role: parvis.RoleResident}
	var first *parvis.Post
	for i := range 34 {
		message, err := m.app.Write(t.Context(), m.node, karim, []*parvis.Account{jeanne}, 0, app.Draft{Detail: &parvis.Note{}, Source: fmt.Sprintf("@jeanne, message %d.", i)})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = message
		}
	}
	reader, writer := m.signedIn(t, "jeanne"), m.signedIn(t, "karim")
	reader.get(t, first.Path()).want(http.StatusOK).says("message 0.").saysNot("message 33.")
	if n := reader.get(t, "/moi/messages").one("", "class", "badge"); n == nil {
		t.Error("to look at the first message is to read the last")
	}
	writer.post(t, first.Path()+"/modifier", url.Values{"text": {"Bonjour, message 0 corrigé."}}).want(http.StatusOK).says("message 0 corrigé.")
	reader.get(t, first.Path()).want(http.StatusOK).says("message 0 corrigé.")
}

// TestLettersOfFeeds: nobody reads what would be answered to them, and the page says so.
func TestLettersOfFeeds(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.app.Words = func(_, key string, _ ...any) string { return key }
	jeanne := parvis.Viewer{Account: m.resident(t, "jeanne", parvis.RoleResident), Role: parvis.RoleResident}
	if _, err := m.app.Publish(t.Context(), m.node, jeanne, app.Draft{Detail: &parvis.Note{}, Source: "@entraide Je prête ma scie", Audience: parvis.Everyone}); err != nil {
		t.Fatal(err)
	}
	talks, err := m.app.Conversations(t.Context(), m.node, jeanne, parvis.Page{})
	if err != nil || len(talks) != 1 {
		t.Fatalf("%d letters: %v", len(talks), err)
	}
	page := m.signedIn(t, "jeanne").get(t, templates.TalkPath(talks[0].ID)).want(http.StatusOK).says("Personne ne lit les messages envoyés à")
	if page.field("Votre message") != nil {
		t.Error("there is a form that nobody reads")
	}
}
