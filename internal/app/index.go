package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/rs/zerolog"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/storage"
)

// What a word says of a post or a person: its title or name, what it is about, its text.
const (
	weightTitle = 4
	weightFacts = 2
	weightText  = 1
)

// Bounds of the words by which one thing is found. What strangers send need not be
// found by each of its words; an offer of a neighbour should.
const (
	maxWords         = 250
	maxStrangerWords = 50
)

// maxIndexed bounds the text that is looked at for words, in bytes.
const maxIndexed = 30_000

// A glossary gathers the words of something, the weightiest first.
type glossary struct {
	words storage.Words
	most  int
}

// add adds the words of a text in a language.
func (g *glossary) add(language, said string, weight int) {
	if len(said) > maxIndexed {
		said = strings.ToValidUTF8(said[:maxIndexed], "")
	}
	for _, word := range text.Stems(language, said) {
		if _, known := g.words[word]; !known && len(g.words) < g.most {
			g.words[word] = weight
		}
	}
}

// findablePost returns by what a post is found. Many find what is for many; of what
// others said elsewhere, only what may be listed. What is for some, its author finds.
func (a *App) findablePost(n *parvis.Node, p *parvis.Post) storage.Findable {
	f := storage.Findable{Sort: storage.FindablePost, ID: p.ID, Version: p.Version}
	local := p.Author != nil && p.Author.Local()
	wide := p.Audience == parvis.Everyone || p.Audience == parvis.Partners || p.Audience == parvis.OnNode
	switch {
	case !p.DeletedAt.IsZero() || !local && (!wide || p.ReplyToURI != ""):
	case wide:
		f.Shelves = map[string]storage.Words{string(p.Kind()): a.wordsOf(n, p)}
	default:
		f.Shelves = map[string]storage.Words{storage.OwnShelf(p.AuthorID): a.wordsOf(n, p)}
	}
	return f
}

func (a *App) wordsOf(n *parvis.Node, p *parvis.Post) storage.Words {
	g := glossary{make(storage.Words), maxWords}
	if p.Author != nil && !p.Author.Local() && p.Kind() == parvis.KindNote {
		g.most = maxStrangerWords
	}
	language := cmp.Or(p.Language, n.Language)
	g.add(language, p.Title, weightTitle)
	if p.Detail != nil {
		for _, fact := range p.Detail.Facts() {
			g.add(language, fact.Text, weightFacts)
			if fact.Text == "" && a.Words != nil {
				g.add(n.Language, a.Words(n.Language, fact.Term), weightFacts)
			}
		}
	}
	g.add(language, strings.Join(p.Tags, " "), weightFacts)
	if p.Place != nil {
		g.add(n.Language, p.Place.Name, weightFacts)
	}
	g.add(language, p.Warning, weightText)
	g.add(language, text.Plain(p.HTML[:min(len(p.HTML), maxIndexed)]), weightText)
	for _, m := range p.Media {
		g.add(language, m.Description, weightText)
	}
	return g.words
}

// findableAccount returns by what somebody is found: by their name, for residents;
// by what they say of themself too if they want to be listed, by those for whom.
func (a *App) findableAccount(n *parvis.Node, acc *parvis.Account, p *parvis.Presentation) storage.Findable {
	f := storage.Findable{Sort: storage.FindableAccount, ID: acc.ID, Version: acc.Version}
	if !acc.DeletedAt.IsZero() || acc.Type == parvis.Application {
		return f
	}
	here := glossary{make(storage.Words), maxWords}
	here.add("", acc.Name+" "+acc.Username, weightTitle)
	f.Shelves = map[string]storage.Words{storage.ShelfResidents: here.words}
	if !acc.Local() || acc.Listed == "" {
		return f
	}
	saysOfSelf(n, &here, acc, p)
	if acc.Listed != parvis.Everyone {
		return f
	}
	everyone := glossary{make(storage.Words), maxWords}
	everyone.add("", acc.Name+" "+acc.Username, weightTitle)
	saysOfSelf(n, &everyone, acc, p.For(parvis.Viewer{}, acc.ID))
	f.Shelves[storage.ShelfPeople] = everyone.words
	return f
}

