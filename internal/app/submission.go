package app

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/storage"
)

// Bounds on what strangers may ask the team to read.
const (
	maxWaiting       = 10                   // of one domain at a time
	waitingFor       = 30 * 24 * time.Hour  // then it leaves unread
	decidedFor       = 365 * 24 * time.Hour // how long it is known who decided
	decisionsShown   = 20
	submissionsSwept = 500
)

// submitLimit bounds what one domain may ask for in a day.
var submitLimit = limit{"submit", 30, 24 * time.Hour}

// submittable reports whether a received post may ask to be shared by a feed: it is
// public, and no answer.
func submittable(p *parvis.Post) bool {
	return p.Audience.Public() && p.ReplyTo == 0 && p.ReplyToURI == "" && p.DeletedAt.IsZero() && p.Author.Active()
}

// feedNamed returns the feed of this node that a post names, or nil.
func (a *App) feedNamed(ctx context.Context, n *parvis.Node, p *parvis.Post) (*parvis.Account, error) {
	var ids []parvis.ID
	for _, m := range p.Mentions {
		ids = append(ids, m.AccountID)
	}
	accounts, err := a.node(n).Accounts(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if acc := accounts[id]; acc != nil && acc.IsFeed() && acc.Active() {
			return acc, nil
		}
	}
	return nil, nil
}

// Submit handles a received post that names a feed: the feed shares what a partner's
// resident wrote; what others wrote waits for the team. activity is what its author
// sent, if they did themself. A post that names no feed, or that may not ask,
// changes nothing.
func (a *App) Submit(ctx context.Context, n *parvis.Node, p *parvis.Post, activity []byte) error {
	if !submittable(p) {
		return nil
	}
	feed, err := a.feedNamed(ctx, n, p)
	if err != nil || feed == nil {
		return err
	}
	partner, err := a.node(n).IsPartner(ctx, p.Author.Host())
	if err != nil {
		return err
	}
	s := &parvis.Submission{PostID: p.ID, FeedID: feed.ID, Domain: domainOf(p.Author), State: parvis.SubmissionWaiting, Activity: activity, CreatedAt: a.Now()}
	if partner {
		s.State, s.DecidedAt = parvis.SubmissionAdmitted, a.Now()
		return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
			if err := t.AddSubmission(ctx, s); err != nil {
				return ignore(err, parvis.ErrConflict)
			}
			return a.share(ctx, n, t, feed, p)
		})
	}
	if _, err := a.node(n).Submission(ctx, p.ID); err == nil {
		return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.SetSubmitted(ctx, p.ID, activity) })
	} else if !errors.Is(err, parvis.ErrNotFound) {
		return err
	}
	if free, err := a.hasRoom(ctx, n, p.Author); err != nil || !free {
		return err
	}
	if err := a.attempt(ctx, n, submitLimit, s.Domain); err != nil {
		return ignoreMany(err)
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		waiting, err := t.CountSubmissions(ctx)
		if err != nil {
			return err
		}
		if err := t.AddSubmission(ctx, s); err != nil {
			return ignore(err, parvis.ErrConflict)
		}
		if waiting > 0 {
			return nil // the team knows that something waits
		}
		return a.mailTeam(ctx, t, parvis.MailArgs{About: parvis.MailSubmission, Post: p.ID})
	})
}

// ignoreMany drops the error of who tried too often.
func ignoreMany(err error) error {
	if many := new(parvis.TooManyError); errors.As(err, &many) {
		return nil
	}
	return err
}

// domainOf is under what a stranger's submissions are counted: whoever registered a
// domain has as many servers below it as they like.
func domainOf(acc *parvis.Account) string {
	u, err := url.Parse(acc.URI)
	if err != nil {
		return acc.Domain
	}
	return text.Registrable(u.Hostname())
}

// hasRoom reports whether one more submission by an account may wait. What comes from
// silenced servers is nothing that the team wants to be asked about.
func (a *App) hasRoom(ctx context.Context, n *parvis.Node, by *parvis.Account) (bool, error) {
	severity, err := a.severityOf(ctx, n, by)
	if err != nil || severity == parvis.Silence || severity == parvis.Suspend {
		return false, err
	}
	domain := domainOf(by)
	waiting, err := a.node(n).CountSubmissionsOf(ctx, domain)
	if err != nil || waiting >= maxWaiting {
		return false, err
	}
	tried, _, err := a.DB.Attempts(ctx, submitLimit.key(n, domain), a.Now())
	return tried < submitLimit.count, err
}

