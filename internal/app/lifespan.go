package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// Renew lets a post last as long again as is usual. What was asked about it is answered.
func (a *App) Renew(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.Post, error) {
	p, err := a.editable(ctx, n, v, id)
	if err != nil {
		return nil, err
	}
	if !p.Renews() {
		return nil, parvis.Invalid("state", "post.renew")
	}
	end := p.Renewed(a.Now())
	return p, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := a.endAt(ctx, t, p, end); err != nil {
			return err
		}
		return a.answered(ctx, t, p)
	})
}

// endAt lets a post of ours end at another time, and tells those who have it.
func (a *App) endAt(ctx context.Context, t *storage.Tx, p *parvis.Post, end time.Time) error {
	p.EndsAt, p.EditedAt = end, nextEdit(p, a.Now())
	if err := t.SetEnd(ctx, p.ID, p.EndsAt, p.EditedAt); err != nil {
		return err
	}
	if err := a.await(ctx, t, p); err != nil {
		return err
	}
	return a.spread(ctx, t, p, parvis.VerbUpdate)
}

// answered takes back what the author was asked about a post, since they did something
// about it.
func (a *App) answered(ctx context.Context, t *storage.Tx, p *parvis.Post) error {
	for _, asked := range []parvis.NotificationType{parvis.NotifyEnding, parvis.NotifySettled} {
		if err := t.DropNotifications(ctx, p.AuthorID, p.AuthorID, p.ID, asked); err != nil {
			return err
		}
	}
	return nil
}

// await has done in time what is to be done when a post ends, or before.
func (a *App) await(ctx context.Context, t *storage.Tx, p *parvis.Post) error {
	if err := a.awaitEnd(ctx, t, p); err != nil {
		return err
	}
	if p.State == parvis.Reserved {
		if err := a.awaitSettled(ctx, t, p.ID, p.UpdatedAt().Add(parvis.ReservedFor)); err != nil {
			return err
		}
	}
	at := p.AskAt()
	if at.Before(a.Now()) { // never; or its author who changed something saw when it ends
		return nil
	}
	return a.awaitLast(ctx, t, p, at)
}

// timed is the key of a job for a post at a time.
func timed(post parvis.ID, at time.Time) string {
	return post.String() + " " + at.UTC().Format(time.RFC3339)
}

// awaitSettled has a post looked at on the day after a time: once, however often that is
// asked for.
func (a *App) awaitSettled(ctx context.Context, t *storage.Tx, post parvis.ID, at time.Time) error {
	const day = 24 * time.Hour
	at = at.Truncate(day).Add(day)
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobSettle, Key: timed(post, at), RunAt: at}, parvis.SettleArgs{Post: post})
}

// awaitSilence has the author of an offer asked whether it is done when a private talk
// about it, in which they just said something, rests for long.
func (a *App) awaitSilence(ctx context.Context, t *storage.Tx, p *parvis.Post) error {
	if p.Audience != parvis.Named || p.Thread == p.ID {
		return nil
	}
	about, err := t.Post(ctx, p.Thread)
	if err != nil {
		return ignore(err, parvis.ErrNotFound)
	}
	if about.AuthorID != p.AuthorID || !about.Renews() {
		return nil
	}
	return a.awaitSettled(ctx, t, about.ID, a.Now().Add(parvis.SilentFor))
}

// ongoing returns a resident's post that is to be asked about, now or when its author is
// back, or nil.
func (a *App) ongoing(ctx context.Context, t *storage.Tx, id parvis.ID) (*parvis.Post, error) {
	p, err := t.Post(ctx, id)
	if err != nil {
		return nil, ignore(err, parvis.ErrNotFound)
	}
	by := p.Author
	if !p.DeletedAt.IsZero() || !p.Renews() || p.Expired(a.Now()) || !by.Local() || by.Moved() || !by.DeletedAt.IsZero() {
		return nil, nil
	}
	return p, nil
}

// recheck is how long it takes until what falls due while its author's account is closed or
// suspended is looked at again.
const recheck = 24 * time.Hour

