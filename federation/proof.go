package federation

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gowebpki/jcs"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/multikey"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// The one kind of integrity proof that is made and believed (FEP-8b32).
const (
	proofType    = "DataIntegrityProof"
	proofSuite   = "eddsa-jcs-2022"
	proofPurpose = "assertionMethod"
)

// proofTerms are the contexts that define the members of a proof, the one that is
// known to most servers first.
var proofTerms = []string{"https://w3id.org/security/data-integrity/v1", "https://w3id.org/security/data-integrity/v2"}

// errProof is wrapped by refusals of integrity proofs.
var errProof = errors.New("integrity proof refused")

// A proof is the "proof" member of a document (W3C Data Integrity 1.0, §2.1).
type proof struct {
	Context json.RawMessage `json:"@context,omitempty"`
	Type    string          `json:"type"`
	Suite   string          `json:"cryptosuite"`
	Key     string          `json:"verificationMethod"`
	Purpose string          `json:"proofPurpose"`
	Value   string          `json:"proofValue,omitempty"`
	Created string          `json:"created,omitempty"`
	Expires string          `json:"expires,omitempty"`
}

// members of a document, whose values stay as they were written.
type members map[string]json.RawMessage

// prove adds to a document the proof that it was said by who holds the key, so that
// others may pass it on.
func (k Key) prove(raw []byte, now time.Time) ([]byte, error) {
	var doc members
	err := json.Unmarshal(raw, &doc)
	if err == nil {
		doc["@context"], err = declareProof(doc["@context"])
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", vocab.ErrUnwritable, err)
	}
	p := proof{Context: doc["@context"], Type: proofType, Suite: proofSuite, Key: k.Ed25519ID, Purpose: proofPurpose,
		Created: now.UTC().Format(time.RFC3339)}
	options, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", vocab.ErrUnwritable, err)
	}
	hash, err := proofHash(doc, options)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", vocab.ErrUnwritable, err)
	}
	p.Value = multikey.FormatBytes(ed25519.Sign(k.Ed25519, hash))
	if doc["proof"], err = json.Marshal(p); err != nil {
		return nil, fmt.Errorf("%w: %w", vocab.ErrUnwritable, err)
	}
	return plainJSON(doc)
}

// declareProof adds to a document's contexts one that FEP-8b32 wants there. Whoever
// reads the document as JSON-LD, as Fedify does, sees no proof without it.
func declareProof(context json.RawMessage) (json.RawMessage, error) {
	list := contextList(context)
	for _, one := range list {
		var name string
		if json.Unmarshal(one, &name) == nil && slices.Contains(proofTerms, name) {
			return context, nil
		}
	}
	term, err := json.Marshal(proofTerms[0])
	if err != nil {
		return nil, err
	}
	return json.Marshal(append(list, term))
}

// plainJSON writes a document without the escapes that are only of use inside HTML.
func plainJSON(doc members) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(doc); err != nil {
		return nil, fmt.Errorf("%w: %w", vocab.ErrUnwritable, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// proofHash is what a proof signs (Data Integrity EdDSA Cryptosuites 1.0, §3.3.4): the
// hashes of the canonical forms of the proof's options and of the document without it.
func proofHash(doc members, options []byte) ([]byte, error) {
	whole, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	var hash []byte
	for _, part := range [][]byte{options, whole} {
		canonical, err := jcs.Transform(part)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(canonical)
		hash = append(hash, sum[:]...)
	}
	return hash, nil
}

// A proven document has a proof whose form is right; whose it is remains to be seen.
type proven struct {
	proof
	hash []byte
}

// readProof reads the proof of a received document. What it does not cover, a linked
// data signature, is left out before, as FEP-8b32 demands.
func readProof(raw []byte) (proven, error) {
	var doc, options members
	var p proven
	if err := json.Unmarshal(raw, &doc); err != nil {
		return p, fmt.Errorf("%w: %w", errProof, err)
	}
	if err := errors.Join(json.Unmarshal(doc["proof"], &p.proof), json.Unmarshal(doc["proof"], &options)); err != nil {
		return p, fmt.Errorf("%w: %w", errProof, err)
	}
	if p.Type != proofType || p.Suite != proofSuite || p.Purpose != proofPurpose {
		return p, fmt.Errorf("%w: a %s by %s", errProof, p.Type, p.Suite)
	}
	if context := options["@context"]; context != nil {
		if !beginsWith(doc["@context"], context) {
			return p, fmt.Errorf("%w: for another context", errProof)
		}
		doc["@context"] = context
	}
	delete(doc, "proof")
	delete(doc, "signature")
	delete(options, "proofValue")
	configured, err := json.Marshal(options)
	if err == nil {
		p.hash, err = proofHash(doc, configured)
	}
	if err != nil {
		return p, fmt.Errorf("%w: %w", errProof, err)
	}
	return p, nil
}

// beginsWith reports whether a document's context begins with that of its proof.
func beginsWith(context, prefix json.RawMessage) bool {
	whole, part := contexts(context), contexts(prefix)
	if len(part) > len(whole) {
		return false
	}
	for i := range part {
		a, errA := jcs.Transform(whole[i])
		b, errB := jcs.Transform(part[i])
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			return false
		}
	}
	return true
}

// contextList makes one context and a list of them alike.
func contextList(raw json.RawMessage) []json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	return list
}

