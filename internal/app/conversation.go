package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// beginLimit bounds the conversations that somebody begins: it is for people.
var beginLimit = limit{"conversation", 40, time.Hour}

// Addressees finds whom a list of handles names, separated by spaces, commas or
// lines.
func (a *App) Addressees(ctx context.Context, n *parvis.Node, v parvis.Viewer, list string) ([]*parvis.Account, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	names := strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(" ,;\t\r\n\u00a0", r) })
	if len(names) > parvis.MaxMentions {
		return nil, parvis.Invalid("to", "conversation.to.many", "Max", parvis.MaxMentions)
	}
	asking, cancel := context.WithTimeout(ctx, lookupPatience)
	defer cancel()
	var people []*parvis.Account
	for _, name := range names {
		acc, err := a.Lookup(asking, n, name)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, errors.Join(parvis.Invalid("to", "conversation.to.unknown", "Name", name), err)
		}
		people = append(people, acc)
	}
	return people, nil
}

// Write sends a message to some people, about a post or, if subject is 0, about
// nothing in particular. They go on with the conversation that they have about it,
// or begin one.
func (a *App) Write(ctx context.Context, n *parvis.Node, v parvis.Viewer, to []*parvis.Account, subject parvis.ID, d Draft) (*parvis.Post, error) {
	c, err := a.ConversationWith(ctx, n, v, to, subject)
	if err == nil {
		return a.Answer(ctx, n, v, c.ID, d)
	}
	if !errors.Is(err, parvis.ErrNotFound) {
		return nil, err
	}
	d.ReplyTo = subject
	return a.send(ctx, n, v, to, d)
}

// Answer sends a message to all who take part in a conversation of the viewer.
func (a *App) Answer(ctx context.Context, n *parvis.Node, v parvis.Viewer, conversation parvis.ID, d Draft) (*parvis.Post, error) {
	c, messages, err := a.Conversation(ctx, n, v, conversation, parvis.Page{})
	if err != nil {
		return nil, err
	}
	last := slices.IndexFunc(messages, func(m parvis.Message) bool { return m.Post != nil })
	if last < 0 {
		return nil, parvis.Invalid("text", "conversation.over")
	}
	d.ReplyTo = messages[last].Post.ID
	return a.send(ctx, n, v, c.Others(v.ID()), d)
}

// send publishes a message to people who can all get it.
func (a *App) send(ctx context.Context, n *parvis.Node, v parvis.Viewer, to []*parvis.Account, d Draft) (*parvis.Post, error) {
	if err := a.reachable(ctx, n, v, to); err != nil {
		return nil, err
	}
	d.To, d.Audience = to, parvis.Named
	return a.Publish(ctx, n, v, d)
}

// mayBegin counts a conversation that a post of the viewer would begin, and refuses
// too many.
func (a *App) mayBegin(ctx context.Context, n *parvis.Node, p *parvis.Post) error {
	if p.Audience != parvis.Named {
		return nil
	}
	people := []parvis.ID{p.AuthorID}
	for _, m := range p.Mentions {
		people = append(people, m.AccountID)
	}
	subject, err := a.node(n).SubjectOf(ctx, p)
	if err != nil {
		return err
	}
	if _, err = a.node(n).ConversationAbout(ctx, subject, people); !errors.Is(err, parvis.ErrNotFound) {
		return err
	}
	var many *parvis.TooManyError
	if err = a.attempt(ctx, n, beginLimit, p.AuthorID.String()); errors.As(err, &many) {
		return errors.Join(parvis.Invalid("to", "conversation.begin.many", "Max", beginLimit.count), err)
	}
	return err
}

// CanAnswer reports why the viewer cannot write in a conversation, as an error for
// its form; nil if they can.
func (a *App) CanAnswer(ctx context.Context, n *parvis.Node, v parvis.Viewer, c *parvis.Conversation) error {
	return a.reachable(ctx, n, v, c.Others(v.ID()))
}

