package app_test

import (
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// Whoever wrote what a post answers is told of it only if they may read it.
func TestAnswersForFollowersStayAmongThem(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		drill := must[*parvis.Post](t)(w.Publish(w.ctx, w.node, w.jeanne, offer()))
		answer := app.Draft{Detail: &parvis.Note{}, Source: "Entre nous : elle est vieille.", Audience: parvis.Followers, ReplyTo: drill.ID}
		must[*parvis.Post](t)(w.Publish(w.ctx, w.node, w.karim, answer))
		if got := w.told(w.jeanne); got != "" {
			t.Errorf("jeanne, who does not follow karim, was told %q", got)
		}
		w.do(w.Follow(w.ctx, w.node, w.jeanne, w.karim.ID()))
		must[*parvis.Post](t)(w.Publish(w.ctx, w.node, w.karim, answer))
		if got := w.told(w.jeanne); got != "mention by karim; " {
			t.Errorf("jeanne, who follows karim, was told %q", got)
		}
	})
}
