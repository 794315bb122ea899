package web_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// TestPartners: neighbours go by their names, and their offers stand in the same list.
func TestPartners(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.visitor(t).get(t, "/").saysNot("Les communes voisines")
	node := &parvis.Account{Username: "atelier.example", Domain: "atelier.example", Type: parvis.Application, Name: "L’Atelier",
		URI: "https://atelier.example/actor", URL: "https://atelier.example/", CreatedAt: now}
	samir := &parvis.Account{Username: "samir", Domain: "atelier.example", Type: parvis.Person, Name: "Samir",
		URI: "https://atelier.example/@samir", URL: "https://atelier.example/@samir", CreatedAt: now}
	ladder := &parvis.Post{ID: parvis.NewID(now), URI: "https://atelier.example/p/1", URL: "https://atelier.example/p/1", Title: "Escabeau à prêter",
		Audience: parvis.Everyone, State: parvis.Open, Detail: &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.SortObject}, PublishedAt: now,
		Place: &parvis.Place{Name: "Vanves", Lat: 48.8215, Lon: 2.2900, HasPoint: true}}
	err := m.app.DB.Node(m.node.ID).InTx(context.Background(), func(ctx context.Context, tx *storage.Tx) error {
		for _, acc := range []*parvis.Account{node, samir} {
			if err := tx.AddAccount(ctx, acc); err != nil {
				return err
			}
		}
		ladder.AuthorID, ladder.Author, ladder.Thread = samir.ID, samir, ladder.ID
		if err := tx.AddPost(ctx, ladder, nil); err != nil {
			return err
		}
		return tx.SavePartner(ctx, &parvis.Partner{Host: "atelier.example", AccountID: node.ID, Ours: true, Theirs: true, CreatedAt: now})
	})
	if err != nil {
		t.Fatal(err)
	}
	home := m.visitor(t).get(t, "/").says("Les communes voisines", "Escabeau à prêter", "Samir depuis L’Atelier", "Vanves · à 900 m")
	if got := home.link("L’Atelier"); got != node.URL {
		t.Errorf("the neighbour's name leads to %q", got)
	}
	m.visitor(t).get(t, "/entraide?ou=elsewhere").says("Escabeau à prêter")
	m.visitor(t).get(t, "/entraide?ou=here").saysNot("Escabeau à prêter")
	page := m.visitor(t).get(t, ladder.Path()).want(http.StatusOK).heading("Escabeau à prêter")
	if got := page.link("Voir l’original"); got != ladder.URL {
		t.Errorf("the original is said to be at %q", got)
	}
}
