package federation

import (
	"cmp"
	"errors"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
)

// errBadPost is wrapped by refusals of objects that cannot be read as posts.
var errBadPost = errors.New("not a post")

// Bounds on what is kept of a post from elsewhere, besides those of package parvis.
const (
	// maxID bounds addresses by which something is found again: PostgreSQL indexes no
	// more than 2.7 kB, and some indexes hold two of them.
	maxID       = 1000
	maxURL      = 2048
	maxWarning  = 500  // characters
	maxOptions  = 20   // of a poll
	maxAddress  = 60   // addresses of one post that are looked up
	maxBlurhash = 100  // bytes
	maxHashtag  = 100  // characters
	maxSummary  = 2000 // characters
)

// isText tells whether the type is one whose content is its whole text.
func isText(typ string) bool { return typ == vocab.TypeNote || typ == vocab.TypeQuestion }

// postTypes are the types of objects that are kept as posts.
var postTypes = []string{vocab.TypeNote, vocab.TypeQuestion, vocab.TypePage, vocab.TypeArticle, vocab.TypeEvent,
	vocab.TypeVideo, vocab.TypeAudio, vocab.TypeImage}

func isPost(typ string) bool { return slices.Contains(postTypes, typ) }

// isVote recognises a vote in a poll: a Note with a name and without text
// (FEP-9967). It is nobody's business but the poll's.
func isVote(o *vocab.Object) bool {
	return o.Type() == vocab.TypeNote && o.String("name") != "" && o.String("content") == "" && o.Has("inReplyTo")
}

// addressed lists whom a post names or is sent to, each once, other than everyone
// and its author's followers.
func addressed(o *vocab.Object, author *parvis.Account) []string {
	var uris []string
	add := func(uri string) {
		if uri != vocab.Public && uri != author.FollowersURI && isWebURL(uri) && !slices.Contains(uris, uri) && len(uris) < maxAddress {
			uris = append(uris, uri)
		}
	}
	for _, tag := range o.Objects("tag") {
		if tag.Type() == vocab.TypeMention {
			add(tag.String("href"))
		}
	}
	for _, uri := range slices.Concat(o.IDs("to"), o.IDs("cc"), o.IDs("audience")) {
		add(uri)
	}
	return uris
}

// readPost reads an object as a post of author. The caller has checked that the
// author's server said it. known holds the stored accounts among those addressed.
func readPost(o *vocab.Object, author *parvis.Account, known map[string]*parvis.Account) (*parvis.Post, error) {
	uri := o.ID("id")
	if !isWebURL(uri) || len(uri) > maxID {
		return nil, fmt.Errorf("%w: id %.100q", errBadPost, uri)
	}
	if !isPost(o.Type()) || isVote(o) {
		return nil, fmt.Errorf("%w: %s %s", errBadPost, o.Type(), uri)
	}
	p := &parvis.Post{Author: author, AuthorID: author.ID, URI: uri, URL: uri,
		Sensitive: o.Bool("sensitive"), State: parvis.Open, PublishedAt: o.Time("published"), Detail: &parvis.Note{}}
	if page := o.Href("url", "text/html"); SameOrigin(page, uri) && len(page) <= maxURL {
		p.URL = page // an address elsewhere could not be trusted to show this post
	}
	if updated := o.Time("updated"); updated.After(p.PublishedAt) {
		p.EditedAt = updated
	}
	if answered := o.ID("inReplyTo"); isWebURL(answered) && len(answered) <= maxID {
		p.ReplyToURI = answered
	}
	if thread := o.ID("context"); isWebURL(thread) && len(thread) <= maxID {
		p.Context = thread
	}
	readText(o, p)
	readTags(o, p)
	p.Audience = readAudience(o, author)
	p.Mentions = readMentions(o, author, p.Audience, known)
	p.Media = readPictures(o)
	p.Emojis = readEmojis(o, author.URI)
	p.QuoteURI = readQuote(o)
	if kind := kindOf(o); isText(o.Type()) && kind != parvis.KindNote {
		p.Detail = codecs[kind].detail(o)
		readTitled(o, p)
	}
	return p, nil
}

