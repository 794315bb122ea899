package multikey_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/multikey"
)

// TestVector holds the key of the W3C's test vectors for eddsa-jcs-2022
// (Data Integrity EdDSA Cryptosuites, B.1).
func TestVector(t *testing.T) {
	const text = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
	key, err := multikey.Parse(text)
	if err != nil || len(key) != ed25519.PublicKeySize {
		t.Fatalf("%d bytes, %v", len(key), err)
	}
	if got := multikey.Format(key); got != text {
		t.Errorf("got %s, want %s", got, text)
	}
}

func TestRoundTrip(t *testing.T) {
	for _, raw := range [][]byte{{0}, {0, 0, 7}, bytes.Repeat([]byte{255}, 64)} {
		if got, err := multikey.ParseBytes(multikey.FormatBytes(raw)); err != nil || !bytes.Equal(got, raw) {
			t.Errorf("%v became %v, %v", raw, got, err)
		}
	}
}

func TestRefused(t *testing.T) {
	long := multikey.FormatBytes(bytes.Repeat([]byte{255}, 500))
	x25519 := multikey.FormatBytes(append([]byte{0xec, 0x01}, make([]byte, 32)...))
	short := multikey.FormatBytes(append([]byte{0xed, 0x01}, make([]byte, 31)...))
	for _, text := range []string{"", "z", "6Mkr", "mAQID", "z0OIl", "zé", long, x25519, short, "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2 "} {
		if key, err := multikey.Parse(text); !errors.Is(err, multikey.ErrMalformed) {
			t.Errorf("%.20q: got %v, %v, want ErrMalformed", text, key, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2")
	f.Add("z" + strings.Repeat("1", 40))
	f.Fuzz(func(t *testing.T, text string) {
		key, err := multikey.Parse(text)
		if err == nil && multikey.Format(key) != text {
			t.Errorf("%q is another text for %q", text, multikey.Format(key))
		}
	})
}
