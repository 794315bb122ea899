package storage_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

func TestNodesRoundTrip(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		for name, read := range map[string]func() (*parvis.Node, error){
			"by host": func() (*parvis.Node, error) { return w.db.NodeByHost(w.ctx, "malakoff.example") },
			"by id":   func() (*parvis.Node, error) { return w.db.NodeByID(w.ctx, w.node.ID) },
		} {
			if diff := cmp.Diff(w.node, must[*parvis.Node](t)(read())); diff != "" {
				t.Errorf("%s: -want +got\n%s", name, diff)
			}
		}
		before := must[int64](t)(w.db.NodesVersion(w.ctx))
		for i := range 2 { // both from a copy that was read before
			stale := *w.node
			stale.Summary = "Un parvis pour tous."
			if err := w.db.InTx(w.ctx, func(ctx context.Context, tx *storage.DBTx) error { return tx.UpdateNode(ctx, &stale) }); err != nil {
				t.Fatal(err)
			}
			if got := must[int64](t)(w.db.NodesVersion(w.ctx)); got != before+int64(i)+1 {
				t.Errorf("after change %d the version is %d, was %d", i+1, got, before)
			}
		}
		twin := parvistest.Malakoff()
		if err := w.db.InTx(w.ctx, func(ctx context.Context, tx *storage.DBTx) error { return tx.AddNode(ctx, twin) }); err != parvis.ErrConflict {
			t.Errorf("a second node of that host: %v", err)
		}
		if nodes := must[[]*parvis.Node](t)(w.db.Nodes(w.ctx)); len(nodes) != 1 || nodes[0].Summary != "Un parvis pour tous." {
			t.Errorf("nodes: %+v", nodes)
		}
		if _, err := w.db.NodeByHost(w.ctx, "vanves.example"); err != parvis.ErrNotFound {
			t.Errorf("an unknown host: %v", err)
		}
	})
}

func TestAccountsRoundTrip(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		avatar := &parvis.Media{ID: parvis.NewID(after(1)), AccountID: w.luis.ID, RemoteURL: "https://masto.example/a.png"}
		w.luis.Bio, w.luis.BioHTML, w.luis.Locked, w.luis.PublicKey = "Bonjour", "<p>Bonjour</p>", true, "PEM"
		w.luis.Fields, w.luis.UpdatedAt, w.luis.Avatar = []parvis.Field{{Name: "Site", Value: "<a>x</a>"}}, after(3), avatar
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			if err := tx.AddMedia(ctx, avatar); err != nil {
				return err
			}
			return tx.UpdateAccount(ctx, w.luis)
		})
		for name, read := range map[string]func() (*parvis.Account, error){
			"by id":   func() (*parvis.Account, error) { return w.n.Account(w.ctx, w.luis.ID) },
			"by URI":  func() (*parvis.Account, error) { return w.n.AccountByURI(w.ctx, w.luis.URI) },
			"by name": func() (*parvis.Account, error) { return w.n.AccountByAcct(w.ctx, "LUIS@Masto.example") },
		} {
			if diff := cmp.Diff(w.luis, must[*parvis.Account](t)(read()), alike); diff != "" {
				t.Errorf("%s: -want +got\n%s", name, diff)
			}
		}
		if _, err := w.n.AccountByAcct(w.ctx, "luis"); err != parvis.ErrNotFound {
			t.Errorf("another name: %v", err)
		}
	})
}

// Who changes their profile from an older reading must not undo a suspension.
func TestUpdateAccountKeepsTheStanding(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.SetSuspended(ctx, w.jeanne.ID, after(1)) })
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.UpdateAccount(ctx, w.jeanne) })
		if got := must[*parvis.Account](t)(w.n.Account(w.ctx, w.jeanne.ID)); got.Active() {
			t.Error("the suspension is undone")
		}
		stale := *w.jeanne
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.EraseAccount(ctx, w.jeanne, after(2)) })
		if err := w.try(func(ctx context.Context, tx *storage.Tx) error { return tx.UpdateAccount(ctx, &stale) }); err != parvis.ErrNotFound {
			t.Errorf("a deleted account is written: %v", err)
		}
		if got := must[*parvis.Account](t)(w.n.Account(w.ctx, w.jeanne.ID)); got.Name != "" || !got.DeletedAt.Equal(after(2)) {
			t.Errorf("what is left says %q, deleted %v", got.Name, got.DeletedAt)
		}
	})
}

