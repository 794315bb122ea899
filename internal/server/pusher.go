package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/push"
	"github.com/parvis-coop/parvis/internal/work"
)

// A pusher tells people's devices what concerns them.
type pusher struct {
	app    *app.App
	words  *i18n.Catalogue
	client *federation.Client
}

// pushFor is how long a push service keeps what a device that is off has not got.
const pushFor = 24 * time.Hour

// A pushText is what static/worker.js shows.
type pushText struct {
	Title string `json:"title"`
	Body  string `json:"body"`
	URL   string `json:"url"`
	Tag   string `json:"tag"` // one with the same replaces another
	Lang  string `json:"lang"`
}

// An appText is what apps read, as Mastodon sends it. The app's token, which Mastodon puts
// in, is empty: only its hash is known here.
type appText struct {
	Token  string                  `json:"access_token"`
	Locale string                  `json:"preferred_locale"`
	ID     int64                   `json:"notification_id"`
	Type   parvis.NotificationType `json:"notification_type"`
	Icon   string                  `json:"icon"`
	Title  string                  `json:"title"`
	Body   string                  `json:"body"`
}

// run runs a JobPush.
func (u *pusher) run(ctx context.Context, j *parvis.Job) error {
	var args parvis.PushArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return work.Drop(fmt.Errorf("arguments of job %s: %w", j.ID, err))
	}
	if u.app.Now().Sub(j.CreatedAt) > pushFor {
		return work.Drop(errors.New("no news any more"))
	}
	n, err := u.app.DB.NodeByID(ctx, j.NodeID)
	if err != nil {
		return gone(err)
	}
	told, err := u.app.Pushed(ctx, n, args)
	if err != nil {
		return gone(err)
	}
	headers, body, err := u.compose(ctx, n, told)
	if err != nil {
		return err
	}
	answer, err := u.client.Send(ctx, told.Endpoint, body, headers)
	if errors.Is(err, federation.ErrRefusedAddress) {
		return errors.Join(work.Drop(federation.ErrRefusedAddress), u.app.DropPush(ctx, n, told.PushSubscription))
	}
	if err != nil {
		return withoutAddress(err)
	}
	return u.judge(ctx, n, told, answer)
}

// withoutAddress is a failure as it may stand in a log: who knows the address of a
// subscription can send to it (RFC 8030 §8.3).
func withoutAddress(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err
	}
	return fmt.Errorf("push: %w", err)
}

// judge does what a push service's answer asks for (RFC 8030 §5).
func (u *pusher) judge(ctx context.Context, n *parvis.Node, told *app.Pushed, answer federation.Answer) error {
	err := fmt.Errorf("the push service answered %d", answer.Status)
	switch {
	case answer.Accepted():
		return nil
	case answer.Status == http.StatusNotFound || answer.Status == http.StatusGone: // the subscription is over (§7.3)
		return u.app.DropPush(ctx, n, told.PushSubscription)
	case answer.RetryAfter > 0:
		return work.RetryAt(u.app.Now().Add(min(answer.RetryAfter, pushFor)), err)
	case answer.Status == http.StatusTooManyRequests || answer.Status >= http.StatusInternalServerError:
		return err
	}
	return work.Drop(err)
}

// compose says who did what and about what, sealed for the device.
func (u *pusher) compose(ctx context.Context, n *parvis.Node, told *app.Pushed) (http.Header, []byte, error) {
	p := u.words.For(told.Language, n.Language)
	line := newsLine(p, told.Told, told.Title)
	var text any = pushText{Title: n.Name, Body: line, URL: newsURL(n, told.Told), Tag: told.Told.ID.String(), Lang: p.Lang()}
	if told.TokenID != 0 {
		text = appText{Locale: p.Lang(), ID: int64(told.Told.ID), Type: told.Told.Type, Icon: n.URL("/static/mark.svg"), Title: line, Body: n.Name}
	}
	plain, err := json.Marshal(text)
	if err != nil {
		return nil, nil, err
	}
	receiver, err := push.ParseReceiver(told.PublicKey, told.Auth, push.Encoding(told.Encoding))
	if err != nil {
		return nil, nil, err
	}
	key, err := u.app.PushKey(ctx, n)
	if err != nil {
		return nil, nil, err
	}
	headers := http.Header{}
	headers.Set("Content-Type", "application/octet-stream")
	headers.Set("TTL", strconv.Itoa(int(pushFor.Seconds())))
	headers.Set("Urgency", "normal")
	headers.Set("Topic", told.Told.ID.String()) // what is asked for twice is told once
	body, err := receiver.Seal(plain, headers)
	if err != nil {
		return nil, nil, err
	}
	return headers, body, key.Sign(told.Endpoint, n.URL("/"), receiver.Encoding, u.app.Now(), headers)
}

// newsURL is where a notification leads.
func newsURL(n *parvis.Node, t *parvis.Notification) string {
	if t.Post != nil {
		return n.URL(t.Post.Path())
	}
	return n.URL(t.From.Path())
}
