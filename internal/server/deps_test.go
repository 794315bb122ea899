package server_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/parvis-coop/parvis/"

// rooms says whom each room may import, of our own packages. Whoever needs a new
// line here has found a wrong turn, or writes a decision.
var rooms = map[string][]string{
	"internal/parvis":       {},
	"internal/text":         {},
	"internal/i18n":         {},
	"internal/media":        {},
	"internal/media/sketch": {},
	"internal/mail":         {},
	"internal/multikey":     {},
	"internal/gather":       {},
	"internal/push":         {},
	"internal/oidc":         {"internal/parvis"},
	"internal/config":       {"internal/parvis", "internal/mail"},
	"storage":               {"internal/parvis", "internal/gather"},
	"internal/work":         {"internal/parvis", "storage"},
	"internal/app":          {"internal/parvis", "internal/gather", "internal/oidc", "internal/text", "internal/media", "internal/multikey", "internal/push", "storage"},
	"internal/demo":         {"internal/parvis", "internal/app", "internal/media/sketch"},
	"federation/vocab":      {},
	"federation":            {"internal/parvis", "internal/text", "internal/i18n", "internal/media", "internal/multikey", "internal/app", "internal/work", "storage", "federation/vocab"},
	"web/static":            {},
	"web/templates":         {"internal/parvis", "internal/text", "internal/i18n", "internal/app", "web/static"},
	"web":                   {"internal/parvis", "internal/text", "internal/i18n", "internal/media", "internal/app", "storage", "web/templates", "web/static"},
	"web/mastodon":          {"internal/parvis", "internal/text", "internal/i18n", "internal/media", "internal/app", "storage"},
	"internal/server":       {"internal/parvis", "internal/i18n", "internal/config", "internal/mail", "internal/media", "internal/push", "internal/app", "internal/work", "storage", "federation", "web", "web/mastodon"},
	"cmd/parvis": {"internal/parvis", "internal/i18n", "internal/config", "internal/mail", "internal/media", "internal/oidc", "internal/app", "internal/demo", "internal/server",
		"storage", "federation", "web"},
	"internal/parvistest": {"internal/parvis"},
	"internal/e2e":        {},
}

// only says in which rooms a library may be imported.
var only = map[string][]string{
	"github.com/uptrace/bun":     {"storage", "internal/parvistest"},
	"github.com/go-fed/activity": {"federation/vocab"},
	"github.com/go-fed/httpsig":  {"federation"},
	"github.com/a-h/templ":       {"web", "web/templates"},
	"github.com/coreos/go-oidc":  {"internal/oidc"},
	"golang.org/x/oauth2":        {"internal/oidc"},
	"modernc.org/sqlite":         {"storage"},
	"github.com/go-webauthn":     {"internal/app"},
}

func TestImportsRunOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		room := strings.TrimPrefix(fields[0], module)
		allowed, known := rooms[room]
		if !known {
			t.Errorf("room %s is not in the table: whom may it import?", room)
			continue
		}
		for _, imported := range fields[1:] {
			if ours, ok := strings.CutPrefix(imported, module); ok && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s", room, ours)
			}
			for library, where := range only {
				if (imported == library || strings.HasPrefix(imported, library+"/")) && !slices.Contains(where, room) {
					t.Errorf("%s imports %s, which belongs in %v", room, imported, where)
				}
			}
		}
	}
}
