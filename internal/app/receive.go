package app

import (
	"cmp"
	"context"
	"errors"
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
	old, err := a.node(n).PostByURI(ctx, p.URI)
	if err == nil {
		return a.receiveEdit(ctx, n, old, p)
	}
	if !errors.Is(err, parvis.ErrNotFound) {
		return nil, err
	}
	if !p.Author.Active() {
		return nil, parvis.ErrGone
	}
	tags, err := a.settle(ctx, n, p)
	if err != nil {
		return nil, err
	}
	parent, err := a.parent(ctx, n, p)
	if err != nil {
		return nil, err
	}
	if why == Sent {
		if err := a.concerns(ctx, n, p, parent); err != nil {
			return nil, err
		}
	}
	return p, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		// Its deletion may have come while we looked.
		if buried, err := t.Buried(ctx, p.URI); err != nil || buried {
			return cmp.Or(err, parvis.ErrGone)
		}
		if err := t.AddPost(ctx, p, tags); err != nil {
			return err
		}
		if err := t.Adopt(ctx, p); err != nil {
			return err
		}
		if err := a.receiveMedia(ctx, t, p); err != nil {
			return err
		}
		if err := a.tellNamed(ctx, t, p, parent); err != nil {
			return err
		}
		if why == Sent && p.ReplyTo == 0 && p.ReplyToURI != "" {
			if err := a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobThread, Key: p.ReplyToURI}, parvis.ThreadArgs{Post: p.ID}); err != nil {
				return err
			}
		}
		if why == Fetched || p.Audience == parvis.Named {
			return nil
		}
		return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobHome}, parvis.HomeArgs{Post: p.ID})
	})
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
	p.ID, p.AuthorID = parvis.NewID(p.PublishedAt), p.Author.ID
	p.Source = ""
	if p.State == "" {
		p.State = parvis.Open
	}
	if p.Place != nil {
		place := p.Place.Snap()
		p.Place = &place
	}
	p.Media = p.Media[:min(len(p.Media), parvis.MaxMedia)]
	p.Mentions = p.Mentions[:min(len(p.Mentions), parvis.MaxMentions)]
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
	p.Audience = parvis.AudienceOfReply(parent.Audience, p.Audience)
	return parent, nil
}

// concerns reports ErrUnwanted if nobody here has to do with a post.
func (a *App) concerns(ctx context.Context, n *parvis.Node, p, parent *parvis.Post) error {
	if parent != nil {
		return nil
	}
	for _, m := range p.Mentions {
		acc, err := a.node(n).Account(ctx, m.AccountID)
		if err != nil {
			return err
		}
		if acc.Local() && acc.Active() {
			return nil
		}
	}
	if p.Audience == parvis.Named {
		return ErrUnwanted
	}
	if ok, err := a.node(n).IsPartner(ctx, p.Author.Host()); err != nil || ok {
		return err
	}
	ok, err := a.node(n).HasLocalFollower(ctx, p.AuthorID)
	if err == nil && !ok {
		err = ErrUnwanted
	}
	return err
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
		return old, nil
	}
	published := old.PublishedAt
	tags, err := a.settle(ctx, n, p)
	if err != nil {
		return nil, err
	}
	// Who may see it and where it stands in a conversation were settled when it came.
	p.ID, p.PublishedAt, p.Audience = old.ID, published, old.Audience
	p.ReplyTo, p.ReplyToURI, p.Thread = old.ReplyTo, old.ReplyToURI, old.Thread
	p.Replies, p.Likes, p.Shares = old.Replies, old.Likes, old.Shares
	keepCopies(old, p)
	err = a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.UpdatePost(ctx, p, tags); err != nil {
			return err
		}
		if err := a.tellNamed(ctx, t, p, nil); err != nil {
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
			return t.Bury(ctx, uri, a.Now())
		case err != nil:
			return ignore(err, parvis.ErrNotFound)
		case p.AuthorID != by.ID:
			return parvis.ErrForbidden
		}
		return a.remove(ctx, t, p)
	})
}

