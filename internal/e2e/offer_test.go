package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

const (
	drillTitle = "Perceuse à percussion et ses mèches"
	drillText  = "Une perceuse de 800 W qui vient à bout du béton. #Bricolage"
	drillAlt   = "Une perceuse verte, mèche montée"
)

func (s *story) publishes(t *testing.T) {
	j := s.jeanne
	j.open(t, s.malakoff.url("/"), http.StatusOK)
	j.press(t, "Publier", http.StatusOK)
	j.reads(t, "Que voulez-vous publier ?")
	j.check(t, "publish, step 1")
	j.press(t, "Une offre", http.StatusOK)
	j.reads(t, "Que proposez-vous ?")
	j.check(t, "publish, step 2")
	j.press(t, "Objet à prêter", http.StatusOK)
	j.reads(t, "Votre offre")
	j.holds(t, "Quartier", "Centre")
	j.check(t, "publish, step 3")

	j.write(t, "Description", drillText)
	j.attach(t, "Photos", s.photo)
	j.photoShown(t, "perceuse.jpg") // from memory, before it is sent
	j.check(t, "publish, photo chosen")
	j.choose(t, "Domaine", "Outils et bricolage")
	j.press(t, "Voir l’aperçu", http.StatusUnprocessableEntity)
	j.corrects(t, "Titre")
	j.holds(t, "Description", drillText)
	j.holds(t, "Quartier", "Centre")
	j.holds(t, "Domaine", "tools")
	j.check(t, "publish, title missing")

	j.write(t, "Titre", drillTitle)
	j.write(t, "Description de la photo 1", drillAlt)
	j.press(t, "Voir l’aperçu", http.StatusOK)
	j.reads(t, drillTitle, "Tout est juste ?", "Outils et bricolage", "Tout le monde")
	j.photoShown(t, drillAlt)
	j.check(t, "publish, preview")
	j.press(t, "Modifier encore", http.StatusOK)
	j.holds(t, "Titre", drillTitle)
	j.holds(t, "Description de la photo 1", drillAlt)
	j.press(t, "Voir l’aperçu", http.StatusOK)
	j.press(t, "Publier l’offre", http.StatusOK)
	j.reads(t, drillTitle, "C’est publié.")
	j.photoShown(t, drillAlt)
	j.check(t, "own offer")
	s.drill = s.malakoff.url(j.at(t))
}

func (s *story) isSeen(t *testing.T) {
	v := s.visitor
	v.open(t, s.malakoff.url("/"), http.StatusOK)
	v.check(t, "home")
	for path, name := range map[string]string{"/entraide": "list", "/@jeanne": "profile", "/@entraide": "feed", "/tags/bricolage": "tag"} {
		v.open(t, s.malakoff.url(path), http.StatusOK)
		v.check(t, name)
		v.press(t, drillTitle, http.StatusOK)
		v.reads(t, drillTitle, "Objet à prêter", "Outils et bricolage", "Jeanne")
	}
	v.photoShown(t, drillAlt)
	v.check(t, "offer for visitors")
	v.open(t, s.malakoff.url("/entraide?but=request"), http.StatusOK)
	v.reads(t, "Entraide", "Rien par ici pour l’instant.")
	v.check(t, "list with nothing in it")
}

// isShown finds the offer on the other node: as an offer, which its filters find.
func (s *story) isShown(t *testing.T) {
	c := s.camille
	c.open(t, s.atelier.url("/connexion"), http.StatusOK)
	c.logIn(t, "camille")
	c.awaits(t, s.atelier.url("/entraide"), drillTitle, "Objet à prêter", "Jeanne")
	c.unfold(t, "Affiner")
	c.check(t, "list unfolded")
	c.choose(t, "Où", "Chez les voisins")
	c.choose(t, "Domaine", "Culture et musique")
	c.press(t, "Voir les annonces", http.StatusOK)
	if strings.Contains(c.text(t), drillTitle) {
		t.Error("the drill is listed among culture")
	}
	c.choose(t, "Domaine", "Outils et bricolage")
	c.press(t, "Voir les annonces", http.StatusOK)
	c.check(t, "list refined")
	c.press(t, drillTitle, http.StatusOK)
	c.reads(t, drillTitle, "Une perceuse de 800 W", "Outils et bricolage", "Publié depuis "+s.malakoff.host)
	s.drillThere = s.atelier.url(c.at(t))
	c.awaitsPhoto(t, s.drillThere)
	c.photoShown(t, drillAlt)
	c.check(t, "offer from elsewhere")
	c.open(t, s.atelier.url("/"), http.StatusOK)
	c.check(t, "home of the workshop, signed in")
}

