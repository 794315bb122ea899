package federation

import (
	"context"
	"errors"
	"fmt"

	"github.com/maypok86/otter/v2"
	"golang.org/x/time/rate"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// What one relay may have us fetch: posts a second in the long run, and at once. A
// large relay says far more; a town's lists need not have it all.
const (
	relayRate  = 0.5
	relayBurst = 100
	relaysKept = 100
)

func newRelayLimits() *otter.Cache[parvis.ID, *rate.Limiter] {
	return otter.Must(&otter.Options[parvis.ID, *rate.Limiter]{MaximumSize: relaysKept})
}

// relay runs a JobRelay: it tells a relay that we want what it passes on, or no
// longer do.
func (s *Server) relay(ctx context.Context, j *parvis.Job) error {
	n, args, err := begin[parvis.RelayArgs](ctx, s, j)
	if err != nil {
		return err
	}
	r, err := s.rows(n).Relay(ctx, args.Relay)
	if err != nil {
		return ignore(err, parvis.ErrNotFound)
	}
	if r.Style == parvis.RelayMastodon {
		if err := s.tellRelay(ctx, n, r); err != nil {
			return settle(err)
		}
	}
	switch {
	case r.State == parvis.RelayLeft:
		return settle(s.app.ForgetRelay(ctx, n, r))
	case r.Style == parvis.RelayLitePub:
		return s.meetRelay(ctx, n, r)
	}
	return nil
}

// tellRelay posts to the inbox of a relay that we follow the public there, as
// Mastodon does, or that we no longer do.
func (s *Server) tellRelay(ctx context.Context, n *parvis.Node, r *parvis.Relay) error {
	me, err := s.rows(n).Account(ctx, n.ActorID)
	if err != nil {
		return err
	}
	said := vocab.Activity{Type: vocab.TypeFollow, ID: r.FollowURI, Actor: me.URI, Object: vocab.Public, To: []string{vocab.Public}}
	if r.State == parvis.RelayLeft {
		said = undo(said)
	}
	logActivity(ctx, said.ID)
	return s.send(ctx, n, letter{from: me, said: said, about: r.FollowURI, to: []string{r.Address}})
}

// meetRelay finds the actor of a relay and follows it, as Pleroma and Akkoma do.
func (s *Server) meetRelay(ctx context.Context, n *parvis.Node, r *parvis.Relay) error {
	actor, err := s.knownOrFetched(ctx, n, r.Address, nil)
	if err == nil {
		return s.app.MeetRelay(ctx, n, r, actor, "")
	}
	// An admin waits for this.
	return errors.Join(s.app.MeetRelay(ctx, n, r, nil, err.Error()), settle(err))
}

// relayAnswered notes the answer of a relay to our wish. It reports whether that
// was all there was to it.
func (s *Server) relayAnswered(ctx context.Context, a said, agreed bool) (bool, error) {
	r, err := s.rows(a.node).RelayOf(ctx, a.by.ID)
	if errors.Is(err, parvis.ErrNotFound) {
		r, err = s.relayAsked(ctx, a)
	}
	if err != nil {
		return false, ignore(err, parvis.ErrNotFound)
	}
	// A follow of the relay's actor is answered like any other, too.
	return r.Style == parvis.RelayMastodon, s.app.RelayAnswered(ctx, a.node, r, a.by, agreed)
}

// relayAsked finds the relay by the id of our follow of it, which nobody but the
// relay's own server may answer.
func (s *Server) relayAsked(ctx context.Context, a said) (*parvis.Relay, error) {
	id, err := idIn(a.node, "/follows/", a.Object().ID)
	if err != nil {
		return nil, parvis.ErrNotFound
	}
	r, err := s.rows(a.node).Relay(ctx, id)
	if err == nil && !SameOrigin(r.Address, a.by.URI) {
		err = fmt.Errorf("%s does not speak for the relay %s: %w", a.by.URI, r.Address, parvis.ErrForbidden)
	}
	return r, err
}

// fromRelay reports whether an account is the actor of a relay that passes posts on
// to this node.
func (s *Server) fromRelay(ctx context.Context, a said) (*parvis.Relay, error) {
	r, err := s.rows(a.node).RelayOf(ctx, a.by.ID)
	if errors.Is(err, parvis.ErrNotFound) {
		return nil, nil
	}
	return r, err
}

// relayed fetches the post that a relay passes on from its own server. Only what
// may stand in a list is kept: public, and no answer. It reaches nobody's home,
// and the relay is not said to have shared it.
func (s *Server) relayed(ctx context.Context, a said, r *parvis.Relay, uri string) error {
	if r.State != parvis.RelayAccepted || SameOrigin(uri, a.node.Base()) {
		return app.ErrUnwanted
	}
	limit, _ := s.relays.ComputeIfAbsent(r.ID, func() (*rate.Limiter, bool) {
		return rate.NewLimiter(relayRate, relayBurst), false
	})
	if !limit.AllowN(s.now(), 1) {
		return fmt.Errorf("%s passes too much on: %w", r.Address, app.ErrUnwanted)
	}
	me, err := s.rows(a.node).Account(ctx, a.node.ActorID)
	if err != nil {
		return err
	}
	o, author, err := s.fetchObject(ctx, a.node, uri, me)
	if err != nil {
		return err
	}
	if readAudience(o, author) != parvis.Everyone || o.ID("inReplyTo") != "" {
		return app.ErrUnwanted
	}
	_, err = s.admitPost(ctx, a.node, o, author, app.Fetched)
	return err
}
