package app

import (
	"context"
	"errors"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// Pin shows a post of the viewer's above the others on their profile; twice is once.
func (a *App) Pin(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.Post, error) {
	p, err := a.pinnable(ctx, n, v, id)
	if err != nil {
		return nil, err
	}
	p.Pinned = true
	return p, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.AddPin(ctx, v.ID(), p.ID, a.Now()); err != nil {
			return ignore(err, parvis.ErrConflict)
		}
		// Counted after, so that of two at once one is undone.
		if count, err := t.CountPins(ctx, v.ID()); err != nil {
			return err
		} else if count > parvis.MaxPins {
			return parvis.Invalid("pin", "post.pin.many", "Max", parvis.MaxPins)
		}
		return a.sayPin(ctx, t, p, parvis.VerbPin)
	})
}

// Unpin takes a post off the top of the viewer's profile.
func (a *App) Unpin(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.Post, error) {
	p, err := a.pinnable(ctx, n, v, id)
	if err != nil {
		return nil, err
	}
	p.Pinned = false
	return p, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.RemovePin(ctx, v.ID(), p.ID); err != nil {
			return ignore(err, parvis.ErrNotFound)
		}
		return a.sayPin(ctx, t, p, parvis.VerbUnpin)
	})
}

// pinnable returns a post that the viewer may pin: their own, for all who read
// their profile.
func (a *App) pinnable(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.Post, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	p, err := a.Post(ctx, n, v, id)
	if err != nil {
		return nil, err
	}
	if p.AuthorID != v.ID() {
		return nil, parvis.ErrForbidden
	}
	if !v.CanPin(p) {
		return nil, parvis.Invalid("pin", "post.pin.private")
	}
	return p, nil
}

// sayPin tells the followers of an author that they pinned a post, or no longer do.
func (a *App) sayPin(ctx context.Context, t *storage.Tx, p *parvis.Post, verb parvis.Verb) error {
	return a.say(ctx, t, parvis.SayArgs{Verb: verb, Actor: p.AuthorID, Post: p.ID})
}

// Pinned lists the posts that an account pinned, as far as the viewer may see them.
func (a *App) Pinned(ctx context.Context, n *parvis.Node, v parvis.Viewer, account parvis.ID) ([]*parvis.Post, error) {
	posts, err := a.node(n).Pinned(ctx, account)
	if err != nil {
		return nil, err
	}
	return a.visible(ctx, n, v, posts)
}

// MarkPinned marks those of the posts that the viewer wrote and pinned.
func (a *App) MarkPinned(ctx context.Context, n *parvis.Node, v parvis.Viewer, posts ...*parvis.Post) error {
	return a.node(n).MarkPinned(ctx, v.ID(), posts)
}

// ReceivePin stores that an account of another server pinned a post of its own to
// its profile. What is beyond the bound is not shown, so the oldest goes.
func (a *App) ReceivePin(ctx context.Context, n *parvis.Node, by *parvis.Account, p *parvis.Post) error {
	if p.AuthorID != by.ID || !p.Audience.Public() || !p.DeletedAt.IsZero() {
		return parvis.ErrForbidden
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.AddPin(ctx, by.ID, p.ID, a.Now()); err != nil {
			return ignore(err, parvis.ErrConflict)
		}
		return t.TrimPins(ctx, by.ID)
	})
}

// ReceiveUnpin ends what ReceivePin began.
func (a *App) ReceiveUnpin(ctx context.Context, n *parvis.Node, by *parvis.Account, uri string) error {
	p, err := a.node(n).PostByURI(ctx, uri)
	if errors.Is(err, parvis.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		return ignore(t.RemovePin(ctx, by.ID, p.ID), parvis.ErrNotFound)
	})
}

// ReceivePins makes the posts that an account of another server pinned those given,
// the last one first.
func (a *App) ReceivePins(ctx context.Context, n *parvis.Node, by *parvis.Account, posts []*parvis.Post) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		old, err := t.Pinned(ctx, by.ID)
		if err != nil {
			return err
		}
		for _, p := range old {
			if err := t.RemovePin(ctx, by.ID, p.ID); err != nil {
				return err
			}
		}
		for i := min(len(posts), parvis.MaxPins) - 1; i >= 0; i-- {
			p := posts[i]
			if p.AuthorID != by.ID || !p.Audience.Public() || !p.DeletedAt.IsZero() {
				continue
			}
			at := a.Now().Add(time.Duration(-i) * time.Millisecond) // keeps their order
			if err := ignore(t.AddPin(ctx, by.ID, p.ID, at), parvis.ErrConflict); err != nil {
				return err
			}
		}
		return nil
	})
}
