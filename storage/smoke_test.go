package storage_test

import (
	"context"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

func TestSmoke(t *testing.T) {
	for _, e := range parvistest.Engines(t) {
		t.Run(e.Name, func(t *testing.T) {
			ctx := context.Background()
			db, err := storage.Open(ctx, e.URL(t))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			now := time.Now()
			nd := &parvis.Node{Host: "malakoff.example", Scheme: "https", Name: "Malakoff", Language: "fr", CreatedAt: now}
			if err := db.InTx(ctx, func(ctx context.Context, t *storage.DBTx) error { return t.AddNode(ctx, nd) }); err != nil {
				t.Fatal(err)
			}
			n := db.Node(nd.ID)
			a := &parvis.Account{Username: "lea", Type: parvis.Person, URI: "https://malakoff.example/@lea", CreatedAt: now}
			p := &parvis.Post{ID: parvis.NewID(now), URI: "https://malakoff.example/p/1", Title: "Perceuse", Audience: parvis.Everyone, State: parvis.Open,
				Detail: &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.SortObject}, PublishedAt: now, Tags: []string{"Outils"},
				Place: &parvis.Place{Name: "Centre", Lat: 48.8, Lon: 2.3, HasPoint: true}, Media: []parvis.Media{{RemoteURL: "https://x.example/a.jpg"}}}
			err = n.InTx(ctx, func(ctx context.Context, t *storage.Tx) error {
				if err := t.AddAccount(ctx, a); err != nil {
					return err
				}
				if err := t.AddAccount(ctx, &parvis.Account{Username: "lea", URI: "x", CreatedAt: now}); err != parvis.ErrConflict {
					return err
				}
				p.AuthorID, p.Author = a.ID, a
				p.Mentions = []parvis.Mention{{AccountID: a.ID}}
				if err := t.AddPost(ctx, p, []string{"outils"}); err != nil {
					return err
				}
				return t.AddJob(ctx, &parvis.Job{Kind: parvis.JobHome, Key: "x", Lane: "l", Args: []byte("{}"), RunAt: now, CreatedAt: now})
			})
			if err != nil {
				t.Fatal(err)
			}
			list, err := n.Posts(ctx, storage.PostFilter{Kind: parvis.KindOffer, Audiences: []parvis.Audience{parvis.Everyone}, Viewer: a.ID, Where: storage.Here, OpenAt: now, Tag: "outils", States: []parvis.State{parvis.Open},
				Offer: &storage.OfferFilter{Purpose: "offer", Sorts: parvis.Sorts}}, parvis.Page{})
			if err != nil || len(list) != 1 || len(list[0].Media) != 1 || list[0].Author == nil || list[0].Detail == nil || len(list[0].Mentions) != 1 {
				t.Fatalf("%v %+v", err, list)
			}
			if err := n.Mark(ctx, a.ID, list); err != nil {
				t.Fatal(err)
			}
			jobs, err := db.ClaimJobs(ctx, []parvis.JobKind{parvis.JobHome}, now, now.Add(time.Minute), 10)
			if err != nil || len(jobs) != 1 {
				t.Fatal(err, jobs)
			}
			if err := db.Sweep(ctx, now, time.Hour); err != nil {
				t.Fatal(err)
			}
			if _, err := n.Home(ctx, a.ID, parvis.Page{}); err != nil {
				t.Fatal(err)
			}
			if _, err := n.Notifications(ctx, a.ID, nil, parvis.Page{}); err != nil {
				t.Fatal(err)
			}
			if _, err := n.Relationships(ctx, a.ID, []parvis.ID{a.ID}); err != nil {
				t.Fatal(err)
			}
			if _, err := n.WitnessInboxes(ctx, p.ID); err != nil {
				t.Fatal(err)
			}
			if _, err := n.Followers(ctx, a.ID, true, parvis.Page{From: 3}); err != nil {
				t.Fatal(err)
			}
			if err := n.InTx(ctx, func(ctx context.Context, t *storage.Tx) error {
				if err := t.DeletePost(ctx, p, now); err != nil {
					return err
				}
				return t.EraseAccount(ctx, a, now)
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}
