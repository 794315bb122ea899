package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// directoryQuery reads whom somebody looks for. What makes no sense is left out: an
// old or mistyped address still shows something.
func (v *visit) directoryQuery() app.DirectoryQuery {
	q := v.URL.Query()
	query := app.DirectoryQuery{Role: parvis.TagOffers, Words: q.Get("mot"), Quarter: q.Get("quartier")}
	if parvis.TagRole(q.Get("role")) == parvis.TagSeeks {
		query.Role = parvis.TagSeeks
	}
	if lang := q.Get("langue"); slices.Contains(parvis.SpokenLanguages, lang) {
		query.Language = lang
	}
	return query
}

// directory lists the residents who want to be listed.
func directory(v *visit) error {
	page, err := v.paging()
	if err != nil {
		return err
	}
	query := v.directoryQuery()
	people, err := v.app.Directory(v.Context(), v.node, v.viewer, query, page)
	if err != nil {
		return err
	}
	shown := templates.DirectoryPage{Query: query, People: people}
	var p part
	if len(people) > 0 {
		p = part{people[0].ID, people[len(people)-1].ID, len(people) >= page.Size()}
	}
	shown.Pages = pages(templates.DirectoryPath, url.Values{"role": {string(query.Role)}, "mot": {query.Words}, "langue": {query.Language}, "quartier": {query.Quarter}}, page, p)
	if query == (app.DirectoryQuery{Role: parvis.TagOffers}) && page == (parvis.Page{}) {
		if shown.Matches, err = v.app.Matches(v.Context(), v.node, v.viewer); err != nil {
			return err
		}
	}
	pg := v.newPage(templates.NoSection, v.T("web.directory"))
	return v.show(http.StatusOK, pg, templates.DirectoryView(pg, shown))
}
