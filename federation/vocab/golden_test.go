package vocab_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/federation/vocab"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	node  = "https://malakoff.example"
	lea   = node + "/users/lea"
	feed  = node + "/users/entraide"
	marie = "https://montrouge.example/users/marie"
)

// The clock of the tests has a zone and a fraction, which the wire must not show.
var paris = time.FixedZone("CET", 3600)

var noon = time.Date(2026, 11, 21, 13, 0, 0, 123456789, paris)

func drill() vocab.Note {
	return vocab.Note{
		ID:           node + "/posts/1k2m3n",
		URL:          node + "/annonces/1k2m3n",
		AttributedTo: lea,
		To:           []string{vocab.Public},
		Cc:           []string{lea + "/followers", feed},
		Content:      "<p><strong>Perceuse à percussion</strong></p><p>À prêter le week-end &amp; les soirs.</p>",
		Language:     "fr",
		Context:      node + "/threads/1k2m3n",
		Replies:      node + "/posts/1k2m3n/replies",
		Tags:         []vocab.Tag{{Type: vocab.TypeHashtag, Name: "#bricolage", Href: node + "/mots/bricolage"}},
		Attachments: []vocab.Image{{
			URL: node + "/media/perceuse.jpg", MediaType: "image/jpeg", Alt: "Une perceuse bleue dans sa mallette",
			Width: 1200, Height: 900, Blurhash: "UGF5]+Yk^6#M@-5c,1J5@[or[Q6.", Focus: &vocab.Focus{X: 0, Y: -0.25},
		}},
		Location:  &vocab.Place{Name: "Quartier du Centre", Point: &vocab.Point{Latitude: 48.82, Longitude: 2}},
		Published: noon,
		EndTime:   noon.AddDate(0, 1, 0),
		Extra: map[string]any{
			"purpose":         "offer",
			"publishes":       map[string]any{"type": "Intent", "id": node + "/posts/1k2m3n#primary", "action": "transfer", "resourceQuantity": map[string]any{"hasUnit": "one", "hasNumericalValue": "1"}},
			"unitBased":       false,
			"parvis:kind":     "offer",
			"parvis:title":    "Perceuse à percussion",
			"parvis:status":   "open",
			"parvis:sort":     "object",
			"parvis:category": "bricolage",
		},
	}
}