// ReceiveFollow handles the wish of an account of another server to follow a
// local one. uri is the activity's id.
func (a *App) ReceiveFollow(ctx context.Context, n *parvis.Node, by, target *parvis.Account, uri string) error {
	if !target.Local() || !target.Active() {
		return parvis.ErrNotFound
	}
	if !by.Active() {
		return parvis.ErrForbidden
	}
	blocked, err := a.node(n).Blocked(ctx, by.ID, target.ID)
	if err != nil {
		return err
	}
	// Only nodes follow the node itself: that is how they become partners.
	refused := blocked || (target.ID == n.ActorID) != (by.Type == parvis.Application)
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if refused {
			return a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbReject, Actor: target.ID, Target: by.ID, URI: uri})
		}
		f, err := a.noteFollow(ctx, t, by, target, uri)
		if err != nil {
			return err
		}
		accept := f.Accepted || !target.Locked
		if target.ID == n.ActorID {
			p, err := a.partnerSaid(ctx, t, by, true)
			if err != nil {
				return err
			}
			accept = p.Ours && p.AccountID == by.ID
		}
		if accept {
			return a.answerFollow(ctx, t, target, by, parvis.VerbAccept)
		}
		return a.notify(ctx, t, target.ID, parvis.NotifyFollowRequest, by.ID, 0)
	})
}

// noteFollow stores a follow that is not accepted yet, or returns the known one.
func (a *App) noteFollow(ctx context.Context, t *storage.Tx, by, target *parvis.Account, uri string) (*parvis.Follow, error) {
	f := &parvis.Follow{FollowerID: by.ID, FollowedID: target.ID, URI: uri, CreatedAt: a.Now()}
	err := t.AddFollow(ctx, f)
	switch {
	case err == nil && !target.Locked:
		return f, a.notify(ctx, t, target.ID, parvis.NotifyFollow, by.ID, 0)
	case !errors.Is(err, parvis.ErrConflict):
		return f, err
	}
	if f, err = t.Follow(ctx, by.ID, target.ID); err != nil || f.URI == uri {
		return f, err
	}
	f.URI = uri
	return f, t.SetFollowURI(ctx, f.ID, uri)
}

// ReceiveUnfollow ends the follow of a local account by one of another server.
func (a *App) ReceiveUnfollow(ctx context.Context, n *parvis.Node, by, target *parvis.Account) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if _, err := t.RemoveFollow(ctx, by.ID, target.ID); err != nil {
			return ignore(err, parvis.ErrNotFound)
		}
		if target.ID == n.ActorID {
			_, err := a.partnerSaid(ctx, t, by, false)
			if err = ignore(ignore(err, parvis.ErrNotFound), parvis.ErrForbidden); err != nil {
				return err
			}
		}
		return t.DropNotifications(ctx, target.ID, by.ID, 0, parvis.NotifyFollowRequest)
	})
}

// A FollowAnswer is what an account says to somebody's wish to follow it.
type FollowAnswer struct {
	By       *parvis.Account
	Follower *parvis.Account
	// URI is the id of the Follow activity that is answered; empty if By's server
	// did not say.
	URI  string
	Verb parvis.Verb // accept or reject
}

