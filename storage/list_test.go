package storage_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// A lister returns the ids of one page of a list.
type lister func(parvis.Page) ([]parvis.ID, error)

// idsOf returns what names each row of a list.
func idsOf[T any](id func(T) parvis.ID) func([]T, error) ([]parvis.ID, error) {
	return func(rows []T, err error) ([]parvis.ID, error) {
		ids := make([]parvis.ID, len(rows))
		for i, r := range rows {
			ids[i] = id(r)
		}
		return ids, err
	}
}

var (
	postIDs   = idsOf(func(p *parvis.Post) parvis.ID { return p.ID })
	followIDs = idsOf(func(f storage.FollowedAccount) parvis.ID { return f.FollowID })
)

// busyTown returns every list of a town that has more than two pages of each.
func busyTown(t *testing.T, w *town) map[string]lister {
	t.Helper()
	posts := w.drills(w.jeanne, 27)
	w.do(func(ctx context.Context, tx *storage.Tx) error {
		for i, p := range posts {
			fan := parvistest.Stranger("fan"+string(rune('a'+i%26))+string(rune('a'+i/26)), "masto.example")
			if err := tx.AddAccount(ctx, fan); err != nil {
				return err
			}
			for _, f := range []*parvis.Follow{{FollowerID: fan.ID, FollowedID: w.jeanne.ID}, {FollowerID: w.jeanne.ID, FollowedID: fan.ID}} {
				f.Accepted, f.CreatedAt = true, after(i)
				if err := tx.AddFollow(ctx, f); err != nil {
					return err
				}
			}
			if err := tx.AddFollow(ctx, &parvis.Follow{FollowerID: fan.ID, FollowedID: w.odile.ID, CreatedAt: after(i)}); err != nil {
				return err
			}
			if err := tx.AddToHome(ctx, w.karim.ID, p); err != nil {
				return err
			}
			if err := tx.AddReaction(ctx, storage.Shares, &storage.Reaction{ID: parvis.NewID(after(i)), AccountID: w.karim.ID, PostID: p.ID, URI: p.URI + "#s"}); err != nil {
				return err
			}
			if err := tx.Notify(ctx, &parvis.Notification{AccountID: w.odile.ID, FromID: fan.ID, Type: parvis.NotifyFollow, CreatedAt: after(i)}); err != nil {
				return err
			}
			report := &parvis.Report{ReporterID: w.karim.ID, TargetID: fan.ID, Comment: "publicité", CreatedAt: after(i)}
			if err := tx.AddReport(ctx, report); err != nil {
				return err
			}
			if err := tx.AddAccount(ctx, parvistest.Resident(w.node, fan.Username, "")); err != nil {
				return err
			}
		}
		return nil
	})
	public := []parvis.Audience{parvis.Everyone}
	return map[string]lister{
		"Posts": func(p parvis.Page) ([]parvis.ID, error) {
			return postIDs(w.n.Posts(w.ctx, storage.PostFilter{Audiences: public, Kind: parvis.KindOffer, Offer: &storage.OfferFilter{}, Viewer: w.odile.ID}, p))
		},
		"PostsBy": func(p parvis.Page) ([]parvis.ID, error) {
			return postIDs(w.n.PostsBy(w.ctx, w.jeanne.ID, public, true, p))
		},
		"Home": func(p parvis.Page) ([]parvis.ID, error) {
			return idsOf(func(e storage.HomeEntry) parvis.ID { return e.ID })(w.n.Home(w.ctx, w.karim.ID, p))
		},
		"SharesBy": func(p parvis.Page) ([]parvis.ID, error) {
			return idsOf(func(r storage.Reaction) parvis.ID { return r.ID })(w.n.SharesBy(w.ctx, w.karim.ID, p))
		},
		"Notifications": func(p parvis.Page) ([]parvis.ID, error) {
			return idsOf(func(t *parvis.Notification) parvis.ID { return t.ID })(w.n.Notifications(w.ctx, w.odile.ID, nil, p))
		},
		"Followers": func(p parvis.Page) ([]parvis.ID, error) { return followIDs(w.n.Followers(w.ctx, w.jeanne.ID, true, p)) },
		"Following": func(p parvis.Page) ([]parvis.ID, error) { return followIDs(w.n.Following(w.ctx, w.jeanne.ID, p)) },
		"requests":  func(p parvis.Page) ([]parvis.ID, error) { return followIDs(w.n.Followers(w.ctx, w.odile.ID, false, p)) },
		"OpenReports": func(p parvis.Page) ([]parvis.ID, error) {
			return idsOf(func(r *parvis.Report) parvis.ID { return r.ID })(w.n.OpenReports(w.ctx, p))
		},
		"LocalAccounts": func(p parvis.Page) ([]parvis.ID, error) {
			return idsOf(func(a *parvis.Account) parvis.ID { return a.ID })(w.n.LocalAccounts(w.ctx, p))
		},
	}
}

