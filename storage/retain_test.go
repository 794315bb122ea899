package storage_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// note makes a note by an account of another server, stored at a minute.
func (w *town) note(author *parvis.Account, minute int) *parvis.Post {
	p := parvistest.Drill(w.node, author, after(minute))
	p.Detail, p.StoredAt = &parvis.Note{}, after(minute)
	return p
}

// forget runs batches of forgetting, small ones, until nothing is left.
func (w *town) forget(forget func(*storage.Tx, context.Context, time.Time, time.Time, int) (storage.Forgotten, error), now, before time.Time) (dropped int) {
	w.Helper()
	for more := true; more; {
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			f, err := forget(tx, ctx, now, before, 3)
			more = f.Looked == 3 || f.Dropped > 0
			dropped += f.Dropped
			return err
		})
	}
	return dropped
}

// stored reports which of the posts are still here.
func (w *town) stored(posts ...*parvis.Post) []bool {
	w.Helper()
	var ids []parvis.ID
	for _, p := range posts {
		ids = append(ids, p.ID)
	}
	found := must[map[parvis.ID]*parvis.Post](w)(w.n.PostsByID(w.ctx, ids))
	there := make([]bool, len(posts))
	for i, id := range ids {
		there[i] = found[id] != nil
	}
	return there
}

// Each reason to keep a post, alone; and the same post without it.
func TestForgetPostsKeepsWhatSomebodyHereNeeds(t *testing.T) {
	now := after(1000)
	reasons := map[string]func(w *town, tx *storage.Tx, p *parvis.Post) error{
		"a like": func(w *town, tx *storage.Tx, p *parvis.Post) error {
			return tx.AddReaction(w.ctx, storage.Likes, &storage.Reaction{ID: parvis.NewID(now), AccountID: w.jeanne.ID, PostID: p.ID})
		},
		"a share": func(w *town, tx *storage.Tx, p *parvis.Post) error {
			return tx.AddReaction(w.ctx, storage.Shares, &storage.Reaction{ID: parvis.NewID(now), AccountID: w.jeanne.ID, PostID: p.ID})
		},
		"a bookmark": func(w *town, tx *storage.Tx, p *parvis.Post) error {
			return tx.AddBookmark(w.ctx, w.jeanne.ID, p.ID, now)
		},
		"an answer": func(w *town, tx *storage.Tx, p *parvis.Post) error {
			return tx.AddPost(w.ctx, parvistest.Answer(w.node, w.jeanne, p, after(900)), nil)
		},
		"a report": func(w *town, tx *storage.Tx, p *parvis.Post) error {
			return tx.AddReport(w.ctx, &parvis.Report{ReporterID: w.jeanne.ID, TargetID: p.AuthorID, PostIDs: []parvis.ID{1, p.ID}, CreatedAt: now, ClosedAt: now})
		},
		"a notification": func(w *town, tx *storage.Tx, p *parvis.Post) error {
			return tx.Notify(w.ctx, &parvis.Notification{AccountID: w.jeanne.ID, FromID: p.AuthorID, PostID: p.ID, Type: parvis.NotifyMention, CreatedAt: now})
		},
		"a mention": func(w *town, tx *storage.Tx, p *parvis.Post) error {
			p.Mentions, p.EditedAt = []parvis.Mention{{AccountID: w.jeanne.ID, Acct: "jeanne"}}, now
			return tx.UpdatePost(w.ctx, p, nil)
		},
		"an open offer of a partner": func(w *town, tx *storage.Tx, p *parvis.Post) error {
			p.Detail, p.EditedAt = &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.SortObject}, now
			if err := tx.UpdatePost(w.ctx, p, nil); err != nil {
				return err
			}
			return tx.SavePartner(w.ctx, &parvis.Partner{Host: "masto.example", Ours: true, Theirs: true, CreatedAt: now})
		},
	}
	for name, touch := range reasons {
		t.Run(name, func(t *testing.T) {
			onEveryEngine(t, func(t *testing.T, w *town) {
				touched, untouched := w.note(w.luis, 1), w.note(w.luis, 2)
				w.add(touched, untouched)
				w.do(func(_ context.Context, tx *storage.Tx) error { return touch(w, tx, touched) })
				w.forget((*storage.Tx).ForgetPosts, now, after(500))
				if got := w.stored(touched, untouched); !slices.Equal(got, []bool{true, false}) {
					t.Errorf("the touched one is here %v, the other %v", got[0], got[1])
				}
			})
		})
	}
}

