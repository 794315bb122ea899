package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/storage"
)

// AddPartner says that this node wants to exchange with the node of a host. If
// the other asked before, posts flow from now on; else it is asked.
func (a *App) AddPartner(ctx context.Context, n *parvis.Node, host string) (*parvis.Partner, error) {
	host, err := partnerHost(n, host)
	if err != nil {
		return nil, err
	}
	policy, err := a.Policy(ctx, n, host)
	if err != nil {
		return nil, err
	}
	// What shared lists say gives way to the wish; what the team decided does not.
	if policy.Refused && policy.Rule != nil && policy.Rule.List == 0 {
		return nil, parvis.Invalid("host", "partner.blocked", "Host", host)
	}
	var p *parvis.Partner
	err = a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) (err error) {
		if p, err = t.Partner(ctx, host); errors.Is(err, parvis.ErrNotFound) {
			p, err = &parvis.Partner{Host: host, CreatedAt: a.Now()}, nil
		}
		if err != nil {
			return err
		}
		p.Ours, p.Error = true, ""
		if err := t.SavePartner(ctx, p); err != nil {
			return err
		}
		if err := a.applyDomains(ctx, t); err != nil {
			return err
		}
		return a.enqueue(ctx, t, partnerJob(host), parvis.PartnerArgs{Host: host})
	})
	return p, err
}

// partnerHost reads the public name of another node, as a person writes it.
func partnerHost(n *parvis.Node, written string) (string, error) {
	host := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(written), n.Scheme+"://"), "/")
	if ascii, err := text.Host(host); err == nil {
		host = ascii
	}
	host, err := parvis.CleanHost(n.Scheme, host)
	if err == nil && host == n.Host {
		err = parvis.Invalid("host", "partner.self")
	}
	return host, err
}

// ApprovePartner agrees to the wish of a node that asked; if it did not ask, it
// is parvis.ErrConflict.
func (a *App) ApprovePartner(ctx context.Context, n *parvis.Node, host string) (*parvis.Partner, error) {
	p, err := a.node(n).Partner(ctx, host)
	if err != nil {
		return nil, err
	}
	if !p.Theirs {
		return nil, fmt.Errorf("%s has not asked: %w", host, parvis.ErrConflict)
	}
	return a.AddPartner(ctx, n, host)
}

// RemovePartner ends a partnership, or a wish for one.
func (a *App) RemovePartner(ctx context.Context, n *parvis.Node, host string) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		p, err := t.Partner(ctx, host)
		if err != nil {
			return err
		}
		if err := t.RemovePartner(ctx, host); err != nil {
			return err
		}
		if err := a.applyDomains(ctx, t); err != nil {
			return err
		}
		return a.enqueue(ctx, t, partnerJob(host), parvis.PartnerArgs{Host: host, Remove: true, Actor: p.AccountID})
	})
}

func partnerJob(host string) parvis.Job {
	return parvis.Job{Kind: parvis.JobPartner, Lane: "partner:" + host}
}

// Partners lists the partnerships of a node, whatever their state.
func (a *App) Partners(ctx context.Context, n *parvis.Node) ([]*parvis.Partner, error) {
	return a.node(n).Partners(ctx)
}

// MeetPartner runs when the actor of a partner's node was found, or could not be
// (actor is nil, and reason says why): our node follows theirs, and answers
// their wish if there is one.
func (a *App) MeetPartner(ctx context.Context, n *parvis.Node, host string, actor *parvis.Account, reason string) error {
	me, err := a.node(n).Account(ctx, n.ActorID)
	if err != nil {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		p, err := t.Partner(ctx, host)
		if err != nil {
			return ignore(err, parvis.ErrNotFound)
		}
		if p.Error = reason; actor == nil {
			return t.SavePartner(ctx, p)
		}
		// What is noted may be the word of another actor of that host, or be older
		// than a partnership that was ended and asked for anew.
		if p.Theirs, err = wished(ctx, t, me.ID, actor.ID); err != nil {
			return err
		}
		p.AccountID = actor.ID
		if err := t.SavePartner(ctx, p); err != nil {
			return err
		}
		if err := a.follow(ctx, n, t, me, actor); err != nil && !errors.Is(err, parvis.ErrConflict) {
			return err
		}
		return ignore(a.answerFollow(ctx, t, me, actor, parvis.VerbAccept), parvis.ErrNotFound)
	})
}

// wished reports whether another node's actor wants to be our partner: it accepted
// that ours follows it, or follows ours.
func wished(ctx context.Context, t *storage.Tx, me, actor parvis.ID) (bool, error) {
	f, err := t.Follow(ctx, me, actor)
	if err == nil && f.Accepted {
		return true, nil
	}
	if ignore(err, parvis.ErrNotFound) == nil {
		_, err = t.Follow(ctx, actor, me)
	}
	return err == nil, ignore(err, parvis.ErrNotFound)
}

// LeavePartner runs when a partnership was ended here: both follows end.
func (a *App) LeavePartner(ctx context.Context, n *parvis.Node, actor *parvis.Account) error {
	me, err := a.node(n).Account(ctx, n.ActorID)
	if err != nil {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := a.unfollow(ctx, t, me, actor); err != nil && !errors.Is(err, parvis.ErrNotFound) {
			return err
		}
		return ignore(a.answerFollow(ctx, t, me, actor, parvis.VerbReject), parvis.ErrNotFound)
	})
}

// partnerSaid notes that the node of an Application actor wants, or no longer
// wants, to be our partner. Once our team wants it too, nobody speaks for the host
// but the actor that we found there ourselves (MeetPartner): a server may let its
// people write their own actors.
func (a *App) partnerSaid(ctx context.Context, t *storage.Tx, actor *parvis.Account, wants bool) (*parvis.Partner, error) {
	host := actor.Host()
	p, err := t.Partner(ctx, host)
	if errors.Is(err, parvis.ErrNotFound) {
		if !wants {
			return nil, parvis.ErrNotFound
		}
		p, err = &parvis.Partner{Host: host, CreatedAt: a.Now()}, nil
	}
	if err != nil {
		return nil, err
	}
	switch {
	case p.Ours && p.AccountID == 0: // not met yet; what it wants is asked then
		return p, a.enqueue(ctx, t, partnerJob(host), parvis.PartnerArgs{Host: host})
	case p.Ours && p.AccountID != actor.ID:
		return nil, fmt.Errorf("%s does not speak for %s: %w", actor.URI, host, parvis.ErrForbidden)
	}
	p.AccountID, p.Theirs, p.Error = actor.ID, wants, ""
	return p, t.SavePartner(ctx, p)
}

// partnerAnswered notes how another node's actor answered our wish. If we have
// taken the wish back meanwhile, the answer is no wish of theirs.
func (a *App) partnerAnswered(ctx context.Context, t *storage.Tx, actor *parvis.Account, agreed bool) error {
	if _, err := t.Partner(ctx, actor.Host()); err != nil {
		return ignore(err, parvis.ErrNotFound)
	}
	_, err := a.partnerSaid(ctx, t, actor, agreed)
	return err
}
