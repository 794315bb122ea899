package storage_test

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// peopleList makes a list of Jeanne's with people on it.
func (w *town) peopleList(replies parvis.Replies, members ...*parvis.Account) *parvis.List {
	w.Helper()
	l := &parvis.List{AccountID: w.jeanne.ID, Title: "Voisins", Replies: replies, CreatedAt: after(0)}
	w.do(func(ctx context.Context, tx *storage.Tx) error {
		if err := tx.AddList(ctx, l); err != nil {
			return err
		}
		for i, m := range members {
			if err := tx.AddMember(ctx, l, m.ID, after(i)); err != nil {
				return err
			}
		}
		return nil
	})
	return l
}

func TestListsRoundTrip(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		first := w.peopleList(parvis.RepliesList, w.karim, w.odile, w.luis)
		second := &parvis.List{AccountID: w.jeanne.ID, Title: "Courses", Replies: parvis.RepliesNone, CreatedAt: after(1)}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			if err := tx.AddList(ctx, second); err != nil {
				return err
			}
			second.Title, second.Replies = "Jardin", parvis.RepliesFollowed
			if err := tx.UpdateList(ctx, second); err != nil {
				return err
			}
			if err := tx.AddMember(ctx, first, w.karim.ID, after(9)); err != nil { // twice is once
				return err
			}
			return tx.RemoveMember(ctx, first, w.odile.ID)
		})
		lists := must[[]*parvis.List](t)(w.n.PeopleLists(w.ctx, w.jeanne.ID))
		if diff := gocmp.Diff([]*parvis.List{first, second}, lists); diff != "" {
			t.Errorf("lists: -want +got\n%s", diff)
		}
		if with := must[[]*parvis.List](t)(w.n.ListsWith(w.ctx, w.jeanne.ID, w.karim.ID)); len(with) != 1 || with[0].ID != first.ID {
			t.Errorf("karim is on %+v", with)
		}
		members := must[[]storage.FollowedAccount](t)(w.n.Members(w.ctx, first, parvis.Page{Limit: 1}))
		rest := must[[]storage.FollowedAccount](t)(w.n.Members(w.ctx, first, parvis.Page{Before: members[0].FollowID}))
		if members[0].Account.ID != w.luis.ID || len(rest) != 1 || rest[0].Account.ID != w.karim.ID {
			t.Errorf("members: %+v, %+v", members, rest)
		}
		if _, err := w.n.PeopleList(w.ctx, w.karim.ID, first.ID); err != parvis.ErrNotFound {
			t.Errorf("another's list: %v", err)
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.RemoveList(ctx, first) })
		if count := must[int](t)(w.n.CountMembers(w.ctx, first)); count != 0 {
			t.Errorf("%d are on a list that is gone", count)
		}
	})
}

// Whom one follows no more leaves one's lists, and nobody else's.
func TestUnfollowingTakesOffLists(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.follow(w.jeanne, w.karim)
		l := w.peopleList(parvis.RepliesList, w.karim, w.luis)
		other := &parvis.List{AccountID: w.odile.ID, Title: "Autres", Replies: parvis.RepliesList, CreatedAt: after(0)}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			if err := tx.AddList(ctx, other); err != nil {
				return err
			}
			if err := tx.AddMember(ctx, other, w.karim.ID, after(1)); err != nil {
				return err
			}
			_, err := tx.RemoveFollow(ctx, w.jeanne.ID, w.karim.ID)
			return err
		})
		if got, theirs := must[int](t)(w.n.CountMembers(w.ctx, l)), must[int](t)(w.n.CountMembers(w.ctx, other)); got != 1 || theirs != 1 {
			t.Errorf("%d are left on the list, %d on another's", got, theirs)
		}
	})
}

