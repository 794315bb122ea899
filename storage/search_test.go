package storage_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// shelve lets a post be found by words, on the shelf of its kind.
func (w *town) shelve(p *parvis.Post, words storage.Words) {
	w.Helper()
	w.do(func(ctx context.Context, t *storage.Tx) error {
		return t.Index(ctx, storage.Findable{Sort: storage.FindablePost, ID: p.ID, Shelves: map[string]storage.Words{string(p.Kind()): words}})
	})
}

// left lists the words that are in the index, and the things that have any or wait.
func (w *town) left() []string {
	w.Helper()
	return must[[]string](w)(w.db.Strings(w.ctx, `SELECT word FROM search_words UNION ALL SELECT words FROM search_items
		UNION ALL SELECT sort FROM search_queue WHERE sort = 'post' ORDER BY 1`))
}

// Whatever is deleted, forgotten or erased leaves no word behind.
func TestIndexForgets(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		for _, way := range []struct {
			name  string
			leave func(context.Context, *storage.Tx, *parvis.Post) error
		}{
			{"forgotten", func(ctx context.Context, t *storage.Tx, _ *parvis.Post) error {
				done, err := t.ForgetPosts(ctx, after(9999), after(9998), 10)
				if err == nil && done.Dropped != 1 {
					err = fmt.Errorf("dropped %d posts", done.Dropped)
				}
				return err
			}},
			{"deleted", func(ctx context.Context, t *storage.Tx, p *parvis.Post) error { return t.DeletePost(ctx, p, after(9)) }},
			{"taken off its shelf", func(ctx context.Context, t *storage.Tx, p *parvis.Post) error {
				return t.Index(ctx, storage.Findable{Sort: storage.FindablePost, ID: p.ID})
			}},
		} {
			p := parvistest.Post(w.node, w.luis, &parvis.Note{}, "", after(0))
			p.StoredAt = after(1)
			w.add(p)
			if diff := cmp.Diff([]string{"post"}, w.left()); diff != "" {
				t.Errorf("a post that comes waits: %s", diff)
			}
			w.shelve(p, storage.Words{"brocant": 1, "dimanch": 4})
			if diff := cmp.Diff([]string{"1:brocant 4:dimanch", "brocant", "dimanch"}, w.left()); diff != "" {
				t.Errorf("indexed: %s", diff)
			}
			w.shelve(p, storage.Words{"brocant": 2, "samed": 4})
			if diff := cmp.Diff([]string{"2:brocant 4:samed", "brocant", "samed"}, w.left()); diff != "" {
				t.Errorf("changed: %s", diff)
			}
			w.do(func(ctx context.Context, t *storage.Tx) error { return way.leave(ctx, t, p) })
			if left := w.left(); len(left) > 0 {
				t.Errorf("%s, it leaves %q", way.name, left)
			}
		}
	})
}

// Who deletes their account is found by nothing any more, nor is an account that is
// forgotten.
func TestIndexForgetsPeople(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		for _, a := range []*parvis.Account{w.karim, w.luis} {
			w.do(func(ctx context.Context, t *storage.Tx) error {
				return t.Index(ctx, storage.Findable{Sort: storage.FindableAccount, ID: a.ID,
					Shelves: map[string]storage.Words{storage.ShelfPeople: {a.Username: 4}, storage.ShelfResidents: {a.Username: 4}}})
			})
		}
		w.do(func(ctx context.Context, t *storage.Tx) error { return t.EraseAccount(ctx, w.karim, after(1)) })
		w.do(func(ctx context.Context, t *storage.Tx) error {
			done, err := t.ForgetAccounts(ctx, after(9999), after(9998), 10)
			if err == nil && done.Dropped != 1 {
				err = fmt.Errorf("dropped %d accounts", done.Dropped)
			}
			return err
		})
		if left := w.left(); len(left) > 0 {
			t.Errorf("left: %q", left)
		}
	})
}

// What changed since it was read for the index waits on: its words are old.
func TestIndexWaitsForWhatChanged(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := parvistest.Post(w.node, w.luis, &parvis.Note{}, "", after(0))
		w.add(p)
		waiting := must[[]storage.Waiting](t)(w.db.Unindexed(w.ctx, storage.FindablePost, 9))
		if diff := cmp.Diff([]storage.Waiting{{Sort: storage.FindablePost, ItemID: p.ID, NodeID: w.node.ID}}, waiting); diff != "" {
			t.Fatal(diff)
		}
		read := must[*parvis.Post](t)(w.n.Post(w.ctx, p.ID))
		index := func(version int64, want int) {
			w.do(func(ctx context.Context, tx *storage.Tx) error {
				count, err := tx.IndexWaiting(ctx, storage.FindablePost, []storage.Findable{{Sort: storage.FindablePost, ID: p.ID, Version: version,
					Shelves: map[string]storage.Words{"note": {"brocant": 1}}}})
				if count != want {
					t.Errorf("%d are indexed, want %d", count, want)
				}
				return err
			})
		}
		changed := *read
		changed.EditedAt = after(5)
		w.do(func(ctx context.Context, t *storage.Tx) error { return t.UpdatePost(ctx, &changed, nil) })
		index(read.Version, 0)
		if diff := cmp.Diff([]string{"post"}, w.left()); diff != "" {
			t.Errorf("old words: %s", diff)
		}
		index(must[*parvis.Post](t)(w.n.Post(w.ctx, p.ID)).Version, 1)
		if diff := cmp.Diff([]string{"1:brocant", "brocant"}, w.left()); diff != "" {
			t.Errorf("new words: %s", diff)
		}
	})
}

