package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// A MuteWish says what a mute is to leave out besides posts, and for how long.
type MuteWish struct {
	Notifications bool
	For           time.Duration // 0: until it is taken back
}

// Mute leaves an account out of the viewer's timelines and lists, or changes how. The
// account is not told.
func (a *App) Mute(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID, wish MuteWish) error {
	target, err := a.target(ctx, n, v, id)
	if err != nil {
		return err
	}
	if !v.CanMute(target) {
		return parvis.ErrForbidden
	}
	m := &parvis.Mute{AccountID: v.ID(), TargetID: id, Notifications: wish.Notifications, CreatedAt: a.Now()}
	if wish.For > 0 {
		m.Until = m.CreatedAt.Add(min(wish.For, parvis.MaxMute))
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.SetMute(ctx, m); err != nil || m.Until.IsZero() {
			return err
		}
		return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobUnmute, RunAt: m.Until}, parvis.UnmuteArgs{Account: v.ID(), Target: id})
	})
}

// Unmute ends a mute.
func (a *App) Unmute(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) error {
	if !v.Resident() {
		return parvis.ErrSignIn
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.RemoveMute(ctx, v.ID(), id) })
}

// EndMute runs a JobUnmute: it ends a mute whose time has come, unless it was made
// longer meanwhile.
func (a *App) EndMute(ctx context.Context, j *parvis.Job) error {
	var args parvis.UnmuteArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return fmt.Errorf("arguments of job %s: %w", j.ID, err)
	}
	return a.DB.Node(j.NodeID).InTx(ctx, func(ctx context.Context, t *storage.Tx) error {
		return t.EndMute(ctx, args.Account, args.Target, a.Now())
	})
}

// Muted lists whom the viewer muted, the last one first.
func (a *App) Muted(ctx context.Context, n *parvis.Node, v parvis.Viewer, page parvis.Page) ([]parvis.Mute, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	return a.node(n).MutedBy(ctx, v.ID(), page)
}