// Pages of any size, read from any place in either direction, are consecutive,
// complete and do not overlap.
func TestEveryListIsPagedByKeySet(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		lists, whole := busyTown(t, w), map[string][]parvis.ID{}
		for name, list := range lists {
			all, err := list(parvis.Page{Limit: parvis.MaxPage})
			if err != nil || len(all) < 27 {
				t.Fatalf("%s: %d rows, %v", name, len(all), err)
			}
			if !slices.IsSortedFunc(all, func(a, b parvis.ID) int { return int(b - a) }) {
				t.Errorf("%s is not sorted, newest first", name)
			}
			if first, err := list(parvis.Page{}); err != nil || !slices.Equal(first, all[:parvis.PageSize]) {
				t.Errorf("%s: the first page is %v, %v", name, first, err)
			}
			whole[name] = all
		}
		names := rapid.SampledFrom(slices.Sorted(maps.Keys(lists)))
		rapid.Check(t, func(t *rapid.T) {
			name := names.Draw(t, "list")
			checkPages(t, name, lists[name], whole[name])
		})
	})
}

func checkPages(t *rapid.T, name string, list lister, all []parvis.ID) {
	size := rapid.IntRange(1, 30).Draw(t, "size")
	read := func(p parvis.Page) []parvis.ID {
		p.Limit = size
		ids, err := list(p)
		if err != nil {
			t.Fatal(err)
		}
		return ids
	}
	at := rapid.IntRange(0, len(all)-1).Draw(t, "at")
	older, newer := all[at+1:], all[:at]
	for what, pair := range map[string][2][]parvis.ID{
		"before": {read(parvis.Page{Before: all[at]}), older[:min(size, len(older))]},
		"after":  {read(parvis.Page{After: all[at]}), newer[:min(size, len(newer))]},
		"from":   {read(parvis.Page{From: all[at]}), newer[max(0, len(newer)-size):]},
	} {
		if !slices.Equal(pair[0], pair[1]) {
			t.Fatalf("%s: %d rows %s row %d: %v, want %v", name, size, what, at, pair[0], pair[1])
		}
	}
	last := rapid.IntRange(at, len(all)-1).Draw(t, "last")
	if between := read(parvis.Page{Before: all[at], After: all[last]}); last > at {
		if want := all[at+1 : last]; !slices.Equal(between, want[:min(size, len(want))]) {
			t.Fatalf("%s: %d rows between %d and %d: %v", name, size, at, last, between)
		}
	}
}

