package storage

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// AddIdentity ties an account to what another service calls its owner; somebody who
// is tied to an account already is parvis.ErrConflict.
func (n *Tx) AddIdentity(ctx context.Context, i parvis.Identity) error {
	return n.db.insert(ctx, &identityRow{NodeID: n.node, Issuer: i.Issuer, Identity: i.Subject, AccountID: i.AccountID, CreatedAt: ms(i.CreatedAt)})
}

type identityRow struct {
	bun.BaseModel `bun:"table:identities"`

	NodeID    parvis.ID
	Issuer    string
	Identity  string
	AccountID parvis.ID
	CreatedAt int64
}
