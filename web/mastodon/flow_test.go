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

// TestFlow is a resident with an app: follows, reads, answers, likes, shares,
// is told, takes back.
func TestFlow(t *testing.T) {
	for _, e := range parvistest.Engines(t) {
		t.Run(e.Name, func(t *testing.T) {
			w := newTown(t, e)
			jeanne, lea := w.as(t, "jeanne"), w.as(t, "lea")
			leaID := must[gotAccount](t, jeanne.get("/api/v1/accounts/lookup?acct=lea@malakoff.example")).ID
			if r := must[gotRelationship](t, jeanne.post("/api/v1/accounts/"+leaID+"/follow", nil)); !r.Following {
				t.Fatalf("after following: %+v", r)
			}
			w.drill(t, "lea")
			w.work(t)
			drill := onlyStatus(t, jeanne, "/api/v1/timelines/home")
			for _, want := range []string{"<p><strong>Perceuse à percussion</strong></p>", "Offre\u00a0: Objet<br>Domaine\u00a0: Outils et bricolage<br>Lieu\u00a0: Maison-des-Arts",
				"<strong>mèches</strong>", drill.URL} {
				if !strings.Contains(drill.Content, want) {
					t.Errorf("content %s lacks %q", drill.Content, want)
				}
			}
			answerAndContext(t, jeanne, lea, drill)
			likeAndShare(t, w, jeanne, drill)
			if got := must[gotStatus](t, lea.send(http.MethodDelete, "/api/v1/statuses/"+drill.ID, "", nil)); got.Text == nil || *got.Text != "Avec ses **mèches**. #Bricolage" {
				t.Errorf("the deleted status gives back %v", got.Text)
			}
			if rec := jeanne.get("/api/v1/statuses/" + drill.ID); rec.Code != http.StatusGone {
				t.Errorf("a deleted status answers %d", rec.Code)
			}
		})
	}
}

func onlyStatus(t *testing.T, c *client, path string) gotStatus {
	t.Helper()
	list := must[[]gotStatus](t, c.get(path))
	if len(list) != 1 {
		t.Fatalf("%s holds %d statuses", path, len(list))
	}
	return list[0]
}

func answerAndContext(t *testing.T, jeanne, lea *client, drill gotStatus) {
	t.Helper()
	answer := must[gotStatus](t, jeanne.send(http.MethodPost, "/api/v1/statuses", "application/json",
		strings.NewReader(`{"status":"Je la prends samedi !","in_reply_to_id":"`+drill.ID+`","visibility":"unlisted","media_ids":[],"poll":null}`)))
	if answer.InReplyToID == nil || *answer.InReplyToID != drill.ID || answer.InReplyToAccountID == nil || *answer.InReplyToAccountID != drill.Account.ID {
		t.Errorf("the answer answers %v of %v", answer.InReplyToID, answer.InReplyToAccountID)
	}
	if answer.Visibility != "unlisted" || answer.Content != "<p>Je la prends samedi !</p>" {
		t.Errorf("answer %q is %s", answer.Content, answer.Visibility)
	}
	around := must[struct{ Ancestors, Descendants []gotStatus }](t, lea.get("/api/v1/statuses/"+answer.ID+"/context"))
	if len(around.Ancestors) != 1 || around.Ancestors[0].ID != drill.ID || len(around.Descendants) != 0 {
		t.Errorf("around the answer: %+v", around)
	}
	told := must[[]gotNotification](t, lea.get("/api/v1/notifications?types[]=mention&types[]=poll"))
	if len(told) != 1 || told[0].Status == nil || told[0].Status.ID != answer.ID || told[0].Account.Acct != "jeanne" {
		t.Fatalf("Léa is told %+v", told)
	}
	if one := must[gotNotification](t, lea.get("/api/v1/notifications/"+told[0].ID)); one.ID != told[0].ID {
		t.Errorf("notification %s is %s", told[0].ID, one.ID)
	}
	if rest := must[[]gotNotification](t, lea.get("/api/v1/notifications?exclude_types[]=mention&exclude_types[]=follow")); len(rest) != 0 {
		t.Errorf("besides mentions and follows: %+v", rest)
	}
}

