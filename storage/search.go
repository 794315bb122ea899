package storage

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A Search is what somebody looks for: posts that a filter lets through and that
// have all the words, or any of them.
type Search struct {
	PostFilter
	Kinds []parvis.Kind // on whose shelves to look
	Terms []Term
	Any   bool
	Now   time.Time // what has ended by then is not open
}

// A Candidate is a post that was found, with what is needed to rank it.
type Candidate struct {
	ID      parvis.ID
	Matched int // how many of the words it has
	Weight  int // of the words it has
	Open    bool
	Place   parvis.Place

	ref postRef
}

// Search returns the newest posts that were found, in no useful order: answers too
// that were written here, and of the viewer's own posts all. Page.Before and After
// are honoured.
func (n *Node) Search(ctx context.Context, s Search, page parvis.Page) ([]Candidate, error) {
	shelves := make([]string, 0, len(s.Kinds)+1)
	for _, kind := range s.Kinds {
		shelves = append(shelves, string(kind))
	}
	if s.Viewer != 0 {
		shelves = append(shelves, OwnShelf(s.Viewer))
	}
	hits, err := n.hits(ctx, shelves, s.Terms, s.Any, page)
	if err != nil {
		return nil, err
	}
	var found []Candidate
	for some := range slices.Chunk(hits, candidateStep) {
		seen, err := n.candidates(ctx, s, some)
		if err != nil {
			return nil, err
		}
		if found = append(found, seen...); len(found) >= maxCandidates {
			return found[:maxCandidates], nil
		}
	}
	return found, nil
}

// candidates returns those of what was found that the filter lets through.
func (n *Node) candidates(ctx context.Context, s Search, hits []hit) ([]Candidate, error) {
	byID := make(map[parvis.ID]hit, len(hits))
	ids := make([]parvis.ID, len(hits))
	for i, h := range hits {
		byID[h.id], ids[i] = h, h.id
	}
	var q selection
	q.add("SELECT " + postRefs + ", p.state, p.ends_at, p.place_json FROM posts p")
	if s.Offer != nil {
		q.add("JOIN offers o ON o.post_id = p.id")
	}
	q.add(`JOIN accounts a ON a.id = p.author_id WHERE +p.node_id = ? AND p.id IN (?) AND p.deleted_at = 0 AND p.kind IN (?)
		AND (p.audience IN (?) AND a.held <> 'silence' OR p.author_id = ?)`, n.node, listOf(ids), listOf(s.Kinds), listOf(s.Audiences), s.Viewer)
	s.narrow(&q)
	if s.Tag != "" {
		q.add("AND EXISTS (SELECT 1 FROM post_tags t WHERE t.node_id = p.node_id AND t.tag = ? AND t.post_id = p.id)", s.Tag)
	}
	q.hideSilenced(s.Viewer)
	if s.Author == 0 { // whoever asks for somebody's posts finds them
		q.hideMuted(s.Viewer)
	}
	var rows []candidateRow
	var r candidateRow
	err := n.raw(q.text.String(), q.args...).each(ctx, func() { rows = append(rows, r) }, append(r.ref.scan(), (*string)(&r.state), &r.endsAt, &r.place)...)
	if err != nil {
		return nil, translate(err)
	}
	found := make([]Candidate, len(rows))
	for i, r := range rows {
		h := byID[r.ref.post.ID]
		found[i] = Candidate{ID: h.id, Matched: h.matched, Weight: h.weight, Open: r.open(s), ref: r.ref}
		if r.place == "" {
			continue
		}
		if err := json.Unmarshal([]byte(r.place), &found[i].Place); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// A candidateRow is a candidate before its place is read.
type candidateRow struct {
	ref    postRef
	state  parvis.State
	endsAt int64
	place  string
}

// open reports whether something is still to be had at the time of a search.
func (r *candidateRow) open(s Search) bool {
	return r.state != parvis.Done && (r.endsAt == 0 || r.endsAt > ms(s.Now))
}

// Found returns candidates as posts, in their order.
func (n *Node) Found(ctx context.Context, candidates []Candidate) ([]*parvis.Post, error) {
	refs := make([]postRef, len(candidates))
	for i, c := range candidates {
		refs[i] = c.ref
	}
	return n.postsAt(ctx, refs)
}
