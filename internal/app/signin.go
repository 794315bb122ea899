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
	signUpLimit     = limit{"signup", 10, time.Hour}
	aliasLimit      = limit{"alias", 30, time.Hour}       // by account: each makes us ask another server
	importLimit     = limit{"import", 10, 24 * time.Hour} // by account
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

// sessionLife is how long a browser stays signed in after its last visit.
const sessionLife = 60 * 24 * time.Hour

// SignIn checks a username or mail address and a password, and returns the
// secret of a new session. addr is the visitor's address.
func (a *App) SignIn(ctx context.Context, n *parvis.Node, name, password, addr string) (secret string, expires time.Time, err error) {
	name = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(name), "@"))
	if err := a.attempt(ctx, n, signInAddrLimit, addr); err != nil {
		return "", time.Time{}, err
	}
	login, err := a.findLogin(ctx, n, name)
	if err != nil && !errors.Is(err, parvis.ErrNotFound) {
		return "", time.Time{}, err
	}
	who, hash := name[:min(len(name), maxTypedName)], ""
	if login != nil {
		who, hash = login.AccountID.String(), login.PasswordHash
	}
	if err := a.attempt(ctx, n, signInLimit, who); err != nil {
		return "", time.Time{}, err
	}
	if len(password) > 4*parvis.MaxPassword || !checkPassword(hash, password) {
		return "", time.Time{}, parvis.Invalid("password", "signin.wrong")
	}
	acc, err := a.node(n).Account(ctx, login.AccountID)
	if err != nil {
		return "", time.Time{}, err
	}
	if !acc.Active() {
		return "", time.Time{}, parvis.Invalid("name", "signin.suspended")
	}
	if err := a.DB.ForgetAttempts(ctx, signInLimit.key(n, who)); err != nil {
		return "", time.Time{}, err
	}
	return a.openSession(ctx, n, acc.ID)
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

// OpenSession signs a browser in as an account that has just been made by it.
func (a *App) OpenSession(ctx context.Context, n *parvis.Node, acc *parvis.Account) (secret string, expires time.Time, err error) {
	return a.openSession(ctx, n, acc.ID)
}

func (a *App) openSession(ctx context.Context, n *parvis.Node, account parvis.ID) (string, time.Time, error) {
	secret, hash := newSecret()
	now := a.Now()
	s := parvis.Session{AccountID: account, CreatedAt: now, ExpiresAt: now.Add(sessionLife)}
	err := a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.AddSession(ctx, hash, s) })
	return secret, s.ExpiresAt, err
}

// SignOut ends a session.
func (a *App) SignOut(ctx context.Context, n *parvis.Node, secret string) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.EndSession(ctx, hashSecret(secret)) })
}

// ViewerBySession returns who is behind a session's secret and their login; an
// unknown secret is parvis.ErrNotFound.
func (a *App) ViewerBySession(ctx context.Context, n *parvis.Node, secret string) (parvis.Viewer, *parvis.Login, error) {
	now, hash := a.Now(), hashSecret(secret)
	s, err := a.node(n).Session(ctx, hash, now)
	if err != nil {
		return parvis.Viewer{}, nil, err
	}
	v, login, err := a.viewer(ctx, n, s.AccountID)
	if err != nil {
		return parvis.Viewer{}, nil, err
	}
	// At most one write a day keeps the session alive and the statistics honest.
	if s.ExpiresAt.Sub(now) < sessionLife-24*time.Hour {
		err := a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
			return t.ExtendSession(ctx, hash, now.Add(sessionLife))
		})
		if err != nil {
			return parvis.Viewer{}, nil, err
		}
	}
	return v, login, a.seen(ctx, n, login)
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
	v.Scopes = token.Scopes
	return v, a.seen(ctx, n, login)
}
