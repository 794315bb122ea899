package app_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

func TestAddNodeFoundsItsActors(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		n := w.vanves // only its host was given
		if n.Scheme != "https" || n.Name != "Vanves" || n.Language != "fr" || n.Signup != parvis.SignupOpen {
			t.Errorf("defaults: %+v", n)
		}
		rows := w.DB.Node(n.ID)
		actor := must[*parvis.Account](t)(rows.Account(w.ctx, n.ActorID))
		if actor.Type != parvis.Application || actor.URI != "https://vanves.example/actor" || actor.Username != "vanves.example" {
			t.Errorf("actor: %+v", actor)
		}
		feed := must[*parvis.Account](t)(rows.Feed(w.ctx, parvis.KindOffer))
		if feed.Acct() != "entraide" || !feed.IsFeed() || feed.Name != "Entraide · Vanves" {
			t.Errorf("feed: %+v", feed)
		}
		for _, a := range []*parvis.Account{actor, feed} {
			if keys := must[storage.Keys](t)(rows.Keys(w.ctx, a.ID)); !strings.Contains(keys.RSA, "PRIVATE KEY") || !strings.Contains(keys.Ed25519, "PRIVATE KEY") ||
				!strings.Contains(a.PublicKey, "PUBLIC KEY") || !strings.HasPrefix(a.Multikey, "z6Mk") {
				t.Errorf("keys of %s: %q", a.Username, a.PublicKey)
			}
		}
		w.fails("a second node of that host", w.AddNode(w.ctx, &parvis.Node{Host: "Vanves.example"}), parvis.ErrConflict)
		w.invalid("no host", w.AddNode(w.ctx, &parvis.Node{}), "host", "node.host.invalid")
	})
}

func TestCreateAccountNamesTheFieldThatIsTaken(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		create := func(n *parvis.Node, username, email, password string) error {
			_, err := w.CreateAccount(w.ctx, n, app.NewAccount{Username: username, Email: email, Password: password})
			return err
		}
		w.invalid("a taken name", create(w.node, "Jeanne", "autre@malakoff.example", password), "username", "account.username.taken")
		w.invalid("a taken address", create(w.node, "jeanne2", "Jeanne@malakoff.example", password), "email", "account.email.taken")
		if _, err := w.rows().AccountByAcct(w.ctx, "jeanne2"); err != parvis.ErrNotFound {
			t.Errorf("the refused account is stored: %v", err)
		}
		w.invalid("the node's own name", create(w.node, "malakoff.example", "x@malakoff.example", password), "username", "account.username.taken")
		w.do(create(w.vanves, "jeanne", "jeanne@malakoff.example", password)) // another town, another Jeanne
		err := create(w.node, "", "", "court")
		w.invalid("all wrong", err, "username", "account.username.missing")
		w.invalid("all wrong", err, "email", "account.email.invalid")
		w.invalid("all wrong", err, "password", "account.password.short")
	})
}

// signIn tries a password and drops the session.
func (w *town) signIn(name, password, addr string) error {
	_, err := w.SignIn(w.ctx, w.node, name, password, parvis.Browser{Addr: addr})
	return err
}

// enter signs somebody in and returns the secret of their session.
func (w *town) enter(name string) string {
	w.t.Helper()
	e := must[parvis.Entrance](w.t)(w.SignIn(w.ctx, w.node, name, password, parvis.Browser{Addr: "192.0.2.1", Device: "Firefox"}))
	if e.Half {
		w.t.Errorf("%s came in half", name)
	}
	return e.Secret
}

func (w *town) guest(secret string) app.Guest {
	w.t.Helper()
	return must[app.Guest](w.t)(w.GuestBySession(w.ctx, w.node, secret))
}

func TestSignInLimits(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		for i := range 10 {
			// By name and by mail address, it is the same account.
			name := []string{"jeanne", "@Jeanne", "jeanne@malakoff.example"}[i%3]
			w.invalid("a wrong password", w.signIn(name, "x", fmt.Sprint("192.0.2.", i)), "password", "signin.wrong")
		}
		w.now = w.now.Add(5 * time.Minute)
		err := w.signIn("jeanne", password, "192.0.2.99")
		var wait *parvis.TooManyError
		if !errors.As(err, &wait) || wait.RetryAfter != 600 {
			t.Errorf("the 11th try: %v, want to wait 600 s", err)
		}
		w.do(w.signIn("karim", password, "192.0.2.1"))
		w.now = w.now.Add(10 * time.Minute)
		w.do(w.signIn("jeanne", password, "192.0.2.1"))
		w.do(w.signIn(strings.Repeat("jeanne", 1), password, "192.0.2.1"))
		w.invalid("a very long name", w.signIn(strings.Repeat("é", 9000), "x", "192.0.2.1"), "password", "signin.wrong")
	})
}

