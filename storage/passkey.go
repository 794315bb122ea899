package storage

import (
	"context"
	"encoding/base64"
	"time"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type passkeyRow struct {
	bun.BaseModel `bun:"table:passkeys"`

	ID         parvis.ID `bun:",pk"`
	NodeID     parvis.ID
	AccountID  parvis.ID
	Credential string
	PublicKey  string
	SignCount  int64
	Flags      int64
	Name       string
	CreatedAt  int64
	UsedAt     int64
}

// octets is how bytes are kept as text, as WebAuthn writes them itself.
var octets = base64.RawURLEncoding

func (r *passkeyRow) passkey() (*parvis.Passkey, error) {
	credential, err := octets.DecodeString(r.Credential)
	if err != nil {
		return nil, err
	}
	key, err := octets.DecodeString(r.PublicKey)
	return &parvis.Passkey{ID: r.ID, AccountID: r.AccountID, Credential: credential, PublicKey: key, SignCount: uint32(r.SignCount),
		Flags: byte(r.Flags), Name: r.Name, CreatedAt: at(r.CreatedAt), UsedAt: at(r.UsedAt)}, err
}

// AddPasskey stores a new passkey; one that is known already is parvis.ErrConflict.
func (n *Tx) AddPasskey(ctx context.Context, k *parvis.Passkey) error {
	row := &passkeyRow{ID: parvis.NewID(k.CreatedAt), NodeID: n.node, AccountID: k.AccountID, Credential: octets.EncodeToString(k.Credential),
		PublicKey: octets.EncodeToString(k.PublicKey), SignCount: int64(k.SignCount), Flags: int64(k.Flags), Name: k.Name,
		CreatedAt: ms(k.CreatedAt), UsedAt: ms(k.UsedAt)}
	err := n.db.insertNew(ctx, "passkeys", &row.ID, row)
	k.ID = row.ID
	return err
}

// Passkey returns a passkey by what its device calls it.
func (n *Node) Passkey(ctx context.Context, credential []byte) (*parvis.Passkey, error) {
	var r passkeyRow
	err := n.raw("SELECT "+n.db.columns(r, "")+" FROM passkeys WHERE node_id = ? AND credential = ?", n.node, octets.EncodeToString(credential)).Scan(ctx, &r)
	if err != nil {
		return nil, translate(err)
	}
	return r.passkey()
}

// Passkeys lists the passkeys of an account, the first that was added first.
func (n *Node) Passkeys(ctx context.Context, account parvis.ID) ([]*parvis.Passkey, error) {
	var rows []passkeyRow
	err := n.raw("SELECT "+n.db.columns(passkeyRow{}, "")+" FROM passkeys WHERE account_id = ? AND +node_id = ? ORDER BY id LIMIT ?",
		account, n.node, parvis.MaxPasskeys).Scan(ctx, &rows)
	if err != nil {
		return nil, translate(err)
	}
	list := make([]*parvis.Passkey, len(rows))
	for i := range rows {
		if list[i], err = rows[i].passkey(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// UsePasskey notes what a passkey said when it was used. A count that did not grow,
// once there is one, is parvis.ErrConflict: two devices hold that key.
func (n *Tx) UsePasskey(ctx context.Context, k *parvis.Passkey, now time.Time) error {
	above := max(int64(k.SignCount), 1) // those that do not count stay at 0
	used, err := n.exec(ctx, "UPDATE passkeys SET sign_count = ?, flags = ?, used_at = ? WHERE id = ? AND node_id = ? AND sign_count < ?",
		int64(k.SignCount), int64(k.Flags), ms(now), k.ID, n.node, above)
	if err == nil && used == 0 {
		return parvis.ErrConflict
	}
	return err
}

// DropPasskey removes one of an account's passkeys; another's is parvis.ErrNotFound.
func (n *Tx) DropPasskey(ctx context.Context, account, id parvis.ID) error {
	dropped, err := n.exec(ctx, "DELETE FROM passkeys WHERE id = ? AND account_id = ? AND node_id = ?", id, account, n.node)
	if err == nil && dropped == 0 {
		return parvis.ErrNotFound
	}
	return err
}
