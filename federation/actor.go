package federation

import (
	"context"
	"errors"
	"fmt"
	"html"
	"strings"
	"time"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
)

// errBadActor is wrapped by refusals of actor documents.
var errBadActor = errors.New("actor refused")

// maxFields is how many lines of a profile are kept.
const maxFields = 8

// actor writes a local account as others see it.
func (s *Server) actor(n *parvis.Node, a *parvis.Account) vocab.Actor {
	public := a.Type == parvis.Application || a.IsFeed() || a.Listed == parvis.Everyone
	doc := vocab.Actor{
		Type: string(a.Type), ID: a.URI, URL: a.URL, Username: a.Username, Name: a.Display(), Summary: s.summary(n, a),
		Inbox: a.Inbox, Outbox: a.Outbox, Followers: a.FollowersURI, Following: a.FollowingURI,
		Featured: featuredURI(a), SharedInbox: a.SharedInbox,
		Key: vocab.PublicKey{ID: a.KeyID, PEM: a.PublicKey}, Implements: implemented,
		// To the day: when somebody joined to the second is nobody's business.
		Published: a.CreatedAt.UTC().Truncate(24 * time.Hour), Updated: a.UpdatedAt,
		ManuallyApprovesFollowers: a.Locked,
		// Nobody is suggested or made searchable elsewhere who was not asked.
		Discoverable: public, Indexable: public,
	}
	if !a.PausedUntil.IsZero() && a.Paused(s.now()) {
		doc.Extra = map[string]any{"parvis:pausedUntil": a.PausedUntil}
	}
	if a.IsFeed() {
		doc.Moderators = moderatorsURI(a)
	}
	doc.AlsoKnownAs, doc.MovedTo = a.AlsoKnownAs, a.MovedTo
	if a.Multikey != "" {
		doc.Multikey = vocab.Multikey{ID: a.MultikeyID, Multibase: a.Multikey}
	}
	if a.Avatar.Ready() {
		icon := picture(n, a.Avatar)
		icon.Blurhash = ""
		doc.Icon = &icon
	}
	for _, f := range a.Fields {
		doc.Fields = append(doc.Fields, vocab.Field{Name: f.Name, Value: f.Value})
	}
	return doc
}

// summary is what an account says of itself, or what we say of the node and its feeds.
func (s *Server) summary(n *parvis.Node, a *parvis.Account) string {
	words := s.words.For(n.Language)
	said := ""
	switch {
	case a.BioHTML != "":
		return a.BioHTML
	case a.IsFeed():
		said = words.T("wire.actor.feed."+string(a.Feed), "Node", n.Name)
	case a.Type == parvis.Application && n.Summary != "":
		said = n.Summary
	case a.Type == parvis.Application:
		said = words.T("wire.actor.node", "Node", n.Name)
	default:
		return ""
	}
	return "<p>" + html.EscapeString(said) + "</p>"
}

// readActor reads an actor document that was found at its own origin or signed by
// the actor itself. The account lacks its Domain: only WebFinger tells that. Of
// several keys, that with the id wantedKey is taken, else the first.
func readActor(o *vocab.Object, wantedKey string) (a *parvis.Account, avatar string, err error) {
	a = &parvis.Account{Type: parvis.ActorType(o.Type()), URI: o.ID("id"), Username: o.String("preferredUsername"),
		Inbox: o.ID("inbox")}
	switch {
	case !vocab.IsActor(o.Type()):
		return nil, "", fmt.Errorf("%w: %q is a %s", errBadActor, a.URI, o.Type())
	case !isWebURL(a.URI) || len(a.URI) > maxID || strings.Contains(a.URI, "#"):
		return nil, "", fmt.Errorf("%w: id %.100q", errBadActor, a.URI)
	case !isUsername(a.Username):
		return nil, "", fmt.Errorf("%w: %s: name %.100q", errBadActor, a.URI, a.Username)
	case !SameOrigin(a.Inbox, a.URI) || len(a.Inbox) > maxID:
		return nil, "", fmt.Errorf("%w: %s: inbox %.100q", errBadActor, a.URI, a.Inbox)
	}
	// What lies elsewhere is not theirs to name, so it is left out.
	ours := func(address string) string {
		if SameOrigin(address, a.URI) && len(address) <= maxURL {
			return address
		}
		return ""
	}
	if shared := ours(o.Object("endpoints").ID("sharedInbox")); len(shared) <= maxID {
		a.SharedInbox = shared
	}
	a.Outbox, a.FollowersURI, a.FollowingURI = ours(o.ID("outbox")), ours(o.ID("followers")), ours(o.ID("following"))
	if a.FeaturedURI = ours(o.ID("featured")); len(a.FeaturedURI) > maxID {
		a.FeaturedURI = ""
	}
	if a.URL = ours(o.Href("url", "text/html")); a.URL == "" {
		a.URL = a.URI
	}
	name, _ := o.Text("name")
	summary, _ := o.Text("summary")
	a.Name, a.BioHTML = oneLine(name, parvis.MaxName), text.Clean(summary)
	a.Locked = o.Bool("manuallyApprovesFollowers")
	a.Fields = readFields(o)
	a.MovedTo, a.AlsoKnownAs = readMove(o, a.URI)
	a.Emojis = readEmojis(o, a.URI)
	a.PausedUntil = o.Time("parvis:pausedUntil")
	a.UpdatedAt = o.Time("updated")
	a.KeyID, a.PublicKey = readKey(o, a.URI, wantedKey)
	a.MultikeyID, a.Multikey = readMultikey(o, a.URI, wantedKey)
	if icon := o.Object("icon"); icon != nil {
		avatar = icon.Href("url", icon.String("mediaType"))
	}
	if !isWebURL(avatar) || len(avatar) > maxURL {
		avatar = ""
	}
	return a, avatar, nil
}

