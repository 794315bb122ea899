package storage_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// feed stores the feed of offers.
func (w *town) feed() *parvis.Account {
	w.Helper()
	feed := parvistest.Resident(w.node, "entraide", "Entraide · Malakoff")
	feed.Type, feed.Feed = parvis.Group, parvis.KindOffer
	w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.AddAccount(ctx, feed) })
	return feed
}

// submit stores a note from elsewhere that waits for the team.
func (w *town) submit(feed *parvis.Account, minute int, domain string) *parvis.Post {
	w.Helper()
	p := w.note(w.luis, minute)
	w.add(p)
	w.do(func(ctx context.Context, tx *storage.Tx) error {
		return tx.AddSubmission(ctx, &parvis.Submission{PostID: p.ID, FeedID: feed.ID, Domain: domain, State: parvis.SubmissionWaiting,
			Activity: []byte(`{"type":"Create"}`), CreatedAt: after(minute)})
	})
	return p
}

func TestSubmissions(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		feed := w.feed()
		first, second, third := w.submit(feed, 1, "masto.example"), w.submit(feed, 2, "masto.example"), w.submit(feed, 3, "autre.example")
		waiting := func() (ids []parvis.ID) {
			for _, s := range must[[]*parvis.Submission](t)(w.n.Submissions(w.ctx, parvis.Page{})) {
				ids = append(ids, s.PostID)
			}
			return ids
		}
		if got := waiting(); !slices.Equal(got, []parvis.ID{third.ID, second.ID, first.ID}) {
			t.Errorf("waiting: %v", got)
		}
		again := w.try(func(ctx context.Context, tx *storage.Tx) error {
			return tx.AddSubmission(ctx, &parvis.Submission{PostID: first.ID, FeedID: feed.ID, State: parvis.SubmissionAdmitted})
		})
		if again != parvis.ErrConflict {
			t.Errorf("submitted again: %v", again)
		}
		decide := func(p *parvis.Post, s parvis.SubmissionState) error {
			return w.try(func(ctx context.Context, tx *storage.Tx) error {
				return tx.Decide(ctx, p.ID, s, w.jeanne.ID, after(10))
			})
		}
		if err := decide(first, parvis.SubmissionAdmitted); err != nil {
			t.Fatal(err)
		}
		if err := decide(first, parvis.SubmissionRefused); err != parvis.ErrConflict {
			t.Errorf("decided twice: %v", err)
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			return tx.SetSubmitted(ctx, first.ID, []byte("other"))
		})
		s := must[*parvis.Submission](t)(w.n.Submission(w.ctx, first.ID))
		if s.State != parvis.SubmissionAdmitted || s.DecidedBy != w.jeanne.ID || !s.DecidedAt.Equal(after(10)) || string(s.Activity) != `{"type":"Create"}` {
			t.Errorf("decided: %+v", s)
		}
		if got := must[int](t)(w.n.CountSubmissionsOf(w.ctx, "masto.example")); got != 1 {
			t.Errorf("%d of the domain wait, want 1", got)
		}
		if got := must[[]*parvis.Submission](t)(w.n.Decisions(w.ctx, 5)); len(got) != 1 || got[0].PostID != first.ID {
			t.Errorf("decisions: %+v", got)
		}
		// Whom the team suspends waits for nothing, until they may speak again.
		for _, at := range []struct {
			suspended time.Time
			want      int
		}{{after(10), 0}, {time.Time{}, 2}} {
			w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.SetSuspended(ctx, w.luis.ID, at.suspended) })
			if got := must[int](t)(w.n.CountSubmissions(w.ctx)); got != at.want || len(waiting()) != at.want {
				t.Errorf("suspended at %v: %d counted and %d listed, want %d", at.suspended, got, len(waiting()), at.want)
			}
			if got := must[int](t)(w.n.CountSubmissionsOf(w.ctx, "masto.example")); got != at.want/2 {
				t.Errorf("suspended at %v: %d take the place of others of the domain, want %d", at.suspended, got, at.want/2)
			}
		}
		// What its author deletes waits no more, and what waits too long neither.
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.DeletePost(ctx, second, after(11)) })
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			dropped, err := tx.DropSubmissions(ctx, parvis.SubmissionWaiting, after(4), 10)
			if dropped != 1 {
				t.Errorf("%d dropped, want 1", dropped)
			}
			return err
		})
		if got := must[int](t)(w.n.CountSubmissions(w.ctx)) + must[int](t)(w.n.CountSubmissionsOf(w.ctx, "masto.example")); got != 0 {
			t.Errorf("%d wait, want none", got)
		}
	})
}

