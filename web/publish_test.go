package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestPublish walks from the first question to the published page.
func TestPublish(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	jeanne := m.signedIn(t, "jeanne")

	first := jeanne.get(t, "/publier").want(http.StatusOK).heading("Que voulez-vous publier ?")
	second := jeanne.get(t, first.link("Une offre Je peux prêter, donner, aider, apprendre.")).heading("Que proposez-vous ?")
	form := jeanne.get(t, second.link("Objet à prêter Une perceuse, un appareil à raclette")).want(http.StatusOK).heading("Votre offre")
	if got := attr(form.one("form", "enctype", ""), "action"); got != "/publier/annonce" {
		t.Errorf("the form goes to %q", got)
	}

	typed := url.Values{"purpose": {"offer"}, "sort": {"object"}, "title": {"Perceuse à prêter"}, "text": {"Avec ses **mèches**."},
		"category": {"tools"}, "place": {"malakoff-sud"}, "ends": {"2026-10-14"}, "audience": {"everyone"}, "step": {"preview"}}
	preview := jeanne.upload(t, "/publier/annonce", typed, photo(t)).want(http.StatusOK).
		heading("Perceuse à prêter").says("Avec ses mèches .", "Outils et bricolage", "encore 11 jours")
	photos := preview.hidden("photo")
	if len(photos) != 1 {
		t.Fatalf("the preview keeps photos %q, want one", photos)
	}

	typed.Set("step", "publish")
	typed["photo"], typed["alt-"+photos[0]] = photos, []string{"La perceuse sur l’établi"}
	page := jeanne.post(t, "/publier/annonce", typed).want(http.StatusOK).heading("Perceuse à prêter").says("C’est publié.", "Malakoff-Sud")
	if img := page.one("img", "alt", "La perceuse sur l’établi"); img == nil || attr(img, "srcset") == "" {
		t.Error("the photo is not shown with its description")
	}
	m.visitor(t).get(t, "/entraide").says("Perceuse à prêter", "Objet à prêter", "Jeanne")
}

// TestPublishRefused keeps all that was typed, the photo too.
func TestPublishRefused(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	jeanne := m.signedIn(t, "jeanne")
	typed := url.Values{"purpose": {"request"}, "sort": {"ride"}, "title": {" "}, "text": {"Jeudi à 9 h"}, "category": {"mobility"},
		"place": {"Barbusse"}, "ends": {"2025-01-01"}, "audience": {"partners"}, "step": {"publish"}}
	page := jeanne.upload(t, "/publier/annonce", typed, photo(t), []byte("pas une photo")).want(http.StatusUnprocessableEntity).
		heading("Votre demande").says("Indiquez un titre, par exemple : Perceuse à prêter.", "Choisissez une date à venir.", "Ce fichier n’est pas une photo.")
	for label, want := range map[string]string{"Description": "Jeudi à 9 h", "Quartier": "Barbusse", "Valable jusqu’au": "2025-01-01", "Domaine": "mobility"} {
		if got := page.value(label); got != want {
			t.Errorf("%s: %q is kept, want %q", label, got, want)
		}
	}
	if got := len(page.hidden("photo")); got != 1 {
		t.Errorf("%d photos are kept, want 1", got)
	}
	if radio := page.one("input", "value", "partners"); !has(radio, "checked") {
		t.Error("the audience is not kept")
	}
	summary := page.one("", "role", "alert")
	for _, link := range find(summary, "a", "", "") {
		if target := page.one("", "id", strings.TrimPrefix(attr(link, "href"), "#")); target == nil {
			t.Errorf("the summary links to %s, which is not there", attr(link, "href"))
		}
	}
	title := page.field("Titre")
	if attr(title, "aria-invalid") != "true" || !strings.Contains(attr(title, "aria-describedby"), "title-error") {
		t.Error("the title's field is not marked as wrong")
	}
}

// TestPublishTooLarge: a photo that is too heavy takes nothing else along.
func TestPublishTooLarge(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	heavy := append(photo(t), make([]byte, 13<<20)...)
	page := m.signedIn(t, "jeanne").upload(t, "/publier/annonce", url.Values{"purpose": {"offer"}, "sort": {"gift"}, "title": {"Boutures"},
		"audience": {"everyone"}, "step": {"preview"}}, photo(t), heavy, photo(t)).
		want(http.StatusUnprocessableEntity).says("Cette photo est trop lourde")
	if got := page.value("Titre"); got != "Boutures" {
		t.Errorf("the title is kept as %q", got)
	}
	if got := len(page.hidden("photo")); got != 2 {
		t.Errorf("%d photos are kept, want 2", got)
	}
}

// TestPublishTooMany keeps the first four photos and says so.
func TestPublishTooMany(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	p := photo(t)
	page := m.signedIn(t, "jeanne").upload(t, "/publier/annonce", url.Values{"purpose": {"offer"}, "sort": {"gift"}, "title": {"Boutures"},
		"audience": {"everyone"}, "step": {"preview"}}, p, p, p, p, p).want(http.StatusUnprocessableEntity).says("Gardez 4 photos au plus.")
	if got := len(page.hidden("photo")); got != parvis.MaxMedia {
		t.Errorf("%d photos are kept, want %d", got, parvis.MaxMedia)
	}
}

func TestPublishNeedsAccount(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.visitor(t).get(t, "/publier/annonce?but=offer&sorte=gift").want(http.StatusOK).heading("Se connecter")
	m.visitor(t).post(t, "/publier/annonce", url.Values{"title": {"x"}}).heading("Se connecter")
}
