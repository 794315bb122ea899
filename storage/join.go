package storage

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type applicantRow struct {
	bun.BaseModel `bun:"table:applicants"`

	ID           parvis.ID `bun:",pk"`
	NodeID       parvis.ID
	Username     string
	Email        string
	Name         string
	Reason       string
	Language     string
	PasswordHash string
	Issuer       string
	Identity     string
	StatedAge    int
	Charter      int
	Invitation   parvis.ID
	ConfirmedAt  int64
	CreatedAt    int64
}

func (r *applicantRow) applicant() *parvis.Applicant {
	return &parvis.Applicant{ID: r.ID, Username: r.Username, Email: r.Email, Name: r.Name, Reason: r.Reason, Language: r.Language,
		PasswordHash: r.PasswordHash, Issuer: r.Issuer, Identity: r.Identity, StatedAge: r.StatedAge, Charter: r.Charter,
		Invitation: r.Invitation, ConfirmedAt: at(r.ConfirmedAt), CreatedAt: at(r.CreatedAt)}
}

// AddApplicant stores who asks for an account; a username or address that another
// one holds is parvis.ErrConflict.
func (n *Tx) AddApplicant(ctx context.Context, a *parvis.Applicant) error {
	row := &applicantRow{ID: parvis.NewID(a.CreatedAt), NodeID: n.node, Username: a.Username, Email: a.Email, Name: a.Name, Reason: a.Reason,
		Language: a.Language, PasswordHash: a.PasswordHash, Issuer: a.Issuer, Identity: a.Identity, StatedAge: a.StatedAge, Charter: a.Charter,
		Invitation: a.Invitation, ConfirmedAt: ms(a.ConfirmedAt), CreatedAt: ms(a.CreatedAt)}
	err := n.db.insertNew(ctx, "applicants", &row.ID, row)
	a.ID = row.ID
	return err
}

// Applicant returns who asked for an account.
func (n *Node) Applicant(ctx context.Context, id parvis.ID) (*parvis.Applicant, error) {
	return n.oneApplicant(ctx, "id = ?", id)
}

// ApplicantByEmail returns who asked for an account with a mail address.
func (n *Node) ApplicantByEmail(ctx context.Context, email string) (*parvis.Applicant, error) {
	return n.oneApplicant(ctx, "email = ?", email)
}

// ApplicantByUsername returns who asked for a username.
func (n *Node) ApplicantByUsername(ctx context.Context, name string) (*parvis.Applicant, error) {
	return n.oneApplicant(ctx, "username = ?", name)
}

func (n *Node) oneApplicant(ctx context.Context, where string, arg any) (*parvis.Applicant, error) {
	var r applicantRow
	err := n.raw("SELECT "+n.db.columns(r, "")+" FROM applicants WHERE node_id = ? AND "+where, n.node, arg).Scan(ctx, &r)
	return r.applicant(), translate(err)
}

// Applicants lists who waits for the team's decision, newest first.
func (n *Node) Applicants(ctx context.Context, page parvis.Page) ([]*parvis.Applicant, error) {
	var q selection
	q.add("SELECT "+n.db.columns(applicantRow{}, "")+" FROM applicants WHERE node_id = ? AND confirmed_at <> 0", n.node)
	q.page("id", page)
	var rows []applicantRow
	err := n.raw(q.text.String(), q.args...).Scan(ctx, &rows)
	list := make([]*parvis.Applicant, len(rows))
	for i := range rows {
		list[i] = rows[i].applicant()
	}
	return inOrder(list, page), translate(err)
}

// CountApplicants counts who waits for the team's decision, up to a hundred.
func (n *Node) CountApplicants(ctx context.Context) (count int, err error) {
	err = n.raw("SELECT COUNT(*) FROM (SELECT 1 FROM applicants WHERE node_id = ? AND confirmed_at <> 0 LIMIT ?) AS waiting", n.node, unseenLimit).Scan(ctx, &count)
	return count, translate(err)
}

