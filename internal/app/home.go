package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// Spread runs a JobHome: it writes a post to the next batch of its readers'
// homes, and enqueues itself for those who are left.
func (a *App) Spread(ctx context.Context, j *parvis.Job) error {
	var args parvis.HomeArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return fmt.Errorf("arguments of job %s: %w", j.ID, err)
	}
	rows := a.DB.Node(j.NodeID)
	p, err := rows.Post(ctx, args.Post)
	if errors.Is(err, parvis.ErrNotFound) || err == nil && !p.DeletedAt.IsZero() {
		return nil
	}
	if err != nil {
		return err
	}
	if args.Sharer == 0 && p.ReplyTo == 0 && p.ReplyToURI != "" {
		return nil // it answers somebody whom nobody here can follow
	}
	w := storage.HomeWrite{Post: p.ID, Source: p.AuthorID, Entry: p.ID, After: args.After}
	if args.Sharer != 0 {
		r, err := rows.Reaction(ctx, storage.Shares, args.Sharer, p.ID)
		if errors.Is(err, parvis.ErrNotFound) {
			return nil // taken back meanwhile
		}
		if err != nil {
			return err
		}
		w.Source, w.Sharer, w.Entry = args.Sharer, args.Sharer, r.ID
	} else if p.ReplyTo != 0 {
		parent, err := rows.Post(ctx, p.ReplyTo)
		if err != nil {
			return err
		}
		w.Answered = parent.AuthorID
	}
	return rows.InTx(ctx, func(ctx context.Context, t *storage.Tx) error { return a.toHomes(ctx, t, []storage.HomeWrite{w}) })
}

// toHomes writes posts to the homes of their next readers and leaves the rest, if
// there are more, to jobs.
func (a *App) toHomes(ctx context.Context, t *storage.Tx, writes []storage.HomeWrite) error {
	lasts, err := t.AddToHomes(ctx, writes)
	if err != nil {
		return err
	}
	for i, w := range writes {
		if lasts[i] == 0 {
			continue
		}
		if err := a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobHome}, parvis.HomeArgs{Post: w.Post, Sharer: w.Sharer, After: lasts[i]}); err != nil {
			return err
		}
	}
	return nil
}
