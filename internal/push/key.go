package push

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// A Key is what push services know a node by (RFC 8292).
type Key struct{ private *ecdsa.PrivateKey }

// NewKey makes a key.
func NewKey() (Key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return Key{private}, err
}

// ParseKey reads what Private wrote.
func ParseKey(s string) (Key, error) {
	raw, err := decode(s)
	if err != nil {
		return Key{}, err
	}
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	return Key{private}, err
}

// Private is the key as it is kept.
func (k Key) Private() (string, error) {
	raw, err := k.private.Bytes()
	return encode(raw), err
}

// Public is what browsers and apps are told (applicationServerKey).
func (k Key) Public() (string, error) {
	raw, err := k.private.PublicKey.Bytes()
	return encode(raw), err
}

// claimFor is how long a service may believe one claim; it takes a day at most.
const claimFor = 12 * time.Hour

// Sign adds to the headers of a message, sealed before, who sends it to a service: a node
// whose contact is an address (mailto: or https:).
func (k Key) Sign(endpoint, contact string, e Encoding, now time.Time, h http.Header) error {
	u, err := url.Parse(endpoint)
	if err != nil {
		return err
	}
	claims, err := json.Marshal(map[string]any{"aud": u.Scheme + "://" + u.Host, "exp": now.Add(claimFor).Unix(), "sub": contact})
	if err != nil {
		return err
	}
	token := encode([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + encode(claims)
	digest := sha256.Sum256([]byte(token))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, digest[:])
	if err != nil {
		return err
	}
	signature := make([]byte, 64) // RFC 7518 §3.4
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	token += "." + encode(signature)
	public, err := k.Public()
	if e == Draft {
		h.Set("Authorization", "WebPush "+token)
		h.Set("Crypto-Key", h.Get("Crypto-Key")+";p256ecdsa="+public)
		return err
	}
	h.Set("Authorization", "vapid t="+token+", k="+public)
	return err
}