func TestSearchAccounts(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			for _, name := range []string{"jean", "jean-paul", "jean_luc", "jeanne.b"} {
				if err := tx.AddAccount(ctx, parvistest.Resident(w.node, name, "")); err != nil {
					return err
				}
			}
			if err := tx.AddAccount(ctx, parvistest.Stranger("Jean", "vanves.example")); err != nil {
				return err
			}
			return tx.SetSuspended(ctx, w.karim.ID, after(1))
		})
		for prefix, want := range map[string][]string{
			"JEAN": {"jean", "jean-paul", "Jean@vanves.example", "jean_luc", "jeanne", "jeanne.b"}, "jeann": {"jeanne", "jeanne.b"},
			"kar": nil, "%": nil, "luis@m": {"luis@masto.example"},
		} {
			var got []string
			for _, a := range must[[]*parvis.Account](t)(w.n.SearchAccounts(w.ctx, prefix, 0, 10)) {
				got = append(got, a.Acct())
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q: -want +got\n%s", prefix, diff)
			}
		}
	})
}

func TestLoginsSessionsTokens(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		login := &parvis.Login{AccountID: w.jeanne.ID, Email: "jeanne@malakoff.example", PasswordHash: "h1", Role: parvis.RoleAdmin,
			Language: "fr", CreatedAt: parvistest.Noon}
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.AddLogin(ctx, login) })
		twin := *login
		twin.AccountID = w.karim.ID
		if err := w.try(func(ctx context.Context, tx *storage.Tx) error { return tx.AddLogin(ctx, &twin) }); err != parvis.ErrConflict {
			t.Errorf("a second login of that address: %v", err)
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			if err := tx.SetLastSeen(ctx, w.jeanne.ID, after(2)); err != nil {
				return err
			}
			if err := tx.SetLastSeen(ctx, w.jeanne.ID, after(1)); err != nil {
				return err
			}
			return tx.SetPassword(ctx, w.jeanne.ID, "h2")
		})
		login.PasswordHash, login.LastSeenAt = "h2", after(2)
		for name, read := range map[string]func() (*parvis.Login, error){
			"by account": func() (*parvis.Login, error) { return w.n.Login(w.ctx, w.jeanne.ID) },
			"by address": func() (*parvis.Login, error) { return w.n.LoginByEmail(w.ctx, "Jeanne@malakoff.example") },
		} {
			if diff := cmp.Diff(login, must[*parvis.Login](t)(read())); diff != "" {
				t.Errorf("%s: -want +got\n%s", name, diff)
			}
		}
		stats := must[storage.Stats](t)(w.n.Stats(w.ctx, after(3)))
		if want := (storage.Stats{Accounts: 1, ActiveMonth: 1, ActiveHalfYear: 1}); stats != want {
			t.Errorf("stats %+v, want %+v", stats, want)
		}

		session := parvis.Session{Hash: "s1", AccountID: w.jeanne.ID, Way: parvis.ByPassword, Device: "Firefox", IDToken: "eyJ",
			CreatedAt: parvistest.Noon, UsedAt: parvistest.Noon, ExpiresAt: after(60)}
		token := &parvis.Token{AccountID: w.jeanne.ID, Name: "toot", Scopes: []string{"read", "write"}, CreatedAt: parvistest.Noon}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			for _, hash := range []string{"s1", "s2", "s3"} {
				s := session
				s.Hash = hash
				if err := tx.AddSession(ctx, s); err != nil {
					return err
				}
			}
			if err := tx.ExtendSession(ctx, "s2", after(1), after(120)); err != nil {
				return err
			}
			return tx.AddToken(ctx, "t1", token)
		})
		if got := must[parvis.Session](t)(w.n.Session(w.ctx, "s1", after(59))); got != session {
			t.Errorf("session %+v, want %+v", got, session)
		}
		if diff := cmp.Diff(token, must[*parvis.Token](t)(w.n.Token(w.ctx, "t1"))); diff != "" {
			t.Errorf("token: -want +got\n%s", diff)
		}
		alive := func(hash string, now time.Time) bool {
			_, err := w.n.Session(w.ctx, hash, now)
			return err == nil
		}
		if alive("s1", after(60)) || !alive("s2", after(60)) || alive("s4", after(1)) {
			t.Error("sessions do not end when they should")
		}
		if got := must[[]parvis.Session](t)(w.n.Sessions(w.ctx, w.jeanne.ID, after(60))); len(got) != 1 || got[0].Hash != "s2" || !got[0].UsedAt.Equal(after(1)) {
			t.Errorf("her browsers: %+v", got)
		}
		if err := w.try(func(ctx context.Context, tx *storage.Tx) error { return tx.EndSessionOf(ctx, w.karim.ID, "s3") }); err != parvis.ErrNotFound {
			t.Errorf("another's browser: %v", err)
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.EndSessions(ctx, w.jeanne.ID, "s2") })
		if alive("s1", after(1)) || !alive("s2", after(1)) || alive("s3", after(1)) {
			t.Error("EndSessions does not leave the one")
		}
		if err := w.db.Sweep(w.ctx, after(120), time.Hour); err != nil {
			t.Fatal(err)
		}
		if alive("s2", after(1)) {
			t.Error("an ended session is not swept")
		}
	})
}

