package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/storage"
)

// ErrUnwanted: nobody here asked for it, so it is not stored.
var ErrUnwanted = errors.New("unwanted")

// Reason says why a post of another server is brought here.
type Reason int

// The reasons.
const (
	Sent    Reason = iota // it was sent to us: stored only if somebody here is concerned
	Fetched               // somebody here asked for it, or shared it
)

// ReceivePost stores what an account of another server published, or its new
// version. The caller has checked that the author's server said it. p.Author
// must be a stored account; p.Mentions name stored accounts. A post that is
// known already, or an older version, changes nothing.
func (a *App) ReceivePost(ctx context.Context, n *parvis.Node, p *parvis.Post, why Reason) (*parvis.Post, error) {
	var refused error
	if p.EditedAt.IsZero() { // then it is new, nearly always: if it is not, it cannot be stored
		stored, err := a.receiveNew(ctx, n, p, why)
		if err == nil {
			return stored, nil
		}
		refused = err
	}
	old, err := a.node(n).PostByURI(ctx, p.URI)
	switch {
	case err == nil:
		return a.receiveEdit(ctx, n, old, p)
	case !errors.Is(err, parvis.ErrNotFound):
		return nil, err
	case refused != nil:
		return nil, refused
	}
	return a.receiveNew(ctx, n, p, why)
}

// Adopt ties answers that are here already to the post that they answer.
func (a *App) Adopt(ctx context.Context, n *parvis.Node, p *parvis.Post) error {
	if !p.DeletedAt.IsZero() {
		return parvis.ErrGone
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.Adopt(ctx, p) })
}

// settle gives a received post its id and checks it.
func (a *App) settle(ctx context.Context, n *parvis.Node, p *parvis.Post) ([]string, error) {
	now := a.Now()
	if p.PublishedAt.IsZero() || p.PublishedAt.After(now) || p.PublishedAt.Year() < 1990 {
		p.PublishedAt = now.Truncate(time.Second)
	}
	p.ID, p.AuthorID, p.StoredAt = parvis.NewID(p.PublishedAt), p.Author.ID, now
	p.Source = ""
	if p.State == "" {
		p.State = parvis.Open
	}
	if p.Place != nil {
		place := p.Place.Snap()
		p.Place = &place
	}
	p.Media = p.Media[:min(len(p.Media), parvis.MaxMedia)]
	if more := len(p.Mentions) - parvis.MaxMentions; more > 0 {
		p.Mentions, p.Strangers = p.Mentions[:parvis.MaxMentions], p.Strangers+more
	}
	p.Tags = p.Tags[:min(len(p.Tags), parvis.MaxTags)]
	if !parvis.ValidLanguage(p.Language) {
		p.Language = ""
	}
	if p.Audience == parvis.Partners {
		ok, err := a.node(n).IsPartner(ctx, p.Author.Host())
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, ErrUnwanted
		}
	}
	if p.Audience == parvis.OnNode {
		return nil, ErrUnwanted // it cannot have left another node
	}
	var keys []string
	for _, tag := range p.Tags {
		keys = append(keys, text.Fold(tag))
	}
	return keys, p.Validate(parvis.Remote, now)
}

