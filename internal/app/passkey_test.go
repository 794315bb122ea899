package app_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

var browser = parvis.Browser{Addr: "192.0.2.1", Device: "Firefox"}

// device is one that looks at pages of the node.
func (w *town) device() *parvistest.Device {
	return parvistest.NewDevice(w.node.Hostname(), w.node.Base())
}

// addPasskey has a device make a key for whoever is behind a session.
func (w *town) addPasskey(g app.Guest, d *parvistest.Device, name string) error {
	w.t.Helper()
	c := must[app.Challenge](w.t)(w.AskNewPasskey(w.ctx, w.node, g))
	return w.AddPasskey(w.ctx, w.node, g, app.Signed{Ticket: c.Ticket, Credential: d.Make(w.t, c.Options)}, name)
}

// withPasskey is Jeanne with a passkey on a device.
func (w *town) withPasskey() (app.Guest, *parvistest.Device) {
	w.t.Helper()
	g, d := w.guest(w.enter("jeanne")), w.device()
	w.do(w.addPasskey(g, d, "Mon téléphone"))
	return g, d
}

// showKey has a device sign a challenge of the node and shows it.
func (w *town) showKey(d *parvistest.Device) (parvis.Entrance, error) {
	w.t.Helper()
	c := must[app.Challenge](w.t)(w.AskPasskey(w.ctx, w.node, browser))
	return w.EnterByPasskey(w.ctx, w.node, app.Signed{Ticket: c.Ticket, Credential: d.Sign(w.t, c.Options)}, browser)
}

func TestPasskeyLetsIn(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.Mails = true
		g, d := w.withPasskey()
		w.wantMails("a new key", "changed passkey to jeanne@malakoff.example")
		w.now = w.now.Add(24 * time.Hour)
		e := must[parvis.Entrance](t)(w.showKey(d))
		if got := w.guest(e.Secret); e.Half || got.Viewer.ID() != w.jeanne.ID() || got.Session.Way != parvis.ByPasskey || got.Session.Device != browser.Device {
			t.Errorf("%+v came in, half %v", got, e.Half)
		}
		keys := must[[]*parvis.Passkey](t)(w.Passkeys(w.ctx, w.node, g))
		if len(keys) != 1 || keys[0].Name != "Mon téléphone" || !keys[0].CreatedAt.Equal(parvistest.Noon) || !keys[0].UsedAt.Equal(w.now) {
			t.Errorf("the keys are %+v", keys)
		}

		again := w.guest(e.Secret) // g came in a day ago
		w.fails("removed long after coming in", w.RemovePasskey(w.ctx, w.node, g, keys[0].ID), parvis.ErrStale)
		w.do(w.RemovePasskey(w.ctx, w.node, again, keys[0].ID))
		w.wantMails("no key", "changed nopasskey to jeanne@malakoff.example")
		_, err := w.showKey(d)
		w.invalid("a removed passkey", err, "passkey", "passkey.unknown")
	})
}

// A passkey is two factors: no code is asked for after it.
func TestPasskeyNeedsNoCode(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		_, _, g := w.guarded()
		d := w.device()
		w.do(w.addPasskey(g, d, "Mon téléphone"))
		if e := must[parvis.Entrance](t)(w.showKey(d)); e.Half || w.guest(e.Secret).Viewer.ID() != w.jeanne.ID() {
			t.Errorf("half %v", e.Half)
		}
	})
}

// A device is asked for a key that it finds by itself and gives to its owner alone.
func TestPasskeyOptions(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		g, d := w.withPasskey()
		var created struct {
			RP                     struct{ ID, Name string }
			User                   struct{ ID, Name string }
			Attestation            string
			ExcludeCredentials     []struct{ ID string }
			AuthenticatorSelection struct{ ResidentKey, UserVerification string }
		}
		w.do(json.Unmarshal(must[app.Challenge](t)(w.AskNewPasskey(w.ctx, w.node, g)).Options, &created))
		if created.RP.ID != "malakoff.example" || created.RP.Name != "Malakoff" || created.User.Name != "jeanne" || created.Attestation != "none" ||
			created.AuthenticatorSelection.ResidentKey != "required" || created.AuthenticatorSelection.UserVerification != "required" {
			t.Errorf("to make a key: %+v", created)
		}
		if known := created.ExcludeCredentials; len(known) != 1 || known[0].ID != base64.RawURLEncoding.EncodeToString(d.Credential) {
			t.Errorf("a device may make a second key: %+v", known)
		}
		var enter struct {
			RPID             string `json:"rpId"`
			UserVerification string
			AllowCredentials []any
		}
		w.do(json.Unmarshal(must[app.Challenge](t)(w.AskPasskey(w.ctx, w.node, browser)).Options, &enter))
		if enter.RPID != "malakoff.example" || enter.UserVerification != "required" || enter.AllowCredentials != nil {
			t.Errorf("to come in: %+v", enter)
		}
	})
}

