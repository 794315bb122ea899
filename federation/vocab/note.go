package vocab

import (
	"time"

	"github.com/go-fed/activity/streams"
)

// A Note is a post. Parvis says what it means beyond its text in Extra: first
// with published terms (FEP-0837), else with its own (see [Terms]). It has no
// name: Mastodon takes a reply with a name for a vote in a poll.
type Note struct {
	Type         string // TypeNote (also if empty) or TypeQuestion
	ID           string
	URL          string // the HTML page, on the same host as ID
	AttributedTo string
	To, Cc       []string

	Content   string // HTML
	Language  string // BCP 47; repeats Content in contentMap
	Summary   string // a content warning, nothing else
	Sensitive bool

	InReplyTo string
	Context   string // the thread: a collection of its posts (FEP-7888), or an opaque id
	Audience  string // the group it is posted in (FEP-1b12)
	Replies   string // the id of the collection of answers

	Tags        []Tag
	Attachments []Image
	Location    *Place
	Published   time.Time
	Updated     time.Time // zero until it is edited, then strictly growing
	EndTime     time.Time

	Extra map[string]any // further terms, as [Marshal] takes them
}

// A Tag is a mention or a hashtag in a text. Whom a Note mentions must also be
// among its recipients, or Mastodon mutes the mention.
type Tag struct {
	Type string // TypeMention or TypeHashtag
	Name string // "@lea@malakoff.example", "#perceuse"
	Href string // the actor's id, the page of the hashtag
}

func newPost(typ string) asObject {
	switch typ {
	case "", TypeNote:
		return streams.NewActivityStreamsNote()
	case TypeQuestion:
		return streams.NewActivityStreamsQuestion()
	}
	return nil
}

func (n Note) build() (asObject, error) {
	post := newPost(n.Type)
	if post == nil {
		return nil, unknownType(n.Type)
	}
	b := &builder[asObject]{to: post}
	b.id(n.ID)
	b.url(n.URL)
	b.attributedTo(n.AttributedTo)
	b.audience(n.To, n.Cc)
	b.content(n.Content, n.Language)
	b.summary(n.Summary)
	b.extra("sensitive", n.Sensitive)
	b.published(n.Published)
	b.updated(n.Updated)
	at(streams.NewActivityStreamsEndTimeProperty(), b.to.SetActivityStreamsEndTime, n.EndTime)
	n.buildThread(b)
	n.buildParts(b)
	b.extras(n.Extra)
	return b.done()
}

func (n Note) buildThread(b *builder[asObject]) {
	ids(b, streams.NewActivityStreamsInReplyToProperty(), b.to.SetActivityStreamsInReplyTo, n.InReplyTo)
	ids(b, streams.NewActivityStreamsAudienceProperty(), b.to.SetActivityStreamsAudience, n.Audience)
	ids(b, streams.NewActivityStreamsContextProperty(), b.to.SetActivityStreamsContext, n.Context)
	if n.Context != "" {
		// Mastodon knows threads by this older name only.
		b.extra("conversation", n.Context)
	}
	if n.Replies != "" {
		p := streams.NewActivityStreamsRepliesProperty()
		p.SetIRI(b.iri(n.Replies))
		b.to.SetActivityStreamsReplies(p)
	}
}

func (n Note) buildParts(b *builder[asObject]) {
	// go-fed knows no Hashtag, and cannot keep the order of known and unknown.
	tags := make([]any, 0, len(n.Tags))
	for _, t := range n.Tags {
		tags = append(tags, map[string]any{"type": t.Type, "name": t.Name, "href": t.Href})
	}
	b.extra("tag", tags)

	attachments := make([]any, 0, len(n.Attachments))
	for _, image := range n.Attachments {
		attachments = append(attachments, image)
	}
	members(b, "attachment", streams.NewActivityStreamsAttachmentProperty(), b.to.SetActivityStreamsAttachment, attachments...)
	if len(attachments) == 0 {
		b.extra("attachment", attachments)
	}
	if n.Location != nil {
		members(b, "location", streams.NewActivityStreamsLocationProperty(), b.to.SetActivityStreamsLocation, any(*n.Location))
	}
}

// A Vote tells the author of a Question which option somebody chose (FEP-9967). It
// has no text, and is for the author alone.
type Vote struct {
	ID           string
	AttributedTo string
	To           string // the author
	Name         string // the option
	InReplyTo    string // the question
}

func (v Vote) build() (asObject, error) {
	b := &builder[asObject]{to: streams.NewActivityStreamsNote()}
	b.id(v.ID)
	b.attributedTo(v.AttributedTo)
	ids(b, streams.NewActivityStreamsToProperty(), b.to.SetActivityStreamsTo, v.To)
	b.name(v.Name)
	ids(b, streams.NewActivityStreamsInReplyToProperty(), b.to.SetActivityStreamsInReplyTo, v.InReplyTo)
	return b.done()
}

// A Tombstone stands where something was deleted (ActivityPub §6.4).
type Tombstone struct {
	ID         string
	FormerType string
	Deleted    time.Time
}

func (t Tombstone) build() (asObject, error) {
	stone := streams.NewActivityStreamsTombstone()
	b := &builder[asObject]{to: stone}
	b.id(t.ID)
	if t.FormerType != "" {
		p := streams.NewActivityStreamsFormerTypeProperty()
		p.AppendXMLSchemaString(t.FormerType)
		stone.SetActivityStreamsFormerType(p)
	}
	at(streams.NewActivityStreamsDeletedProperty(), stone.SetActivityStreamsDeleted, t.Deleted)
	return b.done()
}
