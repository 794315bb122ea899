package app_test

import (
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

func TestEditKeepsWhatIsSettled(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		d := offer()
		d.EndsAt = w.now.AddDate(0, 0, 1)
		p := w.publish(w.jeanne, d)
		must[*parvis.Post](t)(w.Like(w.ctx, w.node, w.karim, p.ID))
		must[*parvis.Post](t)(w.SetState(w.ctx, w.node, w.jeanne, p.ID, parvis.Reserved))
		w.now = w.now.AddDate(0, 0, 2) // its deadline has passed, which is not the editor's mistake
		d.Title, d.Audience = "Perceuse sans fil", parvis.OnNode
		edited := must[*parvis.Post](t)(w.Edit(w.ctx, w.node, w.jeanne, p.ID, d))
		got := must[*parvis.Post](t)(w.Post(w.ctx, w.node, w.jeanne, p.ID))
		if got.Title != d.Title || got.Audience != parvis.Everyone || got.State != parvis.Reserved || got.Likes != 1 || !got.PublishedAt.Equal(p.PublishedAt) {
			t.Errorf("edited: %+v", got)
		}
		// A second edit in the same second is later all the same, or others would ignore it.
		again := must[*parvis.Post](t)(w.Edit(w.ctx, w.node, w.jeanne, p.ID, d))
		if !again.EditedAt.After(edited.EditedAt) || again.EditedAt.Nanosecond() != 0 {
			t.Errorf("edited %v, then %v", edited.EditedAt, again.EditedAt)
		}
		d.EndsAt = w.now.Add(-time.Hour)
		_, err := w.Edit(w.ctx, w.node, w.jeanne, p.ID, d)
		w.invalid("a new deadline in the past", err, "ends", "post.ends.past")
	})
}
