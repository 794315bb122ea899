package mastodon_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

type gotList struct {
	ID, Title     string
	RepliesPolicy string `json:"replies_policy"`
	Exclusive     *bool
}

// TestLists: an app makes a list, puts on it whom its user follows, reads it, and asks
// on which lists somebody is.
func TestLists(t *testing.T) {
	w := sqliteTown(t)
	jeanne, lea := w.as(t, "jeanne"), w.as(t, "lea")
	leaID, karimID := w.viewer(t, "lea").ID().Decimal(), w.viewer(t, "karim").ID().Decimal()
	must[gotRelationship](t, jeanne.post("/api/v1/accounts/"+leaID+"/follow", nil))
	l := must[gotList](t, jeanne.post("/api/v1/lists", url.Values{"title": {"Voisins"}, "exclusive": {"true"}}))
	if l.Title != "Voisins" || l.RepliesPolicy != "list" || l.Exclusive == nil || *l.Exclusive {
		t.Errorf("made: %+v", l)
	}
	path := "/api/v1/lists/" + l.ID
	if rec := jeanne.post(path+"/accounts", url.Values{"account_ids[]": {leaID, karimID}}); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("somebody who is not followed: %d", rec.Code)
	}
	must[struct{}](t, jeanne.send(http.MethodPost, path+"/accounts", "application/json", strings.NewReader(`{"account_ids":["`+leaID+`"]}`)))
	drill := w.drill(t, "lea")
	w.drill(t, "karim")
	if s := onlyStatus(t, jeanne, "/api/v1/timelines/list/"+l.ID); s.ID != drill.ID.Decimal() {
		t.Errorf("the list shows %s", s.ID)
	}
	if on := must[[]gotAccount](t, jeanne.get(path+"/accounts")); len(on) != 1 || on[0].ID != leaID {
		t.Errorf("on it: %+v", on)
	}
	if on := must[[]gotAccount](t, jeanne.get(path+"/accounts?limit=0")); len(on) != 1 || on[0].ID != leaID {
		t.Errorf("all of it: %+v", on)
	}
	if with := must[[]gotList](t, jeanne.get("/api/v1/accounts/"+leaID+"/lists")); len(with) != 1 || with[0].ID != l.ID {
		t.Errorf("lists with lea: %+v", with)
	}
	changed := must[gotList](t, jeanne.send(http.MethodPut, path, "application/x-www-form-urlencoded", strings.NewReader("replies_policy=none")))
	if changed.Title != "Voisins" || changed.RepliesPolicy != "none" {
		t.Errorf("changed: %+v", changed)
	}
	for _, theirs := range []string{path, path + "/accounts", "/api/v1/timelines/list/" + l.ID} {
		if rec := lea.get(theirs); rec.Code != http.StatusNotFound {
			t.Errorf("another's %s: %d", theirs, rec.Code)
		}
	}
	must[struct{}](t, jeanne.send(http.MethodDelete, path+"/accounts?account_ids[]="+leaID, "", nil))
	if left := must[[]gotStatus](t, jeanne.get("/api/v1/timelines/list/"+l.ID)); len(left) > 0 {
		t.Errorf("an empty list shows %+v", left)
	}
	must[struct{}](t, jeanne.send(http.MethodDelete, path, "", nil))
	if all := must[[]gotList](t, jeanne.get("/api/v1/lists")); len(all) > 0 {
		t.Errorf("left: %+v", all)
	}
	if rec := jeanne.post("/api/v1/lists", nil); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("a list without a name: %d", rec.Code)
	}
}

// TestMutes: an app mutes somebody, for a time if it likes, and finds them among the
// muted, with the notifications unless it says otherwise.
func TestMutes(t *testing.T) {
	w := sqliteTown(t)
	jeanne := w.as(t, "jeanne")
	lea := "/api/v1/accounts/" + w.viewer(t, "lea").ID().Decimal()
	karim := "/api/v1/accounts/" + w.viewer(t, "karim").ID().Decimal()
	type got struct {
		Muting        bool
		Notifications bool `json:"muting_notifications"`
	}
	w.drill(t, "lea")
	if r := must[got](t, jeanne.post(lea+"/mute", nil)); !r.Muting || !r.Notifications {
		t.Errorf("muted: %+v", r)
	}
	if r := must[got](t, jeanne.send(http.MethodPost, karim+"/mute", "application/json", strings.NewReader(`{"notifications":false,"duration":3600}`))); !r.Muting || r.Notifications {
		t.Errorf("muted for an hour: %+v", r)
	}
	if list := must[[]gotStatus](t, jeanne.get("/api/v1/timelines/public")); len(list) > 0 {
		t.Errorf("the public timeline shows %+v", list)
	}
	muted := must[[]struct {
		Acct    string
		Expires *string `json:"mute_expires_at"`
	}](t, jeanne.get("/api/v1/mutes"))
	if len(muted) != 2 || muted[0].Acct != "karim" || muted[0].Expires == nil || muted[1].Acct != "lea" || muted[1].Expires != nil {
		t.Errorf("muted: %+v", muted)
	}
	if rec := jeanne.post(lea+"/mute", url.Values{"duration": {"bientôt"}}); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("an odd duration: %d", rec.Code)
	}
	if r := must[got](t, jeanne.post(lea+"/unmute", nil)); r.Muting || r.Notifications {
		t.Errorf("unmuted: %+v", r)
	}
	if list := must[[]gotStatus](t, jeanne.get("/api/v1/timelines/public")); len(list) != 1 {
		t.Errorf("the public timeline shows %+v", list)
	}
}

// An app that asks for no limit gets everybody on a list, on whatever page.
func TestWholeList(t *testing.T) {
	w := sqliteTown(t)
	jeanne := w.as(t, "jeanne")
	l := must[gotList](t, jeanne.post("/api/v1/lists", url.Values{"title": {"Voisins"}}))
	id, err := parvis.ParseDecimalID(l.ID)
	if err != nil {
		t.Fatal(err)
	}
	const members = parvis.MaxPage + 5
	if err := w.DB.Node(w.node.ID).InTx(t.Context(), func(ctx context.Context, tx *storage.Tx) error {
		for i := range members {
			acc := parvistest.Stranger("voisin"+strconv.Itoa(i), "masto.example")
			if err := tx.AddAccount(ctx, acc); err != nil {
				return err
			}
			if err := tx.AddMember(ctx, &parvis.List{ID: id}, acc.ID, parvistest.Noon); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if all := must[[]gotAccount](t, jeanne.get("/api/v1/lists/"+l.ID+"/accounts?limit=0")); len(all) != members {
		t.Errorf("%d are listed", len(all))
	}
	if some := must[[]gotAccount](t, jeanne.get("/api/v1/lists/"+l.ID+"/accounts")); len(some) != 40 {
		t.Errorf("%d are listed on a page", len(some))
	}
}
