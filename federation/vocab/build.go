package vocab

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/go-fed/activity/streams"
	as "github.com/go-fed/activity/streams/vocab"
)

// ErrUnwritable is wrapped by errors about things that cannot be said in
// ActivityStreams: an id that is no URL, a type that Parvis does not send.
var ErrUnwritable = errors.New("cannot be written as ActivityStreams")

// A Thing is what [Marshal] can write: an Actor, Note, Activity, Tombstone,
// Collection, CollectionPage, Image or Place.
type Thing interface {
	build() (asObject, error)
}

// asObject is what the go-fed types of all objects, actors, activities and
// collections have in common, as far as Parvis writes it.
type asObject interface {
	as.Type
	GetUnknownProperties() map[string]any
	SetActivityStreamsAttachment(as.ActivityStreamsAttachmentProperty)
	SetActivityStreamsAttributedTo(as.ActivityStreamsAttributedToProperty)
	SetActivityStreamsAudience(as.ActivityStreamsAudienceProperty)
	SetActivityStreamsCc(as.ActivityStreamsCcProperty)
	SetActivityStreamsContent(as.ActivityStreamsContentProperty)
	SetActivityStreamsContext(as.ActivityStreamsContextProperty)
	SetActivityStreamsEndTime(as.ActivityStreamsEndTimeProperty)
	SetActivityStreamsIcon(as.ActivityStreamsIconProperty)
	SetActivityStreamsImage(as.ActivityStreamsImageProperty)
	SetActivityStreamsInReplyTo(as.ActivityStreamsInReplyToProperty)
	SetActivityStreamsLocation(as.ActivityStreamsLocationProperty)
	SetActivityStreamsMediaType(as.ActivityStreamsMediaTypeProperty)
	SetActivityStreamsName(as.ActivityStreamsNameProperty)
	SetActivityStreamsPublished(as.ActivityStreamsPublishedProperty)
	SetActivityStreamsReplies(as.ActivityStreamsRepliesProperty)
	SetActivityStreamsSummary(as.ActivityStreamsSummaryProperty)
	SetActivityStreamsTo(as.ActivityStreamsToProperty)
	SetActivityStreamsUpdated(as.ActivityStreamsUpdatedProperty)
	SetActivityStreamsUrl(as.ActivityStreamsUrlProperty)
}

// A builder fills one go-fed value and keeps the first error. Empty values are
// left out, so that callers need not ask.
type builder[T asObject] struct {
	to  T
	err error
}

func (b *builder[T]) fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf("%w: %s", ErrUnwritable, fmt.Sprintf(format, args...))
	}
}

// done gives the built value.
func (b *builder[T]) done() (asObject, error) { return b.to, b.err }

// iri reads an id into a url.URL that says exactly the same again: other servers
// compare ids byte by byte, and net/url would escape "é" anew.
func (b *builder[T]) iri(id string) *url.URL {
	u, err := url.Parse(id)
	if err != nil || u.Scheme == "" {
		b.fail("%q is not an absolute URL", id)
		return &url.URL{}
	}
	if u.String() != id {
		_, rest, _ := strings.Cut(id, ":")
		return &url.URL{Scheme: u.Scheme, Opaque: rest}
	}
	return u
}

// extra sets a property that go-fed does not know, or knows less well than we need.
func (b *builder[T]) extra(key string, value any) { b.to.GetUnknownProperties()[key] = value }

func (b *builder[T]) extras(terms map[string]any) {
	for key, value := range terms {
		b.extra(key, value)
	}
}

func (b *builder[T]) id(id string) {
	if id == "" {
		return
	}
	p := streams.NewJSONLDIdProperty()
	p.Set(b.iri(id))
	b.to.SetJSONLDId(p)
}

// An iriProperty is a go-fed property that can hold ids.
type iriProperty interface{ AppendIRI(*url.URL) }

// ids fills a property and sets it, unless there is nothing to set.
func ids[T asObject, P iriProperty](b *builder[T], p P, set func(P), all ...string) {
	filled := false
	for _, id := range all {
		if id != "" {
			p.AppendIRI(b.iri(id))
			filled = true
		}
	}
	if filled {
		set(p)
	}
}

// audience sets to and cc, both always: Lemmy refuses what lacks one of them.
func (b *builder[T]) audience(to, cc []string) {
	ids(b, streams.NewActivityStreamsToProperty(), b.to.SetActivityStreamsTo, to...)
	ids(b, streams.NewActivityStreamsCcProperty(), b.to.SetActivityStreamsCc, cc...)
	if len(to) == 0 {
		b.extra("to", []any{})
	}
	if len(cc) == 0 {
		b.extra("cc", []any{})
	}
}

func (b *builder[T]) attributedTo(id string) {
	ids(b, streams.NewActivityStreamsAttributedToProperty(), b.to.SetActivityStreamsAttributedTo, id)
}

func (b *builder[T]) url(address string) {
	ids(b, streams.NewActivityStreamsUrlProperty(), b.to.SetActivityStreamsUrl, address)
}

func (b *builder[T]) name(text string) {
	if text == "" {
		return
	}
	p := streams.NewActivityStreamsNameProperty()
	p.AppendXMLSchemaString(text)
	b.to.SetActivityStreamsName(p)
}

func (b *builder[T]) summary(text string) {
	if text == "" {
		return
	}
	p := streams.NewActivityStreamsSummaryProperty()
	p.AppendXMLSchemaString(text)
	b.to.SetActivityStreamsSummary(p)
}

// content sets the text, and again under its language: Mastodon and others read
// the language nowhere else, and go-fed can hold only one of the two.
func (b *builder[T]) content(html, language string) {
	if html == "" {
		return
	}
	p := streams.NewActivityStreamsContentProperty()
	p.AppendXMLSchemaString(html)
	b.to.SetActivityStreamsContent(p)
	if language != "" {
		b.extra("contentMap", map[string]any{language: html})
	}
}

func (b *builder[T]) mediaType(mediaType string) {
	if mediaType == "" {
		return
	}
	p := streams.NewActivityStreamsMediaTypeProperty()
	p.Set(mediaType)
	b.to.SetActivityStreamsMediaType(p)
}

// A timeProperty is a go-fed property that holds a time.
type timeProperty interface{ Set(time.Time) }

// at fills a time property in UTC and whole seconds, which everyone can read.
func at[P timeProperty](p P, set func(P), t time.Time) {
	if !t.IsZero() {
		p.Set(t.UTC().Truncate(time.Second))
		set(p)
	}
}

func (b *builder[T]) published(t time.Time) {
	at(streams.NewActivityStreamsPublishedProperty(), b.to.SetActivityStreamsPublished, t)
}

func (b *builder[T]) updated(t time.Time) {
	at(streams.NewActivityStreamsUpdatedProperty(), b.to.SetActivityStreamsUpdated, t)
}

// A listProperty is a go-fed property that can hold ids and objects.
type listProperty interface {
	iriProperty
	AppendType(as.Type) error
}

// members fills a property with ids (string) and Things. Anything else, such as
// json.RawMessage, goes past go-fed, with all its neighbours to keep their order.
func members[T asObject, P listProperty](b *builder[T], key string, p P, set func(P), all ...any) {
	for _, m := range all {
		switch m := m.(type) {
		case string:
			p.AppendIRI(b.iri(m))
		case Thing:
			built, err := m.build()
			if err == nil {
				err = p.AppendType(built)
			}
			if err != nil && b.err == nil {
				b.err = err
			}
		default:
			b.extra(key, all)
			return
		}
	}
	if len(all) > 0 {
		set(p)
	}
}
