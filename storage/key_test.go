package storage_test

import (
	"context"
	"errors"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// TestKeyOwner: a key leads to its account by either id. One that two accounts of a
// server list is the account's under whose address it lies, or nobody's.
func TestKeyOwner(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		const base = "https://masto.example/users/"
		add := func(name, key, multikey string) *parvis.Account {
			acc := &parvis.Account{Username: name, Domain: "masto.example", Type: parvis.Person, URI: base + name, Inbox: base + name + "/inbox",
				KeyID: key, PublicKey: "PEM", MultikeyID: multikey, Multikey: "z6Mk", CreatedAt: after(0)}
			if err := w.n.InTx(w.ctx, func(ctx context.Context, tx *storage.Tx) error { return tx.AddAccount(ctx, acc) }); err != nil {
				t.Fatal(err)
			}
			return acc
		}
		marie := add("marie", base+"marie#main-key", base+"marie#ed25519-key")
		paul := add("paul", base+"paul/main-key", base+"keys/1")
		add("mallory", base+"marie#main-key", base+"keys/1")
		for key, want := range map[string]*parvis.Account{
			base + "marie#main-key": marie, base + "marie#ed25519-key": marie, base + "paul/main-key": paul,
			base + "keys/1": nil, base + "nothing": nil, "": nil,
		} {
			got, err := w.n.KeyOwner(w.ctx, key)
			if want == nil && !errors.Is(err, parvis.ErrNotFound) || want != nil && (err != nil || got.URI != want.URI) {
				t.Errorf("%q: got %+v, %v", key, got, err)
			}
		}
	})
}

// TestWithoutMultikey: accounts of an older database wait for their Ed25519 key; those
// of other servers and deleted ones do not.
func TestWithoutMultikey(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		keyless, err := w.n.WithoutMultikey(w.ctx, 100)
		if err != nil || len(keyless) < 2 {
			t.Fatalf("%d accounts, %v", len(keyless), err)
		}
		for i, acc := range keyless {
			if !acc.Local() || i > 0 && acc.ID <= keyless[i-1].ID {
				t.Errorf("%s is %d.", acc.URI, i)
			}
		}
		if some, err := w.n.WithoutMultikey(w.ctx, 1); err != nil || len(some) != 1 || some[0].ID != keyless[0].ID {
			t.Errorf("one of them: %v, %v", some, err)
		}
		done := keyless[0]
		done.Multikey = "z6Mk"
		if err := w.n.InTx(w.ctx, func(ctx context.Context, tx *storage.Tx) error { return tx.UpdateAccount(ctx, done) }); err != nil {
			t.Fatal(err)
		}
		if rest, err := w.n.WithoutMultikey(w.ctx, 100); err != nil || len(rest) != len(keyless)-1 {
			t.Errorf("%d left of %d, %v", len(rest), len(keyless), err)
		}
	})
}

// TestScheme: what was learnt of a server last is known.
func TestScheme(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		if got, err := w.db.Scheme(w.ctx, "masto.example"); err != nil || got != (storage.Scheme{}) {
			t.Errorf("before anything was learnt: %+v, %v", got, err)
		}
		for _, want := range []storage.Scheme{{Name: "ed25519", LearntAt: after(1)}, {Name: "rfc9421", LearntAt: after(2)}} {
			if err := w.db.SaveScheme(w.ctx, "masto.example", want); err != nil {
				t.Fatal(err)
			}
			if got, err := w.db.Scheme(w.ctx, "masto.example"); err != nil || got != want {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		}
	})
}
