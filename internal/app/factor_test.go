package app_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// half brings somebody to where their second factor is asked for.
func (w *town) half(name string) string {
	w.t.Helper()
	e := must[parvis.Entrance](w.t)(w.SignIn(w.ctx, w.node, name, password, parvis.Browser{Addr: "192.0.2.1", Device: "Firefox"}))
	if !e.Half || e.Expires.Sub(w.now) != 10*time.Minute {
		w.t.Errorf("%s came in by the password alone, or has not ten minutes: %+v", name, e)
	}
	return e.Secret
}

// guarded sets up a second factor for Jeanne, and returns its secret, the recovery
// codes and the browser where it was done.
func (w *town) guarded() (secret string, codes []string, g app.Guest) {
	w.t.Helper()
	g = w.guest(w.enter("jeanne"))
	secret = must[string](w.t)(w.FactorSetup(w.ctx, w.node, g))
	codes = must[[]string](w.t)(w.AddFactor(w.ctx, w.node, g, w.code(secret, 0)))
	w.now = w.now.Add(time.Minute) // that code is used
	return secret, codes, w.guest(w.reenter(secret))
}

// reenter comes in by both factors.
func (w *town) reenter(secret string) string {
	w.t.Helper()
	e, recovered, err := w.EnterByFactor(w.ctx, w.node, w.half("jeanne"), w.code(secret, 0), parvis.Browser{Device: "Firefox"})
	w.do(err)
	if recovered || e.Half {
		w.t.Errorf("by both factors one gets %+v, %t", e, recovered)
	}
	w.now = w.now.Add(time.Minute)
	return e.Secret
}

// code is what a telephone shows whose clock is some steps ahead.
func (w *town) code(secret string, ahead int64) string {
	return parvis.TOTPCode(secret, parvis.TOTPStep(w.now)+ahead)
}

func (w *town) tryCode(half, code string) error {
	_, _, err := w.EnterByFactor(w.ctx, w.node, half, code, parvis.Browser{})
	return err
}

// mailed takes the mails that wait and says what they are about.
func (w *town) mailed() []string {
	w.t.Helper()
	words := must[*i18n.Catalogue](w.t)(i18n.Load())
	var all []string
	for _, j := range must[[]*parvis.Job](w.t)(w.DB.TurnJobs(w.ctx, nil, storage.Claim{Kinds: []parvis.JobKind{parvis.JobMail}, Now: w.now, Until: w.now.Add(time.Minute), Limit: 50})) {
		var m parvis.MailArgs
		w.do(json.Unmarshal(j.Args, &m))
		for _, lang := range i18n.Languages {
			if key := "mail.changed." + m.Words; m.About == parvis.MailChanged && !words.For(lang).Has(key) {
				w.t.Errorf("%s: no %q", lang, key)
			}
		}
		all = append(all, string(m.About)+" "+m.Words+" to "+m.Address)
		w.do(w.DB.SettleJobs(w.ctx, storage.Ended{Job: j}))
	}
	return all
}

func (w *town) wantMails(what string, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.mailed()); diff != "" {
		w.t.Errorf("%s: mails: -want +got\n%s", what, diff)
	}
}

func TestFactorIsSetUp(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.Mails = true
		g, elsewhere := w.guest(w.enter("jeanne")), w.enter("jeanne")
		secret := must[string](t)(w.FactorSetup(w.ctx, w.node, g))
		if again := must[string](t)(w.FactorSetup(w.ctx, w.node, g)); again != secret {
			t.Error("the secret changed while the page was loaded again")
		}
		_, err := w.AddFactor(w.ctx, w.node, w.guest(elsewhere), w.code(secret, 0))
		w.fails("in another browser", err, parvis.ErrNotFound)
		_, err = w.AddFactor(w.ctx, w.node, w.guest(w.enter("karim")), w.code(secret, 0))
		w.fails("for somebody else", err, parvis.ErrNotFound)
		_, err = w.AddFactor(w.ctx, w.node, g, w.code(secret, 2))
		w.invalid("a wrong code", err, "code", "signin.code.wrong")
		w.enter("jeanne") // nothing is asked yet
		codes := must[[]string](t)(w.AddFactor(w.ctx, w.node, g, " "+parvis.InFours(w.code(secret, 0))))
		if left := must[int](t)(w.RecoveryCodes(w.ctx, w.node, g)); len(codes) != parvis.RecoveryCodes || left != len(codes) {
			t.Errorf("%d codes, %d left", len(codes), left)
		}
		w.wantMails("it is on", "changed guarded to jeanne@malakoff.example")
		w.guest(elsewhere) // stays
		w.invalid("the code that set it up", w.tryCode(w.half("jeanne"), w.code(secret, 0)), "code", "signin.code.used")
		_, err = w.AddFactor(w.ctx, w.node, g, w.code(secret, 1))
		w.fails("twice", err, parvis.ErrNotFound)
		w.now = w.now.Add(time.Minute)
		g = w.guest(w.reenter(secret))
		_, err = w.FactorSetup(w.ctx, w.node, g)
		w.fails("a second one", err, parvis.ErrConflict)
		if g.Session.Way != parvis.ByPassword || g.Session.Device != "Firefox" {
			t.Errorf("the session is %+v", g.Session)
		}
	})
}

