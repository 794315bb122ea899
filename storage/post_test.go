package storage_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// TestEveryKind proves that every kind is stored whole, and changed.
func TestEveryKind(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		for i, kind := range parvis.Kinds {
			p := parvistest.Post(w.node, w.jeanne, parvistest.Sample(kind), "Échantillon", after(i))
			w.add(p)
			got := must[*parvis.Post](t)(w.n.Post(w.ctx, p.ID))
			if diff := cmp.Diff(p.Detail, got.Detail); diff != "" {
				t.Errorf("%s: -want +got\n%s", kind, diff)
			}
			p.Title, p.EditedAt = "Autre titre", p.PublishedAt.Add(time.Second)
			w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.UpdatePost(ctx, p, nil) })
			got = must[*parvis.Post](t)(w.n.PostByURI(w.ctx, p.URI))
			if got.Title != p.Title {
				t.Errorf("%s: changed title is %q", kind, got.Title)
			}
			if diff := cmp.Diff(p.Detail, got.Detail); diff != "" {
				t.Errorf("changed %s: -want +got\n%s", kind, diff)
			}
		}
	})
}

// alike compares without telling no rows from none.
// alike compares what is stored with what is read: versions grow by storing.
var alike = cmp.Options{cmpopts.EquateEmpty(), cmpopts.IgnoreFields(parvis.Post{}, "Version"), cmpopts.IgnoreFields(parvis.Account{}, "Version")}

// fullPost has something in every field that is stored.
func fullPost(w *town) *parvis.Post {
	p := parvistest.Drill(w.node, w.jeanne, parvistest.Noon)
	p.Warning, p.Sensitive, p.EndsAt, p.Tags = "bruit", true, after(9999), []string{"Bricolage", "Été"}
	p.Media = []parvis.Media{
		{RemoteURL: "https://malakoff.example/a.jpg", Description: "La perceuse", Blurhash: "LEHV6n", Renditions: []parvis.Rendition{
			{Key: "0123456789abcdef0123/large.jpg", Type: "image/jpeg", Width: 1600, Height: 900, Size: 12345}}},
		{RemoteURL: "https://malakoff.example/b.jpg"},
	}
	p.Mentions = []parvis.Mention{{AccountID: w.karim.ID, Acct: "karim", URI: w.karim.URI, URL: w.karim.URL},
		{AccountID: w.luis.ID, Acct: "luis@masto.example", URI: w.luis.URI, URL: w.luis.URL}}
	if p.Mentions[0].AccountID > p.Mentions[1].AccountID {
		p.Mentions[0], p.Mentions[1] = p.Mentions[1], p.Mentions[0]
	}
	return p
}

func TestPostsRoundTrip(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		parent := w.drills(w.karim, 1)[0]
		p := fullPost(w)
		p.ReplyTo, p.ReplyToURI, p.Thread, p.AnsweredID = parent.ID, parent.URI, parent.Thread, parent.AuthorID
		w.add(p)
		author := *w.jeanne
		author.Posts = 1
		p.Author = &author
		for name, read := range map[string]func() (*parvis.Post, error){
			"by id":  func() (*parvis.Post, error) { return w.n.Post(w.ctx, p.ID) },
			"by URI": func() (*parvis.Post, error) { return w.n.PostByURI(w.ctx, p.URI) },
			"by ids": func() (*parvis.Post, error) {
				posts, err := w.n.PostsByID(w.ctx, []parvis.ID{p.ID, 5})
				return posts[p.ID], err
			},
		} {
			if diff := cmp.Diff(p, must[*parvis.Post](t)(read()), alike); diff != "" {
				t.Errorf("%s: -want +got\n%s", name, diff)
			}
		}
		if got := must[*parvis.Post](t)(w.n.Post(w.ctx, parent.ID)).Replies; got != 1 {
			t.Errorf("the parent has %d answers, want 1", got)
		}
	})
}

func TestUpdatePostReplacesItsParts(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := fullPost(w)
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			return tx.AddPost(ctx, p, []string{"bricolage", "ete"})
		})
		p.Title, p.Tags, p.Mentions, p.Media = "Perceuse sans fil", []string{"Jardin"}, nil, []parvis.Media{p.Media[1]}
		p.Place, p.EndsAt, p.EditedAt = nil, time.Time{}, after(1)
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.UpdatePost(ctx, p, []string{"jardin"}) })
		got := must[*parvis.Post](t)(w.n.Post(w.ctx, p.ID))
		author := *w.jeanne
		author.Posts = 1
		p.Author = &author
		if diff := cmp.Diff(p, got, alike); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		for tag, want := range map[string]int{"bricolage": 0, "ete": 0, "jardin": 1} {
			list := must[[]*parvis.Post](t)(w.n.Posts(w.ctx, storage.PostFilter{Audiences: []parvis.Audience{parvis.Everyone}, Tag: tag}, parvis.Page{}))
			if len(list) != want {
				t.Errorf("%d posts with #%s, want %d", len(list), tag, want)
			}
		}
	})
}

