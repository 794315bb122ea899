package vocab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// An Object gives tolerant access to the JSON of an object, actor, collection or
// activity. What is missing or of another type reads as the zero value, because
// servers differ in almost everything; what must be there is for the caller to
// demand. All its methods may be called on nil, which is an object without
// properties.
type Object struct {
	props map[string]any
}

// Parse reads a document, under the limits and refusals of [Scan].
func Parse(raw []byte) (*Object, error) {
	if _, err := Scan(raw); err != nil {
		return nil, err
	}
	props, err := decode(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return &Object{props}, nil
}

// decode reads a JSON object, numbers as they are written.
func decode(raw []byte) (map[string]any, error) {
	var props map[string]any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return props, d.Decode(&props)
}

func (o *Object) get(key string) any {
	if o == nil {
		return nil
	}
	return o.props[key]
}

// Has tells whether the property is there and not null.
func (o *Object) Has(key string) bool { return o.get(key) != nil }

// Type gives the one plain type: of several, the first that ActivityStreams knows.
func (o *Object) Type() string { return chooseType(texts(o.get("type"))) }

// String gives a string, the first of an array.
func (o *Object) String(key string) string { return first(o.Strings(key)) }

// Strings gives the strings of a property that holds one or many.
func (o *Object) Strings(key string) []string { return texts(o.get(key)) }

// ID gives the id of what the property names, by id or embedded; the first of an
// array. ID("id") is the object's own.
func (o *Object) ID(key string) string { return first(o.IDs(key)) }

// IDs gives the ids of all that the property names, by id or embedded. All names
// of the public collection become [Public].
func (o *Object) IDs(key string) []string {
	var ids []string
	for _, v := range list(o.get(key)) {
		id, ok := v.(string)
		if embedded, isMap := v.(map[string]any); isMap {
			id, ok = embedded["id"].(string)
		}
		if !ok || id == "" {
			continue
		}
		if IsPublic(id) {
			id = Public
		}
		ids = append(ids, id)
	}
	return ids
}

// Object gives the embedded object of a property, the first of an array; nil when
// it is only named.
func (o *Object) Object(key string) *Object {
	if all := o.Objects(key); len(all) > 0 {
		return all[0]
	}
	return nil
}

// Objects gives the embedded objects of a property that holds one or many.
func (o *Object) Objects(key string) []*Object {
	var all []*Object
	for _, v := range list(o.get(key)) {
		if m, ok := v.(map[string]any); ok {
			all = append(all, &Object{m})
		}
	}
	return all
}

// A Member is one of several things that a property names or holds.
type Member struct {
	ID     string
	Object *Object // nil if it is only named
}

// Members gives all that a property names or holds, in its order; what has no id is
// left out.
func (o *Object) Members(key string) []Member {
	var all []Member
	for _, v := range list(o.get(key)) {
		switch v := v.(type) {
		case string:
			all = append(all, Member{ID: v})
		case map[string]any:
			if id, ok := v["id"].(string); ok && id != "" {
				all = append(all, Member{id, &Object{v}})
			}
		}
	}
	return all
}

// Time gives a time in UTC. A missing zone is taken for UTC.
func (o *Object) Time(key string) time.Time { return parseTime(o.String(key)) }

// Float gives a number, and whether there is one.
func (o *Object) Float(key string) (float64, bool) {
	n, ok := o.get(key).(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil
}

// Int gives a whole number, and whether there is one.
func (o *Object) Int(key string) (int64, bool) {
	n, ok := o.get(key).(json.Number)
	if !ok {
		return 0, false
	}
	i, err := n.Int64()
	return i, err == nil
}

// Bool gives a boolean; anything else is false.
func (o *Object) Bool(key string) bool {
	b, _ := o.get(key).(bool)
	return b
}

// ContentMap gives the language-tagged forms of a property: ContentMap("content")
// reads contentMap, ContentMap("name") reads nameMap.
func (o *Object) ContentMap(key string) map[string]string {
	tagged, _ := o.get(key + "Map").(map[string]any)
	forms := make(map[string]string, len(tagged))
	for lang, v := range tagged {
		if s, ok := v.(string); ok {
			forms[lang] = s
		}
	}
	return forms
}

// Text gives a text and its language as far as known: the plain property, with
// the language under which the map repeats it; else the map's first language in
// alphabetical order.
func (o *Object) Text(key string) (text, language string) {
	forms := o.ContentMap(key)
	languages := make([]string, 0, len(forms))
	for lang := range forms {
		languages = append(languages, lang)
	}
	slices.Sort(languages)
	text = o.String(key)
	if text == "" && len(languages) > 0 {
		return forms[languages[0]], languages[0]
	}
	for _, lang := range languages {
		if forms[lang] == text {
			return text, lang
		}
	}
	return text, ""
}

// Href gives the address that a property such as url holds: a string, a Link or
// the first of several that has the given media type; without such, the first.
func (o *Object) Href(key, mediaType string) string {
	fallback := ""
	for _, v := range list(o.get(key)) {
		href, typ := "", ""
		switch v := v.(type) {
		case string:
			href = v
		case map[string]any:
			href, _ = v["href"].(string)
			typ, _ = v["mediaType"].(string)
		}
		if href != "" && typ != "" && strings.EqualFold(typ, mediaType) {
			return href
		}
		if fallback == "" {
			fallback = href
		}
	}
	return fallback
}

// JSON gives the object's own JSON again: not byte for byte as received, but with
// every property and number as written. It serves to keep an embedded object.
func (o *Object) JSON() ([]byte, error) {
	if o == nil {
		return nil, fmt.Errorf("%w: no object", ErrMalformed)
	}
	return encode(o.props)
}

// list makes one value and an array of values alike.
func list(v any) []any {
	if all, ok := v.([]any); ok {
		return all
	}
	if v == nil {
		return nil
	}
	return []any{v}
}

// texts gives the strings in one value or an array.
func texts(v any) []string {
	var all []string
	for _, v := range list(v) {
		if s, ok := v.(string); ok {
			all = append(all, s)
		}
	}
	return all
}
