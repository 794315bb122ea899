package e2e_test

import (
	"net/http"
	"testing"
)

// isListed: Jeanne says what she can do, and her neighbours find her by it.
func (s *story) isListed(t *testing.T) {
	j := s.jeanne
	j.open(t, s.malakoff.url("/moi/profil"), http.StatusOK)
	j.unfold(t, "Langues que vous parlez")
	j.unfold(t, "Montrer que ces pages sont à vous")
	j.check(t, "profile form unfolded")
	j.write(t, "Je sais faire", "poser une étagère, réparer une chaise")
	j.write(t, "Je cherche de l’aide pour", "apprendre l’accordéon")
	j.tick(t, "portugais")
	j.write(t, "Nom du lien 1", "L’atelier bois")
	j.write(t, "Adresse du lien 1", "https://atelier-bois.example/jeanne")
	j.choose(t, "L’annuaire", "J’y suis, pour tout le monde")
	j.press(t, "Enregistrer le profil", http.StatusOK)
	j.reads(t, "Jeanne", "réparer une chaise", "apprendre l’accordéon", "portugais", "L’atelier bois")
	j.check(t, "own profile with skills")
	v := s.visitor
	v.open(t, s.malakoff.url("/habitants"), http.StatusOK)
	v.reads(t, "Les habitants", "Jeanne", "poser une étagère")
	v.check(t, "directory")
	v.write(t, "Quoi", "réparer des chaises")
	v.choose(t, "Parle", "portugais")
	v.press(t, "Chercher", http.StatusOK)
	v.reads(t, "Les habitants", "Jeanne")
	v.write(t, "Quoi", "piano")
	v.press(t, "Chercher", http.StatusOK)
	v.reads(t, "Les habitants", "Personne ici pour l’instant.")
	v.check(t, "directory empty")
}
