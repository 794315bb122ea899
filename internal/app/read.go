package app

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// Post returns a post that the viewer may see. One that was deleted is
// parvis.ErrGone if it was public, else parvis.ErrNotFound like one that the
// viewer may not see.
func (a *App) Post(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.Post, error) {
	p, err := a.node(n).Post(ctx, id)
	if p, err = a.shown(ctx, n, v, p, err); err != nil {
		return nil, err
	}
	if err := a.copyAgain(ctx, n, v, p); err != nil {
		return nil, err
	}
	return p, a.lookAtCounts(ctx, n, v, p)
}

// PostByURI is Post for an ActivityPub id.
func (a *App) PostByURI(ctx context.Context, n *parvis.Node, v parvis.Viewer, uri string) (*parvis.Post, error) {
	p, err := a.node(n).PostByURI(ctx, uri)
	return a.shown(ctx, n, v, p, err)
}

func (a *App) shown(ctx context.Context, n *parvis.Node, v parvis.Viewer, p *parvis.Post, err error) (*parvis.Post, error) {
	if err != nil {
		return nil, err
	}
	if !p.DeletedAt.IsZero() {
		if p.Audience.Public() {
			return nil, parvis.ErrGone
		}
		return nil, parvis.ErrNotFound
	}
	seen, err := a.visible(ctx, n, v, []*parvis.Post{p})
	if err != nil {
		return nil, err
	}
	if len(seen) == 0 {
		return nil, parvis.ErrNotFound
	}
	return p, nil
}

// visible returns the posts that the viewer may see, marked with what they did
// to them, in a fixed number of queries.
func (a *App) visible(ctx context.Context, n *parvis.Node, v parvis.Viewer, posts []*parvis.Post) ([]*parvis.Post, error) {
	var authors []parvis.ID
	for _, p := range posts {
		authors = append(authors, p.AuthorID)
	}
	relations, err := a.node(n).Relationships(ctx, v.ID(), authors)
	if err != nil {
		return nil, err
	}
	seen := make([]*parvis.Post, 0, len(posts))
	for _, p := range posts {
		r := relations[p.AuthorID]
		ties := parvis.Ties{Follows: r.Following, Blocked: r.Blocking || r.BlockedBy}
		for _, m := range p.Mentions {
			ties.Mentioned = ties.Mentioned || m.AccountID == v.ID() && v.ID() != 0
		}
		if p.DeletedAt.IsZero() && v.CanSee(p, ties) {
			seen = append(seen, p)
		}
	}
	if !v.Resident() {
		return seen, nil // other servers are not told what their people did
	}
	return seen, a.node(n).Mark(ctx, v.ID(), seen)
}

// List lists posts for anyone to find: no answers, nothing private.
func (a *App) List(ctx context.Context, n *parvis.Node, v parvis.Viewer, f storage.PostFilter, page parvis.Page) ([]*parvis.Post, error) {
	f.Audiences, f.Viewer = v.Audiences(), v.ID()
	posts, err := a.node(n).Posts(ctx, f, page)
	if err != nil {
		return nil, err
	}
	return posts, a.node(n).Mark(ctx, v.ID(), posts)
}

// PostsBy lists an account's posts that the viewer may see, newest first.
func (a *App) PostsBy(ctx context.Context, n *parvis.Node, v parvis.Viewer, author parvis.ID, replies bool, page parvis.Page) ([]*parvis.Post, error) {
	audiences, err := a.audiencesOf(ctx, n, v, author)
	if err != nil {
		return nil, err
	}
	posts, err := a.node(n).PostsBy(ctx, author, audiences, replies, page)
	if err != nil {
		return nil, err
	}
	return a.visible(ctx, n, v, posts)
}

// audiencesOf returns the audiences of an account's posts that the viewer is in,
// so that pages are full: a reader stops at an empty one.
func (a *App) audiencesOf(ctx context.Context, n *parvis.Node, v parvis.Viewer, author parvis.ID) ([]parvis.Audience, error) {
	audiences := append(v.Audiences(), parvis.Unlisted)
	if v.ID() == author && author != 0 {
		return append(audiences, parvis.Followers, parvis.Named), nil
	}
	relations, err := a.node(n).Relationships(ctx, v.ID(), []parvis.ID{author})
	if relations[author].Following {
		audiences = append(audiences, parvis.Followers)
	}
	return audiences, err
}

// Thread returns the conversation around a post that the viewer may see: what
// came before it, itself not included, and all that answers it, oldest first.
func (a *App) Thread(ctx context.Context, n *parvis.Node, v parvis.Viewer, p *parvis.Post) (before, after []*parvis.Post, err error) {
	all, err := a.node(n).Thread(ctx, p.Thread, v.ID())
	if err != nil {
		return nil, nil, err
	}
	if all, err = a.visible(ctx, n, v, all); err != nil {
		return nil, nil, err
	}
	byID := make(map[parvis.ID]*parvis.Post, len(all))
	for _, q := range all {
		byID[q.ID] = q
	}
	// An answer that arrived out of order may have a smaller id than its parent,
	// and a hostile peer could make a ring: so walk up with a bound.
	for q, steps := byID[p.ReplyTo], 0; q != nil && q.ID != p.ID && steps < len(all); q, steps = byID[q.ReplyTo], steps+1 {
		before = append([]*parvis.Post{q}, before...)
	}
	for _, q := range all {
		if q.ID != p.ID && answers(q, p.ID, byID) {
			after = append(after, q)
		}
	}
	return before, after, nil
}

