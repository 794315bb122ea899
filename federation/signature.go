package federation

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ErrUnsigned is returned for a request that carries no signature.
var ErrUnsigned = errors.New("request is not signed")

// ErrSignature is wrapped by every refusal of a signature, except [ErrUnsigned].
var ErrSignature = errors.New("signature refused")

// Bounds on what is parsed; real headers have about 500 bytes and 4 to 7 components.
const (
	maxSignatureBytes = 4096
	maxCovered        = 32
)

// A standard is a way to write signatures into requests.
type standard int

const (
	cavage  standard = iota // draft-cavage-http-signatures-12
	rfc9421                 // RFC 9421, HTTP Message Signatures
)

// SignatureParams is a parsed signature, by either of the two standards. Nothing in
// it is proved before [Verify].
type SignatureParams struct {
	KeyID     string
	Algorithm string    // as its sender names it; "" if it does not
	Covered   []string  // what is signed, in lower case and in order
	Signature string    // base64
	Created   time.Time // zero if absent
	Expires   time.Time // zero if absent

	by    standard
	input string // RFC 9421: the parameters as they are signed
}

// ParseSignature reads the signature of a request, so that the caller can block,
// look up or fetch the key before it verifies anything. It refuses what two readers
// could understand differently: two signatures of either standard, repeated
// parameters, an Authorization beside the signature.
func ParseSignature(r *http.Request) (SignatureParams, error) {
	values, inputs := r.Header.Values("Signature"), r.Header.Values("Signature-Input")
	if len(values) == 0 && len(inputs) == 0 && !signedElsewhere(r) {
		return SignatureParams{}, ErrUnsigned
	}
	if len(values) != 1 || len(inputs) > 1 || len(r.Header.Values("Authorization")) > 0 {
		return SignatureParams{}, fmt.Errorf("%w: want one Signature header and no other kind", ErrSignature)
	}
	var params SignatureParams
	var err error
	if len(inputs) == 1 {
		params, err = parseMessageSignature(inputs[0], values[0])
	} else {
		params, err = parseCavage(values[0])
	}
	if err == nil {
		err = params.check()
	}
	if err != nil {
		return SignatureParams{}, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return params, nil
}

// signedElsewhere tells whether there is a signature of the draft in Authorization,
// where nobody in the fediverse puts it.
func signedElsewhere(r *http.Request) bool {
	for _, value := range r.Header.Values("Authorization") {
		scheme, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		if strings.EqualFold(scheme, "Signature") {
			return true
		}
	}
	return false
}

// check holds what both standards demand of the parameters.
func (p SignatureParams) check() error {
	if err := checkKeyID(p.KeyID); err != nil {
		return err
	}
	if _, err := p.bytes(); err != nil || p.Signature == "" {
		return errors.New("signature is not base64")
	}
	if len(p.Covered) == 0 || len(p.Covered) > maxCovered {
		return fmt.Errorf("%d signed components", len(p.Covered))
	}
	return nil
}

// bytes is the signature itself.
func (p SignatureParams) bytes() ([]byte, error) {
	return base64.StdEncoding.Strict().DecodeString(p.Signature)
}

// checkKeyID demands a URL that one may fetch and that can stand in a header again.
func checkKeyID(id string) error {
	u, err := url.Parse(id)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil {
		return fmt.Errorf("keyId %q is not the URL of a key", id)
	}
	return nil
}

// unixTime reads a time that a signature names, within what a date can be.
func unixTime(name string, seconds int64) (time.Time, error) {
	if seconds <= 0 || seconds > 1<<40 {
		return time.Time{}, fmt.Errorf("%s is not a time", name)
	}
	return time.Unix(seconds, 0), nil
}
