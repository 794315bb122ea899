package app

import (
	"context"
	"errors"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// Charter returns a version of a node's charter.
func (a *App) Charter(ctx context.Context, n *parvis.Node, version int) (parvis.Charter, error) {
	return a.node(n).Charter(ctx, version)
}

// Charters lists the versions of a node's charter after one, newest first and without
// their texts.
func (a *App) Charters(ctx context.Context, n *parvis.Node, after int) ([]parvis.Charter, error) {
	return a.node(n).Charters(ctx, after)
}

// CheckCharter says what must be corrected before a charter is published, and cleans it.
func (a *App) CheckCharter(n *parvis.Node, c *parvis.Charter) error {
	if err := c.Validate(); err != nil {
		return err
	}
	if c.Version != n.Charter+1 {
		return parvis.Invalid("source", "charter.changed")
	}
	return nil
}

// PublishCharter puts a new version of a node's charter in force. Its number says
// which one it was written after: if another is in force meanwhile, nobody's text is
// lost unseen. Whoever publishes it accepts it.
func (a *App) PublishCharter(ctx context.Context, n *parvis.Node, c parvis.Charter) error {
	if err := c.Validate(); err != nil {
		return err
	}
	c.CreatedAt = a.Now()
	err := a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.AddCharter(ctx, c); err != nil {
			return err
		}
		return t.AcceptCharter(ctx, c.MadeBy, c.Version)
	})
	if errors.Is(err, parvis.ErrConflict) {
		return parvis.Invalid("source", "charter.changed")
	}
	if err != nil || a.NodesChanged == nil {
		return err
	}
	return a.NodesChanged(ctx)
}

// AcceptCharter notes that a resident accepts a version of the charter, which they
// were shown; one that there is not is parvis.ErrNotFound.
func (a *App) AcceptCharter(ctx context.Context, n *parvis.Node, v parvis.Viewer, version int) error {
	if !v.Resident() {
		return parvis.ErrSignIn
	}
	if _, err := a.node(n).Charter(ctx, version); err != nil {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.AcceptCharter(ctx, v.ID(), version) })
}
