package storage_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// A view is what a process reads of a town.
type view struct {
	Post, Answer, Orphan *parvis.Post
	Account              *parvis.Account
	Home, Thread, By     []*parvis.Post
	Followers            []storage.FollowedAccount
	Told                 []*parvis.Notification
}

func (w *town) look(t testing.TB, db *storage.DB, post, answer, orphan parvis.ID) view {
	t.Helper()
	n := db.Node(w.node.ID)
	all := []parvis.Audience{parvis.Everyone, parvis.Unlisted}
	v := view{
		Post: must[*parvis.Post](t)(n.Post(w.ctx, post)), Answer: must[*parvis.Post](t)(n.Post(w.ctx, answer)),
		Orphan:    must[*parvis.Post](t)(n.Post(w.ctx, orphan)),
		Account:   must[*parvis.Account](t)(n.AccountByAcct(w.ctx, "jeanne")),
		Thread:    must[[]*parvis.Post](t)(n.Thread(w.ctx, post, w.karim.ID)),
		By:        must[[]*parvis.Post](t)(n.PostsBy(w.ctx, w.jeanne.ID, all, true, parvis.Page{})),
		Followers: must[[]storage.FollowedAccount](t)(n.Followers(w.ctx, w.jeanne.ID, true, parvis.Page{})),
		Told:      must[[]*parvis.Notification](t)(n.Notifications(w.ctx, w.karim.ID, nil, parvis.Page{})),
	}
	for _, e := range must[[]storage.HomeEntry](t)(n.Home(w.ctx, w.karim.ID, parvis.Page{})) {
		v.Home = append(v.Home, e.Post)
	}
	return v
}

// Every change is seen at once, by the process that made it and by another one,
// though both had read everything before.
func TestNothingThatIsKeptIsStale(t *testing.T) {
	for _, engine := range parvistest.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			url := engine.Copy(t, "migrated", migrated)
			w := &town{TB: t, ctx: t.Context(), db: open(t, url), node: parvistest.Malakoff()}
			w.jeanne, w.karim, w.odile = parvistest.Jeanne(w.node), parvistest.Karim(w.node), parvistest.Odile(w.node)
			w.luis = parvistest.Stranger("luis", "masto.example")
			w.n = w.found(w.node, w.jeanne, w.karim, w.odile, w.luis)
			w.follow(w.karim, w.jeanne)

			p := fullPost(w)
			w.add(p)
			answer := reply(w, "https://malakoff.example/p/answer", p.URI, 1)
			answer.ReplyTo, answer.Thread = p.ID, p.ID
			orphan := reply(w, "https://malakoff.example/p/orphan", "https://masto.example/late", 2)
			w.add(answer, orphan)
			late := w.drills(w.luis, 1)[0]
			picture := &p.Media[0]
			w.do(func(ctx context.Context, tx *storage.Tx) error {
				if err := tx.Notify(ctx, &parvis.Notification{AccountID: w.karim.ID, FromID: w.jeanne.ID, PostID: p.ID, Type: parvis.NotifyMention, CreatedAt: after(1)}); err != nil {
					return err
				}
				return tx.AddToHome(ctx, w.karim.ID, p)
			})

			other := open(t, url)
			like := &storage.Reaction{ID: parvis.NewID(after(3)), AccountID: w.karim.ID, PostID: p.ID, URI: "https://malakoff.example/likes/1"}
			luis := *w.luis
			luis.URL = "https://masto.example/@luis-moved"
			jeanne := *w.jeanne
			jeanne.Name, jeanne.UpdatedAt = "Jeanne M.", after(9)
			for _, change := range []struct {
				name string
				do   func(context.Context, *storage.Tx) error
			}{
				{"like", func(ctx context.Context, tx *storage.Tx) error { return tx.AddReaction(ctx, storage.Likes, like) }},
				{"unlike", func(ctx context.Context, tx *storage.Tx) error { return tx.RemoveReaction(ctx, storage.Likes, like) }},
				{"edit", func(ctx context.Context, tx *storage.Tx) error {
					p.Title, p.EditedAt, p.Mentions = "Perceuse sans fil", after(4), []parvis.Mention{{AccountID: w.luis.ID}}
					return tx.UpdatePost(ctx, p, []string{"jardin"})
				}},
				{"state", func(ctx context.Context, tx *storage.Tx) error {
					return tx.SetState(ctx, p.ID, parvis.Open, parvis.Reserved, after(5))
				}},
				{"picture", func(ctx context.Context, tx *storage.Tx) error {
					picture.Blurhash = "LKO2?U%2Tw=w]~RBVZRi};RPxuwH"
					return tx.UpdateMedia(ctx, picture)
				}},
				{"mentioned account moves its page", func(ctx context.Context, tx *storage.Tx) error { return tx.UpdateAccount(ctx, &luis) }},
				{"parent of an orphan", func(ctx context.Context, tx *storage.Tx) error {
					late.URI = "https://masto.example/late"
					if err := tx.AddPost(ctx, late, nil); err != nil {
						return err
					}
					return tx.Adopt(ctx, late)
				}},
				{"profile", func(ctx context.Context, tx *storage.Tx) error { return tx.UpdateAccount(ctx, &jeanne) }},
				{"avatar", func(ctx context.Context, tx *storage.Tx) error {
					m := &parvis.Media{ID: parvis.NewID(after(6)), AccountID: w.jeanne.ID, Renditions: p.Media[0].Renditions}
					jeanne.Avatar = m
					if err := tx.AddMedia(ctx, m); err != nil {
						return err
					}
					return tx.UpdateAccount(ctx, &jeanne)
				}},
				{"the avatar's description", func(ctx context.Context, tx *storage.Tx) error {
					jeanne.Avatar.Description = "Jeanne devant son atelier"
					return tx.UpdateMedia(ctx, jeanne.Avatar)
				}},
				{"follow", func(ctx context.Context, tx *storage.Tx) error {
					return tx.AddFollow(ctx, &parvis.Follow{FollowerID: w.odile.ID, FollowedID: w.jeanne.ID, URI: "https://malakoff.example/f/2", Accepted: true, CreatedAt: after(7)})
				}},
				{"unfollow", func(ctx context.Context, tx *storage.Tx) error {
					_, err := tx.RemoveFollow(ctx, w.odile.ID, w.jeanne.ID)
					return err
				}},
				{"deleted answer", func(ctx context.Context, tx *storage.Tx) error { return tx.DeletePost(ctx, answer, after(8)) }},
				{"suspension", func(ctx context.Context, tx *storage.Tx) error { return tx.SetSuspended(ctx, w.jeanne.ID, after(8)) }},
				{"its end", func(ctx context.Context, tx *storage.Tx) error { return tx.SetSuspended(ctx, w.jeanne.ID, time.Time{}) }},
				{"erasure", func(ctx context.Context, tx *storage.Tx) error { return tx.EraseAccount(ctx, &jeanne, after(9)) }},
			} {
				before := w.look(t, w.db, p.ID, answer.ID, orphan.ID)
				w.look(t, other, p.ID, answer.ID, orphan.ID)
				w.do(change.do)
				fresh := open(t, url)
				want := w.look(t, fresh, p.ID, answer.ID, orphan.ID)
				if diff := cmp.Diff(want, before); diff == "" {
					t.Errorf("%s: nothing changed", change.name)
				}
				for name, db := range map[string]*storage.DB{"this process": w.db, "another process": other} {
					if diff := cmp.Diff(want, w.look(t, db, p.ID, answer.ID, orphan.ID)); diff != "" {
						t.Errorf("after %s, %s reads (-want +got)\n%s", change.name, name, diff)
					}
				}
			}
		})
	}
}

