package e2e_test

import (
	"net/http"
	"testing"
)

// charter lets the team write the rules of the place while Jeanne fills in a form, and
// asks everyone to accept them.
func (s *story) charter(t *testing.T) {
	j, c := s.jeanne, s.person(t, "Claire")
	j.open(t, s.malakoff.url("/moi/profil"), http.StatusOK)
	j.write(t, "Deux lignes sur vous", "Menuisière à la retraite, je prête mes outils et garde les chats.")

	c.open(t, s.malakoff.url("/moi"), http.StatusOK)
	c.logIn(t, "claire")
	c.open(t, s.malakoff.url("/equipe"), http.StatusOK)
	c.press(t, "Règles du lieu", http.StatusOK)
	c.check(t, "charter form")
	c.press(t, "Relire avant de publier", http.StatusUnprocessableEntity)
	c.corrects(t, "Ce qui change")
	c.write(t, "Ce qui change", "Les animaux se gardent aussi.")
	c.tick(t, "Demander à chacun de les accepter de nouveau")
	c.press(t, "Relire avant de publier", http.StatusOK)
	c.reads(t, "Claire", "Est-ce bien cela", "Chacun devra les accepter")
	c.check(t, "charter preview")
	c.press(t, "Publier la version 1", http.StatusOK)
	c.reads(t, "Les règles d’ici", "Les règles sont publiées.", "Version 1")
	c.unfold(t, "Toutes les versions")
	c.check(t, "rules")

	j.press(t, "Enregistrer le profil", http.StatusForbidden)
	j.reads(t, "Les règles ont changé", "Les animaux se gardent aussi.", "Ce que vous venez d’envoyer n’est pas perdu")
	j.check(t, "charter with a form")
	j.press(t, "J’accepte, et j’envoie", http.StatusOK)
	j.reads(t, "Jeanne", "C’est enregistré.", "je prête mes outils et garde les chats.")

	k := s.person(t, "Karim")
	k.open(t, s.malakoff.url("/moi/blocages"), http.StatusOK)
	k.logIn(t, "karim")
	k.reads(t, "Les règles ont changé")
	k.check(t, "charter")
	k.press(t, "J’accepte ces règles", http.StatusOK)
	k.reads(t, "Karim", "Merci. C’est noté.")
}
