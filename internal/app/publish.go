package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/storage"
)

// A Draft is what somebody wants to publish, as they typed it.
type Draft struct {
	Detail  parvis.Detail // &parvis.Note{} for a plain post or an answer
	Title   string
	Source  string // Markdown
	Warning string
	// Sensitive hides the pictures until the reader asks; a Warning always does.
	Sensitive bool
	Language  string // the author's if empty
	Audience  parvis.Audience
	Place     *parvis.Place // its point is snapped to the grid
	EndsAt    time.Time     // as is usual for the kind if it is zero
	Media     []DraftMedia
	ReplyTo   parvis.ID
	// To is whom a post for named people is for. If there is somebody, those whom
	// the text names are spoken of, not spoken to.
	To []*parvis.Account
	// KeepReaders leaves whom an edited post for named people is for as they are: the
	// form of the edit does not ask.
	KeepReaders bool
	// Key names this act of publishing, if it is not empty: whoever does not hear
	// the answer sends the draft again, and it is published once.
	Key string
	// Completes is the draft that this was made of, if any: it is forgotten once this is
	// published.
	Completes parvis.ID
}

// A DraftMedia is an uploaded picture with its description.
type DraftMedia struct {
	ID          parvis.ID
	Description string
}

// Check reports what must be corrected in a draft without publishing it.
func (a *App) Check(n *parvis.Node, v parvis.Viewer, d Draft) error {
	p := d.post(n, v.Account, a.Now())
	return p.Validate(parvis.Local, a.Now())
}

// Preview returns the post that a draft would become. It is not stored.
func (a *App) Preview(ctx context.Context, n *parvis.Node, v parvis.Viewer, d Draft) (*parvis.Post, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	p, _, err := a.compose(ctx, n, v, d, nil)
	return p, err
}

// Publish stores a new post and sends it to those who should see it. A draft
// whose Key the viewer used within a day was published before: its post is
// returned, as it is now.
func (a *App) Publish(ctx context.Context, n *parvis.Node, v parvis.Viewer, d Draft) (*parvis.Post, error) {
	if err := speaks(v); err != nil {
		return nil, err
	}
	if d.Key != "" {
		return a.publishOnce(ctx, n, v, d)
	}
	return a.publish(ctx, n, v, d, time.Time{})
}

// publish is Publish; a Key that was used after since is parvis.ErrConflict.
func (a *App) publish(ctx context.Context, n *parvis.Node, v parvis.Viewer, d Draft, since time.Time) (*parvis.Post, error) {
	var parent *parvis.Post
	if d.ReplyTo != 0 {
		var err error
		if parent, err = a.Post(ctx, n, v, d.ReplyTo); err != nil {
			return nil, err
		}
		d.Audience = parvis.AudienceOfReply(parent.Audience, d.Audience)
	}
	p, tags, err := a.compose(ctx, n, v, d, parent)
	if err != nil {
		return nil, err
	}
	if err := a.mayBegin(ctx, n, p); err != nil {
		return nil, err
	}
	follows, err := a.begin(ctx, n, v, p)
	if err != nil {
		return nil, err
	}
	return p, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := a.addPost(ctx, n, t, p, tags); err != nil {
			return err
		}
		if err := a.keep(ctx, n, t, follows, p); err != nil {
			return err
		}
		if d.Completes != 0 {
			if err := ignore(t.RemoveDraft(ctx, v.ID(), d.Completes), parvis.ErrNotFound); err != nil {
				return err
			}
		}
		if d.Key != "" {
			if err := t.AddRepeat(ctx, storage.Repeat{AccountID: p.AuthorID, Key: d.Key, PostID: p.ID, At: a.Now()}, since); err != nil {
				return err
			}
		}
		if p.Audience != parvis.Named { // that lies in its conversation
			if err := t.AddToHome(ctx, p.AuthorID, p); err != nil {
				return err
			}
		}
		if err := a.tellNamed(ctx, t, p, parent); err != nil {
			return err
		}
		if err := a.spread(ctx, t, p, parvis.VerbCreate); err != nil {
			return err
		}
		if err := a.await(ctx, t, p); err != nil {
			return err
		}
		if err := a.awaitSilence(ctx, t, p); err != nil {
			return err
		}
		return a.announce(ctx, n, t, p)
	})
}

// spread enqueues the jobs that bring a post to homes and other servers.
func (a *App) spread(ctx context.Context, t *storage.Tx, p *parvis.Post, verb parvis.Verb) error {
	if verb == parvis.VerbCreate && p.Audience != parvis.Named {
		if err := a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobHome}, parvis.HomeArgs{Post: p.ID}); err != nil {
			return err
		}
	}
	if !p.Audience.Leaves() {
		return nil
	}
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobPublish, Lane: postLane(p.ID)}, parvis.PublishArgs{Post: p.ID, Verb: verb})
}