// reachable refuses people whom the viewer cannot write to. Who left, or was
// suspended, stays in a conversation, as long as somebody else reads it.
func (a *App) reachable(ctx context.Context, n *parvis.Node, v parvis.Viewer, to []*parvis.Account) error {
	if err := speaks(v); err != nil {
		return err
	}
	ids := make([]parvis.ID, len(to))
	for i, acc := range to {
		ids[i] = acc.ID
	}
	relations, err := a.node(n).Relationships(ctx, v.ID(), ids)
	if err != nil {
		return err
	}
	readers := 0
	for _, acc := range to {
		r := relations[acc.ID]
		switch {
		case acc.ID == v.ID():
			return parvis.Invalid("to", "conversation.to.self")
		case acc.IsFeed() && acc.Local(), acc.Type == parvis.Application:
			return parvis.Invalid("to", "conversation.to.nobody", "Name", acc.Display())
		case r.Blocking, r.BlockedBy:
			return parvis.Invalid("to", "conversation.to.blocked", "Name", acc.Display())
		case acc.Active():
			readers++
		}
	}
	switch {
	case len(to) == 0:
		return parvis.Invalid("to", "conversation.to.missing")
	case len(to) > parvis.MaxMentions:
		return parvis.Invalid("to", "conversation.to.many", "Max", parvis.MaxMentions)
	case readers == 0:
		return parvis.Invalid("text", "conversation.over")
	}
	return nil
}

// ConversationWith returns the conversation that the viewer has with some people
// about a post, or about nothing in particular.
func (a *App) ConversationWith(ctx context.Context, n *parvis.Node, v parvis.Viewer, people []*parvis.Account, subject parvis.ID) (*parvis.Conversation, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	if subject != 0 {
		p, err := a.Post(ctx, n, v, subject)
		if err != nil {
			return nil, err
		}
		subject = p.Thread // all private talk below a post is about that
	}
	ids := []parvis.ID{v.ID()}
	for _, acc := range people {
		ids = append(ids, acc.ID)
	}
	id, err := a.node(n).ConversationAbout(ctx, subject, ids)
	if err != nil {
		return nil, err
	}
	return a.conversation(ctx, n, v, id)
}

// Conversation returns a conversation that the viewer takes part in, and a page of
// what was written in it, the latest first.
func (a *App) Conversation(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID, page parvis.Page) (*parvis.Conversation, []parvis.Message, error) {
	c, err := a.conversation(ctx, n, v, id)
	if err != nil {
		return nil, nil, err
	}
	all, err := a.node(n).Messages(ctx, id, page)
	if err != nil {
		return nil, nil, err
	}
	posts := make([]*parvis.Post, len(all))
	for i, m := range all {
		posts[i] = m.Post
	}
	seen, err := a.visible(ctx, n, v, posts)
	if err != nil {
		return nil, nil, err
	}
	for i := range all {
		m := &all[i]
		m.New = m.Place > c.Seen && m.Post.AuthorID != v.ID()
		if !slices.Contains(seen, m.Post) {
			m.Post = nil
		}
	}
	return c, all, nil
}

// conversation returns one that the viewer takes part in, as they may see it.
func (a *App) conversation(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.Conversation, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	c, err := a.node(n).Conversation(ctx, v.ID(), id)
	if err != nil {
		return nil, err
	}
	return c, a.narrow(ctx, n, v, c)
}

// narrow takes out of conversations what the viewer may not see.
func (a *App) narrow(ctx context.Context, n *parvis.Node, v parvis.Viewer, all ...*parvis.Conversation) error {
	var posts []*parvis.Post
	for _, c := range all {
		for _, p := range []*parvis.Post{c.Last, c.Subject} {
			if p != nil {
				posts = append(posts, p)
			}
		}
	}
	seen, err := a.visible(ctx, n, v, posts)
	if err != nil {
		return err
	}
	for _, c := range all {
		if !slices.Contains(seen, c.Last) {
			c.Last = nil
		}
		if !slices.Contains(seen, c.Subject) {
			c.Subject = nil
		}
	}
	return nil
}

// Conversations lists those of the viewer, the latest first. Pages are counted in
// the places of their last messages.
func (a *App) Conversations(ctx context.Context, n *parvis.Node, v parvis.Viewer, page parvis.Page) ([]*parvis.Conversation, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	all, err := a.node(n).Conversations(ctx, v.ID(), page)
	if err != nil {
		return nil, err
	}
	return all, a.narrow(ctx, n, v, all...)
}

// maxAbout is how many conversations about one post are listed with it.
const maxAbout = 20

