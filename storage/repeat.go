package storage

import (
	"context"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A Repeat is what is known of a request to publish that may come again: which
// post it made.
type Repeat struct {
	AccountID parvis.ID
	Key       string // the account's own name for the request
	PostID    parvis.ID
	At        time.Time
}

// AddRepeat remembers a request. It is parvis.ErrConflict if the account used the
// key after since: of two at once, one waits for the other and gets that.
func (n *Tx) AddRepeat(ctx context.Context, r Repeat, since time.Time) error {
	added, err := n.exec(ctx, `INSERT INTO repeats (account_id, key, node_id, post_id, created_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (account_id, key) DO UPDATE SET post_id = excluded.post_id, created_at = excluded.created_at
		WHERE repeats.created_at <= ?`, r.AccountID, r.Key, n.node, r.PostID, ms(r.At), ms(since))
	if err == nil && added == 0 {
		return parvis.ErrConflict
	}
	return err
}

// Repeated returns the post that an account published under a key after since.
func (n *Node) Repeated(ctx context.Context, account parvis.ID, key string, since time.Time) (parvis.ID, error) {
	var post parvis.ID
	err := n.raw("SELECT post_id FROM repeats WHERE account_id = ? AND key = ? AND node_id = ? AND created_at > ?",
		account, key, n.node, ms(since)).Scan(ctx, &post)
	return post, translate(err)
}
