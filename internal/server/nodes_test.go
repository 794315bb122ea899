package server

import (
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// TestNodesNoticeACharter: what another process publishes is asked here once this one
// has looked, which it does every second.
func TestNodesNoticeACharter(t *testing.T) {
	for _, engine := range parvistest.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			url := engine.URL(t)
			open := func() *storage.DB {
				db, err := storage.Open(t.Context(), url)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = db.Close() })
				return db
			}
			command := &app.App{DB: open(), Now: func() time.Time { return parvistest.Noon }}
			n := parvistest.Malakoff()
			if err := command.AddNode(t.Context(), n); err != nil {
				t.Fatal(err)
			}
			running, err := NewNodes(t.Context(), open())
			if err != nil {
				t.Fatal(err)
			}
			if running.Find(n.Host).Asks(&parvis.Login{}) {
				t.Error("the program's own rules are asked")
			}
			if err := command.PublishCharter(t.Context(), n, parvis.Charter{Version: 1, Source: "Bonjour.", Change: "Tout.", Asked: true}); err != nil {
				t.Fatal(err)
			}
			if err := running.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			if !running.Find(n.Host).Asks(&parvis.Login{}) {
				t.Error("the charter is not noticed")
			}
		})
	}
}