// Whatever people publish, share and answer: a list holds what its members did, each
// post once, at the first place by which it came, whichever way its pages are turned.
func TestListTimelineIsAsItsMembersMadeIt(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		minute := 0
		rapid.Check(t, func(r *rapid.T) {
			x := &town{TB: w.TB, ctx: w.ctx, db: w.db, node: parvistest.Malakoff()}
			x.node.Host = "liste" + parvis.NewID(after(minute)).String() + ".example"
			x.jeanne, x.karim, x.odile, x.luis = parvistest.Jeanne(x.node), parvistest.Karim(x.node), parvistest.Odile(x.node), parvistest.Stranger("luis", "masto.example")
			x.n = x.found(x.node, x.jeanne, x.karim, x.odile, x.luis)
			people := []*parvis.Account{x.jeanne, x.karim, x.odile, x.luis}
			members := people[1 : 1+rapid.IntRange(1, 3).Draw(r, "members")]
			l := x.peopleList(rapid.SampledFrom(parvis.RepliesChoices).Draw(r, "replies"), members...)
			x.follow(x.jeanne, x.luis)
			var want []shown
			var posts []*parvis.Post
			byID := make(map[parvis.ID]*parvis.Post)
			isMember := func(id parvis.ID) bool {
				return slices.ContainsFunc(members, func(m *parvis.Account) bool { return m.ID == id })
			}
			for range rapid.IntRange(1, 14).Draw(r, "steps") {
				minute++
				who := rapid.SampledFrom(people).Draw(r, "who")
				of := rapid.IntRange(-2, len(posts)-1).Draw(r, "of")
				switch {
				case of >= 0 && rapid.Bool().Draw(r, "share"):
					share := &storage.Reaction{ID: parvis.NewID(after(minute)), AccountID: who.ID, PostID: posts[of].ID}
					if x.try(func(ctx context.Context, tx *storage.Tx) error { return tx.AddReaction(ctx, storage.Shares, share) }) == nil && isMember(who.ID) {
						want = append(want, shown{share.ID, posts[of].ID, who.ID})
					}
					continue
				case of >= 0:
					p := parvistest.Answer(x.node, who, posts[of], after(minute))
					x.add(p)
					posts, byID[p.ID] = append(posts, p), p
				default:
					p := parvistest.Drill(x.node, who, after(minute))
					x.add(p)
					posts, byID[p.ID] = append(posts, p), p
				}
				p := posts[len(posts)-1]
				if isMember(who.ID) && showsAnswer(l, p, byID, isMember, x) {
					want = append(want, shown{p.ID, p.ID, 0})
				}
			}
			var muted []parvis.ID
			for _, who := range rapid.SliceOfNDistinct(rapid.SampledFrom(people[1:]), 0, 2, func(a *parvis.Account) parvis.ID { return a.ID }).Draw(r, "muted") {
				muted = append(muted, who.ID)
				x.do(func(ctx context.Context, tx *storage.Tx) error {
					return tx.SetMute(ctx, &parvis.Mute{AccountID: x.jeanne.ID, TargetID: who.ID, CreatedAt: after(minute)})
				})
			}
			want = slices.DeleteFunc(want, func(s shown) bool {
				return slices.Contains(muted, s.sharer) || slices.Contains(muted, byID[s.post].AuthorID)
			})
			want = firstOfEach(want)
			size := rapid.IntRange(1, 4).Draw(r, "size")
			if got := x.turn(l, parvis.Page{Limit: size}, func(page *parvis.Page, part []storage.HomeEntry) { page.Before = part[len(part)-1].ID }); !slices.Equal(got, want) {
				r.Fatalf("downwards %v, want %v", got, want)
			}
			up := x.turn(l, parvis.Page{Limit: size, From: 1}, func(page *parvis.Page, part []storage.HomeEntry) { page.From = part[0].ID })
			slices.SortFunc(up, func(a, b shown) int { return cmp.Compare(b.place, a.place) })
			if !slices.Equal(up, want) {
				r.Fatalf("upwards %v, want %v", up, want)
			}
		})
	})
}

// shown is an entry of a list.
type shown struct{ place, post, sharer parvis.ID }

// showsAnswer says whether a list wants a member's post, if it is an answer.
func showsAnswer(l *parvis.List, p *parvis.Post, byID map[parvis.ID]*parvis.Post, member func(parvis.ID) bool, x *town) bool {
	if p.ReplyTo == 0 {
		return true
	}
	to := byID[p.ReplyTo].AuthorID
	return to == p.AuthorID || to == x.jeanne.ID || l.Replies == parvis.RepliesList && member(to) || l.Replies == parvis.RepliesFollowed && to == x.luis.ID
}

// firstOfEach keeps the earliest entry of each post, newest first.
func firstOfEach(all []shown) []shown {
	slices.SortFunc(all, func(a, b shown) int { return cmp.Compare(a.place, b.place) })
	seen := make(map[parvis.ID]bool)
	all = slices.DeleteFunc(all, func(s shown) bool {
		twice := seen[s.post]
		seen[s.post] = true
		return twice
	})
	slices.Reverse(all)
	return all
}

// turn reads a list part by part.
func (w *town) turn(l *parvis.List, page parvis.Page, next func(*parvis.Page, []storage.HomeEntry)) (all []shown) {
	w.Helper()
	for {
		part := must[[]storage.HomeEntry](w)(w.n.ListTimeline(w.ctx, l, page))
		if len(part) == 0 {
			return all
		}
		for _, e := range part {
			one := shown{place: e.ID, post: e.Post.ID}
			if e.Sharer != nil {
				one.sharer = e.Sharer.ID
			}
			all = append(all, one)
		}
		next(&page, part)
	}
}

