package app

import (
	"context"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// OpenReports lists, for the team, what nobody has dealt with, newest first: who
// reported whom, and what.
func (a *App) OpenReports(ctx context.Context, n *parvis.Node, v parvis.Viewer, page parvis.Page) ([]*parvis.Report, error) {
	if !v.Team() {
		return nil, parvis.ErrForbidden
	}
	list, err := a.node(n).OpenReports(ctx, page)
	if err != nil {
		return nil, err
	}
	return list, a.fillReports(ctx, n, v, list)
}

// fillReports reads what reports are about, in a fixed number of queries.
func (a *App) fillReports(ctx context.Context, n *parvis.Node, v parvis.Viewer, list []*parvis.Report) error {
	var people, named []parvis.ID
	for _, r := range list {
		people = append(people, r.ReporterID, r.TargetID)
		named = append(named, r.PostIDs...)
	}
	accounts, err := a.node(n).Accounts(ctx, people)
	if err != nil {
		return err
	}
	roles, err := a.node(n).Roles(ctx, people)
	if err != nil {
		return err
	}
	posts, err := a.node(n).PostsByID(ctx, named)
	if err != nil {
		return err
	}
	for _, r := range list {
		r.Reporter, r.Target = accounts[r.ReporterID], accounts[r.TargetID]
		r.MaySuspend = v.CanSuspend(r.Target, roles[r.TargetID])
		for _, id := range r.PostIDs {
			if p := posts[id]; p != nil {
				r.Posts = append(r.Posts, p)
			}
		}
	}
	return nil
}

// CountReports counts, for the team, what nobody has dealt with, up to 100. There
// is nothing for others.
func (a *App) CountReports(ctx context.Context, n *parvis.Node, v parvis.Viewer) (int, error) {
	if !v.Team() {
		return 0, nil
	}
	return a.node(n).CountReports(ctx)
}

// CloseReport marks a report as dealt with.
func (a *App) CloseReport(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) error {
	if !v.Team() {
		return parvis.ErrForbidden
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.CloseReport(ctx, id, a.Now()) })
}

// Suspendable returns an account that the viewer may suspend.
func (a *App) Suspendable(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.Account, error) {
	acc, err := a.Account(ctx, n, id)
	if err != nil {
		return nil, err
	}
	roles, err := a.node(n).Roles(ctx, []parvis.ID{id})
	if err != nil {
		return nil, err
	}
	if !v.CanSuspend(acc, roles[id]) {
		return nil, parvis.ErrForbidden
	}
	return acc, nil
}

// SuspendAs is Suspend for a member of the team.
func (a *App) SuspendAs(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) error {
	acc, err := a.Suspendable(ctx, n, v, id)
	if err != nil {
		return err
	}
	return a.setSuspended(ctx, n, acc, a.Now())
}