func TestForgetPostsLeavesNoTrace(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.follow(w.odile, w.luis)
		p := w.note(w.luis, 1)
		p.Media = []parvis.Media{{RemoteURL: "https://masto.example/1.jpg"}}
		young := w.note(w.luis, 600)
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			for _, p := range []*parvis.Post{p, young} {
				if err := tx.AddPost(ctx, p, []string{"bricolage"}); err != nil {
					return err
				}
			}
			return tx.AddReaction(ctx, storage.Likes, &storage.Reaction{ID: parvis.NewID(after(2)), AccountID: w.luis.ID, PostID: p.ID})
		})
		w.spread(storage.HomeWrite{Post: p.ID, Source: w.luis.ID, Entry: p.ID})
		if dropped := w.forget((*storage.Tx).ForgetPosts, after(1000), after(500)); dropped != 1 {
			t.Errorf("%d posts are dropped, want the old one", dropped)
		}
		if _, err := w.n.PostByURI(w.ctx, p.URI); err != parvis.ErrNotFound {
			t.Errorf("the old post: %v", err)
		}
		if got := must[*parvis.Account](t)(w.n.Account(w.ctx, w.luis.ID)); got.Posts != 1 {
			t.Errorf("its author has %d posts, want 1", got.Posts)
		}
		if left := w.homeRows(); left != 0 {
			t.Errorf("%d entries of homes are left", left)
		}
		if dropped := w.forget((*storage.Tx).ForgetPictures, after(3000), after(2000)); dropped != 1 {
			t.Errorf("%d pictures are dropped, want its own", dropped)
		}
		// It may come back, to the day.
		again := w.note(w.luis, 1)
		again.URI, again.StoredAt = p.URI, after(1001)
		w.add(again)
		w.forget((*storage.Tx).ForgetPosts, after(1001), after(501))
		if got := w.stored(again); !got[0] {
			t.Error("what was fetched again left at once")
		}
	})
}

// A conversation leaves from its ends, and only as far as nobody needs it.
func TestForgetPostsTakesConversationsFromTheirEnds(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		root := w.note(w.luis, 1)
		w.add(root)
		answer := func(parent *parvis.Post, minute int) *parvis.Post {
			p := w.note(w.luis, minute)
			p.ReplyTo, p.ReplyToURI, p.Thread = parent.ID, parent.URI, parent.Thread
			w.add(p)
			return p
		}
		first, side := answer(root, 2), answer(root, 3)
		liked := answer(first, 4)
		tail := answer(liked, 5)
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			return tx.AddReaction(ctx, storage.Likes, &storage.Reaction{ID: parvis.NewID(after(6)), AccountID: w.jeanne.ID, PostID: liked.ID})
		})
		w.forget((*storage.Tx).ForgetPosts, after(1000), after(500))
		if got := w.stored(root, first, liked, side, tail); !slices.Equal(got, []bool{true, true, true, false, false}) {
			t.Errorf("root, first, liked, side, tail are here: %v", got)
		}
		if got := must[*parvis.Post](t)(w.n.Post(w.ctx, root.ID)); got.Replies != 1 {
			t.Errorf("%d answers are counted, want the one that is here", got.Replies)
		}
	})
}

