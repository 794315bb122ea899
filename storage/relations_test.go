package storage_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// strangers stores people of two servers; those of the second have no shared inbox.
func (w *town) strangers() (shared, alone []*parvis.Account) {
	w.Helper()
	for _, name := range []string{"ana", "bea", "carlos"} {
		one, two := parvistest.Stranger(name, "vanves.example"), parvistest.Stranger(name, "seul.example")
		two.SharedInbox = ""
		shared, alone = append(shared, one), append(alone, two)
	}
	w.do(func(ctx context.Context, tx *storage.Tx) error {
		for _, a := range slices.Concat(shared, alone) {
			if err := tx.AddAccount(ctx, a); err != nil {
				return err
			}
		}
		return nil
	})
	return shared, alone
}

func wantInboxes(t *testing.T, what string, want []string) func([]string, error) {
	t.Helper()
	return func(got []string, err error) {
		t.Helper()
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got, alike); err != nil || diff != "" {
			t.Errorf("%s: %v; -want +got\n%s", what, err, diff)
		}
	}
}

func TestInboxesAreDistinct(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		shared, alone := w.strangers()
		mute := parvistest.Stranger("muet", "muet.example")
		mute.Inbox, mute.SharedInbox = "", ""
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.AddAccount(ctx, mute) })
		for _, fan := range []*parvis.Account{shared[0], shared[1], alone[0], alone[1], w.karim, mute} {
			w.follow(fan, w.jeanne)
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error { // a wish is no follow yet
			return tx.AddFollow(ctx, &parvis.Follow{FollowerID: alone[2].ID, FollowedID: w.jeanne.ID, CreatedAt: after(1)})
		})
		const vanves = "https://vanves.example/inbox"
		wantInboxes(t, "followers", []string{vanves, alone[0].Inbox, alone[1].Inbox})(w.n.FollowerInboxes(w.ctx, w.jeanne.ID))
		wantInboxes(t, "nobody's followers", nil)(w.n.FollowerInboxes(w.ctx, w.karim.ID))

		p := parvistest.Drill(w.node, w.jeanne, after(1))
		p.Mentions = []parvis.Mention{{AccountID: w.luis.ID}, {AccountID: w.karim.ID}, {AccountID: mute.ID}}
		w.add(p)
		first, second := parvistest.Answer(w.node, shared[2], p, after(2)), parvistest.Answer(w.node, shared[1], p, after(3))
		w.add(first, second, parvistest.Answer(w.node, w.odile, p, after(4)))
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			return tx.AddReaction(ctx, storage.Shares, &storage.Reaction{ID: 9, AccountID: alone[2].ID, PostID: p.ID})
		})
		wantInboxes(t, "witnesses", []string{vanves, w.luis.SharedInbox, alone[2].Inbox})(w.n.WitnessInboxes(w.ctx, p.ID))
		// Who answered or shared has seen it, and must hear of its end too.
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.DeletePost(ctx, p, after(5)) })
		wantInboxes(t, "witnesses of what is gone", []string{vanves, w.luis.SharedInbox, alone[2].Inbox})(w.n.WitnessInboxes(w.ctx, p.ID))

		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.SetSuspended(ctx, alone[0].ID, after(6)) })
		wantInboxes(t, "followers but one", []string{vanves, alone[1].Inbox})(w.n.FollowerInboxes(w.ctx, w.jeanne.ID))
		wantInboxes(t, "all known", []string{vanves, w.luis.SharedInbox, alone[1].Inbox, alone[2].Inbox})(w.n.KnownInboxes(w.ctx))
	})
}

