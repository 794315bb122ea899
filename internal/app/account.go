package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/storage"
)

// A NewAccount is what it takes to become a resident.
type NewAccount struct {
	Username string
	Email    string
	Password string
	Name     string
	Role     parvis.Role // resident if empty
	Language string
}

// CreateAccount makes an account for a resident, whoever asks: the command does.
func (a *App) CreateAccount(ctx context.Context, n *parvis.Node, in NewAccount) (*parvis.Account, error) {
	in.Username = strings.ToLower(strings.TrimSpace(in.Username))
	email, err := in.validate()
	if err != nil {
		return nil, err
	}
	if in.Role == "" {
		in.Role = parvis.RoleResident
	}
	acc := &parvis.Account{Username: in.Username, Type: parvis.Person, Name: strings.TrimSpace(in.Name)}
	a.address(n, acc)
	keys, err := newKeys(acc)
	if err != nil {
		return nil, err
	}
	login := &parvis.Login{Email: email, PasswordHash: hashPassword(in.Password), Role: in.Role, Language: in.Language, CreatedAt: a.Now()}
	err = a.DB.InTx(ctx, func(ctx context.Context, t *storage.DBTx) error {
		rows := t.Node(n.ID)
		if err := rows.AddAccount(ctx, acc); err != nil {
			return taken(err, "username", "account.username.taken")
		}
		if err := rows.SetKeys(ctx, acc.ID, keys); err != nil {
			return err
		}
		login.AccountID = acc.ID
		if err := rows.AddLogin(ctx, login); err != nil {
			return taken(err, "email", "account.email.taken")
		}
		return a.welcomeAdmin(ctx, t, n, in.Role)
	})
	return acc, err
}

func (in *NewAccount) validate() (email string, err error) {
	var e parvis.InvalidError
	if err := e.Join(parvis.ValidateUsername(in.Username)); err != nil {
		return "", err
	}
	email, err = parvis.CleanEmail(in.Email)
	if err := e.Join(err); err != nil {
		return "", err
	}
	if err := e.Join(parvis.ValidatePassword(in.Password)); err != nil {
		return "", err
	}
	profile := parvis.Account{Name: in.Name}
	if err := e.Join(profile.ValidateProfile()); err != nil {
		return "", err
	}
	return email, e.OrNil()
}

// taken turns a conflict into a problem with a field.
func taken(err error, field, key string) error {
	if errors.Is(err, parvis.ErrConflict) {
		return parvis.Invalid(field, key)
	}
	return err
}

// welcomeAdmin ends a node's preparation when its first admin arrives. The node
// is read again: the caller's copy may be older than its settings.
func (a *App) welcomeAdmin(ctx context.Context, t *storage.DBTx, n *parvis.Node, role parvis.Role) error {
	if role != parvis.RoleAdmin {
		return nil
	}
	fresh, err := t.NodeByHost(ctx, n.Host)
	if err != nil || fresh.HasAdmin {
		return err
	}
	fresh.HasAdmin = true
	return t.UpdateNode(ctx, fresh)
}

// SignUp makes an account by the form. addr is the visitor's address.
func (a *App) SignUp(ctx context.Context, n *parvis.Node, in NewAccount, addr string) (*parvis.Account, error) {
	if !n.SignupOpen() {
		return nil, parvis.ErrForbidden
	}
	in.Role = parvis.RoleResident
	if parvis.ReservedUsername(strings.TrimSpace(in.Username)) {
		return nil, parvis.Invalid("username", "account.username.taken")
	}
	if err := in.validateSignUp(); err != nil {
		return nil, err
	}
	if err := a.attempt(ctx, n, signUpLimit, addr); err != nil {
		return nil, err
	}
	return a.CreateAccount(ctx, n, in)
}

func (in NewAccount) validateSignUp() error {
	in.Username = strings.ToLower(strings.TrimSpace(in.Username))
	_, err := in.validate()
	return err
}

// A Profile is what a resident says of themself.
type Profile struct {
	Name    string
	Bio     string // Markdown
	Quarter string
	Locked  bool
	// Avatar is an uploaded picture's id; 0 keeps the picture, NoAvatar removes it.
	Avatar parvis.ID
}

