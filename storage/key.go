package storage

import (
	"context"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// Keys are the private halves of a local account's keys, as PEM.
type Keys struct {
	RSA     string
	Ed25519 string // empty for an account that has none yet
}

// SetKeys stores the signing keys of a local account.
func (n *Tx) SetKeys(ctx context.Context, account parvis.ID, k Keys) error {
	_, err := n.exec(ctx, `INSERT INTO private_keys (account_id, pem, ed25519) VALUES (?, ?, ?)
		ON CONFLICT (account_id) DO UPDATE SET pem = excluded.pem, ed25519 = excluded.ed25519`, account, k.RSA, k.Ed25519)
	return err
}

// Keys returns the signing keys of a local account.
func (n *Node) Keys(ctx context.Context, account parvis.ID) (Keys, error) {
	var k Keys
	err := n.raw("SELECT k.pem, k.ed25519 FROM private_keys k JOIN accounts a ON a.id = k.account_id WHERE k.account_id = ? AND a.node_id = ?",
		account, n.node).Scan(ctx, &k.RSA, &k.Ed25519)
	return k, translate(err)
}

// WithoutMultikey returns local accounts that have no Ed25519 key yet: those of a
// database older than such keys.
func (n *Node) WithoutMultikey(ctx context.Context, limit int) ([]*parvis.Account, error) {
	var ids []parvis.ID
	err := n.raw("SELECT id FROM accounts WHERE node_id = ? AND domain = '' AND multikey = '' AND deleted_at = 0 ORDER BY id LIMIT ?",
		n.node, limit).Scan(ctx, &ids)
	if err != nil {
		return nil, translate(err)
	}
	found, err := n.Accounts(ctx, ids)
	if err != nil {
		return nil, err
	}
	accounts := make([]*parvis.Account, 0, len(ids))
	for _, id := range ids {
		accounts = append(accounts, found[id])
	}
	return accounts, nil
}

// KeyOwner returns the account that owns a key. Where several accounts of a server
// list one key, it is that under whose address the key lies; without such, nobody
// owns it.
func (n *Node) KeyOwner(ctx context.Context, keyID string) (*parvis.Account, error) {
	owner, err := remembered(ctx, n.db.neighbours, ownersCache, neighbour{n.node, keyID}, func(ctx context.Context) (*parvis.Account, error) {
		return n.keyOwner(ctx, keyID)
	})
	if err != nil {
		return nil, err
	}
	own := *owner
	return &own, nil
}

func (n *Node) keyOwner(ctx context.Context, keyID string) (*parvis.Account, error) {
	var owners []ref
	var uris []string
	var r ref
	var uri string
	err := n.raw(`SELECT id, version, uri FROM accounts WHERE node_id = ? AND key_id = ? AND key_id <> ''
		UNION SELECT id, version, uri FROM accounts WHERE node_id = ? AND multikey_id = ? AND multikey_id <> ''`,
		n.node, keyID, n.node, keyID).each(ctx, func() { owners, uris = append(owners, r), append(uris, uri) },
		(*int64)(&r.ID), &r.Version, &uri)
	if err != nil {
		return nil, translate(err)
	}
	for i, owner := range owners {
		rest, under := strings.CutPrefix(keyID, uris[i])
		if len(owners) > 1 && (!under || !strings.HasPrefix(rest, "#") && !strings.HasPrefix(rest, "/")) {
			continue
		}
		found, err := n.accountsAt(ctx, []ref{owner})
		if err != nil || found[owner.ID] != nil {
			return found[owner.ID], err
		}
	}
	return nil, parvis.ErrNotFound
}
