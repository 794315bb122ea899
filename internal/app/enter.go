package app

import (
	"context"
	"errors"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// sessionLife is how long a browser stays signed in after its last visit.
const sessionLife = 60 * 24 * time.Hour

// factorLife is how long somebody may look for the device that shows their code.
const factorLife = 10 * time.Minute

// enter lets somebody in who proved who they are: every way in leads here. Who set up
// a second factor is given a ticket to show it with, if the way calls for one.
func (a *App) enter(ctx context.Context, n *parvis.Node, login *parvis.Login, way parvis.Way, b parvis.Browser) (parvis.Entrance, error) {
	return a.enterWith(ctx, n, login, parvis.Session{Way: way, Device: b.Device})
}

// enterWith is enter for a session that remembers more than the way.
func (a *App) enterWith(ctx context.Context, n *parvis.Node, login *parvis.Login, s parvis.Session) (parvis.Entrance, error) {
	acc, err := a.node(n).Account(ctx, login.AccountID)
	if err != nil {
		return parvis.Entrance{}, err
	}
	if err := a.admits(ctx, n, acc); err != nil {
		return parvis.Entrance{}, taken(err, "name", "signin.suspended")
	}
	if !s.Way.NeedsFactor() || login.TOTPSecret == "" {
		s.AccountID = acc.ID
		e, err := a.openSession(ctx, n, s)
		e.Leaving = !acc.Active()
		return e, err
	}
	t := parvis.Ticket{Purpose: parvis.TicketFactor, Subject: acc.ID, Data: string(s.Way)}
	secret, err := a.issue(ctx, n, &t, factorLife)
	return parvis.Entrance{Secret: secret, Expires: t.ExpiresAt, Half: true}, err
}

// openSession signs a browser in.
func (a *App) openSession(ctx context.Context, n *parvis.Node, s parvis.Session) (parvis.Entrance, error) {
	var e parvis.Entrance
	err := a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) (err error) {
		e, err = a.addSession(ctx, t, s)
		return err
	})
	return e, err
}

func (a *App) addSession(ctx context.Context, t *storage.Tx, s parvis.Session) (parvis.Entrance, error) {
	secret, hash := newSecret()
	now := a.Now()
	s.Hash, s.CreatedAt, s.UsedAt, s.ExpiresAt = hash, now, now, now.Add(sessionLife)
	s.Device = s.Device[:min(len(s.Device), parvis.MaxDevice)]
	return parvis.Entrance{Secret: secret, Expires: s.ExpiresAt}, t.AddSession(ctx, s)
}

// issue stores a ticket that is good for a while, and returns its secret.
func (a *App) issue(ctx context.Context, n *parvis.Node, t *parvis.Ticket, life time.Duration) (string, error) {
	secret, hash := newSecret()
	t.ExpiresAt = a.Now().Add(life)
	return secret, a.inTx(ctx, n, func(ctx context.Context, tx *storage.Tx) error { return tx.AddTicket(ctx, hash, *t) })
}

// ticket returns what a secret is good for; one that is used, too old or for something
// else is parvis.ErrNotFound.
func (a *App) ticket(ctx context.Context, n *parvis.Node, secret string, purpose parvis.TicketPurpose) (parvis.Ticket, error) {
	return a.node(n).Ticket(ctx, hashSecret(secret), purpose, a.Now())
}

// SignOut ends a session.
func (a *App) SignOut(ctx context.Context, n *parvis.Node, secret string) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.EndSession(ctx, hashSecret(secret)) })
}

// A Guest is who is behind a session.
type Guest struct {
	Viewer  parvis.Viewer
	Login   *parvis.Login
	Session parvis.Session
	// Departure is set for whoever closed their account: they are nobody here, and may
	// come back.
	Departure *parvis.Departure
}

// GuestBySession returns who is behind a session's secret; an unknown secret is
// parvis.ErrNotFound.
func (a *App) GuestBySession(ctx context.Context, n *parvis.Node, secret string) (Guest, error) {
	now := a.Now()
	s, err := a.node(n).Session(ctx, hashSecret(secret), now)
	if err != nil {
		return Guest{}, err
	}
	v, login, err := a.viewer(ctx, n, s.AccountID)
	if errors.Is(err, parvis.ErrNotFound) {
		return a.leaver(ctx, n, s)
	}
	if err != nil {
		return Guest{}, err
	}
	// At most one write a day keeps the session alive and the statistics honest.
	if s.ExpiresAt.Sub(now) < sessionLife-24*time.Hour {
		err := a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
			return t.ExtendSession(ctx, s.Hash, now, now.Add(sessionLife))
		})
		if err != nil {
			return Guest{}, err
		}
	}
	return Guest{Viewer: v, Login: login, Session: s}, a.seen(ctx, n, login)
}

// Fresh reports whether whoever sits at a session's browser came in within a while:
// what guards an account is shown and changed only then.
func (a *App) Fresh(s parvis.Session, within time.Duration) bool {
	return a.Now().Sub(s.CreatedAt) < within
}

// fresh refuses to change what guards an account for a session that is not fresh.
func (a *App) fresh(g Guest) error {
	if !g.Viewer.Resident() {
		return parvis.ErrSignIn
	}
	if !a.Fresh(g.Session, parvis.StillFresh) {
		return parvis.ErrStale
	}
	return nil
}

// Sessions lists the browsers in which a resident is signed in.
func (a *App) Sessions(ctx context.Context, n *parvis.Node, g Guest) ([]parvis.Session, error) {
	return a.node(n).Sessions(ctx, g.Viewer.ID(), a.Now())
}

// EndSession signs out one of a resident's browsers.
func (a *App) EndSession(ctx context.Context, n *parvis.Node, g Guest, hash string) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.EndSessionOf(ctx, g.Viewer.ID(), hash) })
}

// EndOtherSessions signs out all of a resident's browsers but the one they sit at.
func (a *App) EndOtherSessions(ctx context.Context, n *parvis.Node, g Guest) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		return t.EndSessions(ctx, g.Viewer.ID(), g.Session.Hash)
	})
}

// SetPassword gives a resident a password, and signs out their other browsers.
func (a *App) SetPassword(ctx context.Context, n *parvis.Node, g Guest, password string) error {
	if err := a.fresh(g); err != nil {
		return err
	}
	if err := parvis.ValidatePassword(password); err != nil {
		return err
	}
	hash := hashPassword(password)
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.SetPassword(ctx, g.Viewer.ID(), hash); err != nil {
			return err
		}
		if err := t.EndSessions(ctx, g.Viewer.ID(), g.Session.Hash); err != nil {
			return err
		}
		// What whoever knew the old one began is over: a sign-in, a change of address.
		for _, purpose := range []parvis.TicketPurpose{parvis.TicketFactor, parvis.TicketEmail} {
			if err := t.DropTickets(ctx, g.Viewer.ID(), purpose); err != nil {
				return err
			}
		}
		return a.tellOwner(ctx, t, g.Login, parvis.ChangedPassword)
	})
}

// tellOwner writes to the owner of an account that what guards it changed, in case it
// was not them.
func (a *App) tellOwner(ctx context.Context, t *storage.Tx, login *parvis.Login, what parvis.Change) error {
	return a.write(ctx, t, parvis.MailArgs{About: parvis.MailChanged, To: login.AccountID, Address: login.Email, Language: login.Language, Words: string(what)})
}

// write enqueues a mail, where mail can be sent.
func (a *App) write(ctx context.Context, t *storage.Tx, m parvis.MailArgs) error {
	if !a.Mails {
		return nil
	}
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobMail}, m)
}
