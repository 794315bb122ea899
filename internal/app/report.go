package app

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// maxReported is how many posts one report may name.
const maxReported = 20

// Report asks the node's team to look at an account, or at posts of it. With
// Forward, the account's server is told too, in the node's name.
func (a *App) Report(ctx context.Context, n *parvis.Node, v parvis.Viewer, r parvis.Report) (*parvis.Report, error) {
	target, err := a.target(ctx, n, v, r.TargetID)
	if err != nil {
		return nil, err
	}
	r.Comment = strings.TrimSpace(r.Comment)
	switch {
	case utf8.RuneCountInString(r.Comment) > parvis.MaxReport:
		return nil, parvis.Invalid("comment", "report.comment.long", "Max", parvis.MaxReport)
	case r.Comment == "" && len(r.PostIDs) == 0:
		return nil, parvis.Invalid("comment", "report.comment.missing")
	case len(r.PostIDs) > maxReported:
		return nil, parvis.Invalid("posts", "report.posts.many", "Max", maxReported)
	}
	for _, id := range r.PostIDs {
		p, err := a.Post(ctx, n, v, id)
		if err != nil {
			return nil, err
		}
		if p.AuthorID != target.ID {
			return nil, parvis.Invalid("posts", "report.posts.others")
		}
	}
	r.ReporterID, r.CreatedAt = v.ID(), a.Now()
	r.Forward = r.Forward && !target.Local()
	return &r, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := a.fileReport(ctx, t, &r); err != nil {
			return err
		}
		if !r.Forward {
			return nil
		}
		return a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbFlag, Actor: n.ActorID, Target: target.ID, Report: r.ID})
	})
}

// fileReport stores a report and, where mail can be sent, tells the team.
func (a *App) fileReport(ctx context.Context, t *storage.Tx, r *parvis.Report) error {
	if err := t.AddReport(ctx, r); err != nil {
		return err
	}
	return a.mailTeam(ctx, t, parvis.MailArgs{About: parvis.MailReport, Report: r.ID})
}

// mailTeam tells each member of the team who wants it by mail, where that can be sent,
// that something waits.
func (a *App) mailTeam(ctx context.Context, t *storage.Tx, about parvis.MailArgs) error {
	if !a.Mails {
		return nil
	}
	team, err := t.Team(ctx)
	if err != nil {
		return err
	}
	for _, member := range team {
		reach, _, err := t.Reach(ctx, member.AccountID, parvis.TopicTeam)
		if err != nil {
			return err
		}
		if !reach.Mail {
			continue
		}
		about.To = member.AccountID
		if err := a.write(ctx, t, about); err != nil {
			return err
		}
	}
	return nil
}
