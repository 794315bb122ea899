package web_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
	"github.com/parvis-coop/parvis/web/templates"
)

// TestRenewingSaysWhatItDid: what ends later than renewing would have it has no button for
// that; whoever was asked may answer all the same.
func TestRenewingSaysWhatItDid(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	jeanne := m.signedIn(t, "jeanne")
	long := drill()
	long.EndsAt = now.AddDate(1, 0, 0)
	post := m.publish(t, author, long)
	jeanne.get(t, templates.OwnOffersPath).want(http.StatusOK).says(long.Title, "Marquer terminé").saysNot("Prolonger")
	jeanne.get(t, post.Path()).saysNot("Prolonger")
	jeanne.post(t, post.Path()+"/prolonger", nil).want(http.StatusOK).says("C’est noté.").saysNot("prolongée")
	short := m.publish(t, author, drill())
	jeanne.get(t, short.Path()).says("Prolonger")
	path := templates.OwnOffersPath + "?max=" + (short.ID + 1).String()
	page := jeanne.get(t, path).want(http.StatusOK).says("Prolonger")
	if got := page.hidden("retour"); len(got) < 2 || slices.ContainsFunc(got, func(back string) bool { return back != path }) {
		t.Errorf("of a later page the buttons lead to %q", got)
	}
	jeanne.post(t, short.Path()+"/prolonger", url.Values{"retour": {path}}).want(http.StatusOK).says("L’annonce est prolongée.", "Mes annonces")
	page = jeanne.post(t, templates.OwnOffersPath+"/pause", nil).want(http.StatusUnprocessableEntity)
	if got := page.hidden("retour")[1:]; len(got) == 0 || slices.ContainsFunc(got, func(back string) bool { return back != templates.OwnOffersPath }) {
		t.Errorf("after a wrong day the buttons lead to %q", got)
	}
}

// TestAPauseIsSaidOfWhatWaits: not of what is over.
func TestAPauseIsSaidOfWhatWaits(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	jeanne := m.signedIn(t, "jeanne")
	post := m.publish(t, author, drill())
	jeanne.post(t, templates.OwnOffersPath+"/pause", url.Values{"until": {now.AddDate(0, 0, 5).Format("2006-01-02")}}).want(http.StatusOK)
	m.visitor(t).get(t, "/entraide").want(http.StatusOK).says(post.Title, "En pause jusqu’au")
	jeanne.post(t, post.Path()+"/etat", url.Values{"state": {"done"}}).want(http.StatusOK)
	m.visitor(t).get(t, "/entraide?etat=all").want(http.StatusOK).says(post.Title).saysNot("En pause jusqu’au")
}

// TestAMailAnswersWhatItAsks: by its key an offer is renewed, done or open again, and
// nothing else.
func TestAMailAnswersWhatItAsks(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	post := m.publish(t, author, drill())
	err := m.app.DB.Node(m.node.ID).InTx(t.Context(), func(ctx context.Context, tx *storage.Tx) error {
		return tx.OpenMailbox(ctx, author.ID, "clé de Jeanne")
	})
	if err != nil {
		t.Fatal(err)
	}
	key, err := m.app.AskedKey(t.Context(), m.node, author.ID, post.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"reserved", "deleted", ""} {
		m.visitor(t).post(t, app.AskedPath, url.Values{"cle": {key}, "verb": {verb}}).want(http.StatusUnprocessableEntity).says("Cet état n’existe pas.")
	}
	for _, verb := range []string{"done", "open", "renew"} {
		m.visitor(t).post(t, app.AskedPath, url.Values{"cle": {key}, "verb": {verb}}).want(http.StatusOK).says(post.Title)
	}
}