// ConversationsAbout lists the latest that the viewer has about a post. Visitors
// have none.
func (a *App) ConversationsAbout(ctx context.Context, n *parvis.Node, v parvis.Viewer, p *parvis.Post) ([]*parvis.Conversation, error) {
	if !v.Resident() {
		return nil, nil
	}
	all, err := a.node(n).ConversationsAbout(ctx, v.ID(), p.ID, maxAbout)
	if err != nil {
		return nil, err
	}
	return all, a.narrow(ctx, n, v, all...)
}

// ConversationOf returns the conversation of a message to or by the viewer.
func (a *App) ConversationOf(ctx context.Context, n *parvis.Node, v parvis.Viewer, message parvis.ID) (*parvis.Conversation, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	id, _, err := a.node(n).ConversationOf(ctx, message)
	if err != nil {
		return nil, err
	}
	return a.conversation(ctx, n, v, id)
}

// PageWith returns the page of a conversation of the viewer on which a message is, of
// so many messages: the first page, or the one that begins with it.
func (a *App) PageWith(ctx context.Context, n *parvis.Node, v parvis.Viewer, message parvis.ID, size int) (conversation parvis.ID, page parvis.Page, err error) {
	if !v.Resident() {
		return 0, page, parvis.ErrSignIn
	}
	id, place, err := a.node(n).ConversationOf(ctx, message)
	if err != nil {
		return 0, page, err
	}
	_, list, err := a.Conversation(ctx, n, v, id, parvis.Page{Limit: size})
	if err != nil {
		return 0, page, err
	}
	if len(list) > 0 && list[len(list)-1].Place > place {
		page.Before = place + 1
	}
	return id, page, nil
}

// reportedBefore is how many messages a report of one may add.
const reportedBefore = 10

// EarlierMessages returns what the author of a message wrote before it in the same
// conversation, for a report to show the team.
func (a *App) EarlierMessages(ctx context.Context, n *parvis.Node, v parvis.Viewer, message *parvis.Post) ([]parvis.ID, error) {
	id, place, err := a.node(n).ConversationOf(ctx, message.ID)
	if err != nil {
		return nil, err
	}
	_, list, err := a.Conversation(ctx, n, v, id, parvis.Page{Before: place, Limit: parvis.MaxPage})
	if err != nil {
		return nil, err
	}
	var ids []parvis.ID
	for _, m := range list {
		if m.Post != nil && m.Post.AuthorID == message.AuthorID && len(ids) < reportedBefore {
			ids = append(ids, m.Post.ID)
		}
	}
	return ids, nil
}

// UnreadConversations counts those with something to read, up to 100.
func (a *App) UnreadConversations(ctx context.Context, n *parvis.Node, v parvis.Viewer) (int, error) {
	if !v.Resident() {
		return 0, nil
	}
	return a.node(n).CountUnread(ctx, v.ID())
}

// ReadConversation notes that the viewer has read a conversation up to a place.
// Nobody else learns of it.
func (a *App) ReadConversation(ctx context.Context, n *parvis.Node, v parvis.Viewer, id, upTo parvis.ID) error {
	return a.changeConversation(ctx, n, v, func(ctx context.Context, t *storage.Tx) error {
		return t.ReadConversation(ctx, v.ID(), id, upTo)
	})
}

// MuteConversation says whether the viewer wants to be told of what is written in a
// conversation. Nobody else learns of it.
func (a *App) MuteConversation(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID, muted bool) error {
	return a.changeConversation(ctx, n, v, func(ctx context.Context, t *storage.Tx) error {
		return t.MuteConversation(ctx, v.ID(), id, muted)
	})
}

// PutAwayConversation takes a conversation out of the viewer's list. The next message
// brings it back, unless it is muted.
func (a *App) PutAwayConversation(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) error {
	return a.changeConversation(ctx, n, v, func(ctx context.Context, t *storage.Tx) error {
		return t.ListConversation(ctx, v.ID(), id, false)
	})
}

func (a *App) changeConversation(ctx context.Context, n *parvis.Node, v parvis.Viewer, change func(context.Context, *storage.Tx) error) error {
	if !v.Resident() {
		return parvis.ErrSignIn
	}
	return a.inTx(ctx, n, change)
}