func TestPartnersRoundTrip(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		shared, _ := w.strangers()
		save := func(p parvis.Partner) {
			w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.SavePartner(ctx, &p) })
		}
		asked := parvis.Partner{Host: "clamart.example", Ours: true, Error: "introuvable", CreatedAt: after(1)}
		active := parvis.Partner{Host: "vanves.example", Ours: true, CreatedAt: after(2)}
		save(asked)
		save(active)
		active.Theirs, active.AccountID = true, shared[0].ID
		save(active)
		if diff := cmp.Diff([]*parvis.Partner{&asked, &active}, must[[]*parvis.Partner](t)(w.n.Partners(w.ctx))); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		if diff := cmp.Diff(&active, must[*parvis.Partner](t)(w.n.Partner(w.ctx, "vanves.example"))); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		if !must[bool](t)(w.n.IsPartner(w.ctx, "vanves.example")) || must[bool](t)(w.n.IsPartner(w.ctx, "clamart.example")) {
			t.Error("posts flow where they should not, or not where they should")
		}
		wantInboxes(t, "partners", []string{"https://vanves.example/inbox"})(w.n.PartnerInboxes(w.ctx))
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.RemovePartner(ctx, "vanves.example") })
		if _, err := w.n.Partner(w.ctx, "vanves.example"); err != parvis.ErrNotFound {
			t.Errorf("a removed partner: %v", err)
		}
	})
}

func TestRelationships(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.follow(w.jeanne, w.karim)
		w.follow(w.luis, w.jeanne)
		f := &parvis.Follow{FollowerID: w.jeanne.ID, FollowedID: w.luis.ID, URI: "https://malakoff.example/follows/1", CreatedAt: after(1)}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			if err := tx.AddFollow(ctx, f); err != nil {
				return err
			}
			return tx.AddBlock(ctx, w.odile.ID, w.jeanne.ID, "", after(1))
		})
		ids := []parvis.ID{w.karim.ID, w.luis.ID, w.odile.ID}
		want := map[parvis.ID]parvis.Relationship{
			w.karim.ID: {Following: true}, w.luis.ID: {Requested: true, FollowedBy: true}, w.odile.ID: {BlockedBy: true},
		}
		if diff := cmp.Diff(want, must[map[parvis.ID]parvis.Relationship](t)(w.n.Relationships(w.ctx, w.jeanne.ID, ids))); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		if diff := cmp.Diff(f, must[*parvis.Follow](t)(w.n.FollowByURI(w.ctx, f.URI, w.luis.ID))); diff != "" {
			t.Errorf("by URI: -want +got\n%s", diff)
		}
		if _, err := w.n.FollowByURI(w.ctx, "", w.luis.ID); err != parvis.ErrNotFound { // luis's follow has none
			t.Errorf("a follow without a URI is found by an empty one: %v", err)
		}
		if _, err := w.n.FollowByURI(w.ctx, f.URI, w.karim.ID); err != parvis.ErrNotFound {
			t.Errorf("a follow of others is found: %v", err)
		}
	})
}

func TestABlockEndsWhatWasBetween(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.follow(w.jeanne, w.karim)
		w.follow(w.karim, w.jeanne)
		tell := func(to, from *parvis.Account) {
			w.do(func(ctx context.Context, tx *storage.Tx) error {
				return tx.Notify(ctx, &parvis.Notification{AccountID: to.ID, FromID: from.ID, Type: parvis.NotifyFollow, CreatedAt: after(1)})
			})
		}
		told := func(who *parvis.Account) int {
			return len(must[[]*parvis.Notification](t)(w.n.Notifications(w.ctx, who.ID, nil, parvis.Page{})))
		}
		tell(w.jeanne, w.karim)
		tell(w.karim, w.jeanne)
		tell(w.jeanne, w.odile)
		tell(w.jeanne, w.jeanne) // nobody is told of themself
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			return tx.AddBlock(ctx, w.jeanne.ID, w.karim.ID, "u", after(2))
		})
		tell(w.jeanne, w.karim)
		tell(w.karim, w.jeanne)
		if told(w.jeanne) != 1 || told(w.karim) != 0 {
			t.Errorf("jeanne has %d notifications, karim %d; want 1, 0", told(w.jeanne), told(w.karim))
		}
		if f := must[[]storage.FollowedAccount](t)(w.n.Followers(w.ctx, w.jeanne.ID, true, parvis.Page{})); len(f) != 0 {
			t.Errorf("%d followers are left", len(f))
		}
		if blocked := must[[]*parvis.Account](t)(w.n.Blocks(w.ctx, w.jeanne.ID, 10)); len(blocked) != 1 || blocked[0].ID != w.karim.ID {
			t.Errorf("blocks: %v", blocked)
		}
		for _, p := range [][2]*parvis.Account{{w.jeanne, w.karim}, {w.karim, w.jeanne}} {
			if !must[bool](t)(w.n.Blocked(w.ctx, p[0].ID, p[1].ID)) {
				t.Errorf("%s and %s are not blocked", p[0].Username, p[1].Username)
			}
		}
	})
}

