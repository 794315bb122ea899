package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/storage"
)

// Weekly returns the day of the viewer's weekly letter, Monday being 1; 0 if they want none.
func (a *App) Weekly(ctx context.Context, n *parvis.Node, v parvis.Viewer) (int, error) {
	if !v.Resident() {
		return 0, parvis.ErrSignIn
	}
	box, err := a.node(n).Mailbox(ctx, v.ID())
	if err != nil {
		return 0, err
	}
	return box.Weekly, nil
}

// SetWeekly chooses the day of the viewer's weekly letter; any other number is none.
func (a *App) SetWeekly(ctx context.Context, n *parvis.Node, v parvis.Viewer, day int) error {
	if !v.Resident() {
		return parvis.ErrSignIn
	}
	if day < 1 || day > 7 {
		day = 0
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.OpenMailbox(ctx, v.ID(), rand.Text()); err != nil {
			return err
		}
		if err := t.SetWeekly(ctx, v.ID(), day, a.Now()); err != nil || day == 0 {
			return err
		}
		return a.wantWeekly(ctx, t, v.ID(), day, a.Now())
	})
}

// wantWeekly has the letter of a day thought of: when it is due, the job finds out.
func (a *App) wantWeekly(ctx context.Context, t *storage.Tx, account parvis.ID, day int, at time.Time) error {
	args := parvis.WeeklyArgs{Account: account, Day: day}
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobWeekly, Key: account.String() + ":" + string(rune('0'+day)), RunAt: at}, args)
}

// A Week is what is new near somebody.
type Week struct {
	Account *parvis.Account
	Login   *parvis.Login
	Posts   []*parvis.Post // what concerns them most first

	box *parvis.Mailbox
	day int
	now time.Time
}

// Title names a post: polls that come from apps have no title.
func (w *Week) Title(p *parvis.Post) string {
	return cmp.Or(p.Title, p.Warning, text.Excerpt(text.Plain(p.HTML), 90))
}

// mostOfWeek bounds what one letter tells, lookedAt among how many it is chosen.
const (
	mostOfWeek = 12
	lookedAt   = parvis.MaxPage
)

// WeekOf returns the letter of a day for somebody, or nil if they want none on that day.
func (a *App) WeekOf(ctx context.Context, n *parvis.Node, args parvis.WeeklyArgs) (*Week, error) {
	v, login, err := a.viewer(ctx, n, args.Account)
	if err != nil {
		return nil, ignore(err, parvis.ErrNotFound)
	}
	box, err := a.node(n).Mailbox(ctx, args.Account)
	if err != nil || box.Weekly != args.Day {
		return nil, err
	}
	w := &Week{Account: v.Account, Login: login, box: box, day: args.Day, now: a.Now()}
	if !box.PausedAt.IsZero() {
		return w, nil // nothing is new until mail arrives again
	}
	for _, kind := range []parvis.Kind{parvis.KindOffer, parvis.KindQuestion} {
		posts, err := a.List(ctx, n, v, storage.PostFilter{Kind: kind, States: []parvis.State{parvis.Open}, OpenAt: w.now},
			parvis.Page{After: parvis.FirstID(box.WeeklyAt), Limit: lookedAt})
		if err != nil {
			return nil, err
		}
		w.Posts = append(w.Posts, slices.DeleteFunc(posts, func(p *parvis.Post) bool { return p.AuthorID == args.Account })...)
	}
	said, err := a.node(n).Presentation(ctx, args.Account)
	if err != nil {
		return nil, err
	}
	a.sortNear(n, v.Account, said, w.Posts)
	w.Posts = w.Posts[:min(len(w.Posts), mostOfWeek)]
	return w, nil
}

// sortNear puts first what lies in somebody's neighbourhood and what has to do with what
// they offer or seek; then the newest.
func (a *App) sortNear(n *parvis.Node, who *parvis.Account, said *parvis.Presentation, posts []*parvis.Post) {
	skills := make(map[string]bool)
	for _, skill := range slices.Concat(said.Offers, said.Seeks) {
		for _, stem := range text.Stems(n.Language, skill) {
			skills[stem] = true
		}
	}
	near := func(p *parvis.Post) (points int) {
		if p.Place != nil && who.Quarter != "" && strings.EqualFold(p.Place.Name, who.Quarter) {
			points += 2
		}
		if slices.ContainsFunc(text.Stems(n.Language, p.Title), func(stem string) bool { return skills[stem] }) {
			points++
		}
		return points
	}
	slices.SortStableFunc(posts, func(p, q *parvis.Post) int {
		if d := near(q) - near(p); d != 0 {
			return d
		}
		return q.PublishedAt.Compare(p.PublishedAt)
	})
}

// At returns when the letter is due, if it is now: one that was held up is not for the
// night.
func (w *Week) At(zone *time.Location) time.Time {
	at := w.box.WeeklyOn(w.day, zone)
	if w.now.After(at) {
		at = w.now
	}
	return parvis.ByDay(at.In(zone))
}

// ClaimWeek notes that the letter is written, before it is, and asks for the next. If
// another process did so first, it is parvis.ErrConflict.
func (a *App) ClaimWeek(ctx context.Context, n *parvis.Node, w *Week, zone *time.Location) error {
	next := *w.box
	next.WeeklyAt = w.now
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.SaveWeekly(ctx, w.Account.ID, w.now, w.box.WeeklyAt); err != nil {
			return err
		}
		return a.wantWeekly(ctx, t, w.Account.ID, w.day, next.WeeklyOn(w.day, zone))
	})
}

// ReleaseWeek takes back that the letter was written: it is certain that it was not.
func (a *App) ReleaseWeek(ctx context.Context, n *parvis.Node, w *Week) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		return ignore(t.SaveWeekly(ctx, w.Account.ID, w.box.WeeklyAt, w.now), parvis.ErrConflict)
	})
}
