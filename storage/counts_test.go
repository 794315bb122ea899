package storage_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// A pair is who did something, and to whom or what.
type pair struct{ by, to parvis.ID }

// A model is what the counts must say, kept in the simplest way.
type model struct {
	w       *town
	people  []*parvis.Account
	posts   []*parvis.Post // live ones
	follows map[pair]bool  // value: accepted
	blocks  map[pair]bool
	likes   map[pair]bool
	shares  map[pair]bool
	replies map[parvis.ID]parvis.ID // live answer that counts → what it answers
	author  map[parvis.ID]parvis.ID // of live public posts
	minute  *int                    // of all rounds, so that no two acts draw their ids from the same moment
}

// Whatever people do in whatever order, what is kept as a count is what one
// would count.
func TestCountsStayRight(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		minute := 0
		rapid.Check(t, func(t *rapid.T) {
			m := newModel(t, w, &minute)
			t.Repeat(map[string]func(*rapid.T){
				"follow": m.follow, "accept": m.accept, "unfollow": m.unfollow, "block": m.block, "unblock": m.unblock,
				"publish": m.publish, "reply": m.reply, "delete": m.remove,
				"like":   func(t *rapid.T) { m.react(t, storage.Likes, m.likes) },
				"share":  func(t *rapid.T) { m.react(t, storage.Shares, m.shares) },
				"unlike": func(t *rapid.T) { m.unreact(t, storage.Likes, m.likes) },
				"":       m.check,
			})
		})
	})
}

// newModel starts with people whom no earlier run has touched.
func newModel(t *rapid.T, w *town, minute *int) *model {
	m := &model{w: w, minute: minute, follows: map[pair]bool{}, blocks: map[pair]bool{}, likes: map[pair]bool{}, shares: map[pair]bool{},
		replies: map[parvis.ID]parvis.ID{}, author: map[parvis.ID]parvis.ID{}}
	m.do(t, func(ctx context.Context, tx *storage.Tx) error {
		for i := range 4 {
			name := fmt.Sprintf("voisin%d_%s", i, parvis.NewID(time.Now()))
			a := parvistest.Resident(w.node, name, name)
			if i == 3 {
				a = parvistest.Stranger(name, "masto.example")
			}
			if err := tx.AddAccount(ctx, a); err != nil {
				return err
			}
			m.people = append(m.people, a)
		}
		return nil
	})
	return m
}

