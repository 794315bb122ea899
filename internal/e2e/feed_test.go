package e2e_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/mattn/go-mastodon"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// isAsked lets Luis write to the feed. He is no partner's resident, so the team reads
// it first; his server is no part of the story.
func (o *others) isAsked(t *testing.T) {
	k, waiting := o.karim, o.malakoff.url("/equipe/demandes")
	k.open(t, waiting, http.StatusOK)
	k.reads(t, "Karim", "Aucune demande n’attend.")
	k.check(t, "submissions, none")
	o.submitted(t, "<p>Bonjour ! Je passe à Malakoff samedi avec une remorque vide : qui a un meuble à emporter ?</p>",
		"<p>Montres de luxe à moitié prix : https://montres.example/promotions/automne/toutes-les-marques</p>")
	k.open(t, o.malakoff.url("/"), http.StatusOK)
	k.check(t, "door, submissions wait")
	k.press(t, "2 messages d’ailleurs attendent", http.StatusOK)
	k.reads(t, "Karim", "Demandes", "qui a un meuble à emporter ?", "depuis "+farHost)
	k.check(t, "submissions")
	k.press(t, "Ne pas relayer", http.StatusOK) // the newest is the first
	k.reads(t, "Karim", "Écarté par Karim", "qui a un meuble à emporter ?")
	k.press(t, "Relayer", http.StatusOK)
	k.reads(t, "Karim", "C’est relayé.", "Relayé par Karim", "Aucune demande n’attend.")
	k.check(t, "submissions decided")
	k.open(t, o.malakoff.url("/@entraide"), http.StatusOK)
	k.check(t, "feed")
}

// submitted stores notes of Luis's that wait for the team, the last one newest.
func (o *others) submitted(t *testing.T, texts ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	db, err := storage.Open(ctx, o.database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	n, err := db.NodeByHost(ctx, o.malakoff.host)
	if err != nil {
		t.Fatal(err)
	}
	rows, now := db.Node(n.ID), time.Now()
	err = rows.InTx(ctx, func(ctx context.Context, tx *storage.Tx) error {
		luis, err := tx.AccountByURI(ctx, parvistest.Stranger("luis", farHost).URI)
		if err != nil {
			return err
		}
		feed, err := tx.Feed(ctx, parvis.KindOffer)
		if err != nil {
			return err
		}
		for i, html := range texts {
			p := parvistest.Post(n, luis, &parvis.Note{}, "", now.Add(time.Duration(i)*time.Second))
			p.HTML, p.Mentions = html, []parvis.Mention{{AccountID: feed.ID, Acct: feed.Acct(), URI: feed.URI}}
			if err := tx.AddPost(ctx, p, nil); err != nil {
				return err
			}
			if err := tx.AddSubmission(ctx, &parvis.Submission{PostID: p.ID, FeedID: feed.ID, Domain: farHost, State: parvis.SubmissionWaiting, CreatedAt: now}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// completes makes an offer of a note that an app sent to the feed.
func (o *others) completes(t *testing.T) {
	k, drafts := o.karim, o.malakoff.url("/moi/brouillons")
	k.open(t, drafts, http.StatusOK)
	k.reads(t, "Brouillons", "Aucun brouillon n’attend.")
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	for _, text := range []string{"@entraide Je prête ma scie sauteuse, le soir après 18 h.\n\nÀ venir chercher près du marché.", "Je cherche une échelle @entraide"} {
		if _, err := o.malakoff.app(t, "karim").PostStatus(ctx, &mastodon.Toot{Status: text, Language: "fr"}); err != nil {
			t.Fatal(err)
		}
	}
	k.open(t, drafts, http.StatusOK)
	k.reads(t, "Brouillons", "Je prête ma scie sauteuse", "Je cherche une échelle")
	k.check(t, "drafts")
	k.press(t, "Jeter", http.StatusOK) // the newest is the first
	k.reads(t, "Brouillons", "Le brouillon est jeté.", "Je prête ma scie sauteuse")
	k.press(t, "Compléter", http.StatusOK)
	k.check(t, "draft, what it is")
}
