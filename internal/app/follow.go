package app

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// Lookup returns the account with a handle, with or without the first "@", or
// URI. Accounts of other servers that are not known yet are fetched.
func (a *App) Lookup(ctx context.Context, n *parvis.Node, name string) (*parvis.Account, error) {
	name = strings.TrimPrefix(strings.TrimSpace(name), "@")
	if strings.HasPrefix(name, "https://") || strings.HasPrefix(name, "http://") {
		return a.lookupURI(ctx, n, name)
	}
	user, host, _ := strings.Cut(name, "@")
	acct := name
	if strings.EqualFold(host, n.Host) || strings.EqualFold(host, n.Hostname()) {
		acct, host = user, ""
	}
	acc, err := a.node(n).AccountByAcct(ctx, acct)
	if err == nil || !errors.Is(err, parvis.ErrNotFound) || host == "" || a.Remote == nil {
		return acc, err
	}
	return a.Remote.Account(ctx, n, acct)
}

func (a *App) lookupURI(ctx context.Context, n *parvis.Node, uri string) (*parvis.Account, error) {
	acc, err := a.node(n).AccountByURI(ctx, uri)
	if err == nil || !errors.Is(err, parvis.ErrNotFound) || a.Remote == nil || strings.HasPrefix(uri, n.Base()+"/") {
		return acc, err
	}
	return a.Remote.Account(ctx, n, uri)
}

// Follow makes the viewer follow an account, or ask to.
func (a *App) Follow(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) error {
	target, err := a.target(ctx, n, v, id)
	if err != nil {
		return err
	}
	if err := speaks(v); err != nil {
		return err
	}
	if target.Type == parvis.Application || target.Moved() {
		return parvis.ErrForbidden
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if blocked, err := t.Blocked(ctx, v.ID(), id); err != nil || blocked {
			return cmp.Or(err, parvis.ErrForbidden)
		}
		return ignore(a.follow(ctx, n, t, v.Account, target), parvis.ErrConflict)
	})
}

// follow stores a follow by a local account, and asks the other's server for it.
func (a *App) follow(ctx context.Context, n *parvis.Node, t *storage.Tx, by, target *parvis.Account) error {
	now := a.Now()
	id := parvis.NewID(now)
	f := &parvis.Follow{ID: id, FollowerID: by.ID, FollowedID: target.ID, URI: n.URL("/follows/" + id.String()),
		Accepted: target.Local() && !target.Locked, CreatedAt: now}
	if err := t.AddFollow(ctx, f); err != nil {
		return err
	}
	switch {
	case !target.Local():
		return a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbFollow, Actor: by.ID, Target: target.ID, URI: f.URI})
	case f.Accepted:
		if err := t.FillHome(ctx, by.ID, target.ID); err != nil {
			return err
		}
		return a.notify(ctx, t, target.ID, parvis.NotifyFollow, by.ID, 0)
	}
	return a.notify(ctx, t, target.ID, parvis.NotifyFollowRequest, by.ID, 0)
}

// Unfollow ends the viewer's follow of an account, or takes the request back.
func (a *App) Unfollow(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) error {
	target, err := a.target(ctx, n, v, id)
	if err != nil {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		return ignore(a.unfollow(ctx, t, v.Account, target), parvis.ErrNotFound)
	})
}

func (a *App) unfollow(ctx context.Context, t *storage.Tx, by, target *parvis.Account) error {
	f, err := t.RemoveFollow(ctx, by.ID, target.ID)
	if err != nil {
		return err
	}
	if target.Local() {
		return t.DropNotifications(ctx, target.ID, by.ID, 0, parvis.NotifyFollowRequest)
	}
	return a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbFollow, Undo: true, Actor: by.ID, Target: target.ID, URI: f.URI})
}

// AnswerFollow accepts or refuses somebody's wish to follow the viewer. Refusing
// also removes a follower who was accepted before.
func (a *App) AnswerFollow(ctx context.Context, n *parvis.Node, v parvis.Viewer, follower parvis.ID, answer parvis.Verb) error {
	from, err := a.target(ctx, n, v, follower)
	if err != nil {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		return a.answerFollow(ctx, t, v.Account, from, answer)
	})
}

func (a *App) answerFollow(ctx context.Context, t *storage.Tx, me, follower *parvis.Account, answer parvis.Verb) error {
	f, err := t.Follow(ctx, follower.ID, me.ID)
	if err != nil {
		return err
	}
	if err := t.DropNotifications(ctx, me.ID, follower.ID, 0, parvis.NotifyFollowRequest); err != nil {
		return err
	}
	if answer == parvis.VerbAccept {
		if _, err := t.AcceptFollow(ctx, f); err != nil {
			return err
		}
		if follower.Local() {
			return t.FillHome(ctx, follower.ID, me.ID)
		}
	} else if _, err := t.RemoveFollow(ctx, follower.ID, me.ID); err != nil {
		return err
	}
	if follower.Local() {
		return nil
	}
	return a.say(ctx, t, parvis.SayArgs{Verb: answer, Actor: me.ID, Target: follower.ID, URI: f.URI})
}

// RemoveFollower ends somebody's follow of the viewer, or refuses their wish to.
func (a *App) RemoveFollower(ctx context.Context, n *parvis.Node, v parvis.Viewer, follower parvis.ID) error {
	return ignore(a.AnswerFollow(ctx, n, v, follower, parvis.VerbReject), parvis.ErrNotFound)
}

// Block makes the viewer and an account invisible to each other.
func (a *App) Block(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) error {
	target, err := a.target(ctx, n, v, id)
	if err != nil {
		return err
	}
	if target.IsFeed() || target.Local() && target.Type == parvis.Application {
		return parvis.ErrForbidden
	}
	uri := n.URL("/blocks/" + parvis.NewID(a.Now()).String())
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.AddBlock(ctx, v.ID(), id, uri, a.Now()); err != nil {
			return ignore(err, parvis.ErrConflict)
		}
		if target.Local() {
			return nil
		}
		return a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbBlock, Actor: v.ID(), Target: id, URI: uri})
	})
}

// Unblock ends a block.
func (a *App) Unblock(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) error {
	target, err := a.target(ctx, n, v, id)
	if err != nil {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		uri, err := t.RemoveBlock(ctx, v.ID(), id)
		if err != nil {
			return ignore(err, parvis.ErrNotFound)
		}
		if target.Local() {
			return nil
		}
		return a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbBlock, Undo: true, Actor: v.ID(), Target: id, URI: uri})
	})
}

// target returns the account that the viewer wants to do something to.
func (a *App) target(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.Account, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	if id == v.ID() {
		return nil, parvis.ErrForbidden
	}
	acc, err := a.node(n).Account(ctx, id)
	if err != nil {
		return nil, err
	}
	if !acc.DeletedAt.IsZero() {
		return nil, parvis.ErrGone
	}
	return acc, nil
}
