package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

// likes: Camille likes and keeps what Jeanne offers where she reads it, and comes back
// to where it stood; visitors read what is written in a place and around it.
func (s *story) likes(t *testing.T) {
	c, v := s.camille, s.visitor
	c.awaits(t, s.atelier.url("/moi/fil"), drillTitle)
	c.leavesRoom(t)
	c.check(t, "timeline")
	c.press(t, "Le réseau", http.StatusOK)
	c.reads(t, "Camille", "Ce qui nous arrive des communes voisines", drillTitle)
	c.press(t, "Annonces", http.StatusOK)
	c.press(t, "J’aime", http.StatusOK)
	if at := ask[string](t, c, "location.hash"); !strings.HasPrefix(at, "#p-") || !ask[bool](t, c, "!!document.querySelector(location.hash)") {
		t.Errorf("pressing leads to %q", at)
	}
	c.press(t, "Garder", http.StatusOK)
	c.reads(t, "Camille", drillTitle, "J’aime 1")
	c.check(t, "network timeline")
	c.open(t, s.drillThere, http.StatusOK)
	c.check(t, "offer liked and kept")
	c.open(t, s.atelier.url("/moi/favoris"), http.StatusOK)
	c.reads(t, "Camille", "Ce que vous gardez", drillTitle)
	c.check(t, "kept posts")
	c.press(t, "Ce que vous aimez", http.StatusOK)
	c.reads(t, "Camille", drillTitle)
	c.check(t, "liked posts")
	j := s.jeanne
	j.awaits(t, s.malakoff.url("/moi"), "Camille a aimé")
	j.open(t, s.malakoff.url("/moi/abonnes"), http.StatusOK)
	j.reads(t, "Jeanne", "Chacun peut vous suivre.", "Camille", "Retirer")
	j.check(t, "followers")
	j.press(t, "Demandes", http.StatusOK)
	j.reads(t, "Jeanne", "Personne n’attend de réponse.")
	j.check(t, "follow requests")

	v.awaits(t, s.malakoff.url("/ici"), "aimé par 1 personne")
	v.reads(t, "Ici, Malakoff", drillTitle, "Répondre depuis mon serveur")
	v.check(t, "local timeline")
	v.press(t, "Le réseau", http.StatusOK)
	v.reads(t, "Le réseau")
	v.check(t, "network timeline of a visitor")
}