// Whoever edits from an older reading must not undo what came between.
func TestALateEditLoses(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := w.drills(w.jeanne, 1)[0]
		edit := func(title string, at time.Time) error {
			changed := *p
			changed.Title, changed.EditedAt = title, at
			return w.try(func(ctx context.Context, tx *storage.Tx) error { return tx.UpdatePost(ctx, &changed, nil) })
		}
		if err := edit("Deuxième", after(2)); err != nil {
			t.Fatal(err)
		}
		for _, at := range []time.Time{after(1), after(2)} {
			if err := edit("En retard", at); !errors.Is(err, parvis.ErrConflict) {
				t.Errorf("an edit of %v: %v, want ErrConflict", at, err)
			}
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.DeletePost(ctx, p, after(3)) })
		if err := edit("Revenante", after(4)); !errors.Is(err, parvis.ErrConflict) {
			t.Errorf("an edit after the deletion: %v, want ErrConflict", err)
		}
		list := must[[]*parvis.Post](t)(w.n.Posts(w.ctx, storage.PostFilter{Audiences: []parvis.Audience{parvis.Everyone}}, parvis.Page{}))
		if got := must[*parvis.Post](t)(w.n.Post(w.ctx, p.ID)); got.Title != "" || len(list) != 0 {
			t.Errorf("the deleted post says %q and is in %d lists", got.Title, len(list))
		}
	})
}

func TestSetState(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := w.drills(w.jeanne, 1)[0]
		set := func(from, to parvis.State) error {
			return w.try(func(ctx context.Context, tx *storage.Tx) error { return tx.SetState(ctx, p.ID, from, to, after(1)) })
		}
		if err := set(parvis.Open, parvis.Reserved); err != nil {
			t.Fatal(err)
		}
		if err := set(parvis.Open, parvis.Done); err != parvis.ErrConflict {
			t.Errorf("somebody was faster: %v", err)
		}
		if got := must[*parvis.Post](t)(w.n.Post(w.ctx, p.ID)); got.State != parvis.Reserved || !got.EditedAt.Equal(after(1)) {
			t.Errorf("it is %s since %v", got.State, got.EditedAt)
		}
	})
}

func TestDeletePostLeavesATombstone(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := fullPost(w)
		w.add(p)
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			if err := tx.AddToHome(ctx, w.karim.ID, p); err != nil {
				return err
			}
			return tx.Notify(ctx, &parvis.Notification{AccountID: w.karim.ID, FromID: w.jeanne.ID, PostID: p.ID, Type: parvis.NotifyMention, CreatedAt: after(1)})
		})
		for range 2 { // deleting twice is deleting once
			w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.DeletePost(ctx, p, after(1)) })
		}
		got := must[*parvis.Post](t)(w.n.PostByURI(w.ctx, p.URI))
		if got.Title+got.Source+got.HTML+got.Warning != "" || got.Place != nil || len(got.Tags) > 0 || len(got.Media) > 0 || !got.DeletedAt.Equal(after(1)) {
			t.Errorf("what is left: %+v", got)
		}
		if got.Author.Posts != 0 {
			t.Errorf("the author has %d posts", got.Author.Posts)
		}
		home := must[[]storage.HomeEntry](t)(w.n.Home(w.ctx, w.karim.ID, parvis.Page{}))
		told := must[[]*parvis.Notification](t)(w.n.Notifications(w.ctx, w.karim.ID, nil, parvis.Page{}))
		if len(home)+len(told) > 0 {
			t.Errorf("it is still in %d homes and %d notifications", len(home), len(told))
		}
		again := parvistest.Drill(w.node, w.jeanne, after(2))
		again.URI = p.URI
		if err := w.try(func(ctx context.Context, tx *storage.Tx) error { return tx.AddPost(ctx, again, nil) }); err != parvis.ErrConflict {
			t.Errorf("its URI is used again: %v", err)
		}
	})
}

// The address of a post written here holds its id, which no other may then have.
func TestIDsOfPostsThatAreTaken(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		vanves := parvistest.Malakoff()
		vanves.Host = "vanves.example"
		paul := parvistest.Resident(vanves, "paul", "Paul")
		other := w.found(vanves, paul)
		first := w.drills(w.jeanne, 1)[0]
		local, remote := parvistest.Drill(vanves, paul, after(1)), parvistest.Drill(w.node, w.luis, after(1))
		local.ID, remote.ID = first.ID, first.ID
		err := other.InTx(w.ctx, func(ctx context.Context, tx *storage.Tx) error { return tx.AddPost(ctx, local, nil) })
		if err != parvis.ErrConflict {
			t.Errorf("a local post with a taken id: %v, want ErrConflict", err)
		}
		w.add(remote)
		if remote.ID != first.ID+1 || remote.Thread != remote.ID {
			t.Errorf("a remote post with a taken id has %d in thread %d, want %d", remote.ID, remote.Thread, first.ID+1)
		}
		if got := must[*parvis.Post](t)(w.n.PostByURI(w.ctx, remote.URI)); got.Thread != remote.ID {
			t.Errorf("it is stored in thread %d, want %d", got.Thread, remote.ID)
		}
	})
}

