package storage_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

func (w *town) addPasskey(k *parvis.Passkey) error {
	return w.n.InTx(w.ctx, func(ctx context.Context, t *storage.Tx) error { return t.AddPasskey(ctx, k) })
}

func TestPasskeys(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		phone := &parvis.Passkey{AccountID: w.jeanne.ID, Credential: []byte{0, 255, 1}, PublicKey: []byte{165, 1}, SignCount: 1 << 31, Flags: 0x9d,
			Name: "Mon téléphone", CreatedAt: parvistest.Noon}
		laptop := &parvis.Passkey{AccountID: w.jeanne.ID, Credential: bytes.Repeat([]byte{7}, 1023), PublicKey: []byte{1}, Name: "Portable", CreatedAt: parvistest.Noon.Add(time.Hour)}
		for _, k := range []*parvis.Passkey{phone, laptop} {
			if err := w.addPasskey(k); err != nil || k.ID == 0 {
				t.Fatalf("add %s: %v, id %v", k.Name, err, k.ID)
			}
		}
		if err := w.addPasskey(&parvis.Passkey{AccountID: w.karim.ID, Credential: phone.Credential, CreatedAt: parvistest.Noon}); !errors.Is(err, parvis.ErrConflict) {
			t.Errorf("a known passkey is added for somebody else: %v", err)
		}
		if diff := cmp.Diff([]*parvis.Passkey{phone, laptop}, must[[]*parvis.Passkey](t)(w.n.Passkeys(w.ctx, w.jeanne.ID))); diff != "" {
			t.Errorf("of Jeanne: -want +got\n%s", diff)
		}
		if list := must[[]*parvis.Passkey](t)(w.n.Passkeys(w.ctx, w.karim.ID)); len(list) != 0 {
			t.Errorf("Karim has %d", len(list))
		}
		if diff := cmp.Diff(laptop, must[*parvis.Passkey](t)(w.n.Passkey(w.ctx, laptop.Credential))); diff != "" {
			t.Errorf("by its name: -want +got\n%s", diff)
		}
		if _, err := w.db.Node(w.node.ID+1).Passkey(w.ctx, phone.Credential); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("another node knows it: %v", err)
		}
	})
}

// A passkey that counts must count on; one that does not may stay at 0.
func TestPasskeyCounts(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		k := &parvis.Passkey{AccountID: w.jeanne.ID, Credential: []byte("k"), CreatedAt: parvistest.Noon}
		if err := w.addPasskey(k); err != nil {
			t.Fatal(err)
		}
		for i, use := range []struct {
			count uint32
			want  error
		}{{0, nil}, {0, nil}, {5, nil}, {5, parvis.ErrConflict}, {4, parvis.ErrConflict}, {0, parvis.ErrConflict}, {1<<32 - 1, nil}} {
			k.SignCount, k.Flags = use.count, byte(i)
			now := parvistest.Noon.Add(time.Duration(i) * time.Minute)
			err := w.n.InTx(w.ctx, func(ctx context.Context, t *storage.Tx) error { return t.UsePasskey(ctx, k, now) })
			if !errors.Is(err, use.want) {
				t.Errorf("use %d with count %d: %v, want %v", i, use.count, err, use.want)
			}
			got := must[*parvis.Passkey](t)(w.n.Passkey(w.ctx, k.Credential))
			if noted := got.UsedAt.Equal(now) && got.SignCount == use.count && got.Flags == byte(i); noted != (use.want == nil) {
				t.Errorf("after use %d with count %d it is %+v", i, use.count, got)
			}
		}
	})
}

func TestDropPasskey(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		k := &parvis.Passkey{AccountID: w.jeanne.ID, Credential: []byte("k"), CreatedAt: parvistest.Noon}
		if err := w.addPasskey(k); err != nil {
			t.Fatal(err)
		}
		drop := func(who *parvis.Account) error {
			return w.n.InTx(w.ctx, func(ctx context.Context, t *storage.Tx) error { return t.DropPasskey(ctx, who.ID, k.ID) })
		}
		if err := drop(w.karim); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("Karim removes Jeanne's: %v", err)
		}
		if err := drop(w.jeanne); err != nil {
			t.Error(err)
		}
		if err := drop(w.jeanne); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("it is removed twice: %v", err)
		}
		if err := w.addPasskey(k); err != nil {
			t.Fatal(err)
		}
		if err := w.n.InTx(w.ctx, func(ctx context.Context, t *storage.Tx) error { return t.EraseAccount(ctx, w.jeanne, parvistest.Noon) }); err != nil {
			t.Fatal(err)
		}
		if _, err := w.n.Passkey(w.ctx, k.Credential); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("it outlives its account: %v", err)
		}
	})
}
