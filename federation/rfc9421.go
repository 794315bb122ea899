package federation

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dunglas/httpsfv"
)

// The algorithms of RFC 9421 (§6.2.2) that the fediverse uses.
const (
	algRSA     = "rsa-v1_5-sha256"
	algEd25519 = "ed25519"
)

// derived are the components (§2.2) that a signature may cover beside fields. What a
// response or a form would need is not among them.
var derived = []string{"@method", "@target-uri", "@authority", "@scheme", "@path", "@query", "@request-target"}

// parseMessageSignature reads the two headers of RFC 9421 (§4.1, §4.2). Both must
// hold one signature under one label, whatever it is called, and be written in the
// canonical form of structured fields (RFC 9651 §4.1): then no repeated parameter or
// member can be hidden in them.
func parseMessageSignature(input, signature string) (SignatureParams, error) {
	p := SignatureParams{by: rfc9421}
	if max(len(input), len(signature)) > maxSignatureBytes {
		return p, errors.New("header too long")
	}
	label, value, _ := strings.Cut(input, "=")
	list, err := httpsfv.UnmarshalList([]string{value})
	if err != nil || len(list) != 1 {
		return p, errors.New("Signature-Input does not name one signature")
	}
	inner, ok := list[0].(httpsfv.InnerList)
	if again, err := httpsfv.Marshal(list); !ok || err != nil || again != value {
		return p, errors.New("header Signature-Input is not in canonical form")
	}
	p.input = value
	encoded, ok := strings.CutPrefix(signature, label+"=:")
	if !ok || label == "" || !strings.HasSuffix(encoded, ":") {
		return p, errors.New("header Signature does not hold the one signature of Signature-Input")
	}
	p.Signature = strings.TrimSuffix(encoded, ":")
	if err := p.readComponents(inner.Items); err != nil {
		return p, err
	}
	return p, p.readMessageParams(inner.Params)
}

func (p *SignatureParams) readComponents(items []httpsfv.Item) error {
	for _, item := range items {
		name, ok := item.Value.(string)
		switch {
		case !ok || len(item.Params.Names()) > 0:
			return errors.New("a component with parameters")
		case slices.Contains(p.Covered, name):
			return fmt.Errorf("%s signed twice", name)
		case strings.HasPrefix(name, "@") && !slices.Contains(derived, name),
			!strings.HasPrefix(name, "@") && !isToken(name), name == "signature", name == "signature-input":
			return fmt.Errorf("cannot sign %q", name)
		}
		p.Covered = append(p.Covered, name)
	}
	return nil
}

// readMessageParams reads the parameters of a signature (§2.3).
func (p *SignatureParams) readMessageParams(params *httpsfv.Params) error {
	for _, name := range params.Names() {
		value, _ := params.Get(name)
		ok := true
		var err error
		switch name {
		case "keyid":
			p.KeyID, ok = value.(string)
		case "alg":
			p.Algorithm, ok = value.(string)
		case "created":
			p.Created, err = messageTime(name, value)
		case "expires":
			p.Expires, err = messageTime(name, value)
		}
		if !ok || err != nil {
			return fmt.Errorf("parameter %s: %v", name, value)
		}
	}
	switch p.Algorithm {
	case "", algRSA, algEd25519:
	default:
		return fmt.Errorf("algorithm %q", p.Algorithm)
	}
	if p.Created.IsZero() {
		return errors.New("no time of creation")
	}
	return nil
}

func messageTime(name string, value any) (time.Time, error) {
	seconds, ok := value.(int64)
	if !ok {
		return time.Time{}, fmt.Errorf("%s is not a time", name)
	}
	return unixTime(name, seconds)
}

// messageBase writes what was signed (§2.5). at is the scheme and host that were
// meant, which TLS proved and the Host header repeats.
func messageBase(r *http.Request, p SignatureParams, at string) (string, error) {
	var b strings.Builder
	for _, name := range p.Covered {
		value, err := component(r, name, at)
		if err != nil {
			return "", err
		}
		b.WriteString(`"` + name + `": ` + value + "\n")
	}
	b.WriteString(`"@signature-params": ` + p.input)
	return b.String(), nil
}

func component(r *http.Request, name, at string) (string, error) {
	target := requestTarget(r)
	path, query, _ := strings.Cut(target, "?")
	scheme, host, _ := strings.Cut(at, "://")
	switch name {
	case "@method":
		return r.Method, nil
	case "@target-uri":
		return at + target, nil
	case "@authority":
		return host, nil
	case "@scheme":
		return scheme, nil
	case "@path":
		return path, nil
	case "@query":
		return "?" + query, nil
	case "@request-target":
		return target, nil
	}
	return fieldValue(r, name)
}

// checkContentDigest compares the body with the one Content-Digest header (RFC 9530).
// It may hold other algorithms beside SHA-256; these are not looked at.
func checkContentDigest(r *http.Request, sum []byte) error {
	headers := r.Header.Values("Content-Digest")
	if len(headers) != 1 {
		return fmt.Errorf("%d Content-Digest headers", len(headers))
	}
	digests, err := httpsfv.UnmarshalDictionary(headers)
	if err != nil {
		return err
	}
	if again, err := httpsfv.Marshal(digests); err != nil || again != headers[0] {
		return errors.New("Content-Digest is not in canonical form")
	}
	member, _ := digests.Get("sha-256")
	item, _ := member.(httpsfv.Item)
	if digest, ok := item.Value.([]byte); !ok || !bytes.Equal(digest, sum) {
		return errWrongDigest
	}
	return nil
}
