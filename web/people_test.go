package web_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestFollowersAndRequests: who wants to be asked finds who asks, accepts one, refuses
// the other, and takes back later what was accepted.
func TestFollowersAndRequests(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "karim", parvis.RoleResident)
	m.resident(t, "odile", parvis.RoleResident)
	jeanne, karim, odile := m.signedIn(t, "jeanne"), m.signedIn(t, "karim"), m.signedIn(t, "odile")
	jeanne.get(t, "/moi/abonnes").says("Tout le monde peut vous suivre.", "Personne ne vous suit encore.")
	jeanne.upload(t, "/moi/profil", url.Values{"name": {"Jeanne"}, "locked": {"on"}}).want(http.StatusOK)
	jeanne.get(t, "/moi/abonnes").says("Vous acceptez vous-même qui vous suit.")
	jeanne.get(t, "/moi/demandes").says("Personne n’attend de réponse.")
	for _, b := range []*browser{karim, odile} {
		b.post(t, "/@jeanne/suivi", url.Values{"verb": {"follow"}}).says("Demande envoyée")
	}
	page := jeanne.get(t, "/moi/demandes").says("Qui voudrait vous suivre", "Karim", "Odile", "Demandes 2")
	back := url.Values{"retour": {page.back()}}
	jeanne.post(t, "/@karim/demande", url.Values{"verb": {"accept"}, "retour": back["retour"]}).says("Demande acceptée.", "Odile", "Demandes 1").saysNot("Karim")
	jeanne.post(t, "/@odile/demande", url.Values{"verb": {"reject"}, "retour": back["retour"]}).says("Demande refusée.", "Personne n’attend de réponse.")
	page = jeanne.get(t, "/moi/abonnes").says("Karim").saysNot("Odile")
	jeanne.post(t, "/@karim/demande", url.Values{"verb": {"remove"}, "retour": {page.back()}}).
		says("Cette personne ne vous suit plus.", "Personne ne vous suit encore.")
	karim.get(t, "/@jeanne").saysNot("Ne plus suivre")
}

// TestFollowFromATimeline: residents follow from where they read, and are offered it
// only where it makes sense.
func TestFollowFromATimeline(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "karim", parvis.RoleResident)
	post := m.publish(t, author, app.Draft{Detail: &parvis.Note{}, Source: "Le lavoir est ouvert."})
	karim := m.signedIn(t, "karim")
	page := karim.get(t, "/ici")
	if page.button("follow") == nil || page.back() != "/ici#p-"+post.ID.String() {
		t.Fatalf("one cannot follow, or comes back to %q", page.back())
	}
	page = karim.post(t, "/@jeanne/suivi", url.Values{"verb": {"follow"}, "retour": {page.back()}}).says("Le lavoir")
	if page.button("follow") != nil {
		t.Error("one can follow twice")
	}
	if m.signedIn(t, "jeanne").get(t, "/ici").button("follow") != nil || m.visitor(t).get(t, "/ici").button("follow") != nil {
		t.Error("one can follow oneself, or without an account")
	}
	following, err := m.app.DB.Node(m.node.ID).Following(context.Background(), author.ID, parvis.Page{})
	if err != nil || len(following) > 0 {
		t.Errorf("the author follows %v, %v", following, err)
	}
}
