package app

import (
	"context"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// How much one round of sweeping does: that many short transactions of that many
// rows for each sort of thing and node, so that nobody waits for it. What is left
// is for the next round.
const (
	sweepRows    = 100
	sweepBatches = 500
)

// unusedFor is how long a picture may wait to be used.
const unusedFor = 24 * time.Hour

// rememberFor is how long the memory of activities stays: a week, in which a
// server may send one again, and a day.
const rememberFor = 8 * 24 * time.Hour

// Sweep removes what is of no use any more, and what the nodes keep for a time
// only. The server calls it now and then; it may be broken off anywhere.
func (a *App) Sweep(ctx context.Context) error {
	if err := a.DB.Sweep(ctx, a.Now(), rememberFor); err != nil {
		return err
	}
	nodes, err := a.DB.Nodes(ctx)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		if err := a.sweepNode(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) sweepNode(ctx context.Context, n *parvis.Node) error {
	if err := a.readLists(ctx, n); err != nil {
		return err
	}
	if err := a.sweepSubmissions(ctx, n); err != nil {
		return err
	}
	if err := a.sweepArchives(ctx, n); err != nil {
		return err
	}
	now := a.Now()
	for _, f := range []struct {
		forget func(t *storage.Tx, ctx context.Context, now, before time.Time, limit int) (storage.Forgotten, error)
		after  time.Duration // 0 means never
	}{
		{(*storage.Tx).ForgetCopies, days(n.KeepPictures)},
		{(*storage.Tx).ForgetPosts, days(n.KeepPosts)},
		{(*storage.Tx).ForgetAccounts, days(n.KeepPosts)},
		{(*storage.Tx).ForgetPictures, unusedFor},
	} {
		if f.after == 0 {
			continue
		}
		err := a.forget(ctx, n, func(ctx context.Context, t *storage.Tx) (storage.Forgotten, error) {
			return f.forget(t, ctx, now, now.Add(-f.after), sweepRows)
		})
		if err != nil {
			return err
		}
	}
	return a.returnSources(ctx, n)
}

// days returns so many days, 0 for ever.
func days(n int) time.Duration { return time.Duration(max(n, 0)) * 24 * time.Hour }

// forget runs a batch after the other until nothing is left to look at, and
// deletes the files that nothing uses any more.
func (a *App) forget(ctx context.Context, n *parvis.Node, batch func(context.Context, *storage.Tx) (storage.Forgotten, error)) error {
	for range sweepBatches {
		var done storage.Forgotten
		err := a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) (err error) {
			done, err = batch(ctx, t)
			return err
		})
		if err != nil {
			return err
		}
		for _, m := range done.Files {
			for _, r := range m.Renditions {
				if err := a.Media.Delete(ctx, r.Key); err != nil {
					return err
				}
			}
		}
		if done.Looked < sweepRows && done.Dropped == 0 {
			return nil
		}
	}
	return nil
}

// returnSources lets merged sources that lost most of their readers be written to
// homes again.
func (a *App) returnSources(ctx context.Context, n *parvis.Node) error {
	sources, err := a.node(n).ShrunkSources(ctx, sweepRows)
	if err != nil {
		return err
	}
	for _, source := range sources {
		if err := a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.ReturnSource(ctx, source) }); err != nil {
			return err
		}
		for after, more := parvis.ID(0), true; more; more = after != 0 {
			err := a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) (err error) {
				after, err = t.RefillHomes(ctx, source, after)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// copyAgain has the copies of a post's pictures made that left with time, because
// a resident looks at it.
func (a *App) copyAgain(ctx context.Context, n *parvis.Node, v parvis.Viewer, p *parvis.Post) error {
	left := n.KeepPictures > 0 && a.Now().Sub(p.PublishedAt) > days(n.KeepPictures)
	if !left || !v.Resident() {
		return nil
	}
	for _, m := range p.Media {
		if !m.Ready() && m.RemoteURL != "" {
			return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return a.receiveMedia(ctx, t, p) })
		}
	}
	return nil
}
