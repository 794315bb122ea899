// Package push seals what a node tells the browsers and apps of its residents, so that
// only they can read it, and says to push services who sends it: Web Push (RFC 8030), its
// encryption (RFC 8291, and the draft before it that older apps know) and its sender's
// keys (VAPID, RFC 8292). It sends nothing itself.
package push

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Encoding is how a message is sealed.
type Encoding string

// The encodings.
const (
	Standard Encoding = "aes128gcm" // RFC 8291
	Draft    Encoding = "aesgcm"    // draft-ietf-webpush-encryption-04
)

const (
	saltSize   = 16
	authSize   = 16
	keySize    = 16
	nonceSize  = 12
	recordSize = 4096
	// MaxText is how many bytes of text fit into the one record that services take.
	MaxText = 3000
)

// A Receiver is who can read what is sealed for them: the keys of a subscription.
type Receiver struct {
	PublicKey *ecdh.PublicKey
	Auth      []byte
	Encoding  Encoding
}

// ParseReceiver reads the keys of a subscription (p256dh and auth), as browsers and apps
// write them.
func ParseReceiver(publicKey, auth string, e Encoding) (Receiver, error) {
	point, err := decode(publicKey)
	if err != nil {
		return Receiver{}, err
	}
	key, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		return Receiver{}, err
	}
	secret, err := decode(auth)
	switch {
	case err != nil:
		return Receiver{}, err
	case len(secret) != authSize:
		return Receiver{}, fmt.Errorf("a secret of %d bytes", len(secret))
	case e != Standard && e != Draft:
		return Receiver{}, fmt.Errorf("encoding %q", e)
	}
	return Receiver{key, secret, e}, nil
}

// decode reads base64 of either alphabet, with or without padding.
func decode(s string) ([]byte, error) {
	s = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(s, "="))
	return base64.RawURLEncoding.DecodeString(s)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// Seal seals a text for a receiver, and adds the headers that they need to read it.
func (r Receiver) Seal(text []byte, h http.Header) ([]byte, error) {
	sender, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // which does not fail
	return r.seal(text, h, sender, salt)
}

func (r Receiver) seal(text []byte, h http.Header, sender *ecdh.PrivateKey, salt []byte) ([]byte, error) {
	if len(text) > MaxText {
		return nil, errors.New("the text is too long")
	}
	shared, err := sender.ECDH(r.PublicKey)
	if err != nil {
		return nil, err
	}
	ours, theirs := sender.PublicKey().Bytes(), r.PublicKey.Bytes()
	h.Set("Content-Encoding", string(r.Encoding))
	if r.Encoding == Draft {
		h.Set("Encryption", "salt="+encode(salt))
		h.Set("Crypto-Key", "dh="+encode(ours))
		context := "P-256\x00" + counted(theirs) + counted(ours)
		return encrypt(slices.Concat([]byte{0, 0}, text), // no padding
			shared, r.Auth, salt, "Content-Encoding: auth\x00", "Content-Encoding: aesgcm\x00"+context, "Content-Encoding: nonce\x00"+context)
	}
	sealed, err := encrypt(append(slices.Clip(text), 2), // the last record
		shared, r.Auth, salt, "WebPush: info\x00"+string(theirs)+string(ours), "Content-Encoding: aes128gcm\x00", "Content-Encoding: nonce\x00")
	head := binary.BigEndian.AppendUint32(slices.Clone(salt), recordSize)
	return slices.Concat(head, []byte{byte(len(ours))}, ours, sealed), err
}

// counted is a key behind its length.
func counted(key []byte) string {
	return string(binary.BigEndian.AppendUint16(nil, uint16(len(key)))) + string(key)
}

// encrypt makes key and nonce of what both know (RFC 8291 §3.4), and one record.
func encrypt(record, shared, auth, salt []byte, authInfo, keyInfo, nonceInfo string) ([]byte, error) {
	material, err := hkdf.Key(sha256.New, shared, auth, authInfo, sha256.Size)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, material, salt, keyInfo, keySize)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, material, salt, nonceInfo, nonceSize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return gcm.Seal(nil, nonce, record, nil), nil
}