func likeAndShare(t *testing.T, w *town, jeanne *client, drill gotStatus) {
	t.Helper()
	if got := must[gotStatus](t, jeanne.post("/api/v1/statuses/"+drill.ID+"/favourite", nil)); !got.Favourited || got.FavouritesCount != 1 {
		t.Errorf("after favourite: %+v", got)
	}
	if got := must[gotStatus](t, jeanne.post("/api/v1/statuses/"+drill.ID+"/unfavourite", nil)); got.Favourited || got.FavouritesCount != 0 {
		t.Errorf("after unfavourite: %+v", got)
	}
	share := must[gotStatus](t, jeanne.post("/api/v1/statuses/"+drill.ID+"/reblog", url.Values{"visibility": {"public"}}))
	if share.Reblog == nil || share.Reblog.ID != drill.ID || !share.Reblog.Reblogged || share.Account.Acct != "jeanne" || !strings.Contains(share.URI, "/shares/") {
		t.Errorf("after reblog: %+v", share)
	}
	karim := w.as(t, "karim")
	must[gotRelationship](t, karim.post("/api/v1/accounts/"+share.Account.ID+"/follow", nil))
	again := must[gotStatus](t, jeanne.post("/api/v1/statuses/"+drill.ID+"/unreblog", nil))
	if again.Reblogged || again.Reblog != nil {
		t.Errorf("after unreblog: %+v", again)
	}
	share = must[gotStatus](t, jeanne.post("/api/v1/statuses/"+drill.ID+"/reblog", nil))
	w.work(t)
	home := onlyStatus(t, karim, "/api/v1/timelines/home")
	if home.ID != share.ID || home.URI != share.URI || home.Reblog == nil {
		t.Fatalf("Karim's home holds %+v, want the share %s", home, share.ID)
	}
	sharesAreStatuses(t, karim, jeanne, home)
}

// sharesAreStatuses checks that what an app got under a share's id works under it.
func sharesAreStatuses(t *testing.T, karim, jeanne *client, home gotStatus) {
	t.Helper()
	if got := must[gotStatus](t, karim.get("/api/v1/statuses/"+home.ID)); got.ID != home.ID || got.Reblog == nil || got.Reblog.ID != home.Reblog.ID {
		t.Errorf("the share is found as %+v", got)
	}
	if got := must[gotStatus](t, karim.post("/api/v1/statuses/"+home.ID+"/favourite", nil)); got.ID != home.Reblog.ID || !got.Favourited {
		t.Errorf("favourite of a share: %+v", got)
	}
	if list := must[[]gotStatus](t, karim.get("/api/v1/timelines/home?max_id="+home.ID)); len(list) != 0 {
		t.Errorf("below the share: %+v", list)
	}
	if rec := karim.send(http.MethodDelete, "/api/v1/statuses/"+home.ID, "", nil); rec.Code != http.StatusForbidden {
		t.Errorf("another's share can be deleted: %d", rec.Code)
	}
	must[gotStatus](t, jeanne.send(http.MethodDelete, "/api/v1/statuses/"+home.ID, "", nil))
	if rec := karim.get("/api/v1/statuses/" + home.ID); rec.Code != http.StatusNotFound {
		t.Errorf("a share that was taken back answers %d", rec.Code)
	}
}

// TestFeed: whoever follows a feed reads in an app what it passes on.
func TestFeed(t *testing.T) {
	w := sqliteTown(t)
	karim := w.as(t, "karim")
	feed := must[gotAccount](t, karim.get("/api/v1/accounts/lookup?acct=entraide"))
	if !feed.Group {
		t.Errorf("the feed is no group: %+v", feed)
	}
	must[gotRelationship](t, karim.post("/api/v1/accounts/"+feed.ID+"/follow", nil))
	first, second := w.drill(t, "lea"), w.drill(t, "jeanne")
	w.work(t)
	for _, path := range []string{"/api/v1/timelines/home", "/api/v1/accounts/" + feed.ID + "/statuses"} {
		list := must[[]gotStatus](t, karim.get(path))
		if len(list) != 2 || list[0].Reblog == nil || list[0].Reblog.URI != second.URI || list[1].Reblog.URI != first.URI || list[0].Account.ID != feed.ID {
			t.Errorf("%s holds %+v", path, list)
		}
	}
	if list := must[[]gotStatus](t, karim.get("/api/v1/accounts/"+feed.ID+"/statuses?exclude_reblogs=true")); len(list) != 0 {
		t.Errorf("the feed wrote %+v itself", list)
	}
}

