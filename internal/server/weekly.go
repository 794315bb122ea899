package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/mail"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/work"
)

// weekly runs a JobWeekly: it writes to somebody what is new near them, if anything is,
// and has the next letter thought of.
func (m *mailer) weekly(ctx context.Context, j *parvis.Job) error {
	var args parvis.WeeklyArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return work.Drop(fmt.Errorf("arguments of job %s: %w", j.ID, err))
	}
	n, err := m.app.DB.NodeByID(ctx, j.NodeID)
	if err != nil {
		return gone(err)
	}
	week, err := m.app.WeekOf(ctx, n, args)
	if err != nil || week == nil {
		return err
	}
	p := m.words.For(week.Login.Language, n.Language)
	if at := week.At(p.Zone()); at.After(m.app.Now()) {
		return work.RetryAt(at, errEarly)
	}
	message, err := m.composeWeek(ctx, n, p, week)
	if err != nil {
		return err
	}
	if err := m.app.ClaimWeek(ctx, n, week, p.Zone()); err != nil {
		if errors.Is(err, parvis.ErrConflict) {
			return work.Drop(err) // another process writes
		}
		return err
	}
	if len(week.Posts) == 0 {
		return nil
	}
	return m.hand(ctx, n, message, func(ctx context.Context) error { return m.app.ReleaseWeek(ctx, n, week) })
}

func (m *mailer) composeWeek(ctx context.Context, n *parvis.Node, p *i18n.Printer, w *app.Week) (mail.Message, error) {
	var items []mail.Paragraph
	for _, post := range w.Posts {
		title := w.Title(post)
		words := title
		if post.Place != nil && post.Place.Name != "" {
			words = p.T("mail.weekly.item", "Title", title, "Place", post.Place.Name)
		}
		items = append(items, mail.Paragraph{Words: words, Link: n.URL(post.Path())})
	}
	return m.mailing(ctx, n, p, parvis.MailingWeekly, w.Login, mail.Letter{
		Subject: p.T("mail.weekly.subject", "Node", n.Name, i18n.Count(len(items))),
		Body: []mail.Paragraph{{Words: p.T("mail.news.hello", "Name", w.Account.Display())},
			{Words: p.T("mail.weekly.text"), Items: items}}})
}

// hand hands a mail over that was claimed. If it is certain that nobody got it, release
// takes the claim back, and another attempt follows. A mailbox that takes none is noted.
func (m *mailer) hand(ctx context.Context, n *parvis.Node, message mail.Message, release func(context.Context) error) error {
	err := m.sender.Send(ctx, message)
	switch {
	case errors.Is(err, mail.ErrNoMailbox):
		name, _, _ := strings.Cut(message.ID, "@")
		return work.Drop(errors.Join(err, m.app.MailReturned(ctx, n, name, "refused")))
	case errors.Is(err, mail.ErrUnsure):
		return work.Drop(err)
	case err != nil:
		return errors.Join(err, release(context.WithoutCancel(ctx)))
	}
	return nil
}
