package server_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// subscribe lets a push service tell somebody's new browser, and returns its session.
func (p *place) subscribe(v parvis.Viewer, s *parvistest.PushService, encoding string) (session string) {
	p.t.Helper()
	entrance, err := p.app.SignIn(bg, p.node, v.Account.Username, "place-du-marche", parvis.Browser{Addr: "192.0.2.7", Device: "Firefox"})
	if err != nil {
		p.t.Fatal(err)
	}
	guest, err := p.app.GuestBySession(bg, p.node, entrance.Secret)
	if err != nil {
		p.t.Fatal(err)
	}
	key, auth := s.Keys()
	err = p.app.Subscribe(bg, p.node, v, &parvis.PushSubscription{Session: guest.Session.Hash, Endpoint: s.Endpoint, PublicKey: key, Auth: auth,
		Encoding: encoding, Policy: parvis.PushFromAll, Language: "fr"})
	if err != nil {
		p.t.Fatal(err)
	}
	return entrance.Secret
}

// devices counts where somebody is told.
func (p *place) devices(v parvis.Viewer) int {
	p.t.Helper()
	list, err := p.app.PushSubscriptions(bg, p.node, v)
	if err != nil {
		p.t.Fatal(err)
	}
	return len(list)
}

// TestDevicesAreTold: what is pushed can be read by the browser alone, by code that is not
// ours, in both encodings, and says who sends it.
func TestDevicesAreTold(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		net := &network{t: t, clock: newClock()}
		phone, laptop := parvistest.NewPushService(t, net.clock.Now), parvistest.NewPushService(t, net.clock.Now)
		net.roots = phone.Roots // all of httptest have one certificate
		malakoff := net.found(e, "malakoff")
		net.places = append(net.places, malakoff)
		jeanne, karim := malakoff.resident("jeanne", parvis.RoleResident), malakoff.resident("karim", parvis.RoleResident)
		offer := malakoff.publish(jeanne, drill(parvis.Everyone))
		answer := func() {
			t.Helper()
			net.clock.pass(time.Second)
			malakoff.publish(karim, app.Draft{Detail: &parvis.Note{}, Source: "Le portail s’ouvre avec 1936.", Audience: parvis.Everyone, ReplyTo: offer.ID})
			net.settle()
		}
		malakoff.subscribe(jeanne, phone, "aes128gcm")
		session := malakoff.subscribe(jeanne, laptop, "aesgcm")
		answer()
		key, err := malakoff.app.PushKey(bg, malakoff.node)
		if err != nil {
			t.Fatal(err)
		}
		public, err := key.Public()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []*parvistest.PushService{phone, laptop} {
			if len(s.Pushed) != 1 {
				t.Fatalf("%d pushed, want 1", len(s.Pushed))
			}
			got := <-s.Pushed
			var text struct{ Title, Body, URL, Tag, Lang string }
			if err := json.Unmarshal([]byte(got.Text), &text); err != nil {
				t.Fatal(err)
			}
			if text.Title != "malakoff" || text.Body != "karim vous a répondu\u00A0: «\u00A0Perceuse à percussion\u00A0»" || text.Lang != "fr" || text.URL == "" {
				t.Errorf("the device reads %+v", text)
			}
			if got.Key != public || got.Contact != malakoff.node.URL("/") || got.Header.Get("TTL") != "86400" || got.Header.Get("Topic") != text.Tag {
				t.Errorf("pushed by %s, %s with %v", got.Key, got.Contact, got.Header)
			}
		}

		if _, err := malakoff.app.Like(bg, malakoff.node, karim, offer.ID); err != nil {
			t.Fatal(err)
		}
		net.settle()
		if len(phone.Pushed) != 0 {
			t.Error("a device was told of what is off")
		}
		phone.Answer.Store(http.StatusServiceUnavailable)
		answer()
		<-phone.Pushed
		phone.Answer.Store(http.StatusGone)
		net.clock.pass(time.Hour)
		net.settle()
		<-phone.Pushed
		if got := malakoff.devices(jeanne); got != 1 {
			t.Errorf("%d devices after one is gone, want 1", got)
		}
		<-laptop.Pushed
		if err := malakoff.app.SignOut(bg, malakoff.node, session); err != nil {
			t.Fatal(err)
		}
		if got := malakoff.devices(jeanne); got != 0 {
			t.Errorf("%d devices after signing out, want none", got)
		}
		answer()
		if len(phone.Pushed)+len(laptop.Pushed) != 0 {
			t.Error("a device was told after it was signed out")
		}
	})
}

// TestPushesGoToPublicAddressesOnly: an address of a push service comes from a stranger.
func TestPushesGoToPublicAddressesOnly(t *testing.T) {
	net := newNetwork(t, parvistest.Engines(t)[0], "malakoff")
	malakoff := net.places[0]
	jeanne, karim := malakoff.resident("jeanne", parvis.RoleResident), malakoff.resident("karim", parvis.RoleResident)
	offer := malakoff.publish(jeanne, drill(parvis.Everyone))
	service := parvistest.NewPushService(t, net.clock.Now)
	for _, private := range []string{"https://10.0.0.1/push", "https://192.168.1.1:8443/", "https://[fd00::1]/push", "https://2130706433/"} {
		service.Endpoint = private
		malakoff.subscribe(jeanne, service, "aes128gcm")
	}
	malakoff.publish(karim, app.Draft{Detail: &parvis.Note{}, Source: "Libre ?", Audience: parvis.Everyone, ReplyTo: offer.ID})
	net.settle()
	if got := malakoff.devices(jeanne); got != 0 {
		t.Errorf("%d devices at private addresses are kept", got)
	}
	key, auth := service.Keys()
	for name, s := range map[string]parvis.PushSubscription{
		"no https":     {Endpoint: "http://push.example/1", PublicKey: key, Auth: auth},
		"a password":   {Endpoint: "https://a:b@push.example/1", PublicKey: key, Auth: auth},
		"no host":      {Endpoint: "https:///1", PublicKey: key, Auth: auth},
		"no point":     {Endpoint: "https://push.example/1", PublicKey: auth, Auth: auth},
		"short secret": {Endpoint: "https://push.example/1", PublicKey: key, Auth: "YQ"},
	} {
		s.Session, s.Encoding, s.Policy = "x", "aes128gcm", parvis.PushFromAll
		if err := malakoff.app.Subscribe(bg, malakoff.node, jeanne, &s); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	service.Endpoint = "https://push.example/1"
	for range parvis.MaxPushSubscriptions + 3 {
		net.clock.pass(time.Hour)
		malakoff.subscribe(jeanne, service, "aes128gcm")
	}
	if got := malakoff.devices(jeanne); got != parvis.MaxPushSubscriptions {
		t.Errorf("%d devices, want %d at most", got, parvis.MaxPushSubscriptions)
	}
}
