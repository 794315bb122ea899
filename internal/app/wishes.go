package app

import (
	"context"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// Wishes returns of which topics the viewer wants to hear how.
func (a *App) Wishes(ctx context.Context, n *parvis.Node, v parvis.Viewer) (parvis.Wishes, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	wishes, err := a.node(n).Wishes(ctx, v.ID())
	if err != nil {
		return nil, err
	}
	box, err := a.node(n).Mailbox(ctx, v.ID())
	if err != nil || !box.Quiet {
		return wishes, err
	}
	for _, topic := range parvis.Topics {
		if reach := wishes.For(topic); topic != parvis.TopicTeam {
			reach.Mail = false
			wishes[topic] = reach
		}
	}
	return wishes, nil
}

// SetWishes stores of which topics the viewer wants to hear how. Those that are left out
// stay as they were.
func (a *App) SetWishes(ctx context.Context, n *parvis.Node, v parvis.Viewer, w parvis.Wishes) error {
	if !v.Resident() {
		return parvis.ErrSignIn
	}
	mail := false
	for topic, reach := range w {
		w[topic] = reach.Settled(topic)
		mail = mail || reach.Mail && topic != parvis.TopicTeam
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if mail {
			if err := t.SetQuiet(ctx, v.ID(), false); err != nil {
				return err
			}
		}
		return t.SetWishes(ctx, v.ID(), w)
	})
}
