package app

import (
	"context"
	"errors"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// FactorSetup returns the secret that is to become a resident's second factor, once
// they typed a code of it. It stays the same while their page is open, however often
// they load it, and is good in the session that asked for it alone: nobody can make
// somebody else adopt a secret that they know.
func (a *App) FactorSetup(ctx context.Context, n *parvis.Node, g Guest) (string, error) {
	if err := a.fresh(g); err != nil {
		return "", err
	}
	if g.Login.TOTPSecret != "" {
		return "", parvis.ErrConflict
	}
	var secret string
	err := a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		pending, err := t.Ticket(ctx, setupKey(g), parvis.TicketSetup, a.Now())
		if err == nil || !errors.Is(err, parvis.ErrNotFound) {
			secret = pending.Data
			return err
		}
		secret = parvis.NewTOTPSecret()
		if err := t.DropTickets(ctx, g.Viewer.ID(), parvis.TicketSetup); err != nil {
			return err
		}
		return t.AddTicket(ctx, setupKey(g), parvis.Ticket{Purpose: parvis.TicketSetup, Subject: g.Viewer.ID(), Data: secret, ExpiresAt: a.Now().Add(parvis.StillFresh)})
	})
	return secret, err
}

// setupKey is under what the secret is stored that a session is about to adopt.
func setupKey(g Guest) string { return hashSecret("setup:" + g.Session.Hash) }

// AddFactor asks for a second factor from now on, if the code is one of the secret
// that FactorSetup returned. It returns recovery codes: the only time that anyone
// sees them. A secret that was asked for too long ago is parvis.ErrNotFound.
func (a *App) AddFactor(ctx context.Context, n *parvis.Node, g Guest, code string) ([]string, error) {
	if err := a.fresh(g); err != nil {
		return nil, err
	}
	setup, err := a.node(n).Ticket(ctx, setupKey(g), parvis.TicketSetup, a.Now())
	if err != nil {
		return nil, err
	}
	step, ok := parvis.MatchTOTP(setup.Data, parvis.CleanCode(code), a.Now())
	if !ok {
		return nil, parvis.Invalid("code", "signin.code.wrong")
	}
	codes := parvis.NewRecoveryCodes()
	return codes, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.TakeTicket(ctx, setupKey(g)); err != nil {
			return err
		}
		if err := t.AddFactor(ctx, g.Viewer.ID(), setup.Data, step); err != nil {
			return err
		}
		if err := t.SetRecoveryCodes(ctx, g.Viewer.ID(), hashCodes(codes)); err != nil {
			return err
		}
		return a.tellOwner(ctx, t, g.Login, parvis.ChangedGuarded)
	})
}

func hashCodes(codes []string) []string {
	hashes := make([]string, len(codes))
	for i, code := range codes {
		hashes[i] = hashSecret(code)
	}
	return hashes
}

// RecoveryCodes counts the recovery codes that a resident has left.
func (a *App) RecoveryCodes(ctx context.Context, n *parvis.Node, g Guest) (int, error) {
	return a.node(n).CountRecoveryCodes(ctx, g.Viewer.ID())
}

// RenewRecoveryCodes gives a resident new recovery codes; the old ones are good no more.
func (a *App) RenewRecoveryCodes(ctx context.Context, n *parvis.Node, g Guest) ([]string, error) {
	if err := a.fresh(g); err != nil {
		return nil, err
	}
	codes := parvis.NewRecoveryCodes()
	return codes, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		login, err := t.Login(ctx, g.Viewer.ID())
		if err != nil {
			return err
		}
		if login.TOTPSecret == "" {
			return parvis.ErrConflict
		}
		if err := t.SetRecoveryCodes(ctx, login.AccountID, hashCodes(codes)); err != nil {
			return err
		}
		return a.tellOwner(ctx, t, login, parvis.ChangedCodes)
	})
}

// DropFactor asks a resident for a second factor no more.
func (a *App) DropFactor(ctx context.Context, n *parvis.Node, g Guest) error {
	if err := a.fresh(g); err != nil {
		return err
	}
	return a.dropFactor(ctx, n, g.Login, parvis.ChangedUnguarded)
}

