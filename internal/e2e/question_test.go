package e2e_test

import (
	"net/http"
	"testing"
)

const pollTitle = "Quel jour pour la fête des voisins ?"

// asks is a poll: Jeanne asks it, the neighbouring town votes, she sees the counts.
func (s *story) asks(t *testing.T) {
	j, c := s.jeanne, s.camille
	j.open(t, s.malakoff.url("/publier"), http.StatusOK)
	j.press(t, "Un sondage", http.StatusOK)
	j.reads(t, "Lancer un sondage", "Une par ligne")
	j.check(t, "poll form")
	j.press(t, "Lancer le sondage", http.StatusUnprocessableEntity)
	j.corrects(t, "Votre question", "Réponses possibles")
	j.check(t, "poll form, refused")
	j.write(t, "Votre question", pollTitle)
	j.write(t, "Réponses possibles", "Samedi\nDimanche")
	j.press(t, "Lancer le sondage", http.StatusOK)
	j.reads(t, pollTitle, "C’est publié.", "Résultats pour l’instant", "0 vote")
	j.check(t, "own poll")
	poll := s.malakoff.url(j.at(t))

	c.awaits(t, s.atelier.url("/moi/fil"), pollTitle)
	c.press(t, "Voir et voter", http.StatusOK)
	c.reads(t, pollTitle, "Une seule réponse")
	c.check(t, "poll from elsewhere")
	c.press(t, "Voter", http.StatusUnprocessableEntity)
	c.check(t, "poll, nothing chosen")
	c.tick(t, "Dimanche")
	c.press(t, "Voter", http.StatusOK)
	c.reads(t, pollTitle, "Votre vote est compté.", "Votre choix", "100 %")
	c.check(t, "poll voted")

	j.awaits(t, poll, "1 personne", "dont 0 habitant d’ici")
	s.visitor.open(t, s.malakoff.url("/sondages"), http.StatusOK)
	s.visitor.reads(t, "Sondages", pollTitle)
	s.visitor.check(t, "polls")
	s.visitor.open(t, poll, http.StatusOK)
	s.visitor.reads(t, pollTitle, "Se connecter pour voter")
	s.visitor.check(t, "poll for visitors")
}
