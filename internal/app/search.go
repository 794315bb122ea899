package app

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/storage"
)

// A Query is what somebody looks for.
type Query struct {
	Typed  string
	Kinds  []parvis.Kind      // of posts; empty for all
	Filter storage.PostFilter // what the posts must be besides
	// Newest and Oldest bound the posts by their ids, without these; 0 does not.
	Newest, Oldest parvis.ID
	Offset, Limit  int
	// Exact is whom what was typed names, if it names somebody: of people they come
	// first, and alone if it says their server too.
	Exact *parvis.Account
}

// A Found is a part of what was found, the best first.
type Found[T any] struct {
	Hits []T
	More bool // there is more after these
	// Some: nothing has all the words, these have some of them.
	Some bool
}

// terms are the words that somebody looks for, in their language.
func terms(n *parvis.Node, v parvis.Viewer, typed string) []storage.Term {
	var list []storage.Term
	for _, t := range text.Query(typed, cmp.Or(v.Language, n.Language), n.Language, "fr", "en") {
		list = append(list, storage.Term(t))
	}
	return list
}

// mostForAny is of how many words any may do. Of more, what has one is rarely meant.
const mostForAny = 4

// tryTwice asks for what has all the words and, if there is nothing, for what has any.
func tryTwice[T any](words int, search func(anyOf bool) ([]T, error)) (list []T, some bool, err error) {
	if words == 0 {
		return nil, false, nil
	}
	if list, err = search(false); err != nil || len(list) > 0 || words == 1 || words > mostForAny {
		return list, false, err
	}
	list, err = search(true)
	return list, len(list) > 0, err
}

// SearchPosts lists the posts that the viewer may see and that have what they typed:
// what is still to be had first, then by how well they fit, how near and how new they
// are. Of the viewer's own posts, those that only some may see are found too.
func (a *App) SearchPosts(ctx context.Context, n *parvis.Node, v parvis.Viewer, q Query) (Found[*parvis.Post], error) {
	var found Found[*parvis.Post]
	s := storage.Search{PostFilter: q.Filter, Kinds: q.Kinds, Terms: terms(n, v, q.Typed), Now: a.Now()}
	if len(s.Kinds) == 0 {
		s.Kinds = parvis.Kinds
	}
	s.Audiences, s.Viewer = v.Audiences(), v.ID()
	candidates, some, err := tryTwice(len(s.Terms), func(anyOf bool) ([]storage.Candidate, error) {
		s.Any = anyOf
		return a.node(n).Search(ctx, s, parvis.Page{Before: q.Newest, After: q.Oldest})
	})
	if err != nil {
		return found, err
	}
	a.rank(n, v, candidates)
	found.Some = some
	candidates, found.More = cut(candidates, q.Offset, q.Limit)
	if found.Hits, err = a.node(n).Found(ctx, candidates); err != nil {
		return found, err
	}
	return found, a.node(n).Mark(ctx, v.ID(), found.Hits)
}

// cut returns a part of a list and whether there is more after it.
func cut[T any](list []T, offset, limit int) ([]T, bool) {
	offset = min(max(offset, 0), len(list))
	end := min(offset+parvis.Page{Limit: limit}.Size(), len(list))
	return list[offset:end], end < len(list)
}

