package mastodon

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

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

// TestRepeats: a key counts for an hour, a failure not at all, and memory is bounded.
func TestRepeats(t *testing.T) {
	var r repeats
	ran := 0
	ask := func(key string, at time.Time, fail error) (parvis.ID, error) {
		return r.once(t.Context(), repeatKey{1, key}, at, func() (parvis.ID, error) {
			if fail != nil {
				return 0, fail
			}
			ran++
			return parvis.ID(ran), nil
		})
	}
	broken := errors.New("broken")
	if _, err := ask("a", noon, broken); !errors.Is(err, broken) {
		t.Errorf("a failure: %v", err)
	}
	for range 2 {
		if id, err := ask("a", noon.Add(time.Minute), nil); id != 1 || err != nil {
			t.Errorf("the first post: %d %v", id, err)
		}
	}
	if id, _ := ask("a", noon.Add(time.Minute+repeatLife), nil); id != 2 {
		t.Errorf("after an hour: %d", id)
	}
	for i := range 2 * maxRepeats {
		if _, err := ask(time.Duration(i).String(), noon.Add(2*time.Hour), nil); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.known) > maxRepeats || len(r.order) > maxRepeats {
		t.Errorf("remembers %d keys", len(r.known))
	}
}

// TestRepeatsGiveUp: whoever waits for another's attempt can stop waiting.
func TestRepeatsGiveUp(t *testing.T) {
	var r repeats
	started, release := make(chan struct{}), make(chan struct{})
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		_, err := r.once(context.Background(), repeatKey{1, "a"}, noon, func() (parvis.ID, error) {
			close(started)
			<-release
			return 1, nil
		})
		if err != nil {
			t.Error(err)
		}
	}()
	<-started
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.once(ctx, repeatKey{1, "a"}, noon, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("gave up with %v", err)
	}
	close(release)
	<-finished
}
