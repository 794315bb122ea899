package storage_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// The people of the model: the first of them have a home, all publish.
const (
	readers = 3
	people  = 6
)

// What an answer of the model answers.
const (
	nothing  = -1
	unknown  = -2 // a post that is not here
	lastStep = 90 // minutes between the models of one database
)

type (
	modelPost struct {
		author, parent, at int
		audience           parvis.Audience
		deleted            bool
	}
	modelShare struct {
		by, post, at int
		gone         bool
	}
	// A homeModel says what homes hold, from what happened and nothing else.
	homeModel struct {
		posts    []modelPost
		shares   []modelShare
		follows  map[[2]int]bool
		blocks   map[[2]int]bool
		mutes    map[[2]int]bool
		now      int
		tookBack bool // something was taken back or followed late
	}
	// A step is something that happens.
	step struct {
		what         string
		who, whom    int // people
		post, share  int
		at           int
		publish      modelPost
		answered     int // the author of what is answered, or nothing
		alreadyThere bool
	}
)

func newHomeModel(r *rapid.T) *homeModel {
	m := &homeModel{follows: make(map[[2]int]bool), blocks: make(map[[2]int]bool), mutes: make(map[[2]int]bool)}
	for reader := range readers {
		for source := range people {
			if source != reader && rapid.IntRange(0, 2).Draw(r, "follows") > 0 {
				m.follows[[2]int{reader, source}] = true
			}
		}
	}
	return m
}

// step draws what happens next, and lets it happen in the model.
func (m *homeModel) step(r *rapid.T) step {
	m.now++
	s := step{at: m.now, who: rapid.IntRange(0, people-1).Draw(r, "who")}
	s.what = rapid.SampledFrom([]string{"publish", "publish", "publish", "share", "share", "delete", "unshare", "follow", "unfollow", "block", "mute"}).Draw(r, "what")
	alive := m.alive()
	switch {
	case s.what == "publish" || len(alive) == 0:
		s.what = "publish"
		m.publish(r, &s, alive)
	case s.what == "share":
		s.post = rapid.SampledFrom(alive).Draw(r, "post")
		s.alreadyThere = !m.posts[s.post].audience.Public() || slices.ContainsFunc(m.shares, func(h modelShare) bool {
			return h.by == s.who && h.post == s.post && !h.gone
		})
		if !s.alreadyThere {
			m.shares = append(m.shares, modelShare{by: s.who, post: s.post, at: s.at})
		}
	case s.what == "delete":
		s.post = rapid.SampledFrom(alive).Draw(r, "post")
		m.posts[s.post].deleted = true
	case s.what == "unshare" && len(m.shares) > 0:
		s.share = rapid.IntRange(0, len(m.shares)-1).Draw(r, "share")
		s.alreadyThere = m.shares[s.share].gone
		m.shares[s.share].gone, m.tookBack = true, true
	default:
		m.relate(r, &s)
	}
	return s
}

func (m *homeModel) alive() (alive []int) {
	for i, p := range m.posts {
		if !p.deleted {
			alive = append(alive, i)
		}
	}
	return alive
}

func (m *homeModel) publish(r *rapid.T, s *step, alive []int) {
	s.publish = modelPost{author: s.who, at: s.at, parent: nothing, audience: rapid.SampledFrom([]parvis.Audience{
		parvis.Everyone, parvis.Everyone, parvis.Unlisted, parvis.Followers, parvis.Named}).Draw(r, "audience")}
	s.answered = nothing
	switch kind := rapid.IntRange(0, 5).Draw(r, "kind"); {
	case kind == 0:
		s.publish.parent = unknown
	case kind < 3 && len(alive) > 0:
		s.publish.parent = rapid.SampledFrom(alive).Draw(r, "parent")
		s.answered = m.posts[s.publish.parent].author
	}
	m.posts = append(m.posts, s.publish)
}