// ResetFactor asks the owner of an account for a second factor no more: for whoever
// lost it and all recovery codes. An account that has none is parvis.ErrConflict.
func (a *App) ResetFactor(ctx context.Context, n *parvis.Node, acct string) error {
	acc, err := a.node(n).AccountByAcct(ctx, acct)
	if err != nil {
		return err
	}
	login, err := a.node(n).Login(ctx, acc.ID)
	if err != nil {
		return err
	}
	return a.dropFactor(ctx, n, login, parvis.ChangedReset)
}

func (a *App) dropFactor(ctx context.Context, n *parvis.Node, login *parvis.Login, what parvis.Change) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.DropFactor(ctx, login.AccountID); err != nil {
			return err
		}
		// Whoever is between the two steps begins again.
		if err := t.DropTickets(ctx, login.AccountID, parvis.TicketFactor); err != nil {
			return err
		}
		return a.tellOwner(ctx, t, login, what)
	})
}

// Half reports whether a secret lets its holder show their second factor; one that is
// used or too old is parvis.ErrNotFound.
func (a *App) Half(ctx context.Context, n *parvis.Node, secret string) error {
	_, err := a.ticket(ctx, n, secret, parvis.TicketFactor)
	return err
}

// EnterByFactor lets somebody in who proved the rest before and holds the secret of
// it, by a code of their second factor or a recovery code. It reports which.
func (a *App) EnterByFactor(ctx context.Context, n *parvis.Node, secret, code string, b parvis.Browser) (e parvis.Entrance, recovered bool, err error) {
	ticket, err := a.ticket(ctx, n, secret, parvis.TicketFactor)
	if err != nil {
		return e, false, err
	}
	login, err := a.node(n).Login(ctx, ticket.Subject)
	if err != nil {
		return e, false, err
	}
	acc, err := a.node(n).Account(ctx, login.AccountID)
	if err == nil {
		err = a.admits(ctx, n, acc)
	}
	if err != nil {
		return e, false, taken(err, "code", "signin.suspended")
	}
	if err := a.tryFactor(ctx, n, login, secret); err != nil {
		return e, false, err
	}
	code = parvis.CleanCode(code)
	recovered = parvis.IsRecoveryCode(code)
	err = a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.TakeTicket(ctx, hashSecret(secret)); err != nil {
			return err
		}
		if err := a.useCode(ctx, t, login, code); err != nil {
			return err
		}
		e, err = a.addSession(ctx, t, parvis.Session{AccountID: login.AccountID, Way: parvis.Way(ticket.Data), Device: b.Device})
		return err
	})
	if err != nil {
		return parvis.Entrance{}, false, err
	}
	e.Leaving = !acc.Active()
	return e, recovered, a.DB.ForgetAttempts(ctx, factorLimit.key(n, login.AccountID.String()))
}

// tryFactor counts one more code that is tried for an account, and with a ticket. When
// there were too many, the owner is told once: whoever tries knows their password.
func (a *App) tryFactor(ctx context.Context, n *parvis.Node, login *parvis.Login, secret string) error {
	if err := a.attempt(ctx, n, factorTicketLimit, hashSecret(secret)); err != nil {
		return err
	}
	who := login.AccountID.String()
	tooMany := a.attempt(ctx, n, factorLimit, who)
	if !errors.Is(tooMany, parvis.ErrTooMany) {
		return tooMany
	}
	if err := a.attempt(ctx, n, factorTellLimit, who); err != nil {
		if errors.Is(err, parvis.ErrTooMany) { // they know
			return tooMany
		}
		return err
	}
	err := a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return a.tellOwner(ctx, t, login, parvis.ChangedTried) })
	return errors.Join(tooMany, err)
}

// useCode makes a code good no more, or says that it is not good.
func (a *App) useCode(ctx context.Context, t *storage.Tx, login *parvis.Login, code string) error {
	if parvis.IsRecoveryCode(code) {
		err := t.UseRecoveryCode(ctx, login.AccountID, hashSecret(code))
		if errors.Is(err, parvis.ErrNotFound) {
			return parvis.Invalid("code", "signin.code.wrong")
		}
		if err != nil {
			return err
		}
		return a.tellOwner(ctx, t, login, parvis.ChangedRecovery)
	}
	step, ok := parvis.MatchTOTP(login.TOTPSecret, code, a.Now())
	if !ok {
		return parvis.Invalid("code", "signin.code.wrong")
	}
	err := t.UseFactor(ctx, login.AccountID, login.TOTPSecret, step)
	if errors.Is(err, parvis.ErrConflict) {
		return parvis.Invalid("code", "signin.code.used")
	}
	return err
}
