package templates

import (
	"cmp"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A Look is how a post shows at a glance: a hue, an icon and words. Colour never
// says something alone.
type Look struct {
	Hue     string // class of the style sheet
	Icon    string // of the kind
	Picture string // icon of the drawing that stands in for a photo
	Word    string // "Offre"
	More    string // "Objet à prêter"
}

// kind is what the pages know about a kind of posts.
type kind struct {
	look func(*Page, *parvis.Post) Look
	// facts adds rows to the list of facts; nil if the kind has none.
	facts func(*Page, *parvis.Post) templ.Component
	// below is what one does with such a post. It follows the text, before all about
	// the author; nil if there is nothing to do but answer.
	below func(*Page, PostPage) templ.Component
	// list is the page of such posts, and listed the message that names it.
	list, listed string
}

// kinds has an entry for each of parvis.Kinds.
var kinds = map[parvis.Kind]kind{
	parvis.KindNote:     {look: noteLook},
	parvis.KindOffer:    {look: offerLook, facts: offerFacts, list: "/entraide", listed: "web.mutual.title"},
	parvis.KindQuestion: {look: questionLook, facts: questionFacts, below: questionBelow, list: QuestionsPath, listed: "web.questions.title"},
}

// ListPath returns the page of all posts of a kind, or of all that is asked and
// offered if the kind has none.
func ListPath(k parvis.Kind) string { return cmp.Or(kinds[k].list, "/entraide") }

// LookOf returns how a post shows.
func LookOf(pg *Page, post *parvis.Post) Look { return kinds[post.Kind()].look(pg, post) }
