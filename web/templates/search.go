package templates

import (
	"net/url"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// SearchPath is where one looks for something by its words.
const SearchPath = "/recherche"

// SearchAmong says what is looked for, in the words of the page's address.
type SearchAmong string

// The parts of a search. Offers have their own list, with its filters.
const (
	AmongAll    SearchAmong = ""
	AmongPeople SearchAmong = "personnes"
	AmongPosts  SearchAmong = "publications"
)

// A SearchPage is what was found.
type SearchPage struct {
	Typed    string
	Among    SearchAmong
	Offers   app.Found[*parvis.Post]
	People   app.Found[app.Listed]
	Posts    app.Found[*parvis.Post]
	Hashtags []string
	Pages    Pages
}

// Query writes the search as in its address.
func (v SearchPage) Query(among SearchAmong) url.Values {
	q := url.Values{"q": {v.Typed}}
	if among != AmongAll {
		q.Set("dans", string(among))
	}
	return q
}

// URL is the address of the same search among other things.
func (v SearchPage) URL(among SearchAmong) templ.SafeURL {
	return templ.SafeURL(SearchPath + "?" + v.Query(among).Encode())
}

// offersURL is the list of offers, narrowed to what was typed.
func (v SearchPage) offersURL() templ.SafeURL { return ListFilter{Words: v.Typed, State: "all"}.URL() }

// more is the address of all of a sort of which the page shows the first.
func (v SearchPage) more(among SearchAmong, more bool) string {
	if !more || v.Among != AmongAll {
		return ""
	}
	return string(v.URL(among))
}

// nothing reports whether nothing at all was found.
func (v SearchPage) nothing() bool {
	return len(v.Offers.Hits) == 0 && len(v.People.Hits) == 0 && len(v.Posts.Hits) == 0 && len(v.Hashtags) == 0
}

// someWords reports whether all that was found has only some of the words.
func (v SearchPage) someWords() bool {
	whole := len(v.Hashtags) > 0 || len(v.Offers.Hits) > 0 && !v.Offers.Some || len(v.People.Hits) > 0 && !v.People.Some ||
		len(v.Posts.Hits) > 0 && !v.Posts.Some
	return !whole && !v.nothing()
}