// What a reader does to what they were given, the next one does not see.
func TestWhatIsKeptCannotBeChanged(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := fullPost(w)
		w.add(p)
		for range 3 {
			got := must[*parvis.Post](t)(w.n.Post(w.ctx, p.ID))
			if got.Title != p.Title || got.Liked || got.Media[0].Description != p.Media[0].Description || got.Tags[0] != p.Tags[0] || got.Author.Name != w.jeanne.Name {
				t.Fatalf("an earlier reader changed it: %+v", got)
			}
			got.Title, got.Liked, got.Media[0].Description, got.Tags[0], got.Author.Name = "x", true, "x", "x", "x"
		}
	})
}

// A transaction reads what it wrote, and what was undone was never read by others.
func TestTransactionsKeepNothing(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := fullPost(w)
		w.add(p)
		undone := context.Canceled
		err := w.try(func(ctx context.Context, tx *storage.Tx) error {
			if err := tx.SetState(ctx, p.ID, parvis.Open, parvis.Reserved, after(1)); err != nil {
				return err
			}
			if got := must[*parvis.Post](t)(tx.Post(ctx, p.ID)); got.State != parvis.Reserved {
				t.Errorf("inside, the post is %s", got.State)
			}
			return undone
		})
		if err != undone {
			t.Fatal(err)
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			return tx.SetState(ctx, p.ID, parvis.Open, parvis.Done, after(2))
		})
		if got := must[*parvis.Post](t)(w.n.Post(w.ctx, p.ID)); got.State != parvis.Done {
			t.Errorf("the post is %s, want done", got.State)
		}
	})
}

var (
	changes  = regexp.MustCompile("(?s)UPDATE (?:posts|accounts|\\?) SET [^\"`]*")
	versions = regexp.MustCompile(`version = version \+ 1`)
)

// Whoever writes a new statement that changes posts or accounts must raise their
// versions in it.
func TestEveryChangeRaisesTheVersion(t *testing.T) {
	t.Parallel()
	files := must[[]string](t)(filepath.Glob("*.go"))
	found := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text := must[[]byte](t)(os.ReadFile(name))
		for _, statement := range changes.FindAll(text, -1) {
			found++
			locks := bytes.Contains(statement, []byte("SET posts = posts ")) // and changes nothing
			if !versions.Match(statement) && !locks {
				t.Errorf("%s: %s", name, statement)
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d statements found: is the pattern still right?", found)
	}
}
