package mastodon

import (
	"bytes"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

func TestTooMany(t *testing.T) {
	rec, c := httptest.NewRecorder(), newCall(t, "fr")
	c.header = rec.Header()
	sendError(t.Context(), rec, c, &parvis.TooManyError{RetryAfter: 90})
	if rec.Code != http.StatusTooManyRequests || rec.Header().Get("Retry-After") != "90" {
		t.Errorf("%d, wait %s", rec.Code, rec.Header().Get("Retry-After"))
	}
}

// TestUnavailable: an app learns when to try again, and nothing of the reason.
func TestUnavailable(t *testing.T) {
	rec, c := httptest.NewRecorder(), newCall(t, "fr")
	c.header, c.node, c.r = rec.Header(), &parvis.Node{}, httptest.NewRequest(http.MethodPost, "/api/v1/statuses", nil)
	sendError(t.Context(), rec, c, fmt.Errorf("%w: database or disk is full", parvis.ErrUnavailable))
	const want = `{"error":"Le site est en pause` + "\u00a0" + `: réessayez dans une minute."}` + "\n"
	if rec.Code != http.StatusServiceUnavailable || rec.Header().Get("Retry-After") != "30" || rec.Body.String() != want {
		t.Errorf("%d, wait %s: %q", rec.Code, rec.Header().Get("Retry-After"), rec.Body)
	}
}

func TestProblemsAreSentences(t *testing.T) {
	rec, c := httptest.NewRecorder(), newCall(t, "fr")
	c.header = rec.Header()
	e := parvis.Invalid("text", "post.text.long", "Max", 5000)
	e.Add("visibility", "mastodon.error.visibility")
	sendError(t.Context(), rec, c, e)
	const want = `{"error":"Raccourcissez le texte à 5` + "\u202f" + `000 caractères. Cette visibilité n’existe pas."}` + "\n"
	if rec.Code != http.StatusUnprocessableEntity || rec.Body.String() != want {
		t.Errorf("%d %q, want %q", rec.Code, rec.Body, want)
	}
}

// TestPicturesThatStandIn: every account that has none is sent to one that is there.
func TestPicturesThatStandIn(t *testing.T) {
	names := []string{"header"}
	for i := range avatarHues {
		names = append(names, avatarPath(i)[len(picturesPath):len(avatarPath(i))-len(".png")])
	}
	for _, name := range names {
		if _, err := png.Decode(bytes.NewReader(pictures()[name])); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