// AskLast runs a JobLast. Nobody is asked during a pause, and nothing ends in it.
func (a *App) AskLast(ctx context.Context, j *parvis.Job) error {
	var args parvis.LastArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return fmt.Errorf("arguments of job %s: %w", j.ID, err)
	}
	return a.DB.Node(j.NodeID).InTx(ctx, func(ctx context.Context, t *storage.Tx) error {
		p, err := a.ongoing(ctx, t, args.Post)
		if err != nil || p == nil || !p.EndsAt.Equal(args.End) {
			return err
		}
		switch {
		case !p.Author.Active():
			return a.awaitLast(ctx, t, p, a.Now().Add(recheck))
		case a.heldUntil(p).After(p.EndsAt):
			return a.endAt(ctx, t, p, a.heldUntil(p))
		}
		return a.ask(ctx, t, p, parvis.NotifyEnding, p.AskAt())
	})
}

// awaitLast has the author of a post asked at a time whether it is still true.
func (a *App) awaitLast(ctx context.Context, t *storage.Tx, p *parvis.Post, at time.Time) error {
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobLast, Key: timed(p.ID, p.EndsAt), RunAt: at}, parvis.LastArgs{Post: p.ID, End: p.EndsAt})
}

// heldUntil returns until when the pause of its author holds a post at least; zero if they
// make none.
func (a *App) heldUntil(p *parvis.Post) time.Time {
	if !p.Author.Paused(a.Now()) {
		return time.Time{}
	}
	return parvis.Held(p.Author.PausedUntil)
}

// ask asks the author of a post about it, anew if they were asked before it was due.
func (a *App) ask(ctx context.Context, t *storage.Tx, p *parvis.Post, what parvis.NotificationType, due time.Time) error {
	if told, err := t.Told(ctx, p.AuthorID, p.ID, what, due); err != nil || told {
		return err
	}
	if err := a.answered(ctx, t, p); err != nil {
		return err
	}
	return a.notify(ctx, t, p.AuthorID, what, p.AuthorID, p.ID)
}

// AskSettled runs a JobSettle.
func (a *App) AskSettled(ctx context.Context, j *parvis.Job) error {
	var args parvis.SettleArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return fmt.Errorf("arguments of job %s: %w", j.ID, err)
	}
	return a.DB.Node(j.NodeID).InTx(ctx, func(ctx context.Context, t *storage.Tx) error {
		p, err := a.ongoing(ctx, t, args.Post)
		if err != nil || p == nil {
			return err
		}
		talk, err := t.LastTalk(ctx, p.AuthorID, p.ID)
		if err != nil {
			return err
		}
		now, at := a.Now(), p.SeemsDoneAt(talk)
		switch {
		case at.IsZero():
			return nil
		case at.After(now):
			return a.awaitSettled(ctx, t, p.ID, at)
		case p.Author.Paused(now):
			return a.awaitSettled(ctx, t, p.ID, p.Author.PausedUntil)
		case !p.Author.Active() && p.EndsAt.IsZero():
			return nil // it gets an end when they are back, and this is awaited then
		case !p.Author.Active():
			return a.awaitSettled(ctx, t, p.ID, now.Add(recheck))
		}
		return a.ask(ctx, t, p, parvis.NotifySettled, at)
	})
}

// Others wait for a transaction, and for what it says to other servers: so offers change
// some at a time, and those of a whole node slowly.
const (
	offersBatch = 50
	endlessWait = time.Minute
)

// EndOffers runs a JobEndless: what was offered when nothing ended by itself lasts as long as
// is usual from its publication, but long enough for its author to be asked. Of what had an
// end they are asked too.
func (a *App) EndOffers(ctx context.Context, j *parvis.Job) error {
	var args parvis.EndlessArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return fmt.Errorf("arguments of job %s: %w", j.ID, err)
	}
	return a.DB.Node(j.NodeID).InTx(ctx, func(ctx context.Context, t *storage.Tx) error {
		ids, err := t.OffersOn(ctx, a.Now(), args.After, offersBatch)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			p, err := t.Post(ctx, id)
			if err != nil {
				return err
			}
			if p.EndsAt.IsZero() {
				err = a.endAt(ctx, t, p, p.FirstEnd(a.Now()))
			} else {
				err = a.await(ctx, t, p)
			}
			if err != nil {
				return err
			}
		}
		last := ids[len(ids)-1]
		return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobEndless, Key: last.String(), RunAt: a.Now().Add(endlessWait)}, parvis.EndlessArgs{After: last})
	})
}

