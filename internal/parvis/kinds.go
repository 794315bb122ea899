package parvis

// Kind names a sort of post that has fields or actions of its own.
type Kind string

// Kinds lists every kind. Each room (storage, federation, web) has a table with
// the same entries; TestEveryKind proves that none was forgotten.
var Kinds = []Kind{KindNote, KindOffer}

// Origin says where an object comes from, hence how strictly it is checked.
type Origin int

// The origins.
const (
	Local  Origin = iota // typed by a resident: everything must be right
	Remote               // sent by a peer: what is missing is forgiven
)

// A Detail is what only one kind of post has.
type Detail interface {
	Kind() Kind
	// Validate reports what must be corrected, as an *InvalidError.
	Validate(Origin) error
	// Facts says the detail in words, for apps and servers that do not know the kind.
	Facts() []Fact
}

// A Fact is one thing that a detail says. Label is a message key. The value is
// Text as it stands or, if Text is empty, the message with key Term.
type Fact struct {
	Label string
	Text  string
	Term  string
}
