package federation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/rs/zerolog"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// publish runs a JobPublish: it says a local post, or what became of it, to
// everyone who should hear it.
func (s *Server) publish(ctx context.Context, j *parvis.Job) error {
	n, args, err := begin[parvis.PublishArgs](ctx, s, j)
	if err != nil {
		return err
	}
	p, err := s.rows(n).Post(ctx, args.Post)
	if err != nil {
		return settle(err)
	}
	if !p.Audience.Leaves() || !p.Author.Local() || p.DeletedAt.IsZero() == (args.Verb == parvis.VerbDelete) {
		return nil // deleted meanwhile: the Delete has a job of its own
	}
	u, err := s.utter(ctx, n, p)
	if err != nil {
		return settle(err)
	}
	said, err := u.activity(args.Verb)
	if err != nil {
		return settle(err)
	}
	logActivity(ctx, said.ID)
	inboxes, err := s.audienceInboxes(ctx, u, args.Verb)
	if err != nil {
		return err
	}
	if err := s.send(ctx, n, letter{from: p.Author, said: said, about: p.URI, to: inboxes}); err != nil {
		return err
	}
	return s.passOwn(ctx, n, p, said)
}

// activity says that the post was written, changed or deleted.
func (u utterance) activity(verb parvis.Verb) (vocab.Activity, error) {
	p := u.post
	to, cc := u.audience()
	a := vocab.Activity{Actor: p.Author.URI, To: to, Cc: cc}
	switch verb {
	case parvis.VerbCreate:
		a.Type, a.ID, a.Published, a.Object = vocab.TypeCreate, activityURI(p), p.PublishedAt, u.note()
	case parvis.VerbUpdate:
		a.Type, a.Published, a.Object = vocab.TypeUpdate, p.UpdatedAt(), u.note()
		a.ID = activityURI(p) + "#updates/" + strconv.FormatInt(p.UpdatedAt().Unix(), 10)
	case parvis.VerbCount:
		// Not edited: its "updated" stays, and others take over the counts alone.
		a.Type, a.ID, a.Object = vocab.TypeUpdate, activityURI(p)+"#counts/"+strconv.FormatInt(p.Version, 10), u.note()
	case parvis.VerbDelete:
		a.Type, a.Published, a.Object = vocab.TypeDelete, p.DeletedAt, tombstone(p)
		a.ID = activityURI(p) + "#delete"
	default:
		return a, fmt.Errorf("%w: a post cannot be told by %q", vocab.ErrUnwritable, verb)
	}
	return a, nil
}

// activityURI is the id of the Create of a local post.
func activityURI(p *parvis.Post) string { return p.URI + "/activity" }

func tombstone(p *parvis.Post) vocab.Tombstone {
	return vocab.Tombstone{ID: p.URI, FormerType: codecs[p.Kind()].typ, Deleted: p.DeletedAt}
}

// audienceInboxes are the inboxes of all who should hear of a post, each once.
// What changed is also told to everyone who was shown it in another way: an offer
// that is closed here must not stay open elsewhere.
func (s *Server) audienceInboxes(ctx context.Context, u utterance, verb parvis.Verb) ([]string, error) {
	p, rows := u.post, s.rows(u.node)
	var all []string
	add := func(inboxes []string, err error) error {
		all = append(all, inboxes...)
		return err
	}
	var err error
	switch p.Audience {
	case parvis.Everyone:
		err = errors.Join(add(rows.FollowerInboxes(ctx, p.AuthorID)), add(rows.PartnerInboxes(ctx)))
	case parvis.Unlisted, parvis.Followers:
		err = add(rows.FollowerInboxes(ctx, p.AuthorID))
	case parvis.Partners:
		err = add(rows.PartnerInboxes(ctx))
	}
	if err == nil {
		err = add(s.namedInboxes(ctx, u))
	}
	// Of what is not public, those who were shown it once learn no more than its end.
	if err == nil && (verb == parvis.VerbDelete || verb != parvis.VerbCreate && p.Audience.Public()) {
		err = errors.Join(add(rows.WitnessInboxes(ctx, p.ID)), add(s.sharerInboxes(ctx, u.node, p)))
	}
	return all, err
}