// readText reads content, language and warning. Of things that are more than a
// text, the name, a summary and the way to the page are kept, as Mastodon does.
func readText(o *vocab.Object, p *parvis.Post) {
	content, language := readContent(o)
	if len(language) <= 20 && strings.Trim(language, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == "" {
		p.Language = language
	}
	summary, _ := o.Text("summary")
	if isText(o.Type()) {
		p.HTML = text.Clean(content)
		p.Warning = oneLine(text.Plain(summary), maxWarning)
		if o.Type() == vocab.TypeQuestion {
			p.HTML += options(o) + link(p.URL)
		}
		return
	}
	name, _ := o.Text("name")
	body := ""
	switch {
	case summary != "":
		body = "<p>" + html.EscapeString(oneLine(text.Plain(summary), maxSummary)) + "</p>"
	default:
		body = text.Clean(content)
	}
	if name = oneLine(name, parvis.MaxTitle); name != "" {
		name = "<p><strong>" + html.EscapeString(name) + "</strong></p>"
	}
	p.HTML = name + body + link(p.URL)
}

// readContent gives the content as HTML, and its language. Some, as PeerTube, write
// Markdown, which mediaType tells.
func readContent(o *vocab.Object) (content, language string) {
	content, language = o.Text("content")
	// Some say it beside: schema.org's in Mobilizon's events, Lemmy's own in its posts.
	if language == "" {
		language = cmp.Or(o.String("inLanguage"), o.Object("language").String("identifier"))
	}
	if t := o.String("mediaType"); t == "text/markdown" || t == "text/plain" {
		content = text.Markdown(content, text.Links{}).HTML
	}
	return content, language
}

// options lists what one can choose in a poll; voting is for its own page.
func options(o *vocab.Object) string {
	var list strings.Builder
	for i, option := range append(o.Objects("oneOf"), o.Objects("anyOf")...) {
		if name := oneLine(option.String("name"), parvis.MaxTitle); name != "" && i < maxOptions {
			list.WriteString("<li>" + html.EscapeString(name) + "</li>")
		}
	}
	if list.Len() == 0 {
		return ""
	}
	return "<ul>" + list.String() + "</ul>"
}

// link leads to a post's page. It is cleaned like all that others send.
func link(page string) string {
	return text.Clean(`<p><a href="` + html.EscapeString(page) + `">` + html.EscapeString(spelt(page)) + "</a></p>")
}

// spelt writes an address for people to read: its host in punycode, so that letters
// of another script do not pass for ours (CVE-2023-36462 in Mastodon).
func spelt(page string) string {
	u, err := url.Parse(page)
	if err != nil {
		return ""
	}
	if u.Host, err = text.Host(u.Host); err != nil {
		return ""
	}
	return u.String()
}

func readTags(o *vocab.Object, p *parvis.Post) {
	for _, tag := range o.Objects("tag") {
		name := oneLine(strings.TrimPrefix(tag.String("name"), "#"), maxHashtag)
		if tag.Type() == vocab.TypeHashtag && name != "" && !slices.Contains(p.Tags, name) && len(p.Tags) < parvis.MaxTags {
			p.Tags = append(p.Tags, name)
		}
	}
}

// readAudience tells whom a post is for, from its addresses alone: who received
// it proves nothing.
func readAudience(o *vocab.Object, author *parvis.Account) parvis.Audience {
	to, cc := o.IDs("to"), o.IDs("cc")
	home, _ := origin(author.URI)
	switch {
	case slices.Contains(to, vocab.Public):
		return parvis.Everyone
	case slices.Contains(cc, vocab.Public):
		return parvis.Unlisted
	case slices.Contains(to, partnersURI(home)), slices.Contains(cc, partnersURI(home)):
		return parvis.Partners
	case author.FollowersURI != "" && (slices.Contains(to, author.FollowersURI) || slices.Contains(cc, author.FollowersURI)):
		return parvis.Followers
	}
	return parvis.Named
}

// readMentions lists the stored accounts that a post mentions, and those that it is
// merely sent to, if they are feeds of ours or it is for named people.
func readMentions(o *vocab.Object, author *parvis.Account, a parvis.Audience, known map[string]*parvis.Account) []parvis.Mention {
	tagged := make(map[string]bool)
	for _, tag := range o.Objects("tag") {
		if tag.Type() == vocab.TypeMention {
			tagged[tag.String("href")] = true
		}
	}
	var mentions []parvis.Mention
	for _, uri := range addressed(o, author) {
		acc := known[uri]
		if acc == nil || len(mentions) == parvis.MaxMentions || !tagged[uri] && a != parvis.Named && !acc.IsFeed() {
			continue
		}
		mentions = append(mentions, parvis.Mention{AccountID: acc.ID, Acct: acc.Acct(), URI: acc.URI, URL: acc.URL})
	}
	return mentions
}

// readPictures lists a post's pictures; other attachments stay on its page.
func readPictures(o *vocab.Object) []parvis.Media {
	found := o.Objects("attachment")
	if !isText(o.Type()) {
		found = append(found, o.Objects("image")...) // Lemmy has it beside the link
	}
	var pictures []parvis.Media
	for _, a := range found {
		if m, ok := readPicture(a); ok && len(pictures) < parvis.MaxMedia {
			pictures = append(pictures, m)
		}
	}
	return pictures
}

func readPicture(a *vocab.Object) (parvis.Media, bool) {
	isImage := a.Type() == vocab.TypeImage || strings.HasPrefix(a.String("mediaType"), "image/")
	m := parvis.Media{RemoteURL: a.Href("url", a.String("mediaType"))}
	if !isImage || !isWebURL(m.RemoteURL) || len(m.RemoteURL) > maxURL {
		return m, false
	}
	for _, key := range []string{"name", "summary"} {
		if alt := cutRunes(strings.TrimSpace(visible(a.String(key))), parvis.MaxDescription); m.Description == "" {
			m.Description = alt
		}
	}
	if hash := a.String("blurhash"); len(hash) <= maxBlurhash {
		m.Blurhash = hash
	}
	return m, true
}

// readTitled reads what posts with a title have besides their detail.
func readTitled(o *vocab.Object, p *parvis.Post) {
	content, _ := o.Text("content")
	p.HTML = text.Clean(unframe(content))
	p.Title = oneLine(o.String("parvis:title"), parvis.MaxTitle)
	if p.Title == "" && p.Kind().Titled() {
		p.Title = oneLine(text.Excerpt(text.Plain(p.HTML), 80), parvis.MaxTitle)
	}
	p.State = stateOf(o)
	p.EndsAt = o.Time("endTime")
	p.Place = readPlace(o.Object("location"))
}

// unframe takes title, facts and link off the content of a titled post, if a
// Parvis node put them there.
func unframe(content string) string {
	if rest, ok := strings.CutPrefix(content, titleOpens); ok {
		_, content, _ = strings.Cut(rest, "</p>")
	}
	if rest, ok := strings.CutPrefix(content, factsOpen); ok {
		_, content, _ = strings.Cut(rest, "</p>")
	}
	if i := strings.LastIndex(content, linkOpens); i >= 0 {
		content = content[:i]
	}
	return content
}

func readPlace(o *vocab.Object) *parvis.Place {
	place := parvis.Place{Name: oneLine(o.String("name"), parvis.MaxPlaceName)}
	lat, hasLat := o.Float("latitude")
	lon, hasLon := o.Float("longitude")
	if hasLat && hasLon {
		point := parvis.Place{Lat: lat, Lon: lon, HasPoint: true}
		if point.Validate() == nil {
			point.Name = place.Name
			place = point
		}
	}
	if place.Name == "" && !place.HasPoint {
		return nil
	}
	return &place
}

// isWebURL tells whether an address is one that a browser may be sent to, and that
// has an origin to compare.
func isWebURL(address string) bool {
	_, ok := origin(address)
	return ok
}

// oneLine makes one line of visible characters, cut to a length.
func oneLine(s string, most int) string {
	return cutRunes(strings.Join(strings.Fields(visible(s)), " "), most)
}

// visible drops control characters other than white space, and those that turn
// the direction of text: a name must not disguise its neighbours.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
}

func cutRunes(s string, most int) string {
	for i := range s {
		if most == 0 {
			return s[:i]
		}
		most--
	}
	return s
}
