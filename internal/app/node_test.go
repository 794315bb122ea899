package app_test

import (
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestRenamedNode: what speaks for the node carries its name, and says so.
func TestRenamedNode(t *testing.T) {
	t.Parallel()
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.node.Name = "Malakoff-sur-Parvis"
		if err := w.UpdateNode(w.ctx, w.node); err != nil {
			t.Fatal(err)
		}
		own := must[*parvis.Account](t)(w.rows().Account(w.ctx, w.node.ActorID))
		if got, want := own.Name, "Malakoff-sur-Parvis"; got != want {
			t.Errorf("the node's own actor is called %q, want %q", got, want)
		}
		feed := must[*parvis.Account](t)(w.rows().Feed(w.ctx, parvis.KindOffer))
		if got, want := feed.Name, "Entraide · Malakoff-sur-Parvis"; got != want {
			t.Errorf("the feed is called %q, want %q", got, want)
		}
		w.wantJobs("a renamed node", "say update by entraide", "say update by malakoff.example")
	})
}
