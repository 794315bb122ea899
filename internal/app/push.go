package app

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/push"
	"github.com/parvis-coop/parvis/storage"
)

// PushKey returns the key by which push services know the node. It is made when it is
// first asked for.
func (a *App) PushKey(ctx context.Context, n *parvis.Node) (push.Key, error) {
	stored, err := a.node(n).PushKey(ctx)
	if errors.Is(err, parvis.ErrNotFound) {
		stored, err = a.makePushKey(ctx, n)
	}
	if err != nil {
		return push.Key{}, err
	}
	return push.ParseKey(stored)
}

func (a *App) makePushKey(ctx context.Context, n *parvis.Node) (string, error) {
	key, err := push.NewKey()
	if err != nil {
		return "", err
	}
	private, err := key.Private()
	if err != nil {
		return "", err
	}
	if err := a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.AddPushKey(ctx, private) }); err != nil {
		return "", err
	}
	return a.node(n).PushKey(ctx) // another may have been faster
}

// Subscribe lets a browser or an app of the viewer be told on its device. Where it is
// told, and by which keys, comes from strangers: it is looked at here, and visited only
// through the guarded client.
func (a *App) Subscribe(ctx context.Context, n *parvis.Node, v parvis.Viewer, s *parvis.PushSubscription) error {
	if !v.Resident() {
		return parvis.ErrSignIn
	}
	if err := s.Validate(); err != nil {
		return err
	}
	if _, err := push.ParseReceiver(s.PublicKey, s.Auth, push.Encoding(s.Encoding)); err != nil {
		return errors.Join(parvis.Invalid("keys", "push.keys.invalid"), err)
	}
	s.AccountID, s.CreatedAt = v.ID(), a.Now()
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		all, err := t.PushSubscriptions(ctx, v.ID(), a.Now())
		if err != nil {
			return err
		}
		others := slices.DeleteFunc(all, func(o *parvis.PushSubscription) bool { return o.Session == s.Session && o.TokenID == s.TokenID })
		if len(others) >= parvis.MaxPushSubscriptions {
			if err := t.RemovePush(ctx, v.ID(), others[len(others)-1].ID); err != nil { // the oldest
				return err
			}
		}
		return t.AddPushSubscription(ctx, s)
	})
}

// PushSubscriptions lists where the viewer is told.
func (a *App) PushSubscriptions(ctx context.Context, n *parvis.Node, v parvis.Viewer) ([]*parvis.PushSubscription, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	return a.node(n).PushSubscriptions(ctx, v.ID(), a.Now())
}

// PushSubscription returns that of the app which asks.
func (a *App) PushSubscription(ctx context.Context, n *parvis.Node, v parvis.Viewer) (*parvis.PushSubscription, error) {
	all, err := a.PushSubscriptions(ctx, n, v)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if s.TokenID == v.Token && v.Token != 0 {
			return s, nil
		}
	}
	return nil, parvis.ErrNotFound
}

// SetAlerts changes what the app that asks wants to hear of, and from whom.
func (a *App) SetAlerts(ctx context.Context, n *parvis.Node, v parvis.Viewer, alerts []parvis.NotificationType, policy parvis.PushPolicy) (*parvis.PushSubscription, error) {
	s, err := a.PushSubscription(ctx, n, v)
	if err != nil {
		return nil, err
	}
	s.Alerts, s.Policy = alerts, policy
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return s, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.SetAlerts(ctx, s.ID, alerts, policy) })
}

// EndPush ends the subscription of the app that asks.
func (a *App) EndPush(ctx context.Context, n *parvis.Node, v parvis.Viewer) error {
	if !v.Resident() {
		return parvis.ErrSignIn
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.EndPush(ctx, v.ID(), "", v.Token) })
}

// RemovePush ends one of the viewer's subscriptions.
func (a *App) RemovePush(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) error {
	if !v.Resident() {
		return parvis.ErrSignIn
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.RemovePush(ctx, v.ID(), id) })
}

// pushAll has every device told that wants to hear of a notification. One that asks for
// it twice is told once: the later replaces the earlier.
func (a *App) pushAll(ctx context.Context, t *storage.Tx, args parvis.TellArgs, reach parvis.Reach) error {
	told, err := a.notification(ctx, t.Node, args.Account, args.Notification)
	if err != nil || told.Read {
		return ignore(err, parvis.ErrNotFound)
	}
	devices, err := t.PushSubscriptions(ctx, args.Account, a.Now())
	if err != nil {
		return err
	}
	rels, err := t.Relationships(ctx, args.Account, []parvis.ID{told.FromID})
	if err != nil {
		return err
	}
	for _, s := range devices {
		if !s.Wants(told.Type, reach, rels[told.FromID]) {
			continue
		}
		u, err := url.Parse(s.Endpoint)
		if err != nil {
			return err
		}
		err = a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobPush, Host: u.Host, Key: s.ID.String() + ":" + told.ID.String()},
			parvis.PushArgs{Account: args.Account, Subscription: s.ID, Notification: told.ID})
		if err != nil {
			return err
		}
	}
	return nil
}

// notification returns what somebody was told.
func (a *App) notification(ctx context.Context, rows *storage.Node, account, id parvis.ID) (*parvis.Notification, error) {
	// The page that has room for this one only.
	list, err := rows.Notifications(ctx, account, nil, parvis.Page{Before: id + 1, After: id - 1, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, parvis.ErrNotFound
	}
	return list[0], nil
}

// A Pushed is what a device is to be told.
type Pushed struct {
	*parvis.PushSubscription
	Account *parvis.Account
	Told    *parvis.Notification
	Title   string // what it is about
}

// Pushed returns what a job tells a device; parvis.ErrNotFound if it was read meanwhile,
// or if nobody is to be told there any more.
func (a *App) Pushed(ctx context.Context, n *parvis.Node, args parvis.PushArgs) (*Pushed, error) {
	v, _, err := a.viewer(ctx, n, args.Account)
	if err != nil {
		return nil, err
	}
	told, err := a.notification(ctx, a.node(n), args.Account, args.Notification)
	if err != nil {
		return nil, err
	}
	devices, err := a.node(n).PushSubscriptions(ctx, args.Account, a.Now())
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(devices, func(s *parvis.PushSubscription) bool { return s.ID == args.Subscription })
	if i < 0 || told.Read {
		return nil, parvis.ErrNotFound
	}
	if left, err := a.tellable(ctx, n, v, []*parvis.Notification{told}); err != nil || len(left) == 0 {
		return nil, cmp.Or(err, parvis.ErrNotFound)
	}
	title, err := a.about(ctx, n, v, told.Post)
	return &Pushed{PushSubscription: devices[i], Account: v.Account, Told: told, Title: title}, err
}

// DropPush removes a subscription of which its service knows nothing any more.
func (a *App) DropPush(ctx context.Context, n *parvis.Node, s *parvis.PushSubscription) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.RemovePush(ctx, s.AccountID, s.ID) })
}
