package parvistest

import (
	"fmt"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// Noon is when the samples' town wakes: a whole second, as times on the wire are.
var Noon = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

// Sample returns a filled and valid detail of a kind, for TestEveryKind in every
// package. A kind that has none is a mistake of whoever added it.
func Sample(k parvis.Kind) parvis.Detail {
	switch k {
	case parvis.KindNote:
		return &parvis.Note{}
	case parvis.KindOffer:
		return &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.SortObject, Category: "tools"}
	case parvis.KindQuestion:
		return &parvis.Question{Options: []parvis.Option{{Name: "Samedi"}, {Name: "Dimanche"}}}
	}
	panic(fmt.Sprintf("no sample of kind %q: add one", k))
}

// Malakoff returns a node as its admin has set it up.
func Malakoff() *parvis.Node {
	return &parvis.Node{
		Host: "malakoff.example", Scheme: "https", Name: "Malakoff", Summary: "Le parvis des habitants de Malakoff.",
		Language: "fr", Contact: "bonjour@malakoff.example", Signup: parvis.SignupOpen, HasAdmin: true, CreatedAt: Noon,
		Center: parvis.Place{Name: "Malakoff", Lat: 48.8209, Lon: 2.2998, HasPoint: true},
		Neighbourhoods: []parvis.Place{
			{Name: "Centre-ville", Lat: 48.8205, Lon: 2.2985, HasPoint: true},
			{Name: "Barbusse", Lat: 48.8151, Lon: 2.3012, HasPoint: true},
		},
	}
}

// Resident returns a person of a node with all their addresses.
func Resident(n *parvis.Node, username, name string) *parvis.Account {
	uri := n.URL("/@" + username)
	return &parvis.Account{
		Username: username, Type: parvis.Person, Name: name, Quarter: "Centre-ville", URI: uri, URL: uri,
		Inbox: uri + "/inbox", SharedInbox: n.URL("/inbox"), Outbox: uri + "/outbox",
		FollowersURI: uri + "/followers", FollowingURI: uri + "/following", KeyID: uri + "#main-key",
		CreatedAt: Noon, UpdatedAt: Noon,
	}
}

// Jeanne returns a resident.
func Jeanne(n *parvis.Node) *parvis.Account { return Resident(n, "jeanne", "Jeanne Morel") }

// Karim returns another resident.
func Karim(n *parvis.Node) *parvis.Account { return Resident(n, "karim", "Karim Benali") }

// Odile returns a third resident.
func Odile(n *parvis.Node) *parvis.Account { return Resident(n, "odile", "Odile Le Gall") }

// Stranger returns a person on another server, as this node knows them.
func Stranger(username, host string) *parvis.Account {
	uri := "https://" + host + "/users/" + username
	return &parvis.Account{
		Username: username, Domain: host, Type: parvis.Person, Name: username, URI: uri, URL: "https://" + host + "/@" + username,
		Inbox: uri + "/inbox", SharedInbox: "https://" + host + "/inbox", Outbox: uri + "/outbox",
		FollowersURI: uri + "/followers", FollowingURI: uri + "/following", KeyID: uri + "#main-key",
		CreatedAt: Noon, UpdatedAt: Noon, FetchedAt: Noon,
	}
}

// Post returns a valid post of an author, published at a time; its id and
// address follow from that.
func Post(n *parvis.Node, author *parvis.Account, d parvis.Detail, title string, at time.Time) *parvis.Post {
	p := &parvis.Post{
		ID: parvis.NewID(at), AuthorID: author.ID, Author: author, Detail: d, Title: title,
		Source: "À venir chercher près du marché.", HTML: "<p>À venir chercher près du marché.</p>",
		Language: "fr", Audience: parvis.Everyone, State: parvis.Open, PublishedAt: at.Truncate(time.Second),
	}
	p.URI = n.URL(p.Path())
	if !author.Local() {
		p.URI, p.Source = author.URI+"/posts/"+p.ID.String(), ""
	}
	p.URL = p.URI
	return p
}

// Drill returns the offer of a hammer drill.
func Drill(n *parvis.Node, author *parvis.Account, at time.Time) *parvis.Post {
	p := Post(n, author, &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.SortObject, Category: "tools"},
		"Perceuse à percussion", at)
	p.Place = &parvis.Place{Name: "Centre-ville", Lat: 48.82054, Lon: 2.29937, HasPoint: true}
	p.Tags = []string{"Bricolage"}
	return p
}

// Lesson returns the request of a lesson, with a deadline.
func Lesson(n *parvis.Node, author *parvis.Account, at time.Time) *parvis.Post {
	p := Post(n, author, &parvis.Offer{Purpose: parvis.PurposeRequest, Sort: parvis.SortLesson, Category: "culture"},
		"Cours d’accordéon pour débutante", at)
	p.EndsAt = p.PublishedAt.AddDate(0, 1, 0)
	return p
}

// Answer returns an answer to a post.
func Answer(n *parvis.Node, author *parvis.Account, parent *parvis.Post, at time.Time) *parvis.Post {
	p := Post(n, author, &parvis.Note{}, "", at)
	p.Source, p.HTML = "Bonjour, est-elle libre samedi ?", "<p>Bonjour, est-elle libre samedi ?</p>"
	p.ReplyTo, p.ReplyToURI, p.Thread, p.Audience = parent.ID, parent.URI, parent.Thread, parent.Audience
	if !author.Local() {
		p.Source = ""
	}
	return p
}
