package vocab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-fed/activity/streams"
)

// ErrUnknownType is returned for an object whose type ActivityStreams does not define.
var ErrUnknownType = errors.New("type unknown to ActivityStreams")

// Validate asks go-fed/activity whether this is an object of ActivityStreams. It
// is demanded of actors, and costs several times what [Parse] does.
//
// The library is lenient about single properties (it keeps what it does not
// understand) and cannot see what its own model loses, so the accessors of Object,
// not its types, are how Parvis reads.
func (o *Object) Validate() error {
	typ := o.Type()
	if !Known(typ) {
		return fmt.Errorf("%w: %q", ErrUnknownType, typ)
	}
	// It wants a plain type and a context that declares it, and float64 numbers.
	plain := floats(o.props).(map[string]any)
	plain["type"] = typ
	plain["@context"] = NS
	_, err := streams.ToType(context.Background(), plain)
	switch {
	case err == nil:
		return nil
	case streams.IsUnmatchedErr(err):
		return fmt.Errorf("%w: %q", ErrUnknownType, typ)
	default:
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
}

// floats copies a decoded document with the numbers that go-fed expects.
func floats(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for key, member := range v {
			m[key] = floats(member)
		}
		return m
	case []any:
		all := make([]any, len(v))
		for i, element := range v {
			all[i] = floats(element)
		}
		return all
	case json.Number:
		// An overflow gives an infinity, which the library refuses where it matters.
		f, _ := v.Float64()
		return f
	default:
		return v
	}
}