// announce makes the feed of the post's kind share it, if it is for everyone.
func (a *App) announce(ctx context.Context, n *parvis.Node, t *storage.Tx, p *parvis.Post) error {
	if p.Audience != parvis.Everyone || p.ReplyTo != 0 {
		return nil
	}
	feed, err := t.Feed(ctx, p.Kind())
	if errors.Is(err, parvis.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return a.share(ctx, n, t, feed, p)
}

// tellNamed notifies the local people whom a post names or answers.
func (a *App) tellNamed(ctx context.Context, t *storage.Tx, p, parent *parvis.Post) error {
	told := make(map[parvis.ID]bool)
	tell := func(id parvis.ID, local bool) error {
		if !local || told[id] {
			return nil
		}
		told[id] = true
		if p.Audience == parvis.Named {
			if muted, err := t.Mutes(ctx, id, p.ID); err != nil || muted {
				return err
			}
		}
		return a.tell(ctx, t, parvis.TopicOf(parvis.NotifyMention, p.Audience), &parvis.Notification{AccountID: id, Type: parvis.NotifyMention, FromID: p.AuthorID, PostID: p.ID})
	}
	for _, m := range p.Mentions {
		local := !strings.Contains(m.Acct, "@")
		if local {
			acc, err := t.Account(ctx, m.AccountID)
			if err != nil {
				return err
			}
			local = !acc.IsFeed() // nobody reads what a feed is told
		}
		if err := tell(m.AccountID, local); err != nil {
			return err
		}
	}
	if parent == nil {
		return nil
	}
	reads, err := a.mayRead(ctx, t, parent.AuthorID, p)
	if err != nil {
		return err
	}
	return tell(parent.AuthorID, parent.Author.Local() && reads)
}

// mayRead reports whether a local account whom a post does not name may see it.
func (a *App) mayRead(ctx context.Context, t *storage.Tx, account parvis.ID, p *parvis.Post) (bool, error) {
	if p.Audience != parvis.Followers {
		return p.Audience != parvis.Named, nil
	}
	f, err := t.Follow(ctx, account, p.AuthorID)
	return err == nil && f.Accepted, ignore(err, parvis.ErrNotFound)
}

// compose makes a whole post of a draft: rendered, addressed, checked.
func (a *App) compose(ctx context.Context, n *parvis.Node, v parvis.Viewer, d Draft, parent *parvis.Post) (*parvis.Post, []string, error) {
	p := d.post(n, v.Account, a.Now())
	if parent != nil {
		p.ReplyTo, p.ReplyToURI, p.Thread, p.AnsweredID = parent.ID, parent.URI, parent.Thread, parent.AuthorID
	}
	if err := a.attach(ctx, n, v, p); err != nil {
		return nil, nil, err
	}
	if err := p.Validate(parvis.Local, a.Now()); err != nil {
		return nil, nil, err
	}
	tags, err := a.render(ctx, n, p)
	switch {
	case len(d.To) > 0:
		p.Mentions = mentionsOf(d.To)
	case parent != nil && parent.Audience == parvis.Named && len(p.Mentions) == 0:
		p.Mentions = readersOf(parent, p.AuthorID)
	}
	return p, tags, err
}

// readersOf returns who reads a post for named people, besides one of them: who answers
// and names nobody speaks to all of them.
func readersOf(p *parvis.Post, but parvis.ID) []parvis.Mention {
	readers := slices.Clone(p.Mentions)
	if !names(p, p.AuthorID) {
		readers = append(readers, mentionsOf([]*parvis.Account{p.Author})...)
	}
	return slices.DeleteFunc(readers, func(m parvis.Mention) bool { return m.AccountID == but })
}

// mentionsOf names accounts.
func mentionsOf(people []*parvis.Account) []parvis.Mention {
	mentions := make([]parvis.Mention, len(people))
	for i, acc := range people {
		mentions[i] = parvis.Mention{AccountID: acc.ID, Acct: acc.Acct(), URI: acc.URI, URL: acc.URL}
	}
	return mentions
}

func (d *Draft) post(n *parvis.Node, author *parvis.Account, now time.Time) *parvis.Post {
	p := &parvis.Post{Author: author, Detail: d.Detail, Title: strings.TrimSpace(d.Title),
		Source: strings.TrimSpace(d.Source), Warning: strings.TrimSpace(d.Warning), Sensitive: d.Sensitive || d.Warning != "",
		Language: d.Language, Audience: d.Audience, State: parvis.Open, EndsAt: d.EndsAt, PublishedAt: now.Truncate(time.Second)}
	if author != nil {
		p.AuthorID = author.ID
	}
	if p.Language == "" {
		p.Language = n.Language
	}
	if d.Place != nil && (d.Place.Name != "" || d.Place.HasPoint) {
		place := *d.Place
		if place.Validate() == nil {
			place = place.Snap()
		}
		p.Place = &place
	}
	if p.EndsAt.IsZero() {
		p.EndsAt = p.Renewed(now)
	}
	for _, m := range d.Media {
		p.Media = append(p.Media, parvis.Media{ID: m.ID, Description: strings.TrimSpace(m.Description)})
	}
	identify(p, n, now)
	return p
}

// identify gives a local post its id and the address that holds it.
func identify(p *parvis.Post, n *parvis.Node, now time.Time) {
	p.ID = parvis.NewID(now)
	p.URI = n.URL(p.Path())
	p.URL = p.URI
	if p.ReplyTo == 0 {
		p.Thread = p.ID
	}
}

// attach reads the pictures of a post and checks that they are the author's and
// free, or the post's own.
func (a *App) attach(ctx context.Context, n *parvis.Node, v parvis.Viewer, p *parvis.Post) error {
	seen := make(map[parvis.ID]bool, len(p.Media))
	p.Media = slices.DeleteFunc(p.Media, func(m parvis.Media) bool {
		twice := seen[m.ID]
		seen[m.ID] = true
		return twice
	})
	for i := range p.Media {
		m, err := a.node(n).Media(ctx, p.Media[i].ID)
		if errors.Is(err, parvis.ErrNotFound) || err == nil && (m.AccountID != v.ID() || m.PostID != 0 && m.PostID != p.ID) {
			return parvis.Invalid("photos", "post.photos.unknown")
		}
		if err != nil {
			return err
		}
		m.Description = p.Media[i].Description
		if len([]rune(m.Description)) > parvis.MaxDescription {
			return parvis.Invalid("photos", "post.photos.description.long", "Max", parvis.MaxDescription)
		}
		p.Media[i] = *m
	}
	return nil
}

// render fills the post's HTML, tags and mentions from its source.
func (a *App) render(ctx context.Context, n *parvis.Node, p *parvis.Post) ([]string, error) {
	named, err := a.findNamed(ctx, n, text.Mentions(p.Source))
	if err != nil {
		return nil, err
	}
	r := text.Markdown(p.Source, a.links(n, named))
	p.HTML, p.Mentions, p.Tags = r.HTML, nil, nil
	for _, handle := range r.Mentions {
		if acc := named[handle]; acc != nil && len(p.Mentions) < parvis.MaxMentions {
			p.Mentions = append(p.Mentions, mentionsOf([]*parvis.Account{acc})...)
		}
	}
	var keys []string
	for _, h := range r.Hashtags {
		if len(keys) < parvis.MaxTags {
			p.Tags, keys = append(p.Tags, h.Name), append(keys, h.Key)
		}
	}
	return keys, nil
}

// lookupPatience is how long all other servers that a text names have to answer:
// somebody waits for their post to be published.
const lookupPatience = 10 * time.Second

// findNamed finds the accounts with those handles; unknown ones are looked up on
// their servers, outside any transaction. Whoever cannot be found stays text.
func (a *App) findNamed(ctx context.Context, n *parvis.Node, handles []string) (map[string]*parvis.Account, error) {
	asking, cancel := context.WithTimeout(ctx, lookupPatience)
	defer cancel()
	named := make(map[string]*parvis.Account)
	for _, handle := range handles {
		acc, err := a.KnownHere().Lookup(ctx, n, handle)
		if errors.Is(err, parvis.ErrNotFound) {
			acc, err = a.Lookup(asking, n, handle)
		}
		switch {
		case err == nil && acc.Active():
			named[handle] = acc
		case err != nil && ctx.Err() != nil:
			return nil, err
		}
	}
	return named, nil
}

// links tells where mentions and hashtags of a text lead.
func (a *App) links(n *parvis.Node, named map[string]*parvis.Account) text.Links {
	return text.Links{
		Mention: func(handle string) (string, bool) {
			if acc := named[handle]; acc != nil {
				return acc.URL, true
			}
			return "", false
		},
		Hashtag: func(key string) (string, bool) { return n.URL("/tags/" + key), true },
	}
}
