package mastodon

import (
	"context"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A relationship is https://docs.joinmastodon.org/entities/Relationship/.
type relationship struct {
	ID                  string   `json:"id"`
	Following           bool     `json:"following"`
	ShowingReblogs      bool     `json:"showing_reblogs"`
	Notifying           bool     `json:"notifying"`
	Languages           []string `json:"languages"` // of what is followed; null for all
	FollowedBy          bool     `json:"followed_by"`
	Blocking            bool     `json:"blocking"`
	BlockedBy           bool     `json:"blocked_by"`
	Muting              bool     `json:"muting"`
	MutingNotifications bool     `json:"muting_notifications"`
	Requested           bool     `json:"requested"`
	RequestedBy         bool     `json:"requested_by"`
	DomainBlocking      bool     `json:"domain_blocking"`
	Endorsed            bool     `json:"endorsed"`
	Note                string   `json:"note"`
}

func (a *API) relationships(ctx context.Context, c *call) (any, error) {
	ids, err := c.in.ids("id")
	if err != nil {
		return nil, err
	}
	return a.related(ctx, c, ids)
}

// related tells how the viewer stands to accounts, in their order.
func (a *API) related(ctx context.Context, c *call, ids []parvis.ID) ([]relationship, error) {
	found, err := a.App.Relationships(ctx, c.node, c.viewer, ids)
	if err != nil {
		return nil, err
	}
	list := make([]relationship, len(ids))
	for i, id := range ids {
		r := found[id]
		list[i] = relationship{ID: id.Decimal(), Following: r.Following, ShowingReblogs: r.Following, FollowedBy: r.FollowedBy,
			Blocking: r.Blocking, BlockedBy: r.BlockedBy, Requested: r.Requested, RequestedBy: r.RequestedBy,
			Muting: r.Muting, MutingNotifications: r.MutingNotifications}
	}
	return list, nil
}

// An act is something that the viewer does to an account.
type act func(context.Context, *parvis.Node, parvis.Viewer, parvis.ID) error

// acted does something to the account that the path names, and tells how the
// viewer stands to it now.
func (a *API) acted(ctx context.Context, c *call, do act) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	if err := do(ctx, c.node, c.viewer, id); err != nil {
		return nil, err
	}
	list, err := a.related(ctx, c, []parvis.ID{id})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

func (a *API) follow(ctx context.Context, c *call) (any, error) {
	return a.acted(ctx, c, a.App.Follow)
}

func (a *API) unfollow(ctx context.Context, c *call) (any, error) {
	return a.acted(ctx, c, a.App.Unfollow)
}

func (a *API) removeFollower(ctx context.Context, c *call) (any, error) {
	return a.acted(ctx, c, a.App.RemoveFollower)
}

func (a *API) block(ctx context.Context, c *call) (any, error) {
	return a.acted(ctx, c, a.App.Block)
}

func (a *API) unblock(ctx context.Context, c *call) (any, error) {
	return a.acted(ctx, c, a.App.Unblock)
}

func (a *API) authorize(ctx context.Context, c *call) (any, error) {
	return a.acted(ctx, c, a.answerFollow(parvis.VerbAccept))
}

func (a *API) reject(ctx context.Context, c *call) (any, error) {
	return a.acted(ctx, c, a.answerFollow(parvis.VerbReject))
}

func (a *API) answerFollow(answer parvis.Verb) act {
	return func(ctx context.Context, n *parvis.Node, v parvis.Viewer, follower parvis.ID) error {
		return a.App.AnswerFollow(ctx, n, v, follower, answer)
	}
}
