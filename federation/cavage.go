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

// parseCavage reads the Signature header of draft-cavage-http-signatures-12 (§2.1).
func parseCavage(header string) (SignatureParams, error) {
	p := SignatureParams{by: cavage}
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
	if p.Covered, err = parseHeaderList(fields["headers"]); err != nil {
		return p, err
	}
	if p.Created, err = parseUnix(fields, "created"); err != nil {
		return p, err
	}
	if p.Expires, err = parseUnix(fields, "expires"); err != nil {
		return p, err
	}
	return p, p.checkCavage()
}

func (p SignatureParams) checkCavage() error {
	createdSigned := slices.Contains(p.Covered, "(created)")
	expiresSigned := slices.Contains(p.Covered, "(expires)")
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
	if len(headers) > maxCovered {
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
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is not a time", name)
	}
	return unixTime(name, seconds)
}

// cavageBases writes what was signed (§2.3), in the forms of the request target that
// senders sign: as sent, which is right; without its query (Mastodon before 4.3,
// GoToSocial); with the path unescaped (those that use go-fed/httpsig as it is).
func cavageBases(r *http.Request, p SignatureParams) ([]string, error) {
	var bases []string
	for _, target := range signedTargets(requestTarget(r)) {
		base, err := cavageBase(r, p, target)
		if err != nil {
			return nil, err
		}
		bases = append(bases, base)
	}
	return bases, nil
}

func cavageBase(r *http.Request, p SignatureParams, target string) (string, error) {
	var b strings.Builder
	for i, name := range p.Covered {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(name + ": ")
		switch name {
		case "(request-target)":
			b.WriteString(strings.ToLower(r.Method) + " " + target)
		case "(created)":
			b.WriteString(strconv.FormatInt(p.Created.Unix(), 10))
		case "(expires)":
			b.WriteString(strconv.FormatInt(p.Expires.Unix(), 10))
		default:
			value, err := fieldValue(r, name)
			if err != nil {
				return "", err
			}
			b.WriteString(value)
		}
	}
	return b.String(), nil
}

func signedTargets(sent string) []string {
	targets := []string{sent}
	path, query, hasQuery := strings.Cut(sent, "?")
	if hasQuery {
		targets = append(targets, path)
	}
	if unescaped, err := url.PathUnescape(path); err == nil && unescaped != path {
		if hasQuery {
			unescaped += "?" + query
		}
		targets = append(targets, unescaped)
	}
	return targets
}

// checkDigest compares the body with the one Digest header (RFC 3230). It may list
// other algorithms beside SHA-256; these are not looked at.
func checkDigest(r *http.Request, sum []byte) error {
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
	if digest != base64.StdEncoding.EncodeToString(sum) {
		return errWrongDigest
	}
	return nil
}
