package mastodon_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestConversations: an app lists who wrote to its user, says that it was read, and
// puts it away.
func TestConversations(t *testing.T) {
	w := sqliteTown(t)
	jeanne, lea := w.as(t, "jeanne"), w.as(t, "lea")
	type status struct {
		ID, Visibility string
		InReplyToID    string `json:"in_reply_to_id"`
	}
	type got struct {
		ID         string
		Unread     bool
		Accounts   []struct{ Username string }
		LastStatus *status `json:"last_status"`
	}
	list := func(path string) []got { return must[[]got](t, jeanne.get(path)) }
	if all := list("/api/v1/conversations"); len(all) != 0 {
		t.Fatalf("%d conversations before any", len(all))
	}
	first := must[status](t, lea.post("/api/v1/statuses", url.Values{"status": {"@jeanne libre samedi ?"}, "visibility": {"direct"}}))
	second := must[status](t, lea.post("/api/v1/statuses", url.Values{"status": {"@jeanne ou dimanche ?"}, "visibility": {"direct"}, "in_reply_to_id": {first.ID}}))
	all := list("/api/v1/conversations")
	if len(all) != 1 || !all[0].Unread || len(all[0].Accounts) != 1 || all[0].Accounts[0].Username != "lea" ||
		all[0].LastStatus == nil || all[0].LastStatus.ID != second.ID || all[0].LastStatus.Visibility != "direct" {
		t.Fatalf("conversations: %+v", all)
	}
	if link := jeanne.get("/api/v1/conversations").Header().Get("Link"); !strings.Contains(link, "max_id=") {
		t.Errorf("no way to the next page: %q", link)
	}
	path := "/api/v1/conversations/" + all[0].ID
	if read := must[got](t, jeanne.post(path+"/read", nil)); read.Unread || read.ID != all[0].ID {
		t.Errorf("after reading: %+v", read)
	}
	if all = list("/api/v1/conversations"); all[0].Unread {
		t.Error("it is still unread")
	}
	if rec := w.as(t, "karim").post(path+"/read", nil); rec.Code != http.StatusNotFound {
		t.Errorf("another reads it: %d", rec.Code)
	}
	if rec := jeanne.send(http.MethodDelete, path, "", nil); rec.Code != http.StatusOK {
		t.Errorf("putting it away: %d", rec.Code)
	}
	if all = list("/api/v1/conversations"); len(all) != 0 {
		t.Errorf("put away, it is listed: %+v", all)
	}
	for _, s := range must[[]status](t, jeanne.get("/api/v1/timelines/home")) {
		if s.Visibility == "direct" {
			t.Error("private talk is in the home")
		}
	}
}
