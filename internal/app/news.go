package app

import (
	"context"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// tell notifies somebody of what concerns them, if they want to hear of that topic.
func (a *App) tell(ctx context.Context, t *storage.Tx, topic parvis.Topic, n *parvis.Notification) error {
	reach, _, err := t.Reach(ctx, n.AccountID, topic)
	if err != nil || !reach.Page {
		return err
	}
	n.CreatedAt = a.Now()
	return t.Notify(ctx, n)
}

// Wishes returns of which topics the viewer chose to hear how.
func (a *App) Wishes(ctx context.Context, n *parvis.Node, v parvis.Viewer) (parvis.Wishes, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	return a.node(n).Wishes(ctx, v.ID())
}

// SetWishes stores of which topics the viewer wants to hear how. Those that are left out
// stay as they were.
func (a *App) SetWishes(ctx context.Context, n *parvis.Node, v parvis.Viewer, w parvis.Wishes) error {
	if !v.Resident() {
		return parvis.ErrSignIn
	}
	for topic, reach := range w {
		w[topic] = reach.Settled(topic)
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.SetWishes(ctx, v.ID(), w) })
}
