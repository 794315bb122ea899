package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// speaks refuses who may not say anything here: visitors, and residents who moved
// away. These may still read, change and delete what they left.
func speaks(v parvis.Viewer) error {
	switch {
	case !v.Resident():
		return parvis.ErrSignIn
	case v.Account.Moved():
		return parvis.Invalid("account", "account.moved")
	}
	return nil
}

// AddAlias notes that the account with a handle or address is the viewer's too, so
// that they may move here from there, and tells other servers.
func (a *App) AddAlias(ctx context.Context, n *parvis.Node, v parvis.Viewer, name string) error {
	if !v.Resident() {
		return parvis.ErrSignIn
	}
	if err := a.attempt(ctx, n, aliasLimit, v.ID().String()); err != nil {
		return err
	}
	other, err := a.lookupFor(ctx, n, "alias", name)
	switch {
	case err != nil:
		return err
	case other.ID == v.ID():
		return parvis.Invalid("alias", "move.self")
	case other.Type == parvis.Application || other.IsFeed():
		return parvis.Invalid("alias", "move.unknown")
	}
	return a.editAliases(ctx, n, v, func(aliases []string) ([]string, error) {
		if slices.Contains(aliases, other.URI) {
			return aliases, nil
		}
		if len(aliases) >= parvis.MaxAliases {
			return nil, parvis.Invalid("alias", "move.aliases.many", "Max", parvis.MaxAliases)
		}
		return append(slices.Clone(aliases), other.URI), nil
	})
}

// RemoveAlias takes back that the account with an id is the viewer's.
func (a *App) RemoveAlias(ctx context.Context, n *parvis.Node, v parvis.Viewer, uri string) error {
	if !v.Resident() {
		return parvis.ErrSignIn
	}
	return a.editAliases(ctx, n, v, func(aliases []string) ([]string, error) {
		return slices.DeleteFunc(slices.Clone(aliases), func(one string) bool { return one == uri }), nil
	})
}

func (a *App) editAliases(ctx context.Context, n *parvis.Node, v parvis.Viewer, edit func([]string) ([]string, error)) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		acc, err := t.Account(ctx, v.ID())
		if err != nil {
			return err
		}
		aliases, err := edit(acc.AlsoKnownAs)
		if err != nil || slices.Equal(aliases, acc.AlsoKnownAs) {
			return err
		}
		changed := *acc
		changed.AlsoKnownAs = aliases
		return a.tellProfile(ctx, t, &changed)
	})
}

// tellProfile stores what a resident says of themself and tells those who know them.
func (a *App) tellProfile(ctx context.Context, t *storage.Tx, acc *parvis.Account) error {
	acc.UpdatedAt = a.Now()
	if err := t.UpdateAccount(ctx, acc); err != nil {
		return err
	}
	return a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbUpdate, Actor: acc.ID})
}

// lookupFor looks up the account that a person typed into a field.
func (a *App) lookupFor(ctx context.Context, n *parvis.Node, field, name string) (*parvis.Account, error) {
	if strings.TrimSpace(name) == "" {
		return nil, parvis.Invalid(field, "move.missing")
	}
	acc, err := a.Lookup(ctx, n, name)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, parvis.ErrUnavailable):
		return nil, err
	case err != nil || !acc.Active():
		return nil, errors.Join(parvis.Invalid(field, "move.unknown"), err)
	}
	return acc, nil
}

// Move sends a resident's followers to the account with a handle or address, which
// must name theirs as its own. They have come in lately: a browser that is left open
// does not give their followers away.
func (a *App) Move(ctx context.Context, n *parvis.Node, g Guest, name string) error {
	if err := a.fresh(g); err != nil {
		return err
	}
	v := g.Viewer
	if err := speaks(v); err != nil {
		return err
	}
	to, err := a.destination(ctx, n, name)
	if err != nil {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		acc, err := t.Account(ctx, v.ID())
		if err != nil {
			return err
		}
		if to.ID == v.ID() {
			return parvis.Invalid("target", "move.self")
		}
		if !to.Succeeds(acc) {
			return parvis.Invalid("target", "move.backlink", "Handle", acc.Handle(n.Host))
		}
		if err := t.StartMove(ctx, v.ID(), to.URI, a.Now(), parvis.MoveAgain); errors.Is(err, parvis.ErrConflict) {
			return parvis.Invalid("target", "move.again")
		} else if err != nil {
			return err
		}
		moved := *acc
		moved.MovedTo = to.URI
		if err := a.tellProfile(ctx, t, &moved); err != nil {
			return err
		}
		if err := a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbMove, Actor: v.ID(), URI: to.URI}); err != nil {
			return err
		}
		return a.moveFollowers(ctx, t, v.ID(), to.ID)
	})
}

