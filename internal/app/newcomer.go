package app

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// A newcomer is a post that may be new here, and what became of it.
type newcomer struct {
	node   *parvis.Node
	post   *parvis.Post
	parent *parvis.Post // what it answers
	tags   []string
	why    Reason
	// unknown: it concerns nobody here unless somebody follows its author.
	unknown bool
	stored  *parvis.Post
	err     error
}

// receiveNew stores a post that is not known here.
func (a *App) receiveNew(ctx context.Context, n *parvis.Node, p *parvis.Post, why Reason) (*parvis.Post, error) {
	if !p.Author.Active() {
		return nil, parvis.ErrGone
	}
	c := &newcomer{node: n, post: p, why: why}
	var err error
	if c.tags, err = a.settle(ctx, n, p); err != nil {
		return nil, err
	}
	if c.parent, err = a.parent(ctx, n, p); err != nil {
		return nil, err
	}
	if why == Sent {
		if c.unknown, err = a.concerns(ctx, n, p, c.parent); err != nil {
			return nil, err
		}
	}
	if c.touchesOthers() {
		a.storeNew(ctx, c.alone)
	} else if err := a.newcomers.Pass(ctx, c, newcomersAtOnce, a.storeTogether); err != nil {
		return nil, err
	}
	return c.stored, c.err
}

// newcomersAtOnce bounds how many posts are stored by one transaction.
const newcomersAtOnce = 64

// touchesOthers reports whether storing a post changes rows that storing another may
// change too. Each of these has a transaction of its own: two that had several, in
// different orders, would wait for each other.
func (c *newcomer) touchesOthers() bool {
	return c.post.ReplyToURI != "" || len(c.post.Mentions) > 0 || len(c.post.Emojis) > 0
}

// alone is a batch of one.
func (c *newcomer) alone() []*newcomer { return []*newcomer{c} }

// storeTogether stores posts of which none may be given up because one of them is.
func (a *App) storeTogether(board func() []*newcomer) { a.storeNew(context.Background(), board) }

// storeNew stores posts, of any nodes, and notes what became of each.
func (a *App) storeNew(ctx context.Context, board func() []*newcomer) {
	err := a.DB.InRepeatableTx(ctx, func(ctx context.Context, t *storage.DBTx) error {
		byNode := make(map[parvis.ID][]*newcomer)
		for _, c := range board() {
			byNode[c.node.ID] = append(byNode[c.node.ID], c)
		}
		for _, node := range slices.Sorted(maps.Keys(byNode)) {
			if err := a.storeBatch(ctx, t.Node(node), byNode[node]); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		return
	}
	batch := board()
	for _, c := range batch {
		if len(batch) == 1 || errors.Is(err, parvis.ErrUnavailable) {
			c.err = err
		} else { // one of the others may be the reason
			a.storeNew(ctx, c.alone)
		}
	}
}

// storeBatch stores those posts of one node that concern it. It may run again.
func (a *App) storeBatch(ctx context.Context, t *storage.Tx, batch []*newcomer) error {
	batch, err := wanted(ctx, t, batch)
	if err != nil || len(batch) == 0 {
		return err
	}
	fresh, err := a.addNew(ctx, t, batch)
	if err != nil {
		return err
	}
	var homes []storage.HomeWrite
	for _, c := range fresh {
		if err := a.settleIn(ctx, t, c); err != nil {
			return err
		}
		if w, ok := c.home(); ok {
			homes = append(homes, w)
		}
	}
	// Nobody waits for this transaction: the first readers need no job.
	return a.toHomes(ctx, t, homes)
}

// wanted leaves out posts that are for followers nobody here is.
func wanted(ctx context.Context, t *storage.Tx, batch []*newcomer) ([]*newcomer, error) {
	var authors []parvis.ID
	for _, c := range batch {
		if c.unknown {
			authors = append(authors, c.post.AuthorID)
		}
	}
	followed, err := t.LocallyFollowed(ctx, authors)
	if err != nil {
		return nil, err
	}
	unwanted := make([]bool, len(batch))
	for i, c := range batch {
		unwanted[i] = c.unknown && !followed[c.post.AuthorID]
	}
	return fail(batch, unwanted, ErrUnwanted), nil
}

// addNew stores the posts that are new, and returns these.
func (a *App) addNew(ctx context.Context, t *storage.Tx, batch []*newcomer) ([]*newcomer, error) {
	for _, c := range batch {
		own := *c.post
		own.Media = slices.Clone(own.Media) // they get their ids here
		c.stored, c.err = &own, nil
	}
	// The deletion of some may have come while we looked.
	posts, _ := storedOf(batch)
	buried, err := t.BuriedPosts(ctx, posts)
	if err != nil {
		return nil, err
	}
	left := fail(batch, buried, parvis.ErrGone)
	posts, tags := storedOf(left)
	known, err := t.AddPosts(ctx, posts, tags)
	if err != nil {
		return nil, err
	}
	fresh := fail(left, known, parvis.ErrConflict)
	posts, _ = storedOf(fresh)
	return fresh, t.Adopt(ctx, posts...)
}

// storedOf returns posts as they are stored, and the tags of each.
func storedOf(batch []*newcomer) (posts []*parvis.Post, tags [][]string) {
	for _, c := range batch {
		posts, tags = append(posts, c.stored), append(tags, c.tags)
	}
	return posts, tags
}

// fail notes why some cannot be stored, and returns the others.
func fail(batch []*newcomer, which []bool, why error) (others []*newcomer) {
	for i, c := range batch {
		if which[i] {
			c.stored, c.err = nil, why
		} else {
			others = append(others, c)
		}
	}
	return others
}

// settleIn stores what follows from a new post.
func (a *App) settleIn(ctx context.Context, t *storage.Tx, c *newcomer) error {
	p := c.stored
	if err := a.receiveMedia(ctx, t, p); err != nil {
		return err
	}
	if err := a.receiveEmojis(ctx, t, p.Author, p.Emojis); err != nil {
		return err
	}
	if err := a.tellNamed(ctx, t, p, c.parent); err != nil {
		return err
	}
	if c.why != Sent || p.ReplyTo != 0 || p.ReplyToURI == "" {
		return nil
	}
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobThread, Key: p.ReplyToURI}, parvis.ThreadArgs{Post: p.ID})
}

// home says to whose homes a new post comes, if to any.
func (c *newcomer) home() (storage.HomeWrite, bool) {
	p := c.stored
	w := storage.HomeWrite{Post: p.ID, Source: p.AuthorID, Entry: p.ID}
	if c.parent != nil {
		w.Answered = c.parent.AuthorID
	} else if p.ReplyToURI != "" {
		return w, false // it answers somebody whom nobody here can follow
	}
	return w, c.why == Sent && p.Audience != parvis.Named
}
