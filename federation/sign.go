package federation

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-fed/httpsig"
)

// A Scheme is a standard of signatures with a kind of key.
type Scheme string

// The schemes by which we sign.
const (
	SchemeCavage  Scheme = "cavage"  // draft-cavage-http-signatures-12, RSA: what everyone reads
	SchemeRSA     Scheme = "rfc9421" // RFC 9421, RSA
	SchemeEd25519 Scheme = "ed25519" // RFC 9421, Ed25519: a fortieth of the cost
)

// What a signature covers: what [Verify] demands, and no more.
var (
	cavageOnGet   = []string{httpsig.RequestTarget, "host", "date"}
	cavageOnPost  = []string{httpsig.RequestTarget, "host", "date", "digest"}
	messageOnGet  = []string{"@method", "@target-uri"}
	messageOnPost = []string{"@method", "@target-uri", "content-digest"}
)

// Sign signs a request by the standard that everyone reads; see [Key.SignAs].
func (k Key) Sign(r *http.Request, body []byte, now time.Time) error {
	return k.SignAs(SchemeCavage, r, body, now)
}

// SignAs signs a request: a POST with the digest of its body, a request without
// body (nil) otherwise. It sets the headers that belong to the scheme and takes away
// those of another.
func (k Key) SignAs(scheme Scheme, r *http.Request, body []byte, now time.Time) error {
	for _, name := range []string{"Date", "Digest", "Content-Digest", "Signature-Input", "Signature"} {
		r.Header.Del(name)
	}
	sign := k.signMessage
	if scheme == SchemeCavage {
		sign = k.signCavage
	}
	if err := sign(scheme, r, body, now); err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	return nil
}

func (k Key) signCavage(_ Scheme, r *http.Request, body []byte, now time.Time) error {
	covered := cavageOnGet
	if body != nil {
		covered = cavageOnPost
	}
	r.Header.Set("Date", now.UTC().Format(http.TimeFormat))
	// A signer keeps state, so each request has its own.
	signer, _, err := httpsig.NewSigner([]httpsig.Algorithm{httpsig.RSA_SHA256}, httpsig.DigestSha256, covering(r, covered), httpsig.Signature, 0)
	if err != nil {
		return err
	}
	return signer.SignRequest(k.Private, k.ID, forSigning(r), body)
}

// covering adds what is signed where it is there: who receives it ignores it otherwise.
func covering(r *http.Request, covered []string) []string {
	if r.Header.Get(followsHeader) == "" {
		return covered
	}
	return append(slices.Clone(covered), strings.ToLower(followsHeader))
}

// forSigning gives the request as httpsig must see it to sign what goes over the
// wire: the library takes the host from a header that net/http keeps elsewhere, and
// the path unescaped. Headers are shared, so that the signature reaches r.
func forSigning(r *http.Request) *http.Request {
	host := hostHeader(r)
	r.Header.Set("Host", host) // net/http writes its own and ignores this one
	path, query, _ := strings.Cut(r.URL.RequestURI(), "?")
	return &http.Request{Method: r.Method, Header: r.Header, Host: host, URL: &url.URL{Path: path, RawQuery: query}}
}

// hostHeader is the Host that net/http will send.
func hostHeader(r *http.Request) string {
	if r.Host != "" {
		return r.Host
	}
	return r.URL.Host
}

// signMessage signs by RFC 9421, under the label that its examples use.
func (k Key) signMessage(scheme Scheme, r *http.Request, body []byte, now time.Time) error {
	p := SignatureParams{by: rfc9421, Covered: messageOnGet}
	if body != nil {
		p.Covered = messageOnPost
		sum := sha256.Sum256(body)
		r.Header.Set("Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":")
	}
	p.Covered = covering(r, p.Covered)
	id, algorithm := k.ID, algRSA
	if scheme == SchemeEd25519 {
		id, algorithm = k.Ed25519ID, algEd25519
	}
	p.input = `("` + strings.Join(p.Covered, `" "`) + `");created=` + strconv.FormatInt(now.Unix(), 10) +
		`;keyid="` + id + `";alg="` + algorithm + `"`
	base, err := messageBase(r, p, r.URL.Scheme+"://"+hostHeader(r))
	if err != nil {
		return err
	}
	signature, err := k.seal(scheme, base)
	if err != nil {
		return err
	}
	r.Header.Set("Signature-Input", "sig1="+p.input)
	r.Header.Set("Signature", "sig1=:"+base64.StdEncoding.EncodeToString(signature)+":")
	return nil
}

// seal makes the signature of a text.
func (k Key) seal(scheme Scheme, base string) ([]byte, error) {
	if scheme == SchemeEd25519 {
		return ed25519.Sign(k.Ed25519, []byte(base)), nil
	}
	sum := sha256.Sum256([]byte(base))
	return rsa.SignPKCS1v15(nil, k.Private, crypto.SHA256, sum[:])
}