// ConfirmApplicant notes that somebody reads the mail of their address.
func (n *Tx) ConfirmApplicant(ctx context.Context, id parvis.ID, now time.Time) error {
	_, err := n.exec(ctx, "UPDATE applicants SET confirmed_at = ? WHERE id = ? AND node_id = ? AND confirmed_at = 0", ms(now), id, n.node)
	return err
}

// DropApplicant removes who asked for an account: they have it, or will not; one
// that has just been removed is parvis.ErrNotFound.
func (n *Tx) DropApplicant(ctx context.Context, id parvis.ID) error {
	dropped, err := n.exec(ctx, "DELETE FROM applicants WHERE id = ? AND node_id = ?", id, n.node)
	if err == nil && dropped == 0 {
		return parvis.ErrNotFound
	}
	return err
}

type invitationRow struct {
	bun.BaseModel `bun:"table:invitations"`

	ID        parvis.ID `bun:",pk"`
	NodeID    parvis.ID
	Code      string
	Note      string
	MadeBy    parvis.ID
	Uses      int
	MaxUses   int
	CreatedAt int64
	ExpiresAt int64
}

func (r *invitationRow) invitation() *parvis.Invitation {
	return &parvis.Invitation{ID: r.ID, Code: r.Code, Note: r.Note, MadeBy: r.MadeBy, Uses: r.Uses, MaxUses: r.MaxUses,
		CreatedAt: at(r.CreatedAt), ExpiresAt: at(r.ExpiresAt)}
}

// AddInvitation stores an invitation.
func (n *Tx) AddInvitation(ctx context.Context, i *parvis.Invitation) error {
	row := &invitationRow{ID: parvis.NewID(i.CreatedAt), NodeID: n.node, Code: i.Code, Note: i.Note, MadeBy: i.MadeBy, MaxUses: i.MaxUses,
		CreatedAt: ms(i.CreatedAt), ExpiresAt: ms(i.ExpiresAt)}
	err := n.db.insertNew(ctx, "invitations", &row.ID, row)
	i.ID = row.ID
	return err
}

// InvitationByCode returns the invitation with a code, good or not.
func (n *Node) InvitationByCode(ctx context.Context, code string) (*parvis.Invitation, error) {
	var r invitationRow
	err := n.raw("SELECT "+n.db.columns(r, "")+" FROM invitations WHERE node_id = ? AND code = ?", n.node, code).Scan(ctx, &r)
	return r.invitation(), translate(err)
}

// Invitations lists a node's invitations, newest first.
func (n *Node) Invitations(ctx context.Context, page parvis.Page) ([]*parvis.Invitation, error) {
	var q selection
	q.add("SELECT "+n.db.columns(invitationRow{}, "")+" FROM invitations WHERE node_id = ?", n.node)
	q.page("id", page)
	var rows []invitationRow
	err := n.raw(q.text.String(), q.args...).Scan(ctx, &rows)
	list := make([]*parvis.Invitation, len(rows))
	for i := range rows {
		list[i] = rows[i].invitation()
	}
	return inOrder(list, page), translate(err)
}

// UseInvitation counts one more use; an invitation that is not good any more is
// parvis.ErrConflict.
func (n *Tx) UseInvitation(ctx context.Context, id parvis.ID, now time.Time) error {
	used, err := n.exec(ctx, "UPDATE invitations SET uses = uses + 1 WHERE id = ? AND node_id = ? AND uses < max_uses AND expires_at > ?", id, n.node, ms(now))
	if err == nil && used == 0 {
		return parvis.ErrConflict
	}
	return err
}

// DropInvitation ends an invitation.
func (n *Tx) DropInvitation(ctx context.Context, id parvis.ID) error {
	_, err := n.exec(ctx, "DELETE FROM invitations WHERE id = ? AND node_id = ?", id, n.node)
	return err
}
