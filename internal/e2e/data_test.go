package e2e_test

import (
	"net/http"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvistest"
)

// TestMyData: Karim takes along what is his, closes his account, and comes back.
func TestMyData(t *testing.T) {
	p := newPlace(t, build(t), "malakoff", parvistest.Engines(t)[0].URL(t))
	p.start(t)
	p.settle(t)
	p.lend(t, "karim", things[:2])
	k := sitDown(t, startBrowser(t), parvistest.Axe(t), "Karim")
	k.open(t, p.url("/moi/donnees"), http.StatusOK)
	k.logIn(t, "karim")
	k.reads(t, "Karim", "Mes données", "Effacé après")
	k.press(t, "Préparer une archive", http.StatusOK)
	k.reads(t, "Karim", "Votre archive se prépare.")
	k.awaits(t, p.url("/moi/donnees"), "Votre archive est prête")
	k.check(t, "my data with an archive")
	size := ask[int](t, k, `fetch("/moi/donnees/archive.zip").then(answer => answer.arrayBuffer()).then(zip => zip.byteLength)`)
	if size < 1000 {
		t.Errorf("the archive has %d bytes", size)
	}

	k.press(t, "Effacer mon compte", http.StatusOK)
	k.reads(t, "Karim", "Effacer mon compte", things[0])
	k.check(t, "close the account")
	k.press(t, "Fermer mon compte", http.StatusUnprocessableEntity)
	k.tick(t, "Oui, je veux effacer mon compte")
	k.press(t, "Fermer mon compte", http.StatusOK)
	k.reads(t, "Votre compte est fermé")
	k.open(t, p.url("/@karim"), http.StatusGone)
	k.open(t, p.url("/connexion"), http.StatusOK)
	k.logIn(t, "karim")
	k.reads(t, "Voulez-vous revenir ?")
	k.check(t, "come back")
	k.press(t, "Revenir", http.StatusOK)
	k.reads(t, "Karim", "Vous êtes de retour.")
	k.open(t, p.url("/@karim"), http.StatusOK)
	k.reads(t, "Karim", things[0])
}
