package app

import (
	"cmp"
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
	var e parvis.InvalidError
	email, err := in.clean(&e)
	if err == nil {
		err = e.Join(parvis.ValidatePassword(in.Password))
	}
	if err == nil {
		err = e.OrNil()
	}
	if err != nil {
		return nil, err
	}
	r, err := a.newResident(n, in.Username, in.Name)
	if err != nil {
		return nil, err
	}
	r.login = &parvis.Login{Email: email, PasswordHash: hashPassword(in.Password), Role: cmp.Or(in.Role, parvis.RoleResident), Language: in.Language}
	return r.acc, a.DB.InTx(ctx, func(ctx context.Context, t *storage.DBTx) error {
		if err := a.moveIn(ctx, t.Node(n.ID), r); err != nil {
			return err
		}
		return a.welcomeAdmin(ctx, t, n, in.Role)
	})
}

// clean trims what somebody wrote and notes what must be corrected, but for the
// password.
func (in *NewAccount) clean(e *parvis.InvalidError) (email string, err error) {
	in.Username, in.Name = strings.ToLower(strings.TrimSpace(in.Username)), strings.TrimSpace(in.Name)
	email, err = parvis.CleanEmail(in.Email)
	profile := parvis.Account{Name: in.Name}
	for _, err := range []error{parvis.ValidateUsername(in.Username), err, profile.ValidateProfile()} {
		if err := e.Join(err); err != nil {
			return "", err
		}
	}
	return email, nil
}

// A resident is somebody about to have an account: keys are made before there is a
// transaction.
type resident struct {
	acc   *parvis.Account
	keys  storage.Keys
	login *parvis.Login
}

// newResident makes an account with its keys; its login is left to be set.
func (a *App) newResident(n *parvis.Node, username, name string) (*resident, error) {
	acc := &parvis.Account{Username: username, Type: parvis.Person, Name: name, QuarterAudience: parvis.Everyone}
	a.address(n, acc)
	keys, err := newKeys(acc)
	return &resident{acc: acc, keys: keys}, err
}

// moveIn stores a new resident.
func (a *App) moveIn(ctx context.Context, t *storage.Tx, r *resident) error {
	if err := t.AddAccount(ctx, r.acc); err != nil {
		return taken(err, "username", "account.username.taken")
	}
	if err := t.SetKeys(ctx, r.acc.ID, r.keys); err != nil {
		return err
	}
	r.login.AccountID, r.login.CreatedAt = r.acc.ID, a.Now()
	return taken(t.AddLogin(ctx, r.login), "email", "account.email.taken")
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

// A Profile is what a resident says of themself.
type Profile struct {
	Name    string
	Bio     string // Markdown
	Quarter string
	Locked  bool
	// QuarterFor is who sees the neighbourhood, Listed in whose directory they are:
	// parvis.Everyone, parvis.OnNode or, for Listed, nobody's.
	QuarterFor, Listed parvis.Audience
	Presentation       parvis.Presentation
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
	acc.QuarterAudience, acc.Listed = cmp.Or(p.QuarterFor, parvis.Everyone), p.Listed
	said := p.Presentation
	said.SkillsFor, said.LinksFor = cmp.Or(said.SkillsFor, parvis.Everyone), cmp.Or(said.LinksFor, parvis.Everyone)
	var e parvis.InvalidError
	if err := errors.Join(e.Join(acc.ValidateProfile()), e.Join(said.Validate()), e.OrNil()); err != nil {
		return nil, err
	}
	old, err := a.node(n).Presentation(ctx, acc.ID)
	if err != nil {
		return nil, err
	}
	keepVerified(said.Links, old.Links)
	acc.Fields = a.fields(n, &said)
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
		if err := a.present(ctx, t, n, acc, &said); err != nil {
			return err
		}
		return a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbUpdate, Actor: acc.ID})
	})
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
		// Whom the team lets act again may have left meanwhile.
		if d, err := t.Departure(ctx, acc.ID); err == nil && since.IsZero() {
			since = d.AskedAt
		} else if ignore(err, parvis.ErrNotFound) != nil {
			return err
		}
		if acc.Local() {
			if err := t.EndSessions(ctx, acc.ID, ""); err != nil {
				return err
			}
		}
		if acc.Local() && since.IsZero() {
			return a.reopen(ctx, t, acc.ID)
		}
		return t.SetSuspended(ctx, acc.ID, since)
	})
}

// reopen lets a resident act again.
func (a *App) reopen(ctx context.Context, t *storage.Tx, account parvis.ID) error {
	if err := t.SetSuspended(ctx, account, time.Time{}); err != nil {
		return err
	}
	if err := a.holdOffers(ctx, t, parvis.HoldArgs{Account: account}); err != nil {
		return err
	}
	box, err := t.Mailbox(ctx, account)
	if err != nil || box.Weekly == 0 {
		return err
	}
	return a.wantWeekly(ctx, t, account, box.Weekly, a.Now()) // its job ended meanwhile
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
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return a.delete(ctx, t, acc) })
}

// delete deletes a local account, here and wherever it is known.
func (a *App) delete(ctx context.Context, t *storage.Tx, acc *parvis.Account) error {
	if err := a.erase(ctx, t, acc); err != nil {
		return err
	}
	return a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbDelete, Actor: acc.ID})
}