func TestForgetAccounts(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		names := []string{"nobody", "fresh", "author", "follower", "followed", "liker", "suspended", "blocked", "reporter", "emile"}
		all := make(map[string]*parvis.Account)
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			for _, name := range names {
				a := parvistest.Stranger(name, "ailleurs.example")
				a.FetchedAt = after(1)
				if name == "fresh" {
					a.FetchedAt = after(700)
				}
				if err := tx.AddAccount(ctx, a); err != nil {
					return err
				}
				all[name] = a
			}
			return tx.SetSuspended(ctx, all["suspended"].ID, after(5))
		})
		w.add(w.note(all["author"], 900))
		w.follow(all["follower"], w.jeanne)
		w.follow(w.jeanne, all["followed"])
		mine := w.drills(w.jeanne, 1)[0]
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			if err := tx.AddReaction(ctx, storage.Likes, &storage.Reaction{ID: parvis.NewID(after(2)), AccountID: all["liker"].ID, PostID: mine.ID}); err != nil {
				return err
			}
			if err := tx.AddReport(ctx, &parvis.Report{ReporterID: all["reporter"].ID, TargetID: w.jeanne.ID, CreatedAt: after(3)}); err != nil {
				return err
			}
			return tx.AddBlock(ctx, w.jeanne.ID, all["blocked"].ID, "", after(4))
		})
		w.forget((*storage.Tx).ForgetAccounts, after(1000), after(500))
		var left []string
		for _, name := range names {
			if _, err := w.n.Account(w.ctx, all[name].ID); err == nil {
				left = append(left, name)
			}
		}
		if want := slices.DeleteFunc(names, func(n string) bool { return n == "nobody" || n == "emile" }); !slices.Equal(left, want) {
			t.Errorf("here are %v, want %v", left, want)
		}
		if _, err := w.n.Account(w.ctx, w.karim.ID); err != nil {
			t.Errorf("a resident whom nothing names: %v", err)
		}
	})
}

// Whatever strangers wrote and residents did: what residents wrote, or have to do
// with, stays, no answer hangs in the air, and nothing old is left besides.
func TestForgettingKeepsWhatResidentsArePartTo(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		rapid.Check(t, func(r *rapid.T) {
			count := len(must[[]*parvis.Node](w)(w.db.Nodes(w.ctx)))
			x := &town{TB: t, ctx: w.ctx, db: w.db, node: parvistest.Malakoff()}
			x.node.Host = fmt.Sprintf("oubli%d.example", count)
			jeanne, luis := parvistest.Jeanne(x.node), parvistest.Stranger("luis", "masto.example")
			x.n = x.found(x.node, jeanne, luis)
			var posts []*parvis.Post
			conversations, single := make(map[parvis.ID]bool), make(map[parvis.ID]bool) // that are needed
			answered := make(map[parvis.ID]parvis.ID)
			start := count * 100
			for i := range rapid.IntRange(1, 12).Draw(r, "posts") {
				author := luis
				if rapid.IntRange(0, 4).Draw(r, "resident") == 0 {
					author = jeanne
				}
				p := x.note(author, start+i)
				if parent := rapid.IntRange(-3, len(posts)-1).Draw(r, "parent"); parent >= 0 {
					q := posts[parent]
					p.ReplyTo, p.ReplyToURI, p.Thread = q.ID, q.URI, q.Thread
				}
				if author == jeanne {
					p.StoredAt = time.Time{}
				}
				x.add(p)
				posts, answered[p.ID] = append(posts, p), p.ReplyTo
				switch {
				case author == jeanne:
					conversations[p.Thread] = true
				case rapid.IntRange(0, 5).Draw(r, "liked") == 0:
					x.do(func(ctx context.Context, tx *storage.Tx) error {
						return tx.AddReaction(ctx, storage.Likes, &storage.Reaction{ID: parvis.NewID(p.PublishedAt), AccountID: jeanne.ID, PostID: p.ID})
					})
					for id := p.ID; id != 0; id = answered[id] { // with all that it answers
						single[id] = true
					}
				}
			}
			// Twice: what was kept once is looked at again.
			x.forget((*storage.Tx).ForgetPosts, after(start+1000), after(start+500))
			x.forget((*storage.Tx).ForgetPosts, after(start+2000), after(start+1500))
			for i, there := range x.stored(posts...) {
				p := posts[i]
				if want := single[p.ID] || conversations[p.Thread]; there != want {
					r.Fatalf("post %d is here: %v, want %v", i, there, want)
				}
			}
		})
	})
}

