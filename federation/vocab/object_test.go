package vocab_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parvis-coop/parvis/federation/vocab"
)

func parse(t testing.TB, raw string) *vocab.Object {
	t.Helper()
	object, err := vocab.Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return object
}

func TestObject(t *testing.T) {
	t.Parallel()
	o := parse(t, `{
		"id":"https://mobilizon.example/events/1","type":["ex:Atelier","as:Event"],
		"attributedTo":[{"id":"https://mobilizon.example/@velo","type":"Group"}],
		"name":"Atelier vélo","content":"<p>Hi</p>","contentMap":{"en":"<p>Hi</p>","fr":"<p>Salut</p>"},"nameMap":{"fr":"Atelier","de":"Werkstatt"},
		"to":"as:Public","cc":["https://mobilizon.example/@velo/followers",{"id":"https://malakoff.example/users/lea"},null],
		"url":[{"type":"Link","mediaType":"application/x-mpegURL","href":"https://mobilizon.example/v"},{"type":"Link","mediaType":"text/html","href":"https://mobilizon.example/e/1"}],
		"location":{"type":"Place","latitude":48.82,"longitude":2,"name":"Mairie"},
		"attachment":{"type":"Document","url":"https://mobilizon.example/b.jpg"},
		"published":"2026-11-21T10:00:00+01:00","startTime":"2026-12-01","updated":"demain",
		"draft":true,"maximumAttendeeCapacity":12,"big":12345678901234567890,"summary":null,"uuid":5}`)

	for _, tt := range []struct {
		what      string
		got, want any
	}{
		{"type", o.Type(), vocab.TypeEvent},
		{"own id", o.ID("id"), "https://mobilizon.example/events/1"},
		{"embedded id", o.ID("attributedTo"), "https://mobilizon.example/@velo"},
		{"string", o.String("name"), "Atelier vélo"},
		{"number as string", o.String("uuid"), ""},
		{"one address", o.IDs("to"), []string{vocab.Public}},
		{"addresses", o.IDs("cc"), []string{"https://mobilizon.example/@velo/followers", "https://malakoff.example/users/lea"}},
		{"url", o.Href("url", "text/html"), "https://mobilizon.example/e/1"},
		{"url of another type", o.Href("url", "image/png"), "https://mobilizon.example/v"},
		{"url as string", o.Href("id", "text/html"), "https://mobilizon.example/events/1"},
		{"nested", o.Object("location").String("name"), "Mairie"},
		{"one for many", len(o.Objects("attachment")), 1},
		{"no object", o.Object("name").Object("x").String("y"), ""},
		{"time", o.Time("published"), time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)},
		{"date", o.Time("startTime"), time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)},
		{"odd time", o.Time("updated"), time.Time{}},
		{"bool", o.Bool("draft"), true},
		{"string as bool", o.Bool("name"), false},
		{"null", o.Has("summary"), false},
		{"false is there", o.Has("draft"), true},
		{"map", o.ContentMap("content"), map[string]string{"en": "<p>Hi</p>", "fr": "<p>Salut</p>"}},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.what, diff)
		}
	}
	if text, language := o.Text("content"); text != "<p>Hi</p>" || language != "en" {
		t.Errorf("content: %s in %q", text, language)
	}
	if text, language := o.Text("name"); text != "Atelier vélo" || language != "" {
		t.Errorf("name: %s in %q", text, language)
	}
	if text, language := parse(t, `{"nameMap":{"fr":"Atelier","de":"Werkstatt"}}`).Text("name"); text != "Werkstatt" || language != "de" {
		t.Errorf("nameMap alone: %s in %q", text, language)
	}
	if longitude, ok := o.Object("location").Float("longitude"); !ok || longitude != 2 {
		t.Errorf("longitude: %v, %t", longitude, ok)
	}
	if n, ok := o.Int("maximumAttendeeCapacity"); !ok || n != 12 {
		t.Errorf("capacity: %d, %t", n, ok)
	}
	if n, ok := o.Int("big"); ok {
		t.Errorf("overflow: %d", n)
	}
	if raw, err := o.JSON(); err != nil || !strings.Contains(string(raw), "12345678901234567890") {
		t.Errorf("JSON: %s, %v", raw, err)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"no context":     `{"id":"https://a.example/1","type":"Note","content":"x"}`,
		"prefixed":       `{"@context":{"as":"https://www.w3.org/ns/activitystreams"},"type":"as:Note"}`,
		"whole IRI":      `{"type":"https://www.w3.org/ns/activitystreams#Note"}`,
		"array":          `{"type":["vf:Proposal","Note"]}`,
		"numbers":        `{"type":"Place","latitude":48.82,"radius":1e400}`,
		"foreign nested": `{"type":"Person","attachment":[{"type":"PropertyValue","name":"Site","value":"x"}],"tag":{"type":"Hashtag"}}`,
	} {
		if err := parse(t, raw).Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, raw := range []string{`{}`, `{"type":"EmojiReact"}`, `{"type":"vf:Proposal"}`, `{"type":"PropertyValue"}`, `{"type":""}`, `{"type":["X","Y"]}`} {
		if err := parse(t, raw).Validate(); !errors.Is(err, vocab.ErrUnknownType) {
			t.Errorf("%s: got %v, want ErrUnknownType", raw, err)
		}
	}
	var none *vocab.Object
	if err := none.Validate(); !errors.Is(err, vocab.ErrUnknownType) {
		t.Errorf("nil: %v", err)
	}
}

