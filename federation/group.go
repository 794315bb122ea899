package federation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// A feed is a group as FEP-1b12 has it: it passes on what is said in it. Who follows it from
// software of groups is sent the activities, of posts and of their answers; all others
// are sent a share of each post, and no answers. See docs/decisions/0019-feeds-as-groups.md.

// moderatorsURI names the collection of those who moderate a feed.
func moderatorsURI(feed *parvis.Account) string { return feed.URI + "/moderators" }

// showModerators names who moderates a feed: the node's actor, for whom the team
// speaks. Who belongs to the team is not told to other servers.
func (s *Server) showModerators(a asked) (vocab.Thing, error) {
	acc, err := s.account(a)
	if err != nil {
		return nil, err
	}
	if !acc.IsFeed() {
		return nil, parvis.ErrNotFound
	}
	me, err := s.rows(a.node).Account(a.Context(), a.node.ActorID)
	if err != nil {
		return nil, err
	}
	return vocab.Collection{ID: moderatorsURI(acc), AttributedTo: acc.URI, Total: 1, Items: []any{me.URI}}, nil
}

// feedOf is the feed that an answer is said in, because it shares the first post of
// the conversation; nil if there is none.
func (s *Server) feedOf(ctx context.Context, n *parvis.Node, thread parvis.ID) (*parvis.Account, error) {
	shares, err := s.rows(n).LocalFeedsSharing(ctx, thread)
	if err != nil || len(shares) == 0 {
		return nil, err
	}
	return s.rows(n).Account(ctx, shares[0].AccountID)
}

// passed is what a feed passes on.
type passed struct {
	post *parvis.Post
	id   string // of the activity
	raw  []byte // the activity, as its author said it
}

// passOn announces an activity in the name of the feeds that share the post it is
// about, or the first of its conversation, to their followers on software of groups.
func (s *Server) passOn(ctx context.Context, n *parvis.Node, shares []storage.Reaction, p passed) error {
	for _, share := range shares {
		feed, err := s.rows(n).Account(ctx, share.AccountID)
		if err != nil {
			return err
		}
		_, inboxes, err := s.followersOf(ctx, n, feed)
		if err != nil {
			return err
		}
		if err := s.passTo(ctx, n, feed, share.URI, p, inboxes); err != nil {
			return err
		}
	}
	return nil
}

// passTo announces an activity to servers of groups, but its author's own.
func (s *Server) passTo(ctx context.Context, n *parvis.Node, feed *parvis.Account, share string, p passed, inboxes []string) error {
	inboxes = slices.DeleteFunc(inboxes, func(inbox string) bool { return SameOrigin(inbox, p.post.Author.URI) })
	if len(inboxes) == 0 {
		return nil
	}
	return s.send(ctx, n, letter{from: feed, said: announceActivity(feed, share, p), about: p.post.URI, to: inboxes})
}

// followersOf gives the inboxes of an account's followers: those that are sent shares
// of posts, and those to whom a feed passes activities on.
func (s *Server) followersOf(ctx context.Context, n *parvis.Node, acc *parvis.Account) (posts, activities []string, err error) {
	inboxes, err := s.rows(n).FollowerInboxes(ctx, acc.ID)
	if err != nil || !acc.IsFeed() {
		return inboxes, nil, err
	}
	return s.split(ctx, n, inboxes)
}

// passShared passes on the post that a feed shares from now on, as its author
// published it.
func (s *Server) passShared(ctx context.Context, st statement, inboxes []string) error {
	if len(inboxes) == 0 {
		return nil
	}
	p := passed{post: st.post}
	if st.post.Author.Local() {
		u, err := s.utter(ctx, st.node, st.post)
		if err != nil {
			return err
		}
		said, err := u.activity(parvis.VerbCreate)
		if err != nil {
			return err
		}
		p.id = said.ID
		if p.raw, err = s.compose(ctx, st.node, letter{from: st.post.Author, said: said}); err != nil {
			return err
		}
		return s.passTo(ctx, st.node, st.actor, st.URI, p, inboxes)
	}
	submitted, err := s.rows(st.node).Submission(ctx, st.post.ID)
	if err != nil || len(submitted.Activity) == 0 {
		return ignore(err, parvis.ErrNotFound)
	}
	said, err := vocab.Scan(submitted.Activity)
	if err != nil {
		return err
	}
	p.id, p.raw = said.ID, submitted.Activity
	return s.passTo(ctx, st.node, st.actor, st.URI, p, inboxes)
}

