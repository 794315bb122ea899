package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/mail"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/work"
	"github.com/parvis-coop/parvis/storage"
)

// A mailer writes to people by mail.
type mailer struct {
	app    *app.App
	words  *i18n.Catalogue
	sender *mail.Sender
}

// A letter is a sort of mail: its words are the messages mail.ABOUT.subject and
// mail.ABOUT.text.
type letter struct {
	page   string        // that it leads to
	secret bool          // the link carries a ticket
	within time.Duration // then nobody waits for it any more; 0 for no end
	// waits reports whether there is still a reason to write. May be nil.
	waits func(context.Context, *storage.Node, parvis.MailArgs) (bool, error)
}

// letters are all there are.
var letters = map[parvis.MailAbout]letter{
	parvis.MailReport:     {page: "/equipe/signalements", waits: reportWaits},
	parvis.MailSubmission: {page: "/equipe/demandes", waits: submissionWaits},
	parvis.MailApplicant:  {page: "/equipe/inscriptions", waits: applicantWaits},
	parvis.MailConfirm:    {page: "/inscription/confirmer", secret: true, within: parvis.ConfirmWithin, waits: applicantWaits},
	parvis.MailKnown:      {page: "/connexion/oubli"},
	parvis.MailPending:    {page: "/"},
	parvis.MailWelcome:    {page: "/connexion"},
	parvis.MailRefusal:    {page: "/"},
	parvis.MailLink:       {page: "/connexion/lien", secret: true, within: time.Hour},
	parvis.MailEmail:      {page: "/moi/compte/adresse", secret: true, within: parvis.ConfirmWithin},
	parvis.MailChanged:    {page: "/connexion/oubli"},
	parvis.MailLeaving:    {page: "/connexion", within: parvis.LeaveAfter},
	parvis.MailArchive:    {page: "/moi/donnees", within: parvis.ArchiveLife},
}

func reportWaits(ctx context.Context, rows *storage.Node, m parvis.MailArgs) (bool, error) {
	report, err := rows.Report(ctx, m.Report)
	return err == nil && report.ClosedAt.IsZero(), err
}

func submissionWaits(ctx context.Context, rows *storage.Node, m parvis.MailArgs) (bool, error) {
	s, err := rows.Submission(ctx, m.Post)
	return s.State == parvis.SubmissionWaiting, err
}

func applicantWaits(ctx context.Context, rows *storage.Node, m parvis.MailArgs) (bool, error) {
	_, err := rows.Applicant(ctx, m.Applicant)
	return err == nil, err
}

// run runs a JobMail. A mail says that something waits and where, not what it
// says: mailboxes are read by others, and kept.
func (m *mailer) run(ctx context.Context, j *parvis.Job) error {
	var args parvis.MailArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return work.Drop(fmt.Errorf("arguments of job %s: %w", j.ID, err))
	}
	kind, known := letters[args.About]
	if !known {
		return work.Drop(fmt.Errorf("mail about %q", args.About))
	}
	if kind.within > 0 && m.app.Now().Sub(j.CreatedAt) > kind.within {
		return work.Drop(errors.New("nobody waits for this mail any more"))
	}
	n, err := m.app.DB.NodeByID(ctx, j.NodeID)
	if err != nil {
		return gone(err)
	}
	rows := m.app.DB.Node(n.ID)
	if kind.waits != nil {
		if waits, err := kind.waits(ctx, rows, args); err != nil || !waits {
			return gone(err) // a colleague was faster
		}
	}
	if err := m.address(ctx, rows, &args); err != nil {
		return gone(err)
	}
	message, err := m.compose(ctx, n, kind, args)
	if err != nil {
		return err
	}
	err = m.sender.Send(ctx, message)
	if errors.Is(err, mail.ErrNotConfigured) || errors.Is(err, mail.ErrNoMailbox) {
		return work.Drop(err)
	}
	return err
}

// address finds out where a mail to an account goes, if that is not said.
func (m *mailer) address(ctx context.Context, rows *storage.Node, args *parvis.MailArgs) error {
	if args.Address != "" {
		return nil
	}
	login, err := rows.Login(ctx, args.To)
	if err != nil {
		return err
	}
	args.Address, args.Language = login.Email, login.Language
	return nil
}

// compose writes a mail in the reader's language.
func (m *mailer) compose(ctx context.Context, n *parvis.Node, kind letter, args parvis.MailArgs) (mail.Message, error) {
	link := n.URL(kind.page)
	if kind.secret {
		secret, err := m.app.MailTicket(ctx, n, args)
		if err != nil {
			return mail.Message{}, err
		}
		// Not in the path, which is logged.
		link += "?" + url.Values{"cle": {secret}}.Encode()
	}
	p := m.words.For(args.Language, n.Language)
	key, words := "mail."+string(args.About), args.Words
	switch {
	case args.About == parvis.MailChanged:
		words = p.T("mail.changed." + args.Words)
	case args.About == parvis.MailLeaving:
		words = p.FullDay(args.Until)
	case words == "" && args.About == parvis.MailRefusal:
		words = p.T("mail.refusal.silent")
	}
	return m.message(args.Address, mail.Letter{Language: p.Lang(), Subject: p.T(key+".subject", "Node", n.Name),
		Body: mail.Paragraphs(p.T(key+".text", "Node", n.Name, "Link", link, "Words", words))})
}

// message puts a letter into a mail.
func (m *mailer) message(to string, l mail.Letter) (mail.Message, error) {
	html, err := l.HTML()
	return mail.Message{To: to, Subject: l.Subject, Text: l.Text(), HTML: html}, err
}

// gone makes it final that what a mail was about is not there any more.
func gone(err error) error {
	if errors.Is(err, parvis.ErrNotFound) {
		return work.Drop(err)
	}
	return err
}
