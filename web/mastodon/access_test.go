package mastodon_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestEveryRouteAsksForItsScope walks the table: without a token, with an
// unknown one, with every scope but the right one.
func TestEveryRouteAsksForItsScope(t *testing.T) {
	w := sqliteTown(t)
	scopes := map[string]bool{}
	for _, r := range w.api.RouteTable() {
		if r.Scope != "" {
			scopes[r.Scope] = true
		}
	}
	// A token with every scope of the table but one.
	without := map[string]string{}
	for wrong := range scopes {
		given := []string{"profile"}
		for s := range scopes {
			if s != wrong {
				given = append(given, s)
			}
		}
		without[wrong] = w.token(t, "jeanne", given...)
	}
	for _, r := range w.api.RouteTable() {
		path := strings.NewReplacer("{id:[0-9]+}", "1", "{tag}", "velo", "{name}", "header").Replace(r.Path)
		ask := func(token string) int {
			c := w.as(t, "")
			c.token = token
			return c.send(r.Method, path, "", nil).Code
		}
		t.Run(r.Method+" "+r.Path, func(t *testing.T) {
			if r.LooksAtNobody {
				if r.Method != http.MethodGet || r.Scope != "" {
					t.Error("what changes something must know for whom")
				}
				return
			}
			if r.Scope == "" {
				t.Error("no scope")
			}
			if code := ask("inconnu"); code != http.StatusUnauthorized {
				t.Errorf("with an unknown token: %d", code)
			}
			if code := ask(without[r.Scope]); code != http.StatusForbidden {
				t.Errorf("without the scope %s: %d", r.Scope, code)
			}
			if code := ask(""); (code == http.StatusUnauthorized) != r.NeedsToken {
				t.Errorf("without a token: %d", code)
			}
			if code := ask(w.token(t, "jeanne", r.Scope)); code == http.StatusUnauthorized || code == http.StatusForbidden && strings.HasPrefix(r.Scope, "read") {
				t.Errorf("with the scope %s: %d", r.Scope, code)
			}
		})
	}
}

// TestGeneralScopes: "read" is every "read:…", "follow" what it was of old.
func TestGeneralScopes(t *testing.T) {
	w := sqliteTown(t)
	id := w.viewer(t, "lea").ID().Decimal()
	for _, test := range []struct {
		scope, method, path string
		want                int
	}{
		{"read", "GET", "/api/v1/timelines/home", 200},
		{"read", "POST", "/api/v1/accounts/" + id + "/follow", 403},
		{"write", "POST", "/api/v1/accounts/" + id + "/follow", 200},
		{"write", "GET", "/api/v1/timelines/home", 403},
		{"follow", "POST", "/api/v1/accounts/" + id + "/follow", 200},
		{"follow", "POST", "/api/v1/accounts/" + id + "/unblock", 200},
		{"follow", "GET", "/api/v1/accounts/relationships", 200},
		{"follow", "POST", "/api/v1/statuses", 403},
		{"push", "GET", "/api/v1/accounts/verify_credentials", 403},
	} {
		c := w.as(t, "")
		c.token = w.token(t, "jeanne", test.scope)
		if code := c.send(test.method, test.path, "", nil).Code; code != test.want {
			t.Errorf("%s %s with %s: %d, want %d", test.method, test.path, test.scope, code, test.want)
		}
	}
}

// TestErrors: JSON in the account's language, headers that browsers need, and
// nothing of the inside.
func TestErrors(t *testing.T) {
	w := sqliteTown(t)
	jeanne, odette := w.as(t, "jeanne"), w.as(t, "odette")
	if got := jeanne.get("/api/v1/statuses/1").Body.String(); got != `{"error":"Introuvable."}`+"\n" {
		t.Errorf("in French: %s", got)
	}
	if got := odette.get("/api/v1/statuses/1").Body.String(); got != `{"error":"Not found."}`+"\n" {
		t.Errorf("in English: %s", got)
	}
	for _, path := range []string{"/api/v1/streaming", "/api/v1/accounts/jeanne", "/api/v9/x", "/api/v1/statuses/99999999999999999999"} {
		rec := jeanne.get(path)
		if rec.Code != http.StatusNotFound || rec.Header().Get("Content-Type") != "application/json; charset=utf-8" || rec.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %v", path, rec.Code, rec.Header())
		}
	}
	anonymous := w.as(t, "").get("/api/v1/timelines/home")
	if anonymous.Code != http.StatusUnauthorized || !strings.HasPrefix(anonymous.Header().Get("WWW-Authenticate"), "Bearer") {
		t.Errorf("without a token: %d %v", anonymous.Code, anonymous.Header())
	}
	pre := w.as(t, "").send(http.MethodOptions, "/api/v1/statuses", "", nil)
	if pre.Code != http.StatusNoContent || !strings.Contains(pre.Header().Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("preflight: %d %v", pre.Code, pre.Header())
	}
	if rec := jeanne.send(http.MethodPost, "/api/v1/statuses", "application/json", strings.NewReader(`{"status":`)); rec.Code != http.StatusBadRequest {
		t.Errorf("broken JSON: %d %s", rec.Code, rec.Body)
	}
	big := `{"status":"` + strings.Repeat("a", 1<<20) + `"}`
	if rec := jeanne.send(http.MethodPost, "/api/v1/statuses", "application/json", strings.NewReader(big)); rec.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body: %d %s", rec.Code, rec.Body)
	}
}

// TestInternalError: what breaks inside is not told.
func TestInternalError(t *testing.T) {
	w := sqliteTown(t)
	jeanne := w.as(t, "jeanne")
	broken := newApp(t, "sqlite:"+filepath.Join(t.TempDir(), "closed.db"))
	if err := broken.DB.Close(); err != nil {
		t.Fatal(err)
	}
	w.api.App = broken
	rec := jeanne.get("/api/v1/timelines/home")
	if rec.Code != http.StatusInternalServerError || rec.Body.String() != `{"error":"Une erreur est survenue de notre côté."}`+"\n" {
		t.Errorf("an internal error: %d %s", rec.Code, rec.Body)
	}
}

// TestSuspended: a suspended account is gone for apps, and its token useless.
func TestSuspended(t *testing.T) {
	w := sqliteTown(t)
	lea, jeanne := w.as(t, "lea"), w.as(t, "jeanne")
	p, err := w.Publish(t.Context(), w.node, w.viewer(t, "lea"), app.Draft{Detail: &parvis.Note{}, Source: "Bonjour", Audience: parvis.Everyone})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Suspend(t.Context(), w.node, "lea", false); err != nil {
		t.Fatal(err)
	}
	if rec := lea.get("/api/v1/timelines/home"); rec.Code != http.StatusUnauthorized {
		t.Errorf("a suspended account's token: %d", rec.Code)
	}
	if rec := jeanne.get("/api/v1/accounts/" + p.AuthorID.Decimal()); rec.Code != http.StatusGone {
		t.Errorf("the account: %d", rec.Code)
	}
	if rec := jeanne.get("/api/v1/statuses/" + p.ID.Decimal()); rec.Code != http.StatusNotFound {
		t.Errorf("its post: %d", rec.Code)
	}
}