// Tries that come together count as many.
func TestSignInLimitHoldsForTriesThatComeTogether(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		errs := make([]error, 24)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() { errs[i] = w.signIn("rose", "x", "192.0.2.1") })
		}
		all.Wait()
		refused := 0
		for _, err := range errs {
			if errors.Is(err, parvis.ErrTooMany) {
				refused++
			}
		}
		if refused != 14 {
			t.Errorf("%d of 24 tries were refused, want 14", refused)
		}
	})
}

func TestSessions(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		e := must[parvis.Entrance](t)(w.SignIn(w.ctx, w.node, "jeanne", password, parvis.Browser{Addr: "192.0.2.1", Device: strings.Repeat("Firefox", 99)}))
		if want := w.now.Add(60 * 24 * time.Hour); !e.Expires.Equal(want) {
			t.Errorf("it ends %v, want %v", e.Expires, want)
		}
		secret := e.Secret
		visit := func() error {
			g, err := w.GuestBySession(w.ctx, w.node, secret)
			if err == nil && (g.Viewer.ID() != w.jeanne.ID() || !g.Viewer.Resident()) {
				t.Errorf("the viewer is %+v", g.Viewer)
			}
			return err
		}
		lastSeen := func() time.Time {
			return must[*parvis.Login](t)(w.rows().Login(w.ctx, w.jeanne.ID())).LastSeenAt
		}
		w.do(visit())
		if g := w.guest(secret); g.Session.Way != parvis.ByPassword || len(g.Session.Device) != parvis.MaxDevice {
			t.Errorf("the session is %+v", g.Session)
		}
		day := parvistest.Noon.Truncate(24 * time.Hour)
		if got := lastSeen(); !got.Equal(day) {
			t.Errorf("seen %v, want %v", got, day)
		}
		w.now = w.now.Add(59 * 24 * time.Hour) // and that visit makes it live longer
		w.do(visit())
		w.now = w.now.Add(59 * 24 * time.Hour)
		w.do(visit())
		if got, want := lastSeen(), day.AddDate(0, 0, 118); !got.Equal(want) {
			t.Errorf("seen %v, want %v", got, want)
		}
		w.now = w.now.Add(60 * 24 * time.Hour)
		w.fails("an ended session", visit(), parvis.ErrNotFound)
		_, err := w.GuestBySession(w.ctx, w.vanves, secret)
		w.fails("on another node", err, parvis.ErrNotFound)

		secret = w.enter("jeanne")
		w.do(w.Suspend(w.ctx, w.node, "jeanne", false))
		w.fails("a suspended account", visit(), parvis.ErrNotFound)
		w.invalid("a suspended account", w.signIn("jeanne", password, "192.0.2.1"), "name", "signin.suspended")
		w.do(w.Suspend(w.ctx, w.node, "jeanne", true))
		secret = w.enter("jeanne")
		w.do(visit())
		w.do(w.SignOut(w.ctx, w.node, secret))
		w.fails("after signing out", visit(), parvis.ErrNotFound)
	})
}

func TestSessionsCanBeSeenAndEnded(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		here := w.enter("jeanne")
		w.now = w.now.Add(time.Minute)
		library, phone := w.enter("jeanne"), w.enter("jeanne")
		karim := w.enter("karim")
		g := w.guest(here)
		list := must[[]parvis.Session](t)(w.Sessions(w.ctx, w.node, g))
		if len(list) != 3 || list[2].Hash != g.Session.Hash {
			t.Errorf("her browsers are %+v, want three, the oldest last", list)
		}
		w.fails("another's", w.EndSession(w.ctx, w.node, g, w.guest(karim).Session.Hash), parvis.ErrNotFound)
		w.do(w.EndSession(w.ctx, w.node, g, w.guest(library).Session.Hash))
		_, err := w.GuestBySession(w.ctx, w.node, library)
		w.fails("the library's", err, parvis.ErrNotFound)
		w.guest(phone)
		w.do(w.EndOtherSessions(w.ctx, w.node, g))
		_, err = w.GuestBySession(w.ctx, w.node, phone)
		w.fails("the phone's", err, parvis.ErrNotFound)
		w.guest(here)
		w.guest(karim)
	})
}

func TestSetPassword(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		here, there := w.enter("jeanne"), w.enter("jeanne")
		g := w.guest(here)
		w.fails("a visitor", w.SetPassword(w.ctx, w.node, app.Guest{}, "nouvelle perceuse"), parvis.ErrSignIn)
		w.invalid("a short one", w.SetPassword(w.ctx, w.node, g, "court"), "password", "account.password.short")
		w.do(w.SetPassword(w.ctx, w.node, g, "nouvelle perceuse"))
		w.guest(here)
		_, err := w.GuestBySession(w.ctx, w.node, there)
		w.fails("the other browser", err, parvis.ErrNotFound)
		w.invalid("the old password", w.signIn("jeanne", password, "192.0.2.1"), "password", "signin.wrong")
		w.do(w.signIn("jeanne", "nouvelle perceuse", "192.0.2.1"))
		w.now = w.now.Add(parvis.StillFresh)
		w.fails("in a browser that was left open", w.SetPassword(w.ctx, w.node, g, "encore une perceuse"), parvis.ErrStale)
	})
}

