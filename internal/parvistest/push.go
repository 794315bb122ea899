package parvistest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// A PushService takes what is meant for one browser and reads it as that would, by code
// of its own: what ours seals is opened by nothing of ours.
type PushService struct {
	Endpoint string
	Roots    *x509.CertPool
	// Answer is the status of the next answers; 201 unless it is set.
	Answer atomic.Int32
	Pushed chan Pushed

	t       testing.TB
	origin  string
	private *ecdh.PrivateKey
	auth    []byte
	now     func() time.Time
}

// Pushed is what a browser was told.
type Pushed struct {
	Text    string
	Header  http.Header
	Key     string // of who sent it
	Contact string
}

// NewPushService runs one on loopback.
func NewPushService(t testing.TB, now func() time.Time) *PushService {
	t.Helper()
	s := &PushService{t: t, now: now, Pushed: make(chan Pushed, 64), auth: []byte("seize octets tus"), Roots: x509.NewCertPool()}
	var err error
	if s.private, err = ecdh.P256().GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(s)
	t.Cleanup(server.Close)
	s.Roots.AddCert(server.Certificate())
	s.origin, s.Endpoint = server.URL, server.URL+"/push/1"
	return s
}

// Keys are p256dh and auth, as a browser says them.
func (s *PushService) Keys() (publicKey, auth string) {
	return base64.RawURLEncoding.EncodeToString(s.private.PublicKey().Bytes()), base64.RawURLEncoding.EncodeToString(s.auth)
}

// ServeHTTP takes a message.
func (s *PushService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	got := Pushed{Header: r.Header}
	switch r.Header.Get("Content-Encoding") {
	case "aes128gcm":
		// RFC 8188 §2.1: salt, record size, the sender's key.
		salt, sender, record := body[:16], body[21:86], body[86:]
		plain := s.open(record, salt, sender, "WebPush: info\x00"+string(s.public())+string(sender), "Content-Encoding: aes128gcm\x00", "Content-Encoding: nonce\x00")
		text, ok := strings.CutSuffix(string(plain), "\x02")
		if !ok {
			s.t.Error("no end of the last record")
		}
		got.Text = text
		claim, key, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Authorization"), "vapid t="), ", k=")
		got.Key, got.Contact = key, s.claim(claim, key)
	case "aesgcm":
		sender, key := part(r.Header.Get("Crypto-Key"), "dh="), part(r.Header.Get("Crypto-Key"), "p256ecdsa=")
		context := "P-256\x00\x00\x41" + string(s.public()) + "\x00\x41" + string(decode(s.t, sender))
		plain := s.open(body, decode(s.t, part(r.Header.Get("Encryption"), "salt=")), decode(s.t, sender), "Content-Encoding: auth\x00",
			"Content-Encoding: aesgcm\x00"+context, "Content-Encoding: nonce\x00"+context)
		text, ok := strings.CutPrefix(string(plain), "\x00\x00")
		if !ok {
			s.t.Error("no padding")
		}
		got.Text, got.Key, got.Contact = text, key, s.claim(strings.TrimPrefix(r.Header.Get("Authorization"), "WebPush "), key)
	default:
		s.t.Errorf("encoding %q", r.Header.Get("Content-Encoding"))
	}
	s.Pushed <- got
	if status := s.Answer.Load(); status != 0 {
		w.WriteHeader(int(status))
		return
	}
	w.WriteHeader(http.StatusCreated)
}

func (s *PushService) public() []byte { return s.private.PublicKey().Bytes() }

// open reads a record (RFC 8291 §3.3, §3.4).
func (s *PushService) open(record, salt, sender []byte, authInfo, keyInfo, nonceInfo string) []byte {
	point, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		s.t.Error(err)
		return nil
	}
	shared, err := s.private.ECDH(point)
	if err != nil {
		s.t.Error(err)
		return nil
	}
	material := derive(s.auth, shared, authInfo)
	block, err := aes.NewCipher(derive(salt, material, keyInfo)[:16])
	if err != nil {
		s.t.Error(err)
		return nil
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		s.t.Error(err)
		return nil
	}
	plain, err := gcm.Open(nil, derive(salt, material, nonceInfo)[:12], record, nil)
	if err != nil {
		s.t.Errorf("what was pushed cannot be read: %v", err)
	}
	return plain
}

// derive is HKDF (RFC 5869) as far as one block of it.
func derive(salt, secret []byte, info string) []byte {
	return sum(sum(salt, secret), append([]byte(info), 1))
}

func sum(key, text []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return mac.Sum(nil)
}

// claim checks who says to send (RFC 8292 §2), and returns their contact.
func (s *PushService) claim(token, key string) string {
	parsed, err := jwt.Parse(token, func(*jwt.Token) (any, error) {
		raw := decode(s.t, key)
		return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw)
	}, jwt.WithValidMethods([]string{"ES256"}), jwt.WithAudience(s.origin), jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.now))
	if err != nil {
		s.t.Errorf("the sender's claim: %v", err)
		return ""
	}
	if until, err := parsed.Claims.GetExpirationTime(); err != nil || until.Sub(s.now()) > 24*time.Hour {
		s.t.Errorf("the sender's claim lasts until %v, %v", until, err)
	}
	contact, err := parsed.Claims.GetSubject()
	if err != nil {
		s.t.Error(err)
	}
	return contact
}

// part is the value of a parameter of a header.
func part(header, name string) string {
	list := strings.Split(header, ";")
	i := slices.IndexFunc(list, func(p string) bool { return strings.HasPrefix(p, name) })
	if i < 0 {
		return ""
	}
	return list[i][len(name):]
}

func decode(t testing.TB, s string) []byte {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Error(err)
	}
	return b
}
