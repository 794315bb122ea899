package mastodon

import (
	"context"
	"errors"
	"strings"

	"github.com/rs/zerolog"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/storage"
)

// searched is https://docs.joinmastodon.org/entities/Search/.
type searched struct {
	Accounts []*account `json:"accounts"`
	Statuses []*status  `json:"statuses"`
	Hashtags []tag      `json:"hashtags"`
}

// maxSearch bounds each list of a search, as on Mastodon.
const maxSearch = 40

func (a *API) search(ctx context.Context, c *call) (any, error) {
	out := searched{[]*account{}, []*status{}, []tag{}}
	q, limit := strings.TrimSpace(c.in.text("q")), min(c.in.limit(statusesPage), maxSearch)
	if q == "" || c.in.has("offset") && c.in.text("offset") != "0" {
		return out, nil // there is one page only
	}
	wanted := func(what string) bool { return !c.in.has("type") || c.in.text("type") == what }
	acc, p, err := a.resolve(ctx, c, q)
	if err != nil {
		return nil, err
	}
	if wanted("accounts") {
		if out.Accounts, err = a.people(ctx, c, q, acc, limit); err != nil {
			return nil, err
		}
	}
	if wanted("statuses") && p != nil {
		if out.Statuses, err = a.statusesOf(ctx, c, entriesOf(p)); err != nil {
			return nil, err
		}
	}
	if wanted("hashtags") {
		out.Hashtags, err = a.hashtags(ctx, c, q)
	}
	return out, err
}

func (a *API) searchAccounts(ctx context.Context, c *call) (any, error) {
	q := strings.TrimSpace(c.in.text("q"))
	acc, _, err := a.resolve(ctx, c, q)
	if err != nil {
		return nil, err
	}
	return a.people(ctx, c, q, acc, min(c.in.limit(accountsPage), parvis.MaxPage))
}

// resolve finds what a handle or address names, on its server if the app says so.
func (a *API) resolve(ctx context.Context, c *call, q string) (*parvis.Account, *parvis.Post, error) {
	if q == "" || strings.ContainsAny(q, " #") {
		return nil, nil, nil
	}
	verbs := a.App
	if !c.in.yes("resolve") {
		verbs = a.App.KnownHere()
	}
	acc, p, err := verbs.Resolve(ctx, c.node, c.viewer, q)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return nil, nil, err
	case !known(err):
		// A server that does not answer is no reason to hide what is known here.
		zerolog.Ctx(ctx).Info().Err(err).Msg("could not resolve what an app searched")
	}
	if acc != nil && (!acc.Active() || acc.Type == parvis.Application) {
		acc = nil
	}
	return acc, p, nil
}

// known reports whether an error is one of those that say "nothing for you".
func known(err error) bool {
	return errors.Is(err, parvis.ErrNotFound) || errors.Is(err, parvis.ErrGone) || errors.Is(err, parvis.ErrForbidden) ||
		errors.Is(err, app.ErrUnwanted)
}

// people lists the account that was resolved, then those whose handle starts alike.
func (a *API) people(ctx context.Context, c *call, q string, exact *parvis.Account, limit int) ([]*account, error) {
	list, err := a.App.SearchAccounts(ctx, c.node, q, limit)
	if err != nil {
		return nil, err
	}
	faces := make([]*account, 0, len(list)+1)
	if exact != nil {
		faces = append(faces, c.face(exact))
	}
	for _, acc := range list {
		if (exact == nil || acc.ID != exact.ID) && len(faces) < limit {
			faces = append(faces, c.face(acc))
		}
	}
	return faces, nil
}

// hashtags returns the hashtag that was asked for, if a post has it.
func (a *API) hashtags(ctx context.Context, c *call, q string) ([]tag, error) {
	name := strings.TrimPrefix(q, "#")
	if name == "" || strings.ContainsAny(name, " @/:#") {
		return []tag{}, nil
	}
	posts, err := a.App.List(ctx, c.node, c.viewer, storage.PostFilter{Tag: text.Fold(name)}, parvis.Page{Limit: 1})
	if err != nil || len(posts) == 0 {
		return []tag{}, err
	}
	return []tag{c.tag(name)}, nil
}
