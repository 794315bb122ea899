package app

import (
	"context"
	"errors"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// Like tells a post's author that the viewer likes it; twice is once.
func (a *App) Like(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.Post, error) {
	if err := speaks(v); err != nil {
		return nil, err
	}
	p, err := a.reactable(ctx, n, v, id)
	if err != nil || p.Liked {
		return p, err
	}
	r := a.reaction(n, v.Account, p, "likes")
	p.Liked, p.Likes = true, p.Likes+1
	return p, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.AddReaction(ctx, storage.Likes, r); err != nil {
			return ignore(err, parvis.ErrConflict)
		}
		if p.Author.Local() {
			return a.notify(ctx, t, p.AuthorID, parvis.NotifyLike, v.ID(), p.ID)
		}
		return a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbLike, Actor: v.ID(), Target: p.AuthorID, Post: p.ID, URI: r.URI})
	})
}

// Unlike takes a like back.
func (a *App) Unlike(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.Post, error) {
	p, err := a.reactable(ctx, n, v, id)
	if err != nil || !p.Liked {
		return p, err
	}
	p.Liked, p.Likes = false, p.Likes-1
	return p, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		r, err := t.Reaction(ctx, storage.Likes, v.ID(), p.ID)
		if err != nil {
			return ignore(err, parvis.ErrNotFound)
		}
		if err := t.RemoveReaction(ctx, storage.Likes, r); err != nil {
			return err
		}
		if p.Author.Local() {
			return t.DropNotifications(ctx, p.AuthorID, v.ID(), p.ID, parvis.NotifyLike)
		}
		return a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbLike, Undo: true, Actor: v.ID(), Target: p.AuthorID, Post: p.ID, URI: r.URI})
	})
}

// Share passes a public post on to the viewer's followers; twice is once.
func (a *App) Share(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.Post, error) {
	if err := speaks(v); err != nil {
		return nil, err
	}
	p, err := a.reactable(ctx, n, v, id)
	if err != nil || p.Shared {
		return p, err
	}
	if !v.CanShare(p) {
		return nil, parvis.ErrForbidden
	}
	p.Shared, p.Shares = true, p.Shares+1
	return p, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := a.share(ctx, n, t, v.Account, p); err != nil {
			return err
		}
		if p.Author.Local() {
			return a.notify(ctx, t, p.AuthorID, parvis.NotifyShare, v.ID(), p.ID)
		}
		return nil
	})
}

// share stores that a local account shares a post, and tells its followers.
func (a *App) share(ctx context.Context, n *parvis.Node, t *storage.Tx, by *parvis.Account, p *parvis.Post) error {
	r := a.reaction(n, by, p, "shares")
	if err := t.AddReaction(ctx, storage.Shares, r); err != nil {
		return ignore(err, parvis.ErrConflict)
	}
	if err := a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobHome}, parvis.HomeArgs{Post: p.ID, Sharer: by.ID}); err != nil {
		return err
	}
	return a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbShare, Actor: by.ID, Post: p.ID, URI: r.URI})
}

// Unshare takes a share back.
func (a *App) Unshare(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.Post, error) {
	p, err := a.reactable(ctx, n, v, id)
	if err != nil || !p.Shared {
		return p, err
	}
	p.Shared, p.Shares = false, p.Shares-1
	return p, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		r, err := t.Reaction(ctx, storage.Shares, v.ID(), p.ID)
		if err != nil {
			return ignore(err, parvis.ErrNotFound)
		}
		if err := t.RemoveReaction(ctx, storage.Shares, r); err != nil {
			return err
		}
		if p.Author.Local() {
			if err := t.DropNotifications(ctx, p.AuthorID, v.ID(), p.ID, parvis.NotifyShare); err != nil {
				return err
			}
		}
		return a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbShare, Undo: true, Actor: v.ID(), Post: p.ID, URI: r.URI})
	})
}

// reaction makes a new like or share; noun is the path under which its id lies.
func (a *App) reaction(n *parvis.Node, by *parvis.Account, p *parvis.Post, noun string) *storage.Reaction {
	id := parvis.NewID(a.Now())
	return &storage.Reaction{ID: id, AccountID: by.ID, PostID: p.ID, URI: n.URL("/" + noun + "/" + id.String())}
}

// reactable returns a post that the viewer may see, with what they did to it.
func (a *App) reactable(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.Post, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	return a.Post(ctx, n, v, id)
}

func (a *App) notify(ctx context.Context, t *storage.Tx, to parvis.ID, what parvis.NotificationType, from, post parvis.ID) error {
	return a.tell(ctx, t, parvis.TopicOf(what, ""), &parvis.Notification{AccountID: to, Type: what, FromID: from, PostID: post})
}

// ignore returns nil for an error that only says that the work is done already.
func ignore(err, harmless error) error {
	if errors.Is(err, harmless) {
		return nil
	}
	return err
}
