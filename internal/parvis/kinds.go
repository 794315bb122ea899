package parvis

import "time"

// Kind names a sort of post that has fields or actions of its own.
type Kind string

// Kinds lists every kind. Each room (storage, federation, web) has a table with
// the same entries; TestEveryKind proves that none was forgotten.
var Kinds = []Kind{KindNote, KindOffer, KindQuestion}

// Titled reports whether every post of the kind has a title. Others do with a text.
func (k Kind) Titled() bool { return k == KindOffer }

// Stages reports whether posts of the kind can be reserved or done.
func (k Kind) Stages() bool { return k == KindOffer }

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
	// Lasts says when a resident may let such a post end.
	Lasts() Lasting
	// Facts says the detail in words, for apps and servers that do not know the kind.
	Facts() []Fact
}

// Lasting bounds the time after which a resident may let a post end, with what to say
// to whoever does otherwise, as message keys.
type Lasting struct {
	Least, Most time.Duration
	// Usual is how long it lasts if its author does not say, and again when they renew
	// it; 0 if it stays.
	Usual     time.Duration
	Missing   string // empty if the author need not say when it ends
	Soon, Far string
}

// notLong is how long most kinds last at most.
var notLong = Lasting{Most: 2 * 365 * 24 * time.Hour, Soon: "post.ends.past", Far: "post.ends.far"}

// A Fact is one thing that a detail says. Label is a message key. The value is
// Text as it stands or, if Text is empty, the message with key Term.
type Fact struct {
	Label string
	Text  string
	Term  string
}
