package app

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// maxRelays is how many relays a node follows at most.
const maxRelays = 5

// Relays lists the relays of a node.
func (a *App) Relays(ctx context.Context, n *parvis.Node) ([]*parvis.Relay, error) {
	return a.node(n).Relays(ctx)
}

// AddRelay asks a relay to pass posts on to this node.
func (a *App) AddRelay(ctx context.Context, n *parvis.Node, address string, style parvis.RelayStyle) (*parvis.Relay, error) {
	address = strings.TrimSpace(address)
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != n.Scheme || len(address) > 1000:
		return nil, parvis.Invalid("url", "relay.url", "URL", address)
	case style != parvis.RelayMastodon && style != parvis.RelayLitePub:
		return nil, parvis.Invalid("style", "relay.style")
	}
	if p, err := a.Policy(ctx, n, u.Host); err != nil {
		return nil, err
	} else if p.Refused {
		return nil, parvis.Invalid("url", "relay.blocked", "Host", u.Host)
	}
	relays, err := a.node(n).Relays(ctx)
	if err != nil {
		return nil, err
	}
	if len(relays) >= maxRelays {
		return nil, parvis.Invalid("url", "relay.many", "Max", maxRelays)
	}
	id := parvis.NewID(a.Now())
	r := &parvis.Relay{ID: id, Address: address, Style: style, State: parvis.RelayAsked, FollowURI: n.URL("/follows/" + id.String()), CreatedAt: a.Now()}
	err = a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.AddRelay(ctx, r); err != nil {
			return err
		}
		return a.tellRelay(ctx, t, r)
	})
	if errors.Is(err, parvis.ErrConflict) {
		return nil, parvis.Invalid("url", "relay.known")
	}
	return r, err
}

// LeaveRelay tells a relay that nothing more is wanted from it.
func (a *App) LeaveRelay(ctx context.Context, n *parvis.Node, id parvis.ID) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		r, err := t.Relay(ctx, id)
		if err != nil {
			return err
		}
		r.State = parvis.RelayLeft
		if err := t.SaveRelay(ctx, r); err != nil {
			return ignore(err, parvis.ErrNotFound) // it is being told already
		}
		return a.tellRelay(ctx, t, r)
	})
}

func (a *App) tellRelay(ctx context.Context, t *storage.Tx, r *parvis.Relay) error {
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobRelay, Lane: "relay:" + r.ID.String()}, parvis.RelayArgs{Relay: r.ID})
}

// MeetRelay runs when the actor of a relay was found, or could not be (actor is
// nil, and reason says why): our node follows it.
func (a *App) MeetRelay(ctx context.Context, n *parvis.Node, r *parvis.Relay, actor *parvis.Account, reason string) error {
	me, err := a.node(n).Account(ctx, n.ActorID)
	if err != nil {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if r.Error = reason; actor != nil {
			r.AccountID = actor.ID
		}
		if err := t.SaveRelay(ctx, r); err != nil || actor == nil {
			return ignore(err, parvis.ErrNotFound) // an admin left it meanwhile
		}
		return ignore(a.follow(ctx, n, t, me, actor), parvis.ErrConflict)
	})
}

// ForgetRelay runs when a relay was told that we leave; its actor, if it was
// followed, is not any more.
func (a *App) ForgetRelay(ctx context.Context, n *parvis.Node, r *parvis.Relay) error {
	me, err := a.node(n).Account(ctx, n.ActorID)
	if err != nil {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if r.Style == parvis.RelayLitePub && r.AccountID != 0 {
			actor, err := t.Account(ctx, r.AccountID)
			if err != nil {
				return err
			}
			if err := a.unfollow(ctx, t, me, actor); err != nil && !errors.Is(err, parvis.ErrNotFound) {
				return err
			}
			if err := a.answerFollow(ctx, t, me, actor, parvis.VerbReject); err != nil && !errors.Is(err, parvis.ErrNotFound) {
				return err
			}
		}
		return t.RemoveRelay(ctx, r.ID)
	})
}

// RelayAnswered notes what the actor of a relay said to our wish.
func (a *App) RelayAnswered(ctx context.Context, n *parvis.Node, r *parvis.Relay, by *parvis.Account, agreed bool) error {
	r.AccountID, r.State, r.Error = by.ID, parvis.RelayRefused, ""
	if agreed {
		r.State = parvis.RelayAccepted
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return ignore(t.SaveRelay(ctx, r), parvis.ErrNotFound) })
}

// ReceiveRelayFollow lets a relay follow the node back, which some do. Unlike
// another node that follows ours it does not ask to be a partner.
func (a *App) ReceiveRelayFollow(ctx context.Context, n *parvis.Node, by, me *parvis.Account, uri string) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if _, err := a.noteFollow(ctx, t, by, me, uri); err != nil {
			return err
		}
		return a.answerFollow(ctx, t, me, by, parvis.VerbAccept)
	})
}
