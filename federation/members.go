package federation

import (
	"context"
	"fmt"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// maxPages is how many pages of another server's collection are read.
const maxPages = 5

// collect reads the members of a collection of another server, page by page, most
// of them at most. What another origin holds is no page of it; a page that was read
// before ends it.
func (s *Server) collect(ctx context.Context, n *parvis.Node, uri string, key *Key, most int) (*vocab.Object, []vocab.Member, error) {
	collection, err := s.fetch(ctx, n, uri, key)
	if err != nil {
		return nil, nil, err
	}
	if !isCollection(collection.Type()) {
		return nil, nil, fmt.Errorf("%w: %s is a %s", errNoCollection, uri, collection.Type())
	}
	members, err := s.turnPages(ctx, n, collection, key, most)
	return collection, members, err
}

// turnPages reads the members of a collection that was fetched, or is part of an
// object that was.
func (s *Server) turnPages(ctx context.Context, n *parvis.Node, collection *vocab.Object, key *Key, most int) ([]vocab.Member, error) {
	home := collection.ID("id")
	members := items(collection)
	page, next := collection.Object("first"), collection.ID("first")
	seen := make(map[string]bool)
	for range maxPages {
		if page == nil && (next == "" || seen[next] || !SameOrigin(next, home)) || len(members) >= most {
			break
		}
		if page == nil {
			seen[next] = true
			var err error
			if page, err = s.fetch(ctx, n, next, key); err != nil {
				return nil, err
			}
		}
		members = append(members, items(page)...)
		page, next = nil, page.ID("next")
	}
	return members[:min(len(members), most)], nil
}

func isCollection(typ string) bool {
	switch typ {
	case vocab.TypeCollection, vocab.TypeOrderedCollection, vocab.TypeCollectionPage, vocab.TypeOrderedCollectionPage:
		return true
	}
	return false
}

func items(o *vocab.Object) []vocab.Member {
	return append(o.Members("items"), o.Members("orderedItems")...)
}
