package web_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// submit stores a note that somebody of another server sent to the feed.
func (m *town) submit(t testing.TB, by *parvis.Account, path, text string, edited time.Time) *parvis.Post {
	t.Helper()
	feed, err := m.app.DB.Node(m.node.ID).Feed(t.Context(), parvis.KindOffer)
	if err != nil {
		t.Fatal(err)
	}
	p, err := m.app.ReceivePost(t.Context(), m.node, &parvis.Post{Author: by, AuthorID: by.ID, Detail: &parvis.Note{}, URI: by.URI + path, URL: by.URI + path,
		HTML: "<p>" + text + "</p>", Audience: parvis.Everyone, State: parvis.Open, PublishedAt: m.app.Now().Add(-time.Minute), EditedAt: edited,
		Mentions: []parvis.Mention{{AccountID: feed.ID, Acct: feed.Acct(), URI: feed.URI}}}, app.Sent)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.app.Submit(t.Context(), m.node, p, nil); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestSubmissions: the team reads what strangers send to the feed, and decides.
func TestSubmissions(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "karim", parvis.RoleResident)
	moderator := m.resident(t, "paula", parvis.RoleModerator)
	karim, paula := m.signedIn(t, "karim"), m.signedIn(t, "paula")
	const path = "/equipe/demandes"
	feed, err := m.app.DB.Node(m.node.ID).Feed(t.Context(), parvis.KindOffer)
	if err != nil {
		t.Fatal(err)
	}
	m.visitor(t).get(t, path).heading("Se connecter")
	karim.get(t, path).want(http.StatusForbidden)
	paula.get(t, path).want(http.StatusOK).says("Aucune demande n’attend.")

	ana := m.elsewhere(t, "ana")
	drill := m.submit(t, ana, "/1", "Qui prête une perceuse ?", time.Time{})
	watches := m.submit(t, ana, "/2", "Achetez mes montres", time.Time{})
	paula.get(t, "/").says("2 messages d’ailleurs attendent l’accord de l’équipe")
	page := paula.get(t, path).want(http.StatusOK).says("Qui prête une perceuse", "Achetez mes montres", "depuis masto.example")
	admit, refuse := path+"/"+drill.ID.String()+"/admettre", path+"/"+watches.ID.String()+"/refuser"
	read := url.Values{"version": {attr(find(page.one("form", "action", admit), "input", "name", "version")[0], "value")}}
	karim.post(t, admit, read).want(http.StatusForbidden)
	karim.post(t, refuse, nil).want(http.StatusForbidden)
	// It changed since it was read.
	m.submit(t, ana, "/1", "Qui prête une scie ?", m.app.Now())
	paula.post(t, admit, read).want(http.StatusOK).says("Ce message a changé", "Qui prête une scie")
	paula.post(t, admit, url.Values{"version": {"hier"}}).want(http.StatusOK).says("Ce message a changé")
	page = paula.get(t, path)
	read = url.Values{"version": {attr(find(page.one("form", "action", admit), "input", "name", "version")[0], "value")}}
	paula.post(t, admit, read).want(http.StatusOK).says("C’est relayé.", "Relayé par Paula").saysNot("Qui prête une scie")
	paula.post(t, refuse, nil).want(http.StatusOK).says("ce message n’est pas relayé", "Écarté par Paula", "Aucune demande n’attend.")
	paula.post(t, refuse, nil).want(http.StatusOK).says("quelqu’un a déjà décidé")
	shared, err := m.app.EntriesBy(t.Context(), m.node, parvis.Viewer{}, feed, false, parvis.Page{})
	if err != nil || len(shared) != 1 || shared[0].Post.ID != drill.ID {
		t.Errorf("the feed shares %v, %v; want what was admitted", shared, err)
	}
	m.visitor(t).get(t, feed.Path()).want(http.StatusOK).says("Qui prête une scie").saysNot("Achetez mes montres")
	paula.post(t, path+"/nimporte/refuser", nil).want(http.StatusNotFound)

	decided, err := m.app.Decisions(context.Background(), m.node, parvis.Viewer{Account: moderator, Role: parvis.RoleModerator})
	if err != nil || len(decided) != 2 || decided[0].Decider.ID != moderator.ID {
		t.Errorf("decisions: %v, %v", decided, err)
	}
}
