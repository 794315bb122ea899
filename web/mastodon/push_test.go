package mastodon_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

type gotPush struct {
	ID, Endpoint, Policy string
	Standard             bool
	Alerts               map[string]bool
	ServerKey            string `json:"server_key"`
}

// TestPushSubscription: an app subscribes by its token, in a form or in JSON, changes what it
// hears of and leaves.
func TestPushSubscription(t *testing.T) {
	w := sqliteTown(t)
	app := func(name string) *client {
		c := w.as(t, name)
		c.token = w.token(t, name, "push")
		return c
	}
	lea, path := app("lea"), "/api/v1/push/subscription"
	if code := lea.get(path).Code; code != http.StatusNotFound {
		t.Errorf("before subscribing: %d", code)
	}
	if code := lea.send(http.MethodPut, path, "", nil).Code; code != http.StatusNotFound {
		t.Errorf("a change before subscribing: %d", code)
	}
	service := parvistest.NewPushService(t, w.App.Now)
	key, auth := service.Keys()
	form := url.Values{"subscription[endpoint]": {service.Endpoint}, "subscription[keys][p256dh]": {key + "="}, "subscription[keys][auth]": {auth},
		"data[alerts][mention]": {"true"}, "data[alerts][favourite]": {"1"}, "data[alerts][admin.report]": {"true"}, "data[policy]": {"followed"}}
	got := must[gotPush](t, lea.post(path, form))
	if got.Endpoint != service.Endpoint || got.Standard || !got.Alerts["mention"] || !got.Alerts["favourite"] || got.Alerts["poll"] || got.Policy != "followed" {
		t.Errorf("subscribed as %+v", got)
	}
	instance := must[struct {
		Configuration struct {
			VAPID struct {
				PublicKey string `json:"public_key"`
			}
		}
	}](t, lea.get("/api/v2/instance"))
	if got.ServerKey == "" || got.ServerKey != instance.Configuration.VAPID.PublicKey {
		t.Errorf("the server's key is %q, and %q", got.ServerKey, instance.Configuration.VAPID.PublicKey)
	}
	again := must[gotPush](t, lea.send(http.MethodPost, path, "application/json", strings.NewReader(
		`{"subscription":{"endpoint":"`+service.Endpoint+`","keys":{"p256dh":"`+key+`","auth":"`+auth+`"},"standard":true},"data":{"alerts":{"poll":true}}}`)))
	if !again.Standard || !again.Alerts["poll"] || again.Alerts["mention"] || again.Policy != "all" {
		t.Errorf("subscribed again as %+v", again)
	}
	if changed := must[gotPush](t, lea.send(http.MethodPut, path, "application/json", strings.NewReader(`{"data":{"alerts":{"follow":true},"policy":"none"}}`))); changed.ID != again.ID ||
		!changed.Alerts["follow"] || changed.Alerts["poll"] || changed.Policy != "none" {
		t.Errorf("changed to %+v", changed)
	}
	if list, err := w.App.PushSubscriptions(t.Context(), w.node, w.viewer(t, "lea")); err != nil || len(list) != 1 || list[0].Encoding != parvis.PushStandard {
		t.Errorf("subscriptions %+v, %v", list, err)
	}
	for name, bad := range map[string]url.Values{
		"a private scheme": {"subscription[endpoint]": {"http://push.example/"}, "subscription[keys][p256dh]": {key}, "subscription[keys][auth]": {auth}},
		"no key":           {"subscription[endpoint]": {service.Endpoint}, "subscription[keys][auth]": {auth}},
		"a strange policy": {"subscription[endpoint]": {service.Endpoint}, "subscription[keys][p256dh]": {key}, "subscription[keys][auth]": {auth}, "data[policy]": {"neighbours"}},
	} {
		if code := lea.post(path, bad).Code; code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, code)
		}
	}
	if code := app("jeanne").get(path).Code; code != http.StatusNotFound {
		t.Errorf("somebody else's app: %d", code)
	}
	if code := lea.send(http.MethodDelete, path, "", nil).Code; code != http.StatusOK {
		t.Errorf("leaving: %d", code)
	}
	if code := lea.get(path).Code; code != http.StatusNotFound {
		t.Errorf("after leaving: %d", code)
	}
}
