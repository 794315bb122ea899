package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// kindSample is how a kind shows on pages, and how it is changed.
type kindSample struct {
	draft   app.Draft
	heading string     // of its page
	says    []string   // what its page tells besides
	change  url.Values // a changed form
	changed string     // the heading of its page then
	delete  string     // what the team presses to delete one that was reported
}

var kindSamples = map[parvis.Kind]kindSample{
	parvis.KindNote: {
		draft:   app.Draft{Detail: &parvis.Note{}, Source: "Le marché déménage place du 11-Novembre."},
		heading: "Le marché déménage place du 11-Novembre.",
		says:    []string{"Message"},
		change:  url.Values{"text": {"Le marché reste où il est."}},
		changed: "Le marché reste où il est.",
		delete:  "Supprimer le message",
	},
	parvis.KindOffer: {
		draft:   drill(),
		heading: "Perceuse à percussion et ses mèches",
		says:    []string{"Offre", "Objet à prêter", "Outils et bricolage", "Malakoff-Sud", "encore 11 jours", "Tout le monde"},
		change: url.Values{"purpose": {"offer"}, "sort": {"gift"}, "title": {"Perceuse à donner"}, "category": {"tools"},
			"place": {"Malakoff-Sud"}, "ends": {"2026-10-14"}},
		changed: "Perceuse à donner",
		delete:  "Supprimer l’annonce",
	},
	parvis.KindQuestion: {
		draft:   festivity(),
		heading: "Quel jour pour la fête des voisins ?",
		says:    []string{"Sondage", "Samedi", "Dimanche", "0 personne", "encore 7 jours", "Tout le monde", "Se connecter pour voter"},
		change:  url.Values{"title": {"Quel jour pour la fête ?"}},
		changed: "Quel jour pour la fête ?",
		delete:  "Supprimer le sondage",
	},
}

// TestEveryKind proves that no kind was forgotten: each has a card, a page and a form,
// and the team can delete one that was reported.
func TestEveryKind(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "paula", parvis.RoleModerator)
	jeanne, paula, visitor := m.signedIn(t, "jeanne"), m.signedIn(t, "paula"), m.visitor(t)
	for _, kind := range parvis.Kinds {
		sample, ok := kindSamples[kind]
		if !ok {
			t.Errorf("%s: no sample", kind)
			continue
		}
		sample.draft.Sensitive = true // as an app may say, and no form asks
		post := m.publish(t, author, sample.draft)
		visitor.get(t, post.Path()).want(http.StatusOK).heading(sample.heading).says(sample.says...)
		if got := visitor.get(t, "/@jeanne").want(http.StatusOK).link(sample.heading); got != post.Path() {
			t.Errorf("%s: its card leads to %q, want %q", kind, got, post.Path())
		}
		jeanne.get(t, post.Path()+"/modifier").want(http.StatusOK)
		jeanne.upload(t, post.Path()+"/modifier", sample.change).want(http.StatusOK).heading(sample.changed).says("C’est enregistré.")
		if after, err := m.app.Post(t.Context(), m.node, parvis.Viewer{}, post.ID); err != nil || !after.Sensitive {
			t.Errorf("%s: the form takes away that it is sensitive (%v)", kind, err)
		}
		paula.post(t, post.Path()+"/signaler", url.Values{"comment": {"Hors sujet."}}).want(http.StatusOK)
		reports := paula.get(t, "/equipe/signalements").want(http.StatusOK)
		paula.get(t, reports.link(sample.delete)).want(http.StatusOK).saysNot("marquez-le plutôt")
		paula.post(t, post.Path()+"/supprimer", nil).want(http.StatusOK).says("C’est supprimé.")
	}
}