func readFields(o *vocab.Object) []parvis.Field {
	var fields []parvis.Field
	for _, f := range o.Objects("attachment") {
		if f.Type() != "PropertyValue" || len(fields) == maxFields {
			continue
		}
		fields = append(fields, parvis.Field{Name: oneLine(f.String("name"), 255), Value: text.Clean(f.String("value"))})
	}
	return fields
}

// fetchActor fetches an actor from its server, checks that its handle leads back
// to it, and stores it, or what changed. identity is what WebFinger already said.
func (s *Server) fetchActor(ctx context.Context, n *parvis.Node, uri, wantedKey string, identity *Identity) (*parvis.Account, error) {
	key, err := s.nodeKey(ctx, n)
	if err != nil {
		return nil, err
	}
	o, err := s.fetch(ctx, n, uri, key)
	if err != nil {
		return nil, err
	}
	// A redirect must not make somebody elsewhere the author of what names this id.
	if o.ID("id") != uri {
		return nil, fmt.Errorf("%w: %s answers for %q", ErrWrongOrigin, uri, o.ID("id"))
	}
	return s.admitActor(ctx, n, o, wantedKey, identity)
}

// admitActor stores the account of an actor document that its own server said.
func (s *Server) admitActor(ctx context.Context, n *parvis.Node, o *vocab.Object, wantedKey string, identity *Identity) (*parvis.Account, error) {
	a, avatar, err := readActor(o, wantedKey)
	if err != nil {
		return nil, err
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := s.welcome(ctx, n, a.URI); err != nil {
		return nil, err
	}
	old, err := s.rows(n).AccountByURI(ctx, a.URI)
	if err != nil && !errors.Is(err, parvis.ErrNotFound) {
		return nil, err
	}
	if old == nil || !strings.EqualFold(old.Username, a.Username) {
		if err := s.checkHandle(ctx, n, a, identity); err != nil {
			return nil, err
		}
	}
	if a.Multikey != "" && declaresMessages(o) {
		s.client.schemes.declared(ctx, hostOf(a.URI))
	}
	stored, err := s.app.ReceiveAccount(ctx, n, a, avatar)
	if errors.Is(err, parvis.ErrConflict) {
		// Another job was faster.
		return s.rows(n).AccountByURI(ctx, a.URI)
	}
	return stored, err
}

// checkHandle gives an account its domain: the handle made of its name and its
// host must lead back to it. Otherwise anybody could be @mairie@ anywhere.
func (s *Server) checkHandle(ctx context.Context, n *parvis.Node, a *parvis.Account, identity *Identity) error {
	if identity == nil {
		found, err := s.client.Finger(ctx, Handle{User: a.Username, Host: a.Host()})
		if err != nil {
			return err
		}
		identity = &found
	}
	if identity.Actor != a.URI || !strings.EqualFold(identity.Handle.User, a.Username) {
		return fmt.Errorf("%w: %s is not %s", errBadActor, a.URI, identity.Handle)
	}
	a.Domain = identity.Handle.Host
	return s.welcome(ctx, n, "https://"+a.Domain) // it may be another host than the actor's
}

// welcome refuses addresses of this node itself and of servers that it blocks.
func (s *Server) welcome(ctx context.Context, n *parvis.Node, uri string) error {
	if SameOrigin(uri, n.Base()) {
		return fmt.Errorf("%s is our own: %w", uri, parvis.ErrForbidden)
	}
	blocked, err := s.blocked(ctx, n, uri)
	if err == nil && blocked {
		err = fmt.Errorf("%s is blocked: %w", uri, parvis.ErrForbidden)
	}
	return err
}

// barred tells whether an account's server is refused: by its address, or by the
// domain of its handles, which is what people read and block.
func (s *Server) barred(ctx context.Context, n *parvis.Node, a *parvis.Account) (bool, error) {
	refused, err := s.blocked(ctx, n, a.URI)
	if err != nil || refused || a.Local() || a.Host() == a.Domain {
		return refused, err
	}
	return s.blocked(ctx, n, "https://"+a.Domain)
}

// admissible refuses accounts of servers that this node blocks.
func (s *Server) admissible(ctx context.Context, n *parvis.Node, a *parvis.Account) error {
	refused, err := s.barred(ctx, n, a)
	if err == nil && refused {
		err = fmt.Errorf("%s is blocked: %w", a.URI, parvis.ErrForbidden)
	}
	return err
}