func (s *Server) namedInboxes(ctx context.Context, u utterance) ([]string, error) {
	var ids []parvis.ID
	for _, m := range u.post.Mentions {
		ids = append(ids, m.AccountID)
	}
	accounts, err := s.rows(u.node).Accounts(ctx, ids)
	var inboxes []string
	for _, acc := range accounts {
		if !acc.Local() && acc.Active() {
			inboxes = append(inboxes, acc.DeliveryInbox())
		}
	}
	if u.answered != nil {
		inboxes = append(inboxes, u.answered.DeliveryInbox())
	}
	return inboxes, err
}

// sharerInboxes are those of the followers of everyone here, the feeds above all,
// who passed a post on.
func (s *Server) sharerInboxes(ctx context.Context, n *parvis.Node, p *parvis.Post) ([]string, error) {
	sharers, err := s.rows(n).LocalSharers(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, r := range sharers {
		sharer, err := s.rows(n).Account(ctx, r.AccountID)
		if err != nil {
			return nil, err
		}
		inboxes, _, err := s.followersOf(ctx, n, sharer)
		if err != nil {
			return nil, err
		}
		all = append(all, inboxes...)
	}
	return all, nil
}

// A letter is an activity with its sender and its recipients.
type letter struct {
	from  *parvis.Account
	said  vocab.Activity
	raw   []byte // what somebody else said, passed on as it is; said has its id only
	about string // what it is about: letters about one thing arrive in order
	to    []string
}

// send stores the bytes of a letter once and a delivery for each of the inboxes.
func (s *Server) send(ctx context.Context, n *parvis.Node, l letter) error {
	inboxes, err := s.deliverable(ctx, n, l.to)
	if err != nil || len(inboxes) == 0 {
		return err
	}
	body := l.raw
	if body == nil {
		if body, err = s.compose(ctx, n, l); err != nil {
			return settle(err)
		}
	}
	err = s.rows(n).InTx(ctx, func(ctx context.Context, t *storage.Tx) error {
		kept := &parvis.Activity{ID: parvis.NewID(s.now()), Body: body}
		if err := t.AddActivity(ctx, kept); err != nil {
			return err
		}
		for _, inbox := range inboxes {
			// A second run of the job that sends must not deliver twice.
			job := parvis.Job{Kind: parvis.JobDeliver, Key: deliveryKey(l.said.ID, inbox), Lane: "deliver:" + inbox + " " + l.about, Host: hostOf(inbox)}
			if err := s.enqueue(ctx, t, job, parvis.DeliverArgs{Activity: kept.ID, Inbox: inbox, Signer: l.from.ID, Follows: l.forFollowers()}); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		zerolog.Ctx(ctx).Debug().Int("inboxes", len(inboxes)).Msg("activity sent off")
	}
	return err
}

// deliveryKey names the delivery of an activity to an inbox.
func deliveryKey(activity, inbox string) string { return activity + " " + inbox }

// deliverable sorts inboxes and leaves out repeated ones, our own, and those of
// servers that this node blocks or that are gone.
func (s *Server) deliverable(ctx context.Context, n *parvis.Node, inboxes []string) ([]string, error) {
	slices.Sort(inboxes)
	var kept []string
	for _, inbox := range slices.Compact(inboxes) {
		if inbox == "" || SameOrigin(inbox, n.Base()) {
			continue
		}
		blocked, err := s.blocked(ctx, n, inbox)
		if err != nil {
			return nil, err
		}
		if !blocked {
			kept = append(kept, inbox)
		}
	}
	return s.withoutGone(ctx, kept)
}