// contexts wraps each context in an array, since only objects and arrays have a
// canonical form.
func contexts(raw json.RawMessage) []json.RawMessage {
	list := contextList(raw)
	for i, one := range list {
		list[i] = append(append(json.RawMessage("["), one...), ']')
	}
	return list
}

// verify checks a proof against a key and the time. The caller knows that the key is
// the owner's.
func (p proven) verify(key ed25519.PublicKey, now time.Time) error {
	if p.Expires != "" {
		expires, err := time.Parse(time.RFC3339, p.Expires)
		if err != nil || now.After(expires) {
			return fmt.Errorf("%w: expired at %s", errProof, p.Expires)
		}
	}
	if p.Created != "" {
		if created, err := time.Parse(time.RFC3339, p.Created); err != nil || created.After(now.Add(maxSkew)) {
			return fmt.Errorf("%w: made at %s", errProof, p.Created)
		}
	}
	signature, err := multikey.ParseBytes(p.Value)
	if err != nil {
		return fmt.Errorf("%w: %w", errProof, err)
	}
	if !ed25519.Verify(key, p.hash, signature) {
		return fmt.Errorf("%w: it does not match", errProof)
	}
	return nil
}

// provable tells which activities carry a proof: those about public posts that others
// may pass on. The ids of other activities have a fragment, so they lead nobody back to
// the activity, and FEP-8b32 wants no proof there.
func provable(a vocab.Activity) bool {
	return (a.Type == vocab.TypeCreate || a.Type == vocab.TypeAnnounce) && !strings.Contains(a.ID, "#") &&
		(slices.Contains(a.To, vocab.Public) || slices.Contains(a.Cc, vocab.Public))
}

// compose makes the bytes of a letter, once for all who get it.
func (s *Server) compose(ctx context.Context, n *parvis.Node, l letter) ([]byte, error) {
	body, err := vocab.Marshal(l.said)
	if err != nil || !provable(l.said) {
		return body, err
	}
	key, err := s.keyOf(ctx, n, l.from.ID)
	if err != nil || key.Ed25519 == nil {
		return body, err
	}
	return key.prove(body, s.now())
}

// proven gives the author of an object that somebody else embedded, if it carries a
// proof of its author's: then it is as good as fetched (FEP-fe34).
func (s *Server) proven(ctx context.Context, n *parvis.Node, o *vocab.Object) (*parvis.Account, error) {
	raw, err := o.JSON()
	if err != nil {
		return nil, err
	}
	p, err := readProof(raw)
	if err != nil {
		return nil, err
	}
	if err := s.welcome(ctx, n, o.ID("id")); err != nil {
		return nil, err
	}
	author, err := s.authorOf(ctx, n, o)
	if err != nil {
		return nil, err
	}
	if author.MultikeyID != p.Key && SameOrigin(p.Key, author.URI) {
		// Perhaps it was met before it had the key.
		owner, err := s.fetchKeyOwner(ctx, n, p.Key, s.refreshes)
		if err != nil {
			return nil, err
		}
		if owner.ID == author.ID {
			author = owner
		}
	}
	if author.MultikeyID != p.Key || !author.Active() {
		return nil, fmt.Errorf("%w: %s is not the key of %s", errProof, p.Key, author.URI)
	}
	key, err := multikey.Parse(author.Multikey)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errProof, err)
	}
	return author, p.verify(key, s.now())
}
