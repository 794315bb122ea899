package app

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"strconv"
	"strings"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// MailName names a mail to somebody, for its Message-ID: whoever returns it later shows by
// the seal in it that they got it.
func (a *App) MailName(ctx context.Context, n *parvis.Node, account parvis.ID) (string, error) {
	box, err := a.node(n).Mailbox(ctx, account)
	if err != nil {
		return "", err
	}
	when := strconv.FormatInt(a.Now().Unix(), 10)
	return account.String() + "." + when + "." + seal(box.Secret, "mail", when), nil
}

// named returns to whom a mail of a name was sent. A name that is made up, old or of an
// address that was changed since is parvis.ErrNotFound.
func (a *App) named(ctx context.Context, n *parvis.Node, name string) (parvis.ID, error) {
	parts := strings.Split(name, ".")
	if len(parts) != 3 {
		return 0, parvis.ErrNotFound
	}
	account, err := parvis.ParseID(parts[0])
	if err != nil {
		return 0, parvis.ErrNotFound
	}
	when, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || a.Now().Sub(time.Unix(when, 0)) > parvis.BounceLife {
		return 0, parvis.ErrNotFound
	}
	box, err := a.node(n).Mailbox(ctx, account)
	if err != nil {
		return 0, err
	}
	if box.Secret == "" || !hmac.Equal([]byte(parts[2]), []byte(seal(box.Secret, "mail", parts[1]))) {
		return 0, parvis.ErrNotFound
	}
	return account, nil
}

// mostBounces is how many mails may come back within BounceLife before no more is sent.
const mostBounces = 3

// MailReturned notes that the mail of a name came back because its mailbox takes none.
// Forged names do nothing, and each mail counts once.
func (a *App) MailReturned(ctx context.Context, n *parvis.Node, name, reason string) error {
	account, err := a.named(ctx, n, name)
	if err != nil {
		return err
	}
	now := a.Now()
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		count, err := t.AddBounce(ctx, account, name, reason, now, now.Add(-parvis.BounceLife))
		if err != nil || count < mostBounces {
			return err
		}
		return t.PauseMail(ctx, account, now)
	})
}

// MailPaused reports whether the viewer's mail came back so often that no more is sent.
func (a *App) MailPaused(ctx context.Context, n *parvis.Node, v parvis.Viewer) (bool, error) {
	box, err := a.node(n).Mailbox(ctx, v.ID())
	if err != nil {
		return false, err
	}
	return a.Mails && !box.PausedAt.IsZero(), nil
}

// ResumeMail sends mail again: the viewer says that the address is right.
func (a *App) ResumeMail(ctx context.Context, n *parvis.Node, v parvis.Viewer) error {
	if !v.Resident() {
		return parvis.ErrSignIn
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.RenewMailbox(ctx, v.ID(), rand.Text()) })
}

// PausedMailboxes counts, for the team, the residents whose mail came back too often.
func (a *App) PausedMailboxes(ctx context.Context, n *parvis.Node, v parvis.Viewer) (int, error) {
	if !v.Team() {
		return 0, parvis.ErrForbidden
	}
	return a.node(n).PausedMailboxes(ctx)
}
