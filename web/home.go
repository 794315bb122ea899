package web

import (
	"net/http"
	"slices"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
	"github.com/parvis-coop/parvis/web/templates"
)

// How much the first page shows of each.
const (
	homeRow     = 3 // cards side by side, where there is room
	homeNews    = 5
	homeEntries = 4
)

func home(v *visit) error {
	var page templates.HomePage
	var err error
	if page.Requests, err = v.latest(parvis.PurposeRequest); err != nil {
		return err
	}
	if page.Offers, err = v.latest(parvis.PurposeOffer); err != nil {
		return err
	}
	if page.Questions, err = v.openQuestions(); err != nil {
		return err
	}
	if page.Partners, err = v.partners(); err != nil {
		return err
	}
	if v.viewer.Resident() {
		if page.News, page.Following, err = v.waiting(); err != nil {
			return err
		}
	}
	pg := v.newPage(templates.Home, "")
	pg.Summary = v.node.Summary
	return v.show(http.StatusOK, pg, templates.HomeView(pg, page))
}

// latest lists the newest open offers or requests: whole rows of them, once
// there is one.
func (v *visit) latest(purpose parvis.Purpose) ([]*parvis.Post, error) {
	posts, err := v.app.List(v.Context(), v.node, v.viewer, storage.PostFilter{
		Kind: parvis.KindOffer, States: []parvis.State{parvis.Open, parvis.Reserved}, OpenAt: v.app.Now(),
		Offer: &storage.OfferFilter{Purpose: purpose},
	}, parvis.Page{Limit: 2 * homeRow})
	if len(posts) > homeRow {
		posts = posts[:len(posts)/homeRow*homeRow]
	}
	return posts, err
}

// partners returns the actors of the nodes that we exchange with.
func (v *visit) partners() ([]*parvis.Account, error) {
	if v.nearby != nil {
		return v.nearby, nil
	}
	list, err := v.app.Partners(v.Context(), v.node)
	if err != nil {
		return nil, err
	}
	var ids []parvis.ID
	for _, p := range list {
		if p.State() == parvis.PartnerActive && p.AccountID != 0 {
			ids = append(ids, p.AccountID)
		}
	}
	byID, err := v.app.DB.Node(v.node.ID).Accounts(v.Context(), ids)
	if err != nil {
		return nil, err
	}
	v.nearby = []*parvis.Account{}
	for _, id := range ids {
		if actor := byID[id]; actor != nil {
			v.nearby = append(v.nearby, actor)
		}
	}
	return v.nearby, nil
}

// waiting returns what a resident has not seen yet.
func (v *visit) waiting() ([]*parvis.Notification, []templates.Entry, error) {
	all, err := v.app.Notifications(v.Context(), v.node, v.viewer, nil, parvis.Page{Limit: homeNews})
	if err != nil {
		return nil, nil, err
	}
	var news []*parvis.Notification
	for _, n := range all {
		if !n.Read {
			news = append(news, n)
		}
	}
	entries, err := v.entries(parvis.Page{Limit: homeEntries})
	// One's own posts are in one's timeline, but nobody waits for those.
	entries = slices.DeleteFunc(entries, func(e storage.HomeEntry) bool { return e.Post.AuthorID == v.viewer.ID() })
	return news, entriesOf(entries), err
}

// entries returns a page of the viewer's timeline, with what its posts quote.
func (v *visit) entries(page parvis.Page) ([]storage.HomeEntry, error) {
	entries, err := v.app.Home(v.Context(), v.node, v.viewer, page)
	if err != nil {
		return nil, err
	}
	return entries, v.fillQuotes(entries)
}

// fillQuotes gives entries what their posts quote.
func (v *visit) fillQuotes(entries []storage.HomeEntry) error {
	posts := make([]*parvis.Post, len(entries))
	for i, e := range entries {
		posts[i] = e.Post
	}
	return v.app.FillQuotes(v.Context(), v.node, v.viewer, posts...)
}

func entriesOf(list []storage.HomeEntry) []templates.Entry {
	entries := make([]templates.Entry, len(list))
	for i, e := range list {
		entries[i] = templates.Entry{Post: e.Post, Sharer: e.Sharer}
	}
	return entries
}