// answers reports whether q answers the post, directly or through others.
func answers(q *parvis.Post, post parvis.ID, byID map[parvis.ID]*parvis.Post) bool {
	for steps := 0; q != nil && steps <= len(byID); q, steps = byID[q.ReplyTo], steps+1 {
		if q.ReplyTo == post {
			return true
		}
	}
	return false
}

// Home lists what those whom the viewer follows published and shared.
func (a *App) Home(ctx context.Context, n *parvis.Node, v parvis.Viewer, page parvis.Page) ([]storage.HomeEntry, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	entries, err := a.node(n).Home(ctx, v.ID(), page)
	if err != nil {
		return nil, err
	}
	return a.visibleEntries(ctx, n, v, entries)
}

// Notifications lists what concerns the viewer, of those types or of all.
func (a *App) Notifications(ctx context.Context, n *parvis.Node, v parvis.Viewer, types []parvis.NotificationType, page parvis.Page) ([]*parvis.Notification, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	list, err := a.node(n).Notifications(ctx, v.ID(), types, page)
	if err != nil {
		return nil, err
	}
	if err := a.Notice(ctx, n, v); err != nil {
		return nil, err
	}
	return a.readable(ctx, n, v, list)
}

// readable leaves of what the viewer was told that of which they may see the post: an
// edit may have left them out.
func (a *App) readable(ctx context.Context, n *parvis.Node, v parvis.Viewer, list []*parvis.Notification) ([]*parvis.Notification, error) {
	var posts []*parvis.Post
	for _, t := range list {
		if t.Post != nil {
			posts = append(posts, t.Post)
		}
	}
	seen, err := a.visible(ctx, n, v, posts)
	return slices.DeleteFunc(list, func(t *parvis.Notification) bool { return t.Post != nil && !slices.Contains(seen, t.Post) }), err
}

// Unseen counts the viewer's new notifications, up to 100.
func (a *App) Unseen(ctx context.Context, n *parvis.Node, v parvis.Viewer) (int, error) {
	if !v.Resident() {
		return 0, nil
	}
	return a.node(n).Unseen(ctx, v.ID())
}

// MarkSeen marks the viewer's notifications up to an id as seen.
func (a *App) MarkSeen(ctx context.Context, n *parvis.Node, v parvis.Viewer, upTo parvis.ID) error {
	if !v.Resident() {
		return parvis.ErrSignIn
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.MarkSeen(ctx, v.ID(), upTo) })
}

// Profile returns an account by name as its page shows it. A deleted or
// suspended one is parvis.ErrGone.
func (a *App) Profile(ctx context.Context, n *parvis.Node, acct string) (*parvis.Account, error) {
	acc, err := a.node(n).AccountByAcct(ctx, strings.TrimPrefix(acct, "@"))
	if err != nil {
		return nil, err
	}
	if !acc.Active() {
		return nil, parvis.ErrGone
	}
	return acc, nil
}

// Relationships returns how the viewer stands to accounts.
func (a *App) Relationships(ctx context.Context, n *parvis.Node, v parvis.Viewer, ids []parvis.ID) (map[parvis.ID]parvis.Relationship, error) {
	return a.node(n).Relationships(ctx, v.ID(), ids)
}

// Resolve returns what a pasted handle or address names: an account or a post
// that the viewer may see. Only residents make us ask other servers.
func (a *App) Resolve(ctx context.Context, n *parvis.Node, v parvis.Viewer, query string) (*parvis.Account, *parvis.Post, error) {
	query = strings.TrimSpace(query)
	if !strings.HasPrefix(query, "https://") && !strings.HasPrefix(query, "http://") {
		acc, err := a.find(ctx, n, v, query)
		return acc, nil, err
	}
	p, err := a.PostByURI(ctx, n, v, query)
	if err == nil || !errors.Is(err, parvis.ErrNotFound) {
		return nil, p, err
	}
	if acc, err := a.find(ctx, n, v, query); err == nil {
		return acc, nil, nil
	}
	if !v.Resident() || a.Remote == nil {
		return nil, nil, parvis.ErrNotFound
	}
	if p, err = a.Remote.Post(ctx, n, query); err != nil {
		return nil, nil, err
	}
	p, err = a.Post(ctx, n, v, p.ID)
	return nil, p, err
}

func (a *App) find(ctx context.Context, n *parvis.Node, v parvis.Viewer, name string) (*parvis.Account, error) {
	if v.Resident() {
		return a.Lookup(ctx, n, name)
	}
	return a.KnownHere().Lookup(ctx, n, name)
}
