package storage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A Findable is a post or an account with the words by which it is found.
type Findable struct {
	Sort FindableSort
	ID   parvis.ID
	// Version is of the row whose words these are: if it changed since, it waits on.
	Version int64
	Shelves map[string]Words
}

// FindableSort says what is found.
type FindableSort string

// The sorts of what is found.
const (
	FindablePost    FindableSort = "post"
	FindableAccount FindableSort = "account"
)

// Words are what something is found by, each with its weight.
type Words map[string]int

// Whoever searches looks at shelves. A post that many may see stands on that of its
// kind; one that is for some, on its author's own. People stand on two: what
// residents find them by, and what everyone does.
const (
	ShelfResidents = "residents"
	ShelfPeople    = "people"
)

// OwnShelf is where the posts of an author stand that nobody else finds.
func OwnShelf(author parvis.ID) string { return "@" + author.String() }

// Index stores what something is found by, in the transaction that changes it.
func (n *Tx) Index(ctx context.Context, f Findable) error {
	if err := n.shelve(ctx, f.Sort, []Findable{f}); err != nil {
		return err
	}
	return n.indexed(ctx, f.Sort, []parvis.ID{f.ID})
}

// A Waiting is what has yet to be indexed.
type Waiting struct {
	Sort   FindableSort
	ItemID parvis.ID
	NodeID parvis.ID
}

// Unindexed returns some of a sort that wait to be indexed, on any node, the newest
// first.
func (db *DB) Unindexed(ctx context.Context, sort FindableSort, limit int) ([]Waiting, error) {
	var waiting []Waiting
	err := db.statement("SELECT sort, item_id, node_id FROM search_queue WHERE sort = ? ORDER BY item_id DESC LIMIT ?", sort, limit).Scan(ctx, &waiting)
	return waiting, translate(err)
}

// DropWaiting lets something wait no more to be indexed; it is found as before, if it was.
func (n *Tx) DropWaiting(ctx context.Context, sort FindableSort, id parvis.ID) error {
	return n.indexed(ctx, sort, []parvis.ID{id})
}

// IndexWaiting stores what things are found by that waited for it, all of one sort, and
// returns of how many. Those that another process takes care of are left to it, and those that changed
// wait on. Those that are gone have no shelves.
func (n *Tx) IndexWaiting(ctx context.Context, sort FindableSort, all []Findable) (int, error) {
	if len(all) == 0 {
		return 0, nil
	}
	ids := make([]parvis.ID, len(all))
	for i, f := range all {
		ids[i] = f.ID
	}
	var held []parvis.ID
	query := n.db.locked("SELECT item_id FROM search_queue WHERE sort = ? AND item_id IN (?) ORDER BY item_id", forNoKeyUpdate+skipLocked)
	if err := n.raw(query, sort, listOf(ids)).Scan(ctx, &held); err != nil {
		return 0, translate(err)
	}
	versions, err := n.versionsOf(ctx, sort, ids)
	if err != nil {
		return 0, err
	}
	all = slices.DeleteFunc(slices.Clone(all), func(f Findable) bool {
		return !slices.Contains(held, f.ID) || versions[f.ID] != f.Version
	})
	if err := n.shelve(ctx, sort, all); err != nil {
		return 0, err
	}
	ids = ids[:0]
	for _, f := range all {
		ids = append(ids, f.ID)
	}
	return len(all), n.indexed(ctx, sort, ids)
}

// versionsOf returns the versions of rows; those that are gone have none.
func (n *Tx) versionsOf(ctx context.Context, sort FindableSort, ids []parvis.ID) (map[parvis.ID]int64, error) {
	query := "SELECT id, version FROM posts WHERE +node_id = ? AND id IN (?)"
	if sort == FindableAccount {
		query = "SELECT id, version FROM accounts WHERE +node_id = ? AND id IN (?)"
	}
	versions := make(map[parvis.ID]int64, len(ids))
	var r ref
	err := n.raw(query, n.node, listOf(ids)).each(ctx, func() { versions[r.ID] = r.Version }, (*int64)(&r.ID), &r.Version)
	return versions, translate(err)
}

