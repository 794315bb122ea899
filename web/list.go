package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/storage"
	"github.com/parvis-coop/parvis/web/templates"
)

// filter reads what the list is narrowed to. What makes no sense is left out:
// an old or mistyped address still shows something.
func (v *visit) filter() templates.ListFilter {
	q := v.URL.Query()
	f := templates.ListFilter{Tag: text.Fold(q.Get("mot")), Words: strings.TrimSpace(q.Get("q"))}
	if p := parvis.Purpose(q.Get("but")); p == parvis.PurposeOffer || p == parvis.PurposeRequest {
		f.Purpose = p
	}
	if s := parvis.Sort(q.Get("sorte")); slices.Contains(parvis.Sorts, s) {
		f.Sort = s
	}
	if c := parvis.Category(q.Get("domaine")); slices.Contains(parvis.Categories, c) {
		f.Category = c
	}
	if w := storage.Where(q.Get("ou")); w == storage.Here || w == storage.Elsewhere {
		f.Where = string(w)
	}
	if q.Get("etat") == "all" {
		f.State = "all"
	}
	return f
}

// narrowed says what a filter means.
func (v *visit) narrowed(f templates.ListFilter) storage.PostFilter {
	filter := storage.PostFilter{Kind: parvis.KindOffer, Where: storage.Where(f.Where), Tag: f.Tag,
		Offer: &storage.OfferFilter{Purpose: f.Purpose, Category: f.Category}}
	if f.Sort != "" {
		filter.Offer.Sorts = []parvis.Sort{f.Sort}
	}
	if f.State == "" {
		filter.States, filter.OpenAt = []parvis.State{parvis.Open, parvis.Reserved}, v.app.Now()
	}
	return filter
}

// offers lists offers and requests as a filter says, the newest first.
func (v *visit) offers(f templates.ListFilter, page parvis.Page) ([]*parvis.Post, error) {
	return v.app.List(v.Context(), v.node, v.viewer, v.narrowed(f), page)
}

// offersFound fills a list with those that have the words of its filter, the best first.
func (v *visit) offersFound(list *templates.ListPage) error {
	number := v.rankedPage()
	found, err := v.app.SearchPosts(v.Context(), v.node, v.viewer, app.Query{Typed: list.Filter.Words, Kinds: []parvis.Kind{parvis.KindOffer},
		Filter: v.narrowed(list.Filter), Offset: (number - 1) * parvis.PageSize})
	list.Posts, list.Some, list.Pages = found.Hits, found.Some, rankedPages("/entraide", list.Filter.Query(), number, found.More)
	return err
}

// offersListed fills a list.
func (v *visit) offersListed(list *templates.ListPage) error {
	page, err := v.paging()
	if err != nil {
		return err
	}
	list.Posts, err = v.offers(list.Filter, page)
	list.Pages = pages("/entraide", list.Filter.Query(), page, partOf(list.Posts, page))
	return err
}

func list(v *visit) error {
	shown := templates.ListPage{Filter: v.filter()}
	fill := v.offersListed
	if shown.Filter.Words != "" {
		fill = v.offersFound
	}
	if err := fill(&shown); err != nil {
		return err
	}
	partners, err := v.partners()
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Mutual, v.T("web.mutual.title"))
	pg.Summary = v.T("web.mutual.lead", "Node", v.node.Name)
	shown.Partners, shown.QR = len(partners) > 0 || shown.Filter.Where != "", qrCode(v.node.URL(string(shown.Filter.URL())))
	return v.show(http.StatusOK, pg, templates.ListView(pg, shown))
}

// tag lists posts of every kind with a hashtag.
func tag(v *visit) error {
	page, err := v.paging()
	if err != nil {
		return err
	}
	key := text.Fold(mux.Vars(v.Request)["tag"])
	posts, err := v.app.List(v.Context(), v.node, v.viewer, storage.PostFilter{Tag: key}, page)
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Mutual, "#"+key)
	return v.show(http.StatusOK, pg, templates.TagView(pg, templates.TagPage{
		Tag: key, Posts: posts, Pages: pages(v.URL.Path, nil, page, partOf(posts, page)),
	}))
}