// Submissions lists, for the team, what waits to be shared by a feed, newest first.
func (a *App) Submissions(ctx context.Context, n *parvis.Node, v parvis.Viewer, page parvis.Page) ([]*parvis.Submission, error) {
	if !v.Team() {
		return nil, parvis.ErrForbidden
	}
	list, err := a.node(n).Submissions(ctx, page)
	if err != nil {
		return nil, err
	}
	return a.fillSubmissions(ctx, n, list)
}

// Decisions lists, for the team, what its members decided last.
func (a *App) Decisions(ctx context.Context, n *parvis.Node, v parvis.Viewer) ([]*parvis.Submission, error) {
	if !v.Team() {
		return nil, parvis.ErrForbidden
	}
	list, err := a.node(n).Decisions(ctx, decisionsShown)
	if err != nil {
		return nil, err
	}
	return a.fillSubmissions(ctx, n, list)
}

// fillSubmissions reads what submissions are about, and leaves out what is gone.
func (a *App) fillSubmissions(ctx context.Context, n *parvis.Node, list []*parvis.Submission) ([]*parvis.Submission, error) {
	var named, people []parvis.ID
	for _, s := range list {
		named, people = append(named, s.PostID), append(people, s.FeedID, s.DecidedBy)
	}
	posts, err := a.node(n).PostsByID(ctx, named)
	if err != nil {
		return nil, err
	}
	accounts, err := a.node(n).Accounts(ctx, people)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(s *parvis.Submission) bool {
		s.Post, s.Feed, s.Decider = posts[s.PostID], accounts[s.FeedID], accounts[s.DecidedBy]
		return s.Post == nil || s.Feed == nil || !s.Post.DeletedAt.IsZero() || !s.Post.Author.Active()
	}), nil
}

// CountSubmissions counts, for the team, what waits to be shared, up to 100. There is
// nothing for others.
func (a *App) CountSubmissions(ctx context.Context, n *parvis.Node, v parvis.Viewer) (int, error) {
	if !v.Team() {
		return 0, nil
	}
	return a.node(n).CountSubmissions(ctx)
}

// Admit has a feed share a submission. read is when the version was written that the
// viewer read: if there is a newer one, or somebody else decided meanwhile, it is
// parvis.ErrConflict.
func (a *App) Admit(ctx context.Context, n *parvis.Node, v parvis.Viewer, post parvis.ID, read time.Time) error {
	return a.decide(ctx, n, v, post, func(ctx context.Context, t *storage.Tx, s *parvis.Submission, p *parvis.Post) error {
		if !p.UpdatedAt().Equal(read) {
			return parvis.ErrConflict
		}
		feed, err := t.Account(ctx, s.FeedID)
		if err != nil {
			return err
		}
		if err := t.Decide(ctx, post, parvis.SubmissionAdmitted, v.ID(), a.Now()); err != nil {
			return err
		}
		return a.share(ctx, n, t, feed, p)
	})
}

// Refuse leaves a submission unshared.
func (a *App) Refuse(ctx context.Context, n *parvis.Node, v parvis.Viewer, post parvis.ID) error {
	return a.decide(ctx, n, v, post, func(ctx context.Context, t *storage.Tx, _ *parvis.Submission, _ *parvis.Post) error {
		return t.Decide(ctx, post, parvis.SubmissionRefused, v.ID(), a.Now())
	})
}

// decide runs what a member of the team decides of a post that still waits and whose
// author may still speak here.
func (a *App) decide(ctx context.Context, n *parvis.Node, v parvis.Viewer, post parvis.ID,
	do func(context.Context, *storage.Tx, *parvis.Submission, *parvis.Post) error) error {
	if !v.Team() {
		return parvis.ErrForbidden
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		s, err := t.Submission(ctx, post)
		if err != nil {
			return err
		}
		p, err := t.Post(ctx, post)
		if err != nil {
			return err
		}
		policy, err := a.Policy(ctx, n, p.Author.Host())
		if err != nil || policy.Refused || !p.DeletedAt.IsZero() || !p.Author.Active() {
			return cmp.Or(err, parvis.ErrGone)
		}
		if s.State != parvis.SubmissionWaiting {
			return parvis.ErrConflict
		}
		return do(ctx, t, s, p)
	})
}

// sweepSubmissions forgets what waited too long and what was decided long ago.
func (a *App) sweepSubmissions(ctx context.Context, n *parvis.Node) error {
	for state, kept := range map[parvis.SubmissionState]time.Duration{
		parvis.SubmissionWaiting: waitingFor, parvis.SubmissionAdmitted: decidedFor, parvis.SubmissionRefused: decidedFor,
	} {
		for dropped := submissionsSwept; dropped == submissionsSwept; {
			err := a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) (err error) {
				dropped, err = t.DropSubmissions(ctx, state, a.Now().Add(-kept), submissionsSwept)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