// parent finds what a received post answers and ties it to the conversation.
func (a *App) parent(ctx context.Context, n *parvis.Node, p *parvis.Post) (*parvis.Post, error) {
	if p.ReplyToURI == "" {
		return nil, nil
	}
	parent, err := a.node(n).PostByURI(ctx, p.ReplyToURI)
	if errors.Is(err, parvis.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !parent.DeletedAt.IsZero() {
		return nil, ErrUnwanted
	}
	// Whoever sends an answer to what they cannot have seen guessed its address.
	v := parvis.Viewer{Account: p.Author}
	if v.Partner, err = a.node(n).IsPartner(ctx, p.Author.Host()); err != nil {
		return nil, err
	}
	seen, err := a.visible(ctx, n, v, []*parvis.Post{parent})
	if err != nil {
		return nil, err
	}
	if len(seen) == 0 {
		return nil, ErrUnwanted
	}
	p.ReplyTo, p.Thread = parent.ID, parent.Thread
	if parent.Audience == parvis.Named && p.Audience != parvis.Named {
		p.Strangers = parvis.Everybody
	}
	p.Audience = parvis.AudienceOfReply(parent.Audience, p.Audience)
	return parent, nil
}

// concerns reports ErrUnwanted if nobody here has to do with a post, and whether
// anybody has only if they follow its author.
func (a *App) concerns(ctx context.Context, n *parvis.Node, p, parent *parvis.Post) (followers bool, err error) {
	if parent != nil {
		return false, nil
	}
	for _, m := range p.Mentions {
		acc, err := a.node(n).Account(ctx, m.AccountID)
		if err != nil {
			return false, err
		}
		wanted := acc.Local() && acc.Active()
		if wanted && acc.IsFeed() {
			if wanted = submittable(p); wanted {
				wanted, err = a.hasRoom(ctx, n, p.Author)
			}
		}
		if err != nil || wanted {
			return false, err
		}
	}
	if p.Audience == parvis.Named {
		return false, ErrUnwanted
	}
	partner, err := a.node(n).IsPartner(ctx, p.Author.Host())
	return !partner, err
}

// receiveMedia enqueues the copying of a post's pictures.
func (a *App) receiveMedia(ctx context.Context, t *storage.Tx, p *parvis.Post) error {
	for _, m := range p.Media {
		if m.Ready() || m.RemoteURL == "" {
			continue
		}
		if err := a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobPicture, Key: m.ID.String()}, parvis.PictureArgs{Media: m.ID}); err != nil {
			return err
		}
	}
	return nil
}

// receiveEdit replaces a known post by its newer version.
func (a *App) receiveEdit(ctx context.Context, n *parvis.Node, old, p *parvis.Post) (*parvis.Post, error) {
	if !old.DeletedAt.IsZero() {
		return nil, parvis.ErrGone
	}
	if old.AuthorID != p.Author.ID {
		return nil, parvis.ErrForbidden
	}
	if !p.EditedAt.After(old.UpdatedAt()) || p.EditedAt.After(a.Now().Add(time.Hour)) {
		return old, a.receiveCounts(ctx, n, old, p)
	}
	published := old.PublishedAt
	tags, err := a.settle(ctx, n, p)
	if err != nil {
		return nil, err
	}
	// Who may see it and where it stands in a conversation were settled when it came.
	p.ID, p.PublishedAt, p.Audience = old.ID, published, old.Audience
	p.ReplyTo, p.ReplyToURI, p.Thread = old.ReplyTo, old.ReplyToURI, old.Thread
	if p.Audience == parvis.Named { // nobody comes into a conversation by an edit
		p.Mentions = slices.DeleteFunc(p.Mentions, func(m parvis.Mention) bool { return !names(old, m.AccountID) })
	}
	p.Replies, p.Likes, p.Shares = old.Replies, old.Likes, old.Shares
	if p.QuoteURI == old.QuoteURI {
		p.QuoteStamp = old.QuoteStamp
	}
	keepCopies(old, p)
	err = a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.UpdatePost(ctx, p, tags); err != nil {
			return err
		}
		if err := a.receiveQuestion(ctx, t, p); err != nil {
			return err
		}
		if err := a.tellNamed(ctx, t, p, nil); err != nil {
			return err
		}
		if err := a.receiveEmojis(ctx, t, p.Author, p.Emojis); err != nil {
			return err
		}
		return a.receiveMedia(ctx, t, p)
	})
	if errors.Is(err, parvis.ErrConflict) {
		return old, nil // a newer version, or its deletion, was faster
	}
	return p, err
}

// keepCopies lets the new version of a post use the copies of pictures that the
// old one has, each of them once.
func keepCopies(old, p *parvis.Post) {
	used := make(map[parvis.ID]bool, len(old.Media))
	for i := range p.Media {
		for _, m := range old.Media {
			if m.RemoteURL == p.Media[i].RemoteURL && !used[m.ID] {
				used[m.ID] = true
				m.Description = p.Media[i].Description
				p.Media[i] = m
				break
			}
		}
	}
}

