package federation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/internal/work"
	"github.com/parvis-coop/parvis/storage"
)

// said is an accepted activity that is being digested.
type said struct {
	vocab.Envelope
	node *parvis.Node
	by   *parvis.Account // who signed it and is its actor
	all  *vocab.Object
	body []byte // as received
}

// acts are the activities that change anything here. Others are accepted, as the
// fediverse expects, and forgotten.
var acts = map[string]func(*Server, context.Context, said) error{
	vocab.TypeCreate:       (*Server).digestCreate,
	vocab.TypeUpdate:       (*Server).digestUpdate,
	vocab.TypeDelete:       (*Server).digestDelete,
	vocab.TypeFollow:       (*Server).digestFollow,
	vocab.TypeAccept:       (*Server).digestAccept,
	vocab.TypeReject:       (*Server).digestReject,
	vocab.TypeUndo:         (*Server).digestUndo,
	vocab.TypeAnnounce:     (*Server).digestAnnounce,
	vocab.TypeLike:         (*Server).digestLike,
	vocab.TypeFlag:         (*Server).digestFlag,
	vocab.TypeBlock:        (*Server).digestBlock,
	vocab.TypeAdd:          (*Server).digestPin,
	vocab.TypeRemove:       (*Server).digestPin,
	vocab.TypeMove:         (*Server).digestMove,
	vocab.TypeQuoteRequest: (*Server).digestQuoteRequest,
}

// digest runs a JobInbox: it does what an accepted activity says.
func (s *Server) digest(ctx context.Context, j *parvis.Job) error {
	n, args, err := begin[parvis.InboxArgs](ctx, s, j)
	if err != nil {
		return err
	}
	by, err := s.rows(n).Speaker(ctx, args.Signer)
	if err != nil {
		return settle(err)
	}
	a := said{node: n, by: by, body: args.Body}
	if a.Envelope, err = vocab.Scan(args.Body); err != nil {
		return work.Drop(err)
	}
	logActivity(ctx, a.ID)
	if err := s.compareFollows(ctx, n, by, args.Follows); err != nil {
		return err
	}
	act := acts[a.Type]
	if act == nil || !by.Active() {
		zerolog.Ctx(ctx).Debug().Str("type", a.Type).Msg("activity ignored")
		return nil
	}
	if a.all, err = vocab.Parse(args.Body); err != nil {
		return work.Drop(err)
	}
	if err := act(s, ctx, a); err != nil {
		return settle(fmt.Errorf("%s by %s: %w", a.Type, by.URI, err))
	}
	zerolog.Ctx(ctx).Debug().Str("type", a.Type).Msg("activity digested")
	return settle(errors.Join(s.forward(ctx, a), s.passSaid(ctx, a)))
}

func (s *Server) digestCreate(ctx context.Context, a said) error {
	if voted, err := s.digestVote(ctx, a); voted || err != nil {
		return err
	}
	if object := a.all.Object("object"); object != nil && (isVote(object) || !isPost(object.Type())) {
		return nil
	}
	o, author, err := s.genuine(ctx, a)
	if err != nil {
		return err
	}
	p, err := s.admitPost(ctx, a.node, o, author, app.Sent)
	if err != nil {
		return err
	}
	if err := s.submit(ctx, a, p); err != nil {
		return err
	}
	return s.wantThread(ctx, a.node, p)
}

// staleAfter is how old a post may be to arrive here by an update: what is older
// was not sent to us when it was new, so it is no business of ours.
const staleAfter = 24 * time.Hour

func (s *Server) digestUpdate(ctx context.Context, a said) error {
	object := a.Object()
	if object.ID == a.by.URI {
		return s.updateActor(ctx, a)
	}
	if vocab.IsActor(object.Type) || object.Type != "" && !isPost(object.Type) {
		return nil
	}
	o, author, err := s.genuine(ctx, a)
	if err != nil {
		return err
	}
	_, err = s.rows(a.node).PostByURI(ctx, o.ID("id"))
	if errors.Is(err, parvis.ErrNotFound) && s.now().Sub(o.Time("published")) > staleAfter {
		// A partner may tell late, or have become one since.
		partner, err := s.rows(a.node).IsPartner(ctx, a.by.Host())
		if err != nil || !partner {
			return err
		}
	} else if err != nil && !errors.Is(err, parvis.ErrNotFound) {
		return err
	}
	p, err := s.admitPost(ctx, a.node, o, author, app.Sent)
	if err != nil {
		return err
	}
	return s.submit(ctx, a, p)
}

