package federation

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// A statement is something smaller than a post that a local account says.
type statement struct {
	parvis.SayArgs
	job    parvis.ID
	node   *parvis.Node
	actor  *parvis.Account
	target *parvis.Account // nil if it is said to many
	post   *parvis.Post    // nil if it is about none
}

// says has the statements: each makes the letter that tells it.
var says = map[parvis.Verb]func(*Server, context.Context, statement) (letter, error){
	parvis.VerbFollow:   (*Server).sayFollow,
	parvis.VerbAccept:   (*Server).sayAnswer,
	parvis.VerbReject:   (*Server).sayAnswer,
	parvis.VerbLike:     (*Server).sayLike,
	parvis.VerbShare:    (*Server).sayShare,
	parvis.VerbBlock:    (*Server).sayBlock,
	parvis.VerbFlag:     (*Server).sayFlag,
	parvis.VerbUpdate:   (*Server).sayUpdate,
	parvis.VerbDelete:   (*Server).sayDelete,
	parvis.VerbVote:     (*Server).sayVote,
	parvis.VerbPin:      (*Server).sayPin,
	parvis.VerbUnpin:    (*Server).sayPin,
	parvis.VerbMove:     (*Server).sayMove,
	parvis.VerbAgree:    (*Server).sayQuoteAnswer,
	parvis.VerbDisagree: (*Server).sayQuoteAnswer,
	parvis.VerbRevoke:   (*Server).sayRevoked,
}

// say runs a JobSay.
func (s *Server) say(ctx context.Context, j *parvis.Job) error {
	n, args, err := begin[parvis.SayArgs](ctx, s, j)
	if err != nil {
		return err
	}
	st := statement{SayArgs: args, job: j.ID, node: n}
	if err := s.gather(ctx, &st); err != nil {
		return settle(err)
	}
	say := says[args.Verb]
	if say == nil {
		return settle(fmt.Errorf("%w: the verb %q", vocab.ErrUnwritable, args.Verb))
	}
	l, err := say(s, ctx, st)
	if err != nil {
		return settle(err)
	}
	l.from = st.actor
	if args.Undo {
		l.said = undo(l.said)
	}
	logActivity(ctx, l.said.ID)
	return s.send(ctx, n, l)
}

func (s *Server) gather(ctx context.Context, st *statement) (err error) {
	rows := s.rows(st.node)
	if st.actor, err = rows.Account(ctx, st.Actor); err != nil {
		return err
	}
	if st.Target != 0 {
		if st.target, err = rows.Account(ctx, st.Target); err != nil {
			return err
		}
	}
	if st.Post != 0 {
		st.post, err = rows.Post(ctx, st.Post)
	}
	return err
}

// undo takes an activity back. It is embedded whole: Mastodon needs its type, and
// some servers do not remember its id.
func undo(a vocab.Activity) vocab.Activity {
	return vocab.Activity{Type: vocab.TypeUndo, ID: a.ID + "#undo", Actor: a.Actor, Object: a, To: a.To, Cc: a.Cc}
}

// toTarget makes a letter to the target alone, about what lies between the two.
func (st statement) toTarget(a vocab.Activity) (letter, error) {
	if st.target == nil {
		return letter{}, fmt.Errorf("%w: %s to nobody", vocab.ErrUnwritable, a.Type)
	}
	a.Actor, a.To = st.actor.URI, []string{st.target.URI}
	return letter{said: a, about: st.actor.URI + " " + st.target.URI, to: []string{st.target.Inbox}}, nil
}

func (s *Server) sayFollow(_ context.Context, st statement) (letter, error) {
	if st.target == nil {
		return st.toTarget(vocab.Activity{Type: vocab.TypeFollow})
	}
	return st.toTarget(vocab.Activity{Type: vocab.TypeFollow, ID: st.URI, Object: st.target.URI})
}

// sayAnswer accepts or refuses a follow, which it repeats.
func (s *Server) sayAnswer(_ context.Context, st statement) (letter, error) {
	a := vocab.Activity{Type: vocab.TypeAccept, ID: st.actor.URI + "#accepts/" + st.job.String()}
	if st.Verb == parvis.VerbReject {
		a.Type, a.ID = vocab.TypeReject, st.actor.URI+"#rejects/"+st.job.String()
	}
	if st.target != nil {
		a.Object = vocab.Activity{Type: vocab.TypeFollow, ID: st.URI, Actor: st.target.URI, Object: st.actor.URI, To: []string{st.actor.URI}}
	}
	return st.toTarget(a)
}

func (s *Server) sayLike(_ context.Context, st statement) (letter, error) {
	if st.post == nil {
		return letter{}, parvis.ErrNotFound
	}
	l, err := st.toTarget(vocab.Activity{Type: vocab.TypeLike, ID: st.URI, Object: st.post.URI})
	l.about = st.post.URI
	return l, err
}