func (m *homeModel) relate(r *rapid.T, s *step) {
	s.whom = rapid.IntRange(0, people-1).Draw(r, "whom")
	tie := [2]int{s.who, s.whom}
	if s.what == "unshare" {
		s.what = "unfollow"
	}
	switch {
	case s.who == s.whom, s.what != "block" && s.who >= readers:
		s.what = "nothing"
	case s.what == "mute":
		if m.tookBack = true; m.mutes[tie] {
			s.what = "unmute"
		}
		m.mutes[tie] = !m.mutes[tie]
	case s.what == "follow" && (m.follows[tie] || m.blocks[tie] || m.blocks[[2]int{s.whom, s.who}]):
		s.what = "nothing"
	case s.what == "follow":
		m.follows[tie], m.tookBack = true, true
	case s.what == "unfollow" && !m.follows[tie], s.what == "block" && m.blocks[tie]:
		s.what = "nothing"
	case s.what == "unfollow":
		delete(m.follows, tie)
		m.tookBack = true
	default:
		m.blocks[tie], m.tookBack = true, true
		delete(m.follows, tie)
		delete(m.follows, [2]int{s.whom, s.who})
	}
}

// home returns the posts of a reader's home, in order: each at the first of the
// places by which it came.
func (m *homeModel) home(reader int) []int {
	first := make(map[int]int)
	come := func(post, at int) {
		if before, ok := first[post]; !ok || at < before {
			first[post] = at
		}
	}
	for i, p := range m.posts {
		reads := p.parent == nothing
		if p.parent >= 0 {
			answered := m.posts[p.parent].author
			reads = answered == reader || m.follows[[2]int{reader, answered}]
		}
		if reads && p.audience != parvis.Named && m.follows[[2]int{reader, p.author}] {
			come(i, p.at)
		}
	}
	for _, h := range m.shares {
		if !h.gone && m.follows[[2]int{reader, h.by}] && !m.mutes[[2]int{reader, h.by}] {
			come(h.post, h.at)
		}
	}
	var home []int
	for i := range first {
		author := m.posts[i].author
		if !m.posts[i].deleted && !m.mutes[[2]int{reader, author}] && !m.blocks[[2]int{reader, author}] && !m.blocks[[2]int{author, reader}] {
			home = append(home, i)
		}
	}
	slices.SortFunc(home, func(x, y int) int { return cmp.Compare(first[y], first[x]) })
	return home
}

// A place is a node in which what happens in the model happens too.
type place struct {
	*town
	way      string
	start    int // minutes after noon
	accounts [people]*parvis.Account
	posts    []*parvis.Post
	shares   []*storage.Reaction
}

// newPlace gives every place a name and a time of its own: ids are made of time.
func newPlace(w *town, way string) *place {
	count := len(must[[]*parvis.Node](w)(w.db.Nodes(w.ctx)))
	pl := &place{town: &town{TB: w.TB, ctx: w.ctx, db: w.db, node: parvistest.Malakoff()}, way: way, start: count * lastStep}
	pl.node.Host = fmt.Sprintf("malakoff%d.example", count)
	for i := range pl.accounts {
		if i < readers {
			pl.accounts[i] = parvistest.Resident(pl.node, fmt.Sprintf("lecteur%d", i), "")
		} else {
			pl.accounts[i] = parvistest.Stranger(fmt.Sprintf("voisin%d", i), "masto.example")
		}
	}
	pl.n = pl.found(pl.node, pl.accounts[:]...)
	return pl
}

func (pl *place) begin(m *homeModel) {
	for reader := range readers {
		for source := range people {
			if m.follows[[2]int{reader, source}] {
				pl.follow(pl.accounts[reader], pl.accounts[source])
			}
		}
	}
	pl.settle()
}

// settle makes all sources of a merged place merged.
func (pl *place) settle() {
	if pl.way == "merged" {
		pl.setWay("UPDATE sources SET way = 'merged' WHERE node_id = ?", pl.node.ID)
	}
}

func (pl *place) setWay(query string, args ...any) {
	err := pl.db.InTx(pl.ctx, func(ctx context.Context, t *storage.DBTx) error { return t.Exec(ctx, query, args...) })
	if err != nil {
		pl.Fatal(err)
	}
}

