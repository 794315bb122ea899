package mastodon

import (
	"context"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// A list is https://docs.joinmastodon.org/entities/List/. Ours are never exclusive: a
// home would have to look at every list for each of its entries.
type list struct {
	ID            string `json:"id"`
	Title         string `json:"title"`
	RepliesPolicy string `json:"replies_policy"`
	Exclusive     bool   `json:"exclusive"`
}

func listOf(l *parvis.List) list {
	return list{ID: l.ID.Decimal(), Title: l.Title, RepliesPolicy: string(l.Replies)}
}

func listsOf(all []*parvis.List) []list {
	out := make([]list, len(all))
	for i, l := range all {
		out[i] = listOf(l)
	}
	return out
}

func (a *API) lists(ctx context.Context, c *call) (any, error) {
	all, err := a.App.PeopleLists(ctx, c.node, c.viewer)
	return listsOf(all), err
}

// listsWith shows those of the viewer's lists on which an account is.
func (a *API) listsWith(ctx context.Context, c *call) (any, error) {
	acc, err := a.target(ctx, c)
	if err != nil {
		return nil, err
	}
	all, err := a.App.ListsWith(ctx, c.node, c.viewer, acc.ID)
	return listsOf(all), err
}

func (a *API) showList(ctx context.Context, c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	l, err := a.App.PeopleList(ctx, c.node, c.viewer, id)
	if err != nil {
		return nil, err
	}
	return listOf(l), nil
}

func (a *API) makeList(ctx context.Context, c *call) (any, error) {
	l, err := a.App.MakeList(ctx, c.node, c.viewer, c.listDraft(parvis.RepliesList))
	if err != nil {
		return nil, err
	}
	return listOf(l), nil
}

// changeList leaves as it is what the app does not say.
func (a *API) changeList(ctx context.Context, c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	old, err := a.App.PeopleList(ctx, c.node, c.viewer, id)
	if err != nil {
		return nil, err
	}
	d := c.listDraft(old.Replies)
	d.Title = orElse(d.Title, old.Title)
	l, err := a.App.ChangeList(ctx, c.node, c.viewer, id, d)
	if err != nil {
		return nil, err
	}
	return listOf(l), nil
}

func (c *call) listDraft(otherwise parvis.Replies) app.ListDraft {
	return app.ListDraft{Title: c.in.text("title"), Replies: parvis.Replies(orElse(c.in.text("replies_policy"), string(otherwise)))}
}

func (a *API) dropList(ctx context.Context, c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	return struct{}{}, a.App.DropList(ctx, c.node, c.viewer, id)
}

func (a *API) listMembers(ctx context.Context, c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	if c.in.text("limit") == "0" { // https://docs.joinmastodon.org/methods/lists/#accounts
		return a.allMembers(ctx, c, id)
	}
	page, err := c.page(accountsPage)
	if err != nil {
		return nil, err
	}
	members, err := a.App.ListMembers(ctx, c.node, c.viewer, id, page)
	if err != nil {
		return nil, err
	}
	return c.people(members), nil
}

// allMembers shows everybody on a list.
func (a *API) allMembers(ctx context.Context, c *call, id parvis.ID) (any, error) {
	faces := []*account{}
	for page := (parvis.Page{Limit: parvis.MaxPage}); len(faces) < parvis.MaxListMembers; {
		some, err := a.App.ListMembers(ctx, c.node, c.viewer, id, page)
		if err != nil {
			return nil, err
		}
		for _, f := range some {
			faces, page.Before = append(faces, c.face(f.Account)), f.FollowID
		}
		if len(some) < page.Limit {
			break
		}
	}
	return faces, nil
}

func (a *API) addToList(ctx context.Context, c *call) (any, error) {
	return a.changeMembers(ctx, c, a.App.AddToList)
}

func (a *API) removeFromList(ctx context.Context, c *call) (any, error) {
	return a.changeMembers(ctx, c, a.App.RemoveFromList)
}

func (a *API) changeMembers(ctx context.Context, c *call,
	do func(context.Context, *parvis.Node, parvis.Viewer, parvis.ID, ...parvis.ID) error) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	people, err := c.in.ids("account_ids")
	if err != nil {
		return nil, err
	}
	return struct{}{}, do(ctx, c.node, c.viewer, id, people...)
}

func (a *API) listTimeline(ctx context.Context, c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	page, err := c.page(statusesPage)
	if err != nil {
		return nil, err
	}
	entries, err := a.App.ListTimeline(ctx, c.node, c.viewer, id, page)
	if err != nil {
		return nil, err
	}
	return a.list(ctx, c, entries)
}
