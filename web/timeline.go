package web

import (
	"net/http"
	"slices"

	"github.com/gorilla/feeds"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
	"github.com/parvis-coop/parvis/web/templates"
)

// What was written here, and what other servers sent. Whoever asks sees what they may.
func here(v *visit) error { return v.line(templates.HereLine, storage.Here) }

func elsewhere(v *visit) error { return v.line(templates.ElsewhereLine, storage.Elsewhere) }

func (v *visit) line(line templates.Line, where storage.Where) error {
	page, err := v.paging()
	if err != nil {
		return err
	}
	kind := v.kindAsked()
	posts, err := v.app.List(v.Context(), v.node, v.viewer, storage.PostFilter{Where: where, Kind: kind}, page)
	if err != nil {
		return err
	}
	entries := make([]storage.HomeEntry, len(posts))
	for i, p := range posts {
		entries[i] = storage.HomeEntry{ID: p.ID, Post: p}
	}
	if err := v.fillQuotes(entries); err != nil {
		return err
	}
	shown := templates.TimelinePage{Line: line, Kind: kind, Entries: entriesOf(entries), Pages: pages(line.Path, line.Query(kind), page, partOf(posts, page))}
	if err := v.markFollowable(shown.Entries); err != nil {
		return err
	}
	section := templates.Home
	if v.viewer.Resident() {
		section = templates.Me
	}
	pg := v.newPage(section, v.T(line.Title, "Node", v.node.Name))
	pg.Summary = v.T(line.Text, "Node", v.node.Name)
	pg.Head = templates.LineHead(pg, line, kind)
	return v.showSame(pg, func(i imprint) { i.posts(posts...) }, templates.LineView(pg, shown))
}

// markFollowable marks whose author a resident may begin to follow.
func (v *visit) markFollowable(entries []templates.Entry) error {
	if !v.viewer.CanReact() {
		return nil
	}
	authors := make([]parvis.ID, len(entries))
	for i, e := range entries {
		authors[i] = e.Post.AuthorID
	}
	relations, err := v.app.Relationships(v.Context(), v.node, v.viewer, authors)
	for i, e := range entries {
		r := relations[e.Post.AuthorID]
		entries[i].Followable = e.Post.AuthorID != v.viewer.ID() && !r.Following && !r.Requested && !e.Post.Author.Moved()
	}
	return err
}

// kindAsked is the kind that a list is narrowed to; what makes no sense narrows nothing.
func (v *visit) kindAsked() parvis.Kind {
	if k := parvis.Kind(v.URL.Query().Get(templates.KindParameter)); slices.Contains(parvis.Kinds, k) {
		return k
	}
	return ""
}

// hereFeed is what was written here, for feed readers.
func hereFeed(v *visit) error {
	v.viewer = parvis.Viewer{} // a reader has no account here: it gets what is for everyone
	kind := v.kindAsked()
	posts, err := v.app.List(v.Context(), v.node, v.viewer, storage.PostFilter{Where: storage.Here, Kind: kind}, parvis.Page{})
	if err != nil {
		return err
	}
	line := templates.HereLine
	return v.sendFeed(&feeds.Feed{
		Title: v.T(line.Title, "Node", v.node.Name) + " · " + v.node.Name,
		Link:  &feeds.Link{Href: v.node.URL(line.URL(kind))},
	}, posts)
}

// timeline is a resident's home.
func timeline(v *visit) error {
	page, err := v.paging()
	if err != nil {
		return err
	}
	entries, err := v.entries(page)
	if err != nil {
		return err
	}
	line := templates.HomeLine
	pg := v.newPage(templates.Me, v.T(line.Title))
	return v.show(http.StatusOK, pg, templates.LineView(pg, templates.TimelinePage{
		Line: line, Entries: entriesOf(entries), Pages: pages(line.Path, nil, page, partOfEntries(entries, page))}))
}
