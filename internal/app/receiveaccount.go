package app

import (
	"context"
	"errors"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// ReceiveAccount stores an account of another server, new or changed, and
// enqueues the copying of its picture. avatar is the picture's address, if any. The
// caller has checked that its server gives it its handle: whoever had that before
// loses it.
func (a *App) ReceiveAccount(ctx context.Context, n *parvis.Node, acc *parvis.Account, avatar string) (*parvis.Account, error) {
	acc.FetchedAt = a.Now()
	if acc.PausedUntil.After(a.Now().Add(parvis.MaxPause)) {
		acc.PausedUntil = time.Time{}
	}
	held, err := a.severityOf(ctx, n, acc)
	if err != nil {
		return nil, err
	}
	return acc, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		old, err := t.AccountByURI(ctx, acc.URI)
		if err != nil && !errors.Is(err, parvis.ErrNotFound) {
			return err
		}
		if old != nil && !old.DeletedAt.IsZero() {
			return parvis.ErrGone
		}
		if old != nil {
			acc.ID, acc.CreatedAt, acc.Avatar = old.ID, old.CreatedAt, old.Avatar
			acc.SuspendedAt, acc.DeletedAt, acc.MovedAt = old.SuspendedAt, old.DeletedAt, old.MovedAt
			acc.Username, acc.Domain = old.Username, old.Domain
			acc.Followers, acc.Following, acc.Posts = old.Followers, old.Following, old.Posts
		} else {
			acc.CreatedAt = a.Now()
			if acc.SuspendedAt, err = t.FreeHandle(ctx, acc.Acct()); err != nil {
				return err
			}
			if err := t.AddAccount(ctx, acc); err != nil {
				return err
			}
			if held == parvis.Silence { // those who are refused do not come this far
				if err := t.Hold(ctx, acc.ID, held, a.Now()); err != nil {
					return err
				}
			}
		}
		if err := a.receiveAvatar(ctx, t, acc, avatar); err != nil {
			return err
		}
		if err := a.receiveEmojis(ctx, t, acc, acc.Emojis); err != nil {
			return err
		}
		return t.UpdateAccount(ctx, acc)
	})
}

func (a *App) receiveAvatar(ctx context.Context, t *storage.Tx, acc *parvis.Account, avatar string) error {
	if avatar == "" || acc.Avatar != nil && acc.Avatar.RemoteURL == avatar {
		if avatar == "" {
			acc.Avatar = nil
		}
		return nil
	}
	m := &parvis.Media{ID: parvis.NewID(a.Now()), AccountID: acc.ID, RemoteURL: avatar}
	if err := t.AddMedia(ctx, m); err != nil {
		return err
	}
	acc.Avatar = m
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobPicture, Key: m.ID.String()}, parvis.PictureArgs{Media: m.ID})
}
