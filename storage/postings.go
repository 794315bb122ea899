package storage

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A Term is a word that somebody looks for: what stands for it in an index, and how
// words begin that may be meant, since they were still typing.
type Term struct {
	Words  []string
	Prefix string
}

// Bounds of a search: however common its words are, it costs no more than this.
const (
	maxPostings   = 2000   // of what has a word, the newest are looked at
	leastPostings = 100    // so many of each at least, however many words there are
	maxRead       = 60_000 // rows that one look at all words on all shelves reads
	maxCandidates = 1000   // of what has the words and may be seen, the newest are ranked
	maxCompleted  = 8      // words that begin as typed
	candidateStep = 256    // candidates looked at by one statement
)

// Weights count for more if the word itself was found, and not one that begins so.
const (
	wholeWord = 2
	beginning = 1
)

// A hit is something that has words which are looked for.
type hit struct {
	id      parvis.ID
	matched int // how many
	weight  int // of all
}

// hits returns what has all the words on one of some shelves, or any of them, newest
// first.
func (n *Node) hits(ctx context.Context, shelves []string, terms []Term, anyOf bool, page parvis.Page) ([]hit, error) {
	var all []hit
	for _, shelf := range shelves {
		lists, err := n.lists(ctx, shelf, terms, depths(len(terms), len(shelves)*texts(terms), anyOf), page)
		if err != nil {
			return nil, err
		}
		found := unite(lists)
		if !anyOf {
			if found, err = n.intersect(ctx, shelf, lists); err != nil {
				return nil, err
			}
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b hit) int { return cmp.Compare(b.id, a.id) })
	return all[:min(len(all), 2*maxPostings)], nil
}

// depths returns how far the postings of words are read, in turn, until all of one word
// are known: if a word is rare, how common the others are costs nothing. Who looks for
// any of several words found nothing that has them all, and is offered some. The more
// reads a look takes, the less deep it is.
func depths(words, reads int, anyOf bool) []int {
	most := min(maxPostings, max(leastPostings, maxRead/max(reads, 1)))
	switch {
	case anyOf:
		return []int{min(500, most)}
	case words == 1:
		return []int{most}
	}
	return append(slices.DeleteFunc([]int{leastPostings, 500}, func(depth int) bool { return 2*depth > most }), most)
}

// texts is how many words of the index stand for some terms.
func texts(terms []Term) (count int) {
	for _, t := range terms {
		if count += len(t.Words); t.Prefix != "" {
			count += maxCompleted
		}
	}
	return count
}

// lists reads what has each of the terms on a shelf, to one depth after the other.
func (n *Node) lists(ctx context.Context, shelf string, terms []Term, depths []int, page parvis.Page) ([]postings, error) {
	lists := make([]postings, len(terms))
	for _, depth := range depths {
		whole := false
		for i, term := range terms {
			var err error
			if lists[i], err = n.postings(ctx, shelf, term, depth, page); err != nil {
				return nil, err
			}
			whole = whole || lists[i].horizon == 0
		}
		if whole {
			break
		}
	}
	return lists, nil
}

// postings is what has a term on a shelf: all of it down to horizon.
type postings struct {
	words   []string
	weights map[parvis.ID]int
	horizon parvis.ID // 0 if older ones are known too
}

