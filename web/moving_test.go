package web_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// TestMoving: a resident names their other address, goes there, and stays after all.
func TestMoving(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	for _, name := range []string{"jeanne", "jeanne_b", "karim"} {
		m.resident(t, name, parvis.RoleResident)
	}
	const path = "/moi/demenagement"
	old, fresh := m.signedIn(t, "jeanne"), m.signedIn(t, "jeanne_b")
	old.get(t, path).want(http.StatusOK).says("Venir d’ailleurs", "Partir ailleurs")

	for alias, problem := range map[string]string{"": "Indiquez l’adresse d’un compte", "@personne": "Nous ne trouvons pas ce compte.",
		"@entraide": "Nous ne trouvons pas ce compte.", "@jeanne_b": "C’est ce compte-ci."} {
		fresh.post(t, path+"/adresses", url.Values{"alias": {alias}}).want(http.StatusUnprocessableEntity).says(problem)
	}
	away := url.Values{"target": {"@jeanne_b"}}
	page := old.post(t, path, away).want(http.StatusUnprocessableEntity).says("Le nouveau compte ne dit pas que")
	if got := page.value("Adresse du nouveau compte"); got != "@jeanne_b" {
		t.Errorf("the address is kept as %q", got)
	}
	fresh.post(t, path+"/adresses", url.Values{"alias": {"@jeanne"}}).want(http.StatusOK).says("C’est noté.", "@jeanne@"+m.node.Host)
	m.later(parvis.FreshFor)
	if stale := old.get(t, path).says("Confirmez que c’est vous"); stale.one("form", "action", path) != nil {
		t.Error("a browser that was left open offers to leave")
	}
	m.later(parvis.StillFresh)
	old.post(t, path, away).heading("Confirmez que c’est vous")
	old.post(t, "/connexion", url.Values{"name": {"jeanne"}, "password": {password}, "retour": {path}}).want(http.StatusOK)
	m.signedIn(t, "karim").post(t, path, away).want(http.StatusUnprocessableEntity).says("Le nouveau compte ne dit pas que")

	old.post(t, path, away).want(http.StatusOK).says("Vous avez déménagé.", "@jeanne_b@"+m.node.Host)
	shown := m.visitor(t).get(t, "/@jeanne").want(http.StatusOK).says("Ce compte a déménagé.", "@jeanne_b@"+m.node.Host)
	if links := find(shown.one("main", "", ""), "a", "href", "/@jeanne_b"); len(links) != 1 {
		t.Errorf("%d links to the new account", len(links))
	}
	m.signedIn(t, "karim").post(t, "/@jeanne/suivi", url.Values{"verb": {"follow"}}).want(http.StatusForbidden)
	old.get(t, "/publier").want(http.StatusOK).heading("Jeanne").says("il ne publie plus ici")
	old.post(t, "/publier/annonce", url.Values{"purpose": {"offer"}, "sort": {"object"}, "category": {"tools"}, "title": {"Perceuse"}, "audience": {string(parvis.Everyone)},
		"step": {"publish"}}).want(http.StatusUnprocessableEntity).says("il ne publie plus ici")

	old.post(t, path+"/annuler", nil).want(http.StatusOK).says("Le déménagement est annulé.")
	old.post(t, path, away).want(http.StatusUnprocessableEntity).says("moins de 30 jours")
	uri := m.URL + "/@jeanne"
	fresh.post(t, path+"/adresses/retirer", url.Values{"uri": {uri}}).want(http.StatusOK)
	if acc, err := m.app.DB.Node(m.node.ID).AccountByAcct(context.Background(), "jeanne_b"); err != nil || len(acc.AlsoKnownAs) != 0 {
		t.Errorf("aliases: %v, %v", acc.AlsoKnownAs, err)
	}
	m.visitor(t).post(t, path, away).heading("Se connecter")
}

// TestTakeAlong: lists of accounts come and go as files, and what became of each is told.
func TestTakeAlong(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	karim, jeanne := m.resident(t, "karim", parvis.RoleResident), m.resident(t, "jeanne", parvis.RoleResident)
	b := m.signedIn(t, "karim")
	const path = "/moi/demenagement"
	list := "Account address,Show boosts,Notify on new posts,Languages\njeanne@" + m.node.Host + ",true,false,\n"
	follows := url.Values{"kind": {"follows"}}
	b.file(t, path+"/import", "file", "bonjour", follows).want(http.StatusUnprocessableEntity).says("Choisissez un fichier CSV")
	b.post(t, path+"/import", follows).want(http.StatusUnprocessableEntity).says("Choisissez un fichier CSV")
	b.file(t, path+"/import", "file", "jeanne@"+m.node.Host+"\n", nil).want(http.StatusUnprocessableEntity).says("Choisissez ce que contient ce fichier")
	b.file(t, path+"/import", "file", list+"personne@"+m.node.Host+"\n???\n", follows).want(http.StatusOK).
		says("La liste est reçue.", "2 comptes attendent encore leur tour.", "1 ligne ne nomme aucun compte")
	jobs, err := m.app.DB.TurnJobs(context.Background(), nil, storage.Claim{Kinds: []parvis.JobKind{parvis.JobImport}, Now: m.later(0), Until: m.later(time.Minute), Limit: 1})
	if err != nil || len(jobs) != 1 {
		t.Fatalf("%d jobs, %v", len(jobs), err)
	}
	if err := m.app.Import(context.Background(), jobs[0]); err != nil {
		t.Fatal(err)
	}
	b.get(t, path).want(http.StatusOK).says("1 compte suivi", "1 compte n’a pas pu être repris", "personne@"+m.node.Host)
	if f, err := m.app.DB.Node(m.node.ID).Follow(context.Background(), karim.ID, jeanne.ID); err != nil || !f.Accepted {
		t.Errorf("follow: %+v, %v", f, err)
	}

	out := b.get(t, "/moi/abonnements.csv").want(http.StatusOK)
	if out.body != list {
		t.Errorf("export: %q, want %q", out.body, list)
	}
	for name, want := range map[string]string{"Content-Type": "text/csv; charset=utf-8", "Cache-Control": "private, no-store",
		"Content-Disposition": `attachment; filename="following_accounts.csv"`} {
		if got := out.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	m.visitor(t).get(t, "/moi/blocages.csv").heading("Se connecter")
}
