package federation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/work"
)

// Moves (FEP-7628): an account says where its person lives now, the new one says
// that it was theirs before, and each server makes its residents follow the new one.

const (
	// maxAliases is how many other addresses of an account are read, as Mastodon does.
	maxAliases = 256
	// What an actor's server may have us fetch by moves: whole servers close too.
	movesEvery = time.Minute
	movesBurst = 60
)

// errMoves: what a server's people ask of us by moves must wait.
var errMoves = errors.New("too many moves of one server")

// readMove reads where an actor says that it went, and its other addresses.
func readMove(o *vocab.Object, self string) (movedTo string, aliases []string) {
	other := func(uri string) bool { return isWebURL(uri) && len(uri) <= maxID && uri != self }
	if movedTo = o.ID("movedTo"); !other(movedTo) {
		movedTo = ""
	}
	for _, uri := range o.IDs("alsoKnownAs") {
		if len(aliases) == maxAliases {
			break
		}
		if other(uri) && !slices.Contains(aliases, uri) {
			aliases = append(aliases, uri)
		}
	}
	return movedTo, aliases
}

// digestMove follows an account that moved. Only itself can say so, the new account
// must say the same, and one that moved on itself takes nobody over: there are no
// chains to walk. Nothing is fetched for whom nobody here follows.
func (s *Server) digestMove(ctx context.Context, a said) error {
	target := a.all.ID("target")
	if a.Object().ID != a.by.URI || !isWebURL(target) || len(target) > maxID {
		return fmt.Errorf("%w: move of %q to %.100q", parvis.ErrForbidden, a.Object().ID, target)
	}
	followed, err := s.rows(a.node).FollowersHere(ctx, a.by.ID, 1)
	if err != nil || len(followed) == 0 || s.now().Sub(a.by.MovedAt) < parvis.MoveRest {
		return err
	}
	to, err := s.moveTarget(ctx, a, target)
	if err != nil {
		return err
	}
	return s.app.ReceiveMove(ctx, a.node, a.by, to)
}

// moveTarget returns what the account that another moves to says of itself now.
func (s *Server) moveTarget(ctx context.Context, a said, uri string) (*parvis.Account, error) {
	if SameOrigin(uri, a.node.Base()) {
		return s.local(s.rows(a.node).AccountByURI(ctx, uri))
	}
	now := s.now()
	if !s.moves.allow(hostOf(a.by.URI), now) {
		return nil, work.RetryAt(now.Add(movesBurst*movesEvery), errMoves)
	}
	return s.fetchActor(ctx, a.node, uri, "", nil)
}

// sayMove tells an account's followers where it went.
func (s *Server) sayMove(ctx context.Context, st statement) (letter, error) {
	inboxes, err := s.rows(st.node).FollowerInboxes(ctx, st.Actor)
	return letter{said: moved(st), about: st.actor.URI, to: inboxes}, err
}

func moved(st statement) vocab.Activity {
	return vocab.Activity{Type: vocab.TypeMove, ID: st.actor.URI + "#moves/" + st.job.String(), Actor: st.actor.URI, Object: st.actor.URI,
		Target: st.URI, To: []string{st.actor.FollowersURI}}
}
