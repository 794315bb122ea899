package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

const (
	question = "Bonjour Jeanne, passe-t-elle dans de la brique pleine ?"
	reply    = "Sans souci, prenez la mèche de 8."
)

// follows looks Jeanne up by her full name, from the other node.
func (s *story) follows(t *testing.T) {
	c, j := s.camille, s.jeanne
	c.open(t, s.atelier.url("/moi/abonnements"), http.StatusOK)
	c.write(t, "Suivre quelqu’un", "jeanne")
	c.press(t, "Chercher", http.StatusUnprocessableEntity)
	c.corrects(t, "Suivre quelqu’un")
	c.check(t, "following, nobody found")
	c.write(t, "Suivre quelqu’un", "@jeanne@"+s.malakoff.host)
	c.press(t, "Chercher", http.StatusOK)
	c.reads(t, "Jeanne", "@jeanne@"+s.malakoff.host, "Menuisière à la retraite")
	c.check(t, "profile from elsewhere")
	profile := s.atelier.url(c.at(t))
	c.press(t, "Suivre", http.StatusOK)
	c.awaits(t, profile, "Ne plus suivre")
	c.check(t, "profile followed")
	c.open(t, s.atelier.url("/moi/abonnements"), http.StatusOK)
	c.reads(t, "Camille", "Jeanne", "Ne plus suivre")
	c.check(t, "following")

	j.awaits(t, s.malakoff.url("/moi"), "Camille vous suit")
	j.check(t, "me with a follower")
}

func (s *story) answers(t *testing.T) {
	c, j := s.camille, s.jeanne
	c.open(t, s.drillThere, http.StatusOK)
	c.press(t, "Envoyer la réponse", http.StatusUnprocessableEntity)
	c.corrects(t, "Votre réponse à Jeanne")
	c.check(t, "answer missing")
	c.write(t, "Votre réponse à Jeanne", question)
	c.press(t, "Envoyer la réponse", http.StatusOK)
	c.reads(t, drillTitle, "Votre réponse est partie.", question)
	c.check(t, "answered")

	j.awaits(t, s.malakoff.url("/"), "Camille vous a répondu ou vous mentionne")
	j.check(t, "home with news")
	j.open(t, s.malakoff.url("/moi"), http.StatusOK)
	j.check(t, "me with an answer")
	j.open(t, s.drill, http.StatusOK)
	j.reads(t, drillTitle, "1 réponse", question, "depuis L’Atelier")
	j.check(t, "own offer answered")
	j.write(t, "Votre réponse à Jeanne", reply)
	j.press(t, "Envoyer la réponse", http.StatusOK)
	c.awaits(t, s.drillThere, "2 réponses", reply)
	c.awaits(t, s.atelier.url("/moi/fil"), reply) // published since Camille follows Jeanne
	c.check(t, "timeline")
}

// leaves is the door for those whose account is elsewhere: from the offer, by
// their own server's word, to the same offer there.
func (s *story) leaves(t *testing.T) {
	v := s.visitor
	v.open(t, s.drill, http.StatusOK)
	v.press(t, "Suivre ou répondre depuis mon serveur", http.StatusOK)
	v.reads(t, "Suivre ou répondre depuis votre serveur", s.drill)
	v.check(t, "door")
	v.write(t, "Votre nom complet", "camille")
	v.press(t, "Continuer chez moi", http.StatusUnprocessableEntity)
	v.corrects(t, "Votre nom complet")
	v.check(t, "door, name incomplete")
	v.write(t, "Votre nom complet", "@camille@"+s.atelier.host)
	v.press(t, "Continuer chez moi", http.StatusOK)
	v.reads(t, "Se connecter")
	if got := ask[string](t, v, "location.host"); got != s.atelier.host {
		t.Fatalf("the door leads to %s, want %s", got, s.atelier.host)
	}
	v.logIn(t, "camille")
	v.reads(t, drillTitle)
	if got := s.atelier.url(v.at(t)); got != s.drillThere {
		t.Errorf("the door ends at %s, want %s", got, s.drillThere)
	}
}

func (s *story) reports(t *testing.T) {
	c := s.camille
	c.open(t, s.drillThere, http.StatusOK)
	c.press(t, "Signaler", http.StatusOK)
	c.reads(t, "Signaler à l’équipe")
	c.check(t, "report")
	c.press(t, "Envoyer le signalement", http.StatusUnprocessableEntity)
	c.corrects(t, "Qu’est-ce qui ne va pas ?")
	c.check(t, "report refused")
	c.write(t, "Qu’est-ce qui ne va pas ?", "Elle n’est plus à prêter.")
	c.tick(t, "Prévenir aussi l’équipe de "+s.malakoff.host)
	c.press(t, "Envoyer le signalement", http.StatusOK)
	c.reads(t, drillTitle, "Merci. L’équipe va regarder.")

	c.open(t, s.atelier.url("/"), http.StatusOK) // she is the team, too
	c.press(t, "1 signalement attend l’équipe", http.StatusOK)
	c.reads(t, "Camille", "À propos de Jeanne", "Elle n’est plus à prêter.", drillTitle)
	c.leavesRoom(t) // with a count, which is the widest that they become
	c.check(t, "reports")
	c.press(t, "Suspendre le compte", http.StatusOK)
	c.reads(t, "Suspendre le compte de Jeanne ?")
	c.check(t, "suspend")
	c.press(t, "Annuler", http.StatusOK)
	c.press(t, "Classer", http.StatusOK)
	c.reads(t, "Camille", "C’est réglé", "Aucun signalement n’attend.")
	c.check(t, "reports settled")
	for _, page := range []struct{ path, name string }{
		{"/equipe", "team"}, {"/equipe/reseau", "partners and relays"}, {"/equipe/domaines", "rules for servers"}, {"/equipe/serveurs", "health of servers"},
	} {
		c.open(t, s.atelier.url(page.path), http.StatusOK)
		c.check(t, page.name)
	}
}

func (s *story) blocks(t *testing.T) {
	j := s.jeanne
	j.open(t, s.malakoff.url("/@camille@"+s.atelier.host), http.StatusOK)
	j.reads(t, "Camille")
	j.press(t, "Bloquer", http.StatusOK)
	j.reads(t, "Jeanne", "Vous ne vous verrez plus.", "Camille")
	j.check(t, "blocks")
	j.press(t, "Débloquer", http.StatusOK)
	j.reads(t, "Camille", "Le blocage est levé.")
}

// stops publishes once more and stops the town at once: the offer is there when
// it is back, and the workshop hears of it.
func (s *story) stops(t *testing.T) {
	const ladder = "Échelle de trois mètres"
	j := s.jeanne
	j.open(t, s.malakoff.url("/connexion"), http.StatusOK)
	j.logIn(t, "jeanne")
	j.open(t, s.malakoff.url("/publier/annonce?but=offer&sorte=object"), http.StatusOK)
	j.write(t, "Titre", ladder)
	j.press(t, "Voir l’aperçu", http.StatusOK)
	j.press(t, "Publier l’offre", http.StatusOK)
	address := s.malakoff.url(j.at(t))
	s.malakoff.stop(t)
	s.malakoff.start(t)
	j.open(t, address, http.StatusOK)
	j.reads(t, ladder)
	s.camille.awaits(t, s.atelier.url("/entraide"), ladder)
	if strings.Contains(s.camille.text(t), drillTitle) {
		t.Error("the deleted drill is listed again")
	}
}