func TestPostFilters(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		drill := parvistest.Drill(w.node, w.jeanne, after(1))
		drill.Tags = []string{"Été"}
		lesson := parvistest.Lesson(w.node, w.karim, after(2))
		ride := parvistest.Post(w.node, w.luis, &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.SortRide}, "Malakoff–Lyon", after(3))
		secret := parvistest.Drill(w.node, w.odile, after(4))
		secret.Audience, secret.State = parvis.OnNode, parvis.Reserved
		note := parvistest.Post(w.node, w.jeanne, &parvis.Note{}, "", after(5))
		hidden := parvistest.Drill(w.node, w.jeanne, after(6))
		hidden.Audience = parvis.Unlisted
		gone := parvistest.Drill(w.node, w.jeanne, after(7))
		answer := parvistest.Answer(w.node, w.odile, drill, after(8))
		orphan := reply(w, "https://masto.example/1", "https://masto.example/0", 9)
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.AddPost(ctx, drill, []string{"ete"}) })
		answer.ReplyTo, answer.Thread = drill.ID, drill.Thread
		w.add(lesson, ride, secret, note, hidden, gone, answer, orphan)
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			if err := tx.SavePartner(ctx, &parvis.Partner{Host: "masto.example", Ours: true, Theirs: true, CreatedAt: after(0)}); err != nil {
				return err
			}
			return tx.DeletePost(ctx, gone, after(9))
		})
		everyone, residents := []parvis.Audience{parvis.Everyone}, []parvis.Audience{parvis.Everyone, parvis.Partners, parvis.OnNode}
		for _, test := range []struct {
			name   string
			filter storage.PostFilter
			want   []*parvis.Post
		}{
			{"a visitor", storage.PostFilter{Audiences: everyone}, []*parvis.Post{note, ride, lesson, drill}},
			{"a resident", storage.PostFilter{Audiences: residents}, []*parvis.Post{note, secret, ride, lesson, drill}},
			{"nobody", storage.PostFilter{}, nil},
			{"offers", storage.PostFilter{Audiences: everyone, Kind: parvis.KindOffer}, []*parvis.Post{ride, lesson, drill}},
			{"here", storage.PostFilter{Audiences: everyone, Where: storage.Here}, []*parvis.Post{note, lesson, drill}},
			{"elsewhere", storage.PostFilter{Audiences: everyone, Where: storage.Elsewhere}, []*parvis.Post{ride}},
			{"of one author", storage.PostFilter{Audiences: everyone, Author: w.jeanne.ID}, []*parvis.Post{note, drill}},
			{"reserved", storage.PostFilter{Audiences: residents, States: []parvis.State{parvis.Reserved, parvis.Done}}, []*parvis.Post{secret}},
			{"with a tag", storage.PostFilter{Audiences: everyone, Tag: "ete"}, []*parvis.Post{drill}},
			{"open on the last day", storage.PostFilter{Audiences: everyone, OpenAt: lesson.EndsAt.Add(-time.Millisecond)}, []*parvis.Post{note, ride, lesson, drill}},
			{"open afterwards", storage.PostFilter{Audiences: everyone, OpenAt: lesson.EndsAt}, []*parvis.Post{note, ride, drill}},
			{"any offer", storage.PostFilter{Audiences: everyone, Offer: &storage.OfferFilter{}}, []*parvis.Post{ride, lesson, drill}},
			{"requests", storage.PostFilter{Audiences: everyone, Offer: &storage.OfferFilter{Purpose: parvis.PurposeRequest}}, []*parvis.Post{lesson}},
			{"two sorts", storage.PostFilter{Audiences: everyone, Offer: &storage.OfferFilter{Sorts: []parvis.Sort{parvis.SortRide, parvis.SortObject}}}, []*parvis.Post{ride, drill}},
			{"a category", storage.PostFilter{Audiences: everyone, Offer: &storage.OfferFilter{Category: "tools"}}, []*parvis.Post{drill}},
			{"alike by sort or category", storage.PostFilter{Audiences: everyone, Offer: &storage.OfferFilter{Alike: &parvis.Offer{Sort: parvis.SortRide, Category: "tools"}}},
				[]*parvis.Post{ride, drill}},
			{"alike without a category", storage.PostFilter{Audiences: everyone, Offer: &storage.OfferFilter{Alike: &parvis.Offer{Sort: parvis.SortGift}}}, nil},
			{"all at once", storage.PostFilter{Audiences: residents, Kind: parvis.KindOffer, Viewer: w.karim.ID, Where: storage.Here, Author: w.jeanne.ID,
				States: []parvis.State{parvis.Open}, Tag: "ete", OpenAt: parvistest.Noon,
				Offer: &storage.OfferFilter{Purpose: parvis.PurposeOffer, Sorts: parvis.Sorts, Category: "tools"}}, []*parvis.Post{drill}},
		} {
			got, err := postIDs(w.n.Posts(w.ctx, test.filter, parvis.Page{}))
			want, _ := postIDs(test.want, nil)
			if diff := cmp.Diff(want, got, alike); err != nil || diff != "" {
				t.Errorf("%s: %v; -want +got\n%s", test.name, err, diff)
			}
		}
		byJeanne, err := postIDs(w.n.PostsBy(w.ctx, w.odile.ID, append(residents, parvis.Unlisted), false, parvis.Page{}))
		if err != nil || !slices.Equal(byJeanne, []parvis.ID{secret.ID}) {
			t.Errorf("without answers: %v, %v", byJeanne, err)
		}
	})
}

