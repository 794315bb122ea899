package app

import (
	"context"
	"errors"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// ReceiveFollow handles the wish of an account of another server to follow a
// local one. uri is the activity's id.
func (a *App) ReceiveFollow(ctx context.Context, n *parvis.Node, by, target *parvis.Account, uri string) error {
	if !target.Local() || !target.Active() {
		return parvis.ErrNotFound
	}
	if !by.Active() {
		return parvis.ErrForbidden
	}
	blocked, err := a.node(n).Blocked(ctx, by.ID, target.ID)
	if err != nil {
		return err
	}
	// Only nodes follow the node itself: that is how they become partners.
	refused := blocked || target.Moved() || (target.ID == n.ActorID) != (by.Type == parvis.Application)
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if refused {
			return a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbReject, Actor: target.ID, Target: by.ID, URI: uri})
		}
		f, err := a.noteFollow(ctx, t, by, target, uri)
		if err != nil {
			return err
		}
		accept := f.Accepted || !target.Locked
		if target.ID == n.ActorID {
			p, err := a.partnerSaid(ctx, t, by, true)
			if err != nil {
				return err
			}
			accept = p.Ours && p.AccountID == by.ID
		}
		if target.IsFeed() {
			if err := a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobSoftware, Key: by.Host()}, parvis.SoftwareArgs{Host: by.Host()}); err != nil {
				return err
			}
		}
		if accept {
			return a.answerFollow(ctx, t, target, by, parvis.VerbAccept)
		}
		return a.notify(ctx, t, target.ID, parvis.NotifyFollowRequest, by.ID, 0)
	})
}

// noteFollow stores a follow that is not accepted yet, or returns the known one.
func (a *App) noteFollow(ctx context.Context, t *storage.Tx, by, target *parvis.Account, uri string) (*parvis.Follow, error) {
	f := &parvis.Follow{FollowerID: by.ID, FollowedID: target.ID, URI: uri, CreatedAt: a.Now()}
	err := t.AddFollow(ctx, f)
	switch {
	case err == nil && !target.Locked:
		return f, a.notify(ctx, t, target.ID, parvis.NotifyFollow, by.ID, 0)
	case !errors.Is(err, parvis.ErrConflict):
		return f, err
	}
	if f, err = t.Follow(ctx, by.ID, target.ID); err != nil || f.URI == uri {
		return f, err
	}
	f.URI = uri
	return f, t.SetFollowURI(ctx, f.ID, uri)
}

// ReceiveUnfollow ends the follow of a local account by one of another server.
func (a *App) ReceiveUnfollow(ctx context.Context, n *parvis.Node, by, target *parvis.Account) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if _, err := t.RemoveFollow(ctx, by.ID, target.ID); err != nil {
			return ignore(err, parvis.ErrNotFound)
		}
		if target.ID == n.ActorID {
			_, err := a.partnerSaid(ctx, t, by, false)
			if err = ignore(ignore(err, parvis.ErrNotFound), parvis.ErrForbidden); err != nil {
				return err
			}
		}
		return t.DropNotifications(ctx, target.ID, by.ID, 0, parvis.NotifyFollowRequest)
	})
}

// A FollowAnswer is what an account says to somebody's wish to follow it.
type FollowAnswer struct {
	By       *parvis.Account
	Follower *parvis.Account
	// URI is the id of the Follow activity that is answered; empty if By's server
	// did not say.
	URI  string
	Verb parvis.Verb // accept or reject
	Said string      // the id of the answer; empty if there was none
}

// ReceiveAnswer handles the answer of an account of another server to our follow
// of it. An answer to what nobody asked, or to a wish that was taken back and
// made anew since, changes nothing.
func (a *App) ReceiveAnswer(ctx context.Context, n *parvis.Node, said FollowAnswer) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		f, err := t.Follow(ctx, said.Follower.ID, said.By.ID)
		if err != nil || said.URI != "" && said.URI != f.URI {
			return ignore(err, parvis.ErrNotFound)
		}
		if said.Follower.ID == n.ActorID {
			if err := a.partnerAnswered(ctx, t, said.By, said.Verb == parvis.VerbAccept); err != nil {
				return err
			}
		}
		if said.Verb == parvis.VerbAccept {
			if err := t.SetAcceptURI(ctx, f.ID, said.Said); err != nil {
				return err
			}
			waited, err := t.AcceptFollow(ctx, f)
			if err != nil || !waited || said.Follower.ID == n.ActorID {
				return err
			}
			return t.FillHome(ctx, said.Follower.ID, said.By.ID)
		}
		_, err = t.RemoveFollow(ctx, said.Follower.ID, said.By.ID)
		return err
	})
}

// ReceiveBlock honours a block of a local account by one of another server, by
// ending the follows between them; undo ends the block. It is shown to nobody.
func (a *App) ReceiveBlock(ctx context.Context, n *parvis.Node, by, target *parvis.Account, uri string) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if target.ID == n.ActorID { // a node that wants nothing to do with ours is no partner
			if err := a.partnerAnswered(ctx, t, by, false); err != nil && !errors.Is(err, parvis.ErrForbidden) {
				return err
			}
		}
		return ignore(t.AddBlock(ctx, by.ID, target.ID, uri, a.Now()), parvis.ErrConflict)
	})
}

// ReceiveUnblock ends what ReceiveBlock began.
func (a *App) ReceiveUnblock(ctx context.Context, n *parvis.Node, by *parvis.Account, target parvis.ID) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		_, err := t.RemoveBlock(ctx, by.ID, target)
		return ignore(err, parvis.ErrNotFound)
	})
}