// announceActivity passes an activity on, whole. Its id is that of the feed's share
// with a mark, the same each time.
func announceActivity(feed *parvis.Account, share string, p passed) vocab.Activity {
	mark := sha256.Sum256([]byte(p.id))
	return vocab.Activity{Type: vocab.TypeAnnounce, ID: share + "#" + hex.EncodeToString(mark[:8]), Actor: feed.URI, Object: json.RawMessage(p.raw),
		To: []string{vocab.Public}, Cc: []string{feed.FollowersURI}}
}

// passOwn passes on what was said of a local post. That it was published is passed on
// with the share, so that each follower is sent just one of the two.
func (s *Server) passOwn(ctx context.Context, n *parvis.Node, p *parvis.Post, said vocab.Activity) error {
	if !p.Audience.Public() || said.Type == vocab.TypeCreate && p.ReplyTo == 0 {
		return nil
	}
	shares, err := s.rows(n).LocalFeedsSharing(ctx, p.Thread)
	if err != nil || len(shares) == 0 {
		return err
	}
	raw, err := s.compose(ctx, n, letter{from: p.Author, said: said})
	if err != nil {
		return settle(err)
	}
	return s.passOn(ctx, n, shares, passed{post: p, id: said.ID, raw: raw})
}

// passSaid passes on what somebody elsewhere said: an answer in a conversation that a
// feed shares, its edit, its end; and the end of a post that it shares. An edit of
// such a post goes on if its author is a partner's: nobody here has read it before.
func (s *Server) passSaid(ctx context.Context, a said) error {
	if !s.passable(a) {
		return nil
	}
	p, err := s.rows(a.node).PostByURI(ctx, a.Object().ID)
	if err != nil || p.AuthorID != a.by.ID || !p.Audience.Public() {
		return ignore(err, parvis.ErrNotFound)
	}
	if a.Type != vocab.TypeDelete && !readAudience(a.all.Object("object"), a.by).Public() {
		return nil // it was for everyone, and is not any more
	}
	if p.ReplyTo == 0 && a.Type != vocab.TypeDelete {
		partner, err := s.rows(a.node).IsPartner(ctx, a.by.Host())
		if err != nil || !partner || a.Type != vocab.TypeUpdate {
			return err
		}
	}
	shares, err := s.rows(a.node).LocalFeedsSharing(ctx, p.Thread)
	if err != nil || len(shares) == 0 {
		return err
	}
	if may, err := s.app.MayAsk(ctx, a.node, app.AskForward, a.by.Host()); err != nil || !may {
		return err
	}
	return s.passOn(ctx, a.node, shares, passed{post: p, id: a.ID, raw: a.body})
}

// passable tells by an activity alone whether it may be one to pass on. Of those that
// name nobody here, only a deletion may.
func (s *Server) passable(a said) bool {
	if len(a.body) > maxForwarded {
		return false
	}
	switch a.Type {
	case vocab.TypeDelete:
		return true
	case vocab.TypeCreate, vocab.TypeUpdate:
		here := func(uri string) bool { return SameOrigin(uri, a.node.Base()) }
		return slices.ContainsFunc(a.To, here) || slices.ContainsFunc(a.Cc, here)
	}
	return false
}

// submit lets a post that was sent to a feed of ours be shared by it, or wait for the
// team.
func (s *Server) submit(ctx context.Context, a said, p *parvis.Post) error {
	if len(p.Mentions) == 0 {
		return nil // as nearly all: what follows reads the post once more
	}
	activity := a.body
	if !repeats(a, p) || len(activity) > maxForwarded {
		activity = nil // not what is read here, or more than others take
	}
	return s.app.Submit(ctx, a.node, p, activity)
}

