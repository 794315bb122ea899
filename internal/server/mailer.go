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
	"github.com/parvis-coop/parvis/storage"
)

// A mailer tells the team by mail what waits for it.
type mailer struct {
	app    *app.App
	words  *i18n.Catalogue
	sender *mail.Sender
}

// A notice is what a mail says: message keys, and the page where it waits.
type notice struct{ subject, text, page string }

var (
	reportNotice     = notice{"mail.report.subject", "mail.report.text", "/equipe/signalements"}
	submissionNotice = notice{"mail.submission.subject", "mail.submission.text", "/equipe/demandes"}
)

// waiting tells what a mail is about, and whether that still waits.
func waiting(ctx context.Context, rows *storage.Node, args parvis.MailArgs) (notice, bool, error) {
	if args.Post != 0 {
		s, err := rows.Submission(ctx, args.Post)
		return submissionNotice, s.State == parvis.SubmissionWaiting, err
	}
	report, err := rows.Report(ctx, args.Report)
	if err != nil {
		return notice{}, false, err
	}
	return reportNotice, report.ClosedAt.IsZero(), nil
}

// run runs a JobMail. The mail says that something waits and where, not what it
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
	about, waits, err := waiting(ctx, rows, args)
	if err != nil {
		return gone(err)
	}
	login, err := rows.Login(ctx, args.To)
	if err != nil {
		return gone(err)
	}
	if !waits {
		return nil // a colleague was faster
	}
	p := m.words.For(login.Language, n.Language)
	err = m.sender.Send(ctx, mail.Message{To: login.Email, Subject: p.T(about.subject, "Node", n.Name),
		Text: p.T(about.text, "Node", n.Name, "Link", n.URL(about.page))})
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
