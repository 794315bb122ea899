package web

import (
	"net/http"

	"github.com/gorilla/feeds"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// feed is the list for feed readers, with the same filters.
func feed(v *visit) error {
	// A reader has no account here: it gets what is for everyone.
	v.viewer = parvis.Viewer{}
	f := v.filter()
	posts, err := v.offers(f, parvis.Page{})
	if err != nil {
		return err
	}
	return v.sendFeed(&feeds.Feed{
		Title: v.T("web.mutual.title") + " · " + v.node.Name,
		Link:  &feeds.Link{Href: v.node.URL(string(f.URL()))},
	}, posts)
}

// sendFeed answers with posts for feed readers.
func (v *visit) sendFeed(out *feeds.Feed, posts []*parvis.Post) error {
	out.Id = v.node.URL(v.URL.RequestURI())
	if len(posts) > 0 {
		out.Updated = posts[0].UpdatedAt()
	}
	for _, p := range posts {
		out.Items = append(out.Items, &feeds.Item{
			Id: p.URI, Title: v.feedTitle(p), Link: &feeds.Link{Href: v.node.URL(p.Path())}, Content: p.HTML,
			Author: &feeds.Author{Name: p.Author.Display()}, Created: p.PublishedAt, Updated: p.UpdatedAt(),
		})
	}
	body, err := out.ToAtom()
	if err != nil {
		return err
	}
	v.w.Header().Set("Cache-Control", "public, max-age=300")
	v.w.Header().Set("Vary", "Accept-Encoding, Accept-Language, Cookie")
	return v.write(http.StatusOK, "application/atom+xml; charset=utf-8", []byte(body))
}

// feedTitle says first whether something is proposed or looked for.
func (v *visit) feedTitle(p *parvis.Post) string {
	pg := v.newPage(templates.Mutual, "")
	return v.T("web.feed.item", "Kind", templates.LookOf(pg, p).Word, "Title", templates.Title(p))
}
