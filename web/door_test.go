package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestDoor leads people of other servers home, with what they want to follow.
func TestDoor(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	post := m.publish(t, m.resident(t, "jeanne", parvis.RoleResident), drill())
	m.web.Door = func(_ context.Context, _ *parvis.Node, handle string) (string, error) {
		switch handle {
		case "lea@mastodon.example":
			return "https://mastodon.example/authorize_interaction?uri={uri}", nil
		case "piege@mastodon.example":
			return "javascript:alert('{uri}')", nil
		}
		return "", errors.New("no answer")
	}
	visitor := m.visitor(t)
	visitor.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	door := visitor.get(t, post.Path()).link("Suivre ou répondre depuis mon serveur")
	visitor.get(t, door).want(http.StatusOK).heading("Suivre ou répondre depuis votre serveur").says(post.URI)

	gone := visitor.post(t, "/suivre", url.Values{"uri": {post.URI}, "handle": {"@lea@mastodon.example"}}).want(http.StatusSeeOther)
	if got, want := gone.header.Get("Location"), "https://mastodon.example/authorize_interaction?uri="+url.QueryEscape(post.URI); got != want {
		t.Errorf("leads to %q, want %q", got, want)
	}
	if !strings.Contains(gone.header.Get("Content-Security-Policy"), "form-action 'self' https:") {
		t.Error("the browser would not let the form leave")
	}
	for _, handle := range []string{"piege@mastodon.example", "@lea@muet.example", "lea", ""} {
		visitor.post(t, "/suivre", url.Values{"uri": {post.URI}, "handle": {handle}}).want(http.StatusUnprocessableEntity)
	}
	visitor.get(t, "/suivre?uri=https://ailleurs.example/1").want(http.StatusNotFound)
}

// TestArrive is the way back: a resident comes from another server's page.
func TestArrive(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	post := m.publish(t, m.resident(t, "jeanne", parvis.RoleResident), drill())
	m.visitor(t).get(t, "/authorize_interaction?uri="+url.QueryEscape(post.URI)).heading("Se connecter")
	jeanne := m.signedIn(t, "jeanne")
	jeanne.get(t, "/authorize_interaction?uri="+url.QueryEscape(post.URI)).want(http.StatusOK).heading(post.Title)
	jeanne.get(t, "/authorize_interaction?uri=acct:entraide@"+m.node.Host).want(http.StatusOK).heading("Entraide · Malakoff")
	jeanne.get(t, "/authorize_interaction?uri=acct:personne@"+m.node.Host).want(http.StatusUnprocessableEntity).
		says("Nous ne trouvons personne de ce nom.")
}
