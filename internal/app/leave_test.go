package app_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// comeIn lets somebody in by their password.
func (w *town) comeIn(name string) (parvis.Entrance, app.Guest) {
	w.t.Helper()
	e := must[parvis.Entrance](w.t)(w.SignIn(w.ctx, w.node, name, password, parvis.Browser{Addr: "192.0.2.7"}))
	return e, must[app.Guest](w.t)(w.GuestBySession(w.ctx, w.node, e.Secret))
}

// runLeaves runs what is due of the jobs that delete whoever left.
func (w *town) runLeaves() {
	w.t.Helper()
	for _, j := range must[[]*parvis.Job](w.t)(w.DB.TurnJobs(w.ctx, nil, storage.Claim{Kinds: []parvis.JobKind{parvis.JobLeave}, Now: w.now, Until: w.now.Add(time.Minute), Limit: 9})) {
		w.do(w.Depart(w.ctx, j))
		w.do(w.DB.SettleJobs(w.ctx, storage.Ended{Job: j}))
	}
}

// TestLeaving: an account is closed at once, opens again as it was, and is deleted,
// here and elsewhere, when the time to change one's mind is over.
func TestLeaving(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		drill := w.publish(w.jeanne, offer())
		old, _ := w.comeIn("jeanne")
		_, g := w.comeIn("jeanne")
		due := must[time.Time](t)(w.CloseAccount(w.ctx, w.node, g))
		if want := w.now.Add(parvis.LeaveAfter); !due.Equal(want) {
			t.Errorf("due %s, want %s", due, want)
		}
		if _, err := w.Post(w.ctx, w.node, w.karim, drill.ID); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("what she published: %v", err)
		}
		if _, err := w.GuestBySession(w.ctx, w.node, old.Secret); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("another browser: %v", err)
		}
		if said := w.jobs(); len(said) != 0 {
			t.Errorf("others are told %q before it is due", said)
		}

		// Who comes in is nobody, and may come back.
		w.now = w.now.Add(parvis.LeaveAfter - time.Hour)
		e, g := w.comeIn("jeanne")
		if !e.Leaving || g.Departure == nil || g.Viewer.Resident() {
			t.Errorf("she came in as %+v, %+v", e, g)
		}
		w.do(w.ComeBack(w.ctx, w.node, g))
		if again := must[app.Guest](t)(w.GuestBySession(w.ctx, w.node, e.Secret)); !again.Viewer.Resident() || again.Departure != nil {
			t.Errorf("back as %+v", again)
		}
		must[*parvis.Post](t)(w.Post(w.ctx, w.node, w.karim, drill.ID))
		w.now = w.now.Add(2 * time.Hour)
		w.runLeaves()
		must[*parvis.Post](t)(w.Post(w.ctx, w.node, w.karim, drill.ID))

		_, g = w.comeIn("jeanne")
		must[time.Time](t)(w.CloseAccount(w.ctx, w.node, g))
		w.now = w.now.Add(parvis.LeaveAfter + time.Second)
		w.runLeaves()
		if said := w.jobs(); !slices.Contains(said, "say delete by jeanne") {
			t.Errorf("said %q", said)
		}
		acc := must[*parvis.Account](t)(w.rows().Account(w.ctx, w.jeanne.ID()))
		if acc.DeletedAt.IsZero() || acc.Name != "" {
			t.Errorf("left %+v", acc)
		}
		if _, err := w.SignIn(w.ctx, w.node, "jeanne", password, parvis.Browser{}); err == nil {
			t.Error("she comes in after all")
		}
		if err := w.ComeBack(w.ctx, w.node, app.Guest{Departure: &parvis.Departure{AccountID: acc.ID, AskedAt: acc.SuspendedAt}}); !errors.Is(err, parvis.ErrGone) {
			t.Errorf("too late: %v", err)
		}
	})
}

// TestLeavingRefused: not with an old session, not as the last admin, and whoever the team
// suspends meanwhile does not come back by themself.
func TestLeavingRefused(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		leave := func(g app.Guest) error { _, err := w.CloseAccount(w.ctx, w.node, g); return err }
		_, odile := w.comeIn("odile")
		w.invalid("the last admin", leave(odile), "leave", "leave.last")
		w.now = w.now.Add(parvis.StillFresh)
		if err := leave(odile); !errors.Is(err, parvis.ErrStale) {
			t.Errorf("an old session: %v", err)
		}
		if err := leave(app.Guest{}); !errors.Is(err, parvis.ErrSignIn) {
			t.Errorf("a visitor: %v", err)
		}

		_, karim := w.comeIn("karim")
		w.do(leave(karim))
		_, karim = w.comeIn("karim")
		w.now = w.now.Add(time.Hour)
		w.do(w.Suspend(w.ctx, w.node, "karim", false))
		if err := w.ComeBack(w.ctx, w.node, karim); !errors.Is(err, parvis.ErrGone) {
			t.Errorf("back past the team: %v", err)
		}
		_, err := w.SignIn(w.ctx, w.node, "karim", password, parvis.Browser{})
		w.invalid("suspended meanwhile", err, "name", "signin.suspended")
		w.do(w.Suspend(w.ctx, w.node, "karim", true))
		if acc := must[*parvis.Account](t)(w.rows().Account(w.ctx, w.karim.ID())); acc.Active() {
			t.Error("the team opened an account that its owner closed")
		}
		_, karim = w.comeIn("karim")
		w.do(w.ComeBack(w.ctx, w.node, karim))
	})
}

// TestAdminsWhoLeaveTogether: one of them stays.
func TestAdminsWhoLeaveTogether(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		must[*parvis.Account](t)(w.CreateAccount(w.ctx, w.node, app.NewAccount{Username: "awa", Email: "awa@malakoff.example", Password: password, Role: parvis.RoleAdmin}))
		var leaving sync.WaitGroup
		var mu sync.Mutex
		left := 0
		for _, name := range []string{"odile", "awa"} {
			_, g := w.comeIn(name)
			leaving.Go(func() {
				if _, err := w.CloseAccount(context.WithoutCancel(w.ctx), w.node, g); err == nil {
					mu.Lock()
					left++
					mu.Unlock()
				}
			})
		}
		leaving.Wait()
		if left != 1 {
			t.Errorf("%d of two admins left", left)
		}
	})
}
