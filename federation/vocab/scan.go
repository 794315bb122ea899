package vocab

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// Limits on a document from elsewhere. Mastodon refuses bodies above 1 MiB and
// the deepest real documents nest about ten levels.
const (
	MaxBytes    = 1 << 20
	maxDepth    = 32   // arrays and objects together
	maxMembers  = 512  // of one object
	maxElements = 2048 // of one array
)

// ErrMalformed is wrapped by every error about a document that breaks the limits
// or is not the JSON of an ActivityStreams object.
var ErrMalformed = errors.New("malformed ActivityStreams document")

// An Envelope is what [Scan] reads from an activity or object: enough to refuse,
// de-duplicate or ignore it. Nothing in it is to be believed before the
// signature has been verified, nor more than the signer may say.
type Envelope struct {
	ID        string
	Type      string // one plain type: of several, the first that ActivityStreams knows
	Actor     string // the id of the one actor; "" if there is none
	Objects   []Ref  // usually one; Flag names several
	Target    string
	To, Cc    []string // ids; all names of the public collection become Public
	Published time.Time
	Updated   time.Time
}

// A Ref is the object of an activity as far as the envelope shows it. Given as a
// bare id it has nothing but that.
type Ref struct {
	ID           string
	Type         string
	AttributedTo string // the first, when there are several
	Actor        string // of an embedded activity, as in Undo and Accept
	Object       string // likewise
}

// Object gives the first object, or none of it.
func (e Envelope) Object() Ref {
	if len(e.Objects) == 0 {
		return Ref{}
	}
	return e.Objects[0]
}

// Scan reads the envelope of a received document in one pass. It refuses with
// [ErrMalformed] what is too large, too deep, too wide, not UTF-8 or not JSON; what
// has two actors, or something else than ids where ids belong; and what repeats a
// key in its top two levels: two readers could then disagree about who said what.
func Scan(raw []byte) (Envelope, error) {
	var e Envelope
	switch {
	case len(raw) > MaxBytes:
		return e, fmt.Errorf("%w: larger than %d bytes", ErrMalformed, MaxBytes)
	case !utf8.Valid(raw):
		return e, fmt.Errorf("%w: not UTF-8", ErrMalformed)
	case !json.Valid(raw):
		return e, fmt.Errorf("%w: not JSON", ErrMalformed)
	}
	w := walker{data: raw}
	if w.peek() != '{' {
		return e, fmt.Errorf("%w: not an object", ErrMalformed)
	}
	if err := e.read(&w); err != nil {
		return Envelope{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return e, nil
}

func (e *Envelope) read(w *walker) error {
	return w.object(func(key string) (err error) {
		switch key {
		case "id":
			e.ID, err = w.text()
		case "type":
			e.Type, err = w.types()
		case "actor":
			e.Actor, err = w.one()
		case "object":
			e.Objects, err = w.refs()
		case "target":
			e.Target, err = w.first()
		case "to":
			e.To, err = w.addresses()
		case "cc":
			e.Cc, err = w.addresses()
		case "published":
			e.Published, err = w.time()
		case "updated":
			e.Updated, err = w.time()
		default:
			err = w.skip()
		}
		return inKey(key, err)
	})
}

func (r *Ref) read(w *walker) error {
	return w.object(func(key string) (err error) {
		switch key {
		case "id":
			r.ID, err = w.text()
		case "type":
			r.Type, err = w.types()
		case "attributedTo":
			r.AttributedTo, err = w.first()
		case "actor":
			r.Actor, err = w.one()
		case "object":
			r.Object, err = w.first()
		default:
			err = w.skip()
		}
		return inKey(key, err)
	})
}

func inKey(key string, err error) error {
	if err != nil {
		return fmt.Errorf("%q: %w", key, err)
	}
	return nil
}
