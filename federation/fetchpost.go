package federation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/work"
	"github.com/parvis-coop/parvis/storage"
)

// maxDepth is how far up a conversation we fetch what a post answers, within one
// budget of requests.
const maxDepth = 10

// genuine gives the object of a Create or Update as its author said it, and the
// author. An embedded object is believed only if the signer owns it and lives at
// its origin, or if it carries a proof of its author's; any other is fetched from its
// own server (FEP-fe34).
func (s *Server) genuine(ctx context.Context, a said) (*vocab.Object, *parvis.Account, error) {
	object := a.all.Object("object")
	if ownedBy(object, a.by) {
		return object, a.by, nil
	}
	if object.Has("proof") {
		// One that is not believed is fetched, like any other.
		if author, err := s.proven(ctx, a.node, object); err == nil {
			return object, author, nil
		}
	}
	as, err := s.addressee(ctx, a)
	if err != nil {
		return nil, nil, err
	}
	return s.fetchObject(ctx, a.node, a.Object().ID, as)
}

// addressee is the local account in whose name an object is fetched that was sent
// by its id only: the first whom the activity is addressed to, else the node.
func (s *Server) addressee(ctx context.Context, a said) (*parvis.Account, error) {
	for _, uri := range append(a.To, a.Cc...) {
		if !SameOrigin(uri, a.node.Base()) {
			continue
		}
		acc, err := s.local(s.rows(a.node).AccountByURI(ctx, uri))
		if !errors.Is(err, parvis.ErrNotFound) {
			return acc, err
		}
	}
	return s.rows(a.node).Account(ctx, a.node.ActorID)
}

// fetchObject fetches a post in the name of a local account, and finds its author,
// who lives at the same origin. An activity that creates or updates a post leads to
// the post, once.
func (s *Server) fetchObject(ctx context.Context, n *parvis.Node, uri string, as *parvis.Account) (*vocab.Object, *parvis.Account, error) {
	key, err := s.keyOf(ctx, n, as.ID)
	if err != nil {
		return nil, nil, err
	}
	o, err := s.fetch(ctx, n, uri, key)
	if err == nil && (o.Type() == vocab.TypeCreate || o.Type() == vocab.TypeUpdate) {
		o, err = s.fetch(ctx, n, o.ID("object"), key)
	}
	if err != nil {
		return nil, nil, err
	}
	if !isPost(o.Type()) {
		return nil, nil, fmt.Errorf("%w: %s %s", errBadPost, o.Type(), uri)
	}
	author, err := s.authorOf(ctx, n, o)
	return o, author, err
}

func (s *Server) fetch(ctx context.Context, n *parvis.Node, uri string, key *Key) (*vocab.Object, error) {
	if err := s.welcome(ctx, n, uri); err != nil {
		return nil, err
	}
	raw, _, err := s.client.GetObject(ctx, uri, key)
	if err != nil {
		return nil, err
	}
	o, err := vocab.Parse(raw)
	if err != nil {
		return nil, err
	}
	// A redirect may have led to another server than the one that was asked.
	return o, s.welcome(ctx, n, o.ID("id"))
}

// authorOf finds the account of an object that was found at its origin.
func (s *Server) authorOf(ctx context.Context, n *parvis.Node, o *vocab.Object) (*parvis.Account, error) {
	for _, uri := range o.IDs("attributedTo") {
		if !SameOrigin(uri, o.ID("id")) {
			continue
		}
		acc, err := s.rows(n).AccountByURI(ctx, uri)
		if errors.Is(err, parvis.ErrNotFound) {
			acc, err = s.fetchActor(ctx, n, uri, "", nil)
		}
		if err == nil {
			err = s.admissible(ctx, n, acc)
		}
		return acc, err
	}
	return nil, fmt.Errorf("%w: %s has no author of its origin", errBadPost, o.ID("id"))
}

// admitPost stores an object that its author's server said, and has it verified that
// it may quote what it quotes.
func (s *Server) admitPost(ctx context.Context, n *parvis.Node, o *vocab.Object, author *parvis.Account, why app.Reason) (*parvis.Post, error) {
	stored, err := s.storePost(ctx, n, o, author, why)
	if err != nil {
		return nil, err
	}
	return stored, s.wantStamp(ctx, n, stored, o, 0)
}

