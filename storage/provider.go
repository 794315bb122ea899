package storage

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type providerRow struct {
	bun.BaseModel `bun:"table:identity_providers"`

	ID           parvis.ID `bun:",pk"`
	NodeID       parvis.ID
	Name         string
	Issuer       string
	ClientID     string
	ClientSecret string
	Scopes       string
	ACR          string `bun:"acr"`
	CreatedAt    int64
}

func (r *providerRow) provider() *parvis.Provider {
	return &parvis.Provider{ID: r.ID, Name: r.Name, Issuer: r.Issuer, ClientID: r.ClientID, ClientSecret: r.ClientSecret,
		Scopes: r.Scopes, ACR: r.ACR, CreatedAt: at(r.CreatedAt)}
}

// AddProvider stores a service that may answer for people; one with the same issuer
// is parvis.ErrConflict.
func (n *Tx) AddProvider(ctx context.Context, p *parvis.Provider) error {
	row := &providerRow{ID: parvis.NewID(p.CreatedAt), NodeID: n.node, Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID,
		ClientSecret: p.ClientSecret, Scopes: p.Scopes, ACR: p.ACR, CreatedAt: ms(p.CreatedAt)}
	err := n.db.insertNew(ctx, "identity_providers", &row.ID, row)
	p.ID = row.ID
	return err
}

// Providers lists the services that may answer for people, the oldest first.
func (n *Node) Providers(ctx context.Context) ([]*parvis.Provider, error) {
	var rows []providerRow
	err := n.raw("SELECT "+n.db.columns(providerRow{}, "")+" FROM identity_providers WHERE node_id = ? ORDER BY id LIMIT ?",
		n.node, parvis.MaxProviders).Scan(ctx, &rows)
	list := make([]*parvis.Provider, len(rows))
	for i := range rows {
		list[i] = rows[i].provider()
	}
	return list, translate(err)
}

// RemoveProvider forgets a service. Whom it answered for stays known, in case it
// comes back.
func (n *Tx) RemoveProvider(ctx context.Context, id parvis.ID) error {
	removed, err := n.exec(ctx, "DELETE FROM identity_providers WHERE id = ? AND node_id = ?", id, n.node)
	if err == nil && removed == 0 {
		return parvis.ErrNotFound
	}
	return err
}
