package federation

import (
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// Sizes of RSA keys in bits. Below the minimum a key can be broken; above the
// maximum verifying costs more than a stranger's request may.
const (
	minKeyBits = 2048
	maxKeyBits = 8192
)

// ErrKey is wrapped by errors about keys that cannot be read or are not to be used.
var ErrKey = errors.New("unusable key")

// A Key signs requests in the name of an actor: it is the pair of keys that an actor
// has. Their ids are URLs, from which others find the actor and the public halves.
type Key struct {
	ID      string
	Private *rsa.PrivateKey

	Ed25519ID string
	Ed25519   ed25519.PrivateKey // nil if the actor has none
}

// ParsePrivateKey reads a key of the wanted kind as it is kept: PKCS #8 in PEM.
func ParsePrivateKey[K *rsa.PrivateKey | ed25519.PrivateKey](text string) (K, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("%w: not PEM", ErrKey)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	key, ok := parsed.(K)
	if !ok {
		return nil, fmt.Errorf("%w: a %T instead of a %T", ErrKey, parsed, key)
	}
	return key, nil
}

// ParsePublicKey reads the publicKeyPem of an actor: PKIX or, from a few servers,
// PKCS #1. Keys of other kinds or of a size out of bounds are refused.
func ParsePublicKey(text string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("%w: not PEM", ErrKey)
	}
	var parsed any
	var err error
	if block.Type == "RSA PUBLIC KEY" {
		parsed, err = x509.ParsePKCS1PublicKey(block.Bytes)
	} else {
		parsed, err = x509.ParsePKIXPublicKey(block.Bytes)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: a %T instead of RSA", ErrKey, parsed)
	}
	return key, checkKeySize(key)
}

func checkKeySize(key *rsa.PublicKey) error {
	if bits := key.N.BitLen(); bits < minKeyBits || bits > maxKeyBits {
		return fmt.Errorf("%w: RSA of %d bits, want %d to %d", ErrKey, bits, minKeyBits, maxKeyBits)
	}
	return nil
}
