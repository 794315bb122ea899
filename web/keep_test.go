package web_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestKeptPagesAreCurrent: whatever changes on a page that visitors were shown, the
// next visitor sees it; nobody is told of what they may not see any more.
func TestKeptPagesAreCurrent(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	ctx := context.Background()
	author, other := m.resident(t, "jeanne", parvis.RoleResident), m.resident(t, "karim", parvis.RoleResident)
	jeanne, karim := parvis.Viewer{Account: author, Role: parvis.RoleResident}, parvis.Viewer{Account: other, Role: parvis.RoleResident}
	post := m.publish(t, author, drill())
	visitor := m.visitor(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	look := func() (onPost, onProfile *view) {
		t.Helper()
		for range 2 { // drawn, then kept
			onPost, onProfile = visitor.get(t, post.Path()).want(http.StatusOK), visitor.get(t, "/@jeanne").want(http.StatusOK)
		}
		return onPost, onProfile
	}
	onPost, onProfile := look()
	onPost.says("Perceuse à percussion et ses mèches")
	onProfile.says("Perceuse à percussion et ses mèches")

	edited := drill()
	edited.Title = "Perceuse sans fil"
	_, err := m.app.Edit(ctx, m.node, jeanne, post.ID, edited)
	must(err)
	onPost, onProfile = look()
	onPost.says("Perceuse sans fil")
	onProfile.says("Perceuse sans fil")

	answer := m.publish(t, other, app.Draft{Detail: &parvis.Note{}, Source: "Libre samedi ?", ReplyTo: post.ID})
	onPost, _ = look()
	onPost.says("Libre samedi")
	must(m.app.Delete(ctx, m.node, karim, answer.ID))
	onPost, _ = look()
	onPost.saysNot("Libre samedi")

	_, err = m.app.EditProfile(ctx, m.node, jeanne, app.Profile{Name: "Jeanne Morel"})
	must(err)
	onPost, onProfile = look()
	onPost.says("Jeanne Morel")
	onProfile.says("Jeanne Morel")

	m.node.Name = "Malakoff-la-Neuve"
	must(m.app.UpdateNode(ctx, m.node))
	onPost, onProfile = look()
	onPost.says("Malakoff-la-Neuve")
	onProfile.says("Malakoff-la-Neuve")

	// A resident's page is never a visitor's.
	m.signedIn(t, "jeanne").get(t, post.Path()).says("Modifier")
	onPost, _ = look()
	onPost.saysNot("Modifier")

	must(m.app.Delete(ctx, m.node, jeanne, post.ID))
	visitor.get(t, post.Path()).want(http.StatusGone)
	visitor.get(t, "/@jeanne").want(http.StatusOK).saysNot("Perceuse sans fil")
}

// TestUnchangedPagesAreNotSentAgain: a browser that has the page is told so.
func TestUnchangedPagesAreNotSentAgain(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	post := m.publish(t, author, drill())
	ask := func(tag string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, m.URL+post.Path(), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("If-None-Match", tag)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer
	}
	tag := ask("").Header.Get("ETag")
	same := false
	for range 3 { // the clock may pass a minute between two visits, but not between all
		again := ask(tag)
		if same = again.StatusCode == http.StatusNotModified; same {
			break
		}
		tag = again.Header.Get("ETag")
	}
	if !same {
		t.Error("the same page was sent again")
	}
	if _, err := m.app.Like(t.Context(), m.node, parvis.Viewer{Account: m.resident(t, "karim", parvis.RoleResident), Role: parvis.RoleResident}, post.ID); err != nil {
		t.Fatal(err)
	}
	if got := ask(tag).StatusCode; got != http.StatusOK {
		t.Errorf("a changed page: %d", got)
	}
}