// reply makes an answer of somebody elsewhere to a URI that may be unknown here.
func reply(w *town, uri, to string, minute int) *parvis.Post {
	p := parvistest.Post(w.node, w.luis, &parvis.Note{}, "", after(minute))
	p.URI, p.ReplyToURI = uri, to
	return p
}

// Answers that came before what they answer are tied to it, with all below them.
func TestAdoptTiesWholeConversations(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		root, middle, leaf := reply(w, "https://masto.example/1", "", 1), reply(w, "https://masto.example/2", "https://masto.example/1", 2), reply(w, "https://masto.example/3", "https://masto.example/2", 3)
		w.add(middle)
		leaf.ReplyTo, leaf.Thread = middle.ID, middle.Thread
		w.add(leaf, root)
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.Adopt(ctx, root) })
		thread := must[[]*parvis.Post](t)(w.n.Thread(w.ctx, root.ID, 0))
		var got []parvis.ID
		for _, p := range thread {
			got = append(got, p.ID)
		}
		if diff := cmp.Diff([]parvis.ID{root.ID, middle.ID, leaf.ID}, got); diff != "" {
			t.Errorf("thread: -want +got\n%s", diff)
		}
		if thread[0].Replies != 1 || thread[1].ReplyTo != root.ID {
			t.Errorf("the root has %d answers; the middle answers %d", thread[0].Replies, thread[1].ReplyTo)
		}
	})
}

func TestAdoptMakesNoRings(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		// Each says that it answers the other, and the third that it answers itself.
		one, two := reply(w, "https://masto.example/1", "https://masto.example/2", 1), reply(w, "https://masto.example/2", "https://masto.example/1", 2)
		self := reply(w, "https://masto.example/3", "https://masto.example/3", 3)
		w.add(one)
		two.ReplyTo, two.Thread = one.ID, one.Thread
		w.add(two, self)
		for _, p := range []*parvis.Post{two, self} {
			w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.Adopt(ctx, p) })
		}
		for _, p := range []*parvis.Post{one, self} {
			if got := must[*parvis.Post](t)(w.n.Post(w.ctx, p.ID)); got.ReplyTo != 0 {
				t.Errorf("%s now answers %d: a ring", got.URI, got.ReplyTo)
			}
		}
	})
}

// What one node has, no other reads or changes.
func TestNodesDoNotSeeEachOther(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		vanves := parvistest.Malakoff()
		vanves.Host = "vanves.example"
		other := w.found(vanves)
		p := fullPost(w)
		w.add(p)
		if _, err := other.Post(w.ctx, p.ID); err != parvis.ErrNotFound {
			t.Errorf("a post by id: %v", err)
		}
		if _, err := other.PostByURI(w.ctx, p.URI); err != parvis.ErrNotFound {
			t.Errorf("a post by URI: %v", err)
		}
		if _, err := other.Account(w.ctx, w.jeanne.ID); err != parvis.ErrNotFound {
			t.Errorf("an account: %v", err)
		}
		if _, err := other.Media(w.ctx, p.Media[0].ID); err != parvis.ErrNotFound {
			t.Errorf("a picture: %v", err)
		}
		list := must[[]*parvis.Post](t)(other.Posts(w.ctx, storage.PostFilter{Audiences: []parvis.Audience{parvis.Everyone}}, parvis.Page{}))
		thread := must[[]*parvis.Post](t)(other.Thread(w.ctx, p.Thread, 0))
		if len(list)+len(thread) > 0 {
			t.Errorf("it lists %d posts and %d of a thread", len(list), len(thread))
		}
		for name, change := range map[string]func(context.Context, *storage.Tx) error{
			"DeletePost": func(ctx context.Context, tx *storage.Tx) error { return tx.DeletePost(ctx, p, after(1)) },
			"UpdatePost": func(ctx context.Context, tx *storage.Tx) error {
				changed := *p
				changed.Title, changed.EditedAt = "Volée", after(5)
				return tx.UpdatePost(ctx, &changed, nil)
			},
			"SetState": func(ctx context.Context, tx *storage.Tx) error {
				return tx.SetState(ctx, p.ID, parvis.Open, parvis.Done, after(1))
			},
			"SetSuspended": func(ctx context.Context, tx *storage.Tx) error { return tx.SetSuspended(ctx, w.jeanne.ID, after(1)) },
			"EraseAccount": func(ctx context.Context, tx *storage.Tx) error {
				erased := *w.jeanne
				return tx.EraseAccount(ctx, &erased, after(1))
			},
		} {
			_ = other.InTx(w.ctx, change) // whether it fails or does nothing
			got := must[*parvis.Post](t)(w.n.Post(w.ctx, p.ID))
			if got.Title != p.Title || got.State != p.State || !got.DeletedAt.IsZero() || !got.Author.Active() || len(got.Media) != 2 {
				t.Fatalf("%s from another node changed the post to %+v", name, got)
			}
		}
	})
}

