package vocab

import (
	"github.com/go-fed/activity/streams"
	as "github.com/go-fed/activity/streams/vocab"
)

// A Collection is a list that others may count or read: followers, an outbox, a
// thread. Mastodon reads only Total, and First as a sign that it may be read.
type Collection struct {
	ID           string
	Unordered    bool // a Collection instead of an OrderedCollection
	AttributedTo string
	Total        int
	Uncounted    bool   // Total is not told
	First, Last  string // pages, when the items are not inside
	// FirstPage puts the first page inside, instead of naming it in First.
	FirstPage *CollectionPage
	// Items are ids (string), [Thing]s or stored JSON (json.RawMessage). Nil leaves
	// them out, an empty slice says that there are none.
	Items []any
}

// A CollectionPage is a part of a collection.
type CollectionPage struct {
	ID         string
	Unordered  bool
	PartOf     string
	Next, Prev string
	Items      []any // as in Collection; a page always says what it holds
}

// asCollection is what the four go-fed types of collections have in common.
type asCollection interface {
	asObject
	SetActivityStreamsFirst(as.ActivityStreamsFirstProperty)
	SetActivityStreamsLast(as.ActivityStreamsLastProperty)
	SetActivityStreamsTotalItems(as.ActivityStreamsTotalItemsProperty)
}

// asPage is what the two go-fed types of pages have in common.
type asPage interface {
	asCollection
	SetActivityStreamsPartOf(as.ActivityStreamsPartOfProperty)
	SetActivityStreamsNext(as.ActivityStreamsNextProperty)
	SetActivityStreamsPrev(as.ActivityStreamsPrevProperty)
}

func (c Collection) build() (asObject, error) {
	var collection asCollection = streams.NewActivityStreamsOrderedCollection()
	if c.Unordered {
		collection = streams.NewActivityStreamsCollection()
	}
	b := &builder[asCollection]{to: collection}
	b.id(c.ID)
	b.attributedTo(c.AttributedTo)
	if !c.Uncounted {
		total := streams.NewActivityStreamsTotalItemsProperty()
		total.Set(c.Total)
		collection.SetActivityStreamsTotalItems(total)
	}
	if c.FirstPage != nil {
		b.extra("first", *c.FirstPage)
	}
	if c.First != "" {
		p := streams.NewActivityStreamsFirstProperty()
		p.SetIRI(b.iri(c.First))
		collection.SetActivityStreamsFirst(p)
	}
	if c.Last != "" {
		p := streams.NewActivityStreamsLastProperty()
		p.SetIRI(b.iri(c.Last))
		collection.SetActivityStreamsLast(p)
	}
	if c.Items != nil {
		buildItems(b, c.Items)
	}
	return b.done()
}

func (c CollectionPage) build() (asObject, error) {
	var page asPage = streams.NewActivityStreamsOrderedCollectionPage()
	if c.Unordered {
		page = streams.NewActivityStreamsCollectionPage()
	}
	b := &builder[asPage]{to: page}
	b.id(c.ID)
	if c.PartOf != "" {
		p := streams.NewActivityStreamsPartOfProperty()
		p.SetIRI(b.iri(c.PartOf))
		page.SetActivityStreamsPartOf(p)
	}
	if c.Next != "" {
		p := streams.NewActivityStreamsNextProperty()
		p.SetIRI(b.iri(c.Next))
		page.SetActivityStreamsNext(p)
	}
	if c.Prev != "" {
		p := streams.NewActivityStreamsPrevProperty()
		p.SetIRI(b.iri(c.Prev))
		page.SetActivityStreamsPrev(p)
	}
	buildItems(b, c.Items)
	return b.done()
}

// buildItems sets items or orderedItems, whichever the type has.
func buildItems[T asObject](b *builder[T], items []any) {
	switch list := any(b.to).(type) {
	case interface {
		SetActivityStreamsOrderedItems(as.ActivityStreamsOrderedItemsProperty)
	}:
		members(b, "orderedItems", streams.NewActivityStreamsOrderedItemsProperty(), list.SetActivityStreamsOrderedItems, items...)
		if len(items) == 0 {
			b.extra("orderedItems", []any{})
		}
	case interface {
		SetActivityStreamsItems(as.ActivityStreamsItemsProperty)
	}:
		members(b, "items", streams.NewActivityStreamsItemsProperty(), list.SetActivityStreamsItems, items...)
		if len(items) == 0 {
			b.extra("items", []any{})
		}
	}
}
