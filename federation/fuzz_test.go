package federation

import (
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
)

// FuzzRead reads whatever a server may send as post and as actor. What is read must
// be fit to be stored and shown.
func FuzzRead(f *testing.F) {
	for _, pattern := range []string{"testdata/sent/*.json", "testdata/peers/*/*.json"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			raw, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw)
		}
	}
	f.Add([]byte(`{"id":"https://a.example/1","type":"Note","parvis:kind":"offer","content":"<p class=\"p-name\"><strong>x"}`))
	for _, question := range []string{
		`{"id":"https://a.example/1","type":"Question","oneOf":[{"name":"x"},{"name":"x"}],"anyOf":{"name":"y"},"votersCount":-1}`,
		`{"id":"https://a.example/1","type":"Question","anyOf":{"type":"Note","name":"\u202ex","replies":{"totalItems":1e400}},"closed":true}`,
		`{"id":"https://a.example/1","type":"Question","oneOf":[{"name":"Oui","replies":{"totalItems":9223372036854775807}},{"name":["Non"]}],"endTime":"9999-99-99"}`,
		`{"id":"https://a.example/1","type":"Note","name":"Oui","inReplyTo":"https://malakoff.example/p/1","content":"x"}`,
	} {
		f.Add([]byte(question))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, err := vocab.Parse(raw)
		if err != nil {
			return
		}
		for _, o := range []*vocab.Object{o, o.Object("object"), o.Object("document"), o.Object("document").Object("object")} {
			readOne(t, o)
		}
	})
}

func readOne(t *testing.T, o *vocab.Object) {
	marie := sampleMarie()
	if p, err := readPost(o, marie, map[string]*parvis.Account{marie.URI: marie}); err == nil {
		if again := text.Clean(p.HTML); again != p.HTML && len(p.HTML) < text.MaxHTML {
			t.Errorf("HTML is not clean: %q, cleaned %q", p.HTML, again)
		}
		if !isWebURL(p.URI) || !isWebURL(p.URL) || !SameOrigin(p.URI, p.URL) {
			t.Errorf("addresses %q and %q", p.URI, p.URL)
		}
		if p.Detail == nil || p.Detail.Validate(parvis.Remote) != nil || p.Place != nil && p.Place.Validate() != nil {
			t.Errorf("detail %+v, place %+v", p.Detail, p.Place)
		}
		if len(p.Tags) > parvis.MaxTags || len(p.Mentions) > parvis.MaxMentions || len(p.Media) > parvis.MaxMedia ||
			utf8.RuneCountInString(p.Title) > parvis.MaxTitle || !utf8.ValidString(p.Title) {
			t.Errorf("out of bounds: %+v", p)
		}
	}
	if a, avatar, err := readActor(o, ""); err == nil {
		for _, address := range []string{a.Inbox, a.SharedInbox, a.Outbox, a.FollowersURI, a.FollowingURI, a.URL} {
			if address != "" && !SameOrigin(address, a.URI) {
				t.Errorf("%s of %s lies elsewhere", address, a.URI)
			}
		}
		if !isUsername(a.Username) || avatar != "" && !isWebURL(avatar) || text.Clean(a.BioHTML) != a.BioHTML {
			t.Errorf("actor %+v, avatar %q", a, avatar)
		}
	}
}

// FuzzAlternate reads pages of strangers.
func FuzzAlternate(f *testing.F) {
	f.Add(`<link rel="alternate" type="application/activity+json" href="/notes/1">`)
	f.Add(`<body><link rel="alternate" type="application/activity+json" href="/notes/1">`)
	f.Add("<link <link <!-- ")
	f.Fuzz(func(t *testing.T, page string) {
		_ = alternate([]byte(page), "https://mastodon.example/@marie")
		_ = linkWith([]byte(page), relSubscribe)
		if got := unframe(page); len(got) > len(page) {
			t.Errorf("%q grew to %q", page, got)
		}
	})
}
