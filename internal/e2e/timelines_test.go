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
	j.reads(t, "Jeanne", "Tout le monde peut vous suivre.", "Camille", "Retirer")
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

// sorts: Camille makes a list of those she follows, reads it, and hides Jeanne for a week.
func (s *story) sorts(t *testing.T) {
	c := s.camille
	c.open(t, s.atelier.url("/moi/listes"), http.StatusOK)
	c.press(t, "Créer la liste", http.StatusUnprocessableEntity)
	c.corrects(t, "Nom de la liste")
	c.check(t, "lists, name missing")
	c.write(t, "Nom de la liste", "Voisins")
	c.press(t, "Créer la liste", http.StatusOK)
	c.reads(t, "Camille", "La liste est prête.")
	c.write(t, "Son nom complet", "@jeanne@"+s.malakoff.host)
	c.press(t, "Ajouter", http.StatusOK)
	c.reads(t, "Camille", "Jeanne", "Retirer")
	c.check(t, "people on a list")
	c.open(t, s.atelier.url("/moi/listes"), http.StatusOK)
	c.check(t, "lists")
	c.press(t, "Voisins", http.StatusOK)
	c.reads(t, "Camille", "Voisins", drillTitle)
	c.check(t, "list")

	c.open(t, s.atelier.url("/@jeanne@"+s.malakoff.host), http.StatusOK)
	c.press(t, "Masquer", http.StatusOK)
	c.reads(t, "Masquer Jeanne ?", "Elle n’en est pas prévenue")
	c.check(t, "hide somebody")
	c.choose(t, "Pour combien de temps", "7 jours")
	c.press(t, "Masquer", http.StatusOK)
	c.reads(t, "Jeanne", "C’est masqué.", "Vous masquez Jeanne.")
	c.check(t, "profile hidden")
	c.open(t, s.atelier.url("/moi/masques"), http.StatusOK)
	c.reads(t, "Camille", "Jeanne", "jusqu’au")
	c.check(t, "hidden people")
	c.press(t, "Ne plus masquer", http.StatusOK)
	c.reads(t, "Camille", "Vous ne masquez personne.")
}
