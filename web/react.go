package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
	"github.com/parvis-coop/parvis/web/templates"
)

// gestures are what one does with a post by pressing a button.
var gestures = map[string]func(*app.App, context.Context, *parvis.Node, parvis.Viewer, parvis.ID) (*parvis.Post, error){
	"like": (*app.App).Like, "unlike": (*app.App).Unlike,
	"share": (*app.App).Share, "unshare": (*app.App).Unshare,
	"save": (*app.App).Save,
}

// react does what a button under a post says, and leads back to where it stood.
func react(v *visit) error {
	if v.FormValue("verb") == "unsave" {
		return unsave(v)
	}
	post, err := v.post()
	if err != nil {
		return err
	}
	do, known := gestures[v.FormValue("verb")]
	if !known {
		return parvis.ErrNotFound
	}
	if _, err := do(v.app, v.Context(), v.node, v.viewer, post.ID); err != nil {
		return err
	}
	return v.goTo(v.back(post.Path()), "")
}

// unsave puts a post away that the viewer kept, be it hidden from them by now.
func unsave(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	post, err := v.app.Unsave(v.Context(), v.node, v.viewer, id)
	switch {
	case err == nil:
		return v.goTo(v.back(post.Path()), "")
	case errors.Is(err, parvis.ErrNotFound), errors.Is(err, parvis.ErrGone):
		return v.goTo(v.back(templates.SavedPath), "")
	}
	return err
}

// saved lists what a resident keeps, and liked what they like.
func saved(v *visit) error { return v.ownList(templates.SavedPath, v.app.Saved) }

func liked(v *visit) error { return v.ownList(templates.LikedPath, v.app.Liked) }

// ownList shows a list of posts that only the viewer has.
func (v *visit) ownList(path string, read func(context.Context, *parvis.Node, parvis.Viewer, parvis.Page) ([]storage.HomeEntry, error)) error {
	page, err := v.paging()
	if err != nil {
		return err
	}
	entries, err := read(v.Context(), v.node, v.viewer, page)
	if err != nil {
		return err
	}
	if err := v.fillQuotes(entries); err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T(templates.KeptTitle(path)))
	return v.show(http.StatusOK, pg, templates.KeptView(pg, path, templates.TimelinePage{
		Entries: entriesOf(entries), Pages: pages(path, nil, page, partOfEntries(entries, page))}))
}