func (s *Server) storePost(ctx context.Context, n *parvis.Node, o *vocab.Object, author *parvis.Account, why app.Reason) (*parvis.Post, error) {
	if asked, err := s.votedIn(ctx, n, o); asked != nil || err != nil {
		return nil, cmp.Or(err, errVote)
	}
	known := make(map[string]*parvis.Account)
	for _, uri := range addressed(o, author) {
		acc, err := s.rows(n).AccountByURI(ctx, uri)
		if err == nil && acc.Active() {
			known[uri] = acc
		}
		if ignore(err, parvis.ErrNotFound) != nil {
			return nil, err
		}
	}
	strangers, err := s.meet(ctx, n, o, author, known)
	if err != nil {
		return nil, err
	}
	p, err := readPost(o, author, known)
	if err == nil {
		err = s.asStrangers(ctx, n, o, p, known)
	}
	if err != nil {
		return nil, err
	}
	p.Strangers = strangers
	stored, err := s.app.ReceivePost(ctx, n, p, why)
	if errors.Is(err, parvis.ErrConflict) {
		// It was sent and shared at the same time, and the other job was faster.
		stored, err = s.app.ReceivePost(ctx, n, p, why)
	}
	return stored, err
}

// Bounds on the people that one letter makes us ask for: how many, and for how long
// all of them.
const (
	maxMet      = 10
	metPatience = 20 * time.Second
)

// meet fetches the people whom a post for named people is sent to besides those who
// are known, if somebody here is among these: who reads it must be told who else
// does, and an answer goes to all. It returns how many could not be found.
func (s *Server) meet(ctx context.Context, n *parvis.Node, o *vocab.Object, author *parvis.Account, known map[string]*parvis.Account) (strangers int, err error) {
	concerns := func(acc *parvis.Account) bool { return acc.Local() && !acc.IsFeed() }
	if readAudience(o, author) != parvis.Named || !slices.ContainsFunc(slices.Collect(maps.Values(known)), concerns) {
		return 0, nil
	}
	if _, err := s.rows(n).PostByURI(ctx, o.ID("id")); !errors.Is(err, parvis.ErrNotFound) {
		return 0, err // an edit is for nobody else
	}
	may, err := s.app.MayAsk(ctx, n, app.AskPeople, author.Host())
	if err != nil {
		return 0, err
	}
	asking, cancel := context.WithTimeout(ctx, metPatience)
	defer cancel()
	asked := 0
	for _, uri := range addressed(o, author) {
		if known[uri] != nil || SameOrigin(uri, n.Base()) {
			continue
		}
		if asked++; asked > maxMet || !may {
			strangers++
			continue
		}
		acc, err := s.fetchActor(asking, n, uri, "", nil)
		switch {
		case err == nil && acc.Active():
			known[uri] = acc
		case ctx.Err() != nil:
			return 0, ctx.Err()
		default:
			strangers++ // a list of people, somebody of a server that is barred or does not answer
		}
	}
	return strangers, nil
}

// bringPost fetches a post because somebody here wants it, and stores it. depth
// counts the posts below it that were fetched for the same reason.
func (s *Server) bringPost(ctx context.Context, n *parvis.Node, uri string, as *parvis.Account, depth int) (*parvis.Post, error) {
	o, author, err := s.fetchObject(ctx, n, uri, as)
	if err != nil {
		return nil, err
	}
	return s.keepFetched(ctx, n, o, author, depth)
}

// keepFetched stores a fetched post and lets what it answers be fetched too.
func (s *Server) keepFetched(ctx context.Context, n *parvis.Node, o *vocab.Object, author *parvis.Account, depth int) (*parvis.Post, error) {
	p, err := s.admitPost(ctx, n, o, author, app.Fetched)
	if err != nil || p.ReplyTo != 0 || p.ReplyToURI == "" || depth >= maxDepth {
		return p, err
	}
	return p, s.rows(n).InTx(ctx, func(ctx context.Context, t *storage.Tx) error {
		return s.enqueue(ctx, t, parvis.Job{Kind: parvis.JobThread, Key: p.ReplyToURI}, parvis.ThreadArgs{Post: p.ID, Depth: depth + 1, Fetches: spent(ctx)})
	})
}

// fetchTries is how often a job tries to fetch what is nice to have.
const fetchTries = 6

