package app

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parvis-coop/parvis/internal/oidc"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// How long somebody may take at another service, and to fill in the form to join then.
const (
	identityLife = 10 * time.Minute
	joinLife     = 30 * time.Minute
)

// maxTyped is how many bytes of a form are kept while somebody is away: all that it
// takes fits.
const maxTyped = 8 << 10

// An Inquiry is what somebody wants another service to answer.
type Inquiry struct {
	Provider   parvis.ID
	Link       bool   // to tie their account to it, rather than to come in
	Back       string // where to go then
	Invitation string // code that they came with; empty for none
	Typed      Typed
}

// Typed is what somebody wrote in the form to join before they left for another
// service: tickets keep it, so that they find it again. A password is not among it.
type Typed struct {
	Name     string `json:"name,omitempty"`
	Username string `json:"username,omitempty"`
	Email    string `json:"email,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// kept is what is worth keeping: more than the form takes is not.
func (t Typed) kept() Typed {
	if len(t.Name)+len(t.Username)+len(t.Email)+len(t.Reason) > maxTyped {
		return Typed{}
	}
	return t
}

// An Errand sends a browser to another service. It keeps the secret meanwhile.
type Errand struct {
	URL     string
	Secret  string
	Expires time.Time
}

// inquiry is what a ticket remembers while a browser is away.
type inquiry struct {
	Provider   parvis.ID `json:"provider"`
	Issuer     string    `json:"issuer"`
	Nonce      string    `json:"nonce"`
	Verifier   string    `json:"verifier"`
	Link       bool      `json:"link,omitempty"`
	Again      bool      `json:"again,omitempty"`
	Back       string    `json:"back,omitempty"`
	Invitation string    `json:"invitation,omitempty"`
	Typed      Typed     `json:"typed,omitzero"`
}

func (i *inquiry) question(n *parvis.Node, state string, asked time.Time) oidc.Question {
	return oidc.Question{State: state, Nonce: i.Nonce, Verifier: i.Verifier, Return: n.URL(parvis.IdentityReturnPath), Again: i.Again, Asked: asked}
}

// AskIdentity sends somebody to a service that says who they are. Who is signed in has
// to prove it there once more, unless they only tie their account to it.
func (a *App) AskIdentity(ctx context.Context, n *parvis.Node, g Guest, in Inquiry, b parvis.Browser) (Errand, error) {
	if err := a.attempt(ctx, n, identityLimit, b.Addr); err != nil {
		return Errand{}, err
	}
	t := parvis.Ticket{Purpose: parvis.TicketIdentity}
	if in.Link {
		if err := a.fresh(g); err != nil {
			return Errand{}, err
		}
		t.Subject = g.Viewer.ID()
	}
	p, err := a.provider(ctx, n, func(p *parvis.Provider) bool { return p.ID == in.Provider })
	if err != nil {
		return Errand{}, err
	}
	if err := a.Identities.Check(ctx, p); err != nil {
		return Errand{}, unanswered(p, err)
	}
	nonce, _ := newSecret()
	kept := inquiry{Provider: p.ID, Issuer: p.Issuer, Nonce: nonce, Verifier: oidc.NewVerifier(), Link: in.Link,
		Again: g.Viewer.Resident() && !in.Link, Back: in.Back, Invitation: in.Invitation, Typed: in.Typed.kept()}
	data, err := json.Marshal(kept)
	if err != nil {
		return Errand{}, err
	}
	t.Data = string(data)
	secret, err := a.issue(ctx, n, &t, identityLife)
	if err != nil {
		return Errand{}, err
	}
	address, err := a.Identities.Ask(ctx, p, kept.question(n, secret, a.Now()))
	if err != nil {
		return Errand{}, unanswered(p, err)
	}
	return Errand{URL: address, Secret: secret, Expires: t.ExpiresAt}, nil
}

// unanswered says to people what went wrong at a service; what the service said is
// for the log.
func unanswered(p *parvis.Provider, err error) error {
	for _, known := range []struct {
		err error
		key string
	}{{oidc.ErrSilent, "identity.silent"}, {oidc.ErrWeak, "identity.weak"}, {oidc.ErrRefused, "identity.refused"}} {
		if errors.Is(err, known.err) {
			return fmt.Errorf("%w: %s: %w", parvis.Invalid("identity", known.key, "Name", p.Name), p.Issuer, err)
		}
	}
	return err
}

// Returning is a browser that comes back from a service.
type Returning struct {
	Secret string // that it kept
	State  string // that the service passed on: the same, unless somebody else sent the browser
	Code   string // to redeem
	Issuer string // of the service; empty if it does not say
	Error  string // of OAuth 2.0, section 4.1.2.1
}

// Recognised is what became of somebody for whom a service answers: they have an
// Entrance, or may join with the secret Join, or have tied their account to it.
type Recognised struct {
	Entrance   parvis.Entrance
	Join       string
	JoinUntil  time.Time
	Linked     bool
	Back       string
	Invitation string
}

// AnswerIdentity takes what a browser brings back from a service, once.
func (a *App) AnswerIdentity(ctx context.Context, n *parvis.Node, g Guest, in Returning, b parvis.Browser) (Recognised, error) {
	over := parvis.Invalid("identity", "identity.over")
	if in.Secret == "" || subtle.ConstantTimeCompare([]byte(in.Secret), []byte(in.State)) != 1 {
		return Recognised{}, over
	}
	kept, asked, err := a.takeInquiry(ctx, n, g, in.Secret)
	if errors.Is(err, parvis.ErrNotFound) {
		return Recognised{}, over
	}
	if err != nil {
		return Recognised{}, err
	}
	r := Recognised{Back: kept.Back, Invitation: kept.Invitation}
	p, err := a.provider(ctx, n, func(p *parvis.Provider) bool { return p.ID == kept.Provider && p.Issuer == kept.Issuer })
	if err != nil {
		return r, err
	}
	if in.Error == "access_denied" {
		return r, parvis.Invalid("identity", "identity.denied", "Name", p.Name)
	}
	if in.Error != "" {
		return r, unanswered(p, fmt.Errorf("%w: %.100q", oidc.ErrRefused, in.Error))
	}
	person, err := a.Identities.Answer(ctx, p, kept.question(n, in.State, asked), oidc.Answer{Code: in.Code, Issuer: in.Issuer})
	if err != nil {
		return r, unanswered(p, err)
	}
	err = a.recognise(ctx, n, g, arrival{p, kept, person, b}, &r)
	return r, err
}

// takeInquiry uses up the ticket of a browser that is back. What somebody asked for
// their account is for nobody else who is signed in by now.
func (a *App) takeInquiry(ctx context.Context, n *parvis.Node, g Guest, secret string) (*inquiry, time.Time, error) {
	t, err := a.ticket(ctx, n, secret, parvis.TicketIdentity)
	if err != nil {
		return nil, time.Time{}, err
	}
	if t.Subject != 0 && t.Subject != g.Viewer.ID() {
		return nil, time.Time{}, parvis.ErrNotFound
	}
	kept := new(inquiry)
	if err := json.Unmarshal([]byte(t.Data), kept); err != nil {
		return nil, time.Time{}, fmt.Errorf("what a ticket remembers: %w", err)
	}
	err = a.inTx(ctx, n, func(ctx context.Context, tx *storage.Tx) error { return tx.TakeTicket(ctx, hashSecret(secret)) })
	return kept, t.ExpiresAt.Add(-identityLife), err
}

// An arrival is somebody for whom a service answers, before we know who they are here.
type arrival struct {
	provider *parvis.Provider
	asked    *inquiry
	person   *oidc.Person
	browser  parvis.Browser
}

// recognise finds out who somebody is here, and notes what becomes of them.
func (a *App) recognise(ctx context.Context, n *parvis.Node, g Guest, who arrival, r *Recognised) error {
	known, err := a.node(n).Identity(ctx, who.provider.Issuer, who.person.Subject)
	unknown := errors.Is(err, parvis.ErrNotFound)
	switch {
	case err != nil && !unknown:
		return err
	case who.asked.Link:
		r.Linked = true
		return a.link(ctx, n, g, who, known.AccountID)
	case unknown && who.asked.Again:
		return parvis.Invalid("identity", "identity.unlinked", "Name", who.provider.Name)
	case unknown:
		return a.newcomer(ctx, n, who, r)
	}
	login, err := a.node(n).Login(ctx, known.AccountID)
	if err != nil {
		return err
	}
	r.Entrance, err = a.enterWith(ctx, n, login, parvis.Session{Way: parvis.ByIdentity, Device: who.browser.Device, IDToken: who.person.IDToken})
	return err
}

// link ties a resident's account to whom a service calls them, unless they are tied to
// one already: one of each service.
func (a *App) link(ctx context.Context, n *parvis.Node, g Guest, who arrival, tied parvis.ID) error {
	if err := a.fresh(g); err != nil || tied == g.Viewer.ID() {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		there, err := t.Identities(ctx, g.Viewer.ID())
		if err != nil {
			return err
		}
		if slices.ContainsFunc(there, func(i parvis.Identity) bool { return i.Issuer == who.provider.Issuer }) {
			return parvis.Invalid("identity", "identity.another", "Name", who.provider.Name)
		}
		err = t.AddIdentity(ctx, parvis.Identity{AccountID: g.Viewer.ID(), Issuer: who.provider.Issuer, Subject: who.person.Subject, CreatedAt: a.Now()})
		if err != nil {
			return taken(err, "identity", "identity.taken")
		}
		return a.tellOwner(ctx, t, g.Login, parvis.ChangedIdentity)
	})
}

// newcomer lets somebody join for whom a service answers. Who has an account under the
// address that it vouches for has to sign in to tie the two: else the service could
// open any account.
func (a *App) newcomer(ctx context.Context, n *parvis.Node, who arrival, r *Recognised) error {
	said, err := who.person.Profile(ctx)
	if err != nil {
		return unanswered(who.provider, err)
	}
	if said.EmailVerified {
		if err := a.unclaimed(ctx, n, said.Email, who.provider); err != nil {
			return err
		}
	}
	data, err := json.Marshal(Claims{Issuer: who.provider.Issuer, Subject: who.person.Subject, IDToken: who.person.IDToken,
		Name: said.Name, Email: said.Email, EmailVerified: said.EmailVerified, Typed: who.asked.Typed})
	if err != nil {
		return err
	}
	t := parvis.Ticket{Purpose: parvis.TicketJoin, Data: string(data)}
	r.Join, err = a.issue(ctx, n, &t, joinLife)
	r.JoinUntil = t.ExpiresAt
	return err
}

// unclaimed refuses an address that has an account, or asked for one.
func (a *App) unclaimed(ctx context.Context, n *parvis.Node, email string, p *parvis.Provider) error {
	_, err := a.node(n).LoginByEmail(ctx, email)
	if err == nil {
		return parvis.Invalid("identity", "identity.known", "Name", p.Name)
	}
	if !errors.Is(err, parvis.ErrNotFound) {
		return err
	}
	applicant, err := a.node(n).ApplicantByEmail(ctx, email)
	if err == nil && !applicant.ConfirmedAt.IsZero() {
		return parvis.Invalid("identity", "signin.waiting")
	}
	return ignore(err, parvis.ErrNotFound)
}

// IdentitiesOf lists to whom of other services a resident's account is tied.
func (a *App) IdentitiesOf(ctx context.Context, n *parvis.Node, g Guest) ([]parvis.Identity, error) {
	return a.node(n).Identities(ctx, g.Viewer.ID())
}

// Unlink unties a resident's account from a service, and signs out their other
// browsers. It refuses to take the last way in.
func (a *App) Unlink(ctx context.Context, n *parvis.Node, g Guest, issuer string) error {
	if err := a.fresh(g); err != nil {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.RemoveIdentity(ctx, g.Viewer.ID(), issuer); err != nil {
			return err
		}
		locked, err := t.Locked(ctx, g.Viewer.ID())
		if err != nil {
			return err
		}
		if locked {
			return parvis.Invalid("identity", "identity.last")
		}
		if err := t.EndSessions(ctx, g.Viewer.ID(), g.Session.Hash); err != nil {
			return err
		}
		return a.tellOwner(ctx, t, g.Login, parvis.ChangedNoIdentity)
	})
}
