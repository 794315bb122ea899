package mastodon

import (
	"context"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

func (a *API) bookmark(ctx context.Context, c *call) (any, error) {
	return a.reacted(ctx, c, a.App.Save)
}

func (a *API) unbookmark(ctx context.Context, c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	p, err := a.App.Unsave(ctx, c.node, c.viewer, id)
	if err != nil {
		return nil, err
	}
	return a.statusOf(ctx, c, p)
}

// bookmarks and favourites are paged by when the viewer kept or liked a status.
func (a *API) bookmarks(ctx context.Context, c *call) (any, error) {
	return a.ownList(ctx, c, a.App.Saved)
}

func (a *API) favourites(ctx context.Context, c *call) (any, error) {
	return a.ownList(ctx, c, a.App.Liked)
}

// ownList shows a list of posts that only the viewer has.
func (a *API) ownList(ctx context.Context, c *call,
	read func(context.Context, *parvis.Node, parvis.Viewer, parvis.Page) ([]storage.HomeEntry, error)) (any, error) {
	page, err := c.page(statusesPage)
	if err != nil {
		return nil, err
	}
	entries, err := read(ctx, c.node, c.viewer, page)
	if err != nil {
		return nil, err
	}
	return a.list(ctx, c, entries)
}

func (a *API) favouritedBy(ctx context.Context, c *call) (any, error) {
	return a.reactedBy(ctx, c, storage.Likes)
}

func (a *API) rebloggedBy(ctx context.Context, c *call) (any, error) {
	return a.reactedBy(ctx, c, storage.Shares)
}

// reactedBy shows who liked or shared a status, to residents: a town need not tell
// the world who likes what.
func (a *API) reactedBy(ctx context.Context, c *call, k storage.ReactionKind) (any, error) {
	e, err := a.found(ctx, c)
	if err != nil {
		return nil, err
	}
	page, err := c.page(accountsPage)
	if err != nil {
		return nil, err
	}
	accounts, err := a.App.ReactedBy(ctx, c.node, c.viewer, k, e.Post.ID, page)
	if err != nil {
		return nil, err
	}
	if len(accounts) > 0 {
		c.link(accounts[0].ID, accounts[len(accounts)-1].ID)
	}
	faces := make([]*account, len(accounts))
	for i, acc := range accounts {
		faces[i] = c.face(acc)
	}
	return faces, nil
}
