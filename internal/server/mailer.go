package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/mail"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/work"
)

// A mailer tells the team by mail what waits for it.
type mailer struct {
	app    *app.App
	words  *i18n.Catalogue
	sender *mail.Sender
}

// run runs a JobMail. The mail says that a report waits and where, not what it
// says: mailboxes are read by others, and kept.
func (m *mailer) run(ctx context.Context, j *parvis.Job) error {
	var args parvis.MailArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return work.Drop(fmt.Errorf("arguments of job %s: %w", j.ID, err))
	}
	n, err := m.app.DB.NodeByID(ctx, j.NodeID)
	if err != nil {
		return gone(err)
	}
	rows := m.app.DB.Node(n.ID)
	report, err := rows.Report(ctx, args.Report)
	if err != nil {
		return gone(err)
	}
	login, err := rows.Login(ctx, args.To)
	if err != nil {
		return gone(err)
	}
	if !report.ClosedAt.IsZero() {
		return nil // a colleague was faster
	}
	p := m.words.For(login.Language, n.Language)
	err = m.sender.Send(ctx, mail.Message{To: login.Email, Subject: p.T("mail.report.subject", "Node", n.Name),
		Text: p.T("mail.report.text", "Node", n.Name, "Link", n.URL("/equipe/signalements"))})
	if errors.Is(err, mail.ErrNotConfigured) {
		return work.Drop(err)
	}
	return err
}

// gone makes it final that what a mail was about is not there any more.
func gone(err error) error {
	if errors.Is(err, parvis.ErrNotFound) {
		return work.Drop(err)
	}
	return err
}
