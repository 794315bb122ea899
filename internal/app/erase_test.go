package app_test

import (
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestEraseInBatches: what a deleted account leaves goes in transactions of a bounded
// size, and nobody sees any of it meanwhile.
func TestEraseInBatches(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana := w.stranger("ana", "masto.example")
		var posts []*parvis.Post
		for range parvis.MaxPage + 1 {
			posts = append(posts, w.receive("one of many", w.arrive(ana, nil), app.Fetched, nil))
		}
		w.do(w.Follow(w.ctx, w.node, w.karim, ana.ID))
		w.jobs()
		w.do(w.ReceiveDelete(w.ctx, w.node, ana, ana.URI, true))
		for _, p := range posts {
			if _, err := w.Post(w.ctx, w.node, w.karim, p.ID); err == nil {
				t.Fatal("a post of hers is seen after her deletion")
			}
		}
		w.wantJobs("in batches", "erase", "erase")
		for _, p := range posts {
			if got := must[*parvis.Post](t)(w.rows().Post(w.ctx, p.ID)); got.DeletedAt.IsZero() || got.HTML != "" {
				t.Fatalf("%s is still here", p.URI)
			}
		}
		if _, err := w.rows().Follow(w.ctx, w.karim.ID(), ana.ID); err == nil {
			t.Error("karim still follows her")
		}
	})
}
