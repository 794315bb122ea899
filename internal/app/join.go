package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// A Joining is what somebody writes to become a resident.
type Joining struct {
	NewAccount
	Reason     string // for the team, where it decides
	OfAge      bool   // they say to be as old as the node asks
	Charter    bool   // they accept the charter
	Invitation string // code of an invitation; empty for none
	Identity   string // secret of a ticket for whom another service answers; empty for none
}

// Joined says how far somebody came who asked for an account.
type Joined string

// The ends of asking for an account, and of confirming an address.
const (
	JoinedIn      Joined = "in"      // they have the account, and their browser is signed in
	JoinedConfirm Joined = "confirm" // they have to read a mail
	JoinedWaiting Joined = "waiting" // the team decides
)

// Claims are what another service says of somebody: a ticket to join holds them. The
// names are those of OpenID Connect Core 1.0, section 5.1.
type Claims struct {
	Issuer        string `json:"iss"`
	Subject       string `json:"sub"` // what the service calls them, for ever
	IDToken       string `json:"id_token,omitempty"`
	Name          string `json:"name,omitempty"`
	Email         string `json:"email,omitempty"`
	EmailVerified bool   `json:"email_verified,omitempty"` // they showed the service that they read the mail of Email

	Typed Typed `json:"typed,omitzero"` // by themselves, before: the service says nothing of it
}

// Invitation returns the invitation with a code; one that is not good any more, or
// that there never was, is parvis.ErrNotFound.
func (a *App) Invitation(ctx context.Context, n *parvis.Node, code string) (*parvis.Invitation, error) {
	i, err := a.node(n).InvitationByCode(ctx, code)
	if err == nil && !i.Good(a.Now()) {
		return nil, parvis.ErrNotFound
	}
	return i, err
}

// Join asks for an account by the form. Where nobody has to confirm or decide
// anything, it makes the account and signs the browser in. Who has to confirm their
// address is given a secret that shows later that this browser asked.
func (a *App) Join(ctx context.Context, n *parvis.Node, in Joining, b parvis.Browser) (Joined, parvis.Entrance, error) {
	applicant, known, err := a.apply(ctx, n, &in)
	if err != nil {
		return "", parvis.Entrance{}, err
	}
	if err := a.attempt(ctx, n, signUpLimit, b.Addr); err != nil {
		return "", parvis.Entrance{}, err
	}
	if in.Password != "" {
		applicant.PasswordHash = hashPassword(in.Password)
	}
	if !a.Mails || known.EmailVerified && strings.ToLower(known.Email) == applicant.Email {
		applicant.ConfirmedAt = a.Now()
	}
	if !applicant.ConfirmedAt.IsZero() && !n.NeedsApproval(applicant.Invitation != 0) {
		return a.joinAtOnce(ctx, n, applicant, in.Identity, parvis.Session{Device: b.Device, IDToken: known.IDToken})
	}
	return a.joinLater(ctx, n, applicant, in.Identity)
}

// apply makes an applicant of what somebody wrote, or says what must be corrected.
func (a *App) apply(ctx context.Context, n *parvis.Node, in *Joining) (*parvis.Applicant, Claims, error) {
	var invitation parvis.ID
	if in.Invitation != "" {
		i, err := a.Invitation(ctx, n, in.Invitation)
		if errors.Is(err, parvis.ErrNotFound) {
			return nil, Claims{}, parvis.Invalid("invitation", "join.invitation.over")
		}
		if err != nil {
			return nil, Claims{}, err
		}
		invitation = i.ID
	}
	if !n.Joinable(invitation != 0) {
		return nil, Claims{}, parvis.ErrForbidden
	}
	known, err := a.Vouched(ctx, n, in.Identity)
	if err != nil {
		return nil, Claims{}, err
	}
	email, err := in.validate(n, invitation != 0)
	if err != nil {
		return nil, Claims{}, err
	}
	applicant := &parvis.Applicant{Username: in.Username, Email: email, Name: in.Name, Reason: in.Reason, Language: in.Language,
		Issuer: known.Issuer, Identity: known.Subject, Charter: n.Charter, StatedAge: max(n.MinAge, 0), Invitation: invitation, CreatedAt: a.Now()}
	return applicant, known, nil
}

// validate says all that must be corrected at once.
func (in *Joining) validate(n *parvis.Node, invited bool) (email string, err error) {
	var e parvis.InvalidError
	if email, err = in.clean(&e); err != nil {
		return "", err
	}
	in.Reason = strings.TrimSpace(in.Reason)
	if parvis.ReservedUsername(in.Username) {
		e.Add("username", "account.username.taken")
	}
	if in.Identity == "" || in.Password != "" {
		if err := e.Join(parvis.ValidatePassword(in.Password)); err != nil {
			return "", err
		}
	}
	if err := e.Join(parvis.ValidateReason(in.Reason, n.NeedsApproval(invited))); err != nil {
		return "", err
	}
	if n.MinAge > 0 && !in.OfAge {
		e.Add("age", "join.age.missing", "Age", n.MinAge)
	}
	if !in.Charter {
		e.Add("charter", "join.charter.missing")
	}
	return email, e.OrNil()
}

