package federation

import (
	"context"
	"slices"
	"strings"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// maxForwarded is the size of what is passed on, in bytes: the strictest inbox takes
// no more.
const maxForwarded = 60_000

// forward passes on what somebody elsewhere said to the followers of one of ours,
// as the bytes that it came in (ActivityPub §7.1.2): an answer to a post of ours,
// its edit, its end. Its author's server does not know who these followers are. Only
// what carries a proof of its own goes on, since nobody may believe us about others;
// and an author's followers hear only of answers to that author.
func (s *Server) forward(ctx context.Context, a said) error {
	if !s.forwardable(a) {
		return nil
	}
	p, err := s.rows(a.node).PostByURI(ctx, a.Object().ID)
	if err != nil || p.AuthorID != a.by.ID || p.ReplyTo == 0 {
		return ignore(err, parvis.ErrNotFound)
	}
	answered, err := s.rows(a.node).Post(ctx, p.ReplyTo)
	if err != nil {
		return ignore(err, parvis.ErrNotFound)
	}
	author := answered.Author
	if !author.Local() || !author.Active() || !answered.Audience.Public() || !slices.Contains(append(a.To, a.Cc...), author.FollowersURI) {
		return nil
	}
	if may, err := s.app.MayAsk(ctx, a.node, app.AskForward, a.by.Host()); err != nil || !may {
		return err
	}
	inboxes, err := s.rows(a.node).FollowerInboxes(ctx, author.ID)
	if err != nil {
		return err
	}
	inboxes = slices.DeleteFunc(inboxes, func(inbox string) bool { return SameOrigin(inbox, a.by.URI) })
	return s.send(ctx, a.node, letter{from: author, said: vocab.Activity{ID: a.ID}, raw: a.body, about: p.URI, to: inboxes})
}

// forwardable tells by an activity alone whether it may be one to pass on. Nearly
// none is, and none costs a query.
func (s *Server) forwardable(a said) bool {
	switch a.Type {
	case vocab.TypeCreate, vocab.TypeUpdate, vocab.TypeDelete:
	default:
		return false
	}
	if len(a.body) > maxForwarded || !a.all.Has("proof") && !a.all.Has("signature") {
		return false
	}
	return slices.ContainsFunc(append(a.To, a.Cc...), func(uri string) bool {
		return strings.HasSuffix(uri, "/followers") && SameOrigin(uri, a.node.Base())
	})
}