// updateActor takes over what an actor says of itself; it signed it.
func (s *Server) updateActor(ctx context.Context, a said) error {
	o := a.all.Object("object")
	// Of several objects the first may be a bare id, and the embedded one another's. And
	// what was said before what we know, with other keys perhaps, may come late.
	if o.ID("id") != a.by.URI || o.Time("updated").Before(a.by.UpdatedAt) {
		_, err := s.fetchActor(ctx, a.node, a.by.URI, a.by.KeyID, nil)
		return err
	}
	_, err := s.admitActor(ctx, a.node, o, a.by.KeyID, nil)
	return err
}

func (s *Server) digestDelete(ctx context.Context, a said) error {
	uri := a.Object().ID
	if was, err := s.app.ReceiveRevocation(ctx, a.node, a.by, uri); was || err != nil {
		return err
	}
	return s.app.ReceiveDelete(ctx, a.node, a.by, uri, SameOrigin(uri, a.by.URI))
}

func (s *Server) digestFollow(ctx context.Context, a said) error {
	target, err := s.rows(a.node).AccountByURI(ctx, a.Object().ID)
	if err != nil {
		return err
	}
	if target.ID == a.node.ActorID {
		r, err := s.fromRelay(ctx, a)
		if err != nil {
			return err
		}
		if r != nil {
			return s.app.ReceiveRelayFollow(ctx, a.node, a.by, target, a.ID)
		}
	}
	return s.app.ReceiveFollow(ctx, a.node, a.by, target, a.ID)
}

func (s *Server) digestAccept(ctx context.Context, a said) error {
	return s.answer(ctx, a, parvis.VerbAccept)
}

func (s *Server) digestReject(ctx context.Context, a said) error {
	return s.answer(ctx, a, parvis.VerbReject)
}

// answer handles the answer to a follow of ours, named by its id or repeated.
func (s *Server) answer(ctx context.Context, a said, verb parvis.Verb) error {
	if done, err := s.relayAnswered(ctx, a, verb == parvis.VerbAccept); err != nil || done {
		return err
	}
	follower, err := s.follower(ctx, a, a.Object())
	if err != nil {
		return err
	}
	return s.app.ReceiveAnswer(ctx, a.node, app.FollowAnswer{By: a.by, Follower: follower, URI: ownURI(a.node, a.Object().ID), Verb: verb, Said: a.ID})
}

// ownURI returns the id of something if it is one of ours: some servers repeat a
// Follow under an id of their own, which tells nothing.
func ownURI(n *parvis.Node, uri string) string {
	if SameOrigin(uri, n.Base()) {
		return uri
	}
	return ""
}

// follower finds the local account that asked to follow the actor of a.
func (s *Server) follower(ctx context.Context, a said, follow vocab.Ref) (*parvis.Account, error) {
	f, err := s.rows(a.node).FollowByURI(ctx, follow.ID, a.by.ID)
	switch {
	case err == nil && f.FollowedID != a.by.ID:
		return nil, parvis.ErrForbidden
	case err == nil:
		return s.local(s.rows(a.node).Account(ctx, f.FollowerID))
	case !errors.Is(err, parvis.ErrNotFound):
		return nil, err
	case follow.Type != vocab.TypeFollow || follow.Object != a.by.URI:
		return nil, parvis.ErrNotFound
	}
	return s.local(s.rows(a.node).AccountByURI(ctx, follow.Actor))
}

// local passes an account on if it is one of ours.
func (s *Server) local(acc *parvis.Account, err error) (*parvis.Account, error) {
	if err == nil && !acc.Local() {
		return nil, parvis.ErrNotFound
	}
	return acc, err
}

func (s *Server) digestUndo(ctx context.Context, a said) error {
	undone := a.Object()
	if undone.Actor != "" && undone.Actor != a.by.URI {
		return parvis.ErrForbidden
	}
	rows := s.rows(a.node)
	switch undone.Type {
	case vocab.TypeFollow:
		target, err := rows.AccountByURI(ctx, undone.Object)
		if err != nil {
			return err
		}
		return s.app.ReceiveUnfollow(ctx, a.node, a.by, target)
	case vocab.TypeBlock:
		target, err := rows.AccountByURI(ctx, undone.Object)
		if err != nil {
			return err
		}
		return s.app.ReceiveUnblock(ctx, a.node, a.by, target.ID)
	case vocab.TypeLike:
		return s.unreact(ctx, a, storage.Likes)
	case vocab.TypeAnnounce:
		return s.unreact(ctx, a, storage.Shares)
	case vocab.TypeAccept:
		f, err := rows.FollowByURI(ctx, undone.Object, a.by.ID)
		if err == nil && f.FollowedID != a.by.ID {
			err = parvis.ErrForbidden
		}
		if err != nil {
			return err
		}
		return s.unaccept(ctx, a, f)
	case "":
		return s.undoByID(ctx, a, undone.ID)
	}
	return nil
}

