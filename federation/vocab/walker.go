package vocab

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"
)

var (
	errDepth     = errors.New("nested too deeply")
	errWide      = errors.New("too many members")
	errDuplicate = errors.New("repeated key")
	errNotText   = errors.New("not a string")
	errNotID     = errors.New("neither an id nor an object with one")
	errSeveral   = errors.New("more than one")
)

// A walker reads JSON that json.Valid has accepted, so it need not check the
// grammar again and its index never leaves the data. It counts what Scan limits.
type walker struct {
	data    []byte
	pos     int
	depth   int // open arrays and objects
	objects int // open objects
}

// peek gives the first byte of the next token.
func (w *walker) peek() byte {
	for w.pos < len(w.data) {
		switch c := w.data[w.pos]; c {
		case ' ', '\t', '\r', '\n':
			w.pos++
		default:
			return c
		}
	}
	return 0
}

// take consumes c if it is next.
func (w *walker) take(c byte) bool {
	if w.peek() != c {
		return false
	}
	w.pos++
	return true
}

// object reads an object; member is called at each value with its key. Without
// member all are skipped.
func (w *walker) object(member func(key string) error) error {
	w.take('{')
	if w.depth++; w.depth > maxDepth {
		return errDepth
	}
	w.objects++
	defer func() { w.depth--; w.objects-- }()

	var seen map[string]bool
	if w.objects <= 2 {
		seen = make(map[string]bool, 16)
	}
	for n := 0; !w.take('}'); n++ {
		if n == maxMembers {
			return errWide
		}
		w.take(',')
		if err := w.member(seen, member); err != nil {
			return err
		}
	}
	return nil
}

// member reads one key and its value. A key that nobody asks for is not decoded.
func (w *walker) member(seen map[string]bool, member func(key string) error) error {
	if member == nil && seen == nil {
		w.quoted()
		w.take(':')
		return w.skip()
	}
	key := w.string()
	w.take(':')
	if seen[key] {
		return inKey(key, errDuplicate)
	}
	if seen != nil {
		seen[key] = true
	}
	if member == nil {
		return w.skip()
	}
	return member(key)
}

// array reads an array; element is called at each value.
func (w *walker) array(element func() error) error {
	w.take('[')
	if w.depth++; w.depth > maxDepth {
		return errDepth
	}
	defer func() { w.depth-- }()
	for n := 0; !w.take(']'); n++ {
		if n == maxElements {
			return errWide
		}
		w.take(',')
		if err := element(); err != nil {
			return err
		}
	}
	return nil
}

// each calls element for every element of an array, or once for another value.
// Null counts as nothing.
func (w *walker) each(element func() error) error {
	elementOrNull := func() error {
		if w.peek() == 'n' {
			return w.skip()
		}
		return element()
	}
	if w.peek() == '[' {
		return w.array(elementOrNull)
	}
	return elementOrNull()
}

// skip passes over a value, still counting.
func (w *walker) skip() error {
	switch w.peek() {
	case '{':
		return w.object(nil)
	case '[':
		return w.array(w.skip)
	case '"':
		w.quoted()
	default:
		end := bytes.IndexAny(w.data[w.pos:], " \t\r\n,]}")
		if end < 0 {
			end = len(w.data) - w.pos
		}
		w.pos += end
	}
	return nil
}

// quoted consumes a string and gives it with its quotes.
func (w *walker) quoted() []byte {
	w.peek()
	start := w.pos
	for w.pos++; w.data[w.pos] != '"'; w.pos++ {
		if w.data[w.pos] == '\\' {
			w.pos++
		}
	}
	w.pos++
	return w.data[start:w.pos]
}

// string consumes a string and gives what it says: an escaped key is the same key.
func (w *walker) string() string {
	quoted := w.quoted()
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	var s string
	// Cannot fail: the whole document is valid.
	_ = json.Unmarshal(quoted, &s)
	return s
}

// text reads a string; null is an empty one.
func (w *walker) text() (string, error) {
	switch w.peek() {
	case '"':
		return w.string(), nil
	case 'n':
		return "", w.skip()
	}
	return "", errNotText
}

// types reads a type or an array of types and chooses one.
func (w *walker) types() (string, error) {
	var types []string
	err := w.each(func() error {
		t, err := w.text()
		types = append(types, t)
		return err
	})
	return chooseType(types), err
}

// id reads an id, or the id of an embedded object.
func (w *walker) id() (id string, err error) {
	switch w.peek() {
	case '"':
		return w.string(), nil
	case '{':
		err = w.object(func(key string) (err error) {
			if key != "id" {
				return w.skip()
			}
			id, err = w.text()
			return err
		})
		return id, err
	}
	return "", errNotID
}

// ids reads one id or many.
func (w *walker) ids() (ids []string, err error) {
	err = w.each(func() error {
		id, err := w.id()
		if id != "" {
			ids = append(ids, id)
		}
		return err
	})
	return ids, err
}

// one reads an id that must be alone: an activity of two actors has no signer.
func (w *walker) one() (string, error) {
	ids, err := w.ids()
	if len(ids) > 1 {
		return "", errSeveral
	}
	return first(ids), err
}

// first reads an id, the first of an array.
func (w *walker) first() (string, error) {
	ids, err := w.ids()
	return first(ids), err
}

func first(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ids[0]
}

// addresses reads the ids of to or cc.
func (w *walker) addresses() ([]string, error) {
	ids, err := w.ids()
	for i, id := range ids {
		if IsPublic(id) {
			ids[i] = Public
		}
	}
	return ids, err
}

// refs reads the object or objects of an activity.
func (w *walker) refs() (refs []Ref, err error) {
	err = w.each(func() (err error) {
		var r Ref
		switch w.peek() {
		case '"':
			r.ID = w.string()
		case '{':
			err = r.read(w)
		default:
			err = errNotID
		}
		refs = append(refs, r)
		return err
	})
	return refs, err
}

// time reads a time. One that cannot be understood is none: many servers send
// odd ones, and nothing is decided by them.
func (w *walker) time() (time.Time, error) {
	if w.peek() != '"' {
		return time.Time{}, w.skip()
	}
	return parseTime(w.string()), nil
}

// parseTime reads an xsd:dateTime, also without zone (then UTC) or seconds, or a
// date alone. What is none of these gives the zero time.
func parseTime(s string) time.Time {
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05.999999999", time.DateTime, time.DateOnly,
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
