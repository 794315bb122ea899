package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
	"github.com/parvis-coop/parvis/web/templates"
)

// maxRanked is the last page of what is ranked: searches rank no more.
const maxRanked = 1000 / parvis.PageSize

// rankedPage reads which part of what was found is asked for, from 1.
func (v *visit) rankedPage() int {
	number, err := strconv.Atoi(v.URL.Query().Get("page"))
	if err != nil {
		return 1
	}
	return min(max(number, 1), maxRanked)
}

// rankedPages returns the addresses of the pages before and after one.
func rankedPages(path string, query url.Values, number int, more bool) templates.Pages {
	address := func(to int) string {
		query.Set("page", strconv.Itoa(to))
		return path + "?" + query.Encode()
	}
	var out templates.Pages
	if number > 1 {
		out.Newer = address(number - 1)
	}
	if more && number < maxRanked {
		out.Older = address(number + 1)
	}
	return out
}

// How much of each sort stands on the page of all that was found.
const (
	firstOffers = 6
	firstPeople = 4
	firstPosts  = 6
)

// search shows what is found by the words that somebody typed. An address or a handle
// leads straight to what it names, if there is that.
func search(v *visit) error {
	typed := strings.TrimSpace(v.URL.Query().Get("q"))
	if isName(typed) {
		if path, err := v.find(typed); err == nil {
			return v.goTo(path, "")
		} else if v.Context().Err() != nil {
			return err
		}
	}
	found := templates.SearchPage{Typed: typed, Among: templates.SearchAmong(v.URL.Query().Get("dans"))}
	var err error
	switch found.Among {
	case templates.AmongPeople:
		err = v.searchPeople(&found)
	case templates.AmongPosts:
		err = v.searchPosts(&found)
	default:
		found.Among = templates.AmongAll
		err = v.searchAll(&found)
	}
	if err != nil {
		return err
	}
	title := v.T("web.search")
	if typed != "" {
		title = v.T("web.search.of", "Typed", typed)
	}
	pg := v.newPage(templates.NoSection, title)
	return v.show(http.StatusOK, pg, templates.SearchView(pg, found))
}

// isName reports whether somebody typed a handle or an address rather than words.
func isName(typed string) bool {
	if strings.ContainsAny(typed, " \t\n") || len(typed) > parvis.MaxLinkURL {
		return false
	}
	return len(typed) > 1 && typed[0] == '@' || strings.HasPrefix(typed, "https://") || strings.HasPrefix(typed, "http://")
}

func (v *visit) searchAll(found *templates.SearchPage) error {
	var err error
	if found.Offers, err = v.app.SearchPosts(v.Context(), v.node, v.viewer, app.Query{Typed: found.Typed, Kinds: []parvis.Kind{parvis.KindOffer}, Limit: firstOffers,
		Filter: storage.PostFilter{Offer: &storage.OfferFilter{}}}); err != nil {
		return err
	}
	if found.People, err = v.app.SearchPeople(v.Context(), v.node, v.viewer, app.Query{Typed: found.Typed, Limit: firstPeople}, false); err != nil {
		return err
	}
	if found.Posts, err = v.app.SearchPosts(v.Context(), v.node, v.viewer, app.Query{Typed: found.Typed, Kinds: otherKinds(), Limit: firstPosts}); err != nil {
		return err
	}
	found.Hashtags, err = v.app.SearchHashtags(v.Context(), v.node, v.viewer, found.Typed)
	return err
}

func (v *visit) searchPeople(found *templates.SearchPage) (err error) {
	number := v.rankedPage()
	found.People, err = v.app.SearchPeople(v.Context(), v.node, v.viewer, app.Query{Typed: found.Typed, Offset: (number - 1) * parvis.PageSize}, false)
	found.Pages = rankedPages(templates.SearchPath, found.Query(found.Among), number, found.People.More)
	return err
}

func (v *visit) searchPosts(found *templates.SearchPage) (err error) {
	number := v.rankedPage()
	found.Posts, err = v.app.SearchPosts(v.Context(), v.node, v.viewer, app.Query{Typed: found.Typed, Kinds: otherKinds(), Offset: (number - 1) * parvis.PageSize})
	found.Pages = rankedPages(templates.SearchPath, found.Query(found.Among), number, found.Posts.More)
	return err
}

// otherKinds are those of posts that have no list of their own in a search.
func otherKinds() []parvis.Kind {
	var others []parvis.Kind
	for _, kind := range parvis.Kinds {
		if kind != parvis.KindOffer {
			others = append(others, kind)
		}
	}
	return others
}
