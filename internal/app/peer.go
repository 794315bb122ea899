package app

import (
	"context"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// peersShown is how many peers are listed: those that need a look come first.
const peersShown = 200

// Peers lists the servers that the node sends to, and how that goes.
func (a *App) Peers(ctx context.Context, n *parvis.Node) ([]*parvis.Peer, error) {
	return a.node(n).Peers(ctx, peersShown)
}

// RetryPeer has what waits for a server sent now instead of later.
func (a *App) RetryPeer(ctx context.Context, n *parvis.Node, host string) error {
	peers, err := a.Peers(ctx, n)
	if err != nil {
		return err
	}
	for _, p := range peers {
		if p.Host != host {
			continue
		}
		health, err := a.DB.Host(ctx, host)
		if err != nil {
			return err
		}
		health.RetryAt = a.Now()
		if err := a.DB.SaveHost(ctx, health); err != nil {
			return err
		}
		return a.DB.RecallHost(ctx, host, a.Now())
	}
	return parvis.ErrNotFound
}
