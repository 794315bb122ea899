package federation

import (
	"net/url"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// pageOf gives the part of a collection that is asked for, and whether one is:
// without ?page=true it is the collection itself.
func pageOf(a asked) (p parvis.Page, isPage bool) {
	query := a.URL.Query()
	if id, err := parvis.ParseID(query.Get("before")); err == nil {
		p.Before = id
	}
	return p, query.Get("page") == "true"
}

// pageURI is the address of the page of a collection before an id; 0 is the first.
func pageURI(collection string, before parvis.ID) string {
	query := url.Values{"page": {"true"}}
	if before != 0 {
		query.Set("before", before.String())
	}
	return collection + "?" + query.Encode()
}

// page makes a page of items; last is the id of the last, 0 if there is none.
func collectionPage(collection string, p parvis.Page, items []any, last parvis.ID) vocab.CollectionPage {
	page := vocab.CollectionPage{ID: pageURI(collection, p.Before), PartOf: collection, Items: items}
	if last != 0 {
		page.Next = pageURI(collection, last)
	}
	return page
}

// showOutbox lists what an account published for everyone and shared.
func (s *Server) showOutbox(a asked) (vocab.Thing, error) {
	acc, err := s.account(a)
	if err != nil {
		return nil, err
	}
	page, isPage := pageOf(a)
	if !isPage {
		total, err := s.app.Published(a.Context(), a.node, acc)
		return vocab.Collection{ID: acc.Outbox, Total: total, First: pageURI(acc.Outbox, 0)}, err
	}
	// As the public sees it, whoever asks: what is for fewer was sent to them.
	entries, err := s.app.EntriesBy(a.Context(), a.node, parvis.Viewer{}, acc, true, page)
	if err != nil {
		return nil, err
	}
	var items []any
	var last parvis.ID
	for _, e := range entries {
		last = e.ID
		if e.Sharer != nil {
			items = append(items, announce(a.node, e.Sharer, e.Post, e.URI))
			continue
		}
		u, err := s.utter(a.Context(), a.node, e.Post)
		if err != nil {
			return nil, err
		}
		created, err := u.activity(parvis.VerbCreate)
		if err != nil {
			return nil, err
		}
		items = append(items, created)
	}
	return collectionPage(acc.Outbox, page, items, last), nil
}

// showFollowers lists who follows an account. Whom the node itself exchanges with
// is told to partners only, see showPartners.
func (s *Server) showFollowers(a asked) (vocab.Thing, error) {
	acc, err := s.account(a)
	if err != nil {
		return nil, err
	}
	page, isPage := pageOf(a)
	if !isPage || acc.Type == parvis.Application {
		return s.counted(acc, acc.FollowersURI, acc.Followers), nil
	}
	list, err := s.app.Followers(a.Context(), a.node, acc.ID, page)
	var items []any
	var last parvis.ID
	for _, f := range list {
		items, last = append(items, f.Account.URI), f.FollowID
	}
	return collectionPage(acc.FollowersURI, page, items, last), err
}

func (s *Server) showFollowing(a asked) (vocab.Thing, error) {
	acc, err := s.account(a)
	if err != nil {
		return nil, err
	}
	page, isPage := pageOf(a)
	if !isPage || acc.Type == parvis.Application {
		return s.counted(acc, acc.FollowingURI, acc.Following), nil
	}
	list, err := s.app.Following(a.Context(), a.node, acc.ID, page)
	var items []any
	var last parvis.ID
	for _, f := range list {
		items, last = append(items, f.Account.URI), f.FollowID
	}
	return collectionPage(acc.FollowingURI, page, items, last), err
}

// counted is a collection of accounts: its number, and its pages if they are shown.
func (s *Server) counted(acc *parvis.Account, uri string, total int) vocab.Collection {
	c := vocab.Collection{ID: uri, AttributedTo: acc.URI, Total: total}
	if acc.Type != parvis.Application {
		c.First = pageURI(uri, 0)
	}
	return c
}

// showPartners names the partners of the node to its partners; others learn that
// there is such a list, which posts for partners are addressed to.
func (s *Server) showPartners(a asked) (vocab.Thing, error) {
	c := vocab.Collection{ID: partnersURI(a.node.Base()), Unordered: true}
	partners, err := s.app.Partners(a.Context(), a.node)
	if err != nil || !a.viewer.Partner {
		return c, err
	}
	c.Items = []any{}
	for _, p := range partners {
		if p.State() != parvis.PartnerActive {
			continue
		}
		acc, err := s.rows(a.node).Account(a.Context(), p.AccountID)
		if err != nil {
			return nil, err
		}
		c.Items = append(c.Items, acc.URI)
	}
	c.Total = len(c.Items)
	return c, nil
}

// showLikes counts those who like a post, and does not name them.
func (s *Server) showLikes(a asked) (vocab.Thing, error) {
	p, err := s.localPost(a)
	if err != nil {
		return nil, err
	}
	return vocab.Collection{ID: p.URI + "/likes", Unordered: true, Total: p.Likes}, nil
}

func (s *Server) showShares(a asked) (vocab.Thing, error) {
	p, err := s.localPost(a)
	if err != nil {
		return nil, err
	}
	return vocab.Collection{ID: p.URI + "/shares", Unordered: true, Total: p.Shares}, nil
}
