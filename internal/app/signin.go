package app

import (
	"context"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// A limit bounds how often something may be tried within a while.
type limit struct {
	name  string
	count int
	while time.Duration
}

var (
	signInLimit     = limit{"signin", 10, 15 * time.Minute}      // by account
	signInAddrLimit = limit{"signin-addr", 50, 15 * time.Minute} // by address: a family or a library shares one
	identityLimit   = limit{"identity", 30, 15 * time.Minute}    // by address: each makes us ask another service
	signUpLimit     = limit{"signup", 10, time.Hour}
	// Three codes in a million are right at a time: who knows the password has to guess for
	// two years and a half to meet one half of the time, and the owner is told on the first day.
	factorLimit       = limit{"factor", 10, time.Hour}          // by account
	factorTicketLimit = limit{"factor-ticket", 5, time.Hour}    // by what was proved before
	factorTellLimit   = limit{"factor-tell", 1, 24 * time.Hour} // by account: mails about too many tries
	mailLimit         = limit{"mail", 5, time.Hour}             // by the mail address that is written to
	mailAddrLimit     = limit{"mail-addr", 20, time.Hour}       // by who asks for it
	aliasLimit        = limit{"alias", 30, time.Hour}           // by account: each makes us ask another server
	importLimit       = limit{"import", 10, 24 * time.Hour}     // by account
	passkeyLimit      = limit{"passkey", 30, time.Hour}         // by account
)

func (l limit) key(n *parvis.Node, who string) string {
	return l.name + ":" + n.ID.String() + ":" + who
}

// attempt counts one try by who, or refuses it with a TooManyError.
func (a *App) attempt(ctx context.Context, n *parvis.Node, l limit, who string) error {
	now, key := a.Now(), l.key(n, who)
	count, until, err := a.DB.Attempts(ctx, key, now)
	if err != nil {
		return err
	}
	if count < l.count {
		// The count that decides is taken with the write: tries that arrive together
		// all read the same one before it.
		count, until, err = a.DB.CountAttempt(ctx, key, now, now.Add(l.while))
		if err != nil || count <= l.count {
			return err
		}
	}
	return &parvis.TooManyError{RetryAfter: int(math.Ceil(until.Sub(now).Seconds()))}
}

// maxTypedName is how much of a name that nobody has is remembered: as much as
// the longest mail address.
const maxTypedName = 254

// SignIn lets somebody in who knows a username or mail address and its password.
func (a *App) SignIn(ctx context.Context, n *parvis.Node, name, password string, b parvis.Browser) (parvis.Entrance, error) {
	name = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(name), "@"))
	if err := a.attempt(ctx, n, signInAddrLimit, b.Addr); err != nil {
		return parvis.Entrance{}, err
	}
	login, err := a.findLogin(ctx, n, name)
	if err != nil && !errors.Is(err, parvis.ErrNotFound) {
		return parvis.Entrance{}, err
	}
	who, hash, waits := name[:min(len(name), maxTypedName)], "", ""
	if login != nil {
		who, hash = login.AccountID.String(), login.PasswordHash
	} else if hash, waits, err = a.waiting(ctx, n, name); err != nil {
		return parvis.Entrance{}, err
	}
	if err := a.attempt(ctx, n, signInLimit, who); err != nil {
		return parvis.Entrance{}, err
	}
	if len(password) > 4*parvis.MaxPassword || !checkPassword(hash, password) {
		return parvis.Entrance{}, parvis.Invalid("password", "signin.wrong")
	}
	if login == nil {
		return parvis.Entrance{}, parvis.Invalid("name", waits)
	}
	if err := a.DB.ForgetAttempts(ctx, signInLimit.key(n, who)); err != nil {
		return parvis.Entrance{}, err
	}
	return a.enter(ctx, n, login, parvis.ByPassword, b)
}

// waiting returns the password's hash of somebody who asked for an account under a
// name or mail address, and the sentence that says what they wait for.
func (a *App) waiting(ctx context.Context, n *parvis.Node, name string) (hash, sentence string, err error) {
	find := a.node(n).ApplicantByUsername
	if strings.Contains(name, "@") {
		find = a.node(n).ApplicantByEmail
	}
	applicant, err := find(ctx, name)
	switch {
	case errors.Is(err, parvis.ErrNotFound):
		return "", "", nil
	case err != nil:
		return "", "", err
	case applicant.ConfirmedAt.IsZero():
		return applicant.PasswordHash, "signin.unconfirmed", nil
	}
	return applicant.PasswordHash, "signin.waiting", nil
}

func (a *App) findLogin(ctx context.Context, n *parvis.Node, name string) (*parvis.Login, error) {
	if strings.Contains(name, "@") {
		return a.node(n).LoginByEmail(ctx, name)
	}
	acc, err := a.node(n).AccountByAcct(ctx, name)
	if err != nil {
		return nil, err
	}
	return a.node(n).Login(ctx, acc.ID)
}

// seen notes the day on which somebody was here.
func (a *App) seen(ctx context.Context, n *parvis.Node, login *parvis.Login) error {
	today := a.Now().UTC().Truncate(24 * time.Hour)
	if !login.LastSeenAt.Before(today) {
		return nil
	}
	login.LastSeenAt = today
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.SetLastSeen(ctx, login.AccountID, today) })
}

func (a *App) viewer(ctx context.Context, n *parvis.Node, account parvis.ID) (parvis.Viewer, *parvis.Login, error) {
	acc, err := a.node(n).Account(ctx, account)
	if err != nil {
		return parvis.Viewer{}, nil, err
	}
	if !acc.Active() {
		return parvis.Viewer{}, nil, parvis.ErrNotFound
	}
	login, err := a.node(n).Login(ctx, account)
	if err != nil {
		return parvis.Viewer{}, nil, err
	}
	return parvis.Viewer{Account: acc, Role: login.Role, Language: login.Language}, login, nil
}

// CreateToken makes a token with which an app acts for a local account, and
// returns its secret: the only time that anyone sees it.
func (a *App) CreateToken(ctx context.Context, n *parvis.Node, acct, name string, scopes []string) (string, error) {
	acc, err := a.node(n).AccountByAcct(ctx, acct)
	if err != nil {
		return "", err
	}
	if _, err := a.node(n).Login(ctx, acc.ID); err != nil {
		return "", err
	}
	if len(scopes) == 0 {
		return "", parvis.Invalid("scopes", "token.scopes.missing")
	}
	secret, hash := newSecret()
	token := &parvis.Token{AccountID: acc.ID, Name: name, Scopes: scopes, CreatedAt: a.Now()}
	err = a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.AddToken(ctx, hash, token) })
	return secret, err
}

// ViewerByToken returns who is behind an app's token; an unknown or revoked one
// is parvis.ErrNotFound.
func (a *App) ViewerByToken(ctx context.Context, n *parvis.Node, secret string) (parvis.Viewer, error) {
	token, err := a.node(n).Token(ctx, hashSecret(secret))
	if err != nil {
		return parvis.Viewer{}, err
	}
	v, login, err := a.viewer(ctx, n, token.AccountID)
	if err != nil {
		return parvis.Viewer{}, err
	}
	v.Scopes, v.Token = token.Scopes, token.ID
	return v, a.seen(ctx, n, login)
}
