package federation

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The window in which a signed date is accepted. Mastodon accepts the same:
// deliveries wait in queues, and clocks are wrong.
const (
	maxAge  = 12 * time.Hour
	maxSkew = time.Hour
)

// Against is what a signed request is held against.
type Against struct {
	Key  crypto.PublicKey // *rsa.PublicKey or ed25519.PublicKey
	Base string           // scheme and host that the caller serves: https://malakoff.example
	Now  time.Time
}

// Verify checks a request against the public key that its signature names. One
// policy holds for both standards:
//
//   - the method and target, the host and a date are signed, and for a request
//     with a body its digest;
//   - the one digest is the SHA-256 of the body as received;
//   - the date lies within the last twelve hours, or one hour ahead for the sake of
//     wrong clocks, and "expires" has not passed;
//   - the host is the one that the caller serves, so that a signature for another
//     server is worth nothing here;
//   - the key is RSA of at least 2048 bits or, with RFC 9421, Ed25519.
//
// The caller has fetched the key for params.KeyID, and must still check that the
// actor of the activity owns it, and that the signature has not been seen before
// (see [ReplayMemory]). The body is nil for a request that can have none.
func Verify(r *http.Request, body []byte, params SignatureParams, against Against) error {
	for _, check := range []error{
		checkAlgorithm(params, against.Key),
		checkCovered(r.Method, body, params),
		checkHost(r, against.Base),
		checkTimes(r, params, against.Now),
		checkBody(r, body, params),
	} {
		if check != nil {
			return fmt.Errorf("%w: %w", ErrSignature, check)
		}
	}
	bases, err := signedBases(r, params, against.Base)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	signature, err := params.bytes()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	for _, base := range bases {
		if matches(against.Key, base, signature) {
			return nil
		}
	}
	return fmt.Errorf("%w: it does not match", ErrSignature)
}

// signedBases are the texts of which one must be what was signed.
func signedBases(r *http.Request, params SignatureParams, at string) ([]string, error) {
	if params.by == cavage {
		return cavageBases(r, params)
	}
	base, err := messageBase(r, params, at)
	return []string{base}, err
}

func matches(key crypto.PublicKey, base string, signature []byte) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		sum := sha256.Sum256([]byte(base))
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
	case ed25519.PublicKey:
		return ed25519.Verify(key, []byte(base), signature)
	}
	return false
}

// checkAlgorithm demands that the key is of the kind that the signature says. The
// draft knows RSA only: what "hs2019" means with other keys each server guesses.
func checkAlgorithm(params SignatureParams, key crypto.PublicKey) error {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if params.Algorithm == algEd25519 {
			return errors.New("ed25519 with an RSA key")
		}
		return checkKeySize(key)
	case ed25519.PublicKey:
		if params.by == cavage || params.Algorithm == algRSA || len(key) != ed25519.PublicKeySize {
			return errors.New("an Ed25519 key with another algorithm")
		}
		return nil
	}
	return fmt.Errorf("%w: a %T", ErrKey, key)
}

func hasBody(method string, body []byte) bool {
	return body != nil || (method != http.MethodGet && method != http.MethodHead)
}

func checkCovered(method string, body []byte, params SignatureParams) error {
	required, digest := []string{"(request-target)", "host"}, "digest"
	if params.by == rfc9421 {
		required, digest = []string{"@method", "@target-uri"}, "content-digest"
	}
	if hasBody(method, body) {
		required = append(required, digest)
	}
	for _, name := range required {
		if !slices.Contains(params.Covered, name) {
			return fmt.Errorf("%s is not signed", name)
		}
	}
	if params.by == cavage && !slices.Contains(params.Covered, "date") && !slices.Contains(params.Covered, "(created)") {
		return errors.New("neither date nor (created) is signed")
	}
	return nil
}

func checkHost(r *http.Request, base string) error {
	if _, host, _ := strings.Cut(base, "://"); !strings.EqualFold(r.Host, host) {
		return fmt.Errorf("for the host %q, not %q", r.Host, host)
	}
	return nil
}

func checkTimes(r *http.Request, params SignatureParams, now time.Time) error {
	if slices.Contains(params.Covered, "date") {
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

var errWrongDigest = errors.New("the digest is not that of the body")

// checkBody holds the body as received against the digest that was signed.
func checkBody(r *http.Request, body []byte, params SignatureParams) error {
	if !hasBody(r.Method, body) {
		return nil
	}
	sum := sha256.Sum256(body)
	if params.by == rfc9421 {
		return checkContentDigest(r, sum[:])
	}
	return checkDigest(r, sum[:])
}

// requestTarget is the target as it came over the wire.
func requestTarget(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}

// fieldValue is the value of a header as both standards sign it: without the space
// around it, and several in order.
func fieldValue(r *http.Request, name string) (string, error) {
	if name == "host" {
		return r.Host, nil
	}
	values := r.Header.Values(name)
	if len(values) == 0 {
		return "", fmt.Errorf("the header %s is signed but missing", name)
	}
	trimmed := make([]string, len(values))
	for i, value := range values {
		trimmed[i] = strings.TrimSpace(value)
	}
	return strings.Join(trimmed, ", "), nil
}
