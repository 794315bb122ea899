package storage

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type pushSubscriptionRow struct {
	bun.BaseModel `bun:"table:push_subscriptions,alias:p"`

	ID        parvis.ID `bun:",pk"`
	NodeID    parvis.ID
	AccountID parvis.ID
	Session   string
	TokenID   parvis.ID
	Endpoint  string
	PublicKey string
	Auth      string
	Encoding  string
	Alerts    string
	Policy    parvis.PushPolicy
	Language  string
	CreatedAt int64
}

// PushKey returns the key by which push services know the node, as it was stored.
func (n *Node) PushKey(ctx context.Context) (string, error) {
	var key string
	err := n.raw("SELECT private_key FROM push_keys WHERE node_id = ?", n.node).Scan(ctx, &key)
	return key, translate(err)
}

// AddPushKey stores the node's key, unless it has one.
func (n *Tx) AddPushKey(ctx context.Context, key string) error {
	_, err := n.exec(ctx, "INSERT INTO push_keys (node_id, private_key) VALUES (?, ?) ON CONFLICT DO NOTHING", n.node, key)
	return err
}

// AddPushSubscription stores one in the place of another of that session or token.
func (n *Tx) AddPushSubscription(ctx context.Context, s *parvis.PushSubscription) error {
	if err := n.EndPush(ctx, s.AccountID, s.Session, s.TokenID); err != nil {
		return err
	}
	s.ID = parvis.NewID(s.CreatedAt)
	row := &pushSubscriptionRow{ID: s.ID, NodeID: n.node, AccountID: s.AccountID, Session: s.Session, TokenID: s.TokenID, Endpoint: s.Endpoint,
		PublicKey: s.PublicKey, Auth: s.Auth, Encoding: s.Encoding, Alerts: joinTypes(s.Alerts), Policy: s.Policy, Language: s.Language, CreatedAt: ms(s.CreatedAt)}
	err := n.db.insertNew(ctx, "push_subscriptions", &row.ID, row)
	s.ID = row.ID
	return err
}

func joinTypes(list []parvis.NotificationType) string {
	words := make([]string, len(list))
	for i, t := range list {
		words[i] = string(t)
	}
	return strings.Join(words, " ")
}

// SetAlerts changes what an app wants to hear of, and from whom.
func (n *Tx) SetAlerts(ctx context.Context, id parvis.ID, alerts []parvis.NotificationType, policy parvis.PushPolicy) error {
	_, err := n.exec(ctx, "UPDATE push_subscriptions SET alerts = ?, policy = ? WHERE id = ? AND node_id = ?", joinTypes(alerts), policy, id, n.node)
	return err
}

// EndPush ends the subscription of an account's session or token.
func (n *Tx) EndPush(ctx context.Context, account parvis.ID, session string, token parvis.ID) error {
	_, err := n.exec(ctx, `DELETE FROM push_subscriptions WHERE account_id = ?0 AND node_id = ?1
		AND (session = ?2 AND session <> '' OR token_id = ?3 AND token_id <> 0)`, account, n.node, session, token)
	return err
}

// RemovePush removes one of an account's subscriptions.
func (n *Tx) RemovePush(ctx context.Context, account, id parvis.ID) error {
	_, err := n.exec(ctx, "DELETE FROM push_subscriptions WHERE id = ? AND node_id = ? AND account_id = ?", id, n.node, account)
	return err
}

// endPushOf ends the subscriptions of those of an account's sessions that are over.
func (n *Tx) endPushOf(ctx context.Context, account parvis.ID) error {
	_, err := n.exec(ctx, `DELETE FROM push_subscriptions WHERE account_id = ? AND node_id = ? AND session <> ''
		AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.hash = push_subscriptions.session)`, account, n.node)
	return err
}

// PushSubscriptions lists an account's, of those whose session or token is good; the
// newest first.
func (n *Node) PushSubscriptions(ctx context.Context, account parvis.ID, now time.Time) ([]*parvis.PushSubscription, error) {
	var rows []struct {
		pushSubscriptionRow
		Device string
	}
	err := n.raw("SELECT "+n.db.columns(pushSubscriptionRow{}, "p.")+`, COALESCE(s.device, t.name) AS device FROM push_subscriptions p
		LEFT JOIN sessions s ON s.hash = p.session AND p.session <> '' AND s.expires_at > ?
		LEFT JOIN tokens t ON t.id = p.token_id AND p.token_id <> 0 AND t.revoked_at = 0
		WHERE p.account_id = ? AND p.node_id = ? AND COALESCE(s.account_id, t.account_id) = p.account_id ORDER BY p.id DESC LIMIT ?`,
		ms(now), account, n.node, parvis.MaxPushSubscriptions).Scan(ctx, &rows)
	list := make([]*parvis.PushSubscription, len(rows))
	for i, r := range rows {
		list[i] = &parvis.PushSubscription{ID: r.ID, AccountID: r.AccountID, Session: r.Session, TokenID: r.TokenID, Endpoint: r.Endpoint,
			PublicKey: r.PublicKey, Auth: r.Auth, Encoding: r.Encoding, Policy: r.Policy, Language: r.Language, CreatedAt: at(r.CreatedAt), Device: r.Device}
		for _, word := range strings.Fields(r.Alerts) {
			list[i].Alerts = append(list[i].Alerts, parvis.NotificationType(word))
		}
	}
	return list, translate(err)
}
