package mastodon_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestBookmarks: an app keeps and likes statuses, finds both lists again in the order
// of doing so, and pages through them by the links that it is given.
func TestBookmarks(t *testing.T) {
	w := sqliteTown(t)
	jeanne, lea := w.as(t, "jeanne"), w.as(t, "lea")
	type got struct {
		ID         string
		Bookmarked bool
		Favourited bool
	}
	var ids []string
	for range 3 {
		ids = append(ids, w.drill(t, "lea").ID.Decimal())
	}
	for _, i := range []int{1, 2, 0} {
		if s := must[got](t, jeanne.post("/api/v1/statuses/"+ids[i]+"/bookmark", nil)); !s.Bookmarked || s.ID != ids[i] {
			t.Fatalf("after bookmark: %+v", s)
		}
		must[got](t, jeanne.post("/api/v1/statuses/"+ids[i]+"/favourite", nil))
	}
	for _, path := range []string{"/api/v1/bookmarks", "/api/v1/favourites"} {
		first := jeanne.get(path + "?limit=2")
		list := must[[]got](t, first)
		if len(list) != 2 || list[0].ID != ids[0] || list[1].ID != ids[2] || !list[0].Bookmarked || !list[0].Favourited {
			t.Fatalf("%s: %+v", path, list)
		}
		next, _, _ := strings.Cut(strings.TrimPrefix(first.Header().Get("Link"), "<"+w.node.Base()), ">")
		if rest := must[[]got](t, jeanne.get(next)); len(rest) != 1 || rest[0].ID != ids[1] {
			t.Errorf("%s: %+v", next, rest)
		}
		if theirs := must[[]got](t, lea.get(path)); len(theirs) > 0 {
			t.Errorf("%s is shown to another", path)
		}
	}
	if s := must[got](t, jeanne.post("/api/v1/statuses/"+ids[0]+"/unbookmark", nil)); s.Bookmarked {
		t.Errorf("after unbookmark: %+v", s)
	}
	if left := must[[]got](t, jeanne.get("/api/v1/bookmarks")); len(left) != 2 {
		t.Errorf("left: %+v", left)
	}
	if by := must[[]gotAccount](t, lea.get("/api/v1/statuses/"+ids[0]+"/favourited_by")); len(by) != 1 || by[0].Acct != "jeanne" {
		t.Errorf("favourited by %+v", by)
	}
	if by := must[[]gotAccount](t, lea.get("/api/v1/statuses/"+ids[0]+"/reblogged_by")); len(by) != 1 || by[0].Acct != "entraide" {
		t.Errorf("reblogged by %+v", by)
	}
	if rec := w.as(t, "").get("/api/v1/statuses/" + ids[0] + "/favourited_by"); rec.Code != http.StatusUnauthorized {
		t.Errorf("a visitor asks who liked it: %d", rec.Code)
	}
}