// Of a list with many members only those who wrote last are read for a page.
func TestListOfMany(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		l := w.peopleList(parvis.RepliesList)
		var want []parvis.ID
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			for i := range 70 {
				acc := parvistest.Stranger("membre"+parvis.ID(i).Decimal(), "masto.example")
				if err := tx.AddAccount(ctx, acc); err != nil {
					return err
				}
				if err := tx.AddMember(ctx, l, acc.ID, after(i)); err != nil {
					return err
				}
				p := parvistest.Drill(w.node, acc, after((i*37)%70))
				if err := tx.AddPost(ctx, p, nil); err != nil {
					return err
				}
				want = append(want, p.ID)
			}
			return nil
		})
		slices.Sort(want)
		slices.Reverse(want)
		got := w.turn(l, parvis.Page{Limit: 15}, func(page *parvis.Page, part []storage.HomeEntry) { page.Before = part[len(part)-1].ID })
		ids := make([]parvis.ID, len(got))
		for i, s := range got {
			ids[i] = s.post
		}
		if !slices.Equal(ids, want) {
			t.Errorf("the list shows %d posts in %v, want %v", len(ids), ids, want)
		}
	})
}

// Whom one muted is not in one's timelines and lists, whether they write or share, and
// one is told nothing of them; their page, and others' timelines, are as ever.
func TestMute(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.follow(w.odile, w.jeanne)
		w.follow(w.odile, w.luis)
		p, q := w.drills(w.jeanne, 1)[0], w.drills(w.karim, 1)[0]
		share := &storage.Reaction{ID: parvis.NewID(after(50)), AccountID: w.jeanne.ID, PostID: q.ID}
		told := func(who *parvis.Account) int {
			return len(must[[]*parvis.Notification](t)(w.n.Notifications(w.ctx, who.ID, nil, parvis.Page{})))
		}
		notify := func() {
			w.do(func(ctx context.Context, tx *storage.Tx) error {
				return tx.Notify(ctx, &parvis.Notification{AccountID: w.odile.ID, FromID: w.jeanne.ID, PostID: p.ID, Type: parvis.NotifyMention, CreatedAt: after(3)})
			})
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.AddReaction(ctx, storage.Shares, share) })
		w.spread(storage.HomeWrite{Post: p.ID, Source: w.jeanne.ID, Entry: p.ID})
		w.spread(storage.HomeWrite{Post: q.ID, Source: w.jeanne.ID, Sharer: w.jeanne.ID, Entry: share.ID})
		list := &parvis.List{AccountID: w.odile.ID, Title: "Voisins", Replies: parvis.RepliesList, CreatedAt: after(0)}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			if err := tx.AddList(ctx, list); err != nil {
				return err
			}
			return tx.AddMember(ctx, list, w.jeanne.ID, after(1))
		})
		filter := storage.PostFilter{Audiences: []parvis.Audience{parvis.Everyone}, Viewer: w.odile.ID}
		sees := func() [3]int {
			return [3]int{len(w.home(w.odile)), len(must[[]storage.HomeEntry](t)(w.n.ListTimeline(w.ctx, list, parvis.Page{}))),
				len(must[[]*parvis.Post](t)(w.n.Posts(w.ctx, filter, parvis.Page{})))}
		}
		notify()
		if got, want := sees(), [3]int{2, 2, 2}; got != want || told(w.odile) != 1 {
			t.Fatalf("before: %v, told %d", got, told(w.odile))
		}
		mute := &parvis.Mute{AccountID: w.odile.ID, TargetID: w.jeanne.ID, CreatedAt: after(60)}
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.SetMute(ctx, mute) })
		if got, want := sees(), [3]int{0, 0, 1}; got != want || told(w.odile) != 1 {
			t.Errorf("muted: %v, told %d; want %v, and told once", got, told(w.odile), want)
		}
		if len(must[[]*parvis.Post](t)(w.n.PostsBy(w.ctx, w.jeanne.ID, filter.Audiences, true, parvis.Page{}))) != 1 {
			t.Error("her own page is empty")
		}
		mute.Notifications, mute.Until = true, after(90)
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.SetMute(ctx, mute) })
		notify()
		if told(w.odile) != 0 {
			t.Error("one is told of somebody whose notifications are muted")
		}
		r := must[map[parvis.ID]parvis.Relationship](t)(w.n.Relationships(w.ctx, w.odile.ID, []parvis.ID{w.jeanne.ID, w.luis.ID}))
		if got := r[w.jeanne.ID]; !got.Muting || !got.MutingNotifications || r[w.luis.ID].Muting {
			t.Errorf("relationships: %+v", r)
		}
		mutes := must[[]parvis.Mute](t)(w.n.MutedBy(w.ctx, w.odile.ID, parvis.Page{}))
		if len(mutes) != 1 || mutes[0].Target.ID != w.jeanne.ID || !mutes[0].Until.Equal(mute.Until) || !mutes[0].Notifications {
			t.Errorf("mutes: %+v", mutes)
		}
		for _, end := range []struct {
			at   time.Time
			left int
		}{{after(89), 1}, {after(90), 0}} {
			w.do(func(ctx context.Context, tx *storage.Tx) error {
				return tx.EndMute(ctx, w.odile.ID, w.jeanne.ID, end.at)
			})
			if left := len(must[[]parvis.Mute](t)(w.n.MutedBy(w.ctx, w.odile.ID, parvis.Page{}))); left != end.left {
				t.Errorf("at %v %d mutes are left, want %d", end.at, left, end.left)
			}
		}
		if got, want := sees(), [3]int{2, 2, 2}; got != want {
			t.Errorf("after: %v, want %v", got, want)
		}
	})
}

