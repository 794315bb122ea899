package mastodon

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares what would be sent with a file.
func golden(t *testing.T, name string, out any) {
	t.Helper()
	rec := httptest.NewRecorder()
	send(rec, http.StatusOK, out)
	var got bytes.Buffer
	if err := json.Indent(&got, rec.Body.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

var noon = time.Date(2026, time.October, 3, 12, 0, 0, 0, time.UTC)

func idAt(minutes int) parvis.ID {
	return parvis.FirstID(noon.Add(time.Duration(minutes) * time.Minute))
}

// newCall is a request for a node in a town, in a language.
func newCall(t testing.TB, lang string) *call {
	t.Helper()
	words, err := i18n.Load(Locales)
	if err != nil {
		t.Fatal(err)
	}
	words.OnMissing = func(lang, key string) { t.Errorf("no words in %s for %s", lang, key) }
	return &call{now: noon, words: words.For(lang), node: &parvis.Node{Host: "malakoff.example", Scheme: "https", Name: "Malakoff",
		Summary: "La place du village.", Contact: "bonjour@malakoff.example", Language: "fr", HasAdmin: true, Signup: parvis.SignupOpen}}
}

func lea() *parvis.Account {
	return &parvis.Account{ID: idAt(-9), Username: "lea", Type: parvis.Person, Name: "Léa", BioHTML: "<p>Bricole.</p>", URI: "https://malakoff.example/@lea",
		URL: "https://malakoff.example/@lea", Followers: 3, Following: 2, Posts: 5, CreatedAt: noon,
		Avatar: &parvis.Media{ID: idAt(-8), Renditions: []parvis.Rendition{{Key: "0a/large.jpg", Width: 480, Height: 480}, {Key: "0a/small.jpg", Width: 120, Height: 120}}}}
}

func paul() *parvis.Account {
	return &parvis.Account{ID: idAt(-7), Username: "Paul", Domain: "vanves.example", Type: parvis.Person, URI: "https://vanves.example/users/Paul",
		URL: "https://vanves.example/@Paul", Fields: []parvis.Field{{Name: "Site", Value: `<a href="https://paul.example">paul.example</a>`}}, CreatedAt: noon}
}

// drill is an offer with all that a post can have.
func drill() *parvis.Post {
	return &parvis.Post{ID: idAt(0), AuthorID: lea().ID, Author: lea(), Detail: &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.SortObject, Category: "tools"},
		URI: "https://malakoff.example/p/d", URL: "https://malakoff.example/p/d", Title: "Perceuse <à percussion>", Source: "Avec ses mèches.",
		HTML: "<p>Avec ses mèches, <a href=\"https://malakoff.example/@paul\">@paul</a>. #Bricolage</p>", Language: "fr", Audience: parvis.Partners, State: parvis.Reserved,
		Place: &parvis.Place{Name: "Maison-des-Arts"}, EndsAt: noon.AddDate(0, 1, 0), Tags: []string{"Bricolage"},
		Mentions: []parvis.Mention{{AccountID: paul().ID, Acct: "Paul@vanves.example", URI: paul().URI, URL: paul().URL}},
		Media: []parvis.Media{{ID: idAt(-1), Description: "Une perceuse verte", Blurhash: "LEHV6nWB2yk8", Renditions: []parvis.Rendition{
			{Key: "3f/large.jpg", Width: 1600, Height: 1200}, {Key: "3f/medium.jpg", Width: 800, Height: 600}, {Key: "3f/small.jpg", Width: 320, Height: 240}}},
			{ID: idAt(-2), RemoteURL: "https://vanves.example/not-copied-yet.jpg"}},
		Replies: 2, Likes: 4, Shares: 1, Liked: true, PublishedAt: noon, EditedAt: noon.Add(time.Hour)}
}

// answer is a plain reply from another server, with a content warning.
func answer() *parvis.Post {
	return &parvis.Post{ID: idAt(5), AuthorID: paul().ID, Author: paul(), Detail: &parvis.Note{}, URI: "https://vanves.example/notes/1",
		HTML: "<p>Elle m’intéresse&nbsp;!</p>", Warning: "Bricolage", Sensitive: true, Audience: parvis.Unlisted, State: parvis.Open, ReplyTo: drill().ID,
		PublishedAt: noon.Add(5 * time.Minute)}
}

func TestGoldenStatuses(t *testing.T) {
	feed := &parvis.Account{ID: idAt(-30), Username: "entraide", Type: parvis.Group, Feed: parvis.KindOffer, Name: "Entraide · Malakoff", URI: "https://malakoff.example/@entraide",
		URL: "https://malakoff.example/@entraide", CreatedAt: noon}
	authors := map[parvis.ID]parvis.ID{drill().ID: lea().ID}
	golden(t, "status_offer", newCall(t, "fr").entry(storage.HomeEntry{ID: idAt(0), Post: drill()}, nil))
	golden(t, "status_offer_en", newCall(t, "en").entry(storage.HomeEntry{ID: idAt(0), Post: drill()}, nil))
	golden(t, "status_answer", newCall(t, "fr").entry(storage.HomeEntry{ID: idAt(5), Post: answer()}, authors))
	golden(t, "status_share", newCall(t, "fr").entry(storage.HomeEntry{ID: idAt(9), Post: answer(), Sharer: feed, URI: "https://malakoff.example/shares/s"}, authors))
}

// festivity is a question of a neighbour that Léa voted in.
func festivity() *parvis.Post {
	p := answer()
	p.Warning, p.Sensitive, p.ReplyTo, p.EndsAt, p.Chosen = "", false, 0, noon.AddDate(0, 0, 7), []int{1}
	p.HTML = "<p>Quel jour pour la fête&nbsp;?</p>"
	p.Detail = &parvis.Question{Options: []parvis.Option{{Name: "Samedi", Votes: 2}, {Name: "Dimanche", Votes: 5, Local: 1}}, Voters: 7, LocalVoters: 1}
	return p
}

// TestGoldenPolls: a question is a status with a poll, which says what its text does not.
func TestGoldenPolls(t *testing.T) {
	c := newCall(t, "fr")
	c.viewer = parvis.Viewer{Account: lea(), Role: parvis.RoleResident}
	golden(t, "status_question", c.entry(storage.HomeEntry{ID: idAt(5), Post: festivity()}, nil))
	ended := festivity()
	ended.Detail = &parvis.Question{Several: true, Hidden: true, Voters: parvis.Untold, Options: []parvis.Option{{Name: "Samedi", Votes: 2}}}
	golden(t, "poll_hidden", newCall(t, "fr").poll(ended))
	ended.EndsAt = noon.Add(-time.Hour)
	golden(t, "poll_ended", newCall(t, "fr").poll(ended))
}

func TestGoldenAccounts(t *testing.T) {
	c := newCall(t, "fr")
	golden(t, "account_local", c.face(lea()))
	golden(t, "account_remote", c.face(paul()))
}

func TestGoldenInstances(t *testing.T) {
	a, c := &API{Version: "1.2.3", MaxUpload: 12 << 20}, newCall(t, "fr")
	figures := storage.Stats{Accounts: 120, ActiveMonth: 45, Posts: 800}
	golden(t, "instance_v1", a.instanceAs1(c.node, figures))
	golden(t, "instance_v2", a.instanceAs2(c.node, figures, "BDe"))
}

// TestEveryKindIsSaid: each kind's facts have words in each language, and come
// out as text. There is no code for kinds here, and so nothing to forget.
func TestEveryKindIsSaid(t *testing.T) {
	samples := map[parvis.Kind][]parvis.Detail{parvis.KindNote: {&parvis.Note{}},
		parvis.KindQuestion: {&parvis.Question{Options: []parvis.Option{{Name: "Samedi"}, {Name: "Dimanche"}}}}}
	for _, sort := range parvis.Sorts {
		for i, category := range parvis.Categories {
			purpose := []parvis.Purpose{parvis.PurposeOffer, parvis.PurposeRequest}[i%2]
			samples[parvis.KindOffer] = append(samples[parvis.KindOffer], &parvis.Offer{Purpose: purpose, Sort: sort, Category: category})
		}
	}
	for _, lang := range i18n.Languages {
		c := newCall(t, lang)
		for _, kind := range parvis.Kinds {
			if len(samples[kind]) == 0 {
				t.Errorf("no sample of %s", kind)
			}
			for _, d := range samples[kind] {
				for _, state := range []parvis.State{parvis.Open, parvis.Reserved, parvis.Done} {
					p := drill()
					p.Detail, p.State = d, state
					if got := len(c.facts(p)); got < len(d.Facts())+2 {
						t.Errorf("%s in %s: %d lines", kind, lang, got)
					}
				}
			}
		}
	}
}

// TestPlainPostsAreTheirText: nothing is added to what says nothing more.
func TestPlainPostsAreTheirText(t *testing.T) {
	p := answer()
	if got := newCall(t, "fr").content(p); got != p.HTML {
		t.Errorf("content %q, want %q", got, p.HTML)
	}
}

// TestWords: both languages have all that apps are told.
func TestWords(t *testing.T) {
	words, err := i18n.Load(Locales)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range words.Problems() {
		t.Error(problem)
	}
	for _, s := range statuses {
		for _, lang := range i18n.Languages {
			if !words.For(lang).Has(s.key) {
				t.Errorf("no words in %s for %s", lang, s.key)
			}
		}
	}
}

// BenchmarkHome is what showing a page of twenty offers costs without the database.
func BenchmarkHome(b *testing.B) {
	words, err := i18n.Load(Locales)
	if err != nil {
		b.Fatal(err)
	}
	var entries []storage.HomeEntry
	for i := range 20 {
		p := drill()
		p.ID = idAt(i)
		entries = append(entries, storage.HomeEntry{ID: p.ID, Post: p})
	}
	for b.Loop() {
		c := &call{words: words.For("fr"), node: &parvis.Node{Host: "malakoff.example", Scheme: "https"}}
		list := make([]*status, len(entries))
		for i, e := range entries {
			list[i] = c.entry(e, nil)
		}
		send(httptest.NewRecorder(), http.StatusOK, list)
	}
}
