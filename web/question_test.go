package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// festivity asks which day.
func festivity() app.Draft {
	return app.Draft{Detail: &parvis.Question{Options: []parvis.Option{{Name: "Samedi"}, {Name: "Dimanche"}}},
		Title: "Quel jour pour la fête des voisins\u202f?", Source: "Place du 11-Novembre, dès midi.", EndsAt: now.AddDate(0, 0, 7)}
}

// asking is a form that is right.
func asking(change ...string) url.Values {
	form := url.Values{"title": {"Quel jour pour la fête ?"}, "options": {"Samedi\r\n\r\n Dimanche \r\n"}, "ends": {"2026-10-10T18:30"},
		"audience": {"everyone"}, "key": {"x"}}
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

// pathOf returns where the browser was led.
func pathOf(v *view) string { return v.path[strings.LastIndex(v.path, " ")+1:] }

// TestAskAndVote: a question is written, listed, voted in once, and then shows its
// results; nobody else is shown them before.
func TestAskAndVote(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	for _, name := range []string{"jeanne", "karim", "odile"} {
		m.resident(t, name, parvis.RoleResident)
	}
	jeanne, karim, odile, visitor := m.signedIn(t, "jeanne"), m.signedIn(t, "karim"), m.signedIn(t, "odile"), m.visitor(t)

	form := jeanne.get(t, jeanne.get(t, "/publier").want(http.StatusOK).link("Un sondage Je pose une question, les autres choisissent une réponse."))
	if got, want := form.want(http.StatusOK).value("Fin du vote"), "2026-10-10T11:30"; got != want {
		t.Errorf("the form proposes to end at %s, want %s, in a week", got, want)
	}
	asked := jeanne.post(t, "/publier/sondage", asking()).want(http.StatusOK).heading("Quel jour pour la fête ?").
		says("C’est publié.", "Sondage", "Résultats pour l’instant", "Samedi", "Dimanche", "0 vote", "18 h 30").saysNot("Un vote ne se change pas", "Marquer réservé")
	path := pathOf(asked)

	if got := visitor.get(t, visitor.get(t, "/").link("Tous les sondages")).want(http.StatusOK).heading("Sondages").link("Quel jour pour la fête ?"); got != path {
		t.Errorf("the list leads to %s, want %s", got, path)
	}
	visitor.get(t, path).says("Samedi", "Se connecter pour voter").saysNot("0 vote")
	visitor.post(t, path+"/vote", url.Values{"choice": {"0"}}).heading("Se connecter")

	page := karim.get(t, path).want(http.StatusOK).says("Votre vote", "Une seule réponse").saysNot("Résultats")
	if n := len(page.all("input", "type", "radio")); n != 2 {
		t.Errorf("%d answers to choose from, want 2", n)
	}
	if said := text(page.root); strings.Index(said, "Votre vote") > strings.Index(said, "Signaler") {
		t.Error("one has to pass the author and what else one may do before one can vote")
	}
	karim.post(t, path+"/vote", url.Values{"choice": {"1"}}).want(http.StatusOK).
		says("Votre vote est compté.", "Dimanche Votre choix 1 vote · 100 % · dont 1 habitant d’ici", "Samedi 0 vote")
	odile.get(t, path).saysNot("100 %", "Votre choix")
	odile.get(t, "/moi").saysNot("Karim")

	m.later(8 * 24 * time.Hour)
	jeanne.get(t, path+"/supprimer").want(http.StatusOK).saysNot("marquez-le plutôt")
	odile.get(t, path).says("Terminé", "Résultats", "100 %").saysNot("Votre choix", "Voter")
	visitor.get(t, path).says("Résultats", "1 personne · dont 1 habitant d’ici")
	visitor.get(t, "/").saysNot("On vous demande votre avis")
	jeanne.post(t, path+"/supprimer", nil).want(http.StatusOK).heading("Sondages").says("C’est supprimé.")
}

// TestRefusedVotes: each refusal says why, in both languages, and shows the question again.
func TestRefusedVotes(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "karim", parvis.RoleResident)
	m.resident(t, "odile", parvis.RoleResident)
	post := m.publish(t, author, festivity())
	jeanne, karim, odile := m.signedIn(t, "jeanne"), m.signedIn(t, "karim"), m.signedIn(t, "odile")
	vote := func(b *browser, choices ...string) *view {
		return b.post(t, post.Path()+"/vote", url.Values{"choice": choices})
	}
	refused := func(v *view, why string) {
		t.Helper()
		v.want(http.StatusUnprocessableEntity).says(why, "Quel jour pour la fête des voisins ?")
	}
	refused(vote(jeanne, "0"), "On ne vote pas à sa propre question.")
	refused(vote(karim), "Choisissez une réponse.")
	refused(vote(karim, "7"), "Cette réponse n’existe pas, ou plus.")
	refused(vote(karim, "samedi"), "Cette réponse n’existe pas, ou plus.")
	refused(vote(karim, "0", "1"), "Choisissez une seule réponse.")
	vote(karim, "0").want(http.StatusOK)
	refused(vote(karim, "1"), "Vous avez déjà voté : un vote ne se change pas.")
	m.later(8 * 24 * time.Hour)
	refused(vote(odile, "0"), "Trop tard : le vote est terminé.")
	odile.post(t, "/langue", url.Values{"langue": {"en"}, "retour": {"/"}})
	refused(vote(odile, "0"), "Too late: voting is over.")

	other := m.publish(t, author, drill())
	karim.post(t, other.Path()+"/vote", url.Values{"choice": {"0"}}).want(http.StatusNotFound)
}

