package web_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// TestQuotes: the author of a post, and nobody else, sees who quotes it and takes
// back that they may.
func TestQuotes(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	jeanne := m.signedIn(t, "jeanne")
	m.resident(t, "karim", parvis.RoleResident)
	karim := m.signedIn(t, "karim")
	post := m.publish(t, author, drill())
	jeanne.get(t, post.Path()).saysNot("cite la vôtre")

	luis := parvistest.Stranger("luis", "masto.example")
	quote := parvistest.Post(m.node, luis, &parvis.Note{}, "", now)
	quote.QuoteURI = post.URI
	stamp := &parvis.Stamp{ID: parvis.NewID(now), PostID: post.ID, QuoteURI: quote.URI}
	quote.QuoteStamp = m.node.URL(stamp.Path())
	err := m.app.DB.Node(m.node.ID).InTx(context.Background(), func(ctx context.Context, tx *storage.Tx) error {
		if err := tx.AddAccount(ctx, luis); err != nil {
			return err
		}
		stamp.QuoterID, quote.AuthorID = luis.ID, luis.ID
		if err := tx.AddPost(ctx, quote, nil); err != nil {
			return err
		}
		return tx.AddStamp(ctx, stamp)
	})
	if err != nil {
		t.Fatal(err)
	}
	revoke := "/citations/" + stamp.ID.String() + "/retirer"
	page := jeanne.get(t, post.Path()).says("1 publication cite la vôtre", "@luis@masto.example", "Retirer mon accord")
	if page.one("form", "action", revoke) == nil || page.one("a", "href", stamp.QuoteURI) == nil {
		t.Error("there is no way to the quote, or to take back the consent")
	}
	karim.get(t, post.Path()).saysNot("cite la vôtre")
	m.visitor(t).get(t, post.Path()).saysNot("cite la vôtre")
	karim.post(t, revoke, nil).want(http.StatusForbidden)

	shows := func(a *view) bool { return a.one("figure", "class", "sheet stack tight quoted") != nil }
	if page := m.visitor(t).get(t, quote.Path()).says(post.Title); !shows(page) || page.one("a", "href", post.Path()) == nil {
		t.Error("what is quoted is not shown")
	}
	told := saying(t, m)
	jeanne.post(t, revoke, nil).want(http.StatusOK).says("Votre accord est retiré.").saysNot("cite la vôtre")
	jeanne.post(t, revoke, nil).want(http.StatusNotFound)
	if page := m.visitor(t).get(t, quote.Path()).saysNot(post.Title); shows(page) {
		t.Error("what is quoted is shown after the consent was taken back")
	}
	if got := saying(t, m) - told; got != 1 {
		t.Errorf("%d things are to be told, want one: that the consent is taken back", got)
	}
}

// saying counts what waits to be told to other servers.
func saying(t *testing.T, m *town) int {
	t.Helper()
	queues, err := m.app.DB.Queues(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return queues[parvis.JobSay].Waiting
}
