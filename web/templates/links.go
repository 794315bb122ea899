package templates

import (
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// contactURL makes a link of a node's contact: a mail address or a page.
func contactURL(contact string) templ.SafeURL {
	if strings.Contains(contact, "@") && !strings.Contains(contact, "/") {
		return templ.SafeURL("mailto:" + contact)
	}
	return templ.URL(contact)
}

// interactURL is the door for people whose account is on another server.
func interactURL(uri string) string { return "/suivre?uri=" + url.QueryEscape(uri) }

// SignInURL leads to the sign-in form and back.
func SignInURL(back string) string { return "/connexion?retour=" + url.QueryEscape(back) }

// SignInAgainURL leads whoever is signed in to the form and back, to prove that they
// are still the same.
func SignInAgainURL(back string) string { return SignInURL(back) + "&encore=1" }

// AskLinkURL leads to the form that sends a link to come in by.
func AskLinkURL(back string) string { return "/connexion/oubli?retour=" + url.QueryEscape(back) }

// FactorURL leads to the form for the second factor and back.
func FactorURL(back string) string { return "/connexion/code?retour=" + url.QueryEscape(back) }

// newTalkURL leads to a new message to some people, about a post if there is one.
func newTalkURL(to []*parvis.Account, about *parvis.Post) string {
	handles := make([]string, len(to))
	for i, acc := range to {
		handles[i] = acc.Acct()
	}
	q := url.Values{"a": {strings.Join(handles, " ")}}
	if about != nil {
		q.Set("sujet", about.ID.String())
	}
	return NewTalkPath + "?" + q.Encode()
}

// writeURL leads to a private message to somebody, from where one signs in if need be.
func writeURL(pg *Page, to *parvis.Account, about *parvis.Post) string {
	address := newTalkURL([]*parvis.Account{to}, about)
	if pg.Viewer.Resident() {
		return address
	}
	return SignInURL(address)
}

// DirectoryPath is where residents who want to be are listed.
const DirectoryPath = "/habitants"

// DirectoryURL leads to those who have a tag.
func DirectoryURL(role parvis.TagRole, tag string) string {
	return DirectoryPath + "?" + url.Values{"role": {string(role)}, "mot": {tag}}.Encode()
}

// nodeURL is the first page of the node whose actor this is.
func nodeURL(actor *parvis.Account) string {
	if actor.URL != "" {
		return actor.URL
	}
	return actor.URI
}

// feedPath is the page of the account that passes on every public offer.
func feedPath() string { return "/@" + app.FeedNames[parvis.KindOffer] }

// feedHandle is its full name, for people to search in their apps.
func feedHandle(pg *Page) string {
	return "@" + app.FeedNames[parvis.KindOffer] + "@" + pg.Node.Host
}