// TestKnownTypes holds that go-fed knows each type that we call known.
func TestKnownTypes(t *testing.T) {
	t.Parallel()
	for _, typ := range []string{
		"Object", "Link", "Activity", "IntransitiveActivity", "Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage",
		"Accept", "Add", "Announce", "Arrive", "Block", "Create", "Delete", "Dislike", "Flag", "Follow", "Ignore", "Invite", "Join", "Leave",
		"Like", "Listen", "Move", "Offer", "Question", "Reject", "Read", "Remove", "TentativeReject", "TentativeAccept", "Travel", "Undo", "Update", "View",
		"Application", "Group", "Organization", "Person", "Service", "Article", "Audio", "Document", "Event", "Image", "Note", "Page", "Place",
		"Profile", "Relationship", "Tombstone", "Video", "Mention",
	} {
		if !vocab.Known(typ) {
			t.Errorf("%s is not known", typ)
		}
		if err := parse(t, `{"type":"`+typ+`"}`).Validate(); err != nil {
			t.Errorf("%s: %v", typ, err)
		}
	}
}

func TestMarshalRefuses(t *testing.T) {
	t.Parallel()
	for name, thing := range map[string]vocab.Thing{
		"relative id":        vocab.Note{ID: "/posts/1"},
		"unreadable id":      vocab.Note{ID: "https://malakoff.example/%zz"},
		"recipient":          vocab.Note{To: []string{"lea"}},
		"unknown activity":   vocab.Activity{Type: "Join", Actor: lea, Object: marie},
		"unknown actor":      vocab.Actor{Type: vocab.TypeNote, ID: lea},
		"no object":          vocab.Activity{Type: vocab.TypeLike, Actor: lea},
		"broken inside":      vocab.Activity{Type: vocab.TypeCreate, Actor: lea, Object: vocab.Note{ID: "?"}},
		"no number":          vocab.Place{Point: &vocab.Point{Latitude: math.NaN()}},
		"endless number":     vocab.Note{Extra: map[string]any{"parvis:rating": math.Inf(1)}},
		"a channel":          vocab.Note{Extra: map[string]any{"parvis:x": make(chan int)}},
		"raw that is broken": vocab.Activity{Type: vocab.TypeAccept, Actor: lea, Object: json.RawMessage(`{"id":`)},
	} {
		if raw, err := vocab.Marshal(thing); !errors.Is(err, vocab.ErrUnwritable) {
			t.Errorf("%s: got %s, %v; want ErrUnwritable", name, raw, err)
		}
	}
}

