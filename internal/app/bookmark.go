package app

import (
	"context"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// Save keeps a post for the viewer to find it again. Nobody else learns of it, so those
// who moved away may too; twice is once.
func (a *App) Save(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.Post, error) {
	p, err := a.reactable(ctx, n, v, id)
	if err != nil || p.Saved {
		return p, err
	}
	p.Saved = true
	return p, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		return t.AddBookmark(ctx, v.ID(), p.ID, a.Now())
	})
}

// Unsave takes a post out of what the viewer keeps, even if they may not see it any
// more: then that is done, and the error is that of [App.Post].
func (a *App) Unsave(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.Post, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	err := a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.RemoveBookmark(ctx, v.ID(), id) })
	if err != nil {
		return nil, err
	}
	return a.Post(ctx, n, v, id)
}

// Saved lists what the viewer keeps, as far as they may still see it. Entries are in
// the order in which they were kept.
func (a *App) Saved(ctx context.Context, n *parvis.Node, v parvis.Viewer, page parvis.Page) ([]storage.HomeEntry, error) {
	return a.stillVisible(ctx, n, v, page, a.node(n).Bookmarks)
}

// Liked lists what the viewer likes, as Saved does what they keep.
func (a *App) Liked(ctx context.Context, n *parvis.Node, v parvis.Viewer, page parvis.Page) ([]storage.HomeEntry, error) {
	return a.stillVisible(ctx, n, v, page, a.node(n).LikedBy)
}

// stillVisible reads on until a page is full of what the viewer may still see, or
// nothing is left: a short page is taken for the last.
func (a *App) stillVisible(ctx context.Context, n *parvis.Node, v parvis.Viewer, page parvis.Page,
	read func(context.Context, parvis.ID, parvis.Page) ([]storage.HomeEntry, error)) ([]storage.HomeEntry, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	var kept []storage.HomeEntry
	for limit := page.Size(); ; {
		some, err := read(ctx, v.ID(), page)
		if err != nil || len(some) == 0 {
			return kept, err
		}
		whole, first, last := len(some) == limit, some[0].ID, some[len(some)-1].ID
		if some, err = a.visibleEntries(ctx, n, v, some); err != nil {
			return nil, err
		}
		if page.From != 0 { // read upwards
			kept, page.From = append(some, kept...), first
			kept = kept[max(0, len(kept)-limit):]
		} else {
			kept, page.Before = append(kept, some...), last
			kept = kept[:min(len(kept), limit)]
		}
		if len(kept) == limit || !whole {
			return kept, nil
		}
	}
}

// ReactedBy lists who liked or shared a post that the viewer may see, the youngest
// account first.
func (a *App) ReactedBy(ctx context.Context, n *parvis.Node, v parvis.Viewer, k storage.ReactionKind, id parvis.ID, page parvis.Page) ([]*parvis.Account, error) {
	p, err := a.reactable(ctx, n, v, id)
	if err != nil {
		return nil, err
	}
	return a.node(n).ReactedBy(ctx, k, p.ID, v.ID(), page)
}
