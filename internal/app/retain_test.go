package app_test

import (
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

const day = 24 * time.Hour

// What nobody here needs leaves when the node says so: first the copies of its
// pictures, then itself; what a resident likes stays, with its pictures.
func TestSweepForgetsWhatNobodyHereNeeds(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana := w.stranger("ana", "masto.example")
		withPicture := func(url string) *parvis.Post {
			p := w.receive("a photo", w.arrive(ana, func(p *parvis.Post) { p.Media = []parvis.Media{{RemoteURL: url}} }), app.Fetched, nil)
			m, shape, err := w.PictureWanted(w.ctx, w.node, p.Media[0].ID)
			w.do(err)
			w.do(w.ReceivePicture(w.ctx, w.node, m, shape, photo(t, uint8(len(url)))))
			w.now = w.now.Add(time.Second)
			return p
		}
		liked, plain := withPicture("https://masto.example/1.jpg"), withPicture("https://masto.example/22.jpg")
		_, err := w.Like(w.ctx, w.node, w.jeanne, liked.ID)
		w.do(err)
		copyOf := func(p *parvis.Post) *parvis.Media {
			return must[*parvis.Media](t)(w.rows().Media(w.ctx, p.Media[0].ID))
		}
		files := copyOf(plain)
		w.now = w.now.Add(13 * day)
		w.do(w.Sweep(w.ctx))
		if !copyOf(plain).Ready() || !w.files(files) {
			t.Error("after 13 days the copy is gone")
		}
		w.now = w.now.Add(2 * day)
		w.do(w.Sweep(w.ctx))
		if copyOf(plain).Ready() || w.files(files) {
			t.Error("after 15 days the copy is kept")
		}
		if !copyOf(liked).Ready() || !w.files(copyOf(liked)) {
			t.Error("the copy for a liked post is gone")
		}
		w.jobs()
		_, err = w.Post(w.ctx, w.node, parvis.Viewer{}, plain.ID)
		w.do(err)
		w.wantJobs("a visitor looks at it")
		_, err = w.Post(w.ctx, w.node, w.karim, plain.ID)
		w.do(err)
		w.wantJobs("a resident looks at it", "picture")
		m, shape, err := w.PictureWanted(w.ctx, w.node, plain.Media[0].ID)
		w.do(err)
		w.do(w.ReceivePicture(w.ctx, w.node, m, shape, photo(t, 3)))
		w.now = w.now.Add(5 * day)
		w.do(w.Sweep(w.ctx))
		if !copyOf(plain).Ready() {
			t.Error("the new copy left at once")
		}
		w.now = w.now.Add(80 * day)
		w.do(w.Sweep(w.ctx))
		_, err = w.rows().Post(w.ctx, plain.ID)
		w.fails("after 100 days", err, parvis.ErrNotFound)
		if w.files(m) {
			t.Error("the files of its picture are kept")
		}
		if !copyOf(liked).Ready() {
			t.Error("the liked post lost its picture")
		}
		again := w.receive("opened again", w.arrive(ana, func(p *parvis.Post) { p.URI, p.PublishedAt = plain.URI, plain.PublishedAt }), app.Fetched, nil)
		w.do(w.Sweep(w.ctx))
		if _, err := w.rows().Post(w.ctx, again.ID); err != nil {
			t.Errorf("what was opened again: %v", err)
		}
	})
}

func TestSweepKeepsForEverIfTheNodeSaysSo(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.node.KeepPosts = parvis.ForEver
		w.do(w.UpdateNode(w.ctx, w.node))
		ana := w.stranger("ana", "masto.example")
		p := w.receive("a post", w.arrive(ana, func(*parvis.Post) {}), app.Fetched, nil)
		w.now = w.now.Add(4000 * day)
		w.do(w.Sweep(w.ctx))
		if _, err := w.rows().Post(w.ctx, p.ID); err != nil {
			t.Errorf("after ten years: %v", err)
		}
	})
}