// postings reads what has a term on a shelf, so many of each word, the newest first.
func (n *Node) postings(ctx context.Context, shelf string, term Term, depth int, page parvis.Page) (postings, error) {
	p := postings{words: term.Words, weights: make(map[parvis.ID]int)}
	for _, word := range term.Words {
		if err := n.readPostings(ctx, shelf, word, wholeWord, depth, page, &p); err != nil {
			return p, err
		}
	}
	if term.Prefix == "" {
		return p, nil
	}
	completed, err := n.completed(ctx, shelf, term.Prefix)
	if err != nil {
		return p, err
	}
	for _, word := range completed {
		if slices.Contains(term.Words, word) {
			continue
		}
		p.words = append(slices.Clip(p.words), word)
		if err := n.readPostings(ctx, shelf, word, beginning, depth, page, &p); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (n *Node) readPostings(ctx context.Context, shelf, word string, times, depth int, page parvis.Page, p *postings) error {
	read, last := 0, parvis.ID(0)
	var id parvis.ID
	var weight int
	err := n.raw(`SELECT item_id, weight FROM search_words WHERE node_id = ? AND shelf = ? AND word = ? AND item_id < ? AND item_id > ?
		ORDER BY item_id DESC LIMIT ?`, n.node, shelf, word, cmp.Or(page.Before, math.MaxInt64), max(page.After, page.From), depth).
		each(ctx, func() {
			read, last = read+1, id
			p.weights[id] = max(p.weights[id], times*weight)
		}, (*int64)(&id), &weight)
	if read == depth {
		p.horizon = max(p.horizon, last)
	}
	return translate(err)
}

// completed returns the first words of a shelf that begin so, each found by one look
// at the index.
func (n *Node) completed(ctx context.Context, shelf, prefix string) ([]string, error) {
	var words []string
	// The upper bound follows every text that starts with prefix.
	err := n.raw(`WITH RECURSIVE e (word) AS (
		SELECT (SELECT MIN(w.word) FROM search_words w WHERE w.node_id = ?0 AND w.shelf = ?1 AND w.word >= ?2 AND w.word < ?3)
		UNION ALL
		SELECT (SELECT MIN(w.word) FROM search_words w WHERE w.node_id = ?0 AND w.shelf = ?1 AND w.word > e.word AND w.word < ?3) FROM e WHERE e.word IS NOT NULL)
		SELECT word FROM e WHERE word IS NOT NULL LIMIT ?4`, n.node, shelf, prefix, prefix+"\U0010ffff", maxCompleted).Scan(ctx, &words)
	return words, translate(err)
}

// unite returns what has any of the terms.
func unite(lists []postings) []hit {
	sum := make(map[parvis.ID]hit)
	for _, p := range lists {
		for id, weight := range p.weights {
			h := sum[id]
			sum[id] = hit{id, h.matched + 1, h.weight + weight}
		}
	}
	return slices.Collect(maps.Values(sum))
}

// intersect returns what has all the terms. It goes through the term that is rarest,
// as far as that is known; of the others it asks where it does not know.
func (n *Node) intersect(ctx context.Context, shelf string, lists []postings) ([]hit, error) {
	if len(lists) == 0 {
		return nil, nil
	}
	rarest := slices.MinFunc(lists, func(a, b postings) int {
		return cmp.Or(cmp.Compare(a.horizon, b.horizon), cmp.Compare(len(a.weights), len(b.weights)))
	})
	candidates := slices.Collect(maps.Keys(rarest.weights))
	slices.SortFunc(candidates, func(a, b parvis.ID) int { return cmp.Compare(b, a) })
	candidates = candidates[:min(len(candidates), maxPostings)]
	for _, p := range lists {
		var unknown []parvis.ID
		for _, id := range candidates {
			if id < p.horizon && p.weights[id] == 0 {
				unknown = append(unknown, id)
			}
		}
		if err := n.probe(ctx, shelf, p, unknown); err != nil {
			return nil, err
		}
		candidates = slices.DeleteFunc(candidates, func(id parvis.ID) bool { return p.weights[id] == 0 })
	}
	found := make([]hit, len(candidates))
	for i, id := range candidates {
		found[i] = hit{id: id, matched: len(lists)}
		for _, p := range lists {
			found[i].weight += p.weights[id]
		}
	}
	return found, nil
}

// probe asks of what is older than the horizon of a term whether it has it.
func (n *Node) probe(ctx context.Context, shelf string, p postings, ids []parvis.ID) error {
	var id parvis.ID
	var weight int
	for some := range slices.Chunk(ids, candidateStep) {
		err := n.raw("SELECT item_id, weight FROM search_words WHERE node_id = ? AND shelf = ? AND word IN (?) AND item_id IN (?)",
			n.node, shelf, listOf(p.words), listOf(some)).
			each(ctx, func() { p.weights[id] = max(p.weights[id], weight) }, (*int64)(&id), &weight)
		if err != nil {
			return translate(err)
		}
	}
	return nil
}
