package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

const (
	// countsEvery is how often the votes in a question are told to other servers, as
	// Mastodon does.
	countsEvery = 3 * time.Minute
	// countsAfter is how long after a resident's vote the counts of another server's
	// question are asked for, if it does not tell them by then.
	countsAfter = countsEvery + time.Minute
	// endBatch is how many voters one transaction tells that a question is over.
	endBatch = 100
)

// Vote stores what the viewer chooses in a question, by the positions of its
// options, and tells its author's server.
func (a *App) Vote(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID, choices []int) (*parvis.Post, error) {
	if err := speaks(v); err != nil {
		return nil, err
	}
	p, err := a.Post(ctx, n, v, id)
	if err != nil {
		return nil, err
	}
	q, ok := p.Detail.(*parvis.Question)
	if !ok {
		return nil, parvis.ErrNotFound
	}
	if err := v.CanVote(p, a.Now()); err != nil {
		return nil, err
	}
	if err := q.Check(choices); err != nil {
		return nil, err
	}
	votes := storage.Votes{PostID: p.ID, AccountID: v.ID(), Local: true}
	for _, choice := range choices {
		votes.Options = append(votes.Options, q.Options[choice])
	}
	err = a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.AddVotes(ctx, votes); err != nil {
			return err
		}
		if p.Author.Local() {
			return a.tellCounts(ctx, t, p)
		}
		return a.tellVotes(ctx, t, p, votes)
	})
	switch {
	case errors.Is(err, parvis.ErrConflict):
		return nil, parvis.Invalid("choice", "question.vote.again")
	case errors.Is(err, parvis.ErrGone):
		return nil, parvis.Invalid("choice", "question.vote.late")
	case errors.Is(err, parvis.ErrNotFound):
		return nil, parvis.Invalid("choice", "question.vote.unknown") // its author changed it meanwhile
	case err != nil:
		return nil, err
	}
	return a.Post(ctx, n, v, id)
}

// tellVotes tells the author's server what a resident chose, option by option, and
// has the counts asked for afterwards and when the question is over.
func (a *App) tellVotes(ctx context.Context, t *storage.Tx, p *parvis.Post, v storage.Votes) error {
	for _, o := range v.Options {
		if err := a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbVote, Actor: v.AccountID, Target: p.AuthorID, Post: p.ID, Option: o.Name}); err != nil {
			return err
		}
	}
	if err := a.wantCounts(ctx, t, p, v.AccountID, a.Now().Add(countsAfter)); err != nil {
		return err
	}
	return a.awaitEnd(ctx, t, p)
}

func (a *App) wantCounts(ctx context.Context, t *storage.Tx, p *parvis.Post, as parvis.ID, at time.Time) error {
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobCounts, Key: p.ID.String(), RunAt: at}, parvis.CountsArgs{Post: p.ID, As: as})
}

// lookAtCounts asks another server how its public question stands, because a resident
// looks at it: nothing else tells us where nobody follows its author or voted. It is
// asked in the name of the node, since who looks is nobody's business.
func (a *App) lookAtCounts(ctx context.Context, n *parvis.Node, v parvis.Viewer, p *parvis.Post) error {
	q, ok := p.Detail.(*parvis.Question)
	if !ok || p.Author.Local() || !v.Resident() || !p.Audience.Public() || !q.ClosedAt.IsZero() {
		return nil
	}
	if may, err := a.MayAsk(ctx, n, AskCounts, p.ID.String()); err != nil || !may {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		// What waits for a vote to be counted must not stand for this, nor this for that.
		return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobCounts, Key: p.ID.String() + " seen"}, parvis.CountsArgs{Post: p.ID, As: n.ActorID})
	})
}

// tellCounts has the counts of a question of ours told: once for all votes of some
// minutes. Hidden ones are told when it is over.
func (a *App) tellCounts(ctx context.Context, t *storage.Tx, p *parvis.Post) error {
	if q, ok := p.Detail.(*parvis.Question); !p.Audience.Leaves() || !ok || q.Hidden {
		return nil
	}
	// A vote that comes while the job runs belongs to the next one.
	at := a.Now().Truncate(countsEvery).Add(countsEvery)
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobPublish, Key: timed(p.ID, at), RunAt: at}, parvis.PublishArgs{Post: p.ID, Verb: parvis.VerbCount})
}

