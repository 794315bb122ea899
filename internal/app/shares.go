package app

import (
	"cmp"
	"context"
	"slices"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// SharedPost returns a share by its own id, as it stands in homes: the post that
// the viewer may see, and who shared it.
func (a *App) SharedPost(ctx context.Context, n *parvis.Node, v parvis.Viewer, share parvis.ID) (storage.HomeEntry, error) {
	r, err := a.node(n).ReactionByID(ctx, storage.Shares, share)
	if err != nil {
		return storage.HomeEntry{}, err
	}
	return a.entryOf(ctx, n, v, r)
}

// ShareBy returns an account's share of a post, as it stands in homes.
func (a *App) ShareBy(ctx context.Context, n *parvis.Node, v parvis.Viewer, sharer, post parvis.ID) (storage.HomeEntry, error) {
	r, err := a.node(n).Reaction(ctx, storage.Shares, sharer, post)
	if err != nil {
		return storage.HomeEntry{}, err
	}
	return a.entryOf(ctx, n, v, r)
}

func (a *App) entryOf(ctx context.Context, n *parvis.Node, v parvis.Viewer, r *storage.Reaction) (storage.HomeEntry, error) {
	sharer, err := a.Account(ctx, n, r.AccountID)
	if err != nil {
		return storage.HomeEntry{}, err
	}
	p, err := a.Post(ctx, n, v, r.PostID)
	return storage.HomeEntry{ID: r.ID, Post: p, Sharer: sharer, URI: r.URI}, err
}

// EntriesBy lists what an account published and shared, newest first, as far as
// the viewer may see it. A page may be shorter than asked for.
func (a *App) EntriesBy(ctx context.Context, n *parvis.Node, v parvis.Viewer, author *parvis.Account, replies bool, page parvis.Page) ([]storage.HomeEntry, error) {
	audiences, err := a.audiencesOf(ctx, n, v, author.ID)
	if err != nil {
		return nil, err
	}
	posts, err := a.node(n).PostsBy(ctx, author.ID, audiences, replies, page)
	if err != nil {
		return nil, err
	}
	entries, err := a.sharesBy(ctx, n, author, page)
	if err != nil {
		return nil, err
	}
	for _, p := range posts {
		// Somebody may share their own post: both entries then hold the same one,
		// so that both are marked.
		for i := range entries {
			if entries[i].Post.ID == p.ID {
				entries[i].Post = p
			}
		}
		entries = append(entries, storage.HomeEntry{ID: p.ID, Post: p})
	}
	slices.SortFunc(entries, func(x, y storage.HomeEntry) int { return cmp.Compare(y.ID, x.ID) })
	// Both lists are whole pages, so the nearest of the two together are one too.
	if extra := len(entries) - page.Size(); extra > 0 && page.From != 0 {
		entries = entries[extra:]
	} else if extra > 0 {
		entries = entries[:page.Size()]
	}
	return a.visibleEntries(ctx, n, v, entries)
}

// Published counts what an account published. A feed's own posts are letters to
// residents; what it says to everyone is what it shares.
func (a *App) Published(ctx context.Context, n *parvis.Node, acc *parvis.Account) (int, error) {
	if !acc.IsFeed() {
		return acc.Posts, nil
	}
	return a.node(n).CountSharesBy(ctx, acc.ID)
}

func (a *App) sharesBy(ctx context.Context, n *parvis.Node, sharer *parvis.Account, page parvis.Page) ([]storage.HomeEntry, error) {
	shares, err := a.node(n).SharesBy(ctx, sharer.ID, page)
	if err != nil {
		return nil, err
	}
	ids := make([]parvis.ID, len(shares))
	for i, r := range shares {
		ids[i] = r.PostID
	}
	posts, err := a.node(n).PostsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	var entries []storage.HomeEntry
	for _, r := range shares {
		if p := posts[r.PostID]; p != nil {
			entries = append(entries, storage.HomeEntry{ID: r.ID, Post: p, Sharer: sharer, URI: r.URI})
		}
	}
	return entries, nil
}

// visibleEntries returns the entries whose posts the viewer may see.
func (a *App) visibleEntries(ctx context.Context, n *parvis.Node, v parvis.Viewer, entries []storage.HomeEntry) ([]storage.HomeEntry, error) {
	posts := make([]*parvis.Post, len(entries))
	for i, e := range entries {
		posts[i] = e.Post
	}
	seen, err := a.visible(ctx, n, v, posts)
	if err != nil {
		return nil, err
	}
	kept := entries[:0]
	for _, e := range entries {
		// seen keeps the order of entries.
		if len(seen) > 0 && seen[0] == e.Post {
			kept, seen = append(kept, e), seen[1:]
		}
	}
	return kept, nil
}
