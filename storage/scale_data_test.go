package storage_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// A crowd is a town whose database is full of people.
type crowd struct {
	*town
	*parvistest.Crowd
}

func newCrowd(t testing.TB, engine parvistest.Engine, s parvistest.CrowdSize) *crowd {
	t.Helper()
	w := newTownAt(t, parvistest.Patient(engine.Copy(t, "migrated", migrated)))
	c := &crowd{w, &parvistest.Crowd{CrowdSize: s, Node: w.node.ID, Last: parvistest.Noon, Exec: w.exec}}
	if err := c.Fill(); err != nil {
		t.Fatal(err)
	}
	if err := c.db.Tidy(c.ctx); err != nil {
		t.Fatal(err)
	}
	return c
}

// exec runs any statement.
func (w *town) exec(query string) error {
	return w.db.InTx(w.ctx, func(ctx context.Context, t *storage.DBTx) error { return t.Exec(ctx, query) })
}

// resident returns another resident in every round, and actor another stranger.
func (c *crowd) resident(round int) parvis.ID {
	return parvistest.FirstResident + parvis.ID(1+(round*7919+17)%c.Residents)
}

func (c *crowd) actor(round int) parvis.ID {
	return parvistest.FirstActor + parvis.ID(1+(round*7919+17)%c.Actors)
}

// someNumber returns another post in every round.
func (c *crowd) someNumber(round int) int { return c.Posts - (round*7919+10)%900 }

// finds looks for posts by words, of which the last may end in a star, and wants so
// many, or as many as there are.
func (c *crowd) finds(want int, kinds []parvis.Kind, words ...string) error {
	s := storage.Search{Kinds: kinds, Now: after(0), PostFilter: storage.PostFilter{Audiences: []parvis.Audience{parvis.Everyone}, Viewer: c.resident(1)}}
	for _, word := range words {
		term := storage.Term{Words: []string{word, "english" + word}}
		if prefix, half := strings.CutSuffix(word, "*"); half {
			term = storage.Term{Words: []string{prefix}, Prefix: prefix}
		}
		s.Terms = append(s.Terms, term)
	}
	found, err := c.n.Search(c.ctx, s, parvis.Page{})
	missing := min(want, c.Posts) - len(found)
	if err == nil && (missing < 0 || missing > want/20) { // whoever looks muted somebody
		err = fmt.Errorf("%d posts found by %q, want %d", len(found), words, want)
	}
	return err
}
