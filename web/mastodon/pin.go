package mastodon

import (
	"context"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

func (a *API) pin(ctx context.Context, c *call) (any, error) { return a.reacted(ctx, c, a.App.Pin) }

func (a *API) unpin(ctx context.Context, c *call) (any, error) { return a.reacted(ctx, c, a.App.Unpin) }

// pinnedBy shows what an account wants to be read first.
func (a *API) pinnedBy(ctx context.Context, c *call, account parvis.ID) (any, error) {
	posts, err := a.App.Pinned(ctx, c.node, c.viewer, account)
	if err != nil {
		return nil, err
	}
	return a.statusesOf(ctx, c, entriesOf(posts...))
}

// markPinned marks what the viewer pinned among their own posts.
func (a *API) markPinned(ctx context.Context, c *call, entries []storage.HomeEntry) error {
	posts := make([]*parvis.Post, len(entries))
	for i, e := range entries {
		posts[i] = e.Post
	}
	return a.App.MarkPinned(ctx, c.node, c.viewer, posts...)
}