// What guards an account changes only for who came in a short time ago.
func TestFactorAsksForAFreshSession(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		_, _, g := w.guarded()
		for _, guest := range []struct {
			app.Guest
			want error
		}{{app.Guest{}, parvis.ErrSignIn}, {g, parvis.ErrStale}} {
			w.now = w.now.Add(parvis.StillFresh)
			_, err := w.FactorSetup(w.ctx, w.node, guest.Guest)
			w.fails("set-up", err, guest.want)
			_, err = w.AddFactor(w.ctx, w.node, guest.Guest, "123456")
			w.fails("on", err, guest.want)
			_, err = w.RenewRecoveryCodes(w.ctx, w.node, guest.Guest)
			w.fails("codes", err, guest.want)
			w.fails("off", w.DropFactor(w.ctx, w.node, guest.Guest), guest.want)
		}
	})
}

func TestFactorCodesAreGoodOnce(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		secret, _, _ := w.guarded()
		half := w.half("jeanne")
		w.do(w.Half(w.ctx, w.node, half))
		w.fails("on another node", w.Half(w.ctx, w.vanves, half), parvis.ErrNotFound)
		for _, ahead := range []int64{-2, 2} {
			w.invalid("a clock that is far off", w.tryCode(half, w.code(secret, ahead)), "code", "signin.code.wrong")
		}
		w.invalid("nothing", w.tryCode(half, ""), "code", "signin.code.wrong")
		w.do(w.tryCode(half, w.code(secret, 1)))
		w.fails("the same ticket", w.tryCode(half, w.code(secret, 1)), parvis.ErrNotFound)
		half = w.half("jeanne")
		w.invalid("the same code", w.tryCode(half, w.code(secret, 1)), "code", "signin.code.used")
		w.invalid("one before it", w.tryCode(half, w.code(secret, 0)), "code", "signin.code.used")
		w.now = w.now.Add(time.Minute)
		w.do(w.tryCode(half, w.code(secret, 0)))
		half = w.half("jeanne")
		w.now = w.now.Add(10 * time.Minute)
		w.fails("too late", w.tryCode(half, w.code(secret, 0)), parvis.ErrNotFound)
	})
}

// Of two who send the same code at once, one comes in: with the same ticket, or each
// with their own.
func TestFactorCodesAreGoodOnceForThoseWhoComeTogether(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		secret, codes, _ := w.guarded()
		one := w.half("jeanne")
		for _, race := range []struct {
			what, code string
			halves     []string
		}{
			{"one ticket", w.code(secret, -1), []string{one, one}},
			{"two tickets", w.code(secret, 0), []string{w.half("jeanne"), w.half("jeanne")}},
			{"a recovery code", codes[0], []string{w.half("jeanne"), w.half("jeanne")}},
		} {
			errs := make([]error, len(race.halves))
			var all sync.WaitGroup
			for i, half := range race.halves {
				all.Go(func() { errs[i] = w.tryCode(half, race.code) })
			}
			all.Wait()
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Errorf("%s: %v and %v, want one in", race.what, errs[0], errs[1])
			}
		}
	})
}

func TestRecoveryCodes(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		_, codes, g := w.guarded()
		w.Mails = true
		half := w.half("jeanne")
		e, recovered, err := w.EnterByFactor(w.ctx, w.node, half, parvis.InFours(codes[3]), parvis.Browser{})
		w.do(err)
		if left := must[int](t)(w.RecoveryCodes(w.ctx, w.node, w.guest(e.Secret))); !recovered || left != 9 {
			t.Errorf("recovered %t, %d left, want 9", recovered, left)
		}
		w.wantMails("a recovery code", "changed recovery to jeanne@malakoff.example")
		half = w.half("jeanne")
		w.invalid("it is used", w.tryCode(half, codes[3]), "code", "signin.code.wrong")
		fresh := must[[]string](t)(w.RenewRecoveryCodes(w.ctx, w.node, g))
		w.wantMails("new ones", "changed codes to jeanne@malakoff.example")
		w.invalid("an old one", w.tryCode(half, codes[0]), "code", "signin.code.wrong")
		w.do(w.tryCode(half, fresh[0]))

		karim := w.guest(w.enter("karim"))
		_, err = w.RenewRecoveryCodes(w.ctx, w.node, karim)
		w.fails("without a second factor", err, parvis.ErrConflict)
	})
}

