package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

const (
	asksInPrivate = "Je passerais samedi vers dix heures. Voici le mur."
	answersThere  = "Le code de l’entrée est 4521."
	talksPath     = "/moi/messages"
)

// writes is private talk about the offer, between two nodes: Camille begins with a
// photo, Jeanne answers, and neither the page of the offer nor visitors see it.
func (s *story) writes(t *testing.T) {
	c, j := s.camille, s.jeanne
	c.open(t, s.drillThere, http.StatusOK)
	c.press(t, "Écrire à Jeanne", http.StatusOK)
	c.reads(t, "Camille", drillTitle, "Il n’est pas chiffré")
	c.check(t, "new message")
	c.press(t, "Envoyer", http.StatusUnprocessableEntity)
	c.corrects(t, "Votre message")
	c.check(t, "new message, empty")
	c.write(t, "Votre message", asksInPrivate)
	c.unfold(t, "Joindre des photos")
	c.attach(t, "Photos", s.photo)
	c.press(t, "Envoyer", http.StatusOK)
	c.reads(t, "Camille", "Votre message est parti.", asksInPrivate, "Qui lit cette conversation", s.malakoff.host)
	c.check(t, "conversation begun")

	j.awaits(t, s.malakoff.url(talksPath), "Camille", "Nouveau", "Voici le mur.")
	j.check(t, "messages")
	j.press(t, "Camille", http.StatusOK)
	j.reads(t, "Jeanne", asksInPrivate, drillTitle, "depuis L’Atelier")
	j.check(t, "conversation")
	talk := s.malakoff.url(j.at(t))
	j.write(t, "Votre message", answersThere)
	j.press(t, "Envoyer", http.StatusOK)
	j.press(t, "Mettre en sourdine", http.StatusOK)
	j.reads(t, "Jeanne", "La conversation est en sourdine.", answersThere)
	j.check(t, "conversation muted")
	j.press(t, "Retirer la sourdine", http.StatusOK)

	c.awaits(t, s.atelier.url(talksPath), "Jeanne", "Nouveau", answersThere)
	c.press(t, "Jeanne", http.StatusOK)
	c.press(t, "Signaler", http.StatusOK)
	c.reads(t, "Signaler à l’équipe", "L’équipe lira ce message")
	c.check(t, "report of a message")

	j.open(t, s.drill, http.StatusOK)
	j.reads(t, drillTitle, "Votre conversation à ce sujet", answersThere)
	j.check(t, "own offer with private talk")
	s.visitor.open(t, s.drill, http.StatusOK)
	if said := s.visitor.text(t); strings.Contains(said, asksInPrivate) || strings.Contains(said, answersThere) {
		t.Errorf("a visitor reads what is private:\n%s", said)
	}
	s.visitor.open(t, talk, http.StatusOK)
	s.visitor.reads(t, "Se connecter")
}
