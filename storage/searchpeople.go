package storage

import (
	"context"
	"slices"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A PeopleSearch says whom somebody looks for.
type PeopleSearch struct {
	Shelf  string // ShelfPeople or ShelfResidents
	Viewer parvis.ID
	Terms  []Term
	Any    bool
	// Following leaves those whom the viewer does not follow.
	Following bool
}

// A Person is somebody who was found, with what is needed to rank them.
type Person struct {
	ID      parvis.ID
	Matched int
	Weight  int
	Local   bool
}

// SearchPeople returns the last to join of those who were found, in no useful order.
// On the shelf of people are only those who want to be listed for everyone.
func (n *Node) SearchPeople(ctx context.Context, s PeopleSearch) ([]Person, error) {
	hits, err := n.hits(ctx, []string{s.Shelf}, s.Terms, s.Any, parvis.Page{})
	if err != nil {
		return nil, err
	}
	var found []Person
	for some := range slices.Chunk(hits, candidateStep) {
		byID := make(map[parvis.ID]hit, len(some))
		for _, h := range some {
			byID[h.id] = h
		}
		var q selection
		q.add("SELECT a.id, a.domain = '' FROM accounts a WHERE +a.node_id = ? AND a.id IN (?) AND a.suspended_at = 0 AND a.deleted_at = 0 AND a.held <> 'silence'",
			n.node, listOf(keys(byID)))
		if s.Shelf == ShelfPeople {
			q.add("AND a.listed = 'everyone'")
		}
		if s.Following {
			q.add("AND EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = ? AND f.followed_id = a.id AND f.accepted)", s.Viewer)
		}
		if s.Viewer != 0 {
			q.add(`AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = ? AND b.target_id = a.id)
				AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = a.id AND b.target_id = ?)
				AND NOT EXISTS (SELECT 1 FROM mutes m WHERE m.account_id = ? AND m.target_id = a.id)`, s.Viewer, s.Viewer, s.Viewer)
		}
		var id parvis.ID
		var local bool
		err := n.raw(q.text.String(), q.args...).each(ctx, func() {
			found = append(found, Person{id, byID[id].matched, byID[id].weight, local})
		}, (*int64)(&id), &local)
		if err != nil {
			return nil, translate(err)
		}
		if len(found) >= maxCandidates {
			return found[:maxCandidates], nil
		}
	}
	return found, nil
}

// Hashtags returns the first hashtags that begin so, folded. Whether somebody sees a
// post that has one is another question.
func (n *Node) Hashtags(ctx context.Context, prefix string, limit int) ([]string, error) {
	var tags []string
	err := n.raw(`WITH RECURSIVE e (tag) AS (
		SELECT (SELECT MIN(t.tag) FROM post_tags t WHERE t.node_id = ?0 AND t.tag >= ?1 AND t.tag < ?2)
		UNION ALL
		SELECT (SELECT MIN(t.tag) FROM post_tags t WHERE t.node_id = ?0 AND t.tag > e.tag AND t.tag < ?2) FROM e WHERE e.tag IS NOT NULL)
		SELECT tag FROM e WHERE tag IS NOT NULL LIMIT ?3`, n.node, prefix, prefix+"\U0010ffff", limit).Scan(ctx, &tags)
	return tags, translate(err)
}
