package mastodon_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// TestNoteToAFeed: an app that names a feed gets a Status as ever; its author gets a
// draft, and a letter that leads to it.
func TestNoteToAFeed(t *testing.T) {
	for _, e := range parvistest.Engines(t) {
		t.Run(e.Name, func(t *testing.T) {
			w := newTown(t, e)
			w.Words = func(_, _ string, args ...any) string { return "À compléter : " + args[1].(string) }
			jeanne := w.as(t, "jeanne")
			status := must[gotStatus](t, jeanne.post("/api/v1/statuses", url.Values{"status": {"@entraide Je prête ma scie"}}))
			if status.Visibility != "public" || !strings.Contains(status.Content, "Je prête ma scie") {
				t.Errorf("status: %+v", status)
			}
			if again := must[gotStatus](t, w.as(t, "karim").get("/api/v1/statuses/"+status.ID)); again.URL != status.URL {
				t.Errorf("Karim reads %+v", again)
			}
			account, err := w.Lookup(t.Context(), w.node, "jeanne")
			if err != nil {
				t.Fatal(err)
			}
			drafts, err := w.Drafts(t.Context(), w.node, parvis.Viewer{Account: account, Role: parvis.RoleResident})
			if err != nil || len(drafts) != 1 || drafts[0].Source != "Je prête ma scie" {
				t.Errorf("drafts: %+v, %v", drafts, err)
			}
			told := must[[]struct {
				Type    string
				Account struct{ Acct string }
				Status  gotStatus
			}](t, jeanne.get("/api/v1/notifications"))
			if len(told) != 1 || told[0].Type != "mention" || told[0].Account.Acct != "entraide" || told[0].Status.Visibility != "direct" ||
				!strings.Contains(told[0].Status.Content, w.node.URL(app.DraftsPath)) {
				t.Errorf("told: %+v", told)
			}
			if rec := w.as(t, "karim").get("/api/v1/statuses/" + told[0].Status.ID); rec.Code != http.StatusNotFound {
				t.Errorf("Karim reads the letter: %d", rec.Code)
			}
		})
	}
}
