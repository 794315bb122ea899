package federation

import (
	"context"
	"errors"
	"html"
	"slices"
	"strings"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
)

// An utterance is a local post about to be said, with what must be known to
// address it.
type utterance struct {
	node     *parvis.Node
	post     *parvis.Post
	words    *i18n.Printer   // in the post's language
	feed     string          // URI of the feed that it is said in, if there is one
	answered *parvis.Account // the account of another server that it answers, if any
	thread   string          // id of the conversation: a collection of ours if it began here
}

// utter gathers what it takes to say a local post.
func (s *Server) utter(ctx context.Context, n *parvis.Node, p *parvis.Post) (utterance, error) {
	u := utterance{node: n, post: p, words: s.words.For(p.Language, n.Language)}
	if p.ReplyTo == 0 {
		if p.ReplyToURI == "" {
			u.thread = threadURI(p)
		}
		return u, s.findFeed(ctx, &u)
	}
	parent, err := s.rows(n).Post(ctx, p.ReplyTo)
	if err != nil {
		return u, err
	}
	if !parent.Author.Local() && p.Audience != parvis.Named {
		u.answered = parent.Author
	}
	root, err := s.rows(n).Post(ctx, p.Thread)
	switch {
	case err == nil && root.Author.Local():
		u.thread = threadURI(root)
	default:
		u.thread = parent.Context // as FEP-7888 asks of whoever answers
	}
	if ignore(err, parvis.ErrNotFound) != nil || !p.Audience.Public() {
		return u, ignore(err, parvis.ErrNotFound)
	}
	feed, err := s.feedOf(ctx, n, p.Thread)
	if feed != nil {
		u.feed = feed.URI
	}
	return u, err
}

