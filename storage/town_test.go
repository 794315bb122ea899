package storage_test

import (
	"context"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// A town is a database with a node, three residents and somebody from elsewhere.
type town struct {
	testing.TB
	ctx                        context.Context
	db                         *storage.DB
	node                       *parvis.Node
	n                          *storage.Node
	jeanne, karim, odile, luis *parvis.Account
}

// onEveryEngine runs a test on each engine, in a town of its own.
func onEveryEngine(t *testing.T, test func(*testing.T, *town)) {
	for _, engine := range parvistest.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			test(t, newTown(t, engine))
		})
	}
}

func newTown(t testing.TB, engine parvistest.Engine) *town {
	t.Helper()
	return newTownAt(t, engine.Copy(t, "migrated", migrated))
}

// newTownAt founds a town in an empty database.
func newTownAt(t testing.TB, address string) *town {
	t.Helper()
	w := &town{TB: t, ctx: t.Context(), db: open(t, address), node: parvistest.Malakoff()}
	w.jeanne, w.karim, w.odile = parvistest.Jeanne(w.node), parvistest.Karim(w.node), parvistest.Odile(w.node)
	w.luis = parvistest.Stranger("luis", "masto.example")
	w.n = w.found(w.node, w.jeanne, w.karim, w.odile, w.luis)
	return w
}

func migrated(url string) error {
	db, err := storage.Open(context.Background(), url)
	if err != nil {
		return err
	}
	return db.Close()
}

func open(t testing.TB, url string) *storage.DB {
	t.Helper()
	db, err := storage.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// found stores a node and its accounts.
func (w *town) found(node *parvis.Node, accounts ...*parvis.Account) *storage.Node {
	w.Helper()
	err := w.db.InTx(w.ctx, func(ctx context.Context, t *storage.DBTx) error {
		if err := t.AddNode(ctx, node); err != nil {
			return err
		}
		for _, a := range accounts {
			if err := t.Node(node.ID).AddAccount(ctx, a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return w.db.Node(node.ID)
}

// try runs fn in a transaction of the town's node.
func (w *town) try(fn func(context.Context, *storage.Tx) error) error { return w.n.InTx(w.ctx, fn) }

// do is try for what must succeed.
func (w *town) do(fn func(context.Context, *storage.Tx) error) {
	w.Helper()
	if err := w.try(fn); err != nil {
		w.Fatal(err)
	}
}

// add stores posts.
func (w *town) add(posts ...*parvis.Post) {
	w.Helper()
	w.do(func(ctx context.Context, t *storage.Tx) error {
		for _, p := range posts {
			if err := t.AddPost(ctx, p, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// follow stores an accepted follow.
func (w *town) follow(by, of *parvis.Account) {
	w.Helper()
	w.do(func(ctx context.Context, t *storage.Tx) error {
		return t.AddFollow(ctx, &parvis.Follow{FollowerID: by.ID, FollowedID: of.ID, Accepted: true, CreatedAt: parvistest.Noon})
	})
}

// must returns a result that came without an error.
func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// after returns a moment after noon.
func after(minutes int) time.Time { return parvistest.Noon.Add(time.Duration(minutes) * time.Minute) }

// drills makes that many offers of an author, the oldest first.
func (w *town) drills(author *parvis.Account, count int) []*parvis.Post {
	w.Helper()
	posts := make([]*parvis.Post, count)
	for i := range posts {
		posts[i] = parvistest.Drill(w.node, author, after(i))
	}
	w.add(posts...)
	return posts
}
