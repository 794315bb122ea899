package app

import (
	"context"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// Account returns an account by its id. A deleted or suspended one is parvis.ErrGone.
func (a *App) Account(ctx context.Context, n *parvis.Node, id parvis.ID) (*parvis.Account, error) {
	acc, err := a.node(n).Account(ctx, id)
	if err != nil {
		return nil, err
	}
	if !acc.Active() {
		return nil, parvis.ErrGone
	}
	return acc, nil
}

// KnownHere returns an App that asks no other server: only what is known here is found.
func (a *App) KnownHere() *App {
	return &App{DB: a.DB, Media: a.Media, Photos: a.Photos, Now: a.Now, Mails: a.Mails, Words: a.Words}
}

// searchAccounts returns accounts whose handle starts as the viewer typed it.
func (a *App) searchAccounts(ctx context.Context, n *parvis.Node, v parvis.Viewer, typed string, limit int) ([]*parvis.Account, error) {
	prefix := strings.TrimPrefix(strings.TrimSpace(typed), "@")
	if prefix == "" {
		return nil, nil
	}
	user, host, _ := strings.Cut(prefix, "@")
	if strings.EqualFold(host, n.Host) || strings.EqualFold(host, n.Hostname()) {
		prefix = user
	}
	return a.node(n).SearchAccounts(ctx, prefix, v.ID(), limit)
}

// Followers lists who follows an account, the latest first.
func (a *App) Followers(ctx context.Context, n *parvis.Node, id parvis.ID, page parvis.Page) ([]storage.FollowedAccount, error) {
	if _, err := a.Account(ctx, n, id); err != nil {
		return nil, err
	}
	return a.node(n).Followers(ctx, id, true, page)
}

// Following lists whom an account follows, the latest first.
func (a *App) Following(ctx context.Context, n *parvis.Node, id parvis.ID, page parvis.Page) ([]storage.FollowedAccount, error) {
	if _, err := a.Account(ctx, n, id); err != nil {
		return nil, err
	}
	return a.node(n).Following(ctx, id, page)
}

// FollowRequests lists who asks to follow the viewer, the latest first.
func (a *App) FollowRequests(ctx context.Context, n *parvis.Node, v parvis.Viewer, page parvis.Page) ([]storage.FollowedAccount, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	return a.node(n).Followers(ctx, v.ID(), false, page)
}