func TestNotificationsAreTypedSeenAndCounted(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := w.drills(w.jeanne, 1)[0]
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			for i, n := range []parvis.Notification{
				{FromID: w.karim.ID, Type: parvis.NotifyFollow}, {FromID: w.karim.ID, Type: parvis.NotifyLike, PostID: p.ID},
				{FromID: w.odile.ID, Type: parvis.NotifyLike, PostID: p.ID}, {FromID: w.karim.ID, Type: parvis.NotifyFollow},
			} {
				n.AccountID, n.CreatedAt = w.jeanne.ID, after(i)
				if err := tx.Notify(ctx, &n); err != nil {
					return err
				}
			}
			return nil
		})
		list := must[[]*parvis.Notification](t)(w.n.Notifications(w.ctx, w.jeanne.ID, nil, parvis.Page{}))
		if len(list) != 3 || list[0].From.ID != w.odile.ID || list[0].Post.ID != p.ID || list[2].Post != nil || list[0].Read {
			t.Fatalf("notifications: %+v", list)
		}
		likes := must[[]*parvis.Notification](t)(w.n.Notifications(w.ctx, w.jeanne.ID, []parvis.NotificationType{parvis.NotifyLike}, parvis.Page{}))
		if len(likes) != 2 {
			t.Errorf("%d likes", len(likes))
		}
		if n := must[int](t)(w.n.Unseen(w.ctx, w.jeanne.ID)); n != 3 {
			t.Errorf("%d unseen, want 3", n)
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.MarkSeen(ctx, w.jeanne.ID, list[1].ID) })
		if n := must[int](t)(w.n.Unseen(w.ctx, w.jeanne.ID)); n != 1 {
			t.Errorf("%d unseen, want 1", n)
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			return tx.DropNotifications(ctx, w.jeanne.ID, w.odile.ID, p.ID, parvis.NotifyLike)
		})
		if n := must[int](t)(w.n.Unseen(w.ctx, w.jeanne.ID)); n != 0 {
			t.Errorf("%d unseen after the like was taken back", n)
		}
	})
}

func TestReportsRoundTrip(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		want := &parvis.Report{ReporterID: w.karim.ID, TargetID: w.luis.ID, PostIDs: []parvis.ID{3, 4}, Comment: "publicité", Forward: true, CreatedAt: after(1)}
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.AddReport(ctx, want) })
		if diff := cmp.Diff(want, must[*parvis.Report](t)(w.n.Report(w.ctx, want.ID))); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		if count := must[int](t)(w.n.CountReports(w.ctx)); count != 1 {
			t.Errorf("%d reports are counted", count)
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.CloseReport(ctx, want.ID, after(2)) })
		if count := must[int](t)(w.n.CountReports(w.ctx)); count != 0 {
			t.Errorf("%d reports are counted when it is closed", count)
		}
		if open := must[[]*parvis.Report](t)(w.n.OpenReports(w.ctx, parvis.Page{})); len(open) != 0 {
			t.Errorf("%d open reports", len(open))
		}
		if got := must[*parvis.Report](t)(w.n.Report(w.ctx, want.ID)); !got.ClosedAt.Equal(after(2)) {
			t.Errorf("closed at %v", got.ClosedAt)
		}
	})
}