// sayShare announces a post to the sharer's followers and its author. Taking a
// share back also goes to those who shared it in turn.
func (s *Server) sayShare(ctx context.Context, st statement) (letter, error) {
	p := st.post
	if p == nil || !p.DeletedAt.IsZero() && !st.Undo {
		return letter{}, parvis.ErrNotFound
	}
	inboxes, groups, err := s.followersOf(ctx, st.node, st.actor)
	if err == nil && !st.Undo {
		err = s.passShared(ctx, st, groups)
	}
	if err == nil && st.Undo && p.Author.Local() {
		var witnesses []string
		witnesses, err = s.rows(st.node).WitnessInboxes(ctx, p.ID)
		inboxes = append(inboxes, witnesses...)
	}
	if err != nil {
		return letter{}, err
	}
	if !p.Author.Local() {
		inboxes = append(inboxes, p.Author.DeliveryInbox())
	}
	return letter{said: announce(st.node, st.actor, p, st.URI), about: p.URI, to: inboxes}, nil
}

// announce tells that somebody shares a post; the share's id holds its time.
func announce(n *parvis.Node, by *parvis.Account, p *parvis.Post, uri string) vocab.Activity {
	a := vocab.Activity{Type: vocab.TypeAnnounce, ID: uri, Actor: by.URI, Object: p.URI,
		To: []string{vocab.Public}, Cc: []string{by.FollowersURI, p.Author.URI}}
	if id, err := idIn(n, "/shares/", uri); err == nil {
		a.Published = id.Time()
	}
	return a
}

func (s *Server) sayBlock(_ context.Context, st statement) (letter, error) {
	if st.target == nil {
		return st.toTarget(vocab.Activity{Type: vocab.TypeBlock})
	}
	return st.toTarget(vocab.Activity{Type: vocab.TypeBlock, ID: st.URI, Object: st.target.URI})
}

// sayFlag passes a report on in the node's name: who made it stays here.
func (s *Server) sayFlag(ctx context.Context, st statement) (letter, error) {
	report, err := s.rows(st.node).Report(ctx, st.Report)
	if err != nil {
		return letter{}, err
	}
	if st.target == nil {
		return letter{}, parvis.ErrNotFound
	}
	about := []string{st.target.URI}
	for _, id := range report.PostIDs {
		p, err := s.rows(st.node).Post(ctx, id)
		if errors.Is(err, parvis.ErrNotFound) {
			continue
		}
		if err != nil {
			return letter{}, err
		}
		about = append(about, p.URI)
	}
	said := reportOf(st.actor, report, about)
	return letter{said: said, about: said.ID, to: []string{st.target.DeliveryInbox()}}, nil
}

// reportOf makes a Flag in the name of the node itself.
func reportOf(me *parvis.Account, r *parvis.Report, about []string) vocab.Activity {
	return vocab.Activity{Type: vocab.TypeFlag, ID: me.URI + "#flags/" + r.ID.String(), Actor: me.URI, Object: about, Content: r.Comment}
}

// sayUpdate tells what an account says of itself now to those who follow it and
// to the partners; new keys to all who may hold the old ones.
func (s *Server) sayUpdate(ctx context.Context, st statement) (letter, error) {
	l := letter{said: s.actorUpdate(st.node, st.actor), about: st.actor.URI}
	if st.Widely {
		var err error
		l.to, err = s.rows(st.node).KnownInboxes(ctx)
		return l, err
	}
	followers, err := s.rows(st.node).FollowerInboxes(ctx, st.Actor)
	if err != nil {
		return letter{}, err
	}
	partners, err := s.rows(st.node).PartnerInboxes(ctx)
	if err != nil {
		return letter{}, err
	}
	l.to = append(followers, partners...)
	return l, nil
}

func (s *Server) actorUpdate(n *parvis.Node, a *parvis.Account) vocab.Activity {
	return vocab.Activity{Type: vocab.TypeUpdate, ID: a.URI + "#updates/" + strconv.FormatInt(a.UpdatedAt.UnixMilli(), 10), Actor: a.URI,
		Object: s.actor(n, a), To: []string{vocab.Public}, Cc: []string{a.FollowersURI}, Published: a.UpdatedAt}
}

// sayDelete tells every server that we ever met that an account is gone.
func (s *Server) sayDelete(ctx context.Context, st statement) (letter, error) {
	inboxes, err := s.rows(st.node).KnownInboxes(ctx)
	return letter{said: actorDelete(st.actor), about: st.actor.URI, to: inboxes}, err
}

func actorDelete(a *parvis.Account) vocab.Activity {
	return vocab.Activity{Type: vocab.TypeDelete, ID: a.URI + "#delete", Actor: a.URI, Object: a.URI, To: []string{vocab.Public}}
}
