package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// tell notifies somebody of what concerns them, if they want to hear of that topic. How
// else than on the page is left to a job of its own: whoever publishes does not wait for
// it, and nobody's mailbox is locked along with another's.
func (a *App) tell(ctx context.Context, t *storage.Tx, topic parvis.Topic, n *parvis.Notification) error {
	reach, devices, err := t.Reach(ctx, n.AccountID, topic)
	if err != nil || !reach.Page {
		return err
	}
	n.CreatedAt = a.Now()
	if err := t.Notify(ctx, n); err != nil || n.ID == 0 {
		return err
	}
	if !devices && !(reach.Mail && a.Mails) {
		return nil
	}
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobTell}, parvis.TellArgs{Account: n.AccountID, Notification: n.ID, Topic: topic})
}

// Tell runs a JobTell.
func (a *App) Tell(ctx context.Context, j *parvis.Job) error {
	var args parvis.TellArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return fmt.Errorf("arguments of job %s: %w", j.ID, err)
	}
	rows := a.DB.Node(j.NodeID)
	reach, devices, err := rows.Reach(ctx, args.Account, args.Topic)
	if err != nil {
		return err
	}
	return rows.InTx(ctx, func(ctx context.Context, t *storage.Tx) error {
		if devices {
			if err := a.pushAll(ctx, t, args, reach); err != nil {
				return err
			}
		}
		if !reach.Mail || !a.Mails {
			return nil
		}
		return a.mailLater(ctx, t, args)
	})
}

// mailLater has somebody told by mail, if they do not come and see for themselves.
func (a *App) mailLater(ctx context.Context, t *storage.Tx, args parvis.TellArgs) error {
	if _, err := t.Login(ctx, args.Account); err != nil {
		return ignore(err, parvis.ErrNotFound) // nobody reads it
	}
	if err := t.OpenMailbox(ctx, args.Account, rand.Text()); err != nil {
		return err
	}
	if waits, err := t.AwaitMail(ctx, args.Account, args.Notification); err != nil || !waits {
		return err
	}
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobNews, Key: args.Account.String(), RunAt: args.Notification.Time().Add(parvis.NewsQuiet)},
		parvis.NewsArgs{Account: args.Account})
}

// Notice notes that the viewer is here, and can see what would have been told by mail.
func (a *App) Notice(ctx context.Context, n *parvis.Node, v parvis.Viewer) error {
	awaits, err := a.node(n).AwaitsNotice(ctx, v.ID())
	if err != nil || !awaits {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.Notice(ctx, v.ID()) })
}

// News is what waits for somebody and is to be told by mail.
type News struct {
	Account *parvis.Account
	Login   *parvis.Login
	List    []*parvis.Notification // newest first
	Titles  map[parvis.ID]string   // by the id of the post: what the conversation is about
	Since   time.Time              // since when the first of it waits

	box  parvis.Mailbox // as it was
	told parvis.Mailbox // as it is once they are told
}

// Bounds on what one mail tells: how much, and how old it may be. What somebody has
// left for longer, because mail was off or did not arrive, is no news.
const (
	mostNews   = 40
	oldestNews = 3 * 24 * time.Hour
)

// mailed returns the types of notifications of which somebody wants to hear by mail, in
// one of their senses at least.
func mailed(w parvis.Wishes) []parvis.NotificationType {
	var types []parvis.NotificationType
	for _, t := range []parvis.NotificationType{parvis.NotifyMention, parvis.NotifyFollow, parvis.NotifyFollowRequest, parvis.NotifyLike,
		parvis.NotifyShare, parvis.NotifyQuote, parvis.NotifyPoll, parvis.NotifyMove, parvis.NotifyEnding, parvis.NotifySettled} {
		if w.For(parvis.TopicOf(t, "")).Mail || w.For(parvis.TopicOf(t, parvis.Named)).Mail {
			types = append(types, t)
		}
	}
	return types
}