func TestReactionsRoundTrip(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := w.drills(w.jeanne, 2)
		for _, kind := range []storage.ReactionKind{storage.Likes, storage.Shares} {
			one := &storage.Reaction{ID: 7, AccountID: w.karim.ID, PostID: p[0].ID, URI: "https://malakoff.example/" + string(kind)}
			two := &storage.Reaction{ID: 7, AccountID: w.luis.ID, PostID: p[0].ID} // its id is taken; it has no URI
			w.do(func(ctx context.Context, tx *storage.Tx) error {
				if err := tx.AddReaction(ctx, kind, one); err != nil {
					return err
				}
				return tx.AddReaction(ctx, kind, two)
			})
			if two.ID != 8 {
				t.Errorf("the second has id %d", two.ID)
			}
			for name, read := range map[string]func() (*storage.Reaction, error){
				"by whom": func() (*storage.Reaction, error) { return w.n.Reaction(w.ctx, kind, w.karim.ID, p[0].ID) },
				"by URI":  func() (*storage.Reaction, error) { return w.n.ReactionByURI(w.ctx, kind, one.URI) },
				"whose":   func() (*storage.Reaction, error) { return w.n.ReactionOf(w.ctx, kind, w.karim.ID, one.URI) },
				"by id":   func() (*storage.Reaction, error) { return w.n.ReactionByID(w.ctx, kind, one.ID) },
			} {
				if diff := cmp.Diff(one, must[*storage.Reaction](t)(read())); diff != "" {
					t.Errorf("%s %s: -want +got\n%s", kind, name, diff)
				}
			}
			if _, err := w.n.ReactionByURI(w.ctx, kind, ""); err != parvis.ErrNotFound {
				t.Errorf("%s: one without a URI is found by an empty one: %v", kind, err)
			}
			if _, err := w.n.ReactionOf(w.ctx, kind, w.luis.ID, one.URI); err != parvis.ErrNotFound {
				t.Errorf("%s: karim's is luis's: %v", kind, err)
			}
		}
		if err := w.n.Mark(w.ctx, w.karim.ID, p); err != nil || !p[0].Liked || !p[0].Shared || p[1].Liked || p[1].Shared {
			t.Errorf("marks: %v, %+v", err, p)
		}
		sharers := must[[]storage.Reaction](t)(w.n.LocalSharers(w.ctx, p[0].ID))
		if len(sharers) != 1 || sharers[0].AccountID != w.karim.ID {
			t.Errorf("local sharers: %+v", sharers)
		}
	})
}

func TestUnusedMediaAreDropped(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		photo := func(minute int, key string) *parvis.Media {
			return &parvis.Media{ID: parvis.NewID(after(minute)), AccountID: w.jeanne.ID, Renditions: []parvis.Rendition{{Key: key, Width: 9}}}
		}
		used, avatar, twin, unused, fresh := photo(1, "a"), photo(2, "b"), photo(3, "a"), photo(4, "c"), photo(90, "d")
		p := parvistest.Drill(w.node, w.jeanne, after(5))
		p.Media = []parvis.Media{*used}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			for _, m := range []*parvis.Media{used, avatar, twin, unused, fresh} {
				if err := tx.AddMedia(ctx, m); err != nil {
					return err
				}
			}
			w.jeanne.Avatar = avatar
			if err := tx.UpdateAccount(ctx, w.jeanne); err != nil {
				return err
			}
			return tx.AddPost(ctx, p, nil)
		})
		drop := func() (keys []string) {
			w.do(func(ctx context.Context, tx *storage.Tx) error {
				gone, err := tx.ForgetPictures(ctx, after(60), after(60), 10)
				for _, m := range gone.Files {
					keys = append(keys, m.Largest().Key)
				}
				return err
			})
			return keys
		}
		if got := drop(); !slices.Equal(got, []string{"c"}) { // the files of "a" serve another picture
			t.Errorf("files that can go: %q, want c", got)
		}
		for m, want := range map[*parvis.Media]error{used: nil, avatar: nil, fresh: nil, twin: parvis.ErrNotFound, unused: parvis.ErrNotFound} {
			if _, err := w.n.Media(w.ctx, m.ID); err != want {
				t.Errorf("picture %q: %v, want %v", m.Renditions[0].Key, err, want)
			}
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.DeletePost(ctx, p, after(6)) })
		if got := drop(); !slices.Equal(got, []string{"a"}) {
			t.Errorf("after the post: %q, want a", got)
		}
	})
}