func TestPasskeysOfAnAccount(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		g := w.guest(w.enter("jeanne"))
		w.invalid("no name", w.addPasskey(g, w.device(), " \n"), "passkey", "passkey.name.missing")
		w.invalid("a long name", w.addPasskey(g, w.device(), strings.Repeat("é", 61)), "passkey", "passkey.name.long")
		for i := range parvis.MaxPasskeys {
			w.do(w.addPasskey(g, w.device(), fmt.Sprint("Clé ", i)))
		}
		w.invalid("one too many", w.addPasskey(g, w.device(), "Onzième"), "passkey", "passkey.many")

		karim := w.guest(w.enter("karim"))
		theirs := must[[]*parvis.Passkey](t)(w.Passkeys(w.ctx, w.node, g))
		w.fails("Karim removes Jeanne's", w.RemovePasskey(w.ctx, w.node, karim, theirs[0].ID), parvis.ErrNotFound)
		copied := w.device()
		copied.Credential = theirs[0].Credential
		w.invalid("a key that is Jeanne's already", w.addPasskey(karim, copied, "Volée"), "passkey", "passkey.known")

		c := must[app.Challenge](t)(w.AskNewPasskey(w.ctx, w.node, karim))
		w.now = w.now.Add(parvis.StillFresh)
		w.fails("long after coming in", w.AddPasskey(w.ctx, w.node, karim, app.Signed{Ticket: c.Ticket}, "x"), parvis.ErrStale)
		_, err := w.AskNewPasskey(w.ctx, w.node, karim)
		w.fails("asked long after coming in", err, parvis.ErrStale)
		_, err = w.AskNewPasskey(w.ctx, w.node, app.Guest{})
		w.fails("asked by a visitor", err, parvis.ErrSignIn)
	})
}

// A key that a device lies about is not added.
func TestPasskeyRefusedWhenMade(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		g := w.guest(w.enter("jeanne"))
		for what, lie := range map[string]func(*parvistest.Device){
			"of another page":          func(d *parvistest.Device) { d.Origin = "https://malakoff.example.autre.example" },
			"of a page without TLS":    func(d *parvistest.Device) { d.Origin = "http://malakoff.example" },
			"for another host":         func(d *parvistest.Device) { d.Host = "vanves.example" },
			"for whoever holds it":     func(d *parvistest.Device) { d.Flags = parvistest.UserPresent },
			"made while nobody looked": func(d *parvistest.Device) { d.Flags = parvistest.UserVerified },
		} {
			d := w.device()
			lie(d)
			w.invalid(what, w.addPasskey(g, d, "x"), "passkey", "passkey.wrong")
		}
		vouched := w.device()
		vouched.Format = "tpm"
		if err := w.addPasskey(g, vouched, "x"); err == nil || !strings.Contains(err.Error(), `attestation "tpm" was not asked for`) {
			t.Errorf("with its maker's word: %v", err)
		}
		ask := func() app.Challenge { return must[app.Challenge](t)(w.AskNewPasskey(w.ctx, w.node, g)) }
		add := func(g app.Guest, s app.Signed) error { return w.AddPasskey(w.ctx, w.node, g, s, "x") }
		one, two := ask(), ask()
		w.invalid("the answer to another challenge", add(g, app.Signed{Ticket: one.Ticket, Credential: w.device().Make(t, two.Options)}), "passkey", "passkey.wrong")
		w.invalid("a challenge that was answered", add(g, app.Signed{Ticket: one.Ticket, Credential: w.device().Make(t, one.Options)}), "passkey", "passkey.late")
		karim := w.guest(w.enter("karim"))
		w.invalid("the challenge of another", add(karim, app.Signed{Ticket: two.Ticket, Credential: w.device().Make(t, two.Options)}), "passkey", "passkey.late")
		in := must[app.Challenge](t)(w.AskPasskey(w.ctx, w.node, browser))
		w.invalid("a challenge to come in", add(g, app.Signed{Ticket: in.Ticket, Credential: w.device().Make(t, in.Options)}), "passkey", "passkey.late")
		for _, junk := range []string{"", "{}", "null", "[]", `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`} {
			w.invalid("junk "+junk, add(g, app.Signed{Ticket: ask().Ticket, Credential: junk}), "passkey", "passkey.wrong")
		}
		if keys := must[[]*parvis.Passkey](t)(w.Passkeys(w.ctx, w.node, g)); len(keys) != 0 {
			t.Errorf("%d keys were added", len(keys))
		}
	})
}

