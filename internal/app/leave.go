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

// CloseAccount closes a resident's account at once, and has it deleted after
// [parvis.LeaveAfter] unless they come back. It returns when that is. The last admin
// cannot leave: nobody could run the place.
func (a *App) CloseAccount(ctx context.Context, n *parvis.Node, g Guest) (time.Time, error) {
	if err := a.fresh(g); err != nil {
		return time.Time{}, err
	}
	now := a.Now()
	d := parvis.Departure{AccountID: g.Viewer.ID(), AskedAt: now, DueAt: now.Add(parvis.LeaveAfter)}
	return d.DueAt, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.Depart(ctx, d); errors.Is(err, parvis.ErrForbidden) {
			return parvis.Invalid("leave", "leave.last")
		} else if err != nil {
			return err
		}
		if err := t.EndSessions(ctx, d.AccountID, ""); err != nil {
			return err
		}
		mail := parvis.MailArgs{About: parvis.MailLeaving, To: d.AccountID, Address: g.Login.Email, Language: g.Login.Language, Until: d.DueAt}
		if err := a.write(ctx, t, mail); err != nil {
			return err
		}
		return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobLeave, RunAt: d.DueAt}, parvis.LeaveArgs{Account: d.AccountID})
	})
}

// Departure returns how the owner of an account leaves; nil if they do not, or if the team
// suspended the account since.
func (a *App) Departure(ctx context.Context, n *parvis.Node, acc *parvis.Account) (*parvis.Departure, error) {
	d, err := a.node(n).Departure(ctx, acc.ID)
	if errors.Is(err, parvis.ErrNotFound) || err == nil && (!d.AskedAt.Equal(acc.SuspendedAt) || !acc.DeletedAt.IsZero()) {
		return nil, nil
	}
	return d, err
}

// admits reports with parvis.ErrConflict that the owner of an account may not come in.
func (a *App) admits(ctx context.Context, n *parvis.Node, acc *parvis.Account) error {
	if acc.Active() {
		return nil
	}
	d, err := a.Departure(ctx, n, acc)
	if err == nil && d == nil {
		err = parvis.ErrConflict
	}
	return err
}

// leaver returns who is behind the session of an account that is not active: somebody who
// may come back, or parvis.ErrNotFound.
func (a *App) leaver(ctx context.Context, n *parvis.Node, s parvis.Session) (Guest, error) {
	acc, err := a.node(n).Account(ctx, s.AccountID)
	if err != nil {
		return Guest{}, err
	}
	d, err := a.Departure(ctx, n, acc)
	if err != nil {
		return Guest{}, err
	}
	if d == nil {
		return Guest{}, parvis.ErrNotFound
	}
	login, err := a.node(n).Login(ctx, s.AccountID)
	return Guest{Login: login, Session: s, Departure: d}, err
}

// ComeBack opens an account again that its owner closed: everything is as it was.
func (a *App) ComeBack(ctx context.Context, n *parvis.Node, g Guest) error {
	if g.Departure == nil {
		return parvis.ErrSignIn
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.EndDeparture(ctx, g.Departure.AccountID, g.Departure.AskedAt); err != nil {
			return err
		}
		// As it is now: the team may have been faster.
		acc, err := t.Account(ctx, g.Departure.AccountID)
		if err != nil {
			return err
		}
		if !acc.SuspendedAt.Equal(g.Departure.AskedAt) || !acc.DeletedAt.IsZero() {
			return parvis.ErrGone
		}
		return a.reopen(ctx, t, acc.ID)
	})
}

// Depart runs a JobLeave: it deletes an account whose owner left and did not come back.
func (a *App) Depart(ctx context.Context, j *parvis.Job) error {
	var args parvis.LeaveArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return fmt.Errorf("arguments of job %s: %w", j.ID, err)
	}
	return a.DB.Node(j.NodeID).InTx(ctx, func(ctx context.Context, t *storage.Tx) error {
		d, err := t.Departure(ctx, args.Account)
		if err != nil {
			return ignore(err, parvis.ErrNotFound)
		}
		if d.DueAt.After(a.Now()) {
			return nil // they came back and left again, which has a job of its own
		}
		if err := t.EndDeparture(ctx, d.AccountID, d.AskedAt); err != nil {
			return ignore(err, parvis.ErrGone) // they are coming back
		}
		acc, err := t.Account(ctx, args.Account)
		if err != nil {
			return err
		}
		return a.delete(ctx, t, acc)
	})
}