func TestTokens(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		secret := must[string](t)(w.CreateToken(w.ctx, w.node, "jeanne", "toot", []string{"read", "write"}))
		v := must[parvis.Viewer](t)(w.ViewerByToken(w.ctx, w.node, secret))
		if v.ID() != w.jeanne.ID() || len(v.Scopes) != 2 || !v.Resident() {
			t.Errorf("the viewer is %+v", v)
		}
		_, err := w.ViewerByToken(w.ctx, w.vanves, secret)
		w.fails("on another node", err, parvis.ErrNotFound)
		_, err = w.CreateToken(w.ctx, w.node, "entraide", "toot", []string{"read"})
		w.fails("for a feed", err, parvis.ErrNotFound)
		_, err = w.CreateToken(w.ctx, w.node, "jeanne", "toot", nil)
		w.invalid("for nothing", err, "scopes", "token.scopes.missing")
	})
}

func TestEditProfile(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		avatar := must[*parvis.Media](t)(w.Upload(w.ctx, w.node, w.jeanne, app.NewPicture{Shape: app.Avatar, File: photo(t, 1)}))
		edited := must[*parvis.Account](t)(w.EditProfile(w.ctx, w.node, w.jeanne, app.Profile{Name: " Jeanne ", Bio: "**Bonjour** <script>", Avatar: avatar.ID}))
		if edited.Name != "Jeanne" || !strings.Contains(edited.BioHTML, "<strong>Bonjour</strong>") || strings.Contains(edited.BioHTML, "<script>") {
			t.Errorf("profile %+v", edited)
		}
		w.wantJobs("a profile", "say update by jeanne")
		shown := must[*parvis.Account](t)(w.Profile(w.ctx, w.node, "@jeanne"))
		if !shown.Avatar.Ready() {
			t.Error("the picture is not shown")
		}
		_, err := w.EditProfile(w.ctx, w.node, w.karim, app.Profile{Avatar: avatar.ID})
		w.invalid("another's picture", err, "avatar", "account.avatar.unknown")
		must[*parvis.Account](t)(w.EditProfile(w.ctx, w.node, w.jeanne, app.Profile{Name: "Jeanne", Avatar: app.NoAvatar}))
		if shown = must[*parvis.Account](t)(w.Profile(w.ctx, w.node, "jeanne")); shown.Avatar != nil {
			t.Error("the picture is still there")
		}
		_, err = w.EditProfile(w.ctx, w.node, parvis.Viewer{}, app.Profile{})
		w.fails("a visitor", err, parvis.ErrSignIn)
	})
}

func TestDeleteAccount(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.do(w.Follow(w.ctx, w.node, w.karim, w.jeanne.ID()))
		p := w.publish(w.jeanne, offer())
		answer := w.publish(w.karim, note("Elle est libre ?", p))
		must[*parvis.Post](t)(w.Like(w.ctx, w.node, w.jeanne, answer.ID))
		w.jobs()
		w.do(w.DeleteAccount(w.ctx, w.node, "jeanne"))
		w.wantJobs("a deletion", "erase", "say delete by jeanne")
		_, err := w.Post(w.ctx, w.node, w.karim, p.ID)
		w.fails("her offer", err, parvis.ErrGone)
		_, err = w.Profile(w.ctx, w.node, "jeanne")
		w.fails("her page", err, parvis.ErrGone)
		w.invalid("her password", w.signIn("jeanne", password, "192.0.2.1"), "password", "signin.wrong")
		w.fails("again", w.DeleteAccount(w.ctx, w.node, "jeanne"), parvis.ErrGone)
		w.fails("the feed", w.DeleteAccount(w.ctx, w.node, "entraide"), parvis.ErrForbidden)
		w.wantJobs("nothing more")
		if karim := must[*parvis.Account](t)(w.Profile(w.ctx, w.node, "karim")); karim.Following != 0 {
			t.Errorf("karim still follows %d", karim.Following)
		}
	})
}

// A change that was read before somebody was suspended must not free them.
func TestAProfileDoesNotUndoASuspension(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		stale := must[*parvis.Account](t)(w.Profile(w.ctx, w.node, "jeanne"))
		w.do(w.Suspend(w.ctx, w.node, "jeanne", false))
		w.do(w.rows().InTx(w.ctx, func(ctx context.Context, tx *storage.Tx) error { return tx.UpdateAccount(ctx, stale) }))
		_, err := w.Profile(w.ctx, w.node, "jeanne")
		w.fails("her page", err, parvis.ErrGone)
	})
}