// holdOffers has the next offers of somebody looked at that may end in their pause, or never.
func (a *App) holdOffers(ctx context.Context, t *storage.Tx, args parvis.HoldArgs) error {
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobHold, Key: args.Account.String() + " " + args.After.String()}, args)
}

// HoldOffers runs a JobHold: what would end in somebody's pause ends after it, and what they
// were asked about it is answered. What got no end while they were away gets one.
func (a *App) HoldOffers(ctx context.Context, j *parvis.Job) error {
	var args parvis.HoldArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return fmt.Errorf("arguments of job %s: %w", j.ID, err)
	}
	return a.DB.Node(j.NodeID).InTx(ctx, func(ctx context.Context, t *storage.Tx) error {
		by, err := t.Account(ctx, args.Account)
		if err != nil || !by.Active() {
			return ignore(err, parvis.ErrNotFound)
		}
		var until time.Time
		if by.Paused(a.Now()) {
			until = parvis.Held(by.PausedUntil)
		}
		ids, err := t.OffersEnding(ctx, by.ID, a.Now(), until, args.After, offersBatch)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			if err := a.holdOffer(ctx, t, id); err != nil {
				return err
			}
		}
		return a.holdOffers(ctx, t, parvis.HoldArgs{Account: by.ID, After: ids[len(ids)-1]})
	})
}

func (a *App) holdOffer(ctx context.Context, t *storage.Tx, id parvis.ID) error {
	p, err := t.Post(ctx, id)
	if err != nil {
		return err
	}
	end := p.EndsAt
	if end.IsZero() {
		end = p.FirstEnd(a.Now())
	}
	if held := a.heldUntil(p); held.After(end) {
		end = held
	}
	if err := a.endAt(ctx, t, p, end); err != nil {
		return err
	}
	return a.answered(ctx, t, p)
}

// Pause lets others know that what the viewer offers cannot be had until a time; the zero
// time ends a pause.
func (a *App) Pause(ctx context.Context, n *parvis.Node, v parvis.Viewer, until time.Time) error {
	if !v.Resident() {
		return parvis.ErrSignIn
	}
	if !until.IsZero() {
		if err := parvis.ValidatePause(until, a.Now()); err != nil {
			return err
		}
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.SetPause(ctx, v.ID(), until, a.Now()); err != nil {
			return err
		}
		if !until.IsZero() {
			if err := a.holdOffers(ctx, t, parvis.HoldArgs{Account: v.ID()}); err != nil {
				return err
			}
		}
		return a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbUpdate, Actor: v.ID()})
	})
}

// AskedPath is where who was asked by mail about an offer answers.
const AskedPath = "/courriels/annonce"

// AskedKey is the key by which somebody answers, out of a mail, what they were asked about
// a post of theirs.
func (a *App) AskedKey(ctx context.Context, n *parvis.Node, account, post parvis.ID) (string, error) {
	return a.mailKey(ctx, n, account, "offer", post.String())
}

// Asked returns the post that a key is about, and its author; another key, and a post that is
// not theirs any more, is parvis.ErrNotFound.
func (a *App) Asked(ctx context.Context, n *parvis.Node, key string) (parvis.Viewer, *parvis.Post, error) {
	account, subject, err := a.openKey(ctx, n, "offer", key)
	if err != nil {
		return parvis.Viewer{}, nil, err
	}
	id, err := parvis.ParseID(subject)
	if err != nil {
		return parvis.Viewer{}, nil, parvis.ErrNotFound
	}
	p, err := a.node(n).Post(ctx, id)
	if err != nil {
		return parvis.Viewer{}, nil, err
	}
	if p.AuthorID != account || !p.DeletedAt.IsZero() || !p.Author.Active() {
		return parvis.Viewer{}, nil, parvis.ErrNotFound
	}
	return parvis.Viewer{Account: p.Author, Role: parvis.RoleResident}, p, nil
}
