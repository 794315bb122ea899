package federation

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-fed/httpsig"
)

// The window in which a signed date is accepted. Mastodon accepts the same:
// deliveries wait in queues, and clocks are wrong.
const (
	maxAge  = 12 * time.Hour
	maxSkew = time.Hour
)

// ErrSignature is wrapped by every refusal of a signature, except [ErrUnsigned].
var ErrSignature = errors.New("signature refused")

// Verify checks a request against the public key that its signature names, with a
// policy that go-fed/httpsig leaves to its user:
//
//   - the method and target, the host and a date are signed, and for a request
//     with a body its digest;
//   - the one Digest is the SHA-256 of the body as received (RFC 3230);
//   - Date, or "(created)", lies within the last twelve hours, or one hour ahead for
//     the sake of wrong clocks, and "expires" has not passed;
//   - the host is the one that the caller serves, so that a signature for another
//     server is worth nothing here;
//   - the key is RSA of at least 2048 bits.
//
// The caller has fetched the key for params.KeyID, and must still check that the
// actor of the activity owns it, and that the signature has not been seen before
// (see [ReplayMemory]). The body is nil for a request that can have none.
func Verify(r *http.Request, body []byte, params SignatureParams, key *rsa.PublicKey, now time.Time, host string) error {
	if err := checkKeySize(key); err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	for _, check := range []error{
		checkCovered(r.Method, body, params),
		checkHost(r, host),
		checkTimes(r, params, now),
		checkDigest(r, body),
	} {
		if check != nil {
			return fmt.Errorf("%w: %w", ErrSignature, check)
		}
	}
	for _, target := range signedTargets(r) {
		if verifyTarget(r, target, params, key) == nil {
			return nil
		}
	}
	return fmt.Errorf("%w: it does not match", ErrSignature)
}

func hasBody(method string, body []byte) bool {
	return body != nil || (method != http.MethodGet && method != http.MethodHead)
}

func checkCovered(method string, body []byte, params SignatureParams) error {
	required := []string{httpsig.RequestTarget, "host"}
	if hasBody(method, body) {
		required = append(required, "digest")
	}
	for _, name := range required {
		if !slices.Contains(params.Headers, name) {
			return fmt.Errorf("%s is not signed", name)
		}
	}
	if !slices.Contains(params.Headers, "date") && !slices.Contains(params.Headers, "(created)") {
		return errors.New("neither date nor (created) is signed")
	}
	return nil
}

func checkHost(r *http.Request, host string) error {
	if !strings.EqualFold(r.Host, host) {
		return fmt.Errorf("for the host %q, not %q", r.Host, host)
	}
	return nil
}

func checkTimes(r *http.Request, params SignatureParams, now time.Time) error {
	if slices.Contains(params.Headers, "date") {
		dates := r.Header.Values("Date")
		if len(dates) != 1 {
			return fmt.Errorf("%d Date headers", len(dates))
		}
		date, err := http.ParseTime(dates[0])
		if err != nil {
			return err
		}
		if err := checkRecent("Date", date, now); err != nil {
			return err
		}
	}
	if !params.Created.IsZero() {
		if err := checkRecent("created", params.Created, now); err != nil {
			return err
		}
	}
	if !params.Expires.IsZero() && now.After(params.Expires) {
		return fmt.Errorf("expired at %s", params.Expires)
	}
	return nil
}

func checkRecent(what string, t, now time.Time) error {
	if t.Before(now.Add(-maxAge)) || t.After(now.Add(maxSkew)) {
		return fmt.Errorf("%s %s is too far from %s", what, t.UTC(), now.UTC())
	}
	return nil
}

// checkDigest compares the body with the one Digest header. It may list other
// algorithms beside SHA-256; these are not looked at.
func checkDigest(r *http.Request, body []byte) error {
	if !hasBody(r.Method, body) {
		return nil
	}
	headers := r.Header.Values("Digest")
	if len(headers) != 1 {
		return fmt.Errorf("%d Digest headers", len(headers))
	}
	digest, found := "", 0
	for instance := range strings.SplitSeq(headers[0], ",") {
		algorithm, value, _ := strings.Cut(strings.TrimSpace(instance), "=")
		if strings.EqualFold(algorithm, "sha-256") {
			digest = value
			found++
		}
	}
	if found != 1 {
		return fmt.Errorf("%d SHA-256 digests", found)
	}
	sum := sha256.Sum256(body)
	if digest != base64.StdEncoding.EncodeToString(sum[:]) {
		return errors.New("the digest is not that of the body")
	}
	return nil
}

// signedTargets lists the forms of the request target that senders sign: as sent,
// which is right; without its query (Mastodon before 4.3, GoToSocial); with the
// path unescaped (those that use httpsig as it is).
func signedTargets(r *http.Request) []url.URL {
	path, query, hasQuery := strings.Cut(requestTarget(r), "?")
	targets := []url.URL{{Path: path, RawQuery: query}}
	if hasQuery {
		targets = append(targets, url.URL{Path: path})
	}
	if unescaped, err := url.PathUnescape(path); err == nil && unescaped != path {
		targets = append(targets, url.URL{Path: unescaped, RawQuery: query})
	}
	return targets
}

func requestTarget(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}

// verifyTarget has httpsig verify the signature over one form of the target. The
// library gets a request with nothing but what was parsed and checked here: its own
// parser disagrees with ours about spaces, commas and repeated parameters. It also
// holds "(created)" and "(expires)" against the machine's clock, with ten seconds'
// leeway, which is never more lenient than [checkTimes].
func verifyTarget(r *http.Request, target url.URL, params SignatureParams, key *rsa.PublicKey) error {
	header := make(http.Header, len(params.Headers)+1)
	for _, name := range params.Headers {
		switch {
		case name == "host":
			header.Set("Host", r.Host)
		case !strings.HasPrefix(name, "("):
			canonical := http.CanonicalHeaderKey(name)
			if values, ok := r.Header[canonical]; ok {
				header[canonical] = values
			}
		}
	}
	header.Set("Signature", params.plain())
	header.Del("Authorization")
	verifier, err := httpsig.NewVerifier(&http.Request{Method: r.Method, Host: r.Host, URL: &target, Header: header})
	if err != nil {
		return err
	}
	return verifier.Verify(key, httpsig.RSA_SHA256)
}
