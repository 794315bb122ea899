package federation_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/federation"
)

// edKey is the Ed25519 key of all tests that need just one.
var edKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{92}, ed25519.SeedSize))

const edKeyID = "https://montrouge.example/users/marie#ed25519-key"

// pair is testKey with an Ed25519 key beside it.
func pair() federation.Key {
	k := testKey()
	k.Ed25519ID, k.Ed25519 = edKeyID, edKey
	return k
}

// message gives a request that is signed by RFC 9421, as malakoff.example sees it.
func message(t *testing.T, scheme federation.Scheme, method, target string, body []byte) *http.Request {
	t.Helper()
	r := received(t, method, target, body)
	r.URL.Scheme = "https" // which the sender knows
	if err := pair().SignAs(scheme, r, body, noon); err != nil {
		t.Fatal(err)
	}
	return r
}

func verifyMessage(r *http.Request, body []byte, key crypto.PublicKey, now time.Time) error {
	params, err := federation.ParseSignature(r)
	if err != nil {
		return err
	}
	return federation.Verify(r, body, params, federation.Against{Key: key, Base: "https://malakoff.example", Now: now})
}

var schemes = map[federation.Scheme]func() crypto.PublicKey{
	federation.SchemeCavage:  func() crypto.PublicKey { return testKey().Private.Public() },
	federation.SchemeRSA:     func() crypto.PublicKey { return testKey().Private.Public() },
	federation.SchemeEd25519: func() crypto.PublicKey { return edKey.Public() },
}

func TestSchemes(t *testing.T) {
	t.Parallel()
	for scheme, key := range schemes {
		for _, tt := range []struct {
			method, target string
			body           []byte
		}{
			{http.MethodPost, "/inbox", follow},
			{http.MethodPost, "/@jeanne/inbox?via=montrouge", follow},
			{http.MethodGet, "/", nil},
			{http.MethodGet, "/mots/caf%C3%A9%2Fbar?page=2", nil},
		} {
			r := message(t, scheme, tt.method, tt.target, tt.body)
			for _, now := range []time.Time{noon, noon.Add(12 * time.Hour), noon.Add(-time.Hour)} {
				if err := verifyMessage(r, tt.body, key(), now); err != nil {
					t.Errorf("%s: %s %s at %s: %v", scheme, tt.method, tt.target, now, err)
				}
			}
			for _, now := range []time.Time{noon.Add(12*time.Hour + time.Second), noon.Add(-time.Hour - time.Second)} {
				if err := verifyMessage(r, tt.body, key(), now); !errors.Is(err, federation.ErrSignature) {
					t.Errorf("%s at %s: got %v, want ErrSignature", scheme, now, err)
				}
			}
			for other, wrong := range schemes {
				if err := verifyMessage(r, tt.body, wrong(), noon); (err == nil) != wrong().(interface{ Equal(crypto.PublicKey) bool }).Equal(key()) {
					t.Errorf("signed by %s, held against the key of %s: %v", scheme, other, err)
				}
			}
		}
	}
}

// sealed signs a request anew by the letter of RFC 9421 over given lines, as forgers
// might: base lacks its last line, which is made of the parameters.
func sealed(r *http.Request, params string, lines ...string) {
	base := strings.Join(append(lines, `"@signature-params": `+params), "\n")
	r.Header.Set("Signature-Input", "sig1="+params)
	r.Header.Set("Signature", "sig1=:"+base64.StdEncoding.EncodeToString(ed25519.Sign(edKey, []byte(base)))+":")
}

const paramsAtNoon = `;created=1795262400;keyid="` + edKeyID + `"`

