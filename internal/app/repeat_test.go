package app_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

func TestPublishOnce(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		m := must[*parvis.Media](t)(w.Upload(w.ctx, w.node, w.jeanne, app.NewPicture{Shape: app.Photo, File: photo(t, 1)}))
		d := offer()
		d.Key, d.Media = "perceuse", []app.DraftMedia{{ID: m.ID, Description: "La perceuse"}}

		wrong := d
		wrong.Title = ""
		_, err := w.Publish(w.ctx, w.node, w.jeanne, wrong)
		w.invalid("a draft to correct", err, "title", "post.title.missing") // and its key is free
		first := w.publish(w.jeanne, d)

		again := must[*parvis.Post](t)(w.Publish(w.ctx, w.node, w.jeanne, d))
		if again.ID != first.ID || len(again.Media) != 1 {
			t.Errorf("published again as %v with %d pictures, want %v", again.ID, len(again.Media), first.ID)
		}
		w.wantJobs("published again")
		if told := must[*parvis.Account](t)(w.Profile(w.ctx, w.node, "jeanne")).Posts; told != 1 {
			t.Errorf("%d posts are counted", told)
		}
		d.Media = nil
		if p := w.publish(w.karim, d); p.ID == first.ID {
			t.Error("the key of another is theirs alone")
		}
		w.now = w.now.Add(24 * time.Hour)
		if p := w.publish(w.jeanne, d); p.ID == first.ID {
			t.Error("a key holds for more than a day")
		}
		w.do(w.Delete(w.ctx, w.node, w.jeanne, first.ID))
		for _, key := range []string{strings.Repeat("é", 51), "\xff", "a\x00"} {
			d.Key = key
			_, err = w.Publish(w.ctx, w.node, w.jeanne, d)
			w.invalid("a bad key", err, "key", "post.key.invalid")
		}
	})
}

// What was published and deleted is not published again by a late repeat.
func TestPublishOnceThenDelete(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		d := offer()
		d.Key = "perceuse"
		w.do(w.Delete(w.ctx, w.node, w.jeanne, w.publish(w.jeanne, d).ID))
		_, err := w.Publish(w.ctx, w.node, w.jeanne, d)
		w.fails("a repeat", err, parvis.ErrGone)
	})
}

func TestPublishOnceAtOnce(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		m := must[*parvis.Media](t)(w.Upload(w.ctx, w.node, w.jeanne, app.NewPicture{Shape: app.Photo, File: photo(t, 1)}))
		for key, media := range map[string][]app.DraftMedia{"sans photo": nil, "avec photo": {{ID: m.ID}}} {
			d := offer()
			d.Key, d.Title, d.Media = key, key, media
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					if _, err := w.Publish(w.ctx, w.node, w.jeanne, d); err != nil {
						t.Errorf("%s: %v", key, err)
					}
				})
			}
			all.Wait()
		}
		if list := must[[]*parvis.Post](t)(w.List(w.ctx, w.node, w.jeanne, storage.PostFilter{}, parvis.Page{})); len(list) != 2 {
			t.Errorf("%d posts, want 2", len(list))
		}
		w.wantJobs("each once", "home", "home", "home shared by entraide", "home shared by entraide",
			"publish create", "publish create", "say share by entraide", "say share by entraide")
	})
}
