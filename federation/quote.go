package federation

import (
	"context"
	"errors"
	"fmt"

	"github.com/gorilla/mux"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/work"
	"github.com/parvis-coop/parvis/storage"
)

// quotePolicy says who may quote a post without asking a person (FEP-044f): everyone
// if it is public, else its author.
func quotePolicy(p *parvis.Post) map[string]any {
	who := p.Author.URI
	if p.QuotableByAnyone() {
		who = vocab.Public
	}
	return map[string]any{"canQuote": map[string]any{"automaticApproval": []string{who}}}
}

// readQuote gives the post that an object quotes: by FEP-044f, or by one of the older
// properties.
func readQuote(o *vocab.Object) string {
	for _, key := range []string{"quote", "quoteUri", "quoteUrl", "_misskey_quote"} {
		if uri := o.ID(key); isWebURL(uri) && len(uri) <= maxID {
			return uri
		}
	}
	return ""
}

// showStamp shows that an author agreed to be quoted, as long as they do.
func (s *Server) showStamp(a asked) (vocab.Thing, error) {
	id, err := parvis.ParseID(mux.Vars(a.Request)["id"])
	if err != nil {
		return nil, err
	}
	stamp, err := s.rows(a.node).Stamp(a.Context(), id)
	if err != nil {
		return nil, err
	}
	p, err := s.app.Post(a.Context(), a.node, parvis.Viewer{}, stamp.PostID)
	if err != nil {
		return nil, err
	}
	return stampOf(a.node, stamp, p), nil
}

func stampOf(n *parvis.Node, stamp *parvis.Stamp, p *parvis.Post) vocab.QuoteAuthorization {
	return vocab.QuoteAuthorization{ID: n.URL(stamp.Path()), AttributedTo: p.Author.URI, Quote: stamp.QuoteURI, Quoted: p.URI}
}

// digestQuoteRequest answers whether a post of ours may be quoted.
func (s *Server) digestQuoteRequest(ctx context.Context, a said) error {
	quote := a.all.ID("instrument")
	if !SameOrigin(quote, a.by.URI) || len(quote) > maxID {
		return parvis.ErrForbidden
	}
	if o := a.all.Object("instrument"); o != nil && !ownedBy(o, a.by) {
		return parvis.ErrForbidden
	}
	p, err := s.rows(a.node).PostByURI(ctx, a.Object().ID)
	if err != nil {
		return err
	}
	if may, err := s.app.MayAsk(ctx, a.node, app.AskQuote, a.by.Host()); err != nil || !may {
		return err
	}
	return s.app.ReceiveQuoteRequest(ctx, a.node, app.QuoteRequest{By: a.by, Post: p, Quote: quote, URI: a.ID})
}

// sayQuoteAnswer tells whether a post of ours may be quoted; the request is repeated.
func (s *Server) sayQuoteAnswer(_ context.Context, st statement) (letter, error) {
	if st.post == nil || st.target == nil {
		return letter{}, parvis.ErrNotFound
	}
	l, err := st.toTarget(quoteAnswer(st))
	l.about = st.post.URI
	return l, err
}

func quoteAnswer(st statement) vocab.Activity {
	a := vocab.Activity{Type: vocab.TypeReject, ID: st.actor.URI + "#rejects/" + st.job.String(), Object: map[string]any{
		"type": vocab.TypeQuoteRequest, "id": st.URI, "actor": st.target.URI, "object": st.post.URI, "instrument": st.Quote}}
	if st.Verb == parvis.VerbAgree {
		a.Type, a.ID = vocab.TypeAccept, st.actor.URI+"#accepts/"+st.job.String()
		a.Extra = map[string]any{"result": st.node.URL((&parvis.Stamp{ID: st.Stamp}).Path())}
	}
	return a
}

// sayRevoked tells the quoting post's author, and who may have seen it, that a stamp
// is worth nothing any more.
func (s *Server) sayRevoked(ctx context.Context, st statement) (letter, error) {
	if st.post == nil || st.target == nil {
		return letter{}, parvis.ErrNotFound
	}
	inboxes, err := s.rows(st.node).FollowerInboxes(ctx, st.Actor)
	return letter{said: revoked(st), about: st.post.URI, to: append(inboxes, st.target.DeliveryInbox())}, err
}

func revoked(st statement) vocab.Activity {
	stamp := stampOf(st.node, &parvis.Stamp{ID: st.Stamp, QuoteURI: st.Quote}, st.post)
	return vocab.Activity{Type: vocab.TypeDelete, ID: stamp.ID + "#delete", Actor: st.actor.URI, Object: stamp,
		To: []string{vocab.Public}, Cc: []string{st.actor.FollowersURI, st.target.URI}}
}

// maxQuotes is how many quotes are followed from one post: apps want to know what is
// quoted within what is quoted, and nobody is shown more.
const maxQuotes = 2