// What comes at the same time is stored by few statements, as if it came one by one.
func TestAddPostsStoresWhatIsNew(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		known := w.drills(w.luis, 1)[0]
		orphan := parvistest.Answer(w.node, w.karim, known, after(1))
		orphan.ReplyTo, orphan.ReplyToURI, orphan.Thread = 0, "https://masto.example/notes/3", 0
		w.add(orphan)
		var posts []*parvis.Post
		var tags [][]string
		come := func(uri string, id parvis.ID) *parvis.Post {
			p := parvistest.Drill(w.node, w.luis, after(2))
			p.ID, p.URI = id, uri
			posts, tags = append(posts, p), append(tags, []string{"bricolage"})
			return p
		}
		for i := range 5 {
			come(fmt.Sprintf("https://masto.example/notes/%d", i), parvis.NewID(after(2))+parvis.ID(i)*1000)
		}
		come(known.URI, parvis.NewID(after(3)))            // stored already
		come(posts[1].URI, parvis.NewID(after(3))+500)     // comes twice
		come("https://masto.example/notes/a", known.ID)    // its id is taken
		come("https://masto.example/notes/b", posts[0].ID) // so is this, by another that comes
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			got, err := tx.AddPosts(ctx, posts, tags)
			if want := []bool{false, false, false, false, false, true, true, false, false}; !slices.Equal(got, want) {
				t.Errorf("known: %v, want %v", got, want)
			}
			if err != nil {
				return err
			}
			return tx.Adopt(ctx, append(posts[:5:5], posts[7:]...)...)
		})
		for i, p := range posts {
			got := must[*parvis.Post](t)(w.n.PostByURI(w.ctx, p.URI))
			if i == 5 || i == 6 {
				if got.ID == p.ID {
					t.Errorf("%s was stored again", p.URI)
				}
				continue
			}
			if got.ID != p.ID || got.Thread != p.ID || got.Kind() != p.Kind() {
				t.Errorf("%s has id %d, conversation %d and kind %s, want %d and %s", p.URI, got.ID, got.Thread, got.Kind(), p.ID, p.Kind())
			}
			if want := map[bool]int{true: 1}[i == 3]; got.Replies != want {
				t.Errorf("%s has %d answers, want %d", p.URI, got.Replies, want)
			}
		}
		if got := must[*parvis.Post](t)(w.n.Post(w.ctx, orphan.ID)); got.ReplyTo != posts[3].ID || got.Thread != posts[3].ID {
			t.Errorf("the answer answers %d in conversation %d, want %d", got.ReplyTo, got.Thread, posts[3].ID)
		}
		if got := must[*parvis.Account](t)(w.n.Account(w.ctx, w.luis.ID)).Posts; got != 8 {
			t.Errorf("Luis has %d posts, want 8", got)
		}
		list := must[[]*parvis.Post](t)(w.n.Posts(w.ctx, storage.PostFilter{Audiences: []parvis.Audience{parvis.Everyone}, Tag: "bricolage"}, parvis.Page{}))
		if len(list) != 7 {
			t.Errorf("%d posts with #bricolage, want 7", len(list))
		}
	})
}

// Whoever has many answers waiting leaves room for those of others.
func TestAdoptLeavesNobodyOut(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		loud, quiet := w.drills(w.luis, 1)[0], w.drills(w.karim, 1)[0]
		answers := make(map[*parvis.Post]int)
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			for i := range 520 {
				p := loud
				if i >= 510 {
					p = quiet
				}
				a := parvistest.Answer(w.node, w.luis, p, after(1))
				a.URI, a.ReplyTo, a.Thread = fmt.Sprintf("%s/%d", a.URI, i), 0, 0
				answers[p]++
				if err := tx.AddPost(ctx, a, nil); err != nil {
					return err
				}
			}
			return tx.Adopt(ctx, loud, quiet)
		})
		for p, want := range map[*parvis.Post]int{loud: 500, quiet: 10} {
			if got := must[*parvis.Post](t)(w.n.Post(w.ctx, p.ID)).Replies; got != want {
				t.Errorf("%d answers were tied, want %d", got, want)
			}
		}
	})
}
