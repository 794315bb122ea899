package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// LeavePath is where mailings are left: the address of each mail names whose and which.
const LeavePath = "/courriels/arreter"

// sealSize is how many bytes of a seal are kept: as many as nobody guesses.
const sealSize = 16

// seal vouches for words by the secret of a mailbox: only who got a mail from it knows
// the seal, and it is good as long as the address stays.
func seal(secret string, words ...string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(strings.Join(words, " ")))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:sealSize])
}

// mailKey is what an address in a mail carries by which its reader can do one thing about
// one subject: no more can be done with it, and no session is needed.
func (a *App) mailKey(ctx context.Context, n *parvis.Node, account parvis.ID, thing, subject string) (string, error) {
	box, err := a.node(n).Mailbox(ctx, account)
	if err != nil {
		return "", err
	}
	if box.Secret == "" {
		return "", errors.New("no mailing without a mailbox")
	}
	return account.String() + "." + subject + "." + seal(box.Secret, thing, subject), nil
}

// openKey returns who got a key for a thing, and what it is about; another key is
// parvis.ErrNotFound.
func (a *App) openKey(ctx context.Context, n *parvis.Node, thing, key string) (account parvis.ID, subject string, err error) {
	who, rest, _ := strings.Cut(key, ".")
	subject, given, _ := strings.Cut(rest, ".")
	if account, err = parvis.ParseID(who); err != nil {
		return 0, "", parvis.ErrNotFound
	}
	box, err := a.node(n).Mailbox(ctx, account)
	if err != nil {
		return 0, "", err
	}
	if box.Secret == "" || !hmac.Equal([]byte(given), []byte(seal(box.Secret, thing, subject))) {
		return 0, "", parvis.ErrNotFound
	}
	return account, subject, nil
}

// LeaveKey is the key by which somebody leaves a mailing.
func (a *App) LeaveKey(ctx context.Context, n *parvis.Node, account parvis.ID, m parvis.Mailing) (string, error) {
	return a.mailKey(ctx, n, account, "leave", string(m))
}

// Leaving returns whose mailing a key leaves; another key is parvis.ErrNotFound.
func (a *App) Leaving(ctx context.Context, n *parvis.Node, key string) (parvis.ID, parvis.Mailing, error) {
	account, mailing, err := a.openKey(ctx, n, "leave", key)
	return account, parvis.Mailing(mailing), err
}

// Leave leaves a mailing by a key, as often as one likes.
func (a *App) Leave(ctx context.Context, n *parvis.Node, key string) (parvis.Mailing, error) {
	account, mailing, err := a.Leaving(ctx, n, key)
	if err != nil {
		return "", err
	}
	return mailing, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if mailing == parvis.MailingWeekly {
			return t.SetWeekly(ctx, account, 0, a.Now())
		}
		return t.SetQuiet(ctx, account, true)
	})
}
