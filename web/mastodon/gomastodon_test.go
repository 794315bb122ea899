package mastodon_test

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"

	masto "github.com/mattn/go-mastodon"
)

// TestGoMastodon runs an unmodified client library against the API: it fails on
// what it cannot decode.
func TestGoMastodon(t *testing.T) {
	w := sqliteTown(t)
	srv := httptest.NewServer(w.handler)
	defer srv.Close()
	open := func(name string) *masto.Client {
		return masto.NewClient(&masto.Config{Server: srv.URL, AccessToken: w.token(t, name)})
	}
	jeanne, lea := open("jeanne"), open("lea")
	ctx := t.Context()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	place, err := jeanne.GetInstance(ctx)
	ok(err)
	if place.URI != "malakoff.example" || place.EMail != "bonjour@malakoff.example" || place.Stats.UserCount != 4 {
		t.Errorf("instance: %+v", place)
	}
	found, err := jeanne.Search(ctx, "@lea@malakoff.example", true)
	ok(err)
	if len(found.Accounts) != 1 || found.Accounts[0].CreatedAt.IsZero() {
		t.Fatalf("search: %+v", found)
	}
	leaID := found.Accounts[0].ID
	_, err = jeanne.AccountFollow(ctx, leaID)
	ok(err)
	both, err := jeanne.GetAccountRelationships(ctx, []string{string(leaID)})
	ok(err)
	if len(both) != 1 || !both[0].Following {
		t.Errorf("relationships: %+v", both[0])
	}

	photo, err := lea.UploadMediaFromMedia(ctx, &masto.Media{File: bytes.NewReader(photo(t)), Description: "Une table en bois"})
	ok(err)
	if photo.Meta.Original.Width != 64 || photo.Type != "image" {
		t.Errorf("picture: %+v", photo)
	}
	post, err := lea.PostStatus(ctx, &masto.Toot{Status: "Je donne une table. #Don", MediaIDs: []masto.ID{photo.ID}})
	ok(err)
	if len(post.MediaAttachments) != 1 || len(post.Tags) != 1 || post.Tags[0].Name != "don" {
		t.Errorf("post: %+v", post)
	}
	w.work(t)
	page := &masto.Pagination{Limit: 1}
	home, err := jeanne.GetTimelineHome(ctx, page)
	ok(err)
	if len(home) != 1 || home[0].ID != post.ID || page.MaxID != post.ID {
		t.Fatalf("home: %+v, then %+v", home, page)
	}
	liked, err := jeanne.Favourite(ctx, post.ID)
	ok(err)
	if liked.Favourited != true || liked.FavouritesCount != 1 {
		t.Errorf("favourite: %+v", liked)
	}
	share, err := jeanne.Reblog(ctx, post.ID)
	ok(err)
	if share.Reblog == nil || share.Reblog.ID != post.ID {
		t.Errorf("reblog: %+v", share)
	}
	_, err = jeanne.PostStatus(ctx, &masto.Toot{Status: "@lea elle m'intéresse", InReplyToID: post.ID, Visibility: "unlisted"})
	ok(err)
	around, err := lea.GetStatusContext(ctx, post.ID)
	ok(err)
	if len(around.Descendants) != 1 || len(around.Descendants[0].Mentions) != 1 {
		t.Errorf("context: %+v", around)
	}
	told, err := lea.GetNotifications(ctx, nil)
	ok(err)
	var types []string
	for _, n := range told {
		types = append(types, n.Type)
	}
	if got := strings.Join(types, " "); got != "mention reblog favourite follow" {
		t.Errorf("notifications: %s", got)
	}
	ok(lea.DeleteStatus(ctx, post.ID))
	if _, err := lea.GetStatus(ctx, post.ID); err == nil || !strings.Contains(err.Error(), "410") {
		t.Errorf("after deletion: %v", err)
	}
}
