package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// button returns the button of a page whose verb it sends, nil if there is none.
func (v *view) button(verb string) *html.Node { return v.one("button", "value", verb) }

// back is where the buttons under a post lead; the language switch leads back too.
func (v *view) back() string {
	all := v.hidden("retour")
	return all[len(all)-1]
}

// TestReactions: a resident likes, shares and keeps a post from its page, comes back to
// the buttons, and takes each back by the same one.
func TestReactions(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "karim", parvis.RoleResident)
	karim := m.signedIn(t, "karim")
	post := m.publish(t, author, drill())
	page := karim.get(t, post.Path())
	for _, verb := range []string{"like", "share", "save"} {
		if b := page.button(verb); b == nil || attr(b, "aria-pressed") != "false" {
			t.Fatalf("no button to %s", verb)
		}
		if back := page.back(); back != post.Path()+"#reactions" {
			t.Fatalf("the button leads back to %q", back)
		}
		page = karim.post(t, post.Path()+"/reaction", url.Values{"verb": {verb}, "retour": {page.back()}}).want(http.StatusOK)
		if b := page.button("un" + verb); b == nil || attr(b, "aria-pressed") != "true" {
			t.Errorf("after %s it is not pressed", verb)
		}
	}
	page.says("J’aime 1", "Partager 2") // the feed shares it too
	karim.get(t, "/moi/favoris").says("Ce que vous gardez", "Perceuse à percussion")
	karim.get(t, "/moi/favoris/aimes").says("Ce que vous aimez", "Perceuse à percussion")
	m.visitor(t).get(t, post.Path()).says("aimé par 1 personne · partagé 2 fois").saysNot("J’aime")
	for _, verb := range []string{"unlike", "unshare", "unsave"} {
		page = karim.post(t, post.Path()+"/reaction", url.Values{"verb": {verb}, "retour": {post.Path()}}).want(http.StatusOK)
		if b := page.button(strings.TrimPrefix(verb, "un")); b == nil {
			t.Errorf("%s changes nothing", verb)
		}
	}
	karim.get(t, "/moi/favoris").says("Rien encore").saysNot("Perceuse")
	karim.get(t, "/moi/favoris/aimes").says("Rien encore").saysNot("Perceuse")
}

// TestReactionsInTheTimeline: in a list the buttons lead back to the post where it
// stands, on the same part of the list.
func TestReactionsInTheTimeline(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author, reader := m.resident(t, "jeanne", parvis.RoleResident), m.resident(t, "karim", parvis.RoleResident)
	karim := m.signedIn(t, "karim")
	post := m.publish(t, author, app.Draft{Detail: &parvis.Note{}, Source: "Le lavoir est ouvert."})
	viewer := parvis.Viewer{Account: reader, Role: parvis.RoleResident}
	if err := m.app.Follow(context.Background(), m.node, viewer, author.ID); err != nil {
		t.Fatal(err)
	}
	part := "/moi/fil?apres=" + parvis.ID(1).String()
	page := karim.get(t, part).says("Le lavoir est ouvert.")
	anchor := "p-" + post.ID.String()
	if page.one("li", "id", anchor) == nil {
		t.Fatal("the entry has no name to lead back to")
	}
	if back := page.back(); back != part+"#"+anchor {
		t.Errorf("the button leads back to %q", back)
	}
	karim.post(t, post.Path()+"/reaction", url.Values{"verb": {"like"}, "retour": {page.back()}}).says("J’aime 1", "Le lavoir")
}

// TestReactionsOfThoseWhoMayNot: who may not do something is not offered it, and
// refused when they ask anyway.
func TestReactionsOfThoseWhoMayNot(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "karim", parvis.RoleResident)
	jeanne, karim, visitor := m.signedIn(t, "jeanne"), m.signedIn(t, "karim"), m.visitor(t)
	here := drill()
	here.Audience = parvis.OnNode
	open, local := m.publish(t, author, drill()), m.publish(t, author, here)
	if page := jeanne.get(t, open.Path()); page.button("like") != nil || page.button("share") == nil || page.button("save") == nil {
		t.Error("an author is offered to like their own post, or not to share or keep it")
	}
	if page := karim.get(t, local.Path()); page.button("share") != nil || page.button("like") == nil {
		t.Error("what stays here can be shared, or not liked")
	}
	page := visitor.get(t, open.Path())
	if page.button("like") != nil || page.link("Suivre ou répondre depuis mon serveur") == "" {
		t.Error("a visitor is offered the buttons, or not the way to their server")
	}
	for name, c := range map[string]struct {
		who  *browser
		post *parvis.Post
		verb string
		want int
	}{
		"share what stays here":         {karim, local, "share", http.StatusForbidden},
		"do something else":             {karim, open, "dance", http.StatusNotFound},
		"a visitor likes what is local": {visitor, local, "like", http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			c.who.post(t, c.post.Path()+"/reaction", url.Values{"verb": {c.verb}}).want(c.want)
		})
	}
	visitor.post(t, open.Path()+"/reaction", url.Values{"verb": {"like"}}).says("Connexion")
}

// TestPuttingAwayWhatIsHidden: what one kept and may not see any more, one can put away
// from a page that still shows it.
func TestPuttingAwayWhatIsHidden(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author, reader := m.resident(t, "jeanne", parvis.RoleResident), m.resident(t, "karim", parvis.RoleResident)
	karim := m.signedIn(t, "karim")
	post := m.publish(t, author, drill())
	karim.post(t, post.Path()+"/reaction", url.Values{"verb": {"save"}}).want(http.StatusOK)
	jeanne := parvis.Viewer{Account: author, Role: parvis.RoleResident}
	if err := m.app.Block(context.Background(), m.node, jeanne, reader.ID); err != nil {
		t.Fatal(err)
	}
	karim.get(t, post.Path()).want(http.StatusNotFound)
	karim.post(t, post.Path()+"/reaction", url.Values{"verb": {"unsave"}}).want(http.StatusOK).says("Ce que vous gardez")
	if err := m.app.Unblock(context.Background(), m.node, jeanne, reader.ID); err != nil {
		t.Fatal(err)
	}
	karim.get(t, "/moi/favoris").says("Rien encore")
}

// TestReactionsSayOfWhat: somebody who hears the page knows of which post a button is,
// and what its number counts. Whoever moved away may keep posts, and nothing else.
func TestReactionsSayOfWhat(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	reader := m.resident(t, "karim", parvis.RoleResident)
	post := m.publish(t, author, drill())
	karim := m.signedIn(t, "karim")
	karim.post(t, post.Path()+"/reaction", url.Values{"verb": {"like"}}).says("publication de Jeanne · aimé par 1 personne")
	if err := m.app.DB.Node(m.node.ID).InTx(context.Background(), func(ctx context.Context, tx *storage.Tx) error {
		return tx.StartMove(ctx, reader.ID, "https://masto.example/users/karim", time.Now(), time.Hour)
	}); err != nil {
		t.Fatal(err)
	}
	page := karim.get(t, post.Path()).says("aimé par 1 personne")
	if page.button("save") == nil || page.button("unlike") != nil || page.button("share") != nil {
		t.Error("whoever moved away may not keep, or may do more")
	}
}
