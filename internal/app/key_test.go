package app_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/multikey"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// TestRotateKeys: an account gets keys that fit each other under names of their own;
// the node's version tells running servers, and a job the others.
func TestRotateKeys(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		rows := w.rows()
		before := must[*parvis.Account](t)(rows.AccountByAcct(w.ctx, "jeanne"))
		version := must[*parvis.Node](t)(w.DB.NodeByID(w.ctx, w.node.ID)).Version
		w.now = w.now.Add(time.Minute)
		w.do(w.RotateKeys(w.ctx, w.node, "jeanne"))
		after := must[*parvis.Account](t)(rows.AccountByAcct(w.ctx, "jeanne"))
		if after.KeyID == before.KeyID || after.MultikeyID == before.MultikeyID || after.PublicKey == before.PublicKey || after.Multikey == before.Multikey {
			t.Errorf("an old key is left: %s, %s", after.KeyID, after.MultikeyID)
		}
		checkKeys(t, w, after)
		if got := must[*parvis.Node](t)(w.DB.NodeByID(w.ctx, w.node.ID)).Version; got <= version {
			t.Errorf("the node's version is %d as before", got)
		}
		actor := must[*parvis.Account](t)(rows.Account(w.ctx, w.node.ActorID))
		w.do(w.RotateNodeKeys(w.ctx, w.node))
		if got := must[*parvis.Account](t)(rows.Account(w.ctx, w.node.ActorID)); got.KeyID == actor.KeyID {
			t.Error("the node has its old key")
		}
		feed := must[*parvis.Account](t)(rows.Feed(w.ctx, parvis.KindOffer))
		if feed.KeyID == feed.URI+"#main-key" {
			t.Error("the feed has its old key")
		}
		w.fails("nobody's keys", w.RotateKeys(w.ctx, w.node, "nobody"), parvis.ErrNotFound)
	})
}

// TestCompleteKeys: accounts of an older database get an Ed25519 key and keep their
// RSA one; a second call changes nothing.
func TestCompleteKeys(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		jeanne := must[*parvis.Account](t)(w.rows().AccountByAcct(w.ctx, "jeanne"))
		old := must[storage.Keys](t)(w.rows().Keys(w.ctx, jeanne.ID))
		w.do(w.rows().InTx(w.ctx, func(ctx context.Context, tx *storage.Tx) error {
			bare := *jeanne
			bare.MultikeyID, bare.Multikey = "", ""
			return errors.Join(tx.UpdateAccount(ctx, &bare), tx.SetKeys(ctx, jeanne.ID, storage.Keys{RSA: old.RSA}))
		}))
		w.do(w.CompleteKeys(w.ctx))
		completed := must[*parvis.Account](t)(w.rows().AccountByAcct(w.ctx, "jeanne"))
		if completed.Multikey == "" || completed.Multikey == jeanne.Multikey || completed.MultikeyID != jeanne.URI+"#ed25519-key" || completed.PublicKey != jeanne.PublicKey {
			t.Errorf("keys: %q under %q", completed.Multikey, completed.MultikeyID)
		}
		checkKeys(t, w, completed)
		w.do(w.CompleteKeys(w.ctx))
		if again := must[*parvis.Account](t)(w.rows().AccountByAcct(w.ctx, "jeanne")); again.Multikey != completed.Multikey {
			t.Error("a second call made another key")
		}
	})
}

// checkKeys holds that the private halves of an account fit what it shows.
func checkKeys(t *testing.T, w *town, acc *parvis.Account) {
	t.Helper()
	keys := must[storage.Keys](t)(w.rows().Keys(w.ctx, acc.ID))
	block, _ := pem.Decode([]byte(keys.Ed25519))
	private := must[any](t)(x509.ParsePKCS8PrivateKey(block.Bytes)).(ed25519.PrivateKey)
	if public := must[ed25519.PublicKey](t)(multikey.Parse(acc.Multikey)); !public.Equal(private.Public()) {
		t.Error("the Ed25519 halves do not fit")
	}
	block, _ = pem.Decode([]byte(keys.RSA))
	secret := must[any](t)(x509.ParsePKCS8PrivateKey(block.Bytes)).(*rsa.PrivateKey)
	block, _ = pem.Decode([]byte(acc.PublicKey))
	if public := must[any](t)(x509.ParsePKIXPublicKey(block.Bytes)).(*rsa.PublicKey); !public.Equal(&secret.PublicKey) {
		t.Error("the RSA halves do not fit")
	}
}
