package web

import (
	"net/url"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
	"github.com/parvis-coop/parvis/web/templates"
)

// paging reads which part of a list is asked for.
func (v *visit) paging() (parvis.Page, error) {
	var page parvis.Page
	for name, id := range map[string]*parvis.ID{"avant": &page.Before, "apres": &page.From} {
		value := v.URL.Query().Get(name)
		if value == "" {
			continue
		}
		parsed, err := parvis.ParseID(value)
		if err != nil {
			return page, err
		}
		*id = parsed
	}
	return page, nil
}

// A part is what was read of a list: its ends, and whether it is as long as asked for.
type part struct {
	first, last parvis.ID
	full        bool
}

func partOf(posts []*parvis.Post, page parvis.Page) part {
	if len(posts) == 0 {
		return part{}
	}
	return part{posts[0].ID, posts[len(posts)-1].ID, len(posts) >= page.Size()}
}

// partOfEntries is partOf for what has places of its own in a list.
func partOfEntries(entries []storage.HomeEntry, page parvis.Page) part {
	if len(entries) == 0 {
		return part{}
	}
	return part{entries[0].ID, entries[len(entries)-1].ID, len(entries) >= page.Size()}
}

// pages returns the addresses of what is newer and older than a part of a list.
func pages(path string, query url.Values, page parvis.Page, p part) templates.Pages {
	var out templates.Pages
	address := func(name string, id parvis.ID) string {
		q := url.Values{name: {id.String()}}
		for key, values := range query {
			q[key] = values
		}
		return path + "?" + q.Encode()
	}
	if p.last != 0 && (p.full || page.From != 0) {
		out.Older = address("avant", p.last)
	}
	if p.first != 0 && (page.Before != 0 || page.From != 0 && p.full) {
		out.Newer = address("apres", p.first)
	}
	return out
}
