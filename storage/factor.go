package storage

import (
	"context"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// AddFactor gives an account a second factor, whose code of a step was used; an
// account that has one is parvis.ErrConflict.
func (n *Tx) AddFactor(ctx context.Context, account parvis.ID, secret string, step int64) error {
	return n.changeFactor(ctx, "UPDATE logins SET totp_secret = ?, totp_step = ? WHERE account_id = ? AND node_id = ? AND totp_secret = ''",
		secret, step, account, n.node)
}

// DropFactor takes an account's second factor away, and its recovery codes; an account
// that has none is parvis.ErrConflict.
func (n *Tx) DropFactor(ctx context.Context, account parvis.ID) error {
	err := n.changeFactor(ctx, "UPDATE logins SET totp_secret = '', totp_step = 0 WHERE account_id = ? AND node_id = ? AND totp_secret <> ''",
		account, n.node)
	if err != nil {
		return err
	}
	return n.SetRecoveryCodes(ctx, account, nil)
}

// UseFactor notes that the code of a step was used. One of that step or a later one
// that was used before is parvis.ErrConflict, as is another secret.
func (n *Tx) UseFactor(ctx context.Context, account parvis.ID, secret string, step int64) error {
	return n.changeFactor(ctx, "UPDATE logins SET totp_step = ?0 WHERE account_id = ?1 AND node_id = ?2 AND totp_secret = ?3 AND totp_step < ?0",
		step, account, n.node, secret)
}

// changeFactor is a change that happens only if the row is as it was thought to be:
// of two at the same time, the second finds it changed.
func (n *Tx) changeFactor(ctx context.Context, query string, args ...any) error {
	changed, err := n.exec(ctx, query, args...)
	if err == nil && changed == 0 {
		return parvis.ErrConflict
	}
	return err
}

// SetRecoveryCodes replaces the hashes of an account's recovery codes.
func (n *Tx) SetRecoveryCodes(ctx context.Context, account parvis.ID, hashes []string) error {
	if _, err := n.exec(ctx, "DELETE FROM recovery_codes WHERE "+ofAccount, account, n.node); err != nil {
		return err
	}
	for _, hash := range hashes {
		if _, err := n.exec(ctx, "INSERT INTO recovery_codes (account_id, hash) VALUES (?, ?)", account, hash); err != nil {
			return err
		}
	}
	return nil
}

// ofAccount keeps to the codes of an account of this node.
const ofAccount = "account_id = (SELECT account_id FROM logins WHERE account_id = ? AND node_id = ?)"

// UseRecoveryCode removes a recovery code that is used; one that there is not, or not
// any more, is parvis.ErrNotFound.
func (n *Tx) UseRecoveryCode(ctx context.Context, account parvis.ID, hash string) error {
	used, err := n.exec(ctx, "DELETE FROM recovery_codes WHERE "+ofAccount+" AND hash = ?", account, n.node, hash)
	if err == nil && used == 0 {
		return parvis.ErrNotFound
	}
	return err
}

// CountRecoveryCodes counts the recovery codes that an account has left.
func (n *Node) CountRecoveryCodes(ctx context.Context, account parvis.ID) (left int, err error) {
	err = n.raw("SELECT COUNT(*) FROM recovery_codes WHERE "+ofAccount, account, n.node).Scan(ctx, &left)
	return left, translate(err)
}