func (s *Server) unreact(ctx context.Context, a said, k storage.ReactionKind) error {
	undone := a.Object()
	var post parvis.ID
	p, err := s.rows(a.node).PostByURI(ctx, undone.Object)
	if err == nil {
		post = p.ID
	} else if !errors.Is(err, parvis.ErrNotFound) {
		return err
	}
	return s.app.ReceiveUnreaction(ctx, a.node, k, a.by, post, undone.ID)
}

// undoByID undoes what is only named: whichever of the actor's doings has the id.
func (s *Server) undoByID(ctx context.Context, a said, uri string) error {
	if uri == "" {
		return nil
	}
	f, err := s.rows(a.node).FollowByURI(ctx, uri, a.by.ID)
	if err == nil {
		if f.FollowerID != a.by.ID {
			return parvis.ErrForbidden
		}
		target, err := s.rows(a.node).Account(ctx, f.FollowedID)
		if err != nil {
			return err
		}
		return s.app.ReceiveUnfollow(ctx, a.node, a.by, target)
	}
	if !errors.Is(err, parvis.ErrNotFound) {
		return err
	}
	blocked, err := s.rows(a.node).BlockByURI(ctx, a.by.ID, uri)
	if err == nil {
		return s.app.ReceiveUnblock(ctx, a.node, a.by, blocked)
	}
	if !errors.Is(err, parvis.ErrNotFound) {
		return err
	}
	f, err = s.rows(a.node).FollowAcceptedBy(ctx, a.by.ID, uri)
	if err == nil {
		return s.unaccept(ctx, a, f)
	}
	if !errors.Is(err, parvis.ErrNotFound) {
		return err
	}
	if err := s.app.ReceiveUnreaction(ctx, a.node, storage.Likes, a.by, 0, uri); err != nil {
		return err
	}
	return s.app.ReceiveUnreaction(ctx, a.node, storage.Shares, a.by, 0, uri)
}

// unaccept ends a follow of ours that the actor of a had accepted.
func (s *Server) unaccept(ctx context.Context, a said, f *parvis.Follow) error {
	follower, err := s.local(s.rows(a.node).Account(ctx, f.FollowerID))
	if err != nil {
		return err
	}
	if r, err := s.fromRelay(ctx, a); err != nil {
		return err
	} else if r != nil {
		if err := s.app.RelayAnswered(ctx, a.node, r, a.by, false); err != nil {
			return err
		}
	}
	return s.app.ReceiveAnswer(ctx, a.node, app.FollowAnswer{By: a.by, Follower: follower, URI: f.URI, Verb: parvis.VerbReject})
}

func (s *Server) digestLike(ctx context.Context, a said) error {
	p, err := s.rows(a.node).PostByURI(ctx, a.Object().ID)
	if err != nil {
		return err
	}
	return s.app.ReceiveReaction(ctx, a.node, storage.Likes, a.by, p, a.ID)
}

func (s *Server) digestBlock(ctx context.Context, a said) error {
	target, err := s.local(s.rows(a.node).AccountByURI(ctx, a.Object().ID))
	if err != nil {
		return err
	}
	return s.app.ReceiveBlock(ctx, a.node, a.by, target, a.ID)
}

// digestFlag keeps a report about one of our accounts. Mastodon names the account
// and then its posts; others name posts only.
func (s *Server) digestFlag(ctx context.Context, a said) error {
	if p, err := s.policyOf(ctx, a.node, a.by); err != nil || p.RejectReports {
		return err
	}
	report := parvis.Report{URI: a.ID, Comment: text.Plain(a.all.String("content"))}
	rows := s.rows(a.node)
	for i, object := range a.Objects {
		if i == maxAddress {
			break
		}
		acc, err := s.local(rows.AccountByURI(ctx, object.ID))
		if err == nil && report.TargetID == 0 {
			report.TargetID = acc.ID
		}
		if ignore(err, parvis.ErrNotFound) != nil {
			return err
		}
		p, err := rows.PostByURI(ctx, object.ID)
		if ignore(err, parvis.ErrNotFound) != nil {
			return err
		}
		if err != nil || !p.Author.Local() || !p.DeletedAt.IsZero() || !reached(p, a.by) {
			continue
		}
		if report.TargetID == 0 {
			report.TargetID = p.AuthorID
		}
		if p.AuthorID == report.TargetID {
			report.PostIDs = append(report.PostIDs, p.ID)
		}
	}
	if report.TargetID == 0 {
		return parvis.ErrNotFound
	}
	return s.app.ReceiveReport(ctx, a.node, a.by, report)
}

// reached reports whether a post, if it is for named people, is for somebody of an
// account's server. Who reports need not be that person: Mastodon does it in the
// name of its own actor.
func reached(p *parvis.Post, by *parvis.Account) bool {
	return p.Audience != parvis.Named ||
		slices.ContainsFunc(p.Mentions, func(m parvis.Mention) bool { return SameOrigin(m.URI, by.URI) })
}