// Whoever adds a table that refers to posts or accounts has to say what becomes of
// it when those leave.
func TestForgettingKnowsEveryReference(t *testing.T) {
	t.Parallel()
	w := newTown(t, parvistest.Engines(t)[0])
	handled := map[string]bool{"repeats.post_id": true, "stamps.post_id": true, // only our own posts have those
		"submissions.feed_id": true} // feeds are ours
	for _, table := range storage.PostParts {
		handled[table+".post_id"] = true
	}
	for _, column := range slices.Concat(storage.AccountUses, storage.AccountParts) {
		handled[column] = true
	}
	// Only residents have those.
	for _, table := range []string{"archives", "bookmarks", "bounces", "departures", "drafts", "home", "identities", "imports", "lists", "logins", "mailboxes", "mutes", "news_choices",
		"passkeys", "private_keys", "profile_tags", "profiles", "push_subscriptions", "recovery_codes", "repeats", "sessions", "tokens"} {
		handled[table+".account_id"] = true
	}
	refs := must[[]string](t)(w.db.Strings(t.Context(), `SELECT m.name || '.' || f."from" || ' ' || f."table" FROM sqlite_master m, pragma_foreign_key_list(m.name) f
		WHERE m.type = 'table' AND f."table" IN ('posts', 'accounts')`))
	if len(refs) < 20 {
		t.Fatalf("only %d references are found", len(refs))
	}
	for _, ref := range refs {
		if column, table, _ := strings.Cut(ref, " "); !handled[column] {
			t.Errorf("%s refers to %s: name it in storage/retain.go", column, table)
		}
	}
}

// Who forgets does not wait for who follows, and the other way round: an account that
// somebody begins to follow meanwhile stays.
func TestForgettingLeavesWhatIsInUse(t *testing.T) {
	engines := parvistest.Engines(t)
	if len(engines) < 2 {
		t.Skip("there is no PostgreSQL, and SQLite has one writer") // with CI set, Engines has failed
	}
	t.Parallel()
	w := newTown(t, engines[1])
	fresh, known := parvistest.Stranger("ana", "masto.example"), parvistest.Stranger("bea", "masto.example")
	w.do(func(ctx context.Context, tx *storage.Tx) error {
		return errors.Join(tx.AddAccount(ctx, fresh), tx.AddAccount(ctx, known))
	})
	w.follow(w.jeanne, known)
	follows, done := make(chan bool), make(chan error, 1)
	go func() {
		<-follows
		done <- w.n.InTx(w.ctx, func(ctx context.Context, tx *storage.Tx) error {
			_, err := tx.ForgetAccounts(ctx, after(9999), after(9998), 10)
			return err
		})
	}()
	w.do(func(ctx context.Context, tx *storage.Tx) error {
		f := &parvis.Follow{FollowerID: fresh.ID, FollowedID: known.ID, Accepted: true, CreatedAt: after(1)}
		if err := tx.AddFollow(ctx, f); err != nil {
			return err
		}
		close(follows)
		select { // what forgets ends, or waits for this transaction
		case err := <-done:
			done <- err
		case <-time.After(300 * time.Millisecond):
		}
		return nil
	})
	if err := <-done; err != nil {
		t.Errorf("forgetting: %v", err)
	}
	for _, acc := range []*parvis.Account{fresh, known} {
		if _, err := w.n.Account(w.ctx, acc.ID); err != nil {
			t.Errorf("%s: %v", acc.Username, err)
		}
	}
}