// What a device signs lets in the owner of its key, here, once, and nobody else.
func TestPasskeyRefused(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		_, d := w.withPasskey()
		refused := func(what, key string, lie func(*parvistest.Device)) {
			t.Helper()
			liar := *d
			lie(&liar)
			_, err := w.showKey(&liar)
			w.invalid(what, err, "passkey", key)
		}
		refused("of another page", "passkey.wrong", func(d *parvistest.Device) { d.Origin = "https://malakoff.example.autre.example" })
		refused("of another port", "passkey.wrong", func(d *parvistest.Device) { d.Origin = "https://malakoff.example:8443" })
		refused("for another host", "passkey.wrong", func(d *parvistest.Device) { d.Host = "vanves.example" })
		refused("for whoever holds it", "passkey.wrong", func(d *parvistest.Device) { d.Flags = parvistest.UserPresent })
		refused("without anybody", "passkey.wrong", func(d *parvistest.Device) { d.Flags = parvistest.UserVerified })
		refused("as somebody else", "passkey.wrong", func(d *parvistest.Device) { d.Handle = []byte("karim") })
		refused("as nobody", "passkey.wrong", func(d *parvistest.Device) { d.Handle = nil })
		refused("by a key of no one", "passkey.unknown", func(d *parvistest.Device) { d.Credential = []byte("inconnue") })
		stranger := w.device()
		w.do(w.addPasskey(w.guest(w.enter("karim")), stranger, "Celle de Karim"))
		stranger.Credential, stranger.Handle = d.Credential, d.Handle
		_, err := w.showKey(stranger)
		w.invalid("signed by another key", err, "passkey", "passkey.wrong")
		must[parvis.Entrance](t)(w.showKey(d))
	})
}

func TestPasskeyChallengeIsGoodOnce(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		g, d := w.withPasskey()
		ask := func() app.Challenge { return must[app.Challenge](t)(w.AskPasskey(w.ctx, w.node, browser)) }
		enter := func(n *parvis.Node, s app.Signed) error {
			_, err := w.EnterByPasskey(w.ctx, n, s, browser)
			return err
		}
		one, two := ask(), ask()
		signed := app.Signed{Ticket: one.Ticket, Credential: d.Sign(t, one.Options)}
		w.invalid("at another node", enter(w.vanves, signed), "passkey", "passkey.late")
		w.do(enter(w.node, signed))
		w.invalid("again", enter(w.node, signed), "passkey", "passkey.late")
		w.invalid("with the next challenge", enter(w.node, app.Signed{Ticket: two.Ticket, Credential: signed.Credential}), "passkey", "passkey.wrong")
		there := must[app.Challenge](t)(w.AskPasskey(w.ctx, w.vanves, browser))
		w.invalid("of another node", enter(w.vanves, app.Signed{Ticket: there.Ticket, Credential: d.Sign(t, there.Options)}), "passkey", "passkey.unknown")
		late := ask()
		w.now = w.now.Add(5 * time.Minute)
		w.invalid("too late", enter(w.node, app.Signed{Ticket: late.Ticket, Credential: d.Sign(t, late.Options)}), "passkey", "passkey.late")
		created := must[app.Challenge](t)(w.AskNewPasskey(w.ctx, w.node, g))
		w.invalid("a challenge to make a key", enter(w.node, app.Signed{Ticket: created.Ticket, Credential: d.Sign(t, created.Options)}), "passkey", "passkey.late")
	})
}

// Two devices that hold one key are found out when the slower one is used.
func TestPasskeyCopied(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		g, d := w.guest(w.enter("jeanne")), w.device()
		d.Count = 3
		w.do(w.addPasskey(g, d, "Clé USB"))
		twin := *d
		must[parvis.Entrance](t)(w.showKey(d))
		_, err := w.showKey(&twin)
		w.invalid("a copy", err, "passkey", "passkey.copied")
		must[parvis.Entrance](t)(w.showKey(d))
	})
}

func TestPasskeyOfTheSuspended(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		_, d := w.withPasskey()
		w.do(w.SuspendAs(w.ctx, w.node, w.odile, w.jeanne.ID()))
		_, err := w.showKey(d)
		w.invalid("suspended", err, "name", "signin.suspended")
	})
}

func TestPasskeyLimits(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		var wait *parvis.TooManyError
		for range 50 {
			must[app.Challenge](t)(w.AskPasskey(w.ctx, w.node, browser))
		}
		if _, err := w.AskPasskey(w.ctx, w.node, browser); !errors.As(err, &wait) || wait.RetryAfter != 900 {
			t.Errorf("the 51st challenge: %v, want to wait 900 s", err)
		}
		if _, err := w.EnterByPasskey(w.ctx, w.node, app.Signed{}, browser); !errors.As(err, &wait) {
			t.Errorf("an answer without end: %v", err)
		}
		g := w.guest(must[parvis.Entrance](t)(w.SignIn(w.ctx, w.node, "jeanne", password, parvis.Browser{Addr: "192.0.2.2"})).Secret)
		for range 30 {
			must[app.Challenge](t)(w.AskNewPasskey(w.ctx, w.node, g))
		}
		if _, err := w.AskNewPasskey(w.ctx, w.node, g); !errors.As(err, &wait) {
			t.Errorf("the 31st new key: %v", err)
		}
	})
}

// A node that has an address instead of a name has no passkeys: browsers want a name.
func TestPasskeysNeedAName(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		n := &parvis.Node{ID: w.node.ID, Scheme: "https", Host: "192.0.2.7:8443", Name: "Malakoff"}
		_, err := w.AskPasskey(w.ctx, n, browser)
		w.fails("by address", err, parvis.ErrNotFound)
	})
}