func saysOfSelf(n *parvis.Node, g *glossary, acc *parvis.Account, p *parvis.Presentation) {
	g.add(n.Language, strings.Join(p.Offers, ", "), weightFacts)
	g.add(n.Language, strings.Join(p.Seeks, ", "), weightText)
	g.add(n.Language, text.Plain(acc.BioHTML), weightText)
}

// indexBatch is how many things one transaction indexes: others wait for it.
const indexBatch = 50

// Index lets people find what other servers sent and what changed since, some of it:
// it reports whether more may wait. It may be broken off anywhere.
func (a *App) Index(ctx context.Context) (more bool, err error) {
	nodes, err := a.DB.Nodes(ctx)
	if err != nil {
		return false, err
	}
	for _, sort := range []storage.FindableSort{storage.FindableAccount, storage.FindablePost} {
		waiting, err := a.DB.Unindexed(ctx, sort, indexBatch)
		if err != nil {
			return false, err
		}
		settled := 0
		for _, n := range nodes {
			var ids []parvis.ID
			for _, w := range waiting {
				if w.NodeID == n.ID {
					ids = append(ids, w.ItemID)
				}
			}
			count, err := a.indexOrDrop(ctx, n, sort, ids)
			if err != nil {
				return false, err
			}
			settled += count
		}
		// What others take care of, or changed meanwhile, is no reason to look again at once.
		more = more || len(waiting) == indexBatch && settled > 0
	}
	return more, nil
}

// indexOrDrop indexes things of one sort, and returns how many wait no more. If that
// fails, it tries them one by one and drops what it fails for: nothing would ever be
// found behind it.
func (a *App) indexOrDrop(ctx context.Context, n *parvis.Node, sort storage.FindableSort, ids []parvis.ID) (int, error) {
	settled, err := a.indexSome(ctx, n, sort, ids)
	if err == nil || passes(ctx, err) {
		return settled, err
	}
	for _, id := range ids {
		one, err := a.indexSome(ctx, n, sort, []parvis.ID{id})
		if err != nil && !passes(ctx, err) {
			zerolog.Ctx(ctx).Error().Err(err).Str("sort", string(sort)).Stringer("id", id).Msg("this will not be found: indexing it failed")
			one, err = 1, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.DropWaiting(ctx, sort, id) })
		}
		if err != nil {
			return settled, err
		}
		settled += one
	}
	return settled, nil
}

// passes reports whether an error says nothing about what was to be done.
func passes(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, parvis.ErrUnavailable)
}

// indexSome indexes things of one sort, and returns how many. What is slow is done
// outside the transaction, which leaves what changed meanwhile for later. What strangers
// wrote is read here: a panic is an error.
func (a *App) indexSome(ctx context.Context, n *parvis.Node, sort storage.FindableSort, ids []parvis.ID) (count int, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if len(ids) == 0 {
		return 0, nil
	}
	read := a.findablePosts
	if sort == storage.FindableAccount {
		read = a.findableAccounts
	}
	found, err := read(ctx, n, ids)
	if err != nil {
		return 0, err
	}
	all := make([]storage.Findable, len(ids))
	for i, id := range ids {
		if all[i] = found[id]; all[i].ID == 0 {
			all[i] = storage.Findable{Sort: sort, ID: id} // it is gone
		}
	}
	return count, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) (err error) {
		count, err = t.IndexWaiting(ctx, sort, all)
		return err
	})
}

func (a *App) findablePosts(ctx context.Context, n *parvis.Node, ids []parvis.ID) (map[parvis.ID]storage.Findable, error) {
	posts, err := a.node(n).PostsByID(ctx, ids)
	found := make(map[parvis.ID]storage.Findable, len(posts))
	for id, p := range posts {
		found[id] = a.findablePost(n, p)
	}
	return found, err
}

func (a *App) findableAccounts(ctx context.Context, n *parvis.Node, ids []parvis.ID) (map[parvis.ID]storage.Findable, error) {
	accounts, err := a.node(n).Accounts(ctx, ids)
	if err != nil {
		return nil, err
	}
	presented, err := a.node(n).Presentations(ctx, ids)
	found := make(map[parvis.ID]storage.Findable, len(accounts))
	for id, acc := range accounts {
		found[id] = a.findableAccount(n, acc, cmp.Or(presented[id], &parvis.Presentation{}))
	}
	return found, err
}