// ReceiveAnswer handles the answer of an account of another server to our follow
// of it. An answer to what nobody asked, or to a wish that was taken back and
// made anew since, changes nothing.
func (a *App) ReceiveAnswer(ctx context.Context, n *parvis.Node, said FollowAnswer) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		f, err := t.Follow(ctx, said.Follower.ID, said.By.ID)
		if err != nil || said.URI != "" && said.URI != f.URI {
			return ignore(err, parvis.ErrNotFound)
		}
		if said.Follower.ID == n.ActorID {
			if err := a.partnerAnswered(ctx, t, said.By, said.Verb == parvis.VerbAccept); err != nil {
				return err
			}
		}
		if said.Verb == parvis.VerbAccept {
			waited, err := t.AcceptFollow(ctx, f)
			if err != nil || !waited || said.Follower.ID == n.ActorID {
				return err
			}
			return t.FillHome(ctx, said.Follower.ID, said.By.ID)
		}
		_, err = t.RemoveFollow(ctx, said.Follower.ID, said.By.ID)
		return err
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
func (a *App) ReceiveUnreaction(ctx context.Context, n *parvis.Node, k storage.ReactionKind, by *parvis.Account, post parvis.ID, uri string) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		r, err := t.ReactionByURI(ctx, k, uri)
		if errors.Is(err, parvis.ErrNotFound) && post != 0 {
			r, err = t.Reaction(ctx, k, by.ID, post)
		}
		if err != nil {
			return ignore(err, parvis.ErrNotFound)
		}
		if r.AccountID != by.ID {
			return parvis.ErrForbidden
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

// ReceiveBlock honours a block of a local account by one of another server, by
// ending the follows between them; undo ends the block. It is shown to nobody.
func (a *App) ReceiveBlock(ctx context.Context, n *parvis.Node, by, target *parvis.Account, uri string) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if target.ID == n.ActorID { // a node that wants nothing to do with ours is no partner
			if err := a.partnerAnswered(ctx, t, by, false); err != nil && !errors.Is(err, parvis.ErrForbidden) {
				return err
			}
		}
		return ignore(t.AddBlock(ctx, by.ID, target.ID, uri, a.Now()), parvis.ErrConflict)
	})
}

// ReceiveUnblock ends what ReceiveBlock began.
func (a *App) ReceiveUnblock(ctx context.Context, n *parvis.Node, by, target *parvis.Account) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		_, err := t.RemoveBlock(ctx, by.ID, target.ID)
		return ignore(err, parvis.ErrNotFound)
	})
}

// ReceiveReport stores a report that another server sent about a local account.
func (a *App) ReceiveReport(ctx context.Context, n *parvis.Node, r parvis.Report) error {
	r.Comment, r.CreatedAt, r.Forward = text.Excerpt(r.Comment, parvis.MaxReport), a.Now(), false
	if len(r.PostIDs) > maxReported {
		r.PostIDs = r.PostIDs[:maxReported]
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return a.fileReport(ctx, t, &r) })
}

// ReceiveAccount stores an account of another server, new or changed, and
// enqueues the copying of its picture. avatar is the picture's address, if any.
func (a *App) ReceiveAccount(ctx context.Context, n *parvis.Node, acc *parvis.Account, avatar string) (*parvis.Account, error) {
	acc.FetchedAt = a.Now()
	return acc, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		old, err := t.AccountByURI(ctx, acc.URI)
		if err != nil && !errors.Is(err, parvis.ErrNotFound) {
			return err
		}
		if old != nil && !old.DeletedAt.IsZero() {
			return parvis.ErrGone
		}
		if old != nil {
			acc.ID, acc.CreatedAt, acc.Avatar = old.ID, old.CreatedAt, old.Avatar
			acc.SuspendedAt, acc.DeletedAt = old.SuspendedAt, old.DeletedAt
			acc.Username, acc.Domain = old.Username, old.Domain
			acc.Followers, acc.Following, acc.Posts = old.Followers, old.Following, old.Posts
		} else {
			acc.CreatedAt = a.Now()
			if err := t.AddAccount(ctx, acc); err != nil {
				return err
			}
		}
		if err := a.receiveAvatar(ctx, t, acc, avatar); err != nil {
			return err
		}
		return t.UpdateAccount(ctx, acc)
	})
}

func (a *App) receiveAvatar(ctx context.Context, t *storage.Tx, acc *parvis.Account, avatar string) error {
	if avatar == "" || acc.Avatar != nil && acc.Avatar.RemoteURL == avatar {
		if avatar == "" {
			acc.Avatar = nil
		}
		return nil
	}
	m := &parvis.Media{ID: parvis.NewID(a.Now()), AccountID: acc.ID, RemoteURL: avatar}
	if err := t.AddMedia(ctx, m); err != nil {
		return err
	}
	acc.Avatar = m
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobPicture, Key: m.ID.String()}, parvis.PictureArgs{Media: m.ID})
}
