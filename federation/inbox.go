package federation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/rs/zerolog"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// A refusal is an answer to a request that is not served.
type refusal struct {
	status int
	reason string // short, in English: it is for the people who run the other server
	cause  error  // for our log only
}

func (e *refusal) Error() string { return fmt.Sprintf("%d %s: %v", e.status, e.reason, e.cause) }

func (e *refusal) Unwrap() error { return e.cause }

func refuse(status int, reason string, cause error) error {
	return &refusal{status, reason, cause}
}

// inbox accepts an activity: it checks who says it and keeps it on disk. What it
// means is found out later, by [Server.digest].
func (s *Server) inbox(w http.ResponseWriter, r *http.Request) {
	err := s.receive(r)
	if err == nil {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	var no *refusal
	if !errors.As(err, &no) {
		s.broken(w, r, err)
		return
	}
	if errors.Is(err, errBacklog) {
		w.Header().Set("Retry-After", strconv.Itoa(backlogWait))
		s.refused(no.status)
	}
	zerolog.Ctx(r.Context()).Debug().Err(err).Msg("activity refused")
	http.Error(w, no.reason, no.status)
}

func (s *Server) receive(r *http.Request) error {
	ctx, n := withBudget(r.Context(), 0), parvis.NodeFrom(r.Context())
	body, err := readBody(r)
	if err != nil {
		return err
	}
	said, err := vocab.Scan(body)
	if err != nil {
		return refuse(http.StatusBadRequest, "malformed activity", err)
	}
	logActivity(ctx, said.ID)
	params, err := ParseSignature(r)
	if err != nil {
		return refuse(http.StatusUnauthorized, "one HTTP signature is needed", err)
	}
	if err := s.checkClaim(ctx, n, said, params); err != nil {
		return err
	}
	host := hostOf(params.KeyID) // the actor's own, unless somebody else passes it on
	if err := s.backlog.admit(ctx, s.app.DB, host, s.now()); err != nil {
		return err
	}
	verify := s.sender
	if passedOn(said, params) {
		verify = s.vouched
	}
	sender, err := verify(ctx, n, r, body, said, params)
	if err != nil || sender == nil {
		return err
	}
	if s.replays.Replayed(params) {
		return nil
	}
	args := parvis.InboxArgs{Signer: sender.URI, Body: body, Follows: readFollows(r, params, sender)}
	added, err := s.keep(ctx, n, sender, said, host, args)
	if err != nil {
		return err
	}
	s.replays.Remember(params, s.now())
	if added {
		s.backlog.add(host, 1)
	}
	zerolog.Ctx(ctx).Debug().Str("type", said.Type).Str("actor", said.Actor).Msg("activity accepted")
	return s.heard(ctx, host)
}

// readBody reads an activity within the bounds, whatever length was announced.
func readBody(r *http.Request) ([]byte, error) {
	if contentType := r.Header.Get("Content-Type"); !IsActivityType(contentType) || r.Header.Get("Content-Encoding") != "" {
		return nil, refuse(http.StatusUnsupportedMediaType, "want "+vocab.MediaType+", not compressed", fmt.Errorf("%w: %q", ErrWrongType, contentType))
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, vocab.MaxBytes+1))
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "body broke off", err)
	}
	if len(body) > vocab.MaxBytes {
		return nil, refuse(http.StatusRequestEntityTooLarge, "activity too large", ErrTooLarge)
	}
	return body, nil
}

// checkClaim refuses, before anything is fetched or verified, what cannot be true
// whoever signed it, and what comes from servers that this node blocks.
func (s *Server) checkClaim(ctx context.Context, n *parvis.Node, said vocab.Envelope, p SignatureParams) error {
	switch {
	case said.ID == "" || said.Actor == "" || said.Type == "":
		return refuse(http.StatusBadRequest, "an activity needs id, type and actor", vocab.ErrMalformed)
	case max(len(said.ID), len(said.Actor), len(said.Object().ID), len(said.Object().Object)) > maxID:
		return refuse(http.StatusBadRequest, "an id is too long", vocab.ErrMalformed)
	case !SameOrigin(said.ID, said.Actor):
		return refuse(http.StatusForbidden, "id and actor are of different origins", ErrWrongOrigin)
	case !SameOrigin(p.KeyID, said.Actor) && !passedOn(said, p):
		return refuse(http.StatusForbidden, "key and actor are of different origins", ErrWrongOrigin)
	case SameOrigin(said.Actor, n.Base()):
		return refuse(http.StatusForbidden, "the actor is one of ours", ErrWrongOrigin)
	}
	blocked, err := s.blocked(ctx, n, said.Actor)
	if err != nil {
		return err
	}
	if blocked {
		return refuse(http.StatusForbidden, "not accepted here", parvis.ErrForbidden)
	}
	return nil
}

// sender verifies who sent an activity. It is nil if there is nothing to verify:
// accounts that never were here need not be fetched to learn that they are gone.
func (s *Server) sender(ctx context.Context, n *parvis.Node, r *http.Request, body []byte, said vocab.Envelope, p SignatureParams) (*parvis.Account, error) {
	if said.Type == vocab.TypeDelete && said.Object().ID == said.Actor {
		_, err := s.rows(n).AccountByURI(ctx, said.Actor)
		if errors.Is(err, parvis.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
	sender, err := s.checkSender(ctx, n, r, body, p)
	switch {
	case err != nil:
		return nil, unverified(err)
	case sender.URI != said.Actor:
		return nil, refuse(http.StatusForbidden, "signed by another actor", fmt.Errorf("%s signed for %s", sender.URI, said.Actor))
	}
	return sender, s.accepts(ctx, n, sender)
}

// keep stores an activity and the job to digest it, and reports false if it came
// before.
// Activities of one actor about one thing are digested in the order in which they
// came.
func (s *Server) keep(ctx context.Context, n *parvis.Node, sender *parvis.Account, said vocab.Envelope, host string, args parvis.InboxArgs) (bool, error) {
	raw, err := json.Marshal(args)
	if err != nil {
		return false, err
	}
	now := s.now()
	// Its server vouches for the id, but not that others there leave it alone.
	return s.rows(n).Arrive(ctx, storage.Arrival{Name: said.ID + " " + sender.ID.String(), Job: &parvis.Job{
		Kind: parvis.JobInbox, Lane: "inbox:" + sender.ID.String() + ":" + matter(said), Host: host,
		Args: raw, RunAt: now, CreatedAt: now}})
}

// matter is what an activity is about in the end: the post of an undone like.
func matter(said vocab.Envelope) string {
	object := said.Object()
	if object.Object != "" {
		return object.Object
	}
	return object.ID
}
