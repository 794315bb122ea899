package federation

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// A fixture is what another program sends, written by us after its source.
type fixture struct {
	Source   string          `json:"source"`
	Surprise string          `json:"surprise"` // the one thing in it that one would not expect
	Document json.RawMessage `json:"document"`
}

// A reading is what we make of a fixture.
type reading struct {
	Type, Actor string
	Object      string          `json:",omitempty"`
	About       string          `json:",omitempty"` // of an embedded activity
	Post        *readingPost    `json:",omitempty"`
	Account     *parvis.Account `json:",omitempty"`
	Refused     string          `json:",omitempty"`
}

type readingPost struct {
	URI, URL, HTML, Warning, Language string
	Audience                          parvis.Audience
	ReplyTo                           string
	Published, Edited                 string
	Tags                              []string
	Mentions                          []parvis.Mention
	Pictures                          []parvis.Media
	Question                          *parvis.Question `json:",omitempty"`
	Ends                              string           `json:",omitempty"`
}

// TestPeers reads what other programs send.
func TestPeers(t *testing.T) {
	paths, err := filepath.Glob("testdata/peers/*/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d fixtures, %v", len(paths), err)
	}
	programs := make(map[string]bool)
	for _, path := range paths {
		if strings.HasSuffix(path, ".read.json") {
			continue
		}
		programs[filepath.Base(filepath.Dir(path))] = true
		name := strings.TrimSuffix(strings.TrimPrefix(path, "testdata/"), ".json")
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var f fixture
			if err := json.Unmarshal(raw, &f); err != nil {
				t.Fatal(err)
			}
			if f.Source == "" || f.Surprise == "" {
				t.Error("a fixture needs its source and what surprises in it")
			}
			var got bytes.Buffer
			e := json.NewEncoder(&got)
			e.SetEscapeHTML(false)
			if err := e.Encode(read(t, f.Document)); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".read.json", bytes.TrimSpace(got.Bytes()))
		})
	}
	for _, program := range []string{"gotosocial", "lemmy", "mastodon", "misskey", "mobilizon", "pixelfed", "wordpress"} {
		if !programs[program] {
			t.Errorf("no fixture of %s", program)
		}
	}
}

func read(t *testing.T, raw []byte) reading {
	t.Helper()
	e, err := vocab.Scan(raw)
	if err != nil {
		t.Fatal(err)
	}
	o, err := vocab.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Validate(); err != nil {
		t.Errorf("go-fed: %v", err)
	}
	r := reading{Type: e.Type, Actor: e.Actor, Object: e.Object().ID, About: e.Object().Object}
	if vocab.IsActor(e.Type) {
		r.Account, _, err = readActor(o, "")
	} else if object := o.Object("object"); object != nil && isPost(object.Type()) {
		r.Post, err = readFixture(object)
	}
	if err != nil {
		r.Refused = err.Error()
	}
	return r
}

func readFixture(object *vocab.Object) (*readingPost, error) {
	author := &parvis.Account{ID: 1, URI: object.ID("attributedTo"), FollowersURI: object.ID("attributedTo") + "/followers"}
	lea := sampleAccount("lea", parvis.Person)
	p, err := readPost(object, author, map[string]*parvis.Account{lea.URI: lea})
	if err != nil {
		return nil, err
	}
	said := &readingPost{URI: p.URI, URL: p.URL, HTML: p.HTML, Warning: p.Warning, Language: p.Language, Audience: p.Audience,
		ReplyTo: p.ReplyToURI, Published: p.PublishedAt.String(), Tags: p.Tags, Mentions: p.Mentions, Pictures: p.Media}
	if !p.EditedAt.IsZero() {
		said.Edited = p.EditedAt.String()
	}
	if q, ok := p.Detail.(*parvis.Question); ok {
		said.Question, said.Ends = q, p.EndsAt.String()
	}
	return said, nil
}