func resident() vocab.Actor {
	return vocab.Actor{
		Type: vocab.TypePerson, ID: lea, URL: node + "/@lea", Username: "lea", Name: "Léa Moreau",
		Summary: "<p>Rue Béranger, bricoleuse du dimanche.</p>",
		Inbox:   lea + "/inbox", Outbox: lea + "/outbox", Followers: lea + "/followers", Following: lea + "/following",
		Featured: lea + "/featured", SharedInbox: node + "/inbox",
		Multikey:   vocab.Multikey{ID: lea + "#ed25519-key", Multibase: "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"},
		Implements: []vocab.Specification{{Href: "https://datatracker.ietf.org/doc/html/rfc9421", Name: "RFC-9421: HTTP Message Signatures"}},
		Key:        vocab.PublicKey{ID: lea + "#main-key", PEM: "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"},
		Icon:       &vocab.Image{URL: node + "/media/lea.jpg", MediaType: "image/jpeg"},
		Fields:     []vocab.Field{{Name: "Jardin", Value: "Parcelle 12"}},
		Published:  noon, Discoverable: true, AlsoKnownAs: []string{marie},
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	followRaw := json.RawMessage(`{"@context":"https://www.w3.org/ns/activitystreams","id":"https://montrouge.example/follows/7","type":"Follow","actor":"https://montrouge.example/users/marie","object":"https://malakoff.example/users/lea"}`)
	ownNote, err := vocab.Marshal(drill())
	if err != nil {
		t.Fatal(err)
	}
	for name, thing := range map[string]vocab.Thing{
		"person": resident(),
		"organization": vocab.Actor{Type: vocab.TypeOrganization, ID: node + "/users/repaircafe", Username: "repaircafe", Name: "Repair Café",
			Inbox: node + "/users/repaircafe/inbox", Outbox: node + "/users/repaircafe/outbox"},
		"group": vocab.Actor{Type: vocab.TypeGroup, ID: feed, Username: "entraide", Name: "Entraide à Malakoff",
			Inbox: feed + "/inbox", Outbox: feed + "/outbox", Image: &vocab.Image{URL: node + "/media/place.jpg", MediaType: "image/jpeg"}},
		"application": vocab.Actor{Type: vocab.TypeApplication, ID: node + "/actor", Username: "malakoff.example",
			Inbox: node + "/actor/inbox", Outbox: node + "/actor/outbox", ManuallyApprovesFollowers: true},
		"service": vocab.Actor{Type: vocab.TypeService, ID: node + "/users/meteo", Username: "meteo", Inbox: node + "/users/meteo/inbox",
			MovedTo: "https://meteo.example/users/malakoff"},
		"note": drill(),
		"reply": vocab.Note{ID: node + "/posts/2b", AttributedTo: lea, To: []string{marie}, Content: "<p>Oui, samedi&nbsp;!</p>", Language: "to",
			InReplyTo: "https://montrouge.example/notes/ça", Audience: feed, Sensitive: true, Summary: "Bruit",
			Tags: []vocab.Tag{{Type: vocab.TypeMention, Name: "@marie@montrouge.example", Href: marie}}, Published: noon, Updated: noon.Add(time.Hour)},
		"tombstone": vocab.Tombstone{ID: node + "/posts/1k2m3n", FormerType: vocab.TypeNote, Deleted: noon},
		"create":    vocab.Activity{Type: vocab.TypeCreate, ID: node + "/posts/1k2m3n/create", Actor: lea, Object: drill(), To: []string{vocab.Public}, Cc: []string{lea + "/followers", feed}, Published: noon},
		"update":    vocab.Activity{Type: vocab.TypeUpdate, ID: node + "/posts/1k2m3n/update/1", Actor: lea, Object: json.RawMessage(ownNote), To: []string{vocab.Public}},
		"delete":    vocab.Activity{Type: vocab.TypeDelete, ID: node + "/posts/1k2m3n#delete", Actor: lea, Object: vocab.Tombstone{ID: node + "/posts/1k2m3n", FormerType: vocab.TypeNote}, To: []string{vocab.Public}},
		"follow":    vocab.Activity{Type: vocab.TypeFollow, ID: lea + "/follows/3", Actor: lea, Object: marie, To: []string{marie}},
		"accept":    vocab.Activity{Type: vocab.TypeAccept, ID: lea + "/accepts/7", Actor: lea, Object: followRaw, To: []string{marie}},
		"reject":    vocab.Activity{Type: vocab.TypeReject, ID: lea + "/rejects/7", Actor: lea, Object: followRaw, To: []string{marie}},
		"undo": vocab.Activity{Type: vocab.TypeUndo, ID: lea + "/follows/3#undo", Actor: lea, To: []string{marie},
			Object: vocab.Activity{Type: vocab.TypeFollow, ID: lea + "/follows/3", Actor: lea, Object: marie, To: []string{marie}}},
		"announce":  vocab.Activity{Type: vocab.TypeAnnounce, ID: feed + "/announces/9", Actor: feed, Object: node + "/posts/1k2m3n", To: []string{vocab.Public}, Cc: []string{feed + "/followers", lea}, Published: noon},
		"like":      vocab.Activity{Type: vocab.TypeLike, ID: lea + "/likes/1", Actor: lea, Object: "https://montrouge.example/notes/5", To: []string{marie}},
		"flag":      vocab.Activity{Type: vocab.TypeFlag, ID: node + "/reports/1", Actor: node + "/actor", Object: []string{marie, "https://montrouge.example/notes/5"}, Content: "Annonce frauduleuse"},
		"block":     vocab.Activity{Type: vocab.TypeBlock, ID: lea + "/blocks/1", Actor: lea, Object: marie, To: []string{marie}},
		"followers": vocab.Collection{ID: lea + "/followers", Total: 12, First: lea + "/followers?page=1"},
		"replies":   vocab.Collection{ID: node + "/posts/1k2m3n/replies", Unordered: true, AttributedTo: lea, Total: 1, Items: []any{node + "/posts/2b"}},
		"empty":     vocab.Collection{ID: lea + "/featured", Items: []any{}},
		"page":      vocab.CollectionPage{ID: lea + "/outbox?max=9", PartOf: lea + "/outbox", Next: lea + "/outbox?max=5", Prev: lea + "/outbox?min=9", Items: []any{node + "/posts/2b", json.RawMessage(ownNote)}},
		"lastpage":  vocab.CollectionPage{ID: lea + "/following?page=2", Unordered: true, PartOf: lea + "/following"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw, err := vocab.Marshal(thing)
			if err != nil {
				t.Fatal(err)
			}
			goldenThing(t, name+".json", raw)
			object, err := vocab.Parse(raw)
			if err != nil {
				t.Fatalf("cannot read what we write: %v", err)
			}
			if err := object.Validate(); err != nil {
				t.Errorf("go-fed does not know what we write: %v", err)
			}
		})
	}
}

// TestContext keeps the one context out of the other golden files.
func TestContext(t *testing.T) {
	t.Parallel()
	raw, err := vocab.Marshal(vocab.Tombstone{ID: node + "/posts/1k2m3n"})
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	golden(t, "context.json", doc["@context"])

	namespace, err := vocab.NamespaceDocument()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "namespace.json", namespace)
}

// goldenThing compares what Marshal wrote, whose context TestContext looks at.
func goldenThing(t *testing.T, name string, raw []byte) {
	t.Helper()
	context, rest, found := bytes.Cut(raw, []byte(`}],"`))
	if !found || !bytes.HasPrefix(context, []byte(`{"@context":["`+vocab.NS+`",`)) {
		t.Fatalf("does not begin with our context: %.100s", raw)
	}
	golden(t, name, append([]byte(`{"`), rest...))
}

// golden compares indented, so that the files can be reviewed like code.
func golden(t *testing.T, name string, raw []byte) {
	t.Helper()
	var indented bytes.Buffer
	if err := json.Indent(&indented, raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	indented.WriteByte('\n')
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, indented.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), indented.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
