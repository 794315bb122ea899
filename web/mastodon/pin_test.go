package mastodon_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// TestPin: an app pins a post of its user's, sees it marked, and finds it by
// pinned=true.
func TestPin(t *testing.T) {
	w := sqliteTown(t)
	jeanne, lea := w.as(t, "jeanne"), w.as(t, "lea")
	type got struct {
		ID      string
		Pinned  *bool
		Account struct{ ID string }
	}
	s := must[got](t, jeanne.post("/api/v1/statuses", url.Values{"status": {"Bienvenue"}}))
	if s.Pinned == nil || *s.Pinned {
		t.Errorf("a new post is pinned: %v", s.Pinned)
	}
	if p := must[got](t, jeanne.post("/api/v1/statuses/"+s.ID+"/pin", nil)); p.Pinned == nil || !*p.Pinned {
		t.Errorf("after pinning: %v", p.Pinned)
	}
	if p := must[got](t, lea.get("/api/v1/statuses/"+s.ID)); p.Pinned != nil {
		t.Error("another is told what is pinned")
	}
	pinned := func() []got {
		return must[[]got](t, lea.get("/api/v1/accounts/"+s.Account.ID+"/statuses?pinned=true"))
	}
	if list := pinned(); len(list) != 1 || list[0].ID != s.ID {
		t.Errorf("pinned: %v", list)
	}
	if rec := lea.post("/api/v1/statuses/"+s.ID+"/pin", nil); rec.Code != http.StatusForbidden {
		t.Errorf("another pins it: %d", rec.Code)
	}
	private := must[got](t, jeanne.post("/api/v1/statuses", url.Values{"status": {"Entre nous"}, "visibility": {"private"}}))
	if rec := jeanne.post("/api/v1/statuses/"+private.ID+"/pin", nil); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("a private post: %d", rec.Code)
	}
	must[got](t, jeanne.post("/api/v1/statuses/"+s.ID+"/unpin", nil))
	if list := pinned(); len(list) != 0 {
		t.Errorf("still pinned: %v", list)
	}
}

// TestEmojis: the small pictures of a text and a name come with them, if they are
// here.
func TestEmojis(t *testing.T) {
	w := sqliteTown(t)
	luis := parvistest.Stranger("luisa", "masto.example")
	luis.Emojis = []parvis.Emoji{{Name: "chat"}}
	post := parvistest.Post(w.node, luis, &parvis.Note{}, "", parvistest.Noon)
	post.Emojis = []parvis.Emoji{{Name: "chat"}, {Name: "absent"}}
	err := w.DB.Node(w.node.ID).InTx(t.Context(), func(ctx context.Context, tx *storage.Tx) error {
		if err := tx.AddAccount(ctx, luis); err != nil {
			return err
		}
		picture := &parvis.Media{ID: parvis.NewID(parvistest.Noon), AccountID: luis.ID, Renditions: []parvis.Rendition{{Key: "c/chat.png", Type: "image/png", Width: 32, Height: 32}}}
		if err := tx.AddMedia(ctx, picture); err != nil {
			return err
		}
		post.AuthorID = luis.ID
		e := parvis.Emoji{Host: "masto.example", Name: "chat", Media: picture, UpdatedAt: parvistest.Noon}
		if err := tx.SetEmoji(ctx, e, parvistest.Noon); err != nil {
			return err
		}
		return tx.AddPost(ctx, post, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	type emojis []struct{ Shortcode, URL string }
	s := must[struct {
		Emojis  emojis
		Account struct{ Emojis emojis }
	}](t, w.as(t, "").get("/api/v1/statuses/"+post.ID.Decimal()))
	want := w.node.URL("/media/c/chat.png")
	if len(s.Emojis) != 1 || s.Emojis[0].Shortcode != "chat" || s.Emojis[0].URL != want || len(s.Account.Emojis) != 1 {
		t.Errorf("emojis %v, of its author %v", s.Emojis, s.Account.Emojis)
	}
}
