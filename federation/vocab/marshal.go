package vocab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-fed/activity/streams"
)

// Marshal writes a thing as the JSON that goes over the wire, the same bytes each
// time. It serialises with go-fed/activity and mends what that loses: the context
// (ours, on the top level only), arrays of one element, contentMap and extension
// terms, the decimal point of coordinates.
func Marshal(t Thing) ([]byte, error) {
	m, err := serialize(t)
	if err != nil {
		return nil, err
	}
	m["@context"] = jsonLDContext()
	return encode(m)
}

// serialize gives the mended JSON of a thing without its context.
func serialize(t Thing) (map[string]any, error) {
	built, err := t.build()
	if err != nil {
		return nil, err
	}
	m, err := streams.Serialize(built)
	if err != nil {
		return nil, fmt.Errorf("serialize %s: %w", built.GetTypeName(), err)
	}
	delete(m, "@context")
	if named, ok := t.(interface{ typeName() string }); ok {
		m["type"] = named.typeName()
	}
	mended, err := mend(m)
	if err != nil {
		return nil, fmt.Errorf("serialize %s: %w", built.GetTypeName(), err)
	}
	return mended.(map[string]any), nil
}

// encode writes JSON with sorted keys, without the escapes that are only of use
// inside HTML, and without a line end.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnwritable, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// arrays are the properties that others insist on as arrays: Mastodon ignores a
// single PropertyValue or poll option, Mobilizon and Lemmy crash or refuse.
var arrays = set("to", "cc", "tag", "attachment", "oneOf", "anyOf", "items", "orderedItems", "alsoKnownAs")

// mend gives a value as it shall be encoded. Besides what JSON decodes to, it
// takes what callers put in extension terms: times, Things, raw JSON.
func mend(v any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		return mendObject(v)
	case map[string]string:
		return v, nil
	case []any:
		return mendArray(v)
	case []string:
		return v, nil
	case Thing:
		return serialize(v)
	case json.RawMessage:
		return embed(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339), nil
	case float64:
		return decimal(v)
	case nil, bool, string, int, int64, json.Number:
		return v, nil
	default:
		return nil, fmt.Errorf("%w: a %T", ErrUnwritable, v)
	}
}

func mendObject(m map[string]any) (any, error) {
	mended := make(map[string]any, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		value := m[key]
		if strings.HasSuffix(key, "Map") {
			// Its keys are languages, among them "to", which is Tongan.
			mended[key] = value
			continue
		}
		if arrays[key] && !isArray(value) {
			value = []any{value}
		}
		value, err := mend(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		mended[key] = value
	}
	return mended, nil
}

func isArray(v any) bool {
	switch v.(type) {
	case []any, []string:
		return true
	}
	return false
}

func mendArray(all []any) (any, error) {
	mended := make([]any, len(all))
	for i, v := range all {
		var err error
		if mended[i], err = mend(v); err != nil {
			return nil, err
		}
	}
	return mended, nil
}

// decimal writes a number with a decimal point: Mobilizon accepts no coordinate
// without one, and encoding/json writes 47.0 as 47.
func decimal(f float64) (json.Number, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "", fmt.Errorf("%w: the number %v", ErrUnwritable, f)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return json.Number(s), nil
}

// embed gives stored JSON for use inside other JSON. What Marshal wrote loses its
// context, which the outer object repeats; what others wrote stays as it is,
// because an integrity proof may cover its every member.
func embed(raw json.RawMessage) (any, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, fmt.Errorf("%w: embedded %w", ErrUnwritable, err)
	}
	ours, err := encode(jsonLDContext())
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(members["@context"], ours) {
		return raw, nil
	}
	delete(members, "@context")
	return members, nil
}
