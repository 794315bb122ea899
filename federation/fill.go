package federation

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/rs/zerolog"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/work"
	"github.com/parvis-coop/parvis/storage"
)

// Bounds on the filling of gaps in a conversation, besides the budget of requests
// that any job has.
const (
	// maxFilled is how many posts one job brings; a later answer brings more.
	maxFilled = 40
	// maxListed is how many addresses of posts one collection may name.
	maxListed = 200
	// fillAfter is how long the posts of a conversation have to come by themselves.
	fillAfter = time.Minute
)

// errNoCollection says that what should be a collection is something else.
var errNoCollection = errors.New("not a collection")

// wantThread asks for what a conversation lacks that a public post is part of,
// unless that was asked lately.
func (s *Server) wantThread(ctx context.Context, n *parvis.Node, p *parvis.Post) error {
	if !p.Audience.Public() || p.ReplyTo == 0 || SameOrigin(p.ReplyToURI, n.Base()) {
		return nil // answers to what was written here come here
	}
	if may, err := s.app.MayAsk(ctx, n, app.AskThread, p.Thread.String()); err != nil || !may {
		return err
	}
	return s.rows(n).InTx(ctx, func(ctx context.Context, t *storage.Tx) error {
		job := parvis.Job{Kind: parvis.JobFill, Key: p.Thread.String(), Lane: "fill:" + hostOf(p.URI), RunAt: s.now().Add(fillAfter)}
		return s.enqueue(ctx, t, job, parvis.FillArgs{Post: p.ID})
	})
}

// wantThreadOf is wantThread for a post that may have found its place since it was read.
func (s *Server) wantThreadOf(ctx context.Context, n *parvis.Node, post parvis.ID) error {
	p, err := s.rows(n).Post(ctx, post)
	if err != nil {
		return err
	}
	return s.wantThread(ctx, n, p)
}

// fill runs a JobFill: it fetches what a conversation lacks.
func (s *Server) fill(ctx context.Context, j *parvis.Job) error {
	n, args, err := begin[parvis.FillArgs](ctx, s, j)
	if err != nil {
		return err
	}
	p, err := s.rows(n).Post(ctx, args.Post)
	if err != nil {
		return settle(err)
	}
	if !p.DeletedAt.IsZero() || !p.Audience.Public() {
		return nil
	}
	f, err := s.beginFill(ctx, n, p)
	if err != nil {
		return settle(err)
	}
	if err = f.run(ctx); err != nil && j.Attempt >= fetchTries {
		return work.Drop(err)
	}
	return settle(err)
}

// A filling is a search for the posts of one conversation.
type filling struct {
	*Server
	node   *parvis.Node
	as     *parvis.Account // in whose name is asked
	key    *Key
	thread parvis.ID
	posts  []*parvis.Post  // known ones that may have answers unknown here
	asked  map[string]bool // collections and posts
	found  int
	// early are fetched posts that answer something which is not known here yet.
	early []fetched
}

// A fetched post is not kept yet.
type fetched struct {
	object *vocab.Object
	author *parvis.Account
}

// beginFill starts at the conversation's first post, at what the post answers, and
// at itself: whoever wrote these hosts lists of their answers.
func (s *Server) beginFill(ctx context.Context, n *parvis.Node, p *parvis.Post) (*filling, error) {
	f := &filling{Server: s, node: n, thread: p.Thread, posts: []*parvis.Post{p}, asked: make(map[string]bool)}
	for _, id := range []parvis.ID{p.ReplyTo, p.Thread} {
		if id == 0 || id == p.ID {
			continue
		}
		above, err := s.rows(n).Post(ctx, id)
		if err == nil {
			f.posts = append([]*parvis.Post{above}, f.posts...)
		} else if !errors.Is(err, parvis.ErrNotFound) {
			return nil, err
		}
	}
	var err error
	if f.as, err = s.rows(n).Account(ctx, n.ActorID); err != nil {
		return nil, err
	}
	f.key, err = s.keyOf(ctx, n, f.as.ID)
	return f, err
}

func (f *filling) run(ctx context.Context) error {
	for len(f.posts) > 0 && f.found < maxFilled {
		p := f.posts[0]
		f.posts = f.posts[1:]
		if p.Author.Local() || !p.DeletedAt.IsZero() || !p.Audience.Public() || f.asked[p.URI] {
			continue
		}
		f.asked[p.URI] = true
		if err := f.passed(ctx, f.answersTo(ctx, p)); err != nil {
			return err
		}
	}
	return nil
}

