package app

import (
	"context"
	"errors"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// DropFollow ends a follow of a local account that the other's server does not know
// of, and tells it so. One that was made anew since is another, and stays.
func (a *App) DropFollow(ctx context.Context, n *parvis.Node, f *parvis.Follow, of *parvis.Account) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		now, err := t.Follow(ctx, f.FollowerID, of.ID)
		if err != nil || now.ID != f.ID {
			return ignore(err, parvis.ErrNotFound)
		}
		by, err := t.Account(ctx, f.FollowerID)
		if err != nil {
			return err
		}
		return a.unfollow(ctx, t, by, of)
	})
}

// DisownFollow tells the server of an account that a local one does not follow it,
// unless it does by now.
func (a *App) DisownFollow(ctx context.Context, n *parvis.Node, by, of *parvis.Account) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		_, err := t.Follow(ctx, by.ID, of.ID)
		if !errors.Is(err, parvis.ErrNotFound) {
			return err
		}
		// Nobody here knows what the follow was called.
		uri := n.URL("/follows/" + parvis.NewID(a.Now()).String())
		return a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbFollow, Undo: true, Actor: by.ID, Target: of.ID, URI: uri})
	})
}