// thread runs a JobThread: it fetches what a post answers.
func (s *Server) thread(ctx context.Context, j *parvis.Job) error {
	n, args, err := begin[parvis.ThreadArgs](ctx, s, j)
	if err != nil {
		return err
	}
	ctx = withBudget(ctx, args.Fetches)
	p, err := s.rows(n).Post(ctx, args.Post)
	if err != nil {
		return settle(err)
	}
	if p.ReplyTo != 0 || p.ReplyToURI == "" || !p.DeletedAt.IsZero() || args.Depth > maxDepth {
		return nil
	}
	// The two may have come at the same moment, each before it could see the other.
	parent, err := s.rows(n).PostByURI(ctx, p.ReplyToURI)
	if err == nil {
		return settle(s.app.Adopt(ctx, n, parent))
	}
	if !errors.Is(err, parvis.ErrNotFound) {
		return err
	}
	as, err := s.reader(ctx, n, p)
	if err != nil {
		return settle(err)
	}
	parent, err = s.bringPost(ctx, n, p.ReplyToURI, as, args.Depth)
	switch {
	case err == nil && (parent.ReplyTo != 0 || parent.ReplyToURI == ""):
		return settle(s.wantThreadOf(ctx, n, p.ID)) // the conversation is known up to its beginning
	case err != nil && j.Attempt >= fetchTries:
		return work.Drop(err)
	}
	return settle(err)
}

// reader is the local account in whose name the conversation of a post is read:
// one whom the post names, if it is not public; else the node.
func (s *Server) reader(ctx context.Context, n *parvis.Node, p *parvis.Post) (*parvis.Account, error) {
	if !p.Audience.Public() {
		for _, m := range p.Mentions {
			if acc, err := s.local(s.rows(n).Account(ctx, m.AccountID)); err == nil && acc.Active() {
				return acc, nil
			}
		}
	}
	return s.rows(n).Account(ctx, n.ActorID)
}

// digestAnnounce stores that somebody shared a post, and fetches the post if it
// is not known and somebody here follows the sharer.
func (s *Server) digestAnnounce(ctx context.Context, a said) error {
	if a.Object().Type == vocab.TypeDelete {
		return s.digestPassedEnd(ctx, a)
	}
	uri := a.Object().ID
	if inner := a.Object(); inner.Type == vocab.TypeCreate || inner.Type == vocab.TypeUpdate {
		uri = inner.Object // a group passes activities on (FEP-1b12)
	} else if inner.Type != "" && !isPost(inner.Type) {
		return nil
	}
	r, err := s.fromRelay(ctx, a)
	if err != nil {
		return err
	}
	if r != nil {
		return s.relayed(ctx, a, r, uri)
	}
	if err := s.wantsPassed(ctx, a); err != nil {
		return err
	}
	p, err := s.rows(a.node).PostByURI(ctx, uri)
	if errors.Is(err, parvis.ErrNotFound) || err == nil && a.Object().Type == vocab.TypeUpdate && !p.Author.Local() {
		p, err = s.bringShared(ctx, a, uri)
	}
	if err == nil {
		err = s.admissible(ctx, a.node, p.Author) // a block may be younger than the post
	}
	if err != nil {
		return err
	}
	if !p.Audience.Public() {
		return parvis.ErrForbidden
	}
	if a.by.Type == parvis.Group && p.ReplyToURI != "" {
		return nil // it belongs under what it answers, not into homes
	}
	return s.app.ReceiveReaction(ctx, a.node, storage.Shares, a.by, p, a.ID)
}

// bringShared fetches a post because it was shared, if somebody here follows the
// sharer. Only what is public is kept.
func (s *Server) bringShared(ctx context.Context, a said, uri string) (*parvis.Post, error) {
	wanted, err := s.rows(a.node).HasLocalFollower(ctx, a.by.ID)
	if err != nil {
		return nil, err
	}
	if !wanted {
		return nil, app.ErrUnwanted
	}
	me, err := s.rows(a.node).Account(ctx, a.node.ActorID)
	if err != nil {
		return nil, err
	}
	o, author, err := s.fetchObject(ctx, a.node, uri, me)
	if err != nil {
		return nil, err
	}
	if !readAudience(o, author).Public() {
		return nil, parvis.ErrForbidden
	}
	expected, err := s.expected(ctx, a.node, author)
	if err != nil {
		return nil, err
	}
	if expected {
		// A feed shares what is being sent to us at the same moment: whichever comes
		// first, it must reach those who follow its author too.
		return s.admitPost(ctx, a.node, o, author, app.Sent)
	}
	return s.keepFetched(ctx, a.node, o, author, 0)
}

// expected tells whether an account's public posts are sent to this node.
func (s *Server) expected(ctx context.Context, n *parvis.Node, author *parvis.Account) (bool, error) {
	partner, err := s.rows(n).IsPartner(ctx, author.Host())
	if err != nil || partner {
		return partner, err
	}
	return s.rows(n).HasLocalFollower(ctx, author.ID)
}
