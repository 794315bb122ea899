package mastodon

import (
	"context"
	"strconv"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// A mutedAccount is https://docs.joinmastodon.org/entities/Account/#MutedAccount.
type mutedAccount struct {
	*account
	MuteExpiresAt *string `json:"mute_expires_at"`
}

// mute also leaves out notifications unless the app says otherwise, and ends by itself
// after so many seconds if it gives a number.
func (a *API) mute(ctx context.Context, c *call) (any, error) {
	wish := app.MuteWish{Notifications: !c.in.has("notifications") || c.in.yes("notifications")}
	if c.in.has("duration") {
		seconds, err := strconv.ParseUint(c.in.text("duration"), 10, 31)
		if err != nil {
			return nil, parvis.Invalid("duration", "mastodon.error.duration")
		}
		wish.For = time.Duration(seconds) * time.Second
	}
	return a.acted(ctx, c, func(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) error {
		return a.App.Mute(ctx, n, v, id, wish)
	})
}

func (a *API) unmute(ctx context.Context, c *call) (any, error) {
	return a.acted(ctx, c, a.App.Unmute)
}

func (a *API) mutes(ctx context.Context, c *call) (any, error) {
	page, err := c.page(accountsPage)
	if err != nil {
		return nil, err
	}
	muted, err := a.App.Muted(ctx, c.node, c.viewer, page)
	if err != nil {
		return nil, err
	}
	faces := make([]mutedAccount, 0, len(muted))
	for _, m := range muted {
		if m.Target != nil {
			faces = append(faces, mutedAccount{c.face(m.Target), stampOrNull(m.Until)})
		}
	}
	if len(muted) > 0 {
		c.link(muted[0].ID, muted[len(muted)-1].ID)
	}
	return faces, nil
}
