package federation_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/federation"
)

const keyID = "https://montrouge.example/users/marie#main-key"

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// testKey makes one key for all tests: making them takes longer than the tests.
var testKey = sync.OnceValue(func() federation.Key {
	return federation.Key{ID: keyID, Private: newRSA()}
})

// received gives a request as the server at malakoff.example sees it.
func received(t *testing.T, method, target string, body []byte) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(context.Background(), method, target, bytes.NewReader(body))
	r.Host = "malakoff.example"
	return r
}

func signed(t *testing.T, method, target string, body []byte) *http.Request {
	t.Helper()
	r := received(t, method, target, body)
	if err := testKey().Sign(r, body, noon); err != nil {
		t.Fatal(err)
	}
	r.Header.Del("Host") // net/http removes it from what it receives
	return r
}

func verify(r *http.Request, body []byte, now time.Time) error {
	params, err := federation.ParseSignature(r)
	if err != nil {
		return err
	}
	return federation.Verify(r, body, params, federation.Against{Key: &testKey().Private.PublicKey, Now: now, Base: "https://malakoff.example"})
}

var follow = []byte(`{"type":"Follow","actor":"https://montrouge.example/users/marie","object":"https://malakoff.example/users/lea"}`)

func TestSignAndVerify(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		method, target string
		body           []byte
	}{
		{http.MethodPost, "/inbox", follow},
		{http.MethodPost, "/users/lea/inbox?via=montrouge", follow},
		{http.MethodPost, "/inbox", []byte{}},
		{http.MethodGet, "/users/lea", nil},
		{http.MethodGet, "/", nil},
		{http.MethodGet, "/mots/caf%C3%A9%2Fbar?page=2", nil},
	} {
		r := signed(t, tt.method, tt.target, tt.body)
		for _, now := range []time.Time{noon, noon.Add(12 * time.Hour), noon.Add(-time.Hour)} {
			if err := verify(r, tt.body, now); err != nil {
				t.Errorf("%s %s at %s: %v", tt.method, tt.target, now, err)
			}
		}
	}
}

// TestVerifyOthersTargets holds that signatures of servers which sign the target
// without its query, or unescaped, are accepted.
func TestVerifyOthersTargets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ signed, sent string }{
		{"/users/lea/outbox", "/users/lea/outbox?page=1"},
		{"/mots/café", "/mots/caf%C3%A9"},
	} {
		r := received(t, http.MethodGet, tt.sent, nil)
		if err := testKey().Sign(r, nil, noon); err != nil {
			t.Fatal(err)
		}
		resign(t, r, tt.signed)
		if err := verify(r, nil, noon); err != nil {
			t.Errorf("signed %s, sent %s: %v", tt.signed, tt.sent, err)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, r *http.Request)
	}{
		{"other query", func(t *testing.T, r *http.Request) { r.RequestURI = "/inbox/?a=b" }},
		{"other path", func(t *testing.T, r *http.Request) { r.RequestURI = "/users/jean/inbox" }},
		{"other method", func(t *testing.T, r *http.Request) { r.Method = http.MethodPut }},
		{"other host", func(t *testing.T, r *http.Request) { r.Host = "atelier.example" }},
		{"no digest", func(t *testing.T, r *http.Request) { r.Header.Del("Digest") }},
		{"two digests", func(t *testing.T, r *http.Request) { r.Header.Add("Digest", r.Header.Get("Digest")) }},
		{"digest of something else", func(t *testing.T, r *http.Request) {
			r.Header.Set("Digest", "SHA-256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
			cover(t, r, "(request-target) host date digest")
		}},
		{"SHA-512 only", func(t *testing.T, r *http.Request) {
			r.Header.Set("Digest", "SHA-512=AAAA")
			cover(t, r, "(request-target) host date digest")
		}},
		{"two SHA-256", func(t *testing.T, r *http.Request) {
			r.Header.Set("Digest", r.Header.Get("Digest")+","+r.Header.Get("Digest"))
			cover(t, r, "(request-target) host date digest")
		}},
		{"date alone signed", func(t *testing.T, r *http.Request) { cover(t, r, "date") }},
		{"digest not signed", func(t *testing.T, r *http.Request) { cover(t, r, "(request-target) host date") }},
		{"host not signed", func(t *testing.T, r *http.Request) { cover(t, r, "(request-target) date digest") }},
		{"target not signed", func(t *testing.T, r *http.Request) { cover(t, r, "host date digest") }},
		{"no date signed", func(t *testing.T, r *http.Request) { cover(t, r, "(request-target) host digest") }},
		{"two dates", func(t *testing.T, r *http.Request) {
			r.Header.Add("Date", r.Header.Get("Date"))
			cover(t, r, "(request-target) host date digest")
		}},
		{"date unreadable", func(t *testing.T, r *http.Request) {
			r.Header.Set("Date", "midi")
			cover(t, r, "(request-target) host date digest")
		}},
		{"date changed", func(t *testing.T, r *http.Request) {
			r.Header.Set("Date", noon.Add(time.Minute).Format(http.TimeFormat))
		}},
		{"expired", func(t *testing.T, r *http.Request) {
			r.Header.Set("Signature", r.Header.Get("Signature")+",expires=1763700000")
		}},
		{"no signature", func(t *testing.T, r *http.Request) {
			r.Header.Set("Signature", strings.Replace(r.Header.Get("Signature"), `signature="`, `signature="AAAA`, 1))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := signed(t, http.MethodPost, "/inbox", follow)
			tt.change(t, r)
			if err := verify(r, follow, noon); !errors.Is(err, federation.ErrSignature) {
				t.Errorf("got %v, want ErrSignature", err)
			}
		})
	}

	r := signed(t, http.MethodPost, "/inbox", follow)
	for name, err := range map[string]error{
		"too old":      verify(r, follow, noon.Add(12*time.Hour+time.Second)),
		"in future":    verify(r, follow, noon.Add(-time.Hour-time.Second)),
		"other body":   verify(r, []byte(`{"type":"Undo"}`), noon),
		"no body":      verify(r, nil, noon),
		"body changed": verify(r, append(bytes.Clone(follow), ' '), noon),
	} {
		if !errors.Is(err, federation.ErrSignature) {
			t.Errorf("%s: got %v, want ErrSignature", name, err)
		}
	}
}