func (s *Server) findFeed(ctx context.Context, u *utterance) error {
	if u.post.Audience != parvis.Everyone {
		return nil
	}
	feed, err := s.rows(u.node).Feed(ctx, u.post.Kind())
	if errors.Is(err, parvis.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	u.feed = feed.URI
	return nil
}

// note writes the post as others shall see it.
func (u utterance) note() vocab.Note {
	p := u.post
	to, cc := u.audience()
	note := vocab.Note{
		Type: codecs[p.Kind()].typ, ID: p.URI, URL: p.URL, AttributedTo: p.Author.URI, To: to, Cc: cc,
		Content: u.content(), Language: p.Language, Summary: p.Warning, Sensitive: p.Sensitive,
		InReplyTo: p.ReplyToURI, Context: u.thread, Audience: u.feed, Replies: p.URI + "/replies",
		Tags: u.tags(), Attachments: u.attachments(),
		Published: p.PublishedAt, Updated: p.EditedAt, EndTime: p.EndsAt,
		Extra: codecs[p.Kind()].terms(p),
	}
	if p.Place != nil {
		place := vocab.Place{Name: p.Place.Name}
		if p.Place.HasPoint {
			place.Point = &vocab.Point{Latitude: p.Place.Lat, Longitude: p.Place.Lon}
		}
		note.Location = &place
	}
	if note.Extra == nil {
		note.Extra = make(map[string]any)
	}
	if p.Kind() != parvis.KindNote {
		note.Extra["parvis:kind"] = string(p.Kind())
	}
	if p.Title != "" {
		note.Extra["parvis:title"] = p.Title
	}
	if p.Kind().Stages() {
		note.Extra["parvis:status"] = states[p.State]
	}
	note.Extra["interactionPolicy"] = quotePolicy(p)
	note.Extra["likes"] = vocab.Collection{ID: p.URI + "/likes", Unordered: true, Total: p.Likes}
	note.Extra["shares"] = vocab.Collection{ID: p.URI + "/shares", Unordered: true, Total: p.Shares}
	return note
}

// audience addresses the post. Its author's followers and whom it names are in cc,
// unless it is for them alone.
func (u utterance) audience() (to, cc []string) {
	p := u.post
	var named []string
	for _, m := range p.Mentions {
		named = append(named, m.URI)
	}
	if u.answered != nil && !slices.Contains(named, u.answered.URI) {
		named = append(named, u.answered.URI)
	}
	if u.feed != "" && !slices.Contains(named, u.feed) {
		named = append([]string{u.feed}, named...)
	}
	switch p.Audience {
	case parvis.Everyone:
		return []string{vocab.Public}, append([]string{p.Author.FollowersURI}, named...)
	case parvis.Unlisted:
		return []string{p.Author.FollowersURI}, append([]string{vocab.Public}, named...)
	case parvis.Followers:
		return []string{p.Author.FollowersURI}, named
	case parvis.Partners:
		return []string{partnersURI(u.node.Base())}, named
	}
	return named, nil
}

// partnersURI names the partners of the node at an origin, all of them.
func partnersURI(base string) string { return base + "/partners" }

// threadURI names the collection of a conversation that began with a local post.
func threadURI(root *parvis.Post) string { return root.URI + "/thread" }

// The paragraphs that frame the text of a titled post carry classes of the
// h-entry microformat, by which [unframe] finds them again.
const (
	titleOpens = `<p class="p-name"><strong>`
	factsOpen  = `<p class="p-summary">`
	linkOpens  = `<p><a class="u-url" href="`
)

// content is the text; before it the title and the facts in words, and after it
// the way back to the page, for those who do not know the kind.
func (u utterance) content() string {
	p, title := u.post, ""
	if p.Title != "" {
		title = titleOpens + html.EscapeString(p.Title) + "</strong></p>"
	}
	if p.Kind() == parvis.KindNote || codecs[p.Kind()].typ != vocab.TypeNote {
		return title + p.HTML
	}
	return title +
		factsOpen + html.EscapeString(strings.Join(u.facts(), " · ")) + "</p>" +
		p.HTML +
		linkOpens + html.EscapeString(p.URL) + `">` + html.EscapeString(u.words.T("wire.read", "Node", u.node.Name)) + "</a></p>"
}

// facts says state, detail, place and deadline in words.
func (u utterance) facts() []string {
	p := u.post
	var facts []string
	if p.State != parvis.Open {
		facts = append(facts, u.words.T("wire.state."+string(p.State)))
	}
	say := func(label, value string) {
		facts = append(facts, u.words.T("wire.fact", "Label", u.words.T(label), "Value", value))
	}
	for _, f := range p.Detail.Facts() {
		value := f.Text
		if value == "" {
			value = u.words.T(f.Term)
		}
		say(f.Label, value)
	}
	if p.Place != nil && p.Place.Name != "" {
		say("wire.place", p.Place.Name)
	}
	if !p.EndsAt.IsZero() {
		say("wire.until", u.words.FullDay(p.EndsAt))
	}
	return facts
}

func (u utterance) tags() []vocab.Tag {
	p := u.post
	var tags []vocab.Tag
	var named []string
	for _, m := range p.Mentions {
		acct := m.Acct
		if !strings.Contains(acct, "@") {
			acct += "@" + u.node.Host
		}
		tags = append(tags, vocab.Tag{Type: vocab.TypeMention, Name: "@" + acct, Href: m.URI})
		named = append(named, m.URI)
	}
	// Mastodon tells the author of an answer only if the answer mentions them.
	if u.answered != nil && !slices.Contains(named, u.answered.URI) {
		tags = append(tags, vocab.Tag{Type: vocab.TypeMention, Name: "@" + u.answered.Acct(), Href: u.answered.URI})
	}
	for _, tag := range p.Tags {
		tags = append(tags, vocab.Tag{Type: vocab.TypeHashtag, Name: "#" + tag, Href: u.node.URL("/tags/" + text.Fold(tag))})
	}
	return tags
}

func (u utterance) attachments() []vocab.Image {
	var images []vocab.Image
	for i := range u.post.Media {
		if m := &u.post.Media[i]; m.Ready() {
			images = append(images, picture(u.node, m))
		}
	}
	return images
}

// picture writes a picture that this node serves.
func picture(n *parvis.Node, m *parvis.Media) vocab.Image {
	r := m.Largest()
	return vocab.Image{URL: n.URL(r.MediaPath()), MediaType: r.Type, Alt: m.Description,
		Width: r.Width, Height: r.Height, Blurhash: m.Blurhash}
}