// cross moves a source on its way from being written to being merged and back.
func (pl *place) cross(r *rapid.T) {
	source := pl.accounts[rapid.IntRange(0, people-1).Draw(r, "crossing")]
	switch rapid.IntRange(0, 3).Draw(r, "way") {
	case 0:
		pl.setWay("UPDATE sources SET way = 'merged' WHERE account_id = ?", source.ID)
	case 1:
		pl.town.do(func(ctx context.Context, t *storage.Tx) error { return t.ReturnSource(ctx, source.ID) })
	case 2:
		pl.refill(source)
	}
}

// do lets a step happen.
func (pl *place) do(s step) {
	at := after(pl.start + s.at)
	who := pl.accounts[s.who]
	switch s.what {
	case "publish":
		pl.publish(s)
	case "share":
		if s.alreadyThere {
			return
		}
		share := &storage.Reaction{ID: parvis.NewID(at), AccountID: who.ID, PostID: pl.posts[s.post].ID, URI: fmt.Sprintf("https://masto.example/shares/%d", s.at)}
		pl.town.do(func(ctx context.Context, t *storage.Tx) error { return t.AddReaction(ctx, storage.Shares, share) })
		pl.shares = append(pl.shares, share)
		pl.spread(storage.HomeWrite{Post: share.PostID, Source: who.ID, Sharer: who.ID, Entry: share.ID})
	case "unshare":
		if s.alreadyThere {
			return
		}
		pl.town.do(func(ctx context.Context, t *storage.Tx) error {
			return t.RemoveReaction(ctx, storage.Shares, pl.shares[s.share])
		})
	case "delete":
		pl.town.do(func(ctx context.Context, t *storage.Tx) error { return t.DeletePost(ctx, pl.posts[s.post], at) })
	case "nothing":
	default:
		pl.relate(s)
	}
}

func (pl *place) publish(s step) {
	p := parvistest.Drill(pl.node, pl.accounts[s.who], after(pl.start+s.at))
	p.Audience = s.publish.audience
	w := storage.HomeWrite{Source: p.AuthorID}
	switch s.publish.parent {
	case nothing:
	case unknown:
		p.ReplyToURI = "https://ailleurs.example/1"
	default:
		parent := pl.posts[s.publish.parent]
		p.ReplyTo, p.ReplyToURI, p.Thread = parent.ID, parent.URI, parent.Thread
		w.Answered = pl.accounts[s.answered].ID
	}
	pl.add(p)
	pl.posts = append(pl.posts, p)
	if s.publish.parent != unknown && p.Audience != parvis.Named {
		w.Post, w.Entry = p.ID, p.ID
		pl.spread(w)
	}
}

func (pl *place) relate(s step) {
	who, whom := pl.accounts[s.who], pl.accounts[s.whom]
	pl.town.do(func(ctx context.Context, t *storage.Tx) error {
		switch s.what {
		case "follow":
			f := &parvis.Follow{FollowerID: who.ID, FollowedID: whom.ID, Accepted: true, CreatedAt: after(pl.start + s.at)}
			if err := t.AddFollow(ctx, f); err != nil {
				return err
			}
			return t.FillHome(ctx, who.ID, whom.ID)
		case "unfollow":
			_, err := t.RemoveFollow(ctx, who.ID, whom.ID)
			return err
		case "mute":
			return t.SetMute(ctx, &parvis.Mute{AccountID: who.ID, TargetID: whom.ID, CreatedAt: after(pl.start + s.at)})
		case "unmute":
			return t.RemoveMute(ctx, who.ID, whom.ID)
		}
		return t.AddBlock(ctx, who.ID, whom.ID, "", after(pl.start+s.at))
	})
	pl.settle()
}

func (pl *place) read(reader, size int) []int {
	return pl.named(pl.readHome(pl.accounts[reader], size))
}

func (pl *place) readUp(reader, size int) []int {
	return pl.named(pl.readHomeUp(pl.accounts[reader], size))
}

// named returns which posts of the model those are.
func (pl *place) named(ids []parvis.ID) (posts []int) {
	for _, id := range ids {
		posts = append(posts, slices.IndexFunc(pl.posts, func(p *parvis.Post) bool { return p.ID == id }))
	}
	return posts
}
