package parvis

// KindNote is the kind of a Note.
const KindNote Kind = "note"

// A Note is a plain post or an answer; it has nothing beyond the envelope.
type Note struct{}

// Kind implements Detail.
func (*Note) Kind() Kind { return KindNote }

// Validate implements Detail.
func (*Note) Validate(Origin) error { return nil }

// Lasts implements Detail.
func (*Note) Lasts() Lasting { return notLong }

// Facts implements Detail.
func (*Note) Facts() []Fact { return nil }