// A post that waits stays; that it names a feed is no reason to keep it after that.
func TestForgetPostsKeepsWhatWaits(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		feed := w.feed()
		waits, named := w.submit(feed, 1, "masto.example"), w.note(w.luis, 2)
		named.Mentions = []parvis.Mention{{AccountID: feed.ID, Acct: "entraide"}}
		w.add(named)
		w.forget((*storage.Tx).ForgetPosts, after(1000), after(500))
		if got := w.stored(waits, named); !slices.Equal(got, []bool{true, false}) {
			t.Errorf("what waits is here %v, what names the feed %v", got[0], got[1])
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			return tx.Decide(ctx, waits.ID, parvis.SubmissionRefused, w.jeanne.ID, after(1001))
		})
		w.forget((*storage.Tx).ForgetPosts, after(3000), after(2000))
		if got := w.stored(waits); got[0] {
			t.Error("what was refused is still here")
		}
	})
}

func TestDrafts(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		picture := parvis.Media{Description: "La perceuse", Renditions: []parvis.Rendition{{Key: "a/1.jpg", Type: "image/jpeg", Width: 10, Height: 10}}}
		d := &parvis.KeptDraft{ID: parvis.NewID(after(1)), AccountID: w.jeanne.ID, Kind: parvis.KindOffer, Source: "Je prête ma perceuse", Language: "fr",
			Media: []parvis.Media{picture, picture}, PostID: 7}
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.AddDraft(ctx, d) })
		got := must[*parvis.KeptDraft](t)(w.n.Draft(w.ctx, w.jeanne.ID, d.ID))
		if got.Source != d.Source || len(got.Media) != 2 || got.Media[0].ID == got.Media[1].ID || got.Media[1].Description != "La perceuse" {
			t.Errorf("draft: %+v", got)
		}
		if _, err := w.n.Draft(w.ctx, w.karim.ID, d.ID); err != parvis.ErrNotFound {
			t.Errorf("somebody else's: %v", err)
		}
		if dropped := w.forget((*storage.Tx).ForgetPictures, after(30_000), after(20_000)); dropped != 0 {
			t.Errorf("%d pictures of the draft are dropped", dropped)
		}
		if err := w.try(func(ctx context.Context, tx *storage.Tx) error { return tx.RemoveDraft(ctx, w.karim.ID, d.ID) }); err != parvis.ErrNotFound {
			t.Errorf("removed by somebody else: %v", err)
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.RemoveDraft(ctx, w.jeanne.ID, d.ID) })
		if left := must[int](t)(w.n.CountDrafts(w.ctx, w.jeanne.ID)); left != 0 {
			t.Errorf("%d drafts are left", left)
		}
		if dropped := w.forget((*storage.Tx).ForgetPictures, after(60_000), after(50_000)); dropped != 2 {
			t.Errorf("%d pictures are dropped, want both", dropped)
		}
	})
}

func TestSoftware(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		for _, s := range []storage.Software{{Host: "lemmy.example", Name: "lemmy", AskedAt: after(1)}, {Host: "lemmy.example", Name: "piefed", AskedAt: after(2)}} {
			w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.SaveSoftware(ctx, s) })
		}
		got := must[map[string]storage.Software](t)(w.db.SoftwareOf(w.ctx, []string{"lemmy.example", "masto.example"}))
		if len(got) != 1 || got["lemmy.example"].Name != "piefed" || !got["lemmy.example"].AskedAt.Equal(after(2)) {
			t.Errorf("software: %+v", got)
		}
	})
}
