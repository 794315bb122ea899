package vocab

import (
	"time"

	"github.com/go-fed/activity/streams"
	as "github.com/go-fed/activity/streams/vocab"
)

// An Actor is a person, organisation, group or the node itself, as others see it.
// Mastodon demands ID, Username, Inbox and Key; Lemmy also Outbox.
type Actor struct {
	Type     string // TypePerson, TypeOrganization, TypeGroup, TypeApplication or TypeService
	ID       string
	URL      string // the HTML page, on the same host as ID
	Username string // preferredUsername, permanent
	Name     string
	Summary  string // HTML

	Inbox, Outbox        string
	Followers, Following string
	Featured             string // the collection of pinned posts
	Moderators           string // of a group: the collection of those who moderate it (FEP-1b12)
	SharedInbox          string // where one delivery reaches the whole node

	Key      PublicKey
	Multikey Multikey
	// Implements are the specifications that the actor's server declares (FEP-844e).
	Implements []Specification
	Icon       *Image // the profile picture
	// Image is the wide picture at the head of the profile.
	Image     *Image
	Fields    []Field
	Published time.Time
	Updated   time.Time

	ManuallyApprovesFollowers bool
	Discoverable              bool // may be listed and suggested
	Indexable                 bool // FEP-5feb: its public posts may be searched
	AlsoKnownAs               []string
	MovedTo                   string

	Extra map[string]any // further terms, as [Marshal] takes them
}

// A PublicKey is the RSA key with which an actor signs HTTP requests.
type PublicKey struct {
	ID  string // the actor's id with a fragment
	PEM string
}

// A Multikey is the Ed25519 key with which an actor signs requests and objects
// (FEP-521a).
type Multikey struct {
	ID        string // the actor's id with a fragment
	Multibase string // publicKeyMultibase: z6Mk…
}

// A Specification is something that a server can do, named by its address.
type Specification struct{ Href, Name string }

// A Field is a line of a profile, such as a website. Its value is HTML.
type Field struct {
	Name, Value string
}

// asActor is what the five go-fed types of actors have in common.
type asActor interface {
	asObject
	SetActivityStreamsFollowers(as.ActivityStreamsFollowersProperty)
	SetActivityStreamsFollowing(as.ActivityStreamsFollowingProperty)
	SetActivityStreamsInbox(as.ActivityStreamsInboxProperty)
	SetActivityStreamsOutbox(as.ActivityStreamsOutboxProperty)
	SetActivityStreamsPreferredUsername(as.ActivityStreamsPreferredUsernameProperty)
	SetTootDiscoverable(as.TootDiscoverableProperty)
	SetTootFeatured(as.TootFeaturedProperty)
	SetW3IDSecurityV1PublicKey(as.W3IDSecurityV1PublicKeyProperty)
}

func newActor(typ string) asActor {
	switch typ {
	case TypePerson:
		return streams.NewActivityStreamsPerson()
	case TypeOrganization:
		return streams.NewActivityStreamsOrganization()
	case TypeGroup:
		return streams.NewActivityStreamsGroup()
	case TypeApplication:
		return streams.NewActivityStreamsApplication()
	case TypeService:
		return streams.NewActivityStreamsService()
	}
	return nil
}

func (a Actor) build() (asObject, error) {
	actor := newActor(a.Type)
	if actor == nil {
		return nil, unknownType(a.Type)
	}
	b := &builder[asActor]{to: actor}
	b.id(a.ID)
	b.url(a.URL)
	b.name(a.Name)
	b.summary(a.Summary)
	b.published(a.Published)
	b.updated(a.Updated)
	a.buildUsername(b)
	a.buildEndpoints(b)
	a.buildKey(b)
	a.buildMultikey(b)
	a.buildImplements(b)
	a.buildPictures(b)
	a.buildFlags(b)
	a.buildGroup(b)
	b.extras(a.Extra)
	return b.done()
}

// buildGroup says what servers of groups want to know: who moderates, and that
// everybody may write there.
func (a Actor) buildGroup(b *builder[asActor]) {
	if a.Moderators == "" {
		return
	}
	b.attributedTo(a.Moderators)
	b.extra("postingRestrictedToMods", false)
}