// Vouched returns what another service said of somebody who has no account yet.
// Without a secret it is nothing; what was said too long ago has to be said again.
func (a *App) Vouched(ctx context.Context, n *parvis.Node, secret string) (Claims, error) {
	var known Claims
	if secret == "" {
		return known, nil
	}
	t, err := a.ticket(ctx, n, secret, parvis.TicketJoin)
	if errors.Is(err, parvis.ErrNotFound) {
		return known, parvis.Invalid("identity", "join.identity.over")
	}
	if err != nil {
		return known, err
	}
	if err := json.Unmarshal([]byte(t.Data), &known); err != nil {
		return known, fmt.Errorf("claims of a ticket: %w", err)
	}
	return known, nil
}

// joinAtOnce makes the account that somebody asks for.
func (a *App) joinAtOnce(ctx context.Context, n *parvis.Node, applicant *parvis.Applicant, ticket string, s parvis.Session) (Joined, parvis.Entrance, error) {
	r, err := a.residentOf(n, applicant)
	if err != nil {
		return "", parvis.Entrance{}, err
	}
	var e parvis.Entrance
	err = a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := a.useInvitation(ctx, t, applicant); err != nil {
			return err
		}
		if err := a.takeVoucher(ctx, t, ticket); err != nil {
			return err
		}
		if _, err := t.ApplicantByUsername(ctx, applicant.Username); err == nil {
			return parvis.Invalid("username", "account.username.taken")
		} else if !errors.Is(err, parvis.ErrNotFound) {
			return err
		}
		e, err = a.admitNow(ctx, t, applicant, r, s)
		return err
	})
	return JoinedIn, e, err
}

// admitNow stores a resident, and signs their browser in.
func (a *App) admitNow(ctx context.Context, t *storage.Tx, applicant *parvis.Applicant, r *resident, s parvis.Session) (parvis.Entrance, error) {
	if err := a.admitApplicant(ctx, t, applicant, r); err != nil {
		return parvis.Entrance{}, err
	}
	s.AccountID, s.Way = r.acc.ID, parvis.ByJoining
	return a.addSession(ctx, t, s)
}

// useInvitation counts an account that is opened by an invitation. Whoever asked for
// it in time may confirm their address after the invitation's.
func (a *App) useInvitation(ctx context.Context, t *storage.Tx, applicant *parvis.Applicant) error {
	if applicant.Invitation == 0 {
		return nil
	}
	err := t.UseInvitation(ctx, applicant.Invitation, applicant.CreatedAt)
	if errors.Is(err, parvis.ErrConflict) {
		return parvis.Invalid("invitation", "join.invitation.over")
	}
	return err
}

// takeVoucher uses up what another service said of somebody who joins, if one did.
func (a *App) takeVoucher(ctx context.Context, t *storage.Tx, ticket string) error {
	if ticket == "" {
		return nil
	}
	err := t.TakeTicket(ctx, hashSecret(ticket))
	if errors.Is(err, parvis.ErrNotFound) {
		return parvis.Invalid("identity", "join.identity.over")
	}
	return err
}

// joinLater keeps what somebody asked for until they confirmed their address, or
// the team decided.
func (a *App) joinLater(ctx context.Context, n *parvis.Node, applicant *parvis.Applicant, ticket string) (Joined, parvis.Entrance, error) {
	// The name comes first: whether it is taken must not tell whether the address is.
	if err := a.freeName(ctx, n, applicant); err != nil {
		return "", parvis.Entrance{}, err
	}
	if !applicant.ConfirmedAt.IsZero() {
		held, err := a.heldAddress(ctx, n, applicant)
		if err != nil || held {
			return JoinedWaiting, parvis.Entrance{}, err
		}
		return JoinedWaiting, parvis.Entrance{}, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
			if err := a.addApplicant(ctx, t, applicant, ticket); err != nil {
				return err
			}
			return a.mailTeam(ctx, t, parvis.MailArgs{About: parvis.MailApplicant, Applicant: applicant.ID})
		})
	}
	secret, hash := newSecret()
	asked := parvis.Entrance{Secret: secret, Expires: a.Now().Add(confirmLife)}
	held, err := a.heldAddress(ctx, n, applicant)
	if err != nil || held {
		// Whoever reads that mail is told; whoever typed the address is not.
		return JoinedConfirm, asked, err
	}
	if err := a.attempt(ctx, n, mailLimit, applicant.Email); err != nil {
		return JoinedConfirm, asked, ignoreMany(err)
	}
	return JoinedConfirm, asked, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := a.addApplicant(ctx, t, applicant, ticket); err != nil {
			return err
		}
		if err := t.AddTicket(ctx, hash, parvis.Ticket{Purpose: parvis.TicketAsked, Subject: applicant.ID, ExpiresAt: asked.Expires}); err != nil {
			return err
		}
		return a.write(ctx, t, parvis.MailArgs{About: parvis.MailConfirm, Applicant: applicant.ID, Address: applicant.Email, Language: applicant.Language})
	})
}

