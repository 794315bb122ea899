package templates

import (
	"time"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// A Page is what every page knows: who reads it, where, in which language.
type Page struct {
	Printer *i18n.Printer
	Node    *parvis.Node
	Viewer  parvis.Viewer
	Now     time.Time
	Path    string // of this page, with its query
	Asked   string // path that was asked for; of an answer to a form, its action
	Section Section
	Title   string // of the document; the node's name is added
	Summary string // for search engines and previews
	Flash   string // said once, after something was done
	Unread  int    // what the viewer has not seen: notifications, or conversations if they are more
	Talks   int    // conversations with something to read
	Reports int    // for the team: what nobody has dealt with
	// Submissions counts, for the team, what waits to be shared by a feed.
	Submissions int
	Applicants  int // likewise, who asks for an account
	Head        templ.Component
	// Neighbours are the names of partner nodes by host: people say "L’Atelier", not its address.
	Neighbours map[string]string
}

// A Section is an entry of the main navigation.
type Section string

// The sections.
const (
	NoSection Section = ""
	Home      Section = "home"
	Mutual    Section = "mutual"
	Publish   Section = "publish"
	Me        Section = "me"
)

// T says a message in the reader's language.
func (pg *Page) T(key string, args ...any) string { return pg.Printer.T(key, args...) }

// FullTitle is the title of the document.
func (pg *Page) FullTitle() string {
	if pg.Title == "" {
		return pg.Node.Name
	}
	return pg.Title + " · " + pg.Node.Name
}

// OtherLanguage is the one that the switch offers.
func (pg *Page) OtherLanguage() string {
	for _, lang := range i18n.Languages {
		if lang != pg.Printer.Lang() {
			return lang
		}
	}
	return pg.Printer.Lang()
}

// from says where somebody of another server writes from.
func (pg *Page) from(acc *parvis.Account) string {
	host := acc.Domain
	if name := pg.Neighbours[host]; name != "" {
		host = name
	}
	return pg.T("web.from", "Host", host)
}

// current is the value of aria-current for a link to s.
func (pg *Page) current(s Section) templ.Attributes {
	return current(pg.Section == s && s != NoSection)
}

func current(yes bool) templ.Attributes {
	if !yes {
		return nil
	}
	return templ.Attributes{"aria-current": "page"}
}

// here is where distances are counted from: the reader's neighbourhood, if the
// node knows it.
func (pg *Page) here() (parvis.Place, bool) {
	if pg.Viewer.Account == nil {
		return parvis.Place{}, false
	}
	for _, place := range pg.Node.Neighbourhoods {
		if place.HasPoint && place.Name == pg.Viewer.Account.Quarter {
			return place, true
		}
	}
	return parvis.Place{}, false
}

// blur is how far from the truth a place may be, in metres: within the square
// that it was snapped to, a distance would be made up.
const blur = 500

// Where says where a post is: its place, and how far from the reader.
func (pg *Page) Where(post *parvis.Post) string {
	words := ""
	if post.Place != nil {
		words = post.Place.Name
	}
	from, known := pg.here()
	if !known && post.Author != nil && !post.Author.Local() {
		from, known = pg.Node.Center, pg.Node.Center.HasPoint
	}
	if known && post.Place != nil {
		if metres, ok := from.Distance(*post.Place); ok && metres >= blur {
			return join(words, pg.Printer.Distance(metres))
		}
	}
	return words
}

// Left says how much time is left for a post, or nothing.
func (pg *Page) Left(post *parvis.Post) string {
	if post.EndsAt.IsZero() {
		return ""
	}
	return pg.Printer.Until(post.EndsAt, pg.Now)
}

// join puts a middle dot between what is not empty.
func join(words ...string) string {
	out := ""
	for _, w := range words {
		switch {
		case w == "":
		case out == "":
			out = w
		default:
			out += " · " + w
		}
	}
	return out
}