// ReceiveDelete deletes the post or account with a URI, if it is the sender's
// own. What is unknown is remembered as deleted if it lies on the sender's server.
func (a *App) ReceiveDelete(ctx context.Context, n *parvis.Node, by *parvis.Account, uri string, sameOrigin bool) error {
	if uri == by.URI {
		return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return a.erase(ctx, t, by) })
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		p, err := t.PostByURI(ctx, uri)
		switch {
		case errors.Is(err, parvis.ErrNotFound) && sameOrigin:
			return t.Bury(ctx, uri, by.ID, a.Now())
		case err != nil:
			return ignore(err, parvis.ErrNotFound)
		case p.AuthorID != by.ID:
			return parvis.ErrForbidden
		}
		return a.remove(ctx, t, p)
	})
}

// ReceiveReaction stores a like or share by an account of another server.
func (a *App) ReceiveReaction(ctx context.Context, n *parvis.Node, k storage.ReactionKind, by *parvis.Account, p *parvis.Post, uri string) error {
	if k == storage.Shares && !p.Audience.Public() {
		return parvis.ErrForbidden
	}
	if !by.Active() {
		return parvis.ErrForbidden
	}
	partner, err := a.node(n).IsPartner(ctx, by.Host())
	if err != nil {
		return err
	}
	// Whoever reacts to what they may not see guessed its address.
	if _, err := a.Post(ctx, n, parvis.Viewer{Account: by, Partner: partner}, p.ID); err != nil {
		return err
	}
	r := &storage.Reaction{ID: parvis.NewID(a.Now()), AccountID: by.ID, PostID: p.ID, URI: uri}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if buried, err := t.Buried(ctx, uri, by.ID); err != nil || buried {
			return err
		}
		if err := t.AddReaction(ctx, k, r); err != nil {
			return ignore(err, parvis.ErrConflict)
		}
		if k == storage.Shares {
			if err := a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobHome}, parvis.HomeArgs{Post: p.ID, Sharer: by.ID}); err != nil {
				return err
			}
		}
		if !p.Author.Local() {
			return nil
		}
		return a.notify(ctx, t, p.AuthorID, reactionNotice[k], by.ID, p.ID)
	})
}

var reactionNotice = map[storage.ReactionKind]parvis.NotificationType{
	storage.Likes: parvis.NotifyLike, storage.Shares: parvis.NotifyShare,
}

// ReceiveUnreaction takes back a like or share; post may be 0 if only its URI is known.
// One that is not here is remembered as taken back: it may have been overtaken.
func (a *App) ReceiveUnreaction(ctx context.Context, n *parvis.Node, k storage.ReactionKind, by *parvis.Account, post parvis.ID, uri string) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		r, err := t.ReactionOf(ctx, k, by.ID, uri)
		if errors.Is(err, parvis.ErrNotFound) && post != 0 {
			r, err = t.Reaction(ctx, k, by.ID, post)
		}
		if errors.Is(err, parvis.ErrNotFound) && uri != "" {
			return t.Bury(ctx, uri, by.ID, a.Now())
		}
		if err != nil {
			return ignore(err, parvis.ErrNotFound)
		}
		if err := t.RemoveReaction(ctx, k, r); err != nil {
			return err
		}
		p, err := t.Post(ctx, r.PostID)
		if err != nil {
			return err
		}
		return t.DropNotifications(ctx, p.AuthorID, by.ID, p.ID, reactionNotice[k])
	})
}

// flagLimit bounds what one server may bring before the team.
var flagLimit = limit{"flag", 50, 24 * time.Hour}

// ReceiveReport stores a report about a local account that an account of another
// server made, in its own name or its server's.
func (a *App) ReceiveReport(ctx context.Context, n *parvis.Node, by *parvis.Account, r parvis.Report) error {
	if err := a.attempt(ctx, n, flagLimit, by.Host()); err != nil {
		if many := new(parvis.TooManyError); errors.As(err, &many) {
			return fmt.Errorf("%w: more than %d reports in a day from %s", ErrUnwanted, flagLimit.count, by.Host())
		}
		return err
	}
	r.ReporterID = by.ID
	r.Comment, r.CreatedAt, r.Forward = text.Excerpt(r.Comment, parvis.MaxReport), a.Now(), false
	if len(r.PostIDs) > maxReported {
		r.PostIDs = r.PostIDs[:maxReported]
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return a.fileReport(ctx, t, &r) })
}
