package app

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// How long the links in mails are good: to come in, and to confirm an address.
const (
	linkLife    = 30 * time.Minute
	confirmLife = parvis.ConfirmWithin
)

// AskLink writes to a mail address how its owner can come in without their password,
// if there is such an account. Whoever asks is not told whether there is.
func (a *App) AskLink(ctx context.Context, n *parvis.Node, email string, b parvis.Browser) error {
	if !a.Mails {
		return parvis.ErrNotFound
	}
	email, err := parvis.CleanEmail(email)
	if err != nil {
		return err
	}
	if err := a.attempt(ctx, n, mailAddrLimit, b.Addr); err != nil {
		return err
	}
	login, err := a.node(n).LoginByEmail(ctx, email)
	if err != nil {
		return ignore(err, parvis.ErrNotFound)
	}
	if err := a.attempt(ctx, n, mailLimit, email); err != nil {
		return ignoreMany(err)
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		return a.write(ctx, t, parvis.MailArgs{About: parvis.MailLink, To: login.AccountID})
	})
}

// MailTicket makes what a mail carries: it is called when the mail is about to leave,
// so that no job holds a secret. A mail that is sent twice carries two.
func (a *App) MailTicket(ctx context.Context, n *parvis.Node, m parvis.MailArgs) (secret string, err error) {
	t, life := parvis.Ticket{Subject: m.To}, linkLife
	switch m.About {
	case parvis.MailLink:
		t.Purpose = parvis.TicketLink
	case parvis.MailConfirm:
		t.Purpose, t.Subject, life = parvis.TicketConfirm, m.Applicant, confirmLife
	case parvis.MailEmail:
		t.Purpose, t.Data, life = parvis.TicketEmail, m.Address, confirmLife
	default:
		return "", errors.New("no ticket for a mail about " + string(m.About))
	}
	return a.issue(ctx, n, &t, life)
}

// LinkTicket makes a link's secret for the owner of an account: the command prints it
// for whoever lost their password where no mail can be sent.
func (a *App) LinkTicket(ctx context.Context, n *parvis.Node, acct string) (string, error) {
	acc, err := a.node(n).AccountByAcct(ctx, acct)
	if err != nil {
		return "", err
	}
	if _, err := a.node(n).Login(ctx, acc.ID); err != nil {
		return "", err
	}
	return a.issue(ctx, n, &parvis.Ticket{Purpose: parvis.TicketLink, Subject: acc.ID}, linkLife)
}

// Linked returns the account that a link lets in.
func (a *App) Linked(ctx context.Context, n *parvis.Node, secret string) (*parvis.Account, error) {
	t, err := a.ticket(ctx, n, secret, parvis.TicketLink)
	if err != nil {
		return nil, err
	}
	return a.node(n).Account(ctx, t.Subject)
}

// EnterByLink lets somebody in who holds a link's secret. It is good once.
func (a *App) EnterByLink(ctx context.Context, n *parvis.Node, secret string, b parvis.Browser) (parvis.Entrance, error) {
	t, err := a.ticket(ctx, n, secret, parvis.TicketLink)
	if err != nil {
		return parvis.Entrance{}, err
	}
	login, err := a.node(n).Login(ctx, t.Subject)
	if err != nil {
		return parvis.Entrance{}, err
	}
	err = a.inTx(ctx, n, func(ctx context.Context, tx *storage.Tx) error { return tx.TakeTicket(ctx, hashSecret(secret)) })
	if err != nil {
		return parvis.Entrance{}, err
	}
	return a.enter(ctx, n, login, parvis.ByLink, b)
}

// ChangeEmail gives a resident another mail address, once they showed that they read
// its mail. It reports whether they have to; where no mail can be sent, they need not.
func (a *App) ChangeEmail(ctx context.Context, n *parvis.Node, g Guest, email string) (ask bool, err error) {
	if err := a.fresh(g); err != nil {
		return false, err
	}
	if email, err = parvis.CleanEmail(email); err != nil || email == g.Login.Email {
		return false, err
	}
	if !a.Mails {
		return false, a.setEmail(ctx, n, g.Login, email, "")
	}
	if err := a.attempt(ctx, n, mailAddrLimit, g.Viewer.ID().String()); err != nil {
		return false, err
	}
	if err := a.attempt(ctx, n, mailLimit, email); err != nil {
		return true, ignoreMany(err)
	}
	m := parvis.MailArgs{About: parvis.MailEmail, To: g.Viewer.ID(), Address: email, Language: g.Login.Language}
	if _, err := a.node(n).LoginByEmail(ctx, email); err == nil {
		// Whoever reads that mail is told; the resident learns nothing of others.
		m.About, m.To = parvis.MailKnown, 0
	} else if !errors.Is(err, parvis.ErrNotFound) {
		return false, err
	}
	return true, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		// The address of before may be mistyped, and somebody else's.
		if err := t.DropTickets(ctx, g.Viewer.ID(), parvis.TicketEmail); err != nil {
			return err
		}
		return a.write(ctx, t, m)
	})
}

// NewEmail returns the address that a secret confirms.
func (a *App) NewEmail(ctx context.Context, n *parvis.Node, secret string) (string, error) {
	t, err := a.ticket(ctx, n, secret, parvis.TicketEmail)
	return t.Data, err
}

// ConfirmEmail changes an account's mail address: the secret was sent to the new one.
func (a *App) ConfirmEmail(ctx context.Context, n *parvis.Node, secret string) error {
	t, err := a.ticket(ctx, n, secret, parvis.TicketEmail)
	if err != nil {
		return err
	}
	login, err := a.node(n).Login(ctx, t.Subject)
	if err != nil {
		return err
	}
	return a.setEmail(ctx, n, login, t.Data, secret)
}

// setEmail stores an account's new mail address and tells the old one. ticket is the
// secret that showed that the owner reads the new one, if they were asked.
func (a *App) setEmail(ctx context.Context, n *parvis.Node, login *parvis.Login, email, ticket string) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		confirmed := time.Time{}
		if ticket != "" {
			confirmed = a.Now()
			if err := t.TakeTicket(ctx, hashSecret(ticket)); err != nil {
				return err
			}
		}
		if err := t.SetEmail(ctx, login.AccountID, email, confirmed); err != nil {
			return taken(err, "email", "account.email.taken")
		}
		if err := t.RenewMailbox(ctx, login.AccountID, rand.Text()); err != nil {
			return err
		}
		// Links on their way to other addresses are for whoever reads that mail.
		for _, purpose := range []parvis.TicketPurpose{parvis.TicketLink, parvis.TicketEmail} {
			if err := t.DropTickets(ctx, login.AccountID, purpose); err != nil {
				return err
			}
		}
		return a.tellOwner(ctx, t, login, parvis.ChangedEmail)
	})
}