// passed notes what went wrong with one server and lets the search go on elsewhere,
// unless the budget is spent or we are to blame.
func (f *filling) passed(ctx context.Context, err error) error {
	var answer *StatusError
	var network *url.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrBudget), ctx.Err() != nil:
		return err
	case errors.Is(err, errNoCollection), errors.As(err, &answer), errors.As(err, &network), settle(err) != err:
		zerolog.Ctx(ctx).Debug().Err(err).Msg("part of a conversation cannot be had")
		return nil
	}
	return err
}

// answersTo brings what the server of a post knows of its conversation (FEP-f228),
// or else of the answers to it.
func (f *filling) answersTo(ctx context.Context, p *parvis.Post) error {
	o, err := f.fetch(ctx, f.node, p.URI, f.key)
	if err != nil {
		return err
	}
	if o.ID("id") != p.URI {
		return fmt.Errorf("%w: %s is now %s", ErrWrongOrigin, p.URI, o.ID("id"))
	}
	if thread := o.ID("context"); isWebURL(thread) && !f.asked[thread] && !SameOrigin(thread, f.node.Base()) {
		f.asked[thread] = true
		whole, members, err := f.collect(ctx, f.node, thread, f.key, maxListed)
		if err == nil && SameOrigin(whole.ID("attributedTo"), thread) {
			return f.bring(ctx, members)
		}
		if err := f.passed(ctx, err); err != nil {
			return err
		}
	}
	members, err := f.replies(ctx, o)
	if err != nil {
		return err
	}
	return f.bring(ctx, members)
}

// replies reads the collection of answers that a fetched post names or holds.
func (f *filling) replies(ctx context.Context, o *vocab.Object) ([]vocab.Member, error) {
	uri := o.ID("replies")
	if held := o.Object("replies"); held != nil && isCollection(held.Type()) && (uri == "" || SameOrigin(uri, o.ID("id"))) {
		return f.turnPages(ctx, f.node, held, f.key, maxListed)
	}
	if !SameOrigin(uri, o.ID("id")) || f.asked[uri] {
		return nil, nil
	}
	f.asked[uri] = true
	_, members, err := f.collect(ctx, f.node, uri, f.key, maxListed)
	return members, err
}

// bring fetches those of the members that are not known here. Whatever a collection
// holds is only an address: each post is believed from its own origin alone.
func (f *filling) bring(ctx context.Context, members []vocab.Member) error {
	var uris []string
	for _, m := range members {
		if isWebURL(m.ID) && len(m.ID) <= maxID && !f.asked[m.ID] && !SameOrigin(m.ID, f.node.Base()) {
			uris = append(uris, m.ID)
		}
	}
	known, err := f.rows(f.node).KnownURIs(ctx, uris)
	if err != nil {
		return err
	}
	for _, uri := range uris {
		if known[uri] || f.asked[uri] || f.found == maxFilled {
			continue
		}
		f.asked[uri] = true
		o, author, err := f.fetchObject(ctx, f.node, uri, f.as)
		if err == nil {
			err = f.keep(ctx, fetched{o, author})
		}
		if err := f.passed(ctx, err); err != nil {
			return err
		}
	}
	return nil
}

// keep stores a fetched post if it is public and belongs here: it answers a post of
// the conversation. That it merely says so by its context is not enough, anybody
// can. Then those are kept that answer it.
func (f *filling) keep(ctx context.Context, got fetched) error {
	answered := got.object.ID("inReplyTo")
	parent, err := f.rows(f.node).PostByURI(ctx, answered)
	if errors.Is(err, parvis.ErrNotFound) && answered != "" {
		f.early = append(f.early, got)
		return nil
	}
	if err != nil {
		return err
	}
	if parent.Thread != f.thread || !readAudience(got.object, got.author).Public() {
		return app.ErrUnwanted
	}
	p, err := f.admitPost(ctx, f.node, got.object, got.author, app.Fetched)
	if err != nil {
		return err
	}
	f.found++
	delete(f.asked, p.URI) // now for the answers to it
	f.posts = append(f.posts, p)
	early := f.early
	f.early = nil
	for _, waits := range early {
		if err := f.passed(ctx, f.keep(ctx, waits)); err != nil {
			return err
		}
	}
	return nil
}