func TestFactorIsNotGuessed(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		secret, _, _ := w.guarded()
		w.Mails = true
		wrong := w.code(secret, 100)
		for try := range 10 {
			half := w.half("jeanne")
			w.invalid(fmt.Sprint("try ", try), w.tryCode(half, wrong), "code", "signin.code.wrong")
		}
		half := w.half("jeanne")
		for range 2 {
			var wait *parvis.TooManyError
			if err := w.tryCode(half, w.code(secret, 0)); !errors.As(err, &wait) || wait.RetryAfter != 3600 {
				t.Errorf("the 11th try: %v, want to wait an hour", err)
			}
		}
		w.wantMails("somebody knows the password", "changed tried to jeanne@malakoff.example")
		w.now = w.now.Add(time.Hour)
		half = w.half("jeanne")
		for range 5 {
			w.invalid("one ticket", w.tryCode(half, wrong), "code", "signin.code.wrong")
		}
		w.fails("one ticket", w.tryCode(half, w.code(secret, 0)), parvis.ErrTooMany)
		w.do(w.tryCode(w.half("jeanne"), w.code(secret, 0))) // which forgets the tries
		w.now = w.now.Add(time.Minute)
		for range 2 {
			half = w.half("jeanne")
			for range 4 {
				w.invalid("after a right one", w.tryCode(half, wrong), "code", "signin.code.wrong")
			}
		}
		w.reenter(secret)
	})
}

func TestFactorEnds(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		secret, codes, g := w.guarded()
		w.Mails = true
		half := w.half("jeanne")
		w.do(w.DropFactor(w.ctx, w.node, g))
		w.wantMails("it is off", "changed unguarded to jeanne@malakoff.example")
		w.fails("who is between the steps", w.tryCode(half, w.code(secret, 0)), parvis.ErrNotFound)
		w.enter("jeanne")
		w.fails("twice", w.DropFactor(w.ctx, w.node, g), parvis.ErrConflict)
		if left := must[int](t)(w.RecoveryCodes(w.ctx, w.node, g)); left != 0 {
			t.Errorf("%d recovery codes are left", left)
		}
		next := must[string](t)(w.FactorSetup(w.ctx, w.node, w.guest(w.enter("jeanne"))))
		if next == secret || slices.Contains(codes, next) {
			t.Error("a new second factor has the old secret")
		}

		w.fails("reset of what is not there", w.ResetFactor(w.ctx, w.node, "jeanne"), parvis.ErrConflict)
		w.fails("reset for nobody", w.ResetFactor(w.ctx, w.node, "personne"), parvis.ErrNotFound)
		w.fails("reset for a feed", w.ResetFactor(w.ctx, w.node, "entraide"), parvis.ErrNotFound)
		w.guarded()
		w.mailed()
		w.do(w.ResetFactor(w.ctx, w.node, "jeanne"))
		w.wantMails("a reset", "changed reset to jeanne@malakoff.example")
		w.enter("jeanne")
	})
}

// What happened between the two steps counts.
func TestFactorBetweenTheSteps(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		secret, _, g := w.guarded()
		half := w.half("jeanne")
		w.do(w.Suspend(w.ctx, w.node, "jeanne", false))
		w.invalid("a suspended account", w.tryCode(half, w.code(secret, 0)), "code", "signin.suspended")
		w.do(w.Suspend(w.ctx, w.node, "jeanne", true))
		w.do(w.tryCode(half, w.code(secret, 0)))
		w.now = w.now.Add(time.Minute)

		half = w.half("jeanne")
		w.do(w.SetPassword(w.ctx, w.node, g, "nouvelle perceuse"))
		w.fails("with the old password", w.tryCode(half, w.code(secret, 0)), parvis.ErrNotFound)
	})
}

// Another service, or a device that checks the person, is asked for no code.
func TestFactorIsAskedForByTheWay(t *testing.T) {
	t.Parallel()
	for way, want := range map[parvis.Way]bool{parvis.ByPassword: true, parvis.ByLink: true, parvis.ByPasskey: false, parvis.ByIdentity: false, parvis.ByJoining: false} {
		if got := way.NeedsFactor(); got != want {
			t.Errorf("%s asks for the second factor: %t, want %t", way, got, want)
		}
	}
}

func TestLinksAskForTheFactor(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		secret, _, _ := w.guarded()
		link := must[string](t)(w.LinkTicket(w.ctx, w.node, "jeanne"))
		e := must[parvis.Entrance](t)(w.EnterByLink(w.ctx, w.node, link, parvis.Browser{}))
		if !e.Half {
			t.Fatal("a link alone lets in")
		}
		in, _, err := w.EnterByFactor(w.ctx, w.node, e.Secret, w.code(secret, 0), parvis.Browser{})
		w.do(err)
		if g := w.guest(in.Secret); g.Session.Way != parvis.ByLink {
			t.Errorf("the session's way is %q", g.Session.Way)
		}
	})
}
