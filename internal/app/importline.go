package app

import (
	"context"
	"errors"
	"iter"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// importLine takes a line of a list over, and reports whether there was nothing to do.
// Doing it twice changes nothing.
func (a *App) importLine(ctx context.Context, n *parvis.Node, v parvis.Viewer, kind parvis.ImportKind, line parvis.ImportLine) (already bool, _ parvis.ImportProblem, err error) {
	if !v.Account.Active() {
		return false, parvis.ImportRefused, nil
	}
	if kind == parvis.ImportSaved {
		err = a.importPost(ctx, n, v, line)
	} else {
		already, err = a.importAccount(ctx, n, v, kind, line)
	}
	invalid := new(parvis.InvalidError)
	switch {
	case errors.Is(err, parvis.ErrNotFound):
		return false, parvis.ImportUnknown, nil
	case errors.Is(err, errStranger):
		return false, parvis.ImportStranger, nil
	case errors.Is(err, parvis.ErrForbidden) || errors.Is(err, parvis.ErrGone) || errors.As(err, &invalid):
		return false, parvis.ImportRefused, nil
	}
	return already, "", err
}

// errStranger means that somebody is to be on a list who is not followed.
var errStranger = errors.New("only whom one follows can be on a list")

// importPost keeps a post, which is fetched if it is unknown.
func (a *App) importPost(ctx context.Context, n *parvis.Node, v parvis.Viewer, line parvis.ImportLine) error {
	p, err := a.PostByURI(ctx, n, v, line.Address)
	if errors.Is(err, parvis.ErrNotFound) {
		_, p, err = a.Resolve(ctx, n, v, line.Address)
		if err != nil && ctx.Err() == nil { // whatever is wrong with another server
			return errors.Join(parvis.ErrNotFound, err)
		}
	}
	if err != nil {
		return err
	}
	if p == nil { // it is somebody's address
		return parvis.ErrNotFound
	}
	if line.Removed {
		_, err = a.Unsave(ctx, n, v, p.ID)
		return err
	}
	_, err = a.Save(ctx, n, v, p.ID)
	return err
}

// importAccount follows, blocks or mutes somebody, or puts them on a list.
func (a *App) importAccount(ctx context.Context, n *parvis.Node, v parvis.Viewer, kind parvis.ImportKind, line parvis.ImportLine) (already bool, err error) {
	acc, err := a.Lookup(ctx, n, line.Address)
	if err != nil {
		return false, err
	}
	relations, err := a.node(n).Relationships(ctx, v.ID(), []parvis.ID{acc.ID})
	if err != nil {
		return false, err
	}
	r := relations[acc.ID]
	is, do, undo := r.Following || r.Requested, a.Follow, a.Unfollow
	switch kind {
	case parvis.ImportLists:
		return a.importMember(ctx, n, v, acc.ID, r.Following, line)
	case parvis.ImportBlocks:
		is, do, undo = r.Blocking, a.Block, a.Unblock
	case parvis.ImportMutes:
		wish := MuteWish{Notifications: line.Extra == "true"}
		is, undo = r.Muting && r.MutingNotifications == wish.Notifications, a.Unmute
		do = func(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) error {
			return a.Mute(ctx, n, v, id, wish)
		}
	}
	switch {
	case line.Removed:
		return false, undo(ctx, n, v, acc.ID)
	case is:
		return true, nil
	}
	return false, do(ctx, n, v, acc.ID)
}

// importMember puts somebody on the list of a name, which is made if there is none.
func (a *App) importMember(ctx context.Context, n *parvis.Node, v parvis.Viewer, who parvis.ID, followed bool, line parvis.ImportLine) (already bool, err error) {
	lists, err := a.PeopleLists(ctx, n, v)
	if err != nil {
		return false, err
	}
	var list *parvis.List
	for _, l := range lists {
		if l.Title == line.Extra {
			list = l
		}
	}
	if line.Removed {
		if list == nil {
			return true, nil
		}
		return false, a.RemoveFromList(ctx, n, v, list.ID, who)
	}
	if !followed {
		return false, errStranger
	}
	if list == nil {
		if list, err = a.MakeList(ctx, n, v, ListDraft{Title: line.Extra, Replies: parvis.RepliesList}); err != nil {
			return false, err
		}
	}
	return false, a.AddToList(ctx, n, v, list.ID, who)
}

// replaced adds to the lines of a list what is there already and not on it: that goes.
func (a *App) replaced(ctx context.Context, n *parvis.Node, v parvis.Viewer, kind parvis.ImportKind, lines []parvis.ImportLine) ([]parvis.ImportLine, error) {
	wanted := make(map[[2]string]bool)
	named := func(l parvis.ImportLine) [2]string {
		if kind == parvis.ImportLists {
			return [2]string{l.Extra, l.Address}
		}
		return [2]string{l.Address}
	}
	for _, l := range lines {
		wanted[named(l)] = true
	}
	for l, err := range a.standing(ctx, n, v, kind) {
		if err != nil {
			return nil, err
		}
		if wanted[named(l)] {
			continue
		}
		if len(lines) >= 2*MaxImportLines {
			return nil, parvis.Invalid("file", "import.long", "Max", MaxImportLines)
		}
		l.Removed = true
		lines = append(lines, l)
	}
	return lines, nil
}

// standing is what a resident follows, blocks, mutes or keeps, as the lines of a list.
func (a *App) standing(ctx context.Context, n *parvis.Node, v parvis.Viewer, kind parvis.ImportKind) iter.Seq2[parvis.ImportLine, error] {
	rows := a.node(n)
	people := func(extra string, read func(parvis.Page) ([]storage.FollowedAccount, error)) iter.Seq2[parvis.ImportLine, error] {
		return lined(pages(read, func(f storage.FollowedAccount) parvis.ID { return f.FollowID }),
			func(f storage.FollowedAccount) parvis.ImportLine {
				return parvis.ImportLine{Address: address(n, f.Account), Extra: extra}
			})
	}
	switch kind {
	case parvis.ImportFollows:
		return people("", func(p parvis.Page) ([]storage.FollowedAccount, error) { return rows.AllFollowing(ctx, v.ID(), p) })
	case parvis.ImportMutes:
		return lined(pages(func(p parvis.Page) ([]parvis.Mute, error) { return rows.MutedBy(ctx, v.ID(), p) }, func(m parvis.Mute) parvis.ID { return m.ID }),
			func(m parvis.Mute) parvis.ImportLine { return parvis.ImportLine{Address: address(n, m.Target)} })
	case parvis.ImportSaved:
		return lined(kept(ctx, v.ID(), rows.Bookmarks), func(e storage.HomeEntry) parvis.ImportLine { return parvis.ImportLine{Address: e.Post.URI} })
	}
	return func(yield func(parvis.ImportLine, error) bool) {
		if kind == parvis.ImportBlocks {
			blocked, err := rows.Blocks(ctx, v.ID(), MaxImportLines)
			if err != nil {
				yield(parvis.ImportLine{}, err)
			}
			for _, acc := range blocked {
				if !yield(parvis.ImportLine{Address: address(n, acc)}, nil) {
					return
				}
			}
			return
		}
		lists, err := rows.PeopleLists(ctx, v.ID())
		if err != nil {
			yield(parvis.ImportLine{}, err)
		}
		for _, l := range lists {
			for line, err := range people(l.Title, func(p parvis.Page) ([]storage.FollowedAccount, error) { return rows.Members(ctx, l, p) }) {
				if !yield(line, err) {
					return
				}
			}
		}
	}
}

// lined makes lines of what comes one by one.
func lined[T any](items iter.Seq2[T, error], line func(T) parvis.ImportLine) iter.Seq2[parvis.ImportLine, error] {
	return func(yield func(parvis.ImportLine, error) bool) {
		for item, err := range items {
			var l parvis.ImportLine
			if err == nil {
				l = line(item)
			}
			if !yield(l, err) {
				return
			}
		}
	}
}
