package mastodon_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestVisibility: what an app asks for is what it is shown, and who is shown it.
func TestVisibility(t *testing.T) {
	w := sqliteTown(t)
	jeanne, lea := w.as(t, "jeanne"), w.as(t, "lea")
	for _, test := range []struct {
		asked, shown   string
		forLea, forAll int
	}{
		{"", "public", 200, 200},
		{"public", "public", 200, 200},
		{"unlisted", "unlisted", 200, 200},
		{"private", "private", 404, 404},
		{"direct", "direct", 404, 404},
	} {
		s := must[gotStatus](t, jeanne.post("/api/v1/statuses", url.Values{"status": {"Café samedi ?"}, "visibility": {test.asked}}))
		if s.Visibility != test.shown {
			t.Errorf("%q became %s", test.asked, s.Visibility)
		}
		if rec := lea.get("/api/v1/statuses/" + s.ID); rec.Code != test.forLea {
			t.Errorf("%q: Léa gets %d", test.asked, rec.Code)
		}
		if rec := w.as(t, "").get("/api/v1/statuses/" + s.ID); rec.Code != test.forAll {
			t.Errorf("%q: a visitor gets %d", test.asked, rec.Code)
		}
	}
	direct := must[gotStatus](t, jeanne.post("/api/v1/statuses", url.Values{"status": {"@lea tu as les clés ?"}, "visibility": {"direct"}}))
	if rec := lea.get("/api/v1/statuses/" + direct.ID); rec.Code != http.StatusOK {
		t.Errorf("whoever is named gets %d", rec.Code)
	}
	for _, audience := range []parvis.Audience{parvis.Partners, parvis.OnNode} {
		p, err := w.Publish(t.Context(), w.node, w.viewer(t, "jeanne"), app.Draft{Detail: &parvis.Note{}, Source: "Entre nous", Audience: audience})
		if err != nil {
			t.Fatal(err)
		}
		if s := must[gotStatus](t, lea.get("/api/v1/statuses/"+p.ID.Decimal())); s.Visibility != "private" {
			t.Errorf("%s is shown as %s", audience, s.Visibility)
		}
		answer := must[gotStatus](t, lea.post("/api/v1/statuses", url.Values{"status": {"Oui"}, "in_reply_to_id": {p.ID.Decimal()}}))
		if answer.Visibility == "public" {
			t.Errorf("an answer to %s is public", audience)
		}
	}
}

// TestRefusedStatuses: each mistake is named; nothing is published.
func TestRefusedStatuses(t *testing.T) {
	w := sqliteTown(t)
	jeanne := w.as(t, "jeanne")
	for name, form := range map[string]url.Values{
		"empty":             {"status": {"  "}},
		"too long":          {"status": {strings.Repeat("é", parvis.MaxText+1)}},
		"odd visibility":    {"status": {"Bonjour"}, "visibility": {"tout le monde"}},
		"odd parent":        {"status": {"Bonjour"}, "in_reply_to_id": {"abc"}},
		"unknown picture":   {"status": {"Bonjour"}, "media_ids[]": {"12345"}},
		"odd picture":       {"status": {"Bonjour"}, "media_ids[]": {"-1"}},
		"too many pictures": {"status": {"Bonjour"}, "media_ids[]": {"1", "2", "3", "4", "5"}},
		"poll":              {"status": {"Bonjour"}, "poll[options][]": {"oui", "non"}},
		"scheduled":         {"status": {"Bonjour"}, "scheduled_at": {"2030-01-01T00:00:00Z"}},
		"quote":             {"status": {"Bonjour"}, "quoted_status_id": {"12345"}},
	} {
		rec := jeanne.post("/api/v1/statuses", form)
		if rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), `{"error":"`) {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
		}
	}
	if rec := jeanne.post("/api/v1/statuses", url.Values{"status": {"Bonjour"}, "in_reply_to_id": {"12345"}}); rec.Code != http.StatusNotFound {
		t.Errorf("answer to nothing: %d", rec.Code)
	}
	wantIDs(t, must[[]gotStatus](t, jeanne.get("/api/v1/timelines/public")), nil)
}

