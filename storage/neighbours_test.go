package storage_test

import (
	"context"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// What this process decides holds from the answer on, however often it was asked
// before.
func TestDecisionsAboutServersHoldAtOnce(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		const host = "vanves.example"
		refused := func() bool {
			rules := must[[]parvis.DomainRule](t)(w.n.DomainRules(w.ctx, host))
			return len(rules) > 0
		}
		partner := func() bool { return must[bool](t)(w.n.IsPartner(w.ctx, host)) }
		for round := range 3 {
			if refused() || partner() {
				t.Fatalf("round %d: something is decided already", round)
			}
			w.do(func(ctx context.Context, tx *storage.Tx) error {
				if err := tx.SavePartner(ctx, &parvis.Partner{Host: host, Ours: true, Theirs: true, CreatedAt: parvistest.Noon}); err != nil {
					return err
				}
				return tx.SaveTeamRule(ctx, parvis.DomainRule{Domain: host, Severity: parvis.Suspend, CreatedAt: parvistest.Noon})
			})
			if !refused() || !partner() {
				t.Errorf("round %d: the decision does not hold", round)
			}
			w.do(func(ctx context.Context, tx *storage.Tx) error {
				if err := tx.RemovePartner(ctx, host); err != nil {
					return err
				}
				return tx.RemoveTeamRule(ctx, host)
			})
			if refused() || partner() {
				t.Errorf("round %d: the decision holds longer than it stands", round)
			}
			list := parvis.BlockList{URL: "https://listes.example/blocs.csv"}
			w.do(func(ctx context.Context, tx *storage.Tx) error {
				if err := tx.AddBlockList(ctx, &list); err != nil {
					return err
				}
				return tx.SaveListedRules(ctx, []parvis.DomainRule{{Domain: host, Severity: parvis.Suspend, List: list.ID}})
			})
			if !refused() {
				t.Errorf("round %d: what a list says does not hold", round)
			}
			w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.RemoveBlockList(ctx, list.ID) })
		}
	})
}
