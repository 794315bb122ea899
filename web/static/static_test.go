package static_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/web/static"
)

func get(t testing.TB, path, accept string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", accept)
	w := httptest.NewRecorder()
	static.Serve(w, r)
	return w.Result()
}

func TestServe(t *testing.T) {
	t.Parallel()
	tests := []struct {
		path, accept   string
		status         int
		cache, packing string
	}{
		{static.URL("parvis.css"), "gzip, br", 200, "immutable", "gzip"},
		{static.URL("icons.svg"), "", 200, "immutable", ""},
		{"/static/chevron.svg", "gzip", 200, "max-age=3600", "gzip"},
		{"/static/absent.css", "gzip", 404, "", ""},
		{"/static/static.go", "gzip", 404, "", ""},
	}
	for _, test := range tests {
		res := get(t, test.path, test.accept)
		if res.StatusCode != test.status {
			t.Errorf("%s: status %d, want %d", test.path, res.StatusCode, test.status)
		}
		if got := res.Header.Get("Cache-Control"); !strings.Contains(got, test.cache) {
			t.Errorf("%s: Cache-Control %q, want %q in it", test.path, got, test.cache)
		}
		if got := res.Header.Get("Content-Encoding"); got != test.packing {
			t.Errorf("%s: Content-Encoding %q, want %q", test.path, got, test.packing)
		}
	}
}

// TestWeight keeps what every first visit costs small: with the page itself a
// list must stay below 60 kB.
func TestWeight(t *testing.T) {
	t.Parallel()
	total := int64(0)
	for _, name := range []string{"parvis.css", "parvis.js", "icons.svg", "mark.svg"} {
		total += get(t, static.URL(name), "gzip").ContentLength
	}
	if total > 16<<10 {
		t.Errorf("style, script and icons weigh %d bytes packed, want at most 16 kB", total)
	}
}