// TestRefusedQuestions: what is wrong is said, and the form comes back as it was typed.
func TestRefusedQuestions(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	jeanne := m.signedIn(t, "jeanne")
	for why, form := range map[string]url.Values{
		"Posez une question":                      asking("title", " "),
		"Donnez au moins 2 réponses possibles":    asking("options", "Samedi\n\n"),
		"Gardez 10 réponses possibles au plus":    asking("options", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11"),
		"La réponse « Samedi » est là deux fois.": asking("options", "Samedi\nSamedi"),
		"Dites jusqu’à quand on peut voter.":      asking("ends", ""),
		"Laissez au moins cinq minutes":           asking("ends", "2026-10-03T11:33"),
		"Choisissez une fin dans l’année.":        asking("ends", "2027-10-05T00:00"),
		"Indiquez un jour et une heure":           asking("ends", "demain"),
		"Choisissez qui peut voir":                asking("audience", "named"),
	} {
		page := jeanne.post(t, "/publier/sondage", form).want(http.StatusUnprocessableEntity).heading("Lancer un sondage").says(why).saysNot("Écrivez quelque chose.")
		if got, want := page.value("Fin du vote"), form.Get("ends"); got != want {
			t.Errorf("%s: the end is %q, typed was %q", why, got, want)
		}
	}
	jeanne.get(t, "/sondages").says("Personne n’a encore posé de question.")
	m.visitor(t).get(t, "/publier/sondage").heading("Se connecter")
}

// TestSeveralAndHidden: several answers may be chosen if the question says so, and
// hidden counts are shown to nobody before the end.
func TestSeveralAndHidden(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "karim", parvis.RoleResident)
	jeanne, karim := m.signedIn(t, "jeanne"), m.signedIn(t, "karim")
	path := pathOf(jeanne.post(t, "/publier/sondage", asking("several", "1", "hidden", "1")).want(http.StatusOK).
		says("Plusieurs réponses", "Les résultats seront montrés à la fin.").saysNot("0 vote"))
	if n := len(karim.get(t, path).all("input", "type", "checkbox")); n < 2 {
		t.Errorf("%d boxes to tick, want 2", n)
	}
	karim.post(t, path+"/vote", url.Values{"choice": {"0", "1"}}).want(http.StatusOK).
		says("Samedi Votre choix", "Dimanche Votre choix", "Les résultats seront montrés à la fin.").saysNot("1 vote")
	m.later(8 * 24 * time.Hour)
	jeanne.get(t, path).says("Samedi 1 vote · 100 %", "Dimanche 1 vote · 100 %")
}

// TestQuestionKeepsItsOptions: what people voted on is not changed under them.
func TestQuestionKeepsItsOptions(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "karim", parvis.RoleResident)
	post := m.publish(t, author, festivity())
	m.signedIn(t, "karim").post(t, post.Path()+"/vote", url.Values{"choice": {"0"}}).want(http.StatusOK)
	jeanne := m.signedIn(t, "jeanne")
	if form := jeanne.get(t, post.Path()+"/modifier").want(http.StatusOK); form.field("Réponses possibles") != nil || form.field("Fin du vote") != nil {
		t.Error("the form lets change what people vote on")
	}
	change := asking("title", "Quel jour, finalement ?", "options", "Lundi\nMardi", "ends", "2026-12-01T00:00", "several", "1")
	jeanne.post(t, post.Path()+"/modifier", change).want(http.StatusOK).heading("Quel jour, finalement ?").
		says("Samedi 1 vote", "encore 7 jours").saysNot("Lundi")
	jeanne.post(t, post.Path()+"/modifier", asking("title", "", "text", "Place du 11-Novembre, dès midi.")).want(http.StatusOK).heading("Place du 11-Novembre, dès midi.")
}

// TestEndsAreToldAsTheyAre: a day to its end is told by the day.
func TestEndsAreToldAsTheyAre(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	offer := drill()
	offer.EndsAt = time.Date(2026, time.October, 14, 21, 59, 59, 0, time.UTC) // in Paris, the end of the day
	m.visitor(t).get(t, m.publish(t, author, offer).Path()).says("14 oct.").saysNot("23 h 59")
	m.visitor(t).get(t, m.publish(t, author, festivity()).Path()).says("10 oct., 11 h 30")
}