// awaitIndex notes that something changed and must be indexed. If that is being done
// just now, it waits until it is done: what was read for it is old.
func (n *Tx) awaitIndex(ctx context.Context, sort FindableSort, id parvis.ID) error {
	_, err := n.exec(ctx, `INSERT INTO search_queue (sort, item_id, node_id) VALUES (?, ?, ?)
		ON CONFLICT (sort, item_id) DO UPDATE SET node_id = excluded.node_id`, sort, id, n.node)
	return err
}

// awaitFirstIndex is awaitIndex for posts that are new.
func (n *Tx) awaitFirstIndex(ctx context.Context, posts []*parvis.Post) error {
	rows := make([][]any, len(posts))
	for i, p := range posts {
		rows[i] = []any{FindablePost, p.ID, n.node}
	}
	return (&DBTx{n.db}).storeRows(ctx, "INSERT INTO search_queue (sort, item_id, node_id) VALUES ", " ON CONFLICT DO NOTHING", rows)
}

// findable reports whether a post may ever be found: what others said elsewhere only
// if it may be listed.
func findable(p *parvis.Post) bool { return p.Author != nil && p.Author.Local() || listed(p) }

// indexed notes that nothing of these waits.
func (n *Tx) indexed(ctx context.Context, sort FindableSort, ids []parvis.ID) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := n.exec(ctx, "DELETE FROM search_queue WHERE sort = ? AND item_id IN (?)", sort, listOf(ids))
	return err
}

// unindex forgets by what things were found. If they are being indexed just now, it
// waits until that is done: nothing of what is deleted may come after.
func (n *Tx) unindex(ctx context.Context, sort FindableSort, ids ...parvis.ID) error {
	if n.db.engine == postgresEngine {
		_, err := n.exec(ctx, "SELECT 1 FROM search_queue WHERE sort = ? AND item_id IN (?) ORDER BY item_id"+forNoKeyUpdate, sort, listOf(ids))
		if err != nil {
			return err
		}
	}
	gone := make([]Findable, len(ids))
	for i, id := range ids {
		gone[i] = Findable{Sort: sort, ID: id}
	}
	if err := n.shelve(ctx, sort, gone); err != nil {
		return err
	}
	return n.indexed(ctx, sort, ids)
}

// A shelving is what must change for things to be found by other words.
type shelving struct {
	off  []shelved // whose words leave
	drop []shelved // whose row of search_items leaves
	keep []shelved // who gets one
	on   []found   // the words that come
}

// A shelved is a thing on a shelf, with words.
type shelved struct {
	id    parvis.ID
	shelf string
	words []string
	text  string // all of them as they are stored
}

// A found is a word by which something is found.
type found struct {
	shelf, word string
	id          parvis.ID
	weight      int
}

// shelve gives things of one sort the words that they are found by, and takes those
// away that they had.
func (n *Tx) shelve(ctx context.Context, sort FindableSort, all []Findable) error {
	if len(all) == 0 {
		return nil
	}
	had, err := n.shelvesOf(ctx, sort, all)
	if err != nil {
		return err
	}
	var s shelving
	for _, f := range all {
		if err := s.add(f, had[f.ID]); err != nil {
			return fmt.Errorf("words of %s %s: %w", sort, f.ID, err)
		}
	}
	return n.carryOut(ctx, sort, s)
}