// NoAvatar removes the picture.
const NoAvatar parvis.ID = -1

// EditProfile changes the viewer's profile and tells those who know it.
func (a *App) EditProfile(ctx context.Context, n *parvis.Node, v parvis.Viewer, p Profile) (*parvis.Account, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	acc, err := a.node(n).Account(ctx, v.ID())
	if err != nil {
		return nil, err
	}
	acc.Name, acc.Bio, acc.Quarter, acc.Locked = strings.TrimSpace(p.Name), strings.TrimSpace(p.Bio), strings.TrimSpace(p.Quarter), p.Locked
	if err := acc.ValidateProfile(); err != nil {
		return nil, err
	}
	acc.BioHTML = text.Markdown(acc.Bio, a.links(n, nil)).HTML
	switch p.Avatar {
	case 0:
	case NoAvatar:
		acc.Avatar = nil
	default:
		m, err := a.node(n).Media(ctx, p.Avatar)
		if err != nil || m.AccountID != acc.ID || m.PostID != 0 {
			return nil, parvis.Invalid("avatar", "account.avatar.unknown")
		}
		acc.Avatar = m
	}
	acc.UpdatedAt = a.Now()
	return acc, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.UpdateAccount(ctx, acc); err != nil {
			return err
		}
		return a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbUpdate, Actor: acc.ID})
	})
}

// SetPassword changes the viewer's password and signs out their other browsers;
// session is the secret of the one that stays.
func (a *App) SetPassword(ctx context.Context, n *parvis.Node, v parvis.Viewer, old, fresh, session string) error {
	if !v.Resident() {
		return parvis.ErrSignIn
	}
	if err := a.checkOwner(ctx, n, v, "old", old); err != nil {
		return err
	}
	if err := parvis.ValidatePassword(fresh); err != nil {
		return err
	}
	hash := hashPassword(fresh)
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.SetPassword(ctx, v.ID(), hash); err != nil {
			return err
		}
		return t.EndSessions(ctx, v.ID(), hashSecret(session))
	})
}

// checkOwner refuses whoever sits at the viewer's browser and does not know their
// password, which was typed into a field.
func (a *App) checkOwner(ctx context.Context, n *parvis.Node, v parvis.Viewer, field, password string) error {
	login, err := a.node(n).Login(ctx, v.ID())
	if err != nil {
		return err
	}
	if err := a.attempt(ctx, n, signInLimit, v.ID().String()); err != nil {
		return err
	}
	if !checkPassword(login.PasswordHash, password) {
		return parvis.Invalid(field, "account.password.wrong")
	}
	return nil
}

// Suspend stops an account from acting and hides what it published; again undoes it.
func (a *App) Suspend(ctx context.Context, n *parvis.Node, acct string, again bool) error {
	acc, err := a.node(n).AccountByAcct(ctx, acct)
	if err != nil {
		return fmt.Errorf("account %s: %w", acct, err)
	}
	since := a.Now()
	if again {
		since = time.Time{}
	}
	return a.setSuspended(ctx, n, acc, since)
}

func (a *App) setSuspended(ctx context.Context, n *parvis.Node, acc *parvis.Account, since time.Time) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.SetSuspended(ctx, acc.ID, since); err != nil {
			return err
		}
		if acc.Local() {
			return t.EndSessions(ctx, acc.ID, "")
		}
		return nil
	})
}

// DeleteAccount deletes a local account and all that it published, here and, by
// a Delete activity, everywhere it is known.
func (a *App) DeleteAccount(ctx context.Context, n *parvis.Node, acct string) error {
	acc, err := a.node(n).AccountByAcct(ctx, acct)
	if err != nil {
		return fmt.Errorf("account %s: %w", acct, err)
	}
	if !acc.Local() || acc.Type == parvis.Application || acc.IsFeed() {
		return fmt.Errorf("account %s: %w", acct, parvis.ErrForbidden)
	}
	if !acc.DeletedAt.IsZero() {
		return fmt.Errorf("account %s: %w", acct, parvis.ErrGone)
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := a.erase(ctx, t, acc); err != nil {
			return err
		}
		return a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbDelete, Actor: acc.ID})
	})
}
