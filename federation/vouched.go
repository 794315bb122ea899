package federation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/multikey"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// maxForwardedAge is how old the proof of an activity may be that somebody else
// passes on: for longer it is not remembered that it came.
const maxForwardedAge = 7 * 24 * time.Hour

// passedOn reports whether an activity may be one that somebody else passes on
// (ActivityPub §7.1.2): it comes with a key of another server.
func passedOn(said vocab.Envelope, p SignatureParams) bool {
	switch said.Type {
	case vocab.TypeCreate, vocab.TypeUpdate, vocab.TypeDelete:
		return !SameOrigin(p.KeyID, said.Actor)
	}
	return false
}

// vouched verifies an activity that somebody else passes on. Who does must be known
// here and not refused, and is believed nothing; what counts is the proof by a key
// that the actor itself lists (FEP-8b32), over an object of the actor's own. It
// returns the actor, who is as good as the signer from then on.
func (s *Server) vouched(ctx context.Context, n *parvis.Node, r *http.Request, body []byte, said vocab.Envelope, p SignatureParams) (*parvis.Account, error) {
	switch object := said.Object().ID; {
	case !SameOrigin(object, said.Actor):
		return nil, refuse(http.StatusForbidden, "the object is not the actor's", ErrWrongOrigin)
	case said.Type == vocab.TypeUpdate && object == said.Actor:
		// It may be older than what we know, with keys that were replaced since.
		return nil, refuse(http.StatusForbidden, "a profile is told by its own server", ErrWrongOrigin)
	}
	if _, err := s.rows(n).KeyOwner(ctx, p.KeyID); err != nil {
		if errors.Is(err, parvis.ErrNotFound) {
			err = refuse(http.StatusForbidden, "passed on by a stranger", err)
		}
		return nil, err
	}
	bearer, err := s.checkSender(ctx, n, r, body, p)
	if err != nil {
		return nil, unverified(err)
	}
	if err := s.accepts(ctx, n, bearer); err != nil {
		return nil, err
	}
	actor, err := s.proofOwner(ctx, n, body, said)
	if errors.Is(err, errProof) || errors.Is(err, errUnknownKey) || errors.Is(err, parvis.ErrForbidden) {
		return nil, refuse(http.StatusForbidden, "proof refused", err)
	}
	if err != nil {
		return nil, err
	}
	return actor, s.accepts(ctx, n, actor)
}

// accepts refuses accounts of which nothing is accepted here.
func (s *Server) accepts(ctx context.Context, n *parvis.Node, a *parvis.Account) error {
	barred, err := s.barred(ctx, n, a)
	if err == nil && (barred || !a.Active()) {
		err = refuse(http.StatusForbidden, "not accepted here", parvis.ErrForbidden)
	}
	return err
}

// unverified tells what to answer if a signature could not be verified.
func unverified(err error) error {
	if errors.Is(err, ErrSignature) || errors.Is(err, errUnknownKey) || errors.Is(err, parvis.ErrForbidden) {
		return refuse(http.StatusUnauthorized, "signature refused", err)
	}
	return err
}

// proofOwner gives the actor of an activity if it carries a proof by a key of theirs.
func (s *Server) proofOwner(ctx context.Context, n *parvis.Node, body []byte, said vocab.Envelope) (*parvis.Account, error) {
	p, err := readProof(body)
	if err != nil {
		return nil, err
	}
	if made, err := time.Parse(time.RFC3339, p.Created); err != nil || s.now().Sub(made) > maxForwardedAge {
		return nil, fmt.Errorf("%w: made at %q, which is too long ago", errProof, p.Created)
	}
	if !SameOrigin(p.Key, said.Actor) {
		return nil, fmt.Errorf("%w: %s is not a key of %s", errProof, p.Key, said.Actor)
	}
	owner, err := s.rows(n).KeyOwner(ctx, p.Key)
	if errors.Is(err, parvis.ErrNotFound) {
		owner, err = s.fetchKeyOwner(ctx, n, p.Key, s.strangers)
	}
	if err != nil {
		return nil, err
	}
	if owner.URI != said.Actor || owner.MultikeyID != p.Key {
		return nil, fmt.Errorf("%w: %s is not the key of %s", errProof, p.Key, said.Actor)
	}
	key, err := multikey.Parse(owner.Multikey)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errProof, err)
	}
	return owner, p.verify(key, s.now())
}
