package federation

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/work"
	"github.com/parvis-coop/parvis/storage"
)

// featuredURI names the collection of the posts that a local account pinned. A feed
// pins none, but servers of groups look; the node has no such collection.
func featuredURI(a *parvis.Account) string {
	if a.Type == parvis.Application {
		return ""
	}
	return a.URI + "/featured"
}

// showFeatured shows the posts that an account pinned to its profile, whole: who
// reads a profile wants them at once.
func (s *Server) showFeatured(a asked) (vocab.Thing, error) {
	acc, err := s.account(a)
	if err != nil {
		return nil, err
	}
	if featuredURI(acc) == "" {
		return nil, parvis.ErrNotFound
	}
	pinned, err := s.app.Pinned(a.Context(), a.node, parvis.Viewer{}, acc.ID)
	if err != nil {
		return nil, err
	}
	c := vocab.Collection{ID: featuredURI(acc), AttributedTo: acc.URI, Total: len(pinned), Items: []any{}}
	for _, p := range pinned {
		u, err := s.utter(a.Context(), a.node, p)
		if err != nil {
			return nil, err
		}
		c.Items = append(c.Items, u.note())
	}
	return c, nil
}

// sayPin tells the followers of an account that it pinned a post, or no longer does.
func (s *Server) sayPin(ctx context.Context, st statement) (letter, error) {
	if st.post == nil || !st.post.DeletedAt.IsZero() {
		return letter{}, parvis.ErrNotFound
	}
	inboxes, err := s.rows(st.node).FollowerInboxes(ctx, st.Actor)
	return letter{said: pinned(st), about: st.post.URI, to: inboxes}, err
}

func pinned(st statement) vocab.Activity {
	a := vocab.Activity{Type: vocab.TypeAdd, ID: st.actor.URI + "#adds/" + st.job.String(), Actor: st.actor.URI, Object: st.post.URI,
		Target: featuredURI(st.actor), To: []string{vocab.Public}, Cc: []string{st.actor.FollowersURI}}
	if st.Verb == parvis.VerbUnpin {
		a.Type, a.ID = vocab.TypeRemove, st.actor.URI+"#removes/"+st.job.String()
	}
	return a
}

// digestPin takes over that somebody pinned a post of theirs, or no longer does.
// Other collections, and those of others, are nothing that we keep.
func (s *Server) digestPin(ctx context.Context, a said) error {
	if a.by.FeaturedURI == "" || a.Target != a.by.FeaturedURI {
		return nil
	}
	if a.Type == vocab.TypeRemove {
		return s.app.ReceiveUnpin(ctx, a.node, a.by, a.Object().ID)
	}
	wanted, err := s.rows(a.node).HasLocalFollower(ctx, a.by.ID)
	if err != nil || !wanted {
		return err
	}
	p, err := s.ownPost(ctx, a.node, a.by, vocab.Member{ID: a.Object().ID, Object: a.all.Object("object")})
	if err != nil {
		return err
	}
	return s.app.ReceivePin(ctx, a.node, a.by, p)
}

// pins runs a JobPins: it fetches which posts an account pinned.
func (s *Server) pins(ctx context.Context, j *parvis.Job) error {
	n, args, err := begin[parvis.PinsArgs](ctx, s, j)
	if err != nil {
		return err
	}
	by, err := s.rows(n).Account(ctx, args.Account)
	if err != nil {
		return settle(err)
	}
	if by.FeaturedURI == "" || !by.Active() {
		return nil
	}
	err = s.fetchPins(ctx, n, by)
	if err != nil && j.Attempt >= fetchTries {
		return work.Drop(err)
	}
	return settle(err)
}

func (s *Server) fetchPins(ctx context.Context, n *parvis.Node, by *parvis.Account) error {
	key, err := s.nodeKey(ctx, n)
	if err != nil {
		return err
	}
	_, members, err := s.collect(ctx, n, by.FeaturedURI, key, parvis.MaxPins)
	if err != nil {
		return err
	}
	var posts []*parvis.Post
	for _, m := range members {
		p, err := s.ownPost(ctx, n, by, m)
		switch {
		case err == nil:
			posts = append(posts, p)
		case settle(err) == err:
			return err // it may work later
		}
	}
	return s.app.ReceivePins(ctx, n, by, posts)
}

// ownPost finds a post that an account names as its own, or repeats: what is whole
// and says that it is by the account, at the account's origin, is believed, since
// the account's server said it. Anything else is fetched.
func (s *Server) ownPost(ctx context.Context, n *parvis.Node, by *parvis.Account, m vocab.Member) (*parvis.Post, error) {
	p, err := s.rows(n).PostByURI(ctx, m.ID)
	if !errors.Is(err, parvis.ErrNotFound) {
		return p, err
	}
	if o := m.Object; o != nil && isPost(o.Type()) && ownedBy(o, by) {
		return s.admitPost(ctx, n, o, by, app.Fetched)
	}
	me, err := s.rows(n).Account(ctx, n.ActorID)
	if err != nil {
		return nil, err
	}
	o, author, err := s.fetchObject(ctx, n, m.ID, me)
	if err != nil {
		return nil, err
	}
	if author.ID != by.ID {
		return nil, fmt.Errorf("%w: %s is not by %s", errBadPost, m.ID, by.URI)
	}
	return s.admitPost(ctx, n, o, author, app.Fetched)
}

// ownedBy tells whether an object that an account's server said is the account's own:
// the same host is not enough (FEP-fe34).
func ownedBy(o *vocab.Object, by *parvis.Account) bool {
	return SameOrigin(o.ID("id"), by.URI) && slices.Contains(o.IDs("attributedTo"), by.URI)
}

// lookAtPins has the posts fetched that an account pinned, because somebody here
// looks at it.
func (s *Server) lookAtPins(ctx context.Context, n *parvis.Node, acc *parvis.Account) error {
	if acc.Local() || acc.FeaturedURI == "" {
		return nil
	}
	if may, err := s.app.MayAsk(ctx, n, app.AskPins, acc.ID.String()); err != nil || !may {
		return err
	}
	return s.rows(n).InTx(ctx, func(ctx context.Context, t *storage.Tx) error {
		job := parvis.Job{Kind: parvis.JobPins, Key: acc.ID.String(), Lane: "pins:" + hostOf(acc.URI)}
		return s.enqueue(ctx, t, job, parvis.PinsArgs{Account: acc.ID})
	})
}
