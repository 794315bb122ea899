package mastodon

import (
	"context"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/storage"
)

// A status is https://docs.joinmastodon.org/entities/Status/.
type status struct {
	ID                 string       `json:"id"`
	CreatedAt          string       `json:"created_at"`
	InReplyToID        *string      `json:"in_reply_to_id"`
	InReplyToAccountID *string      `json:"in_reply_to_account_id"`
	Sensitive          bool         `json:"sensitive"`
	SpoilerText        string       `json:"spoiler_text"`
	Visibility         string       `json:"visibility"`
	Language           *string      `json:"language"`
	URI                string       `json:"uri"`
	URL                string       `json:"url"`
	RepliesCount       int          `json:"replies_count"`
	ReblogsCount       int          `json:"reblogs_count"`
	FavouritesCount    int          `json:"favourites_count"`
	EditedAt           *string      `json:"edited_at"`
	Favourited         bool         `json:"favourited"`
	Reblogged          bool         `json:"reblogged"`
	Muted              bool         `json:"muted"`
	Bookmarked         bool         `json:"bookmarked"`
	Pinned             *bool        `json:"pinned,omitempty"` // of their author only
	Content            string       `json:"content"`
	Text               *string      `json:"text,omitempty"` // what its author typed, when they delete it
	Reblog             *status      `json:"reblog"`
	Application        *struct{}    `json:"application"` // not kept: always null
	Account            *account     `json:"account"`
	MediaAttachments   []attachment `json:"media_attachments"`
	Mentions           []mention    `json:"mentions"`
	Tags               []tag        `json:"tags"`
	Emojis             []emoji      `json:"emojis"`
	Card               *struct{}    `json:"card"` // the content says it all
	Poll               *poll        `json:"poll"`
	Filtered           []struct{}   `json:"filtered"`
	Quote              any          `json:"quote"` // a quote, or within one a shallowQuote; nil if it quotes nothing
	QuoteApproval      approval     `json:"quote_approval"`
}

type mention struct {
	ID       string `json:"id"`
	Username string `json:"username"`
	URL      string `json:"url"`
	Acct     string `json:"acct"`
}

type tag struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// visibilities says how apps call our audiences. What only residents may see
// is "private" to them: of their four words it promises the least.
var visibilities = map[parvis.Audience]string{
	parvis.Everyone: "public", parvis.Unlisted: "unlisted", parvis.Followers: "private",
	parvis.Partners: "private", parvis.OnNode: "private", parvis.Named: "direct",
}

// audiences says what apps mean by their words.
var audiences = map[string]parvis.Audience{
	"": parvis.Everyone, "public": parvis.Everyone, "unlisted": parvis.Unlisted,
	"private": parvis.Followers, "direct": parvis.Named,
}

// statusesOf shows entries of a list.
func (a *API) statusesOf(ctx context.Context, c *call, entries []storage.HomeEntry) ([]*status, error) {
	posts := make([]*parvis.Post, len(entries))
	for i, e := range entries {
		posts[i] = e.Post
	}
	if err := a.App.FillQuotes(ctx, c.node, c.viewer, posts...); err != nil {
		return nil, err
	}
	var parents []parvis.ID
	for _, p := range posts {
		for _, shown := range []*parvis.Post{p, p.Quoted} {
			if shown != nil && shown.ReplyTo != 0 {
				parents = append(parents, shown.ReplyTo)
			}
		}
	}
	authors, err := a.App.DB.Node(c.node.ID).AuthorsOf(ctx, parents)
	if err != nil {
		return nil, err
	}
	if err := a.markPinned(ctx, c, entries); err != nil {
		return nil, err
	}
	list := make([]*status, len(entries))
	for i, e := range entries {
		list[i] = c.entry(e, authors)
	}
	return list, nil
}

// statusOf shows one post.
func (a *API) statusOf(ctx context.Context, c *call, p *parvis.Post) (*status, error) {
	list, err := a.statusesOf(ctx, c, entriesOf(p))
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// entriesOf makes entries of posts that stand for themselves.
func entriesOf(posts ...*parvis.Post) []storage.HomeEntry {
	entries := make([]storage.HomeEntry, len(posts))
	for i, p := range posts {
		entries[i] = storage.HomeEntry{ID: p.ID, Post: p}
	}
	return entries
}

// entry shows a post, within a status of its own if somebody shared it: that
// one's id is the entry's, since apps page by it.
func (c *call) entry(e storage.HomeEntry, authors map[parvis.ID]parvis.ID) *status {
	s := c.post(e.Post, authors)
	s.Quote = c.quote(e.Post, authors)
	if e.Sharer == nil {
		return s
	}
	outer := *s
	outer.ID, outer.CreatedAt, outer.Account, outer.Reblog = e.ID.Decimal(), stamp(e.ID.Time()), c.face(e.Sharer), s
	outer.URI = orElse(e.URI, s.URI)
	outer.InReplyToID, outer.InReplyToAccountID = nil, nil
	return &outer
}

// post shows a post; authors says who wrote what posts answer.
func (c *call) post(p *parvis.Post, authors map[parvis.ID]parvis.ID) *status {
	s := &status{
		ID: p.ID.Decimal(), CreatedAt: stamp(p.PublishedAt), EditedAt: stampOrNull(p.EditedAt),
		Sensitive: p.Sensitive, SpoilerText: p.Warning, Visibility: visibilities[p.Audience], Language: textOrNull(p.Language),
		URI: p.URI, URL: orElse(p.URL, p.URI), RepliesCount: p.Replies, ReblogsCount: p.Shares, FavouritesCount: p.Likes,
		Favourited: p.Liked, Reblogged: p.Shared, Bookmarked: p.Saved, Content: c.content(p), Account: c.face(p.Author),
		MediaAttachments: c.attachments(p.Media), Mentions: make([]mention, len(p.Mentions)), Tags: make([]tag, len(p.Tags)),
		Emojis: c.emojisOf(p.Emojis), Poll: c.poll(p), Filtered: []struct{}{},
		QuoteApproval: approvalOf(p),
	}
	if c.viewer.CanPin(p) {
		s.Pinned = &p.Pinned
	}
	if p.ReplyTo != 0 {
		s.InReplyToID = textOrNull(p.ReplyTo.Decimal())
		if author := authors[p.ReplyTo]; author != 0 {
			s.InReplyToAccountID = textOrNull(author.Decimal())
		}
	}
	for i, m := range p.Mentions {
		name, _, _ := strings.Cut(m.Acct, "@")
		s.Mentions[i] = mention{m.AccountID.Decimal(), name, orElse(m.URL, m.URI), m.Acct}
	}
	for i, t := range p.Tags {
		s.Tags[i] = c.tag(t)
	}
	return s
}

func (c *call) tag(name string) tag {
	return tag{strings.ToLower(name), c.node.URL("/tags/" + text.Fold(name))}
}
