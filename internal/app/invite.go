package app

import (
	"context"
	"crypto/rand"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// Applicants lists, for the team, who waits for its decision, newest first.
func (a *App) Applicants(ctx context.Context, n *parvis.Node, v parvis.Viewer, page parvis.Page) ([]*parvis.Applicant, error) {
	if !v.CanInvite() {
		return nil, parvis.ErrForbidden
	}
	return a.node(n).Applicants(ctx, page)
}

// CountApplicants counts, for the team, who waits for its decision, up to 100. There is
// nobody for others.
func (a *App) CountApplicants(ctx context.Context, n *parvis.Node, v parvis.Viewer) (int, error) {
	if !v.CanInvite() {
		return 0, nil
	}
	return a.node(n).CountApplicants(ctx)
}

// Applicant returns, for the team, who waits for its decision.
func (a *App) Applicant(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.Applicant, error) {
	if !v.CanInvite() {
		return nil, parvis.ErrForbidden
	}
	p, err := a.node(n).Applicant(ctx, id)
	if err == nil && p.ConfirmedAt.IsZero() {
		return nil, parvis.ErrNotFound
	}
	return p, err
}

// AdmitApplicant gives somebody the account that they asked for, and writes to them.
func (a *App) AdmitApplicant(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.Account, error) {
	p, err := a.Applicant(ctx, n, v, id)
	if err != nil {
		return nil, err
	}
	r, err := a.residentOf(n, p)
	if err != nil {
		return nil, err
	}
	return r.acc, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := a.admitApplicant(ctx, t, p, r); err != nil {
			return err
		}
		return a.write(ctx, t, parvis.MailArgs{About: parvis.MailWelcome, To: r.acc.ID})
	})
}

// RefuseApplicant deletes what somebody wrote who asked for an account, and writes to
// them why, in the words of the team, which may be none.
func (a *App) RefuseApplicant(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID, why string) error {
	p, err := a.Applicant(ctx, n, v, id)
	if err != nil {
		return err
	}
	why = strings.TrimSpace(why)
	if err := parvis.ValidateReason(why, false); err != nil {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.DropApplicant(ctx, p.ID); err != nil {
			return err
		}
		return a.write(ctx, t, parvis.MailArgs{About: parvis.MailRefusal, Address: p.Email, Language: p.Language, Words: why})
	})
}

// Invitations lists, for the team, the invitations that there are, newest first.
func (a *App) Invitations(ctx context.Context, n *parvis.Node, v parvis.Viewer, page parvis.Page) ([]*parvis.Invitation, error) {
	if !v.CanInvite() {
		return nil, parvis.ErrForbidden
	}
	return a.node(n).Invitations(ctx, page)
}

// Invite makes an invitation that is good for some days and a number of accounts.
func (a *App) Invite(ctx context.Context, n *parvis.Node, v parvis.Viewer, note string, uses, days int) (*parvis.Invitation, error) {
	if !v.CanInvite() {
		return nil, parvis.ErrForbidden
	}
	now := a.Now()
	i := &parvis.Invitation{Code: strings.ToLower(rand.Text()[:16]), Note: strings.TrimSpace(note), MadeBy: v.ID(), MaxUses: uses,
		CreatedAt: now, ExpiresAt: now.AddDate(0, 0, days)}
	if err := i.Validate(days); err != nil {
		return nil, err
	}
	return i, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.AddInvitation(ctx, i) })
}

// EndInvitation makes an invitation good for nobody.
func (a *App) EndInvitation(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) error {
	if !v.CanInvite() {
		return parvis.ErrForbidden
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.DropInvitation(ctx, id) })
}

// SetSignup says who may ask for an account from now on. Who asked already stays.
func (a *App) SetSignup(ctx context.Context, n *parvis.Node, v parvis.Viewer, mode string) error {
	if !v.Admin() {
		return parvis.ErrForbidden
	}
	signup, err := parvis.ParseSignup(mode)
	if err != nil {
		return err
	}
	return a.changeNode(ctx, n.ID, func(n *parvis.Node) { n.Signup = signup }, nil)
}
