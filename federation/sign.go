package federation

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-fed/httpsig"
)

// What a signature covers (draft-cavage-http-signatures-12, as all of the
// fediverse uses it).
var (
	signedOnGet  = []string{httpsig.RequestTarget, "host", "date"}
	signedOnPost = []string{httpsig.RequestTarget, "host", "date", "digest"}
)

// Sign signs a request: a POST with the digest of its body, a request without
// body (nil) otherwise. It sets the headers Date, Digest and Signature.
func (k Key) Sign(r *http.Request, body []byte, now time.Time) error {
	covered := signedOnGet
	if body != nil {
		covered = signedOnPost
	}
	r.Header.Set("Date", now.UTC().Format(http.TimeFormat))
	r.Header.Del("Digest")
	r.Header.Del("Signature")

	// A signer keeps state, so each request has its own.
	signer, _, err := httpsig.NewSigner([]httpsig.Algorithm{httpsig.RSA_SHA256}, httpsig.DigestSha256, covered, httpsig.Signature, 0)
	if err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	if err := signer.SignRequest(k.Private, k.ID, forSigning(r), body); err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	return nil
}

// forSigning gives the request as httpsig must see it to sign what goes over the
// wire: the library takes the host from a header that net/http keeps elsewhere, and
// the path unescaped. Headers are shared, so that the signature reaches r.
func forSigning(r *http.Request) *http.Request {
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	r.Header.Set("Host", host) // net/http writes its own and ignores this one
	path, query, _ := strings.Cut(r.URL.RequestURI(), "?")
	return &http.Request{Method: r.Method, Header: r.Header, Host: host, URL: &url.URL{Path: path, RawQuery: query}}
}
