package mastodon

import (
	"context"

	"github.com/gorilla/mux"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/storage"
)

// list shows a page of entries and tells where the next ones are.
func (a *API) list(ctx context.Context, c *call, entries []storage.HomeEntry) (any, error) {
	if len(entries) > 0 {
		c.link(entries[0].ID, entries[len(entries)-1].ID)
	}
	return a.statusesOf(ctx, c, entries)
}

func (a *API) home(ctx context.Context, c *call) (any, error) {
	page, err := c.page(statusesPage)
	if err != nil {
		return nil, err
	}
	entries, err := a.App.Home(ctx, c.node, c.viewer, page)
	if err != nil {
		return nil, err
	}
	return a.list(ctx, c, entries)
}

func (a *API) public(ctx context.Context, c *call) (any, error) {
	return a.posts(ctx, c, storage.PostFilter{})
}

func (a *API) tagged(ctx context.Context, c *call) (any, error) {
	return a.posts(ctx, c, storage.PostFilter{Tag: text.Fold(mux.Vars(c.r)["tag"])})
}

func (a *API) posts(ctx context.Context, c *call, f storage.PostFilter) (any, error) {
	page, err := c.page(statusesPage)
	if err != nil {
		return nil, err
	}
	switch {
	case c.in.yes("local"):
		f.Where = storage.Here
	case c.in.yes("remote"):
		f.Where = storage.Elsewhere
	}
	posts, err := a.App.List(ctx, c.node, c.viewer, f, page)
	if err != nil {
		return nil, err
	}
	return a.list(ctx, c, entriesOf(posts...))
}

// statusesBy lists what an account published and shared.
func (a *API) statusesBy(ctx context.Context, c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	acc, err := a.App.Account(ctx, c.node, id)
	if err != nil {
		return nil, err
	}
	page, err := c.page(statusesPage)
	if err != nil {
		return nil, err
	}
	if c.in.yes("pinned") {
		return a.pinnedBy(ctx, c, acc.ID)
	}
	entries, err := a.entriesBy(ctx, c, acc, page)
	if err != nil {
		return nil, err
	}
	return a.list(ctx, c, entries)
}

func (a *API) entriesBy(ctx context.Context, c *call, acc *parvis.Account, page parvis.Page) ([]storage.HomeEntry, error) {
	replies := !c.in.yes("exclude_replies")
	if c.in.yes("exclude_reblogs") {
		posts, err := a.App.PostsBy(ctx, c.node, c.viewer, acc.ID, replies, page)
		return entriesOf(posts...), err
	}
	return a.App.EntriesBy(ctx, c.node, c.viewer, acc, replies, page)
}