// destination looks up where somebody wants to move, and what it says of itself now.
func (a *App) destination(ctx context.Context, n *parvis.Node, name string) (*parvis.Account, error) {
	to, err := a.lookupFor(ctx, n, "target", name)
	if err != nil || to.Local() || a.Remote == nil {
		return to, err
	}
	fresh, err := a.Remote.Account(ctx, n, to.URI)
	if errors.Is(err, parvis.ErrNotFound) {
		return nil, errors.Join(parvis.Invalid("target", "move.unknown"), err)
	}
	return fresh, err
}

// StayHere takes back that the viewer moved. Followers who went do not come back.
func (a *App) StayHere(ctx context.Context, n *parvis.Node, v parvis.Viewer) error {
	if !v.Resident() {
		return parvis.ErrSignIn
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		acc, err := t.Account(ctx, v.ID())
		if err != nil || !acc.Moved() {
			return err
		}
		back := *acc
		back.MovedTo = ""
		return a.tellProfile(ctx, t, &back)
	})
}

// ReceiveMove sends those here who follow an account of another server to the one
// that it moved to. The caller has just read what both say of themselves.
func (a *App) ReceiveMove(ctx context.Context, n *parvis.Node, from, to *parvis.Account) error {
	if from.Local() || !to.Succeeds(from) {
		return parvis.ErrForbidden
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.StartMove(ctx, from.ID, to.URI, a.Now(), parvis.MoveRest); err != nil {
			return ignore(err, parvis.ErrConflict)
		}
		return a.moveFollowers(ctx, t, from.ID, to.ID)
	})
}

func (a *App) moveFollowers(ctx context.Context, t *storage.Tx, from, to parvis.ID) error {
	args := parvis.MoveArgs{From: from, To: to}
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobMove, Lane: "move:" + from.String()}, args)
}

// moveBatch is how many followers one transaction moves: others wait for it.
const moveBatch = parvis.MaxPage

// MoveFollowers runs a JobMove: it makes the next residents who follow an account
// follow another, and enqueues itself as long as some may be left.
func (a *App) MoveFollowers(ctx context.Context, j *parvis.Job) error {
	var args parvis.MoveArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return fmt.Errorf("arguments of job %s: %w", j.ID, err)
	}
	n, err := a.DB.NodeByID(ctx, j.NodeID)
	if err != nil {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		from, fromErr := t.Account(ctx, args.From)
		to, toErr := t.Account(ctx, args.To)
		if err := cmp.Or(fromErr, toErr); err != nil || !to.Active() { // one went while the followers waited
			return ignore(err, parvis.ErrNotFound)
		}
		followers, err := t.FollowersHere(ctx, from.ID, moveBatch)
		if err != nil {
			return err
		}
		for _, follower := range followers {
			if err := a.moveFollower(ctx, n, t, follower, from, to); err != nil {
				return err
			}
		}
		if len(followers) < moveBatch {
			return nil
		}
		return a.moveFollowers(ctx, t, from.ID, to.ID)
	})
}

// moveFollower makes a resident follow the new account, unless one of the two
// blocked the other, and ends the old follow: so nobody is led away twice.
func (a *App) moveFollower(ctx context.Context, n *parvis.Node, t *storage.Tx, follower, from, to *parvis.Account) error {
	if err := a.unfollow(ctx, t, follower, from); err != nil {
		return err
	}
	blocked, err := t.Blocked(ctx, follower.ID, to.ID)
	if err != nil || blocked || follower.ID == to.ID || !follower.Active() || follower.Moved() {
		return err
	}
	if err := a.follow(ctx, n, t, follower, to); err != nil {
		return ignore(err, parvis.ErrConflict)
	}
	return a.notify(ctx, t, follower.ID, parvis.NotifyMove, to.ID, 0)
}