func TestVerifyKeys(t *testing.T) {
	t.Parallel()
	r := signed(t, http.MethodPost, "/inbox", follow)
	params, err := federation.ParseSignature(r)
	if err != nil {
		t.Fatal(err)
	}
	other := newRSA()
	short := &rsa.PublicKey{N: other.N, E: other.E}
	short.N = short.N.Rsh(short.N, 1024)
	for name, key := range map[string]*rsa.PublicKey{"another's": {N: testKey().Private.N, E: 3}, "short": short} {
		if err := federation.Verify(r, follow, params, federation.Against{Key: key, Now: noon, Base: "https://malakoff.example"}); !errors.Is(err, federation.ErrSignature) {
			t.Errorf("%s key: got %v, want ErrSignature", name, err)
		}
	}
}

func TestVerifyCreated(t *testing.T) {
	t.Parallel()
	now := noon
	for _, tt := range []struct {
		name             string
		created, expires time.Time
		accepted         bool
	}{
		{"fresh", now, now.Add(time.Hour), true},
		{"old", now.Add(-13 * time.Hour), now.Add(time.Hour), false},
		{"from the future", now.Add(2 * time.Hour), now.Add(3 * time.Hour), false},
		{"expired", now.Add(-time.Hour), now.Add(-time.Minute), false},
	} {
		r := received(t, http.MethodPost, "/inbox", follow)
		coverCreated(t, r, tt.created, tt.expires)
		if err := verify(r, follow, now); (err == nil) != tt.accepted {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestParseSignatureRefuses(t *testing.T) {
	t.Parallel()
	good := `keyId="` + keyID + `",algorithm="rsa-sha256",headers="(request-target) host date",signature="AAAA"`
	for name, header := range map[string]string{
		"empty":                 ``,
		"nonsense":              `oui`,
		"keyId twice":           good + `,keyId="https://malakoff.example/users/lea#main-key"`,
		"keyId in another case": good + `,keyid="https://malakoff.example/users/lea#main-key"`,
		"no keyId":              `headers="(request-target) host date",signature="AAAA"`,
		"acct key":              strings.Replace(good, keyID, "acct:marie@montrouge.example", 1),
		"relative key":          strings.Replace(good, keyID, "/users/marie", 1),
		"file key":              strings.Replace(good, keyID, "file:///etc/passwd", 1),
		"user in key":           strings.Replace(good, "https://", "https://marie@", 1),
		"escape":                strings.Replace(good, keyID, keyID+`\"`, 1),
		"no signature":          strings.Replace(good, `signature="AAAA"`, `x="y"`, 1),
		"not base64":            strings.Replace(good, "AAAA", "A A", 1),
		"loose base64":          strings.Replace(good, "AAAA", "AB==", 1),
		"hmac":                  strings.Replace(good, "rsa-sha256", "hmac-sha256", 1),
		"created with rsa":      strings.Replace(good, "date", "(created)", 1) + `,created=1763700000`,
		"created not given":     strings.Replace(strings.Replace(good, "date", "(created)", 1), "rsa-sha256", "hs2019", 1),
		"negative created":      good + `,created=-5`,
		"overflowing created":   good + `,created=99999999999999999999`,
		"header twice":          strings.Replace(good, "host", "date", 1),
		"unknown pseudo-header": strings.Replace(good, "host", "(x)", 1),
		"no headers":            strings.Replace(good, "headers", "hdrs", 1),
		"no comma":              strings.Replace(good, `",`, `" `, 1),
		"ends in comma":         good + ",",
		"open quote":            good + `,x="`,
		"too long":              good + `,x="` + strings.Repeat("x", 5000) + `"`,
	} {
		r := received(t, http.MethodGet, "/users/lea", nil)
		r.Header.Set("Signature", header)
		if _, err := federation.ParseSignature(r); !errors.Is(err, federation.ErrSignature) {
			t.Errorf("%s: got %v, want ErrSignature", name, err)
		}
	}

	r := received(t, http.MethodGet, "/users/lea", nil)
	if _, err := federation.ParseSignature(r); !errors.Is(err, federation.ErrUnsigned) {
		t.Errorf("none: got %v, want ErrUnsigned", err)
	}
	for name, value := range map[string]string{
		"Authorization": "Signature " + good, "Signature-Input": `sig1=("@method")`, "Signature": good,
	} {
		r := received(t, http.MethodGet, "/users/lea", nil)
		r.Header.Set("Signature", good)
		r.Header.Add(name, value)
		if _, err := federation.ParseSignature(r); !errors.Is(err, federation.ErrSignature) {
			t.Errorf("with a second one in %s: got %v, want ErrSignature", name, err)
		}
	}
}

// TestParseSignatureTolerates holds the forms that httpsig misreads.
func TestParseSignatureTolerates(t *testing.T) {
	t.Parallel()
	r := received(t, http.MethodGet, "/users/lea", nil)
	r.Header.Set("Signature", ` keyId="https://a.example/key?a,b" , headers="(request-target) Host date", created="1763700000",  signature="AAAA" `)
	got, err := federation.ParseSignature(r)
	if err != nil {
		t.Fatal(err)
	}
	if got.KeyID != "https://a.example/key?a,b" || len(got.Covered) != 3 || got.Covered[1] != "host" || got.Created.Unix() != 1763700000 {
		t.Errorf("got %+v", got)
	}
}

func FuzzParseSignature(f *testing.F) {
	f.Add(`keyId="https://a.example/k",algorithm="hs2019",created=1,headers="(request-target) host (created)",signature="AAAA"`)
	f.Add(`keyId=1, ="",,signature`)
	f.Fuzz(func(t *testing.T, header string) {
		r := received(t, http.MethodPost, "/inbox", follow)
		r.Header["Signature"] = []string{header}
		params, err := federation.ParseSignature(r)
		if err != nil {
			return
		}
		if params.KeyID == "" || params.Signature == "" || len(params.Covered) == 0 {
			t.Errorf("accepted without substance: %+v", params)
		}
		// No forged header may pass, nor make httpsig panic.
		if err := federation.Verify(r, follow, params, federation.Against{Key: &testKey().Private.PublicKey, Now: noon, Base: "https://malakoff.example"}); err == nil {
			t.Errorf("verified: %q", header)
		}
	})
}

func TestReplayMemory(t *testing.T) {
	t.Parallel()
	memory := federation.NewReplayMemory(2)
	params := func(signature string) federation.SignatureParams {
		return federation.SignatureParams{KeyID: keyID, Signature: signature}
	}
	see := func(signature string, at time.Time) bool {
		seen := memory.Replayed(params(signature))
		memory.Remember(params(signature), at)
		return seen
	}
	if memory.Replayed(params("a")) {
		t.Error("what was not accepted must not be known")
	}
	if see("a", noon) || !see("a", noon) {
		t.Error("the second time is a replay, the first is not")
	}
	if see("b", noon) || see("c", noon) || !see("a", noon) {
		t.Error("a full generation must stay known")
	}
	for _, s := range []string{"d", "e", "f", "g"} {
		see(s, noon)
	}
	if see("b", noon) {
		t.Error("memory is not bounded")
	}
	if !see("b", noon.Add(13*time.Hour)) || see("b", noon.Add(48*time.Hour)) && see("h", noon) {
		t.Error("must be known as long as its date is acceptable")
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	private := testKey().Private
	text := privatePEM(t, private)
	if again, err := federation.ParsePrivateKey[*rsa.PrivateKey](text); err != nil || !again.Equal(private) {
		t.Errorf("private key: %v", err)
	}
	public := publicPEM(t, &private.PublicKey)
	if again, err := federation.ParsePublicKey(public); err != nil || !again.Equal(&private.PublicKey) {
		t.Errorf("public key: %v", err)
	}
	for name, text := range map[string]string{
		"nothing": "", "private": text, "Ed25519": "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n",
		"short": shortKey(t),
	} {
		if _, err := federation.ParsePublicKey(text); !errors.Is(err, federation.ErrKey) {
			t.Errorf("%s: got %v, want ErrKey", name, err)
		}
	}
}

func shortKey(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return publicPEM(t, &key.PublicKey)
}
