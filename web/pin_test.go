package web_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// TestPin: a resident puts a post above the others on their profile and takes it off
// again; with five there it is said why a sixth is not.
func TestPin(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	jeanne := m.signedIn(t, "jeanne")
	m.resident(t, "karim", parvis.RoleResident)
	post := m.publish(t, author, drill())
	karim := m.signedIn(t, "karim")
	karim.get(t, post.Path()).saysNot("Épingler")
	karim.post(t, post.Path()+"/epingle", url.Values{"verb": {"pin"}}).want(http.StatusForbidden)

	jeanne.get(t, post.Path()).says("Épingler à mon profil")
	jeanne.post(t, post.Path()+"/epingle", url.Values{"verb": {"pin"}}).want(http.StatusOK).
		says("C’est épinglé en haut de votre profil.", "Ne plus épingler")
	page := m.visitor(t).get(t, "/@jeanne").says("À lire d’abord")
	if page.one("section", "aria-labelledby", "pinned") == nil {
		t.Error("the profile does not show what is pinned")
	}
	jeanne.post(t, post.Path()+"/epingle", url.Values{"verb": {"unpin"}}).want(http.StatusOK).says("Ce n’est plus épinglé.")
	m.visitor(t).get(t, "/@jeanne").saysNot("À lire d’abord")

	for range parvis.MaxPins {
		jeanne.post(t, m.publish(t, author, drill()).Path()+"/epingle", url.Values{"verb": {"pin"}}).want(http.StatusOK)
	}
	jeanne.post(t, post.Path()+"/epingle", url.Values{"verb": {"pin"}}).want(http.StatusUnprocessableEntity).
		says("Ce n’est pas possible", "Épinglez 5 publications au plus")
	private := drill()
	private.Audience = parvis.OnNode
	here := m.publish(t, author, private)
	jeanne.get(t, here.Path()).saysNot("Épingler")
}

// TestForeignTexts: a post of another server shows its small pictures, its warning
// and the way to what it quotes; its author shows theirs.
func TestForeignTexts(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	ctx, rows := context.Background(), m.app.DB.Node(m.node.ID)
	luis := parvistest.Stranger("luis", "masto.example")
	luis.Name, luis.Emojis = "Luis :chat:", []parvis.Emoji{{Name: "chat"}}
	post := parvistest.Post(m.node, luis, &parvis.Note{}, "", now)
	post.HTML, post.Warning = `<p>Le :chat: <a href="https://masto.example/:chat:">là</a>, :chien:</p>`, "Animaux :chat:"
	post.Emojis, post.QuoteURI, post.QuoteStamp = luis.Emojis, "https://masto.example/9", "https://masto.example/s/9"
	err := rows.InTx(ctx, func(ctx context.Context, tx *storage.Tx) error {
		if err := tx.AddAccount(ctx, luis); err != nil {
			return err
		}
		picture := &parvis.Media{ID: parvis.NewID(now), AccountID: luis.ID, Renditions: []parvis.Rendition{{Key: "c/chat.png", Type: "image/png", Width: 64, Height: 32}}}
		if err := tx.AddMedia(ctx, picture); err != nil {
			return err
		}
		if err := tx.SetEmoji(ctx, parvis.Emoji{Host: "masto.example", Name: "chat", Media: picture, UpdatedAt: now}, now); err != nil {
			return err
		}
		post.AuthorID = luis.ID
		return tx.AddPost(ctx, post, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	page := m.visitor(t).get(t, post.Path()).want(http.StatusOK).says("Cite une autre publication", ":chien:")
	// In the heading, in the warning, in the text, and in the author's name.
	if images := page.all("img", "class", "emoji"); len(images) < 4 || attr(images[0], "alt") != ":chat:" || attr(images[0], "src") != "/media/c/chat.png" ||
		attr(images[0], "width") != "40" || attr(images[0], "height") != "20" {
		t.Errorf("%d emojis", len(images))
	}
	if page.one("summary", "", "") == nil || page.one("a", "href", "https://masto.example/:chat:") == nil {
		t.Error("the warning, or a link with the name of an emoji, is lost")
	}
	m.visitor(t).get(t, "/@luis@masto.example").saysNot(":chat:")
}