// TestPaging walks a list both ways by the links that the answers give.
func TestPaging(t *testing.T) {
	w := sqliteTown(t)
	lea := w.as(t, "lea")
	var ids []string // newest first
	for range 5 {
		ids = append([]string{w.drill(t, "lea").ID.Decimal()}, ids...)
	}
	rec := lea.get("/api/v1/timelines/public?local=True&limit=2")
	wantIDs(t, must[[]gotStatus](t, rec), ids[:2])
	const base = "https://malakoff.example/api/v1/timelines/public?limit=2&local=True&"
	if got, want := rec.Header().Get("Link"), "<"+base+"max_id="+ids[1]+`>; rel="next", <`+base+"min_id="+ids[0]+`>; rel="prev"`; got != want {
		t.Errorf("link %s, want %s", got, want)
	}
	wantIDs(t, must[[]gotStatus](t, lea.get("/api/v1/timelines/public?limit=2&max_id="+ids[1])), ids[2:4])
	wantIDs(t, must[[]gotStatus](t, lea.get("/api/v1/timelines/public?limit=2&min_id="+ids[4])), ids[2:4])
	wantIDs(t, must[[]gotStatus](t, lea.get("/api/v1/timelines/public?limit=2&since_id="+ids[4])), ids[:2])
	if rec := lea.get("/api/v1/timelines/public?limit=2&max_id=" + ids[4]); rec.Header().Get("Link") != "" || strings.TrimSpace(rec.Body.String()) != "[]" {
		t.Errorf("after the last page: %s %s", rec.Header().Get("Link"), rec.Body)
	}
	wantIDs(t, must[[]gotStatus](t, lea.get("/api/v1/timelines/tag/bricolage?limit=3")), ids[:3])
	wantIDs(t, must[[]gotStatus](t, lea.get("/api/v1/timelines/public?remote=true")), nil)
}

func wantIDs(t *testing.T, list []gotStatus, want []string) {
	t.Helper()
	got := make([]string, len(list))
	for i, s := range list {
		got[i] = s.ID
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("ids %v, want %v", got, want)
	}
}

// TestProfileList: an account's list holds posts and shares, by place in time.
func TestProfileList(t *testing.T) {
	w := sqliteTown(t)
	lea, jeanne := w.as(t, "lea"), w.as(t, "jeanne")
	drill := w.drill(t, "lea").ID.Decimal()
	one := must[gotStatus](t, jeanne.post("/api/v1/statuses", url.Values{"status": {"Bonjour le quartier"}}))
	share := must[gotStatus](t, jeanne.post("/api/v1/statuses/"+drill+"/reblog", nil))
	own := must[gotStatus](t, jeanne.post("/api/v1/statuses/"+one.ID+"/reblog", nil))
	answer := must[gotStatus](t, jeanne.post("/api/v1/statuses", url.Values{"status": {"Encore libre ?"}, "in_reply_to_id": {drill}}))
	path := "/api/v1/accounts/" + one.Account.ID + "/statuses"
	list := must[[]gotStatus](t, jeanne.get(path))
	wantIDs(t, list, []string{answer.ID, own.ID, share.ID, one.ID})
	if !list[1].Reblog.Reblogged || !list[3].Reblogged {
		t.Error("a post that its author shared is marked in one place only")
	}
	wantIDs(t, must[[]gotStatus](t, lea.get(path+"?exclude_replies=1")), []string{own.ID, share.ID, one.ID})
	wantIDs(t, must[[]gotStatus](t, lea.get(path+"?limit=2&max_id="+answer.ID)), []string{own.ID, share.ID})
	wantIDs(t, must[[]gotStatus](t, lea.get(path+"?limit=2&min_id="+one.ID)), []string{own.ID, share.ID})
	wantIDs(t, must[[]gotStatus](t, lea.get(path+"?pinned=true")), nil)
}