// TestPicture: a photo is uploaded, described, attached and shown.
func TestPicture(t *testing.T) {
	w := sqliteTown(t)
	jeanne, lea := w.as(t, "jeanne"), w.as(t, "lea")
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "vélo.png")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(photo(t)); err != nil {
		t.Fatal(err)
	}
	if err := form.WriteField("description", "Un vélo contre un mur"); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	type picture struct {
		ID, URL, Description string
		Meta                 struct{ Original struct{ Size string } }
	}
	up := must[picture](t, jeanne.send(http.MethodPost, "/api/v2/media", form.FormDataContentType(), &body))
	if up.Description != "Un vélo contre un mur" || up.Meta.Original.Size != "64x48" || !strings.HasPrefix(up.URL, "https://malakoff.example/media/") {
		t.Errorf("uploaded: %+v", up)
	}
	if again := must[picture](t, jeanne.get("/api/v1/media/"+up.ID)); again != up {
		t.Errorf("again: %+v", again)
	}
	if rec := lea.get("/api/v1/media/" + up.ID); rec.Code != http.StatusNotFound {
		t.Errorf("another's upload answers %d", rec.Code)
	}
	if rec := lea.post("/api/v1/statuses", url.Values{"status": {"À moi"}, "media_ids[]": {up.ID}}); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("another's upload can be attached: %d", rec.Code)
	}
	s := must[gotStatus](t, jeanne.post("/api/v1/statuses", url.Values{"media_ids[]": {up.ID}, "sensitive": {"true"}, "spoiler_text": {""}}))
	if len(s.Media) != 1 || s.Media[0].Description != up.Description || s.Media[0].Blurhash == "" || s.Media[0].PreviewURL == "" || !s.Sensitive || s.SpoilerText != "" {
		t.Errorf("status: %+v", s)
	}
	for name, rec := range map[string]int{
		"no file": jeanne.post("/api/v1/media", url.Values{"description": {"rien"}}).Code,
		"no picture": jeanne.send(http.MethodPost, "/api/v1/media", "multipart/form-data; boundary=x",
			strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\nbonjour\r\n--x--\r\n")).Code,
	} {
		if rec != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, rec)
		}
	}
}

// TestIdempotencyKey: an app that asks again publishes once.
func TestIdempotencyKey(t *testing.T) {
	w := sqliteTown(t)
	jeanne, lea := w.as(t, "jeanne"), w.as(t, "lea")
	post := func(c *client, key, text string) int {
		return c.send(http.MethodPost, "/api/v1/statuses", "application/json", strings.NewReader(`{"status":"`+text+`"}`), "Idempotency-Key", key).Code
	}
	if code := post(jeanne, "un", " "); code != http.StatusUnprocessableEntity {
		t.Errorf("an empty status: %d", code)
	}
	var all sync.WaitGroup
	for range 8 { // what failed before does not count
		all.Go(func() {
			if code := post(jeanne, "un", "Bonjour"); code != http.StatusOK {
				t.Errorf("status %d", code)
			}
		})
	}
	all.Wait()
	if list := must[[]gotStatus](t, jeanne.get("/api/v1/timelines/public")); len(list) != 1 {
		t.Errorf("published %d times", len(list))
	}
	if code := post(jeanne, strings.Repeat("x", 101), "Bonjour"); code != http.StatusUnprocessableEntity {
		t.Errorf("a key that is too long: %d", code)
	}
	post(jeanne, "deux", "Bonsoir")
	post(lea, "un", "Salut")
	if list := must[[]gotStatus](t, jeanne.get("/api/v1/timelines/public")); len(list) != 3 {
		t.Errorf("other keys and other people: %d", len(list))
	}
}
