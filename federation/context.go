package federation

import (
	"net/url"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// threadPage is how many posts a page of a conversation names.
const threadPage = 50

// showReplies lists the public answers to a post that are known here, wherever
// they were written. Its first page lies inside: most posts have no second.
func (s *Server) showReplies(a asked) (vocab.Thing, error) {
	p, err := s.localPost(a)
	if err != nil {
		return nil, err
	}
	c := vocab.Collection{ID: p.URI + "/replies", AttributedTo: p.Author.URI, Unordered: true}
	if !p.Audience.Public() {
		c.Items = []any{} // nothing that answers it is for everyone
		return c, nil
	}
	c.Total = p.Replies
	return s.posts(a, c, func(after parvis.ID) ([]storage.Address, error) {
		return s.rows(a.node).PublicAnswers(a.Context(), p.ID, after, threadPage)
	})
}

// showThread lists the public posts of a conversation that began here: what
// context names in each of them (FEP-7888) leads here (FEP-f228).
func (s *Server) showThread(a asked) (vocab.Thing, error) {
	p, err := s.localPost(a)
	if err != nil {
		return nil, err
	}
	if p.Thread != p.ID {
		return nil, parvis.ErrNotFound
	}
	c := vocab.Collection{ID: threadURI(p), AttributedTo: p.Author.URI, Uncounted: true}
	return s.posts(a, c, func(after parvis.ID) ([]storage.Address, error) {
		return s.rows(a.node).PublicThread(a.Context(), p.Thread, after, threadPage)
	})
}

// posts shows a collection of posts with its first page, or the page that is asked
// for. The oldest come first, so that what was read stays where it was.
func (s *Server) posts(a asked, c vocab.Collection, read func(after parvis.ID) ([]storage.Address, error)) (vocab.Thing, error) {
	query := a.URL.Query()
	isPage := query.Get("page") == "true"
	after, err := parvis.ParseID(query.Get("after"))
	if err != nil || !isPage {
		after = 0
	}
	found, err := read(after)
	if err != nil {
		return nil, err
	}
	page := vocab.CollectionPage{ID: laterPage(c.ID, after), PartOf: c.ID, Unordered: c.Unordered}
	for _, post := range found {
		page.Items = append(page.Items, post.URI)
	}
	if len(found) == threadPage {
		page.Next = laterPage(c.ID, found[len(found)-1].ID)
	}
	if isPage {
		return page, nil
	}
	c.FirstPage = &page
	return c, nil
}

// laterPage is the address of the page of a collection after an id; 0 is the first.
func laterPage(collection string, after parvis.ID) string {
	query := url.Values{"page": {"true"}}
	if after != 0 {
		query.Set("after", after.String())
	}
	return collection + "?" + query.Encode()
}
