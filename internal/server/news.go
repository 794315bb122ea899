package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/mail"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/work"
)

// errEarly says that somebody is not to be written to yet.
var errEarly = errors.New("it is not the time to write")

// news runs a JobNews: it writes to somebody what waits for them, in one mail, unless
// they were here or have read it. See docs/decisions/0028-few-mails.md.
func (m *mailer) news(ctx context.Context, j *parvis.Job) error {
	var args parvis.NewsArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return work.Drop(fmt.Errorf("arguments of job %s: %w", j.ID, err))
	}
	n, err := m.app.DB.NodeByID(ctx, j.NodeID)
	if err != nil {
		return gone(err)
	}
	waiting, err := m.app.WaitingNews(ctx, n, args.Account)
	if err != nil || waiting == nil {
		return err
	}
	p := m.words.For(waiting.Login.Language, n.Language)
	now := m.app.Now()
	if at := waiting.At(now, p.Zone()); at.After(now) {
		return work.RetryAt(at, errEarly)
	}
	message, err := m.composeNews(ctx, n, p, waiting)
	if err != nil {
		return err
	}
	if err := m.app.ClaimNews(ctx, n, waiting, p.Zone()); err != nil {
		if errors.Is(err, parvis.ErrConflict) {
			return work.Drop(err) // another process writes
		}
		return err
	}
	return m.hand(ctx, n, message, func(ctx context.Context) error { return m.app.ReleaseNews(ctx, n, waiting) })
}

// composeNews says who did what and about what; what was written stays on the node.
func (m *mailer) composeNews(ctx context.Context, n *parvis.Node, p *i18n.Printer, w *app.News) (mail.Message, error) {
	var items []mail.Paragraph
	said := make(map[string]bool)
	for _, t := range w.List {
		words := newsLine(p, t, w.Titles[t.PostID])
		line := words
		if t.Topic() == parvis.TopicOffer {
			line += t.PostID.String() // each has its own link
		}
		if said[line] {
			continue // they wrote twice
		}
		said[line] = true
		link, err := m.newsLink(ctx, n, t)
		if err != nil {
			return mail.Message{}, err
		}
		items = append(items, mail.Paragraph{Words: words, Link: link})
	}
	subject := p.T("mail.news.subject", "Node", n.Name, i18n.Count(len(items)))
	if len(items) == 1 {
		subject = p.T("mail.news.subject.one", "Node", n.Name, "Line", items[0].Words)
	}
	return m.mailing(ctx, n, p, parvis.MailingNews, w.Login, mail.Letter{Subject: subject, Body: []mail.Paragraph{
		{Words: p.T("mail.news.hello", "Name", w.Account.Display())},
		{Words: p.T("mail.news.text", "Node", n.Name), Items: items},
	}})
}

// newsLink is where a mail leads: what is asked can be answered there without a session.
func (m *mailer) newsLink(ctx context.Context, n *parvis.Node, t *parvis.Notification) (string, error) {
	if t.Topic() != parvis.TopicOffer {
		return newsURL(n, t), nil
	}
	key, err := m.app.AskedKey(ctx, n, t.AccountID, t.PostID)
	return n.URL(app.AskedPath) + "?" + url.Values{"cle": {key}}.Encode(), err
}

// newsLine says a notification in a line, with the title of what it is about, if any.
func newsLine(p *i18n.Printer, t *parvis.Notification, title string) string {
	key := string(t.Type)
	switch {
	case t.Topic() == parvis.TopicMessage:
		key = "message"
	case t.Type == parvis.NotifyMention && t.Post.AnsweredID == t.AccountID:
		key = "answer"
	case t.Type == parvis.NotifyPoll && t.FromID == t.AccountID:
		key = "poll.own"
	}
	var day string
	if t.Type == parvis.NotifyEnding {
		day = p.FullDay(t.Post.EndsAt)
	}
	line := p.T("mail.news.line."+key, "Name", t.From.Display(), "Day", day)
	if title == "" {
		return line
	}
	return p.T("mail.news.about", "Line", line, "Title", title)
}

// mailing makes a letter one of a mailing: it says why it comes and how to leave.
func (m *mailer) mailing(ctx context.Context, n *parvis.Node, p *i18n.Printer, which parvis.Mailing, to *parvis.Login, l mail.Letter) (mail.Message, error) {
	key, err := m.app.LeaveKey(ctx, n, to.AccountID, which)
	if err != nil {
		return mail.Message{}, err
	}
	id, err := m.app.MailName(ctx, n, to.AccountID)
	if err != nil {
		return mail.Message{}, err
	}
	// Not in the path, which is logged.
	leave := n.URL(app.LeavePath) + "?" + url.Values{"cle": {key}}.Encode()
	name := p.T("mail."+string(which)+".list", "Node", n.Name)
	l.Language = p.Lang()
	l.Foot = []mail.Paragraph{
		{Words: p.T("mail."+string(which)+".why", "Node", n.Name)},
		{Words: p.T("mail.mailing.choose"), Link: n.URL("/moi/nouvelles")},
		{Words: p.T("mail.mailing.leave"), Link: leave},
	}
	message, err := m.message(to.Email, l)
	message.ID = id + "@" + n.Hostname()
	message.List = &mail.List{ID: string(which) + "." + n.Hostname(), Name: name, Leave: leave}
	return message, err
}
