package mastodon

import (
	"context"
	"slices"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// A notification is https://docs.joinmastodon.org/entities/Notification/.
type notification struct {
	ID        string   `json:"id"`
	Type      string   `json:"type"`
	GroupKey  string   `json:"group_key"`
	CreatedAt string   `json:"created_at"`
	Account   *account `json:"account"`
	Status    *status  `json:"status"`
}

// notificationTypes are those that we have. Apps name more: they never come.
var notificationTypes = []parvis.NotificationType{parvis.NotifyMention, parvis.NotifyFollow, parvis.NotifyFollowRequest,
	parvis.NotifyLike, parvis.NotifyShare, parvis.NotifyQuote, parvis.NotifyPoll}

func (a *API) notifications(ctx context.Context, c *call) (any, error) {
	page, err := c.page(accountsPage)
	if err != nil {
		return nil, err
	}
	types := c.wantedTypes()
	if len(types) == 0 {
		return []notification{}, nil
	}
	list, err := a.App.Notifications(ctx, c.node, c.viewer, types, page)
	if err != nil {
		return nil, err
	}
	if len(list) > 0 {
		c.link(list[0].ID, list[len(list)-1].ID)
	}
	return a.notices(ctx, c, list)
}

// wantedTypes returns the types that the app asks for and does not exclude.
func (c *call) wantedTypes() []parvis.NotificationType {
	only, not := c.in.values["types"], c.in.values["exclude_types"]
	var wanted []parvis.NotificationType
	for _, t := range notificationTypes {
		if (len(only) == 0 || slices.Contains(only, string(t))) && !slices.Contains(not, string(t)) {
			wanted = append(wanted, t)
		}
	}
	return wanted
}

func (a *API) notification(ctx context.Context, c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	// The page that has room for this one only.
	list, err := a.App.Notifications(ctx, c.node, c.viewer, notificationTypes, parvis.Page{Before: id + 1, After: id - 1, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, parvis.ErrNotFound
	}
	shown, err := a.notices(ctx, c, list)
	if err != nil {
		return nil, err
	}
	return shown[0], nil
}

// notices shows notifications with their posts.
func (a *API) notices(ctx context.Context, c *call, list []*parvis.Notification) ([]notification, error) {
	var entries []storage.HomeEntry
	for _, t := range list {
		if t.Post != nil {
			entries = append(entries, storage.HomeEntry{ID: t.Post.ID, Post: t.Post})
		}
	}
	posts, err := a.statusesOf(ctx, c, entries)
	if err != nil {
		return nil, err
	}
	shown := make([]notification, len(list))
	for i, t := range list {
		id := t.ID.Decimal()
		shown[i] = notification{ID: id, Type: string(t.Type), GroupKey: "ungrouped-" + id, CreatedAt: stamp(t.CreatedAt), Account: c.face(t.From)}
		if t.Post != nil {
			shown[i].Status, posts = posts[0], posts[1:]
		}
	}
	return shown, nil
}
