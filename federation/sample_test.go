package federation

import (
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// The samples live on one node, whose people and posts are the same in each test.
var (
	sampleTime = time.Date(2026, 10, 3, 14, 0, 0, 0, time.UTC)
	sampleNode = &parvis.Node{ID: 1, Host: "malakoff.example", Scheme: "https", Name: "Malakoff", Language: "fr", ActorID: 2}
	sampleID   = parvis.FirstID(sampleTime)
)

func sampleAccount(username string, typ parvis.ActorType) *parvis.Account {
	a := &parvis.Account{ID: 3, Username: username, Type: typ, URI: sampleNode.URL("/@" + username), CreatedAt: sampleTime, UpdatedAt: sampleTime}
	if typ == parvis.Application {
		a.URI = sampleNode.URL("/actor")
	}
	a.URL, a.Inbox, a.SharedInbox, a.Outbox = a.URI, a.URI+"/inbox", sampleNode.URL("/inbox"), a.URI+"/outbox"
	a.FollowersURI, a.FollowingURI = a.URI+"/followers", a.URI+"/following"
	a.KeyID, a.PublicKey = a.URI+"#main-key", "-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----\n"
	return a
}

// sampleMarie is somebody of another server.
func sampleMarie() *parvis.Account {
	return &parvis.Account{ID: 4, Username: "marie", Domain: "mastodon.example", Type: parvis.Person, URI: "https://mastodon.example/users/marie",
		URL: "https://mastodon.example/@marie", Inbox: "https://mastodon.example/users/marie/inbox", SharedInbox: "https://mastodon.example/inbox",
		FollowersURI: "https://mastodon.example/users/marie/followers"}
}

// samples has a post of every kind, with everything that it can have.
func samples() map[parvis.Kind]*parvis.Post {
	return map[parvis.Kind]*parvis.Post{
		parvis.KindNote: samplePost(&parvis.Post{Detail: &parvis.Note{}, HTML: "<p>Qui vient au marché ?</p>", Warning: "Météo", Sensitive: true,
			State: parvis.Open}),
		parvis.KindOffer: samplePost(&parvis.Post{
			Detail: &parvis.Offer{Purpose: parvis.PurposeRequest, Sort: parvis.SortService, Category: "garden"},
			Title:  "Tailler la haie & ramasser", HTML: "<p>Une <strong>matinée</strong>, samedi.</p><p><a href=\"https://malakoff.example/x\" class=\"u-url\" rel=\"nofollow noopener noreferrer\">plan</a></p>",
			State: parvis.Reserved, EndsAt: sampleTime.AddDate(0, 0, 14),
			Place: &parvis.Place{Name: "Square Corsico", Lat: 48.8215, Lon: 2.3, HasPoint: true}, EditedAt: sampleTime.Add(time.Hour)}),
		parvis.KindQuestion: samplePost(&parvis.Post{
			Detail: &parvis.Question{Several: true, Voters: 7, Options: []parvis.Option{{Name: "Samedi", Votes: 5}, {Name: "Dimanche", Votes: 4}}},
			Title:  "Quel jour pour la fête des voisins ?", HTML: "<p>Place du 11-Novembre, dès midi.</p>", State: parvis.Open, EndsAt: sampleTime.AddDate(0, 0, 7)}),
	}
}

// samplePost gives a post what all have.
func samplePost(p *parvis.Post) *parvis.Post {
	marie := sampleMarie()
	p.ID, p.Thread, p.Author, p.AuthorID = sampleID, sampleID, sampleAccount("lea", parvis.Person), 3
	p.URI = sampleNode.URL(p.Path())
	p.Context = threadURI(p)
	p.URL, p.Language, p.Audience, p.PublishedAt = p.URI, "fr", parvis.Everyone, sampleTime
	p.Tags = []string{"Entraide"}
	p.Mentions = []parvis.Mention{{AccountID: marie.ID, Acct: marie.Acct(), URI: marie.URI, URL: marie.URL}}
	p.Media = []parvis.Media{{ID: 5, Description: "La haie", Blurhash: "U9A,}F00~q?b",
		Renditions: []parvis.Rendition{{Key: "3f0c/large.jpg", Type: "image/jpeg", Width: 1600, Height: 1200}}}}
	return p
}

func sampleWords(t testing.TB) *i18n.Catalogue {
	t.Helper()
	words, err := i18n.Load(Locales)
	if err != nil {
		t.Fatal(err)
	}
	words.OnMissing = func(lang, key string) { t.Errorf("no message %q in %s", key, lang) }
	return words
}

func sampleUtterance(t testing.TB, p *parvis.Post) utterance {
	t.Helper()
	u := utterance{node: sampleNode, post: p, words: sampleWords(t).For(p.Language), thread: threadURI(p)}
	if p.Audience == parvis.Everyone && p.Kind() == parvis.KindOffer {
		u.feed = sampleNode.URL("/@entraide")
	}
	return u
}