// Whom one of two blocked, and who is suspended, is in no list of the other.
func TestListsHideBlockedAndSuspended(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := w.drills(w.jeanne, 1)[0]
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			for _, reader := range []*parvis.Account{w.karim, w.odile} {
				if err := tx.AddToHome(ctx, reader.ID, p); err != nil {
					return err
				}
			}
			return nil
		})
		shown := func(viewer *parvis.Account) int {
			posts := must[[]*parvis.Post](t)(w.n.Posts(w.ctx, storage.PostFilter{Audiences: []parvis.Audience{parvis.Everyone}, Viewer: viewer.ID}, parvis.Page{}))
			home := must[[]storage.HomeEntry](t)(w.n.Home(w.ctx, viewer.ID, parvis.Page{}))
			thread := must[[]*parvis.Post](t)(w.n.Thread(w.ctx, p.Thread, viewer.ID))
			return len(posts) + len(home) + len(thread)
		}
		if shown(w.karim) != 3 || shown(w.odile) != 3 {
			t.Fatal("it is not shown at first")
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			return tx.AddBlock(ctx, w.karim.ID, w.jeanne.ID, "", after(1))
		})
		if shown(w.karim) != 0 || shown(w.odile) != 3 {
			t.Errorf("karim blocked jeanne: karim sees %d, odile %d", shown(w.karim), shown(w.odile))
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			return tx.AddBlock(ctx, w.jeanne.ID, w.odile.ID, "", after(1))
		})
		if shown(w.odile) != 0 {
			t.Errorf("jeanne blocked odile, who sees %d", shown(w.odile))
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			_, err := tx.RemoveBlock(ctx, w.karim.ID, w.jeanne.ID)
			return err
		})
		if shown(w.karim) != 3 {
			t.Errorf("after the block karim sees %d", shown(w.karim))
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.SetSuspended(ctx, w.jeanne.ID, after(2)) })
		if shown(w.karim) != 0 {
			t.Errorf("a suspended author is shown %d times", shown(w.karim))
		}
	})
}

// TestOffersOfPartnersOnly: the town's list of offers is its residents' and its
// partners', however a stranger's offer came here.
func TestOffersOfPartnersOnly(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		far := w.note(w.luis, 1)
		far.Detail = &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.SortObject}
		w.add(far)
		n, offers := w.db.Node(w.node.ID), storage.PostFilter{Audiences: []parvis.Audience{parvis.Everyone}, Kind: parvis.KindOffer, Offer: &storage.OfferFilter{}}
		listed := func(f storage.PostFilter) int { return len(must[[]*parvis.Post](t)(n.Posts(w.ctx, f, parvis.Page{}))) }
		if got := listed(offers); got != 0 {
			t.Errorf("%d offers of a stranger are listed", got)
		}
		his := offers
		his.Author = w.luis.ID
		if got := listed(his); got != 1 {
			t.Errorf("of his own, %d are listed, want 1", got)
		}
		for theirs, want := range map[bool]int{false: 0, true: 1} {
			w.do(func(ctx context.Context, tx *storage.Tx) error {
				return tx.SavePartner(ctx, &parvis.Partner{Host: "masto.example", Ours: true, Theirs: theirs, CreatedAt: parvistest.Noon})
			})
			if got := listed(offers); got != want {
				t.Errorf("partners on both sides: %v; %d are listed, want %d", theirs, got, want)
			}
		}
	})
}

// In the list of the network stand the offers of partners and of those whom somebody here
// follows: what a stranger offers waits for the team, or for nobody.
func TestOffersOfTheNetwork(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		offers := func() []parvis.ID {
			var ids []parvis.ID
			for _, p := range must[[]*parvis.Post](t)(w.n.Posts(w.ctx, storage.PostFilter{Audiences: []parvis.Audience{parvis.Everyone}, Where: storage.Elsewhere}, parvis.Page{})) {
				ids = append(ids, p.ID)
			}
			return ids
		}
		note := parvistest.Post(w.node, w.luis, &parvis.Note{}, "", after(3))
		w.add(note)
		offer := w.drills(w.luis, 1)[0].ID
		if got := offers(); !slices.Equal(got, []parvis.ID{note.ID}) {
			t.Errorf("of a stranger: %v", got)
		}
		w.follow(w.jeanne, w.luis)
		if got := offers(); len(got) != 2 || !slices.Contains(got, offer) {
			t.Errorf("of somebody whom jeanne follows: %v", got)
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			if _, err := tx.RemoveFollow(ctx, w.jeanne.ID, w.luis.ID); err != nil {
				return err
			}
			return tx.SavePartner(ctx, &parvis.Partner{Host: "masto.example", Ours: true, Theirs: true, CreatedAt: after(1)})
		})
		if got := offers(); len(got) != 2 {
			t.Errorf("of a partner: %v", got)
		}
	})
}
