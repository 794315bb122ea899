package mastodon

import (
	"context"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// target returns the account that the path names.
func (a *API) target(ctx context.Context, c *call) (*parvis.Account, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	return a.App.Account(ctx, c.node, id)
}

func (a *API) account(ctx context.Context, c *call) (any, error) {
	acc, err := a.target(ctx, c)
	if err != nil {
		return nil, err
	}
	return c.face(acc), nil
}

// lookup finds an account that is known here by its name.
func (a *API) lookup(ctx context.Context, c *call) (any, error) {
	acc, err := a.App.KnownHere().Lookup(ctx, c.node, c.in.text("acct"))
	if err != nil {
		return nil, err
	}
	if !acc.Active() {
		return nil, parvis.ErrGone
	}
	return c.face(acc), nil
}

// me shows the viewer to themself.
func (a *API) me(ctx context.Context, c *call) (any, error) {
	acc := c.viewer.Account
	out := credentialAccount{
		account: *c.face(acc),
		Source:  source{Privacy: "public", Language: textOrNull(c.viewer.Language), Note: acc.Bio, Fields: c.face(acc).Fields},
		Role:    role{ID: "1", Name: string(c.viewer.Role), Permissions: "0", Highlighted: c.viewer.Team()},
	}
	if !acc.Locked {
		return out, nil // nobody needs to ask
	}
	asking, err := a.App.FollowRequests(ctx, c.node, c.viewer, parvis.Page{Limit: parvis.MaxPage})
	out.Source.FollowRequestsCount = len(asking)
	return out, err
}

// preferences tells what the viewer chose on the pages.
func (a *API) preferences(_ context.Context, c *call) (any, error) {
	return map[string]any{
		"posting:default:visibility": "public",
		"posting:default:sensitive":  false,
		"posting:default:language":   orElse(c.viewer.Language, c.node.Language),
		"reading:expand:media":       "default",
		"reading:expand:spoilers":    false,
		"reading:autoplay:gifs":      false,
	}, nil
}

// people shows a list of accounts, paged by the follows that they come from.
func (c *call) people(list []storage.FollowedAccount) any {
	faces := make([]*account, len(list))
	for i, f := range list {
		faces[i] = c.face(f.Account)
	}
	if len(list) > 0 {
		c.link(list[0].FollowID, list[len(list)-1].FollowID)
	}
	return faces
}

func (a *API) followers(ctx context.Context, c *call) (any, error) {
	return a.follows(ctx, c, a.App.Followers)
}

func (a *API) following(ctx context.Context, c *call) (any, error) {
	return a.follows(ctx, c, a.App.Following)
}

func (a *API) follows(ctx context.Context, c *call,
	read func(context.Context, *parvis.Node, parvis.ID, parvis.Page) ([]storage.FollowedAccount, error)) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	page, err := c.page(accountsPage)
	if err != nil {
		return nil, err
	}
	list, err := read(ctx, c.node, id, page)
	if err != nil {
		return nil, err
	}
	return c.people(list), nil
}

func (a *API) followRequests(ctx context.Context, c *call) (any, error) {
	page, err := c.page(accountsPage)
	if err != nil {
		return nil, err
	}
	list, err := a.App.FollowRequests(ctx, c.node, c.viewer, page)
	if err != nil {
		return nil, err
	}
	return c.people(list), nil
}
