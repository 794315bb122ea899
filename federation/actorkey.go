package federation

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"

	"github.com/maypok86/otter/v2"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/multikey"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// rfc9421URL names RFC 9421 where capabilities are declared (FEP-844e).
const rfc9421URL = "https://datatracker.ietf.org/doc/html/rfc9421"

// implemented is what our actors declare. Together with an Ed25519 key it lets other
// nodes sign by it at once.
var implemented = []vocab.Specification{{Href: rfc9421URL, Name: "RFC-9421: HTTP Message Signatures"}}

// declaresMessages tells whether the server of an actor says that it verifies RFC 9421.
func declaresMessages(o *vocab.Object) bool {
	for _, one := range o.Object("generator").Objects("implements") {
		if one.String("href") == rfc9421URL {
			return true
		}
	}
	return false
}

// readKey finds a usable RSA key that the actor calls its own.
func readKey(o *vocab.Object, owner, wanted string) (id, pem string) {
	for _, key := range o.Objects("publicKey") {
		keyID, keyPEM := key.ID("id"), key.String("publicKeyPem")
		if !SameOrigin(keyID, owner) || len(keyID) > maxID || key.Has("owner") && key.ID("owner") != owner {
			continue
		}
		if _, err := ParsePublicKey(keyPEM); err != nil {
			continue
		}
		if id == "" || keyID == wanted {
			id, pem = keyID, keyPEM
		}
	}
	return id, pem
}

// readMultikey finds an Ed25519 key by which the actor signs (FEP-521a).
func readMultikey(o *vocab.Object, owner, wanted string) (id, multibase string) {
	for _, key := range o.Objects("assertionMethod") {
		keyID, text := key.ID("id"), key.String("publicKeyMultibase")
		if key.String("type") != "Multikey" || key.ID("controller") != owner || !SameOrigin(keyID, owner) || len(keyID) > maxID {
			continue
		}
		if _, err := multikey.Parse(text); err != nil {
			continue
		}
		if id == "" || keyID == wanted {
			id, multibase = keyID, text
		}
	}
	return id, multibase
}

// publicKey is the key of an account that has the given id, decoded.
func (s *Server) publicKey(ctx context.Context, a *parvis.Account, keyID string) (crypto.PublicKey, error) {
	text, parse := a.PublicKey, parseRSA
	if keyID == a.MultikeyID && a.Multikey != "" {
		text, parse = a.Multikey, parseMultikey
	}
	key, err := s.public.Get(ctx, text, otter.LoaderFunc[string, crypto.PublicKey](
		func(_ context.Context, text string) (crypto.PublicKey, error) { return parse(text) }))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return key, nil
}

func parseRSA(text string) (crypto.PublicKey, error) { return ParsePublicKey(text) }

func parseMultikey(text string) (crypto.PublicKey, error) { return multikey.Parse(text) }

// A keyHolder is a local account as of a version of its node: who replaces keys
// raises the version, so that no process signs with the old ones.
type keyHolder struct {
	account parvis.ID
	version int64
}

// nodeKey is the key of a node's own actor, which signs fetches.
func (s *Server) nodeKey(ctx context.Context, n *parvis.Node) (*Key, error) {
	return s.keyOf(ctx, n, n.ActorID)
}

// keyOf is the key with which a local account signs.
func (s *Server) keyOf(ctx context.Context, n *parvis.Node, account parvis.ID) (*Key, error) {
	key, err := s.keys.Get(ctx, keyHolder{account, n.Version}, otter.LoaderFunc[keyHolder, *Key](
		func(ctx context.Context, holder keyHolder) (*Key, error) { return s.readKey(ctx, n, holder.account) }))
	if err != nil {
		return nil, fmt.Errorf("key of account %s: %w", account, err)
	}
	return key, nil
}

func (s *Server) readKey(ctx context.Context, n *parvis.Node, account parvis.ID) (*Key, error) {
	owner, err := s.rows(n).Account(ctx, account)
	if err != nil {
		return nil, err
	}
	kept, err := s.rows(n).Keys(ctx, account)
	if err != nil {
		return nil, err
	}
	key := &Key{ID: owner.KeyID}
	if key.Private, err = ParsePrivateKey[*rsa.PrivateKey](kept.RSA); err != nil || kept.Ed25519 == "" {
		return key, err
	}
	key.Ed25519ID = owner.MultikeyID
	key.Ed25519, err = ParsePrivateKey[ed25519.PrivateKey](kept.Ed25519)
	return key, err
}