func (a Actor) buildUsername(b *builder[asActor]) {
	p := streams.NewActivityStreamsPreferredUsernameProperty()
	p.SetXMLSchemaString(a.Username)
	b.to.SetActivityStreamsPreferredUsername(p)
}

func (a Actor) buildEndpoints(b *builder[asActor]) {
	if a.Inbox != "" {
		p := streams.NewActivityStreamsInboxProperty()
		p.SetIRI(b.iri(a.Inbox))
		b.to.SetActivityStreamsInbox(p)
	}
	if a.Outbox != "" {
		p := streams.NewActivityStreamsOutboxProperty()
		p.SetIRI(b.iri(a.Outbox))
		b.to.SetActivityStreamsOutbox(p)
	}
	if a.Followers != "" {
		p := streams.NewActivityStreamsFollowersProperty()
		p.SetIRI(b.iri(a.Followers))
		b.to.SetActivityStreamsFollowers(p)
	}
	if a.Following != "" {
		p := streams.NewActivityStreamsFollowingProperty()
		p.SetIRI(b.iri(a.Following))
		b.to.SetActivityStreamsFollowing(p)
	}
	if a.Featured != "" {
		p := streams.NewTootFeaturedProperty()
		p.SetIRI(b.iri(a.Featured))
		b.to.SetTootFeatured(p)
	}
	if a.SharedInbox != "" {
		b.extra("endpoints", map[string]any{"sharedInbox": a.SharedInbox})
	}
}

func (a Actor) buildKey(b *builder[asActor]) {
	if a.Key.ID == "" {
		return
	}
	id := streams.NewJSONLDIdProperty()
	id.Set(b.iri(a.Key.ID))
	owner := streams.NewW3IDSecurityV1OwnerProperty()
	owner.Set(b.iri(a.ID))
	pem := streams.NewW3IDSecurityV1PublicKeyPemProperty()
	pem.Set(a.Key.PEM)

	key := streams.NewW3IDSecurityV1PublicKey()
	key.SetJSONLDId(id)
	key.SetW3IDSecurityV1Owner(owner)
	key.SetW3IDSecurityV1PublicKeyPem(pem)
	p := streams.NewW3IDSecurityV1PublicKeyProperty()
	p.AppendW3IDSecurityV1PublicKey(key)
	b.to.SetW3IDSecurityV1PublicKey(p)
}

func (a Actor) buildMultikey(b *builder[asActor]) {
	if a.Multikey.ID == "" {
		return
	}
	b.extra("assertionMethod", []any{map[string]any{
		"id": a.Multikey.ID, "type": "Multikey", "controller": a.ID, "publicKeyMultibase": a.Multikey.Multibase,
	}})
}

func (a Actor) buildImplements(b *builder[asActor]) {
	if len(a.Implements) == 0 {
		return
	}
	links := make([]any, len(a.Implements))
	for i, s := range a.Implements {
		links[i] = map[string]any{"type": "Link", "href": s.Href, "name": s.Name}
	}
	b.extra("generator", map[string]any{"type": TypeApplication, "implements": links})
}

func (a Actor) buildPictures(b *builder[asActor]) {
	if a.Icon != nil {
		members(b, "icon", streams.NewActivityStreamsIconProperty(), b.to.SetActivityStreamsIcon, any(*a.Icon))
	}
	if a.Image != nil {
		members(b, "image", streams.NewActivityStreamsImageProperty(), b.to.SetActivityStreamsImage, any(*a.Image))
	}
}

func (a Actor) buildFlags(b *builder[asActor]) {
	discoverable := streams.NewTootDiscoverableProperty()
	discoverable.Set(a.Discoverable)
	b.to.SetTootDiscoverable(discoverable)
	b.extra("indexable", a.Indexable)
	b.extra("manuallyApprovesFollowers", a.ManuallyApprovesFollowers)

	fields := make([]any, 0, len(a.Fields))
	for _, f := range a.Fields {
		fields = append(fields, map[string]any{"type": "PropertyValue", "name": f.Name, "value": f.Value})
	}
	if len(fields) > 0 {
		b.extra("attachment", fields)
	}
	if len(a.AlsoKnownAs) > 0 {
		b.extra("alsoKnownAs", a.AlsoKnownAs)
	}
	if a.MovedTo != "" {
		b.extra("movedTo", a.MovedTo)
	}
}
