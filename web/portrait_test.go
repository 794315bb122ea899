package web_test

import (
	"image/jpeg"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestPortraitSquare: the square that the form asks for is the one that is shown.
// The photo becomes redder from left to right.
func TestPortraitSquare(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	jeanne := m.signedIn(t, "jeanne")
	for crop, want := range map[string]int{"-1 -1 1": 0, "0 0 1": 8, "1 1 1": 16, "": 8, "-1 0": 8, "NaN 0 1": 8, "-7 0 1": 8, "0.5 0 1": 12} {
		jeanne.upload(t, "/moi/profil", url.Values{"name": {"Jeanne"}, "crop": {crop}}, photo(t)).want(http.StatusOK)
		src := attr(m.visitor(t).get(t, "/@jeanne").one("img", "class", "face big"), "src")
		picture, err := jpeg.Decode(strings.NewReader(m.visitor(t).get(t, src).want(http.StatusOK).body))
		if err != nil {
			t.Fatal(err)
		}
		red, _, _, _ := picture.At(20, 24).RGBA()
		if got := int(red>>8)/4 - 20; got < want-2 || got > want+2 {
			t.Errorf("with %q the square begins at %d, want %d", crop, got, want)
		}
	}
}

// TestPortraitComesBack: a portrait that was taken stays while the rest is
// corrected, and the answer stays where the photo has to be chosen again.
func TestPortraitComesBack(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	jeanne := m.signedIn(t, "jeanne")
	form := url.Values{"name": {strings.Repeat("J", 200)}, "crop": {"1 1 1"}}
	page := jeanne.upload(t, "/moi/profil", form, photo(t)).want(http.StatusUnprocessableEntity)
	kept := page.one("input", "name", "photo")
	if kept == nil {
		t.Fatal("the photo is lost")
	}
	jeanne.upload(t, "/moi/profil", url.Values{"name": {"Jeanne"}, "crop": {"-1 -1 1"}, "photo": {attr(kept, "value")}}).want(http.StatusOK)
	shown := attr(m.visitor(t).get(t, "/@jeanne").one("img", "class", "face big"), "src")
	if before := attr(page.one("img", "class", "face big"), "src"); shown != before {
		t.Errorf("the portrait was %s while the form was corrected, and is %s", before, shown)
	}
	for crop, want := range map[string]string{"1 1 1": "1 1 1", "-1 -1 1": "-1 -1 1", "0.3 0 2": "0 0 1", "": "0 0 1", "x": "0 0 1"} {
		page := jeanne.upload(t, "/moi/profil", url.Values{"crop": {crop}}, []byte("GIF89a?")).want(http.StatusUnprocessableEntity)
		var chosen []string
		for _, radio := range find(page.one("main", "", ""), "input", "name", "crop") {
			if has(radio, "checked") {
				chosen = append(chosen, attr(radio, "value"))
			}
		}
		if len(chosen) != 1 || chosen[0] != want {
			t.Errorf("%q comes back as %q, want %q", crop, chosen, want)
		}
	}
}
