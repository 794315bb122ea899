package federation_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestDeliveryAnswers: what becomes of a delivery by what the server says to it.
func TestDeliveryAnswers(t *testing.T) {
	ctx := context.Background()
	for _, tt := range []struct {
		what       string
		status     int
		retryAfter string
		waits      time.Duration // 0: it is over
		host       bool          // the whole server is left alone
	}{
		{"accepted", 202, "", 0, false},
		{"created", 201, "", 0, false},
		{"gone", 410, "", 0, false},
		{"not allowed", 403, "", 0, false},
		{"moved", 302, "", 0, false},
		{"not implemented", 501, "", 0, false},
		{"bad signature, perhaps", 401, "", time.Second, false},
		{"timeout", 408, "", time.Second, false},
		{"broken", 500, "", time.Second, false},
		{"too many", 429, "120", 2 * time.Minute, true},
		{"down", 503, "", time.Second, true},
		{"down for long", 503, "999999", time.Hour, true},
	} {
		t.Run(tt.what, func(t *testing.T) {
			c := newClock()
			malakoff := newPeer(t, c, "Malakoff")
			var answering atomic.Bool
			server := serve(t, func(_ string, w http.ResponseWriter, _ *http.Request) {
				if answering.Load() {
					w.WriteHeader(http.StatusAccepted)
					return
				}
				if tt.retryAfter != "" {
					w.Header().Set("Retry-After", tt.retryAfter)
				}
				w.WriteHeader(tt.status)
			})
			lea := malakoff.resident("lea")
			malakoff.follower(lea.Account, server.URL)
			malakoff.publish(lea, soonOver(c))
			settle(t, malakoff)
			next, err := malakoff.app.DB.NextJobAt(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if tt.waits == 0 {
				if !next.IsZero() {
					t.Errorf("waits until %s, want it over", next)
				}
				return
			}
			if next.Before(c.Now().Add(tt.waits)) {
				t.Errorf("tried again after %s, want %s or more", next.Sub(c.Now()), tt.waits)
			}
			health, err := malakoff.app.DB.Host(ctx, server.Listener.Addr().String())
			if err != nil || (health.Failures > 0) != tt.host {
				t.Errorf("health: %+v, %v", health, err)
			}
			answering.Store(true)
			c.pass(25 * time.Hour)
			settle(t, malakoff)
			if next, err := malakoff.app.DB.NextJobAt(ctx); err != nil || !next.IsZero() {
				t.Errorf("still waits when the server works: %s, %v", next, err)
			}
		})
	}
}

// soonOver is an offer about which its author is not asked later: no job waits for that.
func soonOver(c *clock) app.Draft {
	d := drill(parvis.Everyone)
	d.EndsAt = c.Now().Add(13 * 24 * time.Hour)
	return d
}

// TestPatience: after eight days we stop trying.
func TestPatience(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	server := serve(t, func(_ string, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	lea := malakoff.resident("lea")
	malakoff.follower(lea.Account, server.URL)
	malakoff.publish(lea, soonOver(c))
	for range 9 * 24 {
		settle(t, malakoff)
		c.pass(time.Hour)
	}
	if next, err := malakoff.app.DB.NextJobAt(ctx); err != nil || !next.IsZero() {
		t.Errorf("still waits after nine days: %s, %v", next, err)
	}
}

// TestOwnBusiness: what a resident does to themselves and others is told to those
// whom it concerns.
func TestOwnBusiness(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie")
	lea := malakoff.resident("lea")
	marie := mastodon.followedBy(malakoff, lea, "marie")
	mastodon.say(malakoff, "marie", mastodon.activity("Follow", "/f/1", "marie", lea.Account.URI))
	mastodon.say(malakoff, "marie", mastodon.activity("Create", "/a/1", "marie", mastodon.note("/notes/1", "marie", "<p>Bonjour</p>")))
	note := malakoff.found(mastodon.base + "/notes/1")
	try := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		settle(t, malakoff)
		c.pass(time.Minute)
	}
	told := func(typ, object string) {
		t.Helper()
		for _, a := range mastodon.received(typ) {
			if inner, ok := a["object"].(map[string]any); a["object"] == object || ok && (inner["type"] == object || inner["id"] == object) {
				return
			}
		}
		t.Errorf("no %s of %s among %v", typ, object, mastodon.received(typ))
	}
	_, err := malakoff.app.Like(ctx, malakoff.Node, lea, note.ID)
	try(err)
	told("Like", note.URI)
	_, err = malakoff.app.Unlike(ctx, malakoff.Node, lea, note.ID)
	try(err)
	told("Undo", "Like")
	_, err = malakoff.app.Share(ctx, malakoff.Node, lea, note.ID)
	try(err)
	told("Announce", note.URI)
	_, err = malakoff.app.Unshare(ctx, malakoff.Node, lea, note.ID)
	try(err)
	told("Undo", "Announce")
	_, err = malakoff.app.Report(ctx, malakoff.Node, lea, parvis.Report{TargetID: marie.ID, PostIDs: []parvis.ID{note.ID}, Comment: "Publicité", Forward: true})
	try(err)
	flags := mastodon.received("Flag")
	if len(flags) != 1 || flags[0]["actor"] != malakoff.URL("/actor") {
		t.Errorf("flags: %v; want one, in the node's name", flags)
	}
	_, err = malakoff.app.EditProfile(ctx, malakoff.Node, lea, app.Profile{Name: "Léa", Bio: "Bricole"})
	try(err)
	told("Update", lea.Account.URI)
	try(malakoff.app.Unfollow(ctx, malakoff.Node, lea, marie.ID))
	told("Undo", "Follow")
	try(malakoff.app.Block(ctx, malakoff.Node, lea, marie.ID))
	told("Block", marie.URI)
	try(malakoff.app.Unblock(ctx, malakoff.Node, lea, marie.ID))
	told("Undo", "Block")
	try(malakoff.app.DeleteAccount(ctx, malakoff.Node, "lea"))
	told("Delete", lea.Account.URI)
}

// TestPictures: pictures of others are copied, whatever they are in the end.
func TestPictures(t *testing.T) {
	c := newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie")
	files := serve(t, func(_ string, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		if r.URL.Path == "/broken.png" {
			_, _ = w.Write([]byte("not a picture"))
			return
		}
		_, _ = w.Write(drawn())
	})
	mastodon.followedBy(malakoff, malakoff.resident("lea"), "marie")
	image := func(name string) map[string]any {
		return map[string]any{"type": "Image", "mediaType": "image/png", "url": files.URL + name, "name": "La haie"}
	}
	mastodon.say(malakoff, "marie", mastodon.activity("Create", "/a/1", "marie",
		mastodon.note("/notes/1", "marie", "<p>Avant, après</p>", map[string]any{"attachment": []any{image("/a.png"), image("/broken.png")}})))
	media := malakoff.found(mastodon.base + "/notes/1").Media
	if len(media) != 2 || !media[0].Ready() || media[1].Ready() || media[0].Description != "La haie" {
		t.Errorf("pictures: %+v", media)
	}
	person := mastodon.person("marie")
	person["icon"] = image("/b.png")
	mastodon.say(malakoff, "marie", mastodon.activity("Update", "/a/2", "marie", person))
	if acc := malakoff.known(mastodon.uri("marie")); !acc.Avatar.Ready() {
		t.Errorf("avatar: %+v", acc.Avatar)
	}
}

func drawn() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for x := range 64 {
		img.Set(x, x%48, color.RGBA{0, 120, 60, 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}
