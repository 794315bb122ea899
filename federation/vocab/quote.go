package vocab

import "github.com/go-fed/activity/streams"

// A QuoteAuthorization is the consent of an author that a post of theirs is quoted by
// another (FEP-044f).
type QuoteAuthorization struct {
	ID           string
	AttributedTo string // whose post is quoted
	Quote        string // the post that quotes it
	Quoted       string
}

func (q QuoteAuthorization) build() (asObject, error) {
	b := &builder[asObject]{to: streams.NewActivityStreamsObject()}
	b.id(q.ID)
	b.attributedTo(q.AttributedTo)
	b.extra("interactingObject", q.Quote)
	b.extra("interactionTarget", q.Quoted)
	return b.done()
}

// typeName is the type, which go-fed does not know.
func (q QuoteAuthorization) typeName() string { return TypeQuoteAuthorization }