// TestFollowRequests: a locked account decides in an app who follows it.
func TestFollowRequests(t *testing.T) {
	w := sqliteTown(t)
	if _, err := w.EditProfile(t.Context(), w.node, w.viewer(t, "lea"), app.Profile{Name: "Léa", Bio: "Bricole *beaucoup*", Locked: true}); err != nil {
		t.Fatal(err)
	}
	lea, jeanne, karim := w.as(t, "lea"), w.as(t, "jeanne"), w.as(t, "karim")
	me := must[gotAccount](t, lea.get("/api/v1/accounts/verify_credentials"))
	for _, c := range []*client{jeanne, karim} {
		if r := must[gotRelationship](t, c.post("/api/v1/accounts/"+me.ID+"/follow", nil)); !r.Requested || r.Following {
			t.Errorf("asked: %+v", r)
		}
	}
	asking := must[[]gotAccount](t, lea.get("/api/v1/follow_requests"))
	if len(asking) != 2 || asking[0].Acct != "karim" {
		t.Fatalf("asking: %+v", asking)
	}
	if r := must[gotRelationship](t, lea.post("/api/v1/follow_requests/"+asking[1].ID+"/authorize", nil)); !r.FollowedBy {
		t.Errorf("after authorize: %+v", r)
	}
	if r := must[gotRelationship](t, lea.post("/api/v1/follow_requests/"+asking[0].ID+"/reject", nil)); r.FollowedBy || r.RequestedBy {
		t.Errorf("after reject: %+v", r)
	}
	if list := must[[]gotAccount](t, jeanne.get("/api/v1/accounts/"+me.ID+"/followers")); len(list) != 1 || list[0].Acct != "jeanne" {
		t.Errorf("followers: %+v", list)
	}
	if list := must[[]gotAccount](t, jeanne.get("/api/v1/accounts/"+asking[1].ID+"/following")); len(list) != 1 || list[0].DisplayName != "Léa" {
		t.Errorf("following: %+v", list)
	}
	both := must[[]gotRelationship](t, jeanne.get("/api/v1/accounts/relationships?id[]="+me.ID+"&id[]="+asking[0].ID))
	if len(both) != 2 || !both[0].Following || both[1].ID != asking[0].ID || both[1].Following {
		t.Errorf("relationships: %+v", both)
	}
	if r := must[gotRelationship](t, jeanne.post("/api/v1/accounts/"+me.ID+"/unfollow", nil)); r.Following {
		t.Errorf("after unfollow: %+v", r)
	}
	if me = must[gotAccount](t, lea.get("/api/v1/accounts/verify_credentials")); me.Note != "<p>Bricole <em>beaucoup</em></p>" || me.Source == nil || me.Source.Note != "Bricole *beaucoup*" {
		t.Errorf("Léa about herself: %+v", me)
	}
}

// TestBlockAndReport: both protect the person who uses them.
func TestBlockAndReport(t *testing.T) {
	w := sqliteTown(t)
	jeanne, lea := w.as(t, "jeanne"), w.as(t, "lea")
	p := w.drill(t, "lea")
	r := must[struct {
		Comment   string
		StatusIDs []string   `json:"status_ids"`
		Target    gotAccount `json:"target_account"`
	}](t, jeanne.post("/api/v1/reports", url.Values{"account_id": {p.AuthorID.Decimal()}, "status_ids[]": {p.ID.Decimal()}, "comment": {"Objet volé"}}))
	if r.Comment != "Objet volé" || len(r.StatusIDs) != 1 || r.Target.Acct != "lea" {
		t.Errorf("report: %+v", r)
	}
	open, err := w.OpenReports(t.Context(), w.node, parvis.Viewer{Account: w.viewer(t, "odette").Account, Role: parvis.RoleModerator}, parvis.Page{})
	if err != nil || len(open) != 1 || open[0].Comment != "Objet volé" {
		t.Errorf("the team sees %v %v", open, err)
	}
	if b := must[gotRelationship](t, jeanne.post("/api/v1/accounts/"+p.AuthorID.Decimal()+"/block", nil)); !b.Blocking {
		t.Errorf("after block: %+v", b)
	}
	if rec := lea.post("/api/v1/accounts/"+w.viewer(t, "jeanne").ID().Decimal()+"/follow", nil); rec.Code != http.StatusForbidden {
		t.Errorf("whoever is blocked may follow: %d", rec.Code)
	}
	wantIDs(t, must[[]gotStatus](t, jeanne.get("/api/v1/timelines/public")), nil)
	if b := must[gotRelationship](t, jeanne.post("/api/v1/accounts/"+p.AuthorID.Decimal()+"/unblock", nil)); b.Blocking {
		t.Errorf("after unblock: %+v", b)
	}
}

// TestRemoveFollower: an app ends somebody's follow of its user, twice if it likes.
func TestRemoveFollower(t *testing.T) {
	w := sqliteTown(t)
	jeanne, lea := w.as(t, "jeanne"), w.as(t, "lea")
	jeanneID, leaID := w.viewer(t, "jeanne").ID().Decimal(), w.viewer(t, "lea").ID().Decimal()
	must[gotRelationship](t, jeanne.post("/api/v1/accounts/"+leaID+"/follow", nil))
	for range 2 {
		if r := must[gotRelationship](t, lea.post("/api/v1/accounts/"+jeanneID+"/remove_from_followers", nil)); r.ID != jeanneID || r.FollowedBy {
			t.Errorf("after removing: %+v", r)
		}
	}
}