func TestMarshalExtra(t *testing.T) {
	t.Parallel()
	raw, err := vocab.Marshal(vocab.Note{ID: node + "/posts/1", Extra: map[string]any{
		"startTime": noon, "likes": vocab.Collection{ID: node + "/posts/1/likes", Total: 3}, "oneOf": map[string]any{"name": "Oui"},
		"interactionPolicy": map[string]any{"canQuote": map[string]any{"automaticApproval": []string{lea}}}, "half": 0.5, "whole": 3.0, "count": 3,
		"content": "<p>ce qui est connu reste</p>",
	}, Content: "<p>1 < 2 & 3</p>"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"startTime":"2026-11-21T12:00:00Z"`, `"likes":{"id":"https://malakoff.example/posts/1/likes","totalItems":3,"type":"OrderedCollection"}`,
		`"oneOf":[{"name":"Oui"}]`, `"half":0.5`, `"whole":3.0`, `"count":3`, `"content":"<p>1 < 2 & 3</p>"`,
	} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("lacks %s: %s", want, raw)
		}
	}
}

// TestRoundTrip holds that what we write we read again, whatever people write.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Filter(func(s string) bool { return s != "" })
		n := vocab.Note{
			ID:       node + "/posts/" + rapid.StringMatching(`[a-z0-9é?&=%2F]{0,3}[a-z]`).Filter(func(s string) bool { return !strings.Contains(s, "%") }).Draw(t, "id"),
			Content:  text.Draw(t, "content"),
			Language: rapid.SampledFrom([]string{"fr", "en", "to", "cc", "br"}).Draw(t, "language"),
			To:       rapid.SliceOfN(rapid.SampledFrom([]string{vocab.Public, lea, marie}), 0, 3).Draw(t, "to"),
			Location: &vocab.Place{Name: text.Draw(t, "place"), Point: &vocab.Point{
				Latitude: rapid.Float64Range(-90, 90).Draw(t, "latitude"), Longitude: float64(rapid.IntRange(-180, 180).Draw(t, "longitude"))}},
			Published: time.Unix(rapid.Int64Range(1, 4e9).Draw(t, "published"), 0).UTC(),
			Extra:     map[string]any{"parvis:title": text.Draw(t, "title")},
		}
		raw, err := vocab.Marshal(vocab.Activity{Type: vocab.TypeCreate, Actor: lea, Object: n})
		if err != nil {
			t.Fatal(err)
		}
		if again, err := vocab.Marshal(vocab.Activity{Type: vocab.TypeCreate, Actor: lea, Object: n}); err != nil || string(again) != string(raw) {
			t.Fatalf("not the same twice: %v", err)
		}
		activity, err := vocab.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		o := activity.Object("object")
		content, language := o.Text("content")
		latitude, _ := o.Object("location").Float("latitude")
		longitude, _ := o.Object("location").Float("longitude")
		got := vocab.Note{
			ID: o.ID("id"), Content: content, Language: language, To: o.IDs("to"), Published: o.Time("published"),
			Location: &vocab.Place{Name: o.Object("location").String("name"), Point: &vocab.Point{Latitude: latitude, Longitude: longitude}},
			Extra:    map[string]any{"parvis:title": o.String("parvis:title")},
		}
		if len(n.To) == 0 {
			n.To = nil
		}
		if diff := cmp.Diff(n, got); diff != "" {
			t.Errorf("(-written +read):\n%s", diff)
		}
	})
}

// The benchmarks are what the three steps of reading cost: see the package comment.
func BenchmarkScan(b *testing.B) {
	benchmark(b, func(raw []byte) error { _, err := vocab.Scan(raw); return err })
}
func BenchmarkParse(b *testing.B) {
	benchmark(b, func(raw []byte) error { _, err := vocab.Parse(raw); return err })
}
func BenchmarkValidate(b *testing.B) {
	benchmark(b, func(raw []byte) error {
		o, err := vocab.Parse(raw)
		if err != nil {
			return err
		}
		return o.Validate()
	})
}

func benchmark(b *testing.B, read func([]byte) error) {
	b.Helper()
	raw, err := vocab.Marshal(vocab.Activity{Type: vocab.TypeCreate, Actor: lea, Object: drill()})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := read(raw); err != nil {
			b.Fatal(err)
		}
	}
}