// awaitsPhoto opens an address until the copy of the photo has been made.
func (p *person) awaitsPhoto(t testing.TB, address string) {
	t.Helper()
	eventually(t, travelTime, func() bool {
		p.open(t, address, http.StatusOK)
		return ask[bool](t, p, `!!document.querySelector(".pics img")`)
	}, func() string { return address + " has no photo" })
}

// closes renews and edits the offer, then marks it reserved and done; the workshop follows.
func (s *story) closes(t *testing.T) {
	j, c := s.jeanne, s.camille
	j.open(t, s.drill, http.StatusOK)
	j.press(t, "Prolonger", http.StatusOK)
	j.reads(t, drillTitle, "L’annonce est prolongée.")
	// The form has a whole day, so that what it saved ends later than renewing would have it.
	j.press(t, "Modifier", http.StatusOK)
	j.reads(t, "Modifier l’annonce")
	j.holds(t, "Titre", drillTitle)
	j.check(t, "edit form")
	j.write(t, "Description", drillText+" Avec sa rallonge.")
	j.press(t, "Enregistrer", http.StatusOK)
	j.reads(t, drillTitle, "C’est enregistré.", "Avec sa rallonge.")
	c.awaits(t, s.drillThere, "Avec sa rallonge.")

	s.pauses(t)
	j.open(t, s.drill, http.StatusOK)
	j.press(t, "Marquer réservé", http.StatusOK)
	j.reads(t, drillTitle, "L’annonce est marquée réservée.")
	j.check(t, "own offer reserved")
	c.awaits(t, s.drillThere, "Réservé")
	c.check(t, "offer from elsewhere, reserved")
	j.press(t, "Marquer terminé", http.StatusOK)
	j.reads(t, drillTitle, "L’annonce est terminée. Merci !")
	j.check(t, "own offer done")
	c.awaits(t, s.drillThere, "Terminé")
	c.open(t, s.atelier.url("/entraide"), http.StatusOK)
	if strings.Contains(c.text(t), drillTitle) {
		t.Error("the workshop still lists the drill among what is open")
	}
	c.open(t, s.atelier.url("/entraide?etat=all"), http.StatusOK)
	c.reads(t, "Entraide", drillTitle, "Terminé")
	c.check(t, "list with what is done")
}

// pauses makes Jeanne pause, which the workshop sees, and go on.
func (s *story) pauses(t *testing.T) {
	j, c := s.jeanne, s.camille
	j.open(t, s.malakoff.url("/moi"), http.StatusOK)
	j.press(t, "Gérer mes annonces", http.StatusOK)
	j.reads(t, "Jeanne", drillTitle, "Ouverte jusqu’au", "Marquer terminé")
	j.check(t, "own offers")
	j.press(t, "Mettre en pause", http.StatusUnprocessableEntity)
	j.corrects(t, "En pause jusqu’au")
	j.check(t, "pause without a day")
	j.write(t, "En pause jusqu’au", time.Now().AddDate(0, 0, 20).Format("01022006")) // as one types it into the browser's own field
	j.press(t, "Mettre en pause", http.StatusOK)
	j.reads(t, "Jeanne", "Vos annonces sont en pause.", "Reprendre dès maintenant")
	j.check(t, "own offers paused")
	j.open(t, s.malakoff.url("/entraide"), http.StatusOK)
	j.reads(t, "Entraide", "En pause jusqu’au")
	j.check(t, "list with what is paused")
	c.awaits(t, s.drillThere, "En pause jusqu’au")
	c.check(t, "offer from elsewhere, paused")
	j.open(t, s.malakoff.url("/moi/annonces"), http.StatusOK)
	j.press(t, "Reprendre dès maintenant", http.StatusOK)
	j.reads(t, "Jeanne", "Vos annonces ne sont plus en pause.")
}

func (s *story) deletes(t *testing.T) {
	j, c := s.jeanne, s.camille
	j.open(t, s.drill, http.StatusOK)
	j.press(t, "Supprimer", http.StatusOK)
	j.reads(t, "Supprimer « "+drillTitle+" » ?", "On ne peut pas revenir en arrière.")
	j.check(t, "delete")
	j.press(t, "Oui, supprimer", http.StatusOK)
	j.reads(t, "Entraide", "C’est supprimé.")
	j.open(t, s.drill, http.StatusGone)
	j.reads(t, "Ceci a été supprimé")
	j.check(t, "deleted")

	eventually(t, travelTime, func() bool {
		status, _, err := s.atelier.get(strings.TrimPrefix(s.drillThere, s.atelier.url("")))
		return err == nil && status == http.StatusGone
	}, func() string { return "the workshop still shows the deleted offer" })
	c.open(t, s.drillThere, http.StatusGone)
	c.reads(t, "Ceci a été supprimé", "Voir les annonces")
	c.check(t, "deleted elsewhere")
}
