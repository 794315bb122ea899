package app

import (
	"context"
	"errors"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// Bounds on the emojis that are kept of one server, and on how many come in a day.
const (
	maxEmojis      = 2000
	maxFreshEmojis = 200
)

// receiveEmojis keeps the small pictures that a text of an account uses, and has
// them copied: those that are new, and those that changed since.
func (a *App) receiveEmojis(ctx context.Context, t *storage.Tx, by *parvis.Account, emojis []parvis.Emoji) error {
	host := by.Host()
	for _, e := range emojis {
		if e.Media == nil || e.Media.RemoteURL == "" {
			continue
		}
		known, err := t.Emoji(ctx, host, e.Name)
		switch {
		case err == nil && (known.Media == nil || !e.UpdatedAt.After(known.UpdatedAt) || e.UpdatedAt.After(a.Now().Add(time.Hour))):
			continue
		case errors.Is(err, parvis.ErrNotFound):
			all, fresh, err := t.CountEmojis(ctx, host, a.Now().AddDate(0, 0, -1))
			if err != nil {
				return err
			}
			if all >= maxEmojis || fresh >= maxFreshEmojis {
				return nil
			}
		case err != nil:
			return err
		}
		if err := a.receiveEmoji(ctx, t, by, host, e); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) receiveEmoji(ctx context.Context, t *storage.Tx, by *parvis.Account, host string, e parvis.Emoji) error {
	m := &parvis.Media{ID: parvis.NewID(a.Now()), AccountID: by.ID, RemoteURL: e.Media.RemoteURL}
	if err := t.AddMedia(ctx, m); err != nil {
		return err
	}
	e.Host, e.Media = host, m
	if err := t.SetEmoji(ctx, e, a.Now()); err != nil {
		return err
	}
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobPicture, Key: m.ID.String()}, parvis.PictureArgs{Media: m.ID})
}