// shelvesOf returns the words by which things are found, as they are stored.
func (n *Tx) shelvesOf(ctx context.Context, sort FindableSort, all []Findable) (map[parvis.ID]map[string]string, error) {
	ids := make([]parvis.ID, len(all))
	had := make(map[parvis.ID]map[string]string, len(all))
	for i, f := range all {
		ids[i], had[f.ID] = f.ID, make(map[string]string)
	}
	var id parvis.ID
	var shelf, words string
	err := n.raw("SELECT item_id, shelf, words FROM search_items WHERE sort = ? AND item_id IN (?)", sort, listOf(ids)).
		each(ctx, func() { had[id][shelf] = words }, (*int64)(&id), &shelf, &words)
	return had, translate(err)
}

// add compares what a thing is found by with what it was.
func (s *shelving) add(f Findable, had map[string]string) error {
	for shelf, text := range had {
		if text == f.Shelves[shelf].String() {
			continue
		}
		old, err := parseWords(text)
		if err != nil {
			return err
		}
		s.drop = append(s.drop, shelved{id: f.ID, shelf: shelf})
		if off := old.without(f.Shelves[shelf]); len(off) > 0 {
			s.off = append(s.off, shelved{id: f.ID, shelf: shelf, words: off})
		}
	}
	for shelf, words := range f.Shelves {
		text := words.String()
		if text == had[shelf] {
			continue
		}
		old, err := parseWords(had[shelf])
		if err != nil {
			return err
		}
		s.keep = append(s.keep, shelved{id: f.ID, shelf: shelf, text: text})
		for _, word := range words.without(old) {
			s.on = append(s.on, found{shelf, word, f.ID, words[word]})
		}
	}
	return nil
}

// carryOut writes what must change. New rows come in the order of their key: those of
// a word lie together, and processes that write at the same time do not wait for each
// other in a ring.
func (n *Tx) carryOut(ctx context.Context, sort FindableSort, s shelving) error {
	for _, one := range s.off {
		_, err := n.exec(ctx, "DELETE FROM search_words WHERE node_id = ? AND shelf = ? AND word IN (?) AND item_id = ?", n.node, one.shelf, listOf(one.words), one.id)
		if err != nil {
			return err
		}
	}
	for _, one := range s.drop {
		if _, err := n.exec(ctx, "DELETE FROM search_items WHERE sort = ? AND item_id = ? AND shelf = ?", sort, one.id, one.shelf); err != nil {
			return err
		}
	}
	slices.SortFunc(s.on, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.shelf, b.shelf), cmp.Compare(a.word, b.word), cmp.Compare(a.id, b.id))
	})
	words := make([][]any, len(s.on))
	for i, f := range s.on {
		words[i] = []any{n.node, f.shelf, f.word, f.id, f.weight}
	}
	slices.SortFunc(s.keep, func(a, b shelved) int { return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.shelf, b.shelf)) })
	items := make([][]any, len(s.keep))
	for i, one := range s.keep {
		items[i] = []any{sort, one.id, one.shelf, n.node, one.text}
	}
	t := &DBTx{n.db}
	err := t.storeRows(ctx, "INSERT INTO search_words (node_id, shelf, word, item_id, weight) VALUES ", " ON CONFLICT DO NOTHING", words)
	if err != nil {
		return err
	}
	return t.storeRows(ctx, "INSERT INTO search_items (sort, item_id, shelf, node_id, words) VALUES ", " ON CONFLICT DO NOTHING", items)
}

// without returns the words that others have not, or with another weight.
func (w Words) without(others Words) []string {
	var words []string
	for word, weight := range w {
		if others[word] != weight {
			words = append(words, word)
		}
	}
	return words
}

// String writes words as they are stored: "4:perceus 1:beton".
func (w Words) String() string {
	parts := make([]string, 0, len(w))
	for word, weight := range w {
		parts = append(parts, strconv.Itoa(weight)+":"+word)
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

func parseWords(text string) (Words, error) {
	w := make(Words)
	for part := range strings.FieldsSeq(text) {
		weight, word, _ := strings.Cut(part, ":")
		number, err := strconv.Atoi(weight)
		if err != nil {
			return nil, err
		}
		w[word] = number
	}
	return w, nil
}