// addApplicant stores who asks for an account.
func (a *App) addApplicant(ctx context.Context, t *storage.Tx, applicant *parvis.Applicant, ticket string) error {
	if err := a.takeVoucher(ctx, t, ticket); err != nil {
		return err
	}
	if err := a.replaceApplicant(ctx, t, applicant.Email); err != nil {
		return err
	}
	return taken(t.AddApplicant(ctx, applicant), "username", "account.username.taken")
}

// freeName refuses a username that somebody has or asked for, but for who asks again.
func (a *App) freeName(ctx context.Context, n *parvis.Node, applicant *parvis.Applicant) error {
	_, err := a.node(n).AccountByAcct(ctx, applicant.Username)
	if errors.Is(err, parvis.ErrNotFound) {
		var earlier *parvis.Applicant
		earlier, err = a.node(n).ApplicantByUsername(ctx, applicant.Username)
		if errors.Is(err, parvis.ErrNotFound) || err == nil && earlier.Email == applicant.Email {
			return nil
		}
	}
	if err != nil {
		return err
	}
	return parvis.Invalid("username", "account.username.taken")
}

// heldAddress reports whether the address that somebody gave has an account, or waits
// for the team, and writes to it if so. Where no mail can be sent, the form says it.
func (a *App) heldAddress(ctx context.Context, n *parvis.Node, applicant *parvis.Applicant) (bool, error) {
	about := parvis.MailKnown
	_, err := a.node(n).LoginByEmail(ctx, applicant.Email)
	if errors.Is(err, parvis.ErrNotFound) {
		var earlier *parvis.Applicant
		earlier, err = a.node(n).ApplicantByEmail(ctx, applicant.Email)
		if errors.Is(err, parvis.ErrNotFound) || err == nil && earlier.ConfirmedAt.IsZero() {
			return false, nil
		}
		about = parvis.MailPending
	}
	if err != nil {
		return false, err
	}
	if !a.Mails {
		return true, parvis.Invalid("email", "account.email.taken")
	}
	if err := a.attempt(ctx, n, mailLimit, applicant.Email); err != nil {
		return true, ignoreMany(err)
	}
	return true, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		return a.write(ctx, t, parvis.MailArgs{About: about, Address: applicant.Email, Language: applicant.Language})
	})
}

// replaceApplicant makes room for who asks once more before they confirmed their address.
func (a *App) replaceApplicant(ctx context.Context, t *storage.Tx, email string) error {
	earlier, err := t.ApplicantByEmail(ctx, email)
	if err != nil {
		return ignore(err, parvis.ErrNotFound)
	}
	if err := t.DropTickets(ctx, earlier.ID, parvis.TicketConfirm); err != nil {
		return err
	}
	return t.DropApplicant(ctx, earlier.ID)
}

// residentOf makes a resident of an applicant.
func (a *App) residentOf(n *parvis.Node, p *parvis.Applicant) (*resident, error) {
	r, err := a.newResident(n, p.Username, p.Name)
	if err != nil {
		return nil, err
	}
	r.login = &parvis.Login{Email: p.Email, PasswordHash: p.PasswordHash, Role: parvis.RoleResident, Language: p.Language,
		StatedAge: p.StatedAge, Charter: p.Charter}
	return r, nil
}

// admitApplicant stores the account of somebody who asked for it.
func (a *App) admitApplicant(ctx context.Context, t *storage.Tx, p *parvis.Applicant, r *resident) error {
	if a.Mails { // where none is sent, nobody showed anything
		r.login.ConfirmedAt = p.ConfirmedAt
	}
	if p.ID != 0 {
		if err := t.DropApplicant(ctx, p.ID); err != nil {
			return err
		}
	}
	if err := a.moveIn(ctx, t, r); err != nil {
		return err
	}
	if p.Identity == "" {
		return nil
	}
	return taken(t.AddIdentity(ctx, parvis.Identity{AccountID: r.acc.ID, Issuer: p.Issuer, Subject: p.Identity, CreatedAt: a.Now()}), "identity", "identity.taken")
}
