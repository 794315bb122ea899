package vocab_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/federation/vocab"
)

func TestScan(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, raw string
		want      vocab.Envelope
	}{
		{
			"Mastodon reply",
			`{"@context":["https://www.w3.org/ns/activitystreams",{"toot":"http://joinmastodon.org/ns#"}],
			  "id":"https://mastodon.example/users/ines/statuses/1/activity","type":"Create",
			  "actor":"https://mastodon.example/users/ines","published":"2026-11-21T10:00:00.5Z",
			  "to":["as:Public"],"cc":"https://mastodon.example/users/ines/followers",
			  "object":{"id":"https://mastodon.example/users/ines/statuses/1","type":"Note",
			    "attributedTo":"https://mastodon.example/users/ines","content":"\"Samedi\" ?","tag":[{"type":"Mention"}]}}`,
			vocab.Envelope{
				ID: "https://mastodon.example/users/ines/statuses/1/activity", Type: "Create", Actor: "https://mastodon.example/users/ines",
				Objects:   []vocab.Ref{{ID: "https://mastodon.example/users/ines/statuses/1", Type: "Note", AttributedTo: "https://mastodon.example/users/ines"}},
				To:        []string{vocab.Public},
				Cc:        []string{"https://mastodon.example/users/ines/followers"},
				Published: time.Date(2026, 11, 21, 10, 0, 0, 5e8, time.UTC),
			},
		},
		{
			"bare object id",
			`{"id":"https://a.example/likes/1","type":"Like","actor":{"id":"https://a.example/u","type":"Person"},"object":"https://malakoff.example/posts/1","to":[{"id":"Public"},null]}`,
			vocab.Envelope{ID: "https://a.example/likes/1", Type: "Like", Actor: "https://a.example/u",
				Objects: []vocab.Ref{{ID: "https://malakoff.example/posts/1"}}, To: []string{vocab.Public}},
		},
		{
			"Undo of an embedded Follow",
			`{"type":"Undo","actor":"https://a.example/u","object":{"type":"Follow","actor":"https://a.example/u","object":{"id":"https://malakoff.example/users/lea"}}}`,
			vocab.Envelope{Type: "Undo", Actor: "https://a.example/u",
				Objects: []vocab.Ref{{Type: "Follow", Actor: "https://a.example/u", Object: "https://malakoff.example/users/lea"}}},
		},
		{
			"Flag names several objects",
			`{"type":"Flag","actor":"https://a.example/actor","object":["https://malakoff.example/users/lea","https://malakoff.example/posts/1"]}`,
			vocab.Envelope{Type: "Flag", Actor: "https://a.example/actor",
				Objects: []vocab.Ref{{ID: "https://malakoff.example/users/lea"}, {ID: "https://malakoff.example/posts/1"}}},
		},
		{
			"type array with a foreign type first, PeerTube owners",
			`{"type":["vf:Proposal","as:Note"],"object":{"type":"Video","attributedTo":[{"id":"https://tube.example/u"},{"id":"https://tube.example/c"}]}}`,
			vocab.Envelope{Type: "Note", Objects: []vocab.Ref{{Type: "Video", AttributedTo: "https://tube.example/u"}}},
		},
		{"escaped key", `{"act\u006fr":"https://a.example/u"}`, vocab.Envelope{Actor: "https://a.example/u"}},
		{"keys are case-sensitive", `{"Actor":"https://a.example/u"}`, vocab.Envelope{}},
		{"odd date", `{"published":"hier","updated":["2026"]}`, vocab.Envelope{}},
		{"empty", ` {} `, vocab.Envelope{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := vocab.Scan([]byte(tt.raw))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestScanRefuses(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"nothing":                    ``,
		"not an object":              `["https://a.example/u"]`,
		"not JSON":                   `{"id":`,
		"two documents":              `{} {}`,
		"not UTF-8":                  "{\"content\":\"caf\xe9\"}",
		"too large":                  `{"content":"` + strings.Repeat("a", vocab.MaxBytes) + `"}`,
		"too deep":                   strings.Repeat(`{"object":`, 10_000) + `1` + strings.Repeat(`}`, 10_000),
		"too deep array":             `{"tag":` + strings.Repeat(`[`, 40) + strings.Repeat(`]`, 40) + `}`,
		"too many recipients":        `{"to":[` + strings.Repeat(`"https://a.example/u",`, 5000) + `"https://a.example/u"]}`,
		"too many members":           manyMembers(600),
		"id repeated":                `{"id":"https://a.example/1","id":"https://a.example/2"}`,
		"actor repeated with escape": `{"actor":"https://a.example/u","\u0061ctor":"https://malakoff.example/users/lea"}`,
		"owner repeated":             `{"object":{"attributedTo":"https://a.example/u","attributedTo":"https://malakoff.example/users/lea"}}`,
		"two actors":                 `{"actor":["https://a.example/u","https://malakoff.example/users/lea"]}`,
		"actor a number":             `{"actor":5}`,
		"id an object":               `{"id":{"id":"https://a.example/u"}}`,
		"id a number":                `{"id":5}`,
		"recipient a boolean":        `{"to":true}`,
		"object a number":            `{"object":[1]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := vocab.Scan([]byte(raw)); !errors.Is(err, vocab.ErrMalformed) {
				t.Errorf("Scan: got %v, want ErrMalformed", err)
			}
			if _, err := vocab.Parse([]byte(raw)); !errors.Is(err, vocab.ErrMalformed) {
				t.Errorf("Parse: got %v, want ErrMalformed", err)
			}
		})
	}
}

func manyMembers(n int) string {
	members := make([]string, n)
	for i := range members {
		members[i] = fmt.Sprintf(`"k%d":0`, i)
	}
	return "{" + strings.Join(members, ",") + "}"
}

// FuzzScan holds that nothing panics, and that the envelope, upon which a document
// is admitted, says the same as the object that is then stored.
func FuzzScan(f *testing.F) {
	f.Add([]byte(`{"id":"a","type":["x","Note"],"actor":{"id":"b"},"object":{"id":"c","attributedTo":["d"]},"to":"as:Public"}`))
	f.Add([]byte(`{"\u0069d":"\ud800","object":["a",{"id":"b"}],"published":"2026-11-21T10:00:00Z"}`))
	f.Add([]byte(`{"a":[[[{}]]],"b":-1.5e3,"c":null,"d":"\\\""}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		envelope, err := vocab.Scan(raw)
		object, parseErr := vocab.Parse(raw)
		if (err == nil) != (parseErr == nil) {
			t.Fatalf("Scan: %v, Parse: %v", err, parseErr)
		}
		if err != nil {
			return
		}
		read := vocab.Envelope{
			ID: object.String("id"), Type: object.Type(), Actor: object.ID("actor"), Target: object.ID("target"),
			To: object.IDs("to"), Cc: object.IDs("cc"),
			Published: envelope.Published, Updated: envelope.Updated, Objects: envelope.Objects,
		}
		if envelope.Actor != "" && vocab.IsPublic(envelope.Actor) || vocab.IsPublic(envelope.Target) {
			return // only recipients are normalised by Scan
		}
		if diff := cmp.Diff(envelope, read); diff != "" {
			t.Errorf("(-scanned +parsed):\n%s", diff)
		}
		if o := object.Object("object"); o != nil && len(envelope.Objects) == 1 {
			if got, want := o.ID("attributedTo"), envelope.Object().AttributedTo; got != want && !slices.Contains([]string{"as:Public", "Public"}, want) {
				t.Errorf("owner: parsed %q, scanned %q", got, want)
			}
		}
		_ = object.Validate()
	})
}