// wantStamp has it verified that a received post may quote what it quotes. depth counts
// the quotes that led to it.
func (s *Server) wantStamp(ctx context.Context, n *parvis.Node, p *parvis.Post, o *vocab.Object, depth int) error {
	stamp := o.ID("quoteAuthorization")
	if depth >= maxQuotes || p.QuoteURI == "" || p.QuoteStamp != "" || readQuote(o) != p.QuoteURI || len(stamp) > maxID {
		return nil
	}
	return s.rows(n).InTx(ctx, func(ctx context.Context, t *storage.Tx) error {
		return s.enqueue(ctx, t, parvis.Job{Kind: parvis.JobQuote, Key: p.ID.String()}, parvis.QuoteArgs{Post: p.ID, Stamp: stamp, Depth: depth})
	})
}

// errStamp is wrapped by refusals of stamps.
var errStamp = errors.New("quote not authorized")

// quote runs a JobQuote: it verifies a stamp.
func (s *Server) quote(ctx context.Context, j *parvis.Job) error {
	n, args, err := begin[parvis.QuoteArgs](ctx, s, j)
	if err != nil {
		return err
	}
	p, err := s.rows(n).Post(ctx, args.Post)
	if err != nil {
		return settle(err)
	}
	if p.QuoteURI == "" || p.QuoteStamp != "" || !p.DeletedAt.IsZero() {
		return nil
	}
	stamp, err := s.verifyQuote(ctx, n, p, args)
	if err == nil {
		return settle(s.app.ReceiveQuoteStamp(ctx, n, p, stamp))
	}
	if errors.Is(err, errStamp) || j.Attempt >= fetchTries {
		return work.Drop(err)
	}
	return settle(err)
}

// verifyQuote tells under which stamp a post may quote another: one that lies with
// the quoted post's author, is attributed to them, and names both posts. Who quotes
// themself needs none.
func (s *Server) verifyQuote(ctx context.Context, n *parvis.Node, p *parvis.Post, args parvis.QuoteArgs) (string, error) {
	stamp := args.Stamp
	quoted, err := s.rows(n).PostByURI(ctx, p.QuoteURI)
	if errors.Is(err, parvis.ErrNotFound) {
		quoted, err = s.bringQuoted(ctx, n, p, args.Depth)
	}
	if err != nil {
		return "", err
	}
	switch {
	case quoted.AuthorID == p.AuthorID:
		return p.URI + "#quote", nil // names no object, so that nobody's Delete takes it back
	case !SameOrigin(stamp, quoted.Author.URI):
		return "", fmt.Errorf("%w: %q is not where %s is", errStamp, stamp, quoted.Author.URI)
	case quoted.Author.Local():
		return stamp, s.ownStamp(ctx, n, p, quoted, stamp)
	}
	key, err := s.nodeKey(ctx, n)
	if err != nil {
		return "", err
	}
	o, err := s.fetch(ctx, n, stamp, key)
	if err != nil {
		return "", err
	}
	if o.Type() != vocab.TypeQuoteAuthorization || o.ID("id") != stamp || o.ID("attributedTo") != quoted.Author.URI ||
		o.ID("interactingObject") != p.URI || o.ID("interactionTarget") != quoted.URI {
		return "", fmt.Errorf("%w: %s is about something else", errStamp, stamp)
	}
	return stamp, nil
}

// ownStamp checks a stamp of ours without asking ourselves over the network.
func (s *Server) ownStamp(ctx context.Context, n *parvis.Node, p, quoted *parvis.Post, uri string) error {
	id, err := idIn(n, "/stamps/", uri)
	if err != nil {
		return fmt.Errorf("%w: %w", errStamp, err)
	}
	stamp, err := s.rows(n).Stamp(ctx, id)
	if err != nil {
		return err
	}
	if stamp.PostID != quoted.ID || stamp.QuoteURI != p.URI || stamp.QuoterID != p.AuthorID {
		return fmt.Errorf("%w: %s is about something else", errStamp, uri)
	}
	return nil
}

// bringQuoted fetches the quoted post, which must be public; what it answers is not
// looked for.
func (s *Server) bringQuoted(ctx context.Context, n *parvis.Node, p *parvis.Post, depth int) (*parvis.Post, error) {
	me, err := s.rows(n).Account(ctx, n.ActorID)
	if err != nil {
		return nil, err
	}
	o, author, err := s.fetchObject(ctx, n, p.QuoteURI, me)
	if err != nil {
		return nil, err
	}
	if o.ID("id") != p.QuoteURI || !readAudience(o, author).Public() {
		return nil, fmt.Errorf("%w: %s", errStamp, p.QuoteURI)
	}
	quoted, err := s.storePost(ctx, n, o, author, app.Fetched)
	if err != nil {
		return nil, err
	}
	return quoted, s.wantStamp(ctx, n, quoted, o, depth+1)
}
