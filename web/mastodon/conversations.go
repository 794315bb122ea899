package mastodon

import (
	"context"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A conversation is https://docs.joinmastodon.org/entities/Conversation/. On Mastodon
// each thread is one; here the same people have one about each post.
type conversation struct {
	ID         string     `json:"id"`
	Unread     bool       `json:"unread"`
	Accounts   []*account `json:"accounts"` // besides the viewer
	LastStatus *status    `json:"last_status"`
}

func (a *API) conversations(ctx context.Context, c *call) (any, error) {
	page, err := c.page(statusesPage)
	if err != nil {
		return nil, err
	}
	talks, err := a.App.Conversations(ctx, c.node, c.viewer, page)
	if err != nil {
		return nil, err
	}
	if len(talks) > 0 {
		c.link(talks[0].Latest, talks[len(talks)-1].Latest)
	}
	return a.conversationsOf(ctx, c, talks...)
}

// conversationsOf shows conversations in their order.
func (a *API) conversationsOf(ctx context.Context, c *call, talks ...*parvis.Conversation) ([]conversation, error) {
	list := make([]conversation, len(talks))
	var posts []*parvis.Post
	for i, t := range talks {
		list[i] = conversation{ID: t.ID.Decimal(), Unread: t.Unread(), Accounts: []*account{}}
		for _, acc := range t.Others(c.viewer.ID()) {
			list[i].Accounts = append(list[i].Accounts, c.face(acc))
		}
		if t.Last != nil {
			posts = append(posts, t.Last)
		}
	}
	statuses, err := a.statusesOf(ctx, c, entriesOf(posts...))
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*status, len(statuses))
	for _, s := range statuses {
		byID[s.ID] = s
	}
	for i, t := range talks {
		if t.Last != nil {
			list[i].LastStatus = byID[t.Last.ID.Decimal()]
		}
	}
	return list, nil
}

// readConversation notes that the viewer has read all of a conversation.
func (a *API) readConversation(ctx context.Context, c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	talk, _, err := a.App.Conversation(ctx, c.node, c.viewer, id, parvis.Page{Limit: 1})
	if err != nil {
		return nil, err
	}
	if err := a.App.ReadConversation(ctx, c.node, c.viewer, id, talk.Latest); err != nil {
		return nil, err
	}
	talk.Seen = talk.Latest
	list, err := a.conversationsOf(ctx, c, talk)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// removeConversation takes a conversation out of the viewer's list.
func (a *API) removeConversation(ctx context.Context, c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	return struct{}{}, a.App.PutAwayConversation(ctx, c.node, c.viewer, id)
}
