package templates

import (
	"context"
	"encoding/json"
	"io"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
)

// titleOf names a post: by its title, or by how its text begins.
func titleOf(post *parvis.Post) string {
	if post.Title != "" {
		return post.Title
	}
	if post.Warning != "" {
		return post.Warning
	}
	if words := text.Excerpt(text.Plain(post.HTML), 90); words != "" {
		return words
	}
	return post.Author.Display()
}

// Title is the title of a post's document.
func Title(post *parvis.Post) string { return titleOf(post) }

// Summary says a post in a sentence, for previews.
func Summary(post *parvis.Post) string {
	if post.Warning != "" {
		return post.Warning
	}
	return text.Excerpt(text.Plain(post.HTML), 200)
}

// A LinkedThing is a description in the words of schema.org, for search engines.
type LinkedThing map[string]any

// Render writes it as JSON-LD, which encoding/json keeps harmless inside HTML.
func (l LinkedThing) Render(_ context.Context, w io.Writer) error {
	data, err := json.Marshal(l)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, `<script type="application/ld+json">`+string(data)+`</script>`)
	return err
}

// linked describes a post for search engines; nil if there are no words for it.
func linked(pg *Page, post *parvis.Post) LinkedThing {
	offer, ok := post.Detail.(*parvis.Offer)
	if !ok {
		return nil
	}
	kinds := map[parvis.Purpose]string{parvis.PurposeOffer: "Offer", parvis.PurposeRequest: "Demand"}
	thing := LinkedThing{
		"@context": "https://schema.org", "@type": kinds[offer.Purpose],
		"name": post.Title, "description": Summary(post), "url": post.URL, "inLanguage": post.Language,
		"availabilityStarts": post.PublishedAt.UTC().Format("2006-01-02"),
		"seller":             LinkedThing{"@type": "Person", "name": post.Author.Display(), "url": post.Author.URL},
		"itemOffered":        LinkedThing{"@type": itemTypes[offer.Sort], "name": post.Title},
	}
	if offer.Purpose == parvis.PurposeRequest {
		// A Demand has no word for who asks, but a Person has one for what they seek.
		thing["@reverse"] = LinkedThing{"seeks": thing["seller"]}
		delete(thing, "seller")
	}
	if !post.EndsAt.IsZero() {
		thing["availabilityEnds"] = post.EndsAt.UTC().Format("2006-01-02")
	}
	if post.Place != nil && post.Place.Name != "" {
		thing["areaServed"] = post.Place.Name
	}
	if post.State == parvis.Done {
		thing["availability"] = "https://schema.org/SoldOut"
	}
	if ready := readyOf(post.Media); len(ready) > 0 {
		thing["image"] = pg.Node.URL(ready[0].Largest().MediaPath())
	}
	return thing
}

// itemTypes are the schema.org types of what is offered.
var itemTypes = map[parvis.Sort]string{
	parvis.SortObject: "Product", parvis.SortGift: "Product", parvis.SortService: "Service", parvis.SortLesson: "Service",
	parvis.SortRide: "Service", parvis.SortJob: "Service", parvis.SortRoom: "Service", parvis.SortOther: "Thing",
}
