package app

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strconv"

	"github.com/parvis-coop/parvis/internal/multikey"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// keyBits is the size of RSA keys: what every server accepts, and the least that
// Mastodon and we accept.
const keyBits = 2048

// newKeys makes the two key pairs of a local account: it gets the public halves, the
// private ones are returned to be stored.
func newKeys(acc *parvis.Account) (storage.Keys, error) {
	var k storage.Keys
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return k, fmt.Errorf("make a signing key: %w", err)
	}
	if k.RSA, err = privatePEM(key); err != nil {
		return k, err
	}
	shown, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return k, fmt.Errorf("encode a signing key: %w", err)
	}
	acc.PublicKey = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: shown}))
	k.Ed25519, err = newMultikey(acc)
	return k, err
}

// newMultikey makes the Ed25519 key of a local account and returns its private half.
func newMultikey(acc *parvis.Account) (string, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", fmt.Errorf("make a signing key: %w", err)
	}
	acc.Multikey = multikey.Format(public)
	return privatePEM(private)
}

func privatePEM(key crypto.PrivateKey) (string, error) {
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", fmt.Errorf("encode a signing key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})), nil
}

// keylessBatch is how many accounts get an Ed25519 key in one transaction.
const keylessBatch = 200

// CompleteKeys gives an Ed25519 key to every local account that was made before
// there were any. Whoever serves calls it once; with nothing to do it costs a query
// for each node.
func (a *App) CompleteKeys(ctx context.Context) error {
	nodes, err := a.DB.Nodes(ctx)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		for more := true; more && err == nil; {
			more, err = a.completeKeys(ctx, n)
		}
		if err != nil {
			return fmt.Errorf("keys of node %s: %w", n.Host, err)
		}
	}
	return nil
}

// completeKeys serves one batch, read in the transaction that writes: another
// process may do the same.
func (a *App) completeKeys(ctx context.Context, n *parvis.Node) (more bool, err error) {
	err = a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		accounts, err := t.WithoutMultikey(ctx, keylessBatch)
		if err != nil {
			return err
		}
		more = len(accounts) == keylessBatch
		for _, acc := range accounts {
			keys, err := t.Keys(ctx, acc.ID)
			if err != nil {
				return err
			}
			if keys.Ed25519, err = newMultikey(acc); err != nil {
				return err
			}
			acc.MultikeyID = acc.URI + "#ed25519-key"
			if err := t.SetKeys(ctx, acc.ID, keys); err != nil {
				return err
			}
			if err := t.UpdateAccount(ctx, acc); err != nil {
				return err
			}
		}
		return nil
	})
	return more, err
}

// RotateKeys gives a local account new keys under new names, and tells every server
// that we ever met. From then on the old ones are worth nothing.
func (a *App) RotateKeys(ctx context.Context, n *parvis.Node, acct string) error {
	acc, err := a.node(n).AccountByAcct(ctx, acct)
	if err != nil {
		return fmt.Errorf("account %s: %w", acct, err)
	}
	if !acc.Local() || !acc.DeletedAt.IsZero() {
		return fmt.Errorf("account %s: %w", acct, parvis.ErrForbidden)
	}
	keys, err := newKeys(acc)
	if err != nil {
		return err
	}
	acc.UpdatedAt = a.Now()
	suffix := "-" + strconv.FormatInt(acc.UpdatedAt.Unix(), 10)
	acc.KeyID, acc.MultikeyID = acc.URI+"#main-key"+suffix, acc.URI+"#ed25519-key"+suffix
	return a.DB.InTx(ctx, func(ctx context.Context, t *storage.DBTx) error {
		rows := t.Node(n.ID)
		if err := rows.SetKeys(ctx, acc.ID, keys); err != nil {
			return err
		}
		if err := rows.UpdateAccount(ctx, acc); err != nil {
			return err
		}
		if err := a.say(ctx, rows, parvis.SayArgs{Verb: parvis.VerbUpdate, Actor: acc.ID, Widely: true}); err != nil {
			return err
		}
		// A running server keeps keys in memory, until it sees another version.
		fresh, err := t.NodeByHost(ctx, n.Host)
		if err != nil {
			return err
		}
		return t.UpdateNode(ctx, fresh)
	})
}

// RotateNodeKeys does so for a node's own actor and its feeds.
func (a *App) RotateNodeKeys(ctx context.Context, n *parvis.Node) error {
	actor, err := a.node(n).Account(ctx, n.ActorID)
	if err != nil {
		return err
	}
	if err := a.RotateKeys(ctx, n, actor.Acct()); err != nil {
		return err
	}
	for kind := range FeedNames {
		feed, err := a.node(n).Feed(ctx, kind)
		if err != nil {
			return err
		}
		if err := a.RotateKeys(ctx, n, feed.Acct()); err != nil {
			return err
		}
	}
	return nil
}
