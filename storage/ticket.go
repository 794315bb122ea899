package storage

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type ticketRow struct {
	bun.BaseModel `bun:"table:tickets"`

	Hash      string `bun:",pk"`
	NodeID    parvis.ID
	Purpose   parvis.TicketPurpose
	Subject   parvis.ID
	Data      string
	ExpiresAt int64
}

// AddTicket stores a ticket under the hash of its secret.
func (n *Tx) AddTicket(ctx context.Context, hash string, t parvis.Ticket) error {
	return n.db.insert(ctx, &ticketRow{Hash: hash, NodeID: n.node, Purpose: t.Purpose, Subject: t.Subject, Data: t.Data, ExpiresAt: ms(t.ExpiresAt)})
}

// Ticket returns a ticket; an expired one, or one for something else, is parvis.ErrNotFound.
func (n *Node) Ticket(ctx context.Context, hash string, purpose parvis.TicketPurpose, now time.Time) (parvis.Ticket, error) {
	var r ticketRow
	err := n.raw("SELECT "+n.db.columns(r, "")+" FROM tickets WHERE hash = ? AND node_id = ? AND purpose = ? AND expires_at > ?",
		hash, n.node, purpose, ms(now)).Scan(ctx, &r)
	return parvis.Ticket{Purpose: r.Purpose, Subject: r.Subject, Data: r.Data, ExpiresAt: at(r.ExpiresAt)}, translate(err)
}

// TakeTicket removes a ticket that is used; one that somebody else has just used is
// parvis.ErrNotFound.
func (n *Tx) TakeTicket(ctx context.Context, hash string) error {
	taken, err := n.exec(ctx, "DELETE FROM tickets WHERE hash = ? AND node_id = ?", hash, n.node)
	if err == nil && taken == 0 {
		return parvis.ErrNotFound
	}
	return err
}

// DropTickets removes what an account or applicant was given for a purpose.
func (n *Tx) DropTickets(ctx context.Context, subject parvis.ID, purpose parvis.TicketPurpose) error {
	_, err := n.exec(ctx, "DELETE FROM tickets WHERE subject = ? AND subject <> 0 AND node_id = ? AND purpose = ?", subject, n.node, purpose)
	return err
}