func TestAttempts(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		count := func(now, until time.Time) (int, time.Time) {
			n, end, err := w.db.CountAttempt(w.ctx, "k", now, until)
			if err != nil {
				t.Fatal(err)
			}
			return n, end
		}
		for i := 1; i <= 3; i++ {
			if n, end := count(after(i), after(i+15)); n != i || !end.Equal(after(16)) {
				t.Errorf("try %d is counted as %d until %v", i, n, end)
			}
		}
		if n, end, err := w.db.Attempts(w.ctx, "k", after(15)); n != 3 || !end.Equal(after(16)) || err != nil {
			t.Errorf("read: %d until %v, %v", n, end, err)
		}
		if n, _, err := w.db.Attempts(w.ctx, "k", after(16)); n != 0 || err != nil {
			t.Errorf("after the window: %d, %v", n, err)
		}
		if n, end := count(after(20), after(35)); n != 1 || !end.Equal(after(35)) {
			t.Errorf("a new window: %d until %v", n, end)
		}
		if err := w.db.ForgetAttempts(w.ctx, "k"); err != nil {
			t.Fatal(err)
		}
		if n, _ := count(after(21), after(36)); n != 1 {
			t.Errorf("after a success: %d", n)
		}
	})
}

func TestEraseAccountLeavesATombstone(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		liked := w.drills(w.karim, 1)[0]
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			for _, k := range []storage.ReactionKind{storage.Likes, storage.Shares} {
				r := &storage.Reaction{ID: parvis.NewID(after(0)), AccountID: w.jeanne.ID, PostID: liked.ID, URI: w.jeanne.URI + "/" + string(k)}
				if err := tx.AddReaction(ctx, k, r); err != nil {
					return err
				}
			}
			return nil
		})
		w.follow(w.karim, w.jeanne)
		w.follow(w.jeanne, w.luis)
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			if err := tx.SetKeys(ctx, w.jeanne.ID, storage.Keys{RSA: "PEM", Ed25519: "PEM too"}); err != nil {
				return err
			}
			if err := tx.AddLogin(ctx, &parvis.Login{AccountID: w.jeanne.ID, Email: "jeanne@malakoff.example"}); err != nil {
				return err
			}
			if err := tx.AddSession(ctx, parvis.Session{Hash: "s", AccountID: w.jeanne.ID, ExpiresAt: after(60)}); err != nil {
				return err
			}
			return tx.EraseAccount(ctx, w.jeanne, after(1))
		})
		if _, err := w.n.Login(w.ctx, w.jeanne.ID); err != parvis.ErrNotFound {
			t.Errorf("login: %v", err)
		}
		if _, err := w.n.Session(w.ctx, "s", after(1)); err != parvis.ErrNotFound {
			t.Errorf("session: %v", err)
		}
		if key, err := w.n.Keys(w.ctx, w.jeanne.ID); key != (storage.Keys{RSA: "PEM", Ed25519: "PEM too"}) || err != nil {
			t.Errorf("the key that must sign its Delete: %q, %v", key, err)
		}
		for _, want := range []int{1, 1, 0} {
			w.do(func(ctx context.Context, tx *storage.Tx) error {
				cut, err := tx.CutFollows(ctx, w.jeanne.ID, 1)
				if cut != want {
					t.Errorf("%d follows cut, want %d", cut, want)
				}
				return err
			})
		}
		for _, id := range []parvis.ID{w.karim.ID, w.luis.ID} {
			if a := must[*parvis.Account](t)(w.n.Account(w.ctx, id)); a.Followers+a.Following != 0 {
				t.Errorf("%s has %d followers and follows %d", a.Username, a.Followers, a.Following)
			}
		}
		if p := must[*parvis.Post](t)(w.n.Post(w.ctx, liked.ID)); p.Likes+p.Shares != 0 {
			t.Errorf("its likes and shares still count: %d, %d", p.Likes, p.Shares)
		}
		again := parvistest.Jeanne(w.node)
		if err := w.try(func(ctx context.Context, tx *storage.Tx) error { return tx.AddAccount(ctx, again) }); err != parvis.ErrConflict {
			t.Errorf("its name is used again: %v", err)
		}
	})
}