// awaitEnd has those concerned told when a question is over.
func (a *App) awaitEnd(ctx context.Context, t *storage.Tx, p *parvis.Post) error {
	if p.Kind() != parvis.KindQuestion || p.EndsAt.IsZero() {
		return nil
	}
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobEnd, Key: timed(p.ID, p.EndsAt), RunAt: p.EndsAt}, parvis.EndArgs{Post: p.ID})
}

// ReceiveVote counts what an account of another server votes in a question of ours:
// one option, since several are told one by one.
func (a *App) ReceiveVote(ctx context.Context, n *parvis.Node, by *parvis.Account, p *parvis.Post, option string) error {
	q, ok := p.Detail.(*parvis.Question)
	if !ok || !p.Author.Local() || by.Local() || !by.Active() {
		return parvis.ErrForbidden
	}
	partner, err := a.node(n).IsPartner(ctx, by.Host())
	if err != nil {
		return err
	}
	// Whoever votes in what they may not see guessed its address.
	if _, err := a.Post(ctx, n, parvis.Viewer{Account: by, Partner: partner}, p.ID); err != nil {
		return err
	}
	position := q.Position(option)
	if p.VotingOver(a.Now()) || position < 0 {
		return parvis.ErrForbidden
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.AddVotes(ctx, storage.Votes{PostID: p.ID, AccountID: by.ID, Options: q.Options[position : position+1]}); err != nil {
			return err
		}
		return a.tellCounts(ctx, t, p)
	})
}

// receiveCounts takes over what the author's server counts in a question that did
// not change otherwise; other posts stay as they are.
func (a *App) receiveCounts(ctx context.Context, n *parvis.Node, old, p *parvis.Post) error {
	told, asks := p.Detail.(*parvis.Question)
	if !asks || old.Kind() != parvis.KindQuestion || !p.EditedAt.IsZero() && !p.EditedAt.Equal(old.EditedAt) {
		return nil
	}
	if err := told.Validate(parvis.Remote); err != nil {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.SetTally(ctx, old.ID, told) })
}

// receiveQuestion takes over the counts of a question that was edited. Its end concerns
// nobody here unless somebody voted: whoever does so later awaits it then.
func (a *App) receiveQuestion(ctx context.Context, t *storage.Tx, p *parvis.Post) error {
	told, asks := p.Detail.(*parvis.Question)
	if !asks {
		return nil
	}
	if err := t.SetTally(ctx, p.ID, told); err != nil {
		return err
	}
	voters, err := t.LocalVoters(ctx, p.ID, 0, 1)
	if err != nil || len(voters) == 0 {
		return err
	}
	return a.awaitEnd(ctx, t, p)
}

// End runs a JobEnd: it closes a question, or learns how another server's ended, and
// tells its author and the residents who voted.
func (a *App) End(ctx context.Context, j *parvis.Job) error {
	var args parvis.EndArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return fmt.Errorf("arguments of job %s: %w", j.ID, err)
	}
	rows := a.DB.Node(j.NodeID)
	p, err := rows.Post(ctx, args.Post)
	if err != nil {
		return ignore(err, parvis.ErrNotFound)
	}
	if p.Kind() != parvis.KindQuestion || !p.DeletedAt.IsZero() || p.EndsAt.After(a.Now()) {
		return nil // deleted, or changed: then another job waits for its end
	}
	return rows.InTx(ctx, func(ctx context.Context, t *storage.Tx) error {
		voters, err := t.LocalVoters(ctx, p.ID, args.After, endBatch)
		if err != nil {
			return err
		}
		if args.After == 0 {
			if err := a.close(ctx, t, p, voters); err != nil {
				return err
			}
		}
		for _, voter := range voters {
			if err := a.notify(ctx, t, voter, parvis.NotifyPoll, p.AuthorID, p.ID); err != nil {
				return err
			}
		}
		if len(voters) < endBatch {
			return nil
		}
		return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobEnd}, parvis.EndArgs{Post: p.ID, After: voters[len(voters)-1]})
	})
}

// close does once what is to be done when a question is over.
func (a *App) close(ctx context.Context, t *storage.Tx, p *parvis.Post, voters []parvis.ID) error {
	if !p.Author.Local() {
		if len(voters) == 0 {
			return nil
		}
		return a.wantCounts(ctx, t, p, voters[0], a.Now())
	}
	if err := t.CloseQuestion(ctx, p.ID, p.EndsAt); err != nil {
		return err
	}
	if err := a.notify(ctx, t, p.AuthorID, parvis.NotifyPoll, p.AuthorID, p.ID); err != nil {
		return err
	}
	return a.spread(ctx, t, p, parvis.VerbCount)
}
