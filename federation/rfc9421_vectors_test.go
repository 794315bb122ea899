package federation

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// TestMessageVector holds the example of an Ed25519 signature in RFC 9421, B.2.6,
// with the key of B.1.4.
func TestMessageVector(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodPost, "/foo?param=Value&Pet=dog", strings.NewReader(`{"hello": "world"}`))
	r.Host = "example.com"
	r.Header.Set("Date", "Tue, 20 Apr 2021 02:07:55 GMT")
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Content-Length", "18")
	p, err := parseMessageSignature(
		`sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"`,
		`sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:`)
	if err != nil {
		t.Fatal(err)
	}
	base, err := messageBase(r, p, "https://example.com")
	if err != nil {
		t.Fatal(err)
	}
	public, err := base64.RawURLEncoding.DecodeString("JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs")
	if err != nil {
		t.Fatal(err)
	}
	signature, err := p.bytes()
	if err != nil {
		t.Fatal(err)
	}
	if !matches(ed25519.PublicKey(public), base, signature) {
		t.Errorf("the signature does not match:\n%s", base)
	}
}

// TestMessagesOfOthers verifies requests that another library signed.
func TestMessagesOfOthers(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/rfc9421.json")
	if err != nil {
		t.Fatal(err)
	}
	var signed struct {
		RSA      string
		Ed25519  ed25519.PublicKey
		Requests []struct{ Method, Target, Body, Input, Signature, ContentDigest, Date, Key string }
	}
	if err := json.Unmarshal(raw, &signed); err != nil || len(signed.Requests) == 0 {
		t.Fatalf("%d requests, %v", len(signed.Requests), err)
	}
	rsaKey, err := ParsePublicKey(signed.RSA)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range signed.Requests {
		r := httptest.NewRequest(one.Method, one.Target, strings.NewReader(one.Body))
		r.Host = "malakoff.example"
		for name, value := range map[string]string{"Signature-Input": one.Input, "Signature": one.Signature, "Content-Digest": one.ContentDigest, "Date": one.Date} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		p, err := ParseSignature(r)
		if err != nil {
			t.Errorf("%s with %s: %v", one.Method, one.Key, err)
			continue
		}
		against := Against{Key: rsaKey, Base: "https://malakoff.example", Now: p.Created}
		if one.Key == algEd25519 {
			against.Key = signed.Ed25519
		}
		var body []byte
		if one.Method == http.MethodPost {
			body = []byte(one.Body)
		}
		if err := Verify(r, body, p, against); err != nil {
			t.Errorf("%s with %s: %v", one.Method, one.Key, err)
		}
	}
}
