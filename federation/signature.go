package federation

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrUnsigned is returned for a request that carries no signature.
var ErrUnsigned = errors.New("request is not signed")

// Bounds on the Signature header; real ones have about 500 bytes and 4 to 7 headers.
const (
	maxSignatureBytes   = 4096
	maxSignatureHeaders = 32
)

// SignatureParams is a parsed Signature header (draft-cavage-http-signatures-12 §2.1).
// Nothing in it is proved before [Verify].
type SignatureParams struct {
	KeyID     string
	Algorithm string    // "rsa-sha256", "hs2019" or "" for the latter
	Headers   []string  // what is signed, in lower case and in order
	Signature string    // base64
	Created   time.Time // zero if absent
	Expires   time.Time // zero if absent
}

// ParseSignature reads the Signature header of a request, so that the caller can
// block, look up or fetch the key before it verifies anything. It refuses what two
// readers could understand differently: two headers, repeated parameters, a second
// signature in Authorization or after RFC 9421.
func ParseSignature(r *http.Request) (SignatureParams, error) {
	values := r.Header.Values("Signature")
	if len(values) == 0 && !hasOtherSignature(r) {
		return SignatureParams{}, ErrUnsigned
	}
	if len(values) != 1 || hasOtherSignature(r) {
		return SignatureParams{}, fmt.Errorf("%w: want one Signature header and no other kind", ErrSignature)
	}
	params, err := parseSignature(values[0])
	if err != nil {
		return SignatureParams{}, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return params, nil
}

// hasOtherSignature tells whether there is a signature in another place than the
// Signature header of the draft.
func hasOtherSignature(r *http.Request) bool {
	for _, value := range r.Header.Values("Authorization") {
		scheme, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		// httpsig would look for parameters under any scheme.
		if strings.EqualFold(scheme, "Signature") || strings.Contains(strings.ToLower(value), "keyid") {
			return true
		}
	}
	return len(r.Header.Values("Signature-Input")) > 0
}

func parseSignature(header string) (SignatureParams, error) {
	var p SignatureParams
	if len(header) > maxSignatureBytes {
		return p, errors.New("header too long")
	}
	fields, err := parseParams(header)
	if err != nil {
		return p, err
	}
	p.KeyID = fields["keyid"]
	p.Algorithm = strings.ToLower(fields["algorithm"])
	p.Signature = fields["signature"]
	if p.Headers, err = parseHeaderList(fields["headers"]); err != nil {
		return p, err
	}
	if p.Created, err = parseUnix(fields, "created"); err != nil {
		return p, err
	}
	if p.Expires, err = parseUnix(fields, "expires"); err != nil {
		return p, err
	}
	return p, p.check()
}

// check holds the parameters against each other and the draft.
func (p SignatureParams) check() error {
	if err := checkKeyID(p.KeyID); err != nil {
		return err
	}
	if _, err := base64.StdEncoding.Strict().DecodeString(p.Signature); err != nil || p.Signature == "" {
		return errors.New("signature is not base64")
	}
	createdSigned := slices.Contains(p.Headers, "(created)")
	expiresSigned := slices.Contains(p.Headers, "(expires)")
	switch {
	case p.Algorithm != "" && p.Algorithm != "hs2019" && p.Algorithm != "rsa-sha256":
		return fmt.Errorf("algorithm %q", p.Algorithm)
	case (createdSigned || expiresSigned) && p.Algorithm == "rsa-sha256":
		return errors.New("(created) or (expires) with rsa-sha256") // §2.3 forbids it
	case createdSigned && p.Created.IsZero(), expiresSigned && p.Expires.IsZero():
		return errors.New("(created) or (expires) signed but not given")
	}
	return nil
}

// checkKeyID demands a URL that one may fetch and that can stand in a header again.
func checkKeyID(id string) error {
	u, err := url.Parse(id)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil {
		return fmt.Errorf("keyId %q is not the URL of a key", id)
	}
	return nil
}

// parseParams reads name="value" or name=123 separated by commas, with optional
// white space. Names are told apart without regard to case; unknown ones are kept
// only to notice repetition.
func parseParams(header string) (map[string]string, error) {
	fields := make(map[string]string, 6)
	for rest := strings.Trim(header, " \t"); rest != ""; {
		name, after, ok := strings.Cut(rest, "=")
		name = strings.ToLower(strings.Trim(name, " \t"))
		if !ok || !isToken(name) {
			return nil, errors.New("parameter without name or value")
		}
		if _, repeated := fields[name]; repeated {
			return nil, fmt.Errorf("parameter %s repeated", name)
		}
		value, after, err := parseValue(strings.TrimLeft(after, " \t"))
		if err != nil {
			return nil, fmt.Errorf("parameter %s: %w", name, err)
		}
		fields[name] = value

		after = strings.TrimLeft(after, " \t")
		rest = strings.TrimLeft(strings.TrimPrefix(after, ","), " \t")
		if after != "" && (after[0] != ',' || rest == "") {
			return nil, errors.New("parameters not separated by commas")
		}
	}
	return fields, nil
}

// parseValue reads a quoted string without escapes, or a bare number.
func parseValue(s string) (value, rest string, err error) {
	if quoted, ok := strings.CutPrefix(s, `"`); ok {
		value, rest, ok = strings.Cut(quoted, `"`)
		if !ok || strings.ContainsFunc(value, isUnquotable) {
			return "", "", errors.New("bad quoted string")
		}
		return value, rest, nil
	}
	end := strings.IndexFunc(s, func(c rune) bool { return c < '0' || c > '9' })
	if end < 0 {
		end = len(s)
	}
	if end == 0 {
		return "", "", errors.New("neither quoted nor a number")
	}
	return s[:end], s[end:], nil
}

// isUnquotable names what no value of ours can hold: escapes, of which readers make
// different things, and anything but visible ASCII and space.
func isUnquotable(c rune) bool { return c == '\\' || c < ' ' || c > '~' }

func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
	})
}

func parseHeaderList(list string) ([]string, error) {
	headers := strings.Fields(strings.ToLower(list))
	if len(headers) == 0 || len(headers) > maxSignatureHeaders {
		return nil, fmt.Errorf("%d signed headers", len(headers))
	}
	for i, name := range headers {
		switch {
		case slices.Contains(headers[:i], name):
			return nil, fmt.Errorf("%s signed twice", name)
		case name == "(request-target)", name == "(created)", name == "(expires)":
		case !isToken(name), name == "signature":
			return nil, fmt.Errorf("cannot sign %q", name)
		}
	}
	return headers, nil
}

func parseUnix(fields map[string]string, name string) (time.Time, error) {
	value, ok := fields[name]
	if !ok {
		return time.Time{}, nil
	}
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil || seconds <= 0 || seconds > 1<<40 {
		return time.Time{}, fmt.Errorf("%s is not a time", name)
	}
	return time.Unix(seconds, 0), nil
}

// plain writes the parameters again in the one form that httpsig reads rightly. A
// comma in the key id would break it; the id is not signed, so it may stay out.
func (p SignatureParams) plain() string {
	var b strings.Builder
	b.WriteString(`keyId="key",algorithm="hs2019",headers="` + strings.Join(p.Headers, " ") + `",`)
	if slices.Contains(p.Headers, "(created)") {
		fmt.Fprintf(&b, "created=%d,", p.Created.Unix())
	}
	if slices.Contains(p.Headers, "(expires)") {
		fmt.Fprintf(&b, "expires=%d,", p.Expires.Unix())
	}
	b.WriteString(`signature="` + p.Signature + `"`)
	return b.String()
}
