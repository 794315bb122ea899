package federation

import (
	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// A codec writes and reads what only one kind of post has. What all posts have is
// the business of [utterance] and [readPost].
type codec struct {
	// typ is what posts of the kind are on the wire: a Note, or what says the detail to
	// everyone. Others need not be told it in words then.
	typ string
	// terms are what the kind adds to that.
	terms func(p *parvis.Post) map[string]any
	// detail reads the kind's detail. What a peer left out or invented is forgiven.
	detail func(o *vocab.Object) parvis.Detail
	// is tells whether an object without parvis:kind is of this kind all the same.
	is func(o *vocab.Object) bool
}

// codecs has an entry for every kind.
var codecs = map[parvis.Kind]codec{
	parvis.KindNote:     noteCodec,
	parvis.KindOffer:    offerCodec,
	parvis.KindQuestion: questionCodec,
}

// kindOf gives the kind of an object from elsewhere: a type of its own says it, and
// of a Note its server or its terms. A kind that we do not know yet is read as a
// note: its text says what it is about.
func kindOf(o *vocab.Object) parvis.Kind {
	said := parvis.Kind(o.String("parvis:kind"))
	for _, kind := range parvis.Kinds {
		c := codecs[kind]
		if c.typ == o.Type() && (said == kind && c.typ == vocab.TypeNote || (said == "" || c.typ != vocab.TypeNote) && c.is(o)) {
			return kind
		}
	}
	return parvis.KindNote
}

// states are the values of parvis:status. What is done is told as closed.
var states = map[parvis.State]string{parvis.Open: "open", parvis.Reserved: "reserved", parvis.Done: "closed"}

// stateOf reads parvis:status; what is not said is open.
func stateOf(o *vocab.Object) parvis.State {
	for state, word := range states {
		if o.String("parvis:status") == word {
			return state
		}
	}
	return parvis.Open
}