func TestMessageRefused(t *testing.T) {
	t.Parallel()
	digest := "sha-256=:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=:" // of "test"
	method, target := `"@method": POST`, `"@target-uri": https://malakoff.example/inbox`
	for _, tt := range []struct {
		name   string
		change func(r *http.Request)
	}{
		{"other query", func(r *http.Request) { r.RequestURI = "/inbox?a=b" }},
		{"other path", func(r *http.Request) { r.RequestURI = "/@karim/inbox" }},
		{"other method", func(r *http.Request) { r.Method = http.MethodPut }},
		{"other host", func(r *http.Request) { r.Host = "vanves.example" }},
		{"no digest", func(r *http.Request) { r.Header.Del("Content-Digest") }},
		{"two digests", func(r *http.Request) { r.Header.Add("Content-Digest", r.Header.Get("Content-Digest")) }},
		{"digest of the draft only", func(r *http.Request) {
			r.Header.Set("Digest", "SHA-256=n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=")
			r.Header.Del("Content-Digest")
			sealed(r, `("@method" "@target-uri" "digest")`+paramsAtNoon, method, target, `"digest": `+r.Header.Get("Digest"))
		}},
		{"digest of something else", func(r *http.Request) {
			r.Header.Set("Content-Digest", digest)
			sealed(r, `("@method" "@target-uri" "content-digest")`+paramsAtNoon, method, target, `"content-digest": `+digest)
		}},
		{"SHA-512 only", func(r *http.Request) {
			other := strings.Replace(r.Header.Get("Content-Digest"), "sha-256", "sha-512", 1)
			r.Header.Set("Content-Digest", other)
			sealed(r, `("@method" "@target-uri" "content-digest")`+paramsAtNoon, method, target, `"content-digest": `+other)
		}},
		{"two SHA-256", func(r *http.Request) {
			both := digest + ", " + r.Header.Get("Content-Digest")
			r.Header.Set("Content-Digest", both)
			sealed(r, `("@method" "@target-uri" "content-digest")`+paramsAtNoon, method, target, `"content-digest": `+both)
		}},
		{"digest not signed", func(r *http.Request) { sealed(r, `("@method" "@target-uri")`+paramsAtNoon, method, target) }},
		{"target not signed", func(r *http.Request) {
			sealed(r, `("@method" "content-digest")`+paramsAtNoon, method, `"content-digest": `+r.Header.Get("Content-Digest"))
		}},
		{"path instead of target", func(r *http.Request) {
			sealed(r, `("@method" "@path" "content-digest")`+paramsAtNoon, method, `"@path": /inbox`, `"content-digest": `+r.Header.Get("Content-Digest"))
		}},
		{"method not signed", func(r *http.Request) {
			sealed(r, `("@target-uri" "content-digest")`+paramsAtNoon, target, `"content-digest": `+r.Header.Get("Content-Digest"))
		}},
		{"a header that is not there", func(r *http.Request) {
			sealed(r, `("@method" "@target-uri" "content-digest" "x-parvis")`+paramsAtNoon, method, target, `"content-digest": `+r.Header.Get("Content-Digest"), `"x-parvis": `)
		}},
		{"expired", func(r *http.Request) {
			sealed(r, `("@method" "@target-uri" "content-digest");created=1795262400;expires=1795262399;keyid="`+edKeyID+`"`, method, target, `"content-digest": `+r.Header.Get("Content-Digest"))
		}},
		{"another algorithm", func(r *http.Request) {
			sealed(r, `("@method" "@target-uri" "content-digest");created=1795262400;keyid="`+edKeyID+`";alg="rsa-v1_5-sha256"`, method, target, `"content-digest": `+r.Header.Get("Content-Digest"))
		}},
		{"parameters changed", func(r *http.Request) {
			r.Header.Set("Signature-Input", strings.Replace(r.Header.Get("Signature-Input"), "created=17952624", "created=17952623", 1))
		}},
		{"with Authorization", func(r *http.Request) { r.Header.Set("Authorization", "Bearer perceuse") }},
		{"with one of the draft", func(r *http.Request) { r.Header.Add("Signature", `keyId="`+keyID+`",signature="AAAA"`) }},
		{"two inputs", func(r *http.Request) { r.Header.Add("Signature-Input", r.Header.Get("Signature-Input")) }},
		{"no input", func(r *http.Request) { r.Header.Del("Signature-Input") }},
		{"no signature", func(r *http.Request) { r.Header.Del("Signature") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := message(t, federation.SchemeEd25519, http.MethodPost, "/inbox", follow)
			tt.change(r)
			if err := verifyMessage(r, follow, edKey.Public(), noon); !errors.Is(err, federation.ErrSignature) {
				t.Errorf("got %v, want ErrSignature", err)
			}
		})
	}
	for name, body := range map[string][]byte{"other body": []byte("{}"), "no body": nil} {
		r := message(t, federation.SchemeEd25519, http.MethodPost, "/inbox", follow)
		if err := verifyMessage(r, body, edKey.Public(), noon); !errors.Is(err, federation.ErrSignature) {
			t.Errorf("%s: got %v, want ErrSignature", name, err)
		}
	}
}

// TestMessageTolerated holds what others sign beside what is needed.
func TestMessageTolerated(t *testing.T) {
	t.Parallel()
	r := message(t, federation.SchemeEd25519, http.MethodPost, "/inbox?via=montrouge", follow)
	r.Header.Set("X-Parvis", "  perceuse ")
	r.Header.Add("X-Parvis", "à percussion")
	sealed(r, `("@authority" "@path" "@query" "@scheme" "@request-target" "host" "@method" "@target-uri" "x-parvis" "content-digest")`+
		`;created=1795262400;expires=1795262700;nonce="a;b\"c";alg="ed25519";keyid="`+edKeyID+`";tag="fediverse"`,
		`"@authority": malakoff.example`, `"@path": /inbox`, `"@query": ?via=montrouge`, `"@scheme": https`, `"@request-target": /inbox?via=montrouge`,
		`"host": malakoff.example`, `"@method": POST`, `"@target-uri": https://malakoff.example/inbox?via=montrouge`,
		`"x-parvis": perceuse, à percussion`, `"content-digest": `+r.Header.Get("Content-Digest"))
	if err := verifyMessage(r, follow, edKey.Public(), noon); err != nil {
		t.Error(err)
	}
}