// tellable leaves of what somebody was told what may be said outside their pages: of a
// post that they may still see, in a conversation that they did not mute since.
func (a *App) tellable(ctx context.Context, n *parvis.Node, v parvis.Viewer, list []*parvis.Notification) ([]*parvis.Notification, error) {
	list, err := a.readable(ctx, n, v, list)
	if err != nil {
		return nil, err
	}
	left := list[:0]
	for _, t := range list {
		muted := false
		if t.Post != nil && t.Post.Audience == parvis.Named {
			if muted, err = a.node(n).Mutes(ctx, v.ID(), t.PostID); err != nil {
				return nil, err
			}
		}
		if !muted {
			left = append(left, t)
		}
	}
	return left, nil
}

// WaitingNews returns what waits for somebody, or nil: they were here meanwhile, have
// read or answered it, want no mail, or are gone.
func (a *App) WaitingNews(ctx context.Context, n *parvis.Node, account parvis.ID) (*News, error) {
	acc, err := a.node(n).Account(ctx, account)
	if err != nil || !acc.Active() {
		return nil, ignore(err, parvis.ErrNotFound)
	}
	login, err := a.node(n).Login(ctx, account)
	if err != nil {
		return nil, ignore(err, parvis.ErrNotFound)
	}
	box, err := a.node(n).Mailbox(ctx, account)
	if err != nil || !box.Reachable() {
		return nil, err
	}
	news := &News{Account: acc, Login: login, Titles: make(map[parvis.ID]string), box: *box, told: *box}
	viewer := parvis.Viewer{Account: acc, Role: login.Role, Language: login.Language}
	wishes, err := a.node(n).Wishes(ctx, account)
	if err != nil {
		return nil, err
	}
	types := mailed(wishes)
	if len(types) == 0 {
		return nil, nil
	}
	after := max(box.Noticed, box.Told, parvis.FirstID(a.Now().Add(-oldestNews)))
	list, err := a.node(n).Notifications(ctx, account, types, parvis.Page{After: after, Limit: mostNews})
	if err != nil {
		return nil, err
	}
	if list, err = a.tellable(ctx, n, viewer, list); err != nil {
		return nil, err
	}
	for _, t := range list {
		if t.Read || !wishes.For(t.Topic()).Mail {
			continue
		}
		if news.Titles[t.PostID], err = a.about(ctx, n, viewer, t.Post); err != nil {
			return nil, err
		}
		news.List = append(news.List, t)
		news.Since = t.CreatedAt
	}
	if len(news.List) == 0 {
		return nil, nil
	}
	return news, nil
}

// about names what a post is about, as far as the viewer may know it: its title, or that
// of what its conversation began with. Never what somebody wrote in private.
func (a *App) about(ctx context.Context, n *parvis.Node, v parvis.Viewer, p *parvis.Post) (string, error) {
	if p == nil {
		return "", nil
	}
	if p.Thread != 0 && p.Thread != p.ID {
		var err error
		if p, err = a.Post(ctx, n, v, p.Thread); errors.Is(err, parvis.ErrNotFound) || errors.Is(err, parvis.ErrGone) {
			return "", nil
		} else if err != nil {
			return "", err
		}
	}
	if p.Audience == parvis.Named {
		return "", nil
	}
	return p.Title, nil
}

// At returns when they may be told, if it is now: what was held up is not for the night.
func (w *News) At(now time.Time, zone *time.Location) time.Time {
	since := w.Since
	if quiet := now.Add(-parvis.NewsQuiet); quiet.After(since) {
		since = quiet
	}
	return w.box.NewsAt(since, zone)
}

// ClaimNews notes that somebody is told, before they are: a process that is killed then
// has told them, or never will, but does not tell them twice. If another process did
// so first, it is parvis.ErrConflict.
func (a *App) ClaimNews(ctx context.Context, n *parvis.Node, w *News, zone *time.Location) error {
	w.told.Tell(max(w.box.Waiting, w.List[0].ID), a.Now(), zone)
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.SaveTold(ctx, &w.told, &w.box) })
}

// ReleaseNews takes back that somebody was told: it is certain that they were not.
func (a *App) ReleaseNews(ctx context.Context, n *parvis.Node, w *News) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		return ignore(t.SaveTold(ctx, &w.box, &w.told), parvis.ErrConflict)
	})
}