// repeats reports whether an activity says, by its author, just what is stored of a
// post. An old edit does not, nor one whose post was fetched because it is not
// believed: who admits the post has not read what these say.
func repeats(a said, p *parvis.Post) bool {
	o := a.all.Object("object")
	if a.by.ID != p.AuthorID || !ownedBy(o, a.by) {
		return false
	}
	q, err := readPost(o, a.by, nil)
	if err != nil {
		return false
	}
	if q.Kind() != p.Kind() {
		readAsNote(o, q)
	}
	return q.URI == p.URI && q.Title == p.Title && q.HTML == p.HTML && q.Warning == p.Warning &&
		slices.EqualFunc(q.Media, p.Media, func(a, b parvis.Media) bool { return a.RemoteURL == b.RemoteURL })
}

// asStrangers reads what a stranger sends to a feed as a note, whatever they say that
// it is: the town's lists are for what its residents and its partners' write.
func (s *Server) asStrangers(ctx context.Context, n *parvis.Node, o *vocab.Object, p *parvis.Post, known map[string]*parvis.Account) error {
	toFeed := false
	for _, acc := range known {
		toFeed = toFeed || acc.IsFeed()
	}
	if !toFeed || p.Kind() == parvis.KindNote {
		return nil
	}
	partner, err := s.rows(n).IsPartner(ctx, p.Author.Host())
	if err != nil || partner {
		return err
	}
	readAsNote(o, p)
	return nil
}

// readAsNote leaves of a post what a note has.
func readAsNote(o *vocab.Object, p *parvis.Post) {
	p.Detail, p.Title, p.State, p.Place, p.EndsAt = &parvis.Note{}, "", parvis.Open, nil, time.Time{}
	readText(o, p)
}

// wantsPassed refuses the answers that a group passes on, unless what they answer is
// known here. What is embedded only spares a fetch: it is not believed.
func (s *Server) wantsPassed(ctx context.Context, a said) error {
	if a.by.Type != parvis.Group {
		return nil
	}
	answered := a.all.Object("object").Object("object").ID("inReplyTo")
	if answered == "" {
		return nil
	}
	_, err := s.rows(a.node).PostByURI(ctx, answered)
	if errors.Is(err, parvis.ErrNotFound) {
		return app.ErrUnwanted
	}
	return err
}

// digestPassedEnd deletes a post of whose end a group says, if the server that the post
// lives on says so too: its word is fetched. Only of conversations that the group
// shares is it asked, and only about what everybody may read, since what it keeps from
// us looks to us as if it were gone.
func (s *Server) digestPassedEnd(ctx context.Context, a said) error {
	if a.by.Type != parvis.Group {
		return nil
	}
	p, err := s.rows(a.node).PostByURI(ctx, a.Object().Object)
	if err != nil || p.Author.Local() || !p.Audience.Public() || !p.DeletedAt.IsZero() {
		return ignore(err, parvis.ErrNotFound)
	}
	if _, err := s.rows(a.node).Reaction(ctx, storage.Shares, a.by.ID, p.Thread); err != nil {
		return ignore(err, parvis.ErrNotFound)
	}
	if wanted, err := s.rows(a.node).HasLocalFollower(ctx, a.by.ID); err != nil || !wanted {
		return err
	}
	if gone, err := s.gone(ctx, a.node, p.URI); err != nil || !gone {
		return err
	}
	return s.app.ReceiveDelete(ctx, a.node, p.Author, p.URI, true)
}

// gone asks the server of a post whether it is deleted.
func (s *Server) gone(ctx context.Context, n *parvis.Node, uri string) (bool, error) {
	me, err := s.rows(n).Account(ctx, n.ActorID)
	if err != nil {
		return false, err
	}
	key, err := s.keyOf(ctx, n, me.ID)
	if err != nil {
		return false, err
	}
	o, err := s.fetch(ctx, n, uri, key)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrGone) {
		return true, nil
	}
	return err == nil && o.Type() == vocab.TypeTombstone && o.ID("id") == uri, err
}
