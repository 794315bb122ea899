package mastodon

import (
	"context"
	"errors"
	"strings"

	"github.com/rs/zerolog"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
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
	q, err := c.query(statusesPage, maxSearch)
	if err != nil || q.Typed == "" {
		return out, err
	}
	wanted := func(what string) bool { return !c.in.has("type") || c.in.text("type") == what }
	if q.Offset > 0 && !c.in.has("type") {
		return out, nil // it is said of one list only
	}
	acc, p, err := a.resolve(ctx, c, q.Typed)
	if err != nil {
		return nil, err
	}
	if wanted("accounts") {
		if out.Accounts, err = a.people(ctx, c, q, acc); err != nil {
			return nil, err
		}
	}
	if wanted("statuses") {
		if out.Statuses, err = a.statusesFound(ctx, c, q, p); err != nil {
			return nil, err
		}
	}
	if wanted("hashtags") && q.Offset == 0 {
		out.Hashtags, err = a.hashtags(ctx, c, q)
	}
	return out, err
}

// query reads what an app searches: lists of size, or as many as it says up to most.
func (c *call) query(size, most int) (app.Query, error) {
	q := app.Query{Typed: strings.TrimSpace(c.in.text("q")), Limit: min(c.in.limit(size), most), Offset: c.in.offset()}
	page, err := c.page(size)
	if err != nil {
		return q, err
	}
	q.Newest, q.Oldest = page.Before, max(page.After, page.From)
	q.Filter.Author, err = c.in.id("account_id")
	return q, err
}

func (a *API) searchAccounts(ctx context.Context, c *call) (any, error) {
	q, err := c.query(accountsPage, parvis.MaxPage)
	if err != nil || q.Typed == "" {
		return []*account{}, err
	}
	acc, _, err := a.resolve(ctx, c, q.Typed)
	if err != nil {
		return nil, err
	}
	return a.people(ctx, c, q, acc)
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

// people lists the account that was resolved, then those who are found by their names,
// their handles and what they say of themselves.
func (a *API) people(ctx context.Context, c *call, q app.Query, exact *parvis.Account) ([]*account, error) {
	q.Exact = exact
	found, err := a.App.SearchPeople(ctx, c.node, c.viewer, q, c.in.yes("following"))
	faces := make([]*account, len(found.Hits))
	for i, p := range found.Hits {
		faces[i] = c.face(p.Account)
	}
	return faces, err
}

// statusesFound is the post whose address was pasted, or what has the words.
func (a *API) statusesFound(ctx context.Context, c *call, q app.Query, exact *parvis.Post) ([]*status, error) {
	if exact != nil && q.Offset > 0 || exact == nil && (strings.HasPrefix(q.Typed, "@") || strings.Contains(q.Typed, "://")) {
		return []*status{}, nil
	}
	if exact != nil {
		return a.statusesOf(ctx, c, entriesOf(exact))
	}
	found, err := a.App.SearchPosts(ctx, c.node, c.viewer, q)
	if err != nil {
		return nil, err
	}
	return a.statusesOf(ctx, c, entriesOf(found.Hits...))
}

// hashtags lists those that begin so and that a post has.
func (a *API) hashtags(ctx context.Context, c *call, q app.Query) ([]tag, error) {
	names, err := a.App.SearchHashtags(ctx, c.node, c.viewer, q.Typed)
	tags := make([]tag, 0, len(names))
	typed := strings.TrimPrefix(q.Typed, "#")
	for _, name := range names[:min(len(names), q.Limit)] {
		if text.Fold(typed) == name {
			name = typed // with its accents
		}
		tags = append(tags, c.tag(name))
	}
	return tags, err
}