func TestParseMessageRefused(t *testing.T) {
	t.Parallel()
	input, signature := `sig1=("@method" "@target-uri")`+paramsAtNoon, "sig1=:AAAA:"
	for name, headers := range map[string][2]string{
		"empty":              {"", ""},
		"nonsense":           {"oui", "oui"},
		"two signatures":     {input + `, sig2=("@method")` + paramsAtNoon, signature},
		"the same twice":     {input + ", " + input, signature},
		"two values":         {input, "sig1=:AAAA:, sig2=:AAAA:"},
		"other label":        {input, "sig2=:AAAA:"},
		"no label":           {strings.TrimPrefix(input, "sig1"), "=:AAAA:"},
		"not bytes":          {input, `sig1="AAAA"`},
		"loose base64":       {input, "sig1=:AB==:"},
		"empty signature":    {input, "sig1=::"},
		"parameter twice":    {input + `;keyid="https://malakoff.example/@lea#main-key"`, signature},
		"component twice":    {strings.Replace(input, "@target-uri", "@method", 1), signature},
		"component's flag":   {strings.Replace(input, `"@method"`, `"@method";req`, 1), signature},
		"unknown component":  {strings.Replace(input, "@method", "@status", 1), signature},
		"upper case":         {strings.Replace(input, "@method", "Date", 1), signature},
		"signs itself":       {strings.Replace(input, "@method", "signature", 1), signature},
		"number as a name":   {strings.Replace(input, `"@method"`, "1", 1), signature},
		"nothing signed":     {"sig1=()" + paramsAtNoon, signature},
		"an item":            {`sig1="@method"` + paramsAtNoon, signature},
		"no created":         {`sig1=("@method");keyid="` + edKeyID + `"`, signature},
		"created is text":    {`sig1=("@method");created="1795262400";keyid="` + edKeyID + `"`, signature},
		"created is decimal": {`sig1=("@method");created=1795262400.0;keyid="` + edKeyID + `"`, signature},
		"created is -1":      {`sig1=("@method");created=-1;keyid="` + edKeyID + `"`, signature},
		"no keyid":           {`sig1=("@method");created=1795262400`, signature},
		"keyid is a token":   {`sig1=("@method");created=1795262400;keyid=marie`, signature},
		"keyid is no URL":    {`sig1=("@method");created=1795262400;keyid="marie"`, signature},
		"hmac":               {input + `;alg="hmac-sha256"`, signature},
		"more spaces":        {strings.Replace(input, ";", "; ", 1), signature},
		"too long":           {input + `;x="` + strings.Repeat("x", 5000) + `"`, signature},
	} {
		r := received(t, http.MethodGet, "/@lea", nil)
		r.Header.Set("Signature-Input", headers[0])
		r.Header.Set("Signature", headers[1])
		if _, err := federation.ParseSignature(r); !errors.Is(err, federation.ErrSignature) {
			t.Errorf("%s: got %v, want ErrSignature", name, err)
		}
	}
}

func FuzzParseMessage(f *testing.F) {
	f.Add(`sig1=("@method" "@target-uri" "content-digest");created=1795262400;keyid="https://a.example/k";alg="ed25519"`, "sig1=:AAAA:")
	f.Add(`a=("@path";req "date");created=@1;expires=?1, b=()`, `a=:`)
	f.Fuzz(func(t *testing.T, input, signature string) {
		r := message(t, federation.SchemeEd25519, http.MethodPost, "/inbox", follow)
		r.Header["Signature-Input"], r.Header["Signature"] = []string{input}, []string{signature}
		params, err := federation.ParseSignature(r)
		if err != nil {
			return
		}
		if params.KeyID == "" || params.Signature == "" || len(params.Covered) == 0 || params.Created.IsZero() {
			t.Errorf("accepted without substance: %+v", params)
		}
		// No forged header may pass; nobody else has the key of edKey's twin.
		twin := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
		if err := federation.Verify(r, follow, params, federation.Against{Key: twin.Public(), Base: "https://malakoff.example", Now: noon}); err == nil {
			t.Errorf("verified: %q %q", input, signature)
		}
	})
}
