package storage

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type identityRow struct {
	bun.BaseModel `bun:"table:identities"`

	NodeID    parvis.ID
	Issuer    string
	Identity  string
	AccountID parvis.ID
	CreatedAt int64
}

func (r *identityRow) identity() parvis.Identity {
	return parvis.Identity{AccountID: r.AccountID, Issuer: r.Issuer, Subject: r.Identity, CreatedAt: at(r.CreatedAt)}
}

// AddIdentity ties an account to what another service calls its owner; somebody who
// is tied to an account already is parvis.ErrConflict.
func (n *Tx) AddIdentity(ctx context.Context, i parvis.Identity) error {
	return n.db.insert(ctx, &identityRow{NodeID: n.node, Issuer: i.Issuer, Identity: i.Subject, AccountID: i.AccountID, CreatedAt: ms(i.CreatedAt)})
}

// Identity returns to whose account a person of another service is tied.
func (n *Node) Identity(ctx context.Context, issuer, subject string) (parvis.Identity, error) {
	var r identityRow
	err := n.raw("SELECT "+n.db.columns(r, "")+" FROM identities WHERE node_id = ? AND issuer = ? AND identity = ?", n.node, issuer, subject).Scan(ctx, &r)
	return r.identity(), translate(err)
}

// MaxIdentities is how many of an account's identities are listed.
const MaxIdentities = 20

// Identities lists to whom of other services an account is tied, the oldest first.
func (n *Node) Identities(ctx context.Context, account parvis.ID) ([]parvis.Identity, error) {
	var rows []identityRow
	err := n.raw("SELECT "+n.db.columns(identityRow{}, "")+" FROM identities WHERE account_id = ? AND +node_id = ? ORDER BY created_at, issuer, identity LIMIT ?",
		account, n.node, MaxIdentities).Scan(ctx, &rows)
	list := make([]parvis.Identity, len(rows))
	for i := range rows {
		list[i] = rows[i].identity()
	}
	return list, translate(err)
}

// RemoveIdentity unties an account from a service; if they were not tied, that is
// parvis.ErrNotFound.
func (n *Tx) RemoveIdentity(ctx context.Context, account parvis.ID, issuer string) error {
	removed, err := n.exec(ctx, "DELETE FROM identities WHERE account_id = ? AND +node_id = ? AND issuer = ?", account, n.node, issuer)
	if err == nil && removed == 0 {
		return parvis.ErrNotFound
	}
	return err
}

// Locked reports whether the owner of an account would have no way in of their own:
// neither password nor passkey nor identity.
func (n *Node) Locked(ctx context.Context, account parvis.ID) (bool, error) {
	var open bool
	err := n.raw(`SELECT EXISTS (SELECT 1 FROM logins WHERE account_id = ?0 AND password_hash <> '') OR EXISTS (SELECT 1 FROM passkeys WHERE account_id = ?0)
		OR EXISTS (SELECT 1 FROM identities WHERE account_id = ?0)`, account).Scan(ctx, &open)
	return !open, translate(err)
}