// However many posts have a word, what has all the words is found if one of them is
// rare, and is what a slow search would find.
func TestSearchAmongMany(t *testing.T) {
	for _, engine := range parvistest.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			searchAmong(t, newCrowd(t, engine, parvistest.CrowdSize{Posts: many, Actors: 400, Hosts: 100, Residents: 300}))
		})
	}
}

// many posts are more than are known of one word.
const many = 6000

func searchAmong(t *testing.T, c *crowd) {
	search := func(anyOf bool, page parvis.Page, words ...string) []int {
		s := storage.Search{Kinds: parvis.Kinds, Any: anyOf, PostFilter: storage.PostFilter{Audiences: []parvis.Audience{parvis.Everyone}}}
		for _, word := range words {
			s.Terms = append(s.Terms, storage.Term{Words: []string{word}})
		}
		var numbers []int
		for _, found := range must[[]storage.Candidate](t)(c.n.Search(c.ctx, s, page)) {
			numbers = append(numbers, many-int((parvis.FirstID(c.Last)-found.ID)>>16)/90_000)
		}
		slices.Sort(numbers)
		return numbers
	}
	if diff := cmp.Diff([]int{7, 1007, 2007, 3007, 4007, 5007}, search(false, parvis.Page{}, "perceux", "mil7")); diff != "" {
		t.Errorf("a rare word and the commonest: %s", diff)
	}
	if diff := cmp.Diff([]int{2007, 3007}, search(false, parvis.Page{Before: c.PostID(4007), After: c.PostID(1007)}, "mil7")); diff != "" {
		t.Errorf("between two posts: %s", diff)
	}
	if got := search(false, parvis.Page{}, "perceux"); len(got) != 1000 || got[0] < many-2200 {
		t.Errorf("of the commonest word %d are found, the oldest number %d", len(got), got[0])
	}
	if got := search(true, parvis.Page{}, "mil7", "mil8", "nirgends"); len(got) != 12 {
		t.Errorf("of any word: %v", got)
	}
	words := []string{"perceux", "dix1", "dix2", "cent7", "cent21", "mil7", "mil107", "rue1", "rue14"}
	has := make(map[string]func(int) bool)
	for _, word := range words {
		has[word] = hasWord(word)
	}
	rapid.Check(t, func(r *rapid.T) {
		some := rapid.SliceOfNDistinct(rapid.SampledFrom(words), 1, 3, rapid.ID).Draw(r, "words")
		var want []int
		for i := 1; i <= many; i++ {
			if !slices.ContainsFunc(some, func(word string) bool { return !has[word](i) }) {
				want = append(want, i)
			}
		}
		got := search(false, parvis.Page{}, some...)
		for _, i := range got {
			if !slices.Contains(want, i) {
				r.Fatalf("%q finds number %d, which has not all", some, i)
			}
		}
		if !slices.Equal(some, []string{"perceux"}) && len(got) != len(want) {
			r.Fatalf("%q finds %d of %d", some, len(got), len(want))
		}
	})
}

// However many words are looked for, on however many shelves, what is read is bounded,
// and a single word is read as deep as ever.
func TestSearchDepths(t *testing.T) {
	for words := 1; words <= 8; words++ {
		for reads := words; reads <= 300; reads++ {
			rows := 0
			for _, depth := range storage.Depths(words, reads, false) {
				rows += depth * reads
			}
			if rows > 100_000 {
				t.Errorf("%d words in %d reads: %d rows", words, reads, rows)
			}
		}
	}
	if diff := cmp.Diff([]int{2000}, storage.Depths(1, 20, false)); diff != "" {
		t.Errorf("one word: %s", diff)
	}
	if diff := cmp.Diff([]int{100, 500, 2000}, storage.Depths(2, 30, false)); diff != "" {
		t.Errorf("two words: %s", diff)
	}
}

// hasWord reports which numbers of a crowd have a word, see Crowd.fillWords.
func hasWord(word string) func(int) bool {
	name := strings.TrimRight(word, "0123456789")
	number, _ := strconv.Atoi(word[len(name):])
	return map[string]func(int) bool{
		"perceux": func(int) bool { return true }, "dix": func(i int) bool { return i/20%10 == number }, "cent": func(i int) bool { return i%100 == number },
		"mil": func(i int) bool { return i%1000 == number }, "rue": func(i int) bool { return i/400 == number },
	}[name]
}