func (m *model) do(t *rapid.T, fn func(context.Context, *storage.Tx) error) {
	if err := m.w.n.InTx(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// want runs fn and checks how it ends.
func (m *model) want(t *rapid.T, want error, fn func(context.Context, *storage.Tx) error) {
	if err := m.w.n.InTx(context.Background(), fn); !errors.Is(err, want) {
		t.Fatalf("error %v, want %v", err, want)
	}
}

func (m *model) now() time.Time {
	*m.minute++
	return after(*m.minute)
}

func (m *model) two(t *rapid.T) pair {
	i := rapid.IntRange(0, 3).Draw(t, "by")
	j := rapid.IntRange(1, 3).Draw(t, "to")
	return pair{m.people[i].ID, m.people[(i+j)%4].ID}
}

func conflictIf(yes bool) error {
	if yes {
		return parvis.ErrConflict
	}
	return nil
}

func notFoundUnless(yes bool) error {
	if yes {
		return nil
	}
	return parvis.ErrNotFound
}

func (m *model) follow(t *rapid.T) {
	p, accepted := m.two(t), rapid.Bool().Draw(t, "accepted")
	_, known := m.follows[p]
	m.want(t, conflictIf(known), func(ctx context.Context, tx *storage.Tx) error {
		return tx.AddFollow(ctx, &parvis.Follow{FollowerID: p.by, FollowedID: p.to, Accepted: accepted, CreatedAt: m.now()})
	})
	if !known {
		m.follows[p] = accepted
	}
}

func (m *model) accept(t *rapid.T) {
	p := m.two(t)
	accepted, known := m.follows[p]
	m.want(t, notFoundUnless(known), func(ctx context.Context, tx *storage.Tx) error {
		f, err := tx.Follow(ctx, p.by, p.to)
		if err != nil {
			return err
		}
		waited, err := tx.AcceptFollow(ctx, f)
		if waited == accepted {
			t.Fatalf("accepted before: %v, and was waiting: %v", accepted, waited)
		}
		return err
	})
	if known {
		m.follows[p] = true
	}
}

func (m *model) unfollow(t *rapid.T) {
	p := m.two(t)
	_, known := m.follows[p]
	m.want(t, notFoundUnless(known), func(ctx context.Context, tx *storage.Tx) error {
		_, err := tx.RemoveFollow(ctx, p.by, p.to)
		return err
	})
	delete(m.follows, p)
}

func (m *model) block(t *rapid.T) {
	p := m.two(t)
	m.want(t, conflictIf(m.blocks[p]), func(ctx context.Context, tx *storage.Tx) error { return tx.AddBlock(ctx, p.by, p.to, "", m.now()) })
	if !m.blocks[p] {
		m.blocks[p] = true
		delete(m.follows, p)
		delete(m.follows, pair{p.to, p.by})
	}
}

func (m *model) unblock(t *rapid.T) {
	p := m.two(t)
	m.want(t, notFoundUnless(m.blocks[p]), func(ctx context.Context, tx *storage.Tx) error {
		_, err := tx.RemoveBlock(ctx, p.by, p.to)
		return err
	})
	delete(m.blocks, p)
}

func (m *model) publish(t *rapid.T) {
	author := rapid.SampledFrom(m.people).Draw(t, "author")
	p := parvistest.Drill(m.w.node, author, m.now())
	p.Audience = m.audience(t)
	m.keep(t, p)
}

func (m *model) audience(t *rapid.T) parvis.Audience {
	return rapid.SampledFrom([]parvis.Audience{parvis.Everyone, parvis.Unlisted, parvis.Partners, parvis.Named}).Draw(t, "audience")
}

func (m *model) reply(t *rapid.T) {
	parent, author := m.anyPost(t), rapid.SampledFrom(m.people).Draw(t, "author")
	p := parvistest.Answer(m.w.node, author, parent, m.now())
	p.Audience = m.audience(t)
	m.keep(t, p)
	if p.Audience.CountsUnder(parent.Audience) {
		m.replies[p.ID] = parent.ID
	}
}

func (m *model) keep(t *rapid.T, p *parvis.Post) {
	m.do(t, func(ctx context.Context, tx *storage.Tx) error { return tx.AddPost(ctx, p, nil) })
	m.posts = append(m.posts, p)
	if p.Audience.Public() {
		m.author[p.ID] = p.AuthorID
	}
}

func (m *model) anyPost(t *rapid.T) *parvis.Post {
	if len(m.posts) == 0 {
		t.Skip("no posts")
	}
	return rapid.SampledFrom(m.posts).Draw(t, "post")
}

func (m *model) remove(t *rapid.T) {
	gone := m.anyPost(t)
	m.do(t, func(ctx context.Context, tx *storage.Tx) error { return tx.DeletePost(ctx, gone, m.now()) })
	for i, p := range m.posts {
		if p == gone {
			m.posts = append(m.posts[:i:i], m.posts[i+1:]...)
			break
		}
	}
	delete(m.replies, gone.ID)
	delete(m.author, gone.ID)
}

func (m *model) react(t *rapid.T, kind storage.ReactionKind, done map[pair]bool) {
	p := pair{rapid.SampledFrom(m.people).Draw(t, "by").ID, m.anyPost(t).ID}
	m.want(t, conflictIf(done[p]), func(ctx context.Context, tx *storage.Tx) error {
		return tx.AddReaction(ctx, kind, &storage.Reaction{ID: parvis.NewID(m.now()), AccountID: p.by, PostID: p.to})
	})
	done[p] = true
}

func (m *model) unreact(t *rapid.T, kind storage.ReactionKind, done map[pair]bool) {
	p := pair{rapid.SampledFrom(m.people).Draw(t, "by").ID, m.anyPost(t).ID}
	m.do(t, func(ctx context.Context, tx *storage.Tx) error {
		return tx.RemoveReaction(ctx, kind, &storage.Reaction{AccountID: p.by, PostID: p.to})
	})
	delete(done, p)
}

// check compares every count with the model's.
func (m *model) check(t *rapid.T) {
	ctx := context.Background()
	accounts, err := m.w.n.Accounts(ctx, ids(m.people, func(a *parvis.Account) parvis.ID { return a.ID }))
	if err != nil {
		t.Fatal(err)
	}
	posts, err := m.w.n.PostsByID(ctx, ids(m.posts, func(p *parvis.Post) parvis.ID { return p.ID }))
	if err != nil {
		t.Fatal(err)
	}
	for _, person := range m.people {
		got := accounts[person.ID]
		var followers, following, posts int
		for p, accepted := range m.follows {
			if accepted && p.to == person.ID {
				followers++
			}
			if accepted && p.by == person.ID {
				following++
			}
		}
		for _, author := range m.author {
			if author == person.ID {
				posts++
			}
		}
		if got.Followers != followers || got.Following != following || got.Posts != posts {
			t.Fatalf("%d followers, %d following, %d posts; want %d, %d, %d", got.Followers, got.Following, got.Posts, followers, following, posts)
		}
	}
	for _, p := range m.posts {
		got := posts[p.ID]
		replies := 0
		for _, parent := range m.replies {
			if parent == p.ID {
				replies++
			}
		}
		likes, shares := countTo(m.likes, p.ID), countTo(m.shares, p.ID)
		if got.Replies != replies || got.Likes != likes || got.Shares != shares {
			t.Fatalf("%d answers, %d likes, %d shares; want %d, %d, %d", got.Replies, got.Likes, got.Shares, replies, likes, shares)
		}
	}
}

func ids[T any](rows []T, id func(T) parvis.ID) []parvis.ID {
	all, _ := idsOf(id)(rows, nil)
	return all
}

func countTo(done map[pair]bool, post parvis.ID) int {
	n := 0
	for p := range done {
		if p.to == post {
			n++
		}
	}
	return n
}
