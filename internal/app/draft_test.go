package app_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// A note that names a feed is published as it is, shared by nobody, and kept as a
// draft that its author is asked to complete.
func TestNoteThatNamesAFeed(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.Words = func(language, key string, args ...any) string { return language + " " + key }
		photo := w.upload(w.jeanne, 9).ID
		for _, text := range []string{"@entraide Je prête ma perceuse", "Je prête ma perceuse @entraide@" + w.node.Host} {
			note, err := w.Publish(w.ctx, w.node, w.jeanne, app.Draft{Detail: &parvis.Note{}, Source: text, Audience: parvis.Everyone, Language: "fr",
				Media: []app.DraftMedia{{ID: photo, Description: "La perceuse"}}})
			if err != nil {
				t.Fatal(err)
			}
			feed, err := w.DB.Node(w.node.ID).Feed(w.ctx, parvis.KindOffer)
			if err != nil {
				t.Fatal(err)
			}
			if shared, err := w.EntriesBy(w.ctx, w.node, parvis.Viewer{}, feed, false, parvis.Page{}); err != nil || len(shared) != 0 {
				t.Errorf("the feed shares %v, %v", shared, err)
			}
			kept, err := w.Drafts(w.ctx, w.node, w.jeanne)
			if err != nil || len(kept) != 1 || kept[0].Source != "Je prête ma perceuse" || kept[0].PostID != note.ID || kept[0].Kind != parvis.KindOffer {
				t.Fatalf("drafts: %+v, %v", kept, err)
			}
			if theirs, err := w.Drafts(w.ctx, w.node, w.karim); err != nil || len(theirs) != 0 {
				t.Errorf("Karim's drafts: %v, %v", theirs, err)
			}
			if _, err := w.KeptDraft(w.ctx, w.node, w.karim, kept[0].ID); !errors.Is(err, parvis.ErrNotFound) {
				t.Errorf("Karim reads it: %v", err)
			}
			if err := w.Discard(w.ctx, w.node, w.karim, kept[0].ID); !errors.Is(err, parvis.ErrNotFound) {
				t.Errorf("Karim discards it: %v", err)
			}
			told, err := w.Notifications(w.ctx, w.node, w.jeanne, nil, parvis.Page{Limit: 1})
			if err != nil || len(told) != 1 || told[0].FromID != feed.ID || told[0].Post.Audience != parvis.Named || !strings.Contains(told[0].Post.HTML, "fr draft.letter") {
				t.Fatalf("told: %+v, %v", told, err)
			}
			if _, err := w.Post(w.ctx, w.node, w.karim, told[0].PostID); !errors.Is(err, parvis.ErrNotFound) {
				t.Errorf("Karim reads the letter: %v", err)
			}

			// The note may go; what was kept stays.
			if err := w.Delete(w.ctx, w.node, w.jeanne, note.ID); err != nil {
				t.Fatal(err)
			}
			draft, err := w.KeptDraft(w.ctx, w.node, w.jeanne, kept[0].ID)
			if err != nil || len(draft.Media) != 1 || draft.Media[0].Description != "La perceuse" {
				t.Fatalf("draft: %+v, %v", draft, err)
			}
			done := offer()
			done.Source, done.Completes, done.Media = draft.Source, draft.ID, []app.DraftMedia{{ID: draft.Media[0].ID}}
			published, err := w.Publish(w.ctx, w.node, w.jeanne, done)
			if err != nil || len(published.Media) != 1 {
				t.Fatalf("completed: %+v, %v", published, err)
			}
			if shared, err := w.EntriesBy(w.ctx, w.node, parvis.Viewer{}, feed, false, parvis.Page{}); err != nil || len(shared) != 1 || shared[0].Post.ID != published.ID {
				t.Errorf("the feed shares %v, %v", shared, err)
			}
			if left, err := w.Drafts(w.ctx, w.node, w.jeanne); err != nil || len(left) != 0 {
				t.Errorf("drafts left: %v, %v", left, err)
			}
			if err := w.Delete(w.ctx, w.node, w.jeanne, published.ID); err != nil {
				t.Fatal(err)
			}
			photo = w.upload(w.jeanne, 11).ID
		}
	})
}

// Answers ask for nothing, nor do offers; and an account keeps so many drafts only.
func TestNoDraft(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		named := offer()
		named.Source = "Pour @entraide"
		published, err := w.Publish(w.ctx, w.node, w.jeanne, named)
		if err != nil {
			t.Fatal(err)
		}
		note := app.Draft{Detail: &parvis.Note{}, Source: "Merci @entraide", Audience: parvis.Everyone, ReplyTo: published.ID}
		if _, err := w.Publish(w.ctx, w.node, w.jeanne, note); err != nil {
			t.Fatal(err)
		}
		if kept, err := w.Drafts(w.ctx, w.node, w.jeanne); err != nil || len(kept) != 0 {
			t.Errorf("drafts: %v, %v", kept, err)
		}
		note.ReplyTo = 0
		for range 52 {
			if _, err := w.Publish(w.ctx, w.node, w.jeanne, note); err != nil {
				t.Fatal(err)
			}
		}
		kept, err := w.Drafts(w.ctx, w.node, w.jeanne)
		if err != nil || len(kept) != 50 {
			t.Errorf("%d drafts, %v; want 50", len(kept), err)
		}
		if err := w.Discard(w.ctx, w.node, w.jeanne, kept[0].ID); err != nil {
			t.Error(err)
		}
		if _, err := w.Drafts(w.ctx, w.node, parvis.Viewer{}); !errors.Is(err, parvis.ErrSignIn) {
			t.Errorf("a visitor's drafts: %v", err)
		}
	})
}