// However much somebody writes whom the reader muted, or who is suspended: no page is
// read by walking through it.
func TestWhoIsHiddenIsNotWalkedThrough(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		for _, author := range []*parvis.Account{w.karim, w.luis, w.odile} {
			w.follow(w.jeanne, author)
		}
		l := w.peopleList(parvis.RepliesList, w.karim, w.luis, w.odile)
		w.merge()
		want := w.drills(w.odile, 1)[0].ID
		w.drills(w.karim, 60)
		w.drills(w.luis, 60)
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			if err := tx.SetSuspended(ctx, w.luis.ID, after(1)); err != nil {
				return err
			}
			return tx.SetMute(ctx, &parvis.Mute{AccountID: w.jeanne.ID, TargetID: w.karim.ID, CreatedAt: after(1)})
		})
		var statements []string
		w.db.Watch(func(s string) { statements = append(statements, s) })
		for name, read := range map[string]func(parvis.Page) ([]storage.HomeEntry, error){
			"home": func(p parvis.Page) ([]storage.HomeEntry, error) { return w.n.Home(w.ctx, w.jeanne.ID, p) },
			"list": func(p parvis.Page) ([]storage.HomeEntry, error) { return w.n.ListTimeline(w.ctx, l, p) },
		} {
			statements = nil
			entries := must[[]storage.HomeEntry](t)(read(parvis.Page{Limit: 2}))
			if len(entries) != 1 || entries[0].Post.ID != want {
				t.Errorf("the %s shows %+v", name, entries)
			}
			if len(statements) > 10 {
				t.Errorf("the %s takes %d statements", name, len(statements))
			}
		}
	})
}

// What somebody shared whom the reader muted since is shown where another one shared it.
func TestMutedSharerHidesNoOther(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.follow(w.jeanne, w.karim)
		w.follow(w.jeanne, w.luis)
		l := w.peopleList(parvis.RepliesList, w.karim, w.luis)
		mute := func() {
			w.do(func(ctx context.Context, tx *storage.Tx) error {
				return tx.SetMute(ctx, &parvis.Mute{AccountID: w.jeanne.ID, TargetID: w.karim.ID, CreatedAt: after(1)})
			})
		}
		share := func(who *parvis.Account, p *parvis.Post, minute int) parvis.ID {
			r := &storage.Reaction{ID: parvis.NewID(after(minute)), AccountID: who.ID, PostID: p.ID}
			w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.AddReaction(ctx, storage.Shares, r) })
			w.spread(storage.HomeWrite{Post: p.ID, Source: who.ID, Sharer: who.ID, Entry: r.ID})
			return r.ID
		}
		p := w.drills(w.odile, 1)[0]
		share(w.karim, p, 500)
		mute()
		want := share(w.luis, p, 501)
		check := func(what string, entries []storage.HomeEntry) {
			t.Helper()
			if len(entries) != 1 || entries[0].ID != want || entries[0].Sharer.ID != w.luis.ID {
				t.Errorf("%s: %+v", what, entries)
			}
		}
		home := func() []storage.HomeEntry {
			return must[[]storage.HomeEntry](t)(w.n.Home(w.ctx, w.jeanne.ID, parvis.Page{}))
		}
		check("written", home())
		check("list", must[[]storage.HomeEntry](t)(w.n.ListTimeline(w.ctx, l, parvis.Page{})))
		w.merge()
		check("merged", home())
	})
}
