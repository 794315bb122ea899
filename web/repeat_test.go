package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestPublishTwice: a double click, or a reload of what was sent, publishes once.
func TestPublishTwice(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	jeanne := m.signedIn(t, "jeanne")
	form := jeanne.get(t, "/publier/annonce?but=offer&sorte=object")
	typed := url.Values{"key": form.hidden("key"), "purpose": {"offer"}, "sort": {"object"}, "title": {" "}, "audience": {"everyone"}, "step": {"preview"}}
	wrong := jeanne.upload(t, "/publier/annonce", typed).want(http.StatusUnprocessableEntity)
	typed.Set("title", "Perceuse à prêter")
	preview := jeanne.upload(t, "/publier/annonce", typed, photo(t)).want(http.StatusOK)
	for step, page := range map[string]*view{"the correction": wrong, "the preview": preview} {
		if got := page.hidden("key"); len(got) != 1 || got[0] == "" || got[0] != typed.Get("key") {
			t.Errorf("%s keeps the keys %q, want %q", step, got, typed["key"])
		}
	}

	typed.Set("step", "publish")
	typed["photo"] = preview.hidden("photo")
	first := jeanne.post(t, "/publier/annonce", typed).want(http.StatusOK).says("C’est publié.")
	again := jeanne.post(t, "/publier/annonce", typed).want(http.StatusOK).says("C’est publié.")
	if first.path != again.path {
		t.Errorf("published twice: %s, %s", first.path, again.path)
	}
	typed.Set("title", "Perceuse et mèches à prêter") // by somebody who went back
	delete(typed, "photo")
	jeanne.post(t, "/publier/annonce", typed).want(http.StatusOK).heading("Perceuse et mèches à prêter")
	if cards := m.visitor(t).get(t, "/entraide").all("", "class", "card offer"); len(cards) != 2 {
		t.Errorf("%d offers, want 2", len(cards))
	}
	if other := jeanne.get(t, "/publier/annonce?but=offer&sorte=object").hidden("key"); other[0] == typed.Get("key") {
		t.Error("two forms have one key")
	}
}

func TestReplyTwice(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	post := m.publish(t, m.resident(t, "jeanne", parvis.RoleResident), drill())
	m.resident(t, "karim", parvis.RoleResident)
	karim := m.signedIn(t, "karim")
	typed := url.Values{"key": karim.get(t, post.Path()).hidden("key"), "text": {" "}}
	if got := karim.post(t, post.Path()+"/repondre", typed).want(http.StatusUnprocessableEntity).hidden("key"); strings.Join(got, "") != typed.Get("key") {
		t.Errorf("the correction has the keys %q, want %q", got, typed["key"])
	}
	typed.Set("text", "Elle passe dans la brique ?")
	karim.post(t, post.Path()+"/repondre", typed).want(http.StatusOK)
	karim.post(t, post.Path()+"/repondre", typed).want(http.StatusOK).says("1 réponse")
	typed.Set("text", "Et dans le béton ?")
	karim.post(t, post.Path()+"/repondre", typed).want(http.StatusOK).says("2 réponses")
}
