package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// titles are the titles of the cards of a page, in their order.
func (v *view) titles() string {
	var list []string
	for _, card := range v.all("h3", "", "") {
		list = append(list, text(card))
	}
	return strings.Join(list, ", ")
}

func TestSearch(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	jeanne := m.resident(t, "jeanne", parvis.RoleResident)
	lea := m.elsewhere(t, "lea")
	m.publish(t, jeanne, drill())
	done := m.publish(t, jeanne, app.Draft{Detail: &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.SortGift}, Title: "Perceuse à donner"})
	note := m.publish(t, jeanne, app.Draft{Detail: &parvis.Note{}, Source: "Ma perceuse chauffe, que faire ?"})
	m.publish(t, jeanne, app.Draft{Detail: &parvis.Note{}, Source: "Ma perceuse secrète.", Audience: parvis.OnNode})
	if _, err := m.app.SetState(context.Background(), m.node, parvis.Viewer{Account: jeanne, Role: parvis.RoleResident}, done.ID, parvis.Done); err != nil {
		t.Fatal(err)
	}
	if _, err := m.app.Index(context.Background()); err != nil {
		t.Fatal(err)
	}
	visitor, resident := m.visitor(t), m.signedIn(t, "jeanne")

	visitor.get(t, "/recherche").want(http.StatusOK).heading("Recherche").says("Les accents et les pluriels")
	visitor.get(t, "/recherche?q=PERCEUSES").want(http.StatusOK).says("Annonces", "Publications", "chauffe").saysNot("secrète", "Rien ne contient")
	resident.get(t, "/recherche?q=perceuse").says("chauffe", "secrète")
	resident.get(t, "/recherche?q=perceuse&dans=publications").says("chauffe", "secrète").saysNot("à donner")
	resident.get(t, "/recherche?q=jea&dans=personnes").says("jeanne").saysNot("chauffe")
	visitor.get(t, "/recherche?q=bricol").says("#bricolage")
	visitor.get(t, "/recherche?q=perceuse+tondeuse").says("Rien ne contient tous ces mots", "chauffe")
	visitor.get(t, "/recherche?q=%F0%9F%AA%9B+de+la+%00").want(http.StatusOK).says("Rien ne correspond")
	visitor.get(t, "/recherche?q="+url.QueryEscape(`"><script>`)+strings.Repeat("x", 3000)).want(http.StatusOK)
	visitor.get(t, "/recherche?q=perceuse&dans=publications&page=-4").says("chauffe")

	// A handle or an address leads straight there; for visitors, to what is known here.
	for asked, path := range map[string]string{"@jeanne": "/@jeanne", "@lea@" + lea.Domain: lea.Path(), note.URI: note.Path()} {
		page := resident.get(t, "/recherche?q="+url.QueryEscape(asked)).want(http.StatusOK)
		if _, got, _ := strings.Cut(page.path, "→ "); got != path {
			t.Errorf("%s leads to %s, want %s", asked, got, path)
		}
	}
	visitor.get(t, "/recherche?q=@personne@nulle.example").want(http.StatusOK).says("Rien ne correspond")
}

// The list of offers finds by words too, within its filters, the best first.
func TestSearchAmongOffers(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	for i := range parvis.PageSize + 2 {
		m.publish(t, author, app.Draft{Detail: &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.SortGift}, Title: fmt.Sprintf("Livre %02d", i), Source: "Avec une carte."})
	}
	m.publish(t, author, app.Draft{Detail: &parvis.Offer{Purpose: parvis.PurposeRequest, Sort: parvis.SortObject}, Title: "Carte de randonnée"})
	visitor := m.visitor(t)
	page := visitor.get(t, "/entraide?q=cartes").want(http.StatusOK)
	if got := page.titles(); !strings.HasPrefix(got, "Carte de randonnée, Livre 21, ") || strings.Contains(got, "Livre 02") {
		t.Errorf("the first page: %s", got)
	}
	visitor.get(t, page.link("Résultats suivants")).says("Livre 00", "Résultats précédents").saysNot("Carte de randonnée", "Résultats suivants")
	visitor.get(t, "/entraide?q=carte&but=request").says("Carte de randonnée").saysNot("Livre", "Résultats suivants")
	visitor.get(t, page.link("Demandes")).says("Carte de randonnée").saysNot("Livre")
	visitor.get(t, page.link("Voir toutes les annonces")).says("Annonces plus anciennes")
	visitor.get(t, "/entraide?q=carte+tondeuse").says("Rien ne contient tous ces mots", "Carte de randonnée")
	visitor.get(t, "/entraide?q=tondeuse").says("Rien par ici")
	if strings.Contains(visitor.get(t, "/entraide?q=carte").body, "entraide.atom?") {
		t.Error("there is a feed of what was found, in which the newest would come first")
	}
}

// TestSearchesOfAPageAreTold: somebody who goes from landmark to landmark knows one
// search from the other.
func TestSearchesOfAPageAreTold(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	known := make(map[string]bool)
	for _, form := range m.visitor(t).get(t, "/entraide").all("form", "role", "search") {
		label := attr(form, "aria-label")
		if label == "" || known[label] {
			t.Errorf("two searches are called %q", label)
		}
		known[label] = true
	}
	if len(known) != 2 {
		t.Errorf("searches: %v", known)
	}
}
