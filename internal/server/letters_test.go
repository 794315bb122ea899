package server

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// TestLetters: every letter has words in every language, and carries a ticket if it
// says so.
func TestLetters(t *testing.T) {
	t.Parallel()
	words, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	words.OnMissing = func(lang, key string) { t.Errorf("%s: no message %q", lang, key) }
	db, err := storage.Open(t.Context(), parvistest.Engines(t)[0].URL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	m := &mailer{app: &app.App{DB: db, Now: func() time.Time { return parvistest.Noon }}, words: words}
	n := parvistest.Malakoff()
	if err := m.app.AddNode(context.Background(), n); err != nil {
		t.Fatal(err)
	}
	for about, kind := range letters {
		for _, lang := range i18n.Languages {
			args := parvis.MailArgs{About: about, Address: "jeanne@malakoff.example", Language: lang, Words: "Trop loin."}
			said := []string{args.Words}
			if about == parvis.MailChanged {
				said = nil
				for _, change := range parvis.Changes {
					said = append(said, string(change))
				}
			}
			for _, args.Words = range said {
				message, err := m.compose(t.Context(), n, kind, args)
				if err != nil || message.Subject == "" || message.Text == "" || !strings.Contains(message.HTML, `<html lang="`+lang+`">`) {
					t.Errorf("%s in %s: %+v, %v", about, lang, message, err)
				}
			}
		}
	}
}
