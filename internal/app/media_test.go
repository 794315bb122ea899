package app_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// upload keeps a picture of a resident.
func (w *town) upload(v parvis.Viewer, shade uint8) *parvis.Media {
	w.t.Helper()
	return must[*parvis.Media](w.t)(w.Upload(w.ctx, w.node, v, app.NewPicture{Shape: app.Photo, Description: "La perceuse", File: photo(w.t, shade)}))
}

// files reports whether all files of a picture are kept.
func (w *town) files(m *parvis.Media) bool {
	w.t.Helper()
	for _, r := range m.Renditions {
		f, _, err := w.Media.Open(w.ctx, r.Key)
		if errors.Is(err, fs.ErrNotExist) {
			return false
		}
		w.do(err)
		w.do(f.Close())
	}
	return true
}

func TestPhotos(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		one, two, hers := w.upload(w.jeanne, 1), w.upload(w.jeanne, 2), w.upload(w.karim, 3)
		if !one.Ready() || one.Blurhash == "" || !w.files(one) {
			t.Fatalf("uploaded %+v", one)
		}
		d := offer()
		d.Media = []app.DraftMedia{{one.ID, "De face"}, {two.ID, "De dos"}, {one.ID, "Encore"}} // one is there twice
		p := w.publish(w.jeanne, d)
		shown := func() (descriptions []string) {
			for _, m := range must[*parvis.Post](t)(w.Post(w.ctx, w.node, w.karim, p.ID)).Media {
				descriptions = append(descriptions, m.Description)
			}
			return descriptions
		}
		if got := strings.Join(shown(), ", "); got != "De face, De dos" {
			t.Errorf("photos: %s", got)
		}
		d.Media = []app.DraftMedia{{two.ID, "De dos, sans fil"}, {one.ID, "De face"}}
		must[*parvis.Post](t)(w.Edit(w.ctx, w.node, w.jeanne, p.ID, d))
		if got := strings.Join(shown(), ", "); got != "De dos, sans fil, De face" {
			t.Errorf("after an edit: %s", got)
		}
		for what, id := range map[string]parvis.ID{"another's": hers.ID, "one of another post": one.ID, "none": 5} {
			other := offer()
			other.Media = []app.DraftMedia{{ID: id}}
			_, err := w.Publish(w.ctx, w.node, w.jeanne, other)
			w.invalid(what, err, "photos", "post.photos.unknown")
		}
		_, err := w.Uploaded(w.ctx, w.node, w.jeanne, hers.ID)
		w.fails("another's upload", err, parvis.ErrNotFound)
		_, err = w.Upload(w.ctx, w.node, w.jeanne, app.NewPicture{Shape: app.Photo, File: strings.NewReader("pas une photo")})
		w.invalid("no photo", err, "photos", "photo.type")
		_, err = w.Upload(w.ctx, w.node, w.jeanne, app.NewPicture{Shape: app.Photo, Description: strings.Repeat("é", 1501), File: photo(t, 4)})
		w.invalid("a long description", err, "photos", "post.photos.description.long")
		_, err = w.Upload(w.ctx, w.node, parvis.Viewer{}, app.NewPicture{Shape: app.Photo, File: photo(t, 4)})
		w.fails("a visitor", err, parvis.ErrSignIn)
	})
}

func TestSweepDropsWhatNobodyUses(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		used, unused, twin := w.upload(w.jeanne, 1), w.upload(w.jeanne, 2), w.upload(w.karim, 1) // the same picture as used
		d := offer()
		d.Media = []app.DraftMedia{{ID: used.ID}}
		p := w.publish(w.jeanne, d)
		w.now = w.now.Add(23 * time.Hour)
		w.do(w.Sweep(w.ctx))
		if !w.files(unused) {
			t.Error("a picture is swept within a day")
		}
		w.now = w.now.Add(2 * time.Hour)
		w.do(w.Sweep(w.ctx))
		if w.files(unused) || !w.files(used) {
			t.Errorf("after a day: unused there %v, used there %v", w.files(unused), w.files(used))
		}
		if _, err := w.rows().Media(w.ctx, twin.ID); err != parvis.ErrNotFound {
			t.Errorf("the unused twin: %v", err)
		}
		w.do(w.Delete(w.ctx, w.node, w.jeanne, p.ID))
		w.do(w.Sweep(w.ctx))
		if w.files(used) {
			t.Error("a deleted post's picture is kept")
		}
	})
}

func TestCopiesOfRemotePictures(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana := w.stranger("ana", "masto.example")
		p := w.receive("a photo", w.arrive(ana, func(p *parvis.Post) { p.Media = []parvis.Media{{RemoteURL: "https://masto.example/1.jpg"}} }), app.Fetched, nil)
		m, shape, err := w.PictureWanted(w.ctx, w.node, p.Media[0].ID)
		w.do(err)
		if shape != app.Copy {
			t.Error("it is not taken for a copy")
		}
		w.do(w.ReceivePicture(w.ctx, w.node, m, shape, photo(t, 1)))
		_, _, err = w.PictureWanted(w.ctx, w.node, m.ID)
		w.fails("again", err, parvis.ErrNotFound)
		q := w.arrive(ana, func(q *parvis.Post) {
			q.URI, q.EditedAt, q.Media = p.URI, p.PublishedAt.Add(time.Second), []parvis.Media{{RemoteURL: m.RemoteURL, Description: "mieux dit"}}
		})
		w.jobs()
		w.receive("an edit keeps the copy", q, app.Sent, nil)
		w.wantJobs("an edit keeps the copy")
		got := must[*parvis.Post](t)(w.rows().Post(w.ctx, p.ID)).Media
		if len(got) != 1 || !got[0].Ready() || got[0].Description != "mieux dit" {
			t.Errorf("pictures %+v", got)
		}
		w.do(w.rows().InTx(w.ctx, func(ctx context.Context, tx *storage.Tx) error { return tx.DeletePost(ctx, p, w.now) }))
	})
}
