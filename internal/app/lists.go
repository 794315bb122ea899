package app

import (
	"context"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// PeopleLists returns the viewer's lists, the oldest first.
func (a *App) PeopleLists(ctx context.Context, n *parvis.Node, v parvis.Viewer) ([]*parvis.List, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	return a.node(n).PeopleLists(ctx, v.ID())
}

// PeopleList returns a list of the viewer's.
func (a *App) PeopleList(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.List, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	return a.node(n).PeopleList(ctx, v.ID(), id)
}

// A ListDraft is what a resident says of a list.
type ListDraft struct {
	Title   string
	Replies parvis.Replies
}

// apply writes what was said to a list, if that can be.
func (d ListDraft) apply(l *parvis.List) error {
	l.Title, l.Replies = strings.TrimSpace(d.Title), d.Replies
	return l.Validate()
}

// MakeList makes a list for the viewer.
func (a *App) MakeList(ctx context.Context, n *parvis.Node, v parvis.Viewer, d ListDraft) (*parvis.List, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	l := &parvis.List{AccountID: v.ID(), CreatedAt: a.Now()}
	if err := d.apply(l); err != nil {
		return nil, err
	}
	return l, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.AddList(ctx, l); err != nil {
			return err
		}
		// Counted after, so that of two at once one is undone.
		lists, err := t.PeopleLists(ctx, v.ID())
		if err == nil && len(lists) > parvis.MaxLists {
			return parvis.Invalid("title", "list.too.many", "Max", parvis.MaxLists)
		}
		return err
	})
}

// ChangeList changes how a list of the viewer's is called, and what it shows.
func (a *App) ChangeList(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID, d ListDraft) (*parvis.List, error) {
	l, err := a.PeopleList(ctx, n, v, id)
	if err != nil {
		return nil, err
	}
	if err := d.apply(l); err != nil {
		return nil, err
	}
	return l, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.UpdateList(ctx, l) })
}

// DropList forgets a list of the viewer's; they follow on whom they follow.
func (a *App) DropList(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) error {
	l, err := a.PeopleList(ctx, n, v, id)
	if err != nil {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.RemoveList(ctx, l) })
}

// AddToList puts people whom the viewer follows on a list: all of them or none.
func (a *App) AddToList(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID, people ...parvis.ID) error {
	l, err := a.PeopleList(ctx, n, v, id)
	if err != nil {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		relations, err := t.Relationships(ctx, v.ID(), people)
		if err != nil {
			return err
		}
		for _, person := range people {
			if !relations[person].Following {
				return parvis.Invalid("handle", "list.follow")
			}
			if err := t.AddMember(ctx, l, person, a.Now()); err != nil {
				return err
			}
		}
		count, err := t.CountMembers(ctx, l)
		if err == nil && count > parvis.MaxListMembers {
			return parvis.Invalid("handle", "list.members.many", "Max", parvis.MaxListMembers)
		}
		return err
	})
}

// RemoveFromList takes people off a list of the viewer's.
func (a *App) RemoveFromList(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID, people ...parvis.ID) error {
	l, err := a.PeopleList(ctx, n, v, id)
	if err != nil {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		for _, person := range people {
			if err := t.RemoveMember(ctx, l, person); err != nil {
				return err
			}
		}
		return nil
	})
}

// ListMembers lists who is on a list of the viewer's, the last one first.
func (a *App) ListMembers(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID, page parvis.Page) ([]storage.FollowedAccount, error) {
	l, err := a.PeopleList(ctx, n, v, id)
	if err != nil {
		return nil, err
	}
	return a.node(n).Members(ctx, l, page)
}

// ListsWith returns those of the viewer's lists on which somebody is.
func (a *App) ListsWith(ctx context.Context, n *parvis.Node, v parvis.Viewer, person parvis.ID) ([]*parvis.List, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	return a.node(n).ListsWith(ctx, v.ID(), person)
}

// ListTimeline lists what the people on a list of the viewer's published and shared.
func (a *App) ListTimeline(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID, page parvis.Page) ([]storage.HomeEntry, error) {
	l, err := a.PeopleList(ctx, n, v, id)
	if err != nil {
		return nil, err
	}
	entries, err := a.node(n).ListTimeline(ctx, l, page)
	if err != nil {
		return nil, err
	}
	return a.visibleEntries(ctx, n, v, entries)
}
