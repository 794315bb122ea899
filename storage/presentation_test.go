package storage_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// Whoever says for the first time what they can do, while somebody reads it, has said
// nothing yet.
func TestPresentationBetweenTwoQuestions(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		tag := fmt.Sprintf("INSERT INTO profile_tags (account_id, role, tag, node_id, name, audience, position) VALUES (%d, 'offers', 'velo', %d, 'Vélos', 'everyone', 0)", w.jeanne.ID, w.node.ID)
		if err := w.exec(tag); err != nil {
			t.Fatal(err)
		}
		if p := must[*parvis.Presentation](t)(w.db.Node(w.node.ID).Presentation(w.ctx, w.jeanne.ID)); len(p.Offers) != 0 {
			t.Errorf("she offers %q", p.Offers)
		}
	})
}

// Who has more in common comes first.
func TestMatchesByWhatIsInCommon(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		says := func(acc *parvis.Account, offers ...string) {
			t.Helper()
			acc.Listed = parvis.Everyone
			var tags []parvis.ProfileTag
			for _, o := range offers {
				tags = append(tags, parvis.ProfileTag{Role: parvis.TagOffers, Tag: o, Name: o, Audience: parvis.Everyone})
			}
			w.do(func(ctx context.Context, tx *storage.Tx) error {
				if err := tx.UpdateAccount(ctx, acc); err != nil {
					return err
				}
				return tx.SetPresentation(ctx, acc.ID, &parvis.Presentation{SkillsFor: parvis.Everyone, LinksFor: parvis.Everyone}, tags)
			})
		}
		says(w.jeanne, "velo", "couture")
		says(w.odile, "velo")
		found := must[[]*parvis.Account](t)(w.db.Node(w.node.ID).Matches(w.ctx, storage.DirectoryFilter{Audiences: parvis.ProfileAudiences, Viewer: w.karim.ID}, nil, []string{"couture", "velo", "velo"}, 1))
		if len(found) != 1 || found[0].ID != w.jeanne.ID {
			t.Errorf("found %d, want Jeanne", len(found))
		}
	})
}