// A server may give a handle to somebody else; a suspension stays with it.
func TestFreeHandle(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		first := parvistest.Stranger("ana", "masto.example")
		second := parvistest.Stranger("ana", "masto.example")
		second.URI += "/2"
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			if err := tx.AddAccount(ctx, first); err != nil {
				return err
			}
			return tx.SetSuspended(ctx, first.ID, after(1))
		})
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			since, err := tx.FreeHandle(ctx, "Ana@masto.example")
			if err == nil && !since.Equal(after(1)) {
				t.Errorf("suspended since %v", since)
			}
			if err != nil {
				return err
			}
			return tx.AddAccount(ctx, second)
		})
		if got := must[*parvis.Account](t)(w.n.AccountByAcct(w.ctx, "ana@masto.example")); got.URI != second.URI {
			t.Errorf("ana is %s", got.URI)
		}
		if got := must[*parvis.Account](t)(w.n.AccountByURI(w.ctx, first.URI)); got.ID != first.ID {
			t.Errorf("the first is %s", got.ID)
		}
		for _, acct := range []string{"jeanne", "personne@masto.example"} { // one of ours, nobody
			w.do(func(ctx context.Context, tx *storage.Tx) error {
				since, err := tx.FreeHandle(ctx, acct)
				if !since.IsZero() {
					t.Errorf("%s is suspended since %v", acct, since)
				}
				return err
			})
		}
		if got := must[*parvis.Account](t)(w.n.AccountByAcct(w.ctx, "jeanne")); got.ID != w.jeanne.ID {
			t.Error("jeanne lost her name")
		}
	})
}

// Only the node's own Group is its feed, whatever a remote account says.
func TestFeedIsLocal(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		other, ours := parvistest.Stranger("entraide", "vanves.example"), parvistest.Resident(w.node, "entraide", "Entraide")
		for _, feed := range []*parvis.Account{other, ours} {
			feed.Type, feed.Feed = parvis.Group, parvis.KindOffer
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.AddAccount(ctx, other) })
		if _, err := w.n.Feed(w.ctx, parvis.KindOffer); err != parvis.ErrNotFound {
			t.Errorf("another node's feed: %v", err)
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.AddAccount(ctx, ours) })
		if got := must[*parvis.Account](t)(w.n.Feed(w.ctx, parvis.KindOffer)); got.ID != ours.ID {
			t.Errorf("the feed is %s", got.Acct())
		}
	})
}