// rank sorts what was found.
func (a *App) rank(n *parvis.Node, v parvis.Viewer, candidates []storage.Candidate) {
	here, now := standpoint(n, v), a.Now()
	scores := make(map[parvis.ID]float64, len(candidates))
	for _, c := range candidates {
		scores[c.ID] = relevance(c.Weight, c.Matched) * nearness(n, here, c.Place) * freshness(now.Sub(c.ID.Time()))
	}
	slices.SortFunc(candidates, func(x, y storage.Candidate) int {
		if x.Open != y.Open && x.Matched == y.Matched {
			if x.Open {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(y.Matched, x.Matched), cmp.Compare(scores[y.ID], scores[x.ID]), cmp.Compare(y.ID, x.ID))
	})
}

// relevance is what the words weigh that were found, at most 1: each stood in the
// title as it was typed.
func relevance(weight, words int) float64 { return float64(weight) / float64(2*weightTitle*words) }

// What nearness and freshness count for, at least.
const (
	leastNearness  = 0.6
	leastFreshness = 0.5
	unknownNear    = 0.8 // what has no place may be anywhere in town
)

// halfNear is the distance at which nearness has lost half of what it can lose, and
// halfFresh the age.
const (
	halfNear  = 3000 // metres
	halfFresh = 30 * 24 * time.Hour
)

func nearness(n *parvis.Node, here, there parvis.Place) float64 {
	metres, known := here.Distance(pointOf(n, there))
	if !known {
		return unknownNear
	}
	return leastNearness + (1-leastNearness)*halfNear/(halfNear+metres)
}

func freshness(age time.Duration) float64 {
	return leastFreshness + (1-leastFreshness)*math.Exp2(-float64(max(age, 0))/float64(halfFresh))
}

// standpoint is where distances are measured from: the resident's neighbourhood, or
// the middle of the place.
func standpoint(n *parvis.Node, v parvis.Viewer) parvis.Place {
	if v.Resident() {
		if p := pointOf(n, parvis.Place{Name: v.Account.Quarter}); p.HasPoint {
			return p
		}
	}
	return n.Center
}

// pointOf returns a place with its point: that of the neighbourhood, if it only has
// that one's name.
func pointOf(n *parvis.Node, p parvis.Place) parvis.Place {
	if p.HasPoint || p.Name == "" {
		return p
	}
	for _, q := range n.Neighbourhoods {
		if strings.EqualFold(q.Name, p.Name) {
			return q
		}
	}
	return p
}

// SearchPeople lists those whom the viewer finds by what they typed, people of this
// place first: residents find everyone by name and handle, and those who want to be
// listed by what they say of themselves. Visitors find whom everyone may find, and
// whoever has exactly that handle.
func (a *App) SearchPeople(ctx context.Context, n *parvis.Node, v parvis.Viewer, q Query, following bool) (Found[Listed], error) {
	var found Found[Listed]
	ids, err := a.exactly(ctx, n, v, q.Exact, following)
	if err != nil {
		return found, err
	}
	if q.Exact == nil || !namesServer(q.Typed) {
		if ids, found.Some, err = a.peopleLike(ctx, n, v, q.Typed, following, ids); err != nil {
			return found, err
		}
	}
	ids, found.More = cut(ids, q.Offset, q.Limit)
	accounts, err := a.node(n).Accounts(ctx, ids)
	if err != nil {
		return found, err
	}
	list := make([]*parvis.Account, 0, len(ids))
	for _, id := range ids {
		if acc := accounts[id]; acc != nil {
			list = append(list, acc)
		}
	}
	found.Hits, err = a.listed(ctx, n, v, list)
	return found, err
}

// namesServer reports whether a handle or an address says on which server somebody is.
func namesServer(typed string) bool {
	return strings.Contains(typed, "://") || strings.Contains(strings.TrimPrefix(strings.TrimSpace(typed), "@"), "@")
}

// exactly returns whom the viewer named, if they are among those whom they want.
func (a *App) exactly(ctx context.Context, n *parvis.Node, v parvis.Viewer, named *parvis.Account, following bool) ([]parvis.ID, error) {
	if named == nil {
		return nil, nil
	}
	ids := []parvis.ID{named.ID}
	if !following {
		return ids, nil
	}
	relations, err := a.Relationships(ctx, n, v, ids)
	if err != nil || !relations[named.ID].Following {
		return nil, err
	}
	return ids, nil
}

// peopleLike adds to ids those who are found by the beginning of their handle, then by
// their words, some of which is reported if nobody has all.
func (a *App) peopleLike(ctx context.Context, n *parvis.Node, v parvis.Viewer, typed string, following bool, ids []parvis.ID) ([]parvis.ID, bool, error) {
	s := storage.PeopleSearch{Shelf: storage.ShelfPeople, Viewer: v.ID(), Terms: terms(n, v, typed), Following: following}
	if v.Resident() {
		s.Shelf = storage.ShelfResidents
	}
	people, some, err := tryTwice(len(s.Terms), func(anyOf bool) ([]storage.Person, error) {
		s.Any = anyOf
		return a.node(n).SearchPeople(ctx, s)
	})
	if err != nil {
		return nil, false, err
	}
	slices.SortFunc(people, func(x, y storage.Person) int {
		if x.Local != y.Local && x.Matched == y.Matched {
			if x.Local {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(y.Matched, x.Matched), cmp.Compare(y.Weight, x.Weight), cmp.Compare(y.ID, x.ID))
	})
	handles, err := a.byHandle(ctx, n, v, typed, following)
	if err != nil {
		return nil, false, err
	}
	for _, p := range people {
		handles = append(handles, p.ID)
	}
	some = some && len(handles) == len(people) && len(ids) == 0
	known := make(map[parvis.ID]bool, len(handles))
	for _, id := range ids {
		known[id] = true
	}
	for _, id := range handles {
		if !known[id] {
			known[id], ids = true, append(ids, id)
		}
	}
	return ids, some, nil
}

// maxByHandle is how many people are found by the beginning of their handle.
const maxByHandle = 40

// byHandle finds people by their handle; residents, by its beginning.
func (a *App) byHandle(ctx context.Context, n *parvis.Node, v parvis.Viewer, typed string, following bool) ([]parvis.ID, error) {
	typed = strings.TrimSpace(typed)
	if strings.ContainsAny(typed, " \t\n/") {
		return nil, nil
	}
	var list []*parvis.Account
	var err error
	if v.Resident() {
		list, err = a.searchAccounts(ctx, n, v, typed, maxByHandle)
	} else if acc, missing := a.Profile(ctx, n, typed); missing == nil && acc.Local() && acc.Type != parvis.Application {
		list = append(list, acc)
	} else if !errors.Is(missing, parvis.ErrNotFound) && !errors.Is(missing, parvis.ErrGone) {
		err = missing
	}
	if err != nil {
		return nil, err
	}
	ids := make([]parvis.ID, len(list))
	for i, acc := range list {
		ids[i] = acc.ID
	}
	relations, err := a.node(n).Relationships(ctx, v.ID(), ids)
	return slices.DeleteFunc(ids, func(id parvis.ID) bool {
		r := relations[id]
		return r.Blocking || r.BlockedBy || following && !r.Following
	}), err
}

// maxHashtags is how many hashtags are found.
const maxHashtags = 10

// SearchHashtags lists the hashtags that begin as typed and that a post has which the
// viewer may see.
func (a *App) SearchHashtags(ctx context.Context, n *parvis.Node, v parvis.Viewer, typed string) ([]string, error) {
	prefix := text.Fold(strings.TrimPrefix(strings.TrimSpace(typed), "#"))
	if prefix == "" || strings.ContainsAny(prefix, " @/:#") || len(prefix) > 100 {
		return nil, nil
	}
	tags, err := a.node(n).Hashtags(ctx, prefix, maxHashtags)
	if err != nil {
		return nil, err
	}
	var shown []string
	for _, tag := range tags {
		posts, err := a.List(ctx, n, v, storage.PostFilter{Tag: tag}, parvis.Page{Limit: 1})
		if err != nil {
			return nil, err
		}
		if len(posts) > 0 {
			shown = append(shown, tag)
		}
	}
	return shown, nil
}
