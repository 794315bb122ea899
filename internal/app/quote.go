package app

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// A QuoteRequest asks whether a post of another server may quote one of ours.
type QuoteRequest struct {
	By    *parvis.Account
	Post  *parvis.Post // ours
	Quote string       // id of the post that quotes it
	URI   string       // of the request
}

// quoteDepth is how far quotes are followed: apps want to know what is quoted within
// what is quoted.
const quoteDepth = 2

// FillQuotes gives posts what they quote, as far as its author agreed and the viewer
// may see it. It asks nothing if none of them quotes anything.
func (a *App) FillQuotes(ctx context.Context, n *parvis.Node, v parvis.Viewer, posts ...*parvis.Post) error {
	for range quoteDepth {
		var err error
		if posts, err = a.fillQuotes(ctx, n, v, posts); err != nil {
			return err
		}
	}
	return nil
}

// fillQuotes is FillQuotes for what the posts quote themselves, which it returns.
func (a *App) fillQuotes(ctx context.Context, n *parvis.Node, v parvis.Viewer, posts []*parvis.Post) ([]*parvis.Post, error) {
	var uris []string
	for _, p := range posts {
		if p.QuoteURI != "" && p.QuoteStamp != "" {
			uris = append(uris, p.QuoteURI)
		}
	}
	if len(uris) == 0 {
		return nil, nil
	}
	byURI, err := a.node(n).PostsByURI(ctx, uris)
	if err != nil {
		return nil, err
	}
	seen, err := a.visible(ctx, n, v, slices.Collect(maps.Values(byURI)))
	if err != nil {
		return nil, err
	}
	for _, p := range posts {
		if q := byURI[p.QuoteURI]; p.QuoteStamp != "" && slices.Contains(seen, q) {
			p.Quoted = q
		}
	}
	return seen, nil
}

// ReceiveQuoteRequest answers a request to quote a post: yes if its author lets
// everyone quote it and has not blocked whoever asks, else no.
func (a *App) ReceiveQuoteRequest(ctx context.Context, n *parvis.Node, q QuoteRequest) error {
	if !q.Post.Author.Local() {
		return parvis.ErrNotFound
	}
	// Whoever asks about what they may not see guessed its address.
	if _, err := a.Post(ctx, n, parvis.Viewer{Account: q.By}, q.Post.ID); err != nil {
		return err
	}
	say := parvis.SayArgs{Verb: parvis.VerbDisagree, Actor: q.Post.AuthorID, Target: q.By.ID, Post: q.Post.ID, URI: q.URI, Quote: q.Quote}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if q.Post.QuotableByAnyone() && q.By.Active() {
			s := parvis.Stamp{ID: parvis.NewID(a.Now()), PostID: q.Post.ID, QuoterID: q.By.ID, QuoteURI: q.Quote}
			if err := t.AddStamp(ctx, &s); err != nil {
				return err
			}
			if s.QuoterID != q.By.ID {
				return parvis.ErrForbidden // the quoting post is somebody else's
			}
			say.Verb, say.Stamp = parvis.VerbAgree, s.ID
			if err := a.quotedBy(ctx, t, n, q, &s); err != nil {
				return err
			}
		}
		return a.say(ctx, t, say)
	})
}

// quotedBy settles that a post which is known here already may quote one of ours.
func (a *App) quotedBy(ctx context.Context, t *storage.Tx, n *parvis.Node, q QuoteRequest, s *parvis.Stamp) error {
	quote, err := t.PostByURI(ctx, q.Quote)
	if err != nil || quote.AuthorID != q.By.ID || quote.QuoteURI != q.Post.URI || !quote.DeletedAt.IsZero() {
		return ignore(err, parvis.ErrNotFound)
	}
	return a.stamped(ctx, t, quote, q.Post, n.URL(s.Path()))
}

// stamped notes that a post may quote another, and tells that one's author, if the
// quote is for them too.
func (a *App) stamped(ctx context.Context, t *storage.Tx, quote, quoted *parvis.Post, stamp string) error {
	if err := t.SetQuoteStamp(ctx, quote.ID, quote.QuoteURI, stamp); err != nil || !quoted.Author.Local() {
		return err
	}
	if reads, err := a.mayRead(ctx, t, quoted.AuthorID, quote); err != nil || !reads {
		return err
	}
	return a.notify(ctx, t, quoted.AuthorID, parvis.NotifyQuote, quote.AuthorID, quote.ID)
}

// Quotes lists who was allowed to quote a post of the viewer's; of others' posts nothing.
func (a *App) Quotes(ctx context.Context, n *parvis.Node, v parvis.Viewer, p *parvis.Post) ([]parvis.Quotation, error) {
	if !v.CanEdit(p) {
		return nil, nil
	}
	rows := a.node(n)
	stamps, err := rows.Stamps(ctx, p.ID, parvis.Page{})
	if err != nil {
		return nil, err
	}
	var ids []parvis.ID
	for _, s := range stamps {
		ids = append(ids, s.QuoterID)
	}
	accounts, err := rows.Accounts(ctx, ids)
	var quotes []parvis.Quotation
	for _, s := range stamps {
		if quoter := accounts[s.QuoterID]; quoter != nil {
			quotes = append(quotes, parvis.Quotation{Stamp: s, Quoter: quoter})
		}
	}
	return quotes, err
}

// RevokeQuote takes back that a post of the viewer's may be quoted, and tells so.
func (a *App) RevokeQuote(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.Post, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	s, err := a.node(n).Stamp(ctx, id)
	if err != nil {
		return nil, err
	}
	p, err := a.editable(ctx, n, v, s.PostID)
	if err != nil {
		return nil, err
	}
	return p, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.RemoveStamp(ctx, s.ID); err != nil {
			return ignore(err, parvis.ErrNotFound)
		}
		if _, err := t.DropQuoteStamp(ctx, n.URL(s.Path())); err != nil {
			return err
		}
		return a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbRevoke, Actor: p.AuthorID, Target: s.QuoterID, Post: p.ID, Stamp: s.ID, Quote: s.QuoteURI})
	})
}

// ReceiveQuoteStamp notes that the author of what a post quotes agreed to it; the
// caller has verified that.
func (a *App) ReceiveQuoteStamp(ctx context.Context, n *parvis.Node, post *parvis.Post, stamp string) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		quoted, err := t.PostByURI(ctx, post.QuoteURI)
		if err != nil {
			return err
		}
		return a.stamped(ctx, t, post, quoted, stamp)
	})
}

// ReceiveRevocation notes that an author of another server takes back that a post of
// theirs may be quoted. It reports whether the URI was that of a stamp.
func (a *App) ReceiveRevocation(ctx context.Context, n *parvis.Node, by *parvis.Account, uri string) (bool, error) {
	quoted, err := a.node(n).QuotedUnder(ctx, uri)
	if err != nil {
		return false, ignore(err, parvis.ErrNotFound)
	}
	p, err := a.node(n).PostByURI(ctx, quoted)
	if errors.Is(err, parvis.ErrNotFound) || err == nil && p.AuthorID != by.ID {
		err = parvis.ErrForbidden
	}
	if err != nil {
		return true, err
	}
	return true, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		_, err := t.DropQuoteStamp(ctx, uri)
		return err
	})
}
