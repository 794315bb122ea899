package mastodon

import (
	"context"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A pushSubscription is https://docs.joinmastodon.org/entities/WebPushSubscription/.
type pushSubscription struct {
	ID        string          `json:"id"`
	Endpoint  string          `json:"endpoint"`
	Standard  bool            `json:"standard"` // RFC 8291, not the draft before it
	Alerts    map[string]bool `json:"alerts"`
	Policy    string          `json:"policy"`
	ServerKey string          `json:"server_key"`
}

func (a *API) subscribe(ctx context.Context, c *call) (any, error) {
	alerts, policy := c.alerts()
	s := &parvis.PushSubscription{TokenID: c.viewer.Token, Endpoint: c.in.text("subscription[endpoint]"),
		PublicKey: c.in.text("subscription[keys][p256dh]"), Auth: c.in.text("subscription[keys][auth]"), Encoding: parvis.PushDraft,
		Alerts: alerts, Policy: policy, Language: c.words.Lang()}
	if c.in.yes("subscription[standard]") {
		s.Encoding = parvis.PushStandard
	}
	if err := a.App.Subscribe(ctx, c.node, c.viewer, s); err != nil {
		return nil, err
	}
	return a.subscription(ctx, c, s)
}

// alerts are what the app wants to hear of, and from whom.
func (c *call) alerts() ([]parvis.NotificationType, parvis.PushPolicy) {
	var alerts []parvis.NotificationType
	for _, t := range notificationTypes {
		if c.in.yes("data[alerts][" + string(t) + "]") {
			alerts = append(alerts, t)
		}
	}
	policy := c.in.text("data[policy]")
	if policy == "" {
		policy = c.in.text("policy") // as it is documented, and seldom sent
	}
	if policy == "" {
		return alerts, parvis.PushFromAll
	}
	return alerts, parvis.PushPolicy(policy)
}

func (a *API) showPush(ctx context.Context, c *call) (any, error) {
	s, err := a.App.PushSubscription(ctx, c.node, c.viewer)
	if err != nil {
		return nil, err
	}
	return a.subscription(ctx, c, s)
}

func (a *API) changePush(ctx context.Context, c *call) (any, error) {
	alerts, policy := c.alerts()
	s, err := a.App.SetAlerts(ctx, c.node, c.viewer, alerts, policy)
	if err != nil {
		return nil, err
	}
	return a.subscription(ctx, c, s)
}

func (a *API) unsubscribe(ctx context.Context, c *call) (any, error) {
	return struct{}{}, a.App.EndPush(ctx, c.node, c.viewer)
}

func (a *API) subscription(ctx context.Context, c *call, s *parvis.PushSubscription) (any, error) {
	key, err := a.serverKey(ctx, c.node)
	out := pushSubscription{ID: s.ID.Decimal(), Endpoint: s.Endpoint, Standard: s.Encoding == parvis.PushStandard,
		Alerts: make(map[string]bool), Policy: string(s.Policy), ServerKey: key}
	for _, t := range notificationTypes {
		out.Alerts[string(t)] = false
	}
	for _, t := range s.Alerts {
		out.Alerts[string(t)] = true
	}
	return out, err
}

// serverKey is how push services know the node (RFC 8292).
func (a *API) serverKey(ctx context.Context, n *parvis.Node) (string, error) {
	key, err := a.App.PushKey(ctx, n)
	if err != nil {
		return "", err
	}
	return key.Public()
}
