package mastodon_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// TestQuote: a post that quotes says how that stands and, once its author agreed,
// what it quotes; that one is told so.
func TestQuote(t *testing.T) {
	w := sqliteTown(t)
	jeanne, lea := w.as(t, "jeanne"), w.as(t, "lea")
	type status struct {
		ID, URI  string
		Approval struct {
			Automatic, Manual []string
			CurrentUser       string `json:"current_user"`
		} `json:"quote_approval"`
		Quote *struct {
			State  string
			Quoted *struct {
				ID    string
				Quote *struct {
					State  string
					Quoted *string `json:"quoted_status_id"`
				}
			} `json:"quoted_status"`
		}
	}
	said := must[status](t, jeanne.post("/api/v1/statuses", url.Values{"status": {"Le marché est ouvert."}}))
	if a := said.Approval; said.Quote != nil || len(a.Automatic) != 1 || a.Automatic[0] != "public" || a.Manual == nil || a.CurrentUser != "denied" {
		t.Errorf("quote %v, approval %+v", said.Quote, a)
	}

	ctx, rows := context.Background(), w.DB.Node(w.node.ID)
	luis := parvistest.Stranger("luisa", "masto.example")
	if err := rows.InTx(ctx, func(ctx context.Context, tx *storage.Tx) error { return tx.AddAccount(ctx, luis) }); err != nil {
		t.Fatal(err)
	}
	quotes := func(uri string, at time.Time) *parvis.Post {
		p := parvistest.Post(w.node, luis, &parvis.Note{}, "", at)
		p.QuoteURI = uri
		if err := rows.InTx(ctx, func(ctx context.Context, tx *storage.Tx) error { return tx.AddPost(ctx, p, nil) }); err != nil {
			t.Fatal(err)
		}
		return p
	}
	shown := func(p *parvis.Post) status { return must[status](t, lea.get("/api/v1/statuses/"+p.ID.Decimal())) }
	quote := quotes(said.URI, parvistest.Noon)
	if got := shown(quote).Quote; got == nil || got.State != "pending" || got.Quoted != nil {
		t.Errorf("before the consent: %+v", got)
	}
	post, err := rows.PostByURI(ctx, said.URI)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.ReceiveQuoteRequest(ctx, w.node, app.QuoteRequest{By: luis, Post: post, Quote: quote.URI, URI: luis.URI + "/q/1"}); err != nil {
		t.Fatal(err)
	}
	if got := shown(quote); got.Quote == nil || got.Quote.State != "accepted" || got.Quote.Quoted == nil || got.Quote.Quoted.ID != said.ID || len(got.Approval.Automatic) != 0 {
		t.Errorf("after the consent: %+v", got)
	}
	again := quotes(quote.URI, parvistest.Noon.Add(time.Minute))
	if err := w.ReceiveQuoteStamp(ctx, w.node, again, again.URI+"#quote"); err != nil {
		t.Fatal(err)
	}
	if got := shown(again).Quote; got == nil || got.Quoted == nil || got.Quoted.Quote == nil || got.Quoted.Quote.State != "accepted" ||
		got.Quoted.Quote.Quoted == nil || *got.Quoted.Quote.Quoted != said.ID {
		t.Errorf("a quote within a quote: %+v", got)
	}
	news := must[[]struct {
		Type   string
		Status struct{ ID string }
	}](t, jeanne.get("/api/v1/notifications?types[]=quote"))
	if len(news) != 1 || news[0].Type != "quote" || news[0].Status.ID != quote.ID.Decimal() {
		t.Errorf("told %+v", news)
	}
	if err := w.Delete(ctx, w.node, parvis.Viewer{Account: post.Author, Role: parvis.RoleResident}, post.ID); err != nil {
		t.Fatal(err)
	}
	if got := shown(quote).Quote; got == nil || got.State != "unauthorized" || got.Quoted != nil {
		t.Errorf("after its deletion: %+v", got)
	}
}
