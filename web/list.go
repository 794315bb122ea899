package web

import (
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/storage"
	"github.com/parvis-coop/parvis/web/templates"
)

// filter reads what the list is narrowed to. What makes no sense is left out:
// an old or mistyped address still shows something.
func (v *visit) filter() templates.ListFilter {
	q := v.URL.Query()
	f := templates.ListFilter{Tag: text.Fold(q.Get("mot"))}
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

// offers lists offers and requests as a filter says.
func (v *visit) offers(f templates.ListFilter, page parvis.Page) ([]*parvis.Post, error) {
	filter := storage.PostFilter{Kind: parvis.KindOffer, Where: storage.Where(f.Where), Tag: f.Tag,
		Offer: &storage.OfferFilter{Purpose: f.Purpose, Category: f.Category}}
	if f.Sort != "" {
		filter.Offer.Sorts = []parvis.Sort{f.Sort}
	}
	if f.State == "" {
		filter.States, filter.OpenAt = []parvis.State{parvis.Open, parvis.Reserved}, v.app.Now()
	}
	return v.app.List(v.Context(), v.node, v.viewer, filter, page)
}

func list(v *visit) error {
	page, err := v.paging()
	if err != nil {
		return err
	}
	f := v.filter()
	posts, err := v.offers(f, page)
	if err != nil {
		return err
	}
	partners, err := v.partners()
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Mutual, v.T("web.mutual.title"))
	pg.Summary = v.T("web.mutual.lead", "Node", v.node.Name)
	return v.show(http.StatusOK, pg, templates.ListView(pg, templates.ListPage{
		Filter: f, Posts: posts, Partners: len(partners) > 0 || f.Where != "", QR: qrCode(v.node.URL(string(f.URL()))),
		Pages: pages("/entraide", f.Query(), page, partOf(posts, page)),
	}))
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
