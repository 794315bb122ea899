// Package multikey writes Ed25519 keys and signatures as text: the Multikey of
// W3C Controlled Identifiers, which actors publish by FEP-521a.
package multikey

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"

	"github.com/mr-tron/base58"
)

// ErrMalformed is wrapped by errors about texts that cannot be read.
var ErrMalformed = errors.New("not a multibase text")

// base58btc is the letter by which Multibase names the one encoding that is used.
const base58btc = "z"

// ed25519Pub is the Multicodec prefix of an Ed25519 public key.
var ed25519Pub = []byte{0xed, 0x01}

// maxText bounds what is decoded: base58 costs the square of its length.
const maxText = 128

// Format writes a public key as publicKeyMultibase: z6Mk….
func Format(key ed25519.PublicKey) string {
	return FormatBytes(append(bytes.Clone(ed25519Pub), key...))
}

// Parse reads a publicKeyMultibase that is an Ed25519 key.
func Parse(text string) (ed25519.PublicKey, error) {
	raw, err := ParseBytes(text)
	if err != nil {
		return nil, err
	}
	key, ok := bytes.CutPrefix(raw, ed25519Pub)
	if !ok || len(key) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("%w: no Ed25519 key", ErrMalformed)
	}
	return key, nil
}

// FormatBytes writes bytes, such as a proofValue, in base58btc.
func FormatBytes(raw []byte) string { return base58btc + base58.Encode(raw) }

// ParseBytes reads what [FormatBytes] wrote.
func ParseBytes(text string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(text, base58btc)
	if !ok || len(encoded) > maxText {
		return nil, fmt.Errorf("%w: %.20q", ErrMalformed, text)
	}
	raw, err := base58.Decode(encoded)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return raw, nil
}
