package app

import (
	"context"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// A Proof shows that whoever reads an applicant's mail is who asked for the account:
// else somebody could ask with another's address, and keep the password of what the
// other then opens.
type Proof struct {
	Asked    string // secret of the browser that asked
	Password string // that they chose, in any other
}

// Confirmable reports for whom a secret that was sent by mail is, and whether it is
// opened in the browser that asked.
func (a *App) Confirmable(ctx context.Context, n *parvis.Node, secret, asked string) (*parvis.Applicant, bool, error) {
	ticket, err := a.ticket(ctx, n, secret, parvis.TicketConfirm)
	if err != nil {
		return nil, false, err
	}
	p, err := a.node(n).Applicant(ctx, ticket.Subject)
	if err != nil {
		return nil, false, err
	}
	there, err := a.ticket(ctx, n, asked, parvis.TicketAsked)
	return p, err == nil && there.Subject == p.ID, ignore(err, parvis.ErrNotFound)
}

// Confirm ends what an applicant was asked by mail: the secret in it is theirs.
func (a *App) Confirm(ctx context.Context, n *parvis.Node, secret string, proof Proof, b parvis.Browser) (Joined, parvis.Entrance, error) {
	p, here, err := a.Confirmable(ctx, n, secret, proof.Asked)
	if err != nil {
		return "", parvis.Entrance{}, err
	}
	if !here {
		if err := a.provePassword(ctx, n, p, proof.Password); err != nil {
			return "", parvis.Entrance{}, err
		}
	}
	p.ConfirmedAt = a.Now()
	if n.NeedsApproval(p.Invitation != 0) {
		return JoinedWaiting, parvis.Entrance{}, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
			if err := t.TakeTicket(ctx, hashSecret(secret)); err != nil {
				return err
			}
			if err := t.ConfirmApplicant(ctx, p.ID, p.ConfirmedAt); err != nil {
				return err
			}
			return a.mailTeam(ctx, t, parvis.MailArgs{About: parvis.MailApplicant, Applicant: p.ID})
		})
	}
	r, err := a.residentOf(n, p)
	if err != nil {
		return "", parvis.Entrance{}, err
	}
	var e parvis.Entrance
	err = a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.TakeTicket(ctx, hashSecret(secret)); err != nil {
			return err
		}
		if err := a.useInvitation(ctx, t, p); err != nil {
			return err
		}
		e, err = a.admitNow(ctx, t, p, r, parvis.Session{Device: b.Device})
		return err
	})
	return JoinedIn, e, err
}

// provePassword refuses who does not know the password that an applicant chose. Who
// chose none has to come back to the browser in which they asked.
func (a *App) provePassword(ctx context.Context, n *parvis.Node, p *parvis.Applicant, password string) error {
	if p.PasswordHash == "" {
		return parvis.Invalid("password", "join.confirm.browser")
	}
	if password == "" {
		return parvis.Invalid("password", "join.confirm.password")
	}
	if err := a.attempt(ctx, n, signInLimit, p.ID.String()); err != nil {
		return err
	}
	if len(password) > 4*parvis.MaxPassword || !checkPassword(p.PasswordHash, password) {
		return parvis.Invalid("password", "join.confirm.password")
	}
	return nil
}
