package app_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// quotes stores a note of another server's account that quotes a post.
func (w *town) quotes(by *parvis.Account, quoted *parvis.Post) *parvis.Post {
	w.t.Helper()
	p := parvistest.Post(w.node, by, &parvis.Note{}, "", w.now)
	p.QuoteURI = quoted.URI
	w.do(w.rows().InTx(w.ctx, func(ctx context.Context, t *storage.Tx) error { return t.AddPost(ctx, p, nil) }))
	return p
}

// quoted returns what the viewer is shown as quoted by a post.
func (w *town) quoted(v parvis.Viewer, quote *parvis.Post) *parvis.Post {
	w.t.Helper()
	p := must[*parvis.Post](w.t)(w.Post(w.ctx, w.node, v, quote.ID))
	w.do(w.FillQuotes(w.ctx, w.node, v, p))
	return p.Quoted
}

// TestQuotesAreShownAndTold: who is quoted is told once, whichever comes first: the
// consent, or the post. What is quoted is shown to whoever may see it, until its
// author takes the consent back.
func TestQuotesAreShownAndTold(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		drill, luis := w.publish(w.jeanne, offer()), w.stranger("luis", "masto.example")
		early := w.quotes(luis, drill)
		told := func() (posts []parvis.ID) {
			for _, n := range must[[]*parvis.Notification](t)(w.Notifications(w.ctx, w.node, w.jeanne, []parvis.NotificationType{parvis.NotifyQuote}, parvis.Page{})) {
				if n.From.ID != luis.ID {
					t.Errorf("told that %s quotes", n.From.URI)
				}
				posts = append(posts, n.PostID)
			}
			return posts
		}
		if got := w.quoted(parvis.Viewer{}, early); got != nil || len(told()) != 0 {
			t.Errorf("before the consent: shows %v, told %v", got, told())
		}
		for range 2 {
			w.do(w.ReceiveQuoteRequest(w.ctx, w.node, app.QuoteRequest{By: luis, Post: drill, Quote: early.URI, URI: luis.URI + "/q/1"}))
		}
		if got := told(); len(got) != 1 || got[0] != early.ID {
			t.Errorf("told of %v, want %v", got, early.ID)
		}

		later := "https://masto.example/users/luis/later"
		w.do(w.ReceiveQuoteRequest(w.ctx, w.node, app.QuoteRequest{By: luis, Post: drill, Quote: later, URI: luis.URI + "/q/2"}))
		if got := told(); len(got) != 1 {
			t.Errorf("told of a post that is unknown here: %v", got)
		}
		w.now = w.now.Add(time.Minute)
		second := w.quotes(luis, drill)
		w.do(w.ReceiveQuoteStamp(w.ctx, w.node, second, w.node.URL("/stamps/1")))
		if got := told(); len(got) != 2 || got[0] != second.ID {
			t.Errorf("told of %v, want %v first", got, second.ID)
		}

		w.now = w.now.Add(time.Minute)
		nested := w.quotes(luis, second)
		w.do(w.ReceiveQuoteStamp(w.ctx, w.node, nested, nested.URI+"#quote"))
		if got := w.quoted(w.karim, nested); got == nil || got.ID != second.ID || got.Quoted == nil || got.Quoted.ID != drill.ID {
			t.Errorf("within the quote: %v", got)
		}
		w.do(w.Block(w.ctx, w.node, w.karim, w.jeanne.ID()))
		if got := w.quoted(w.karim, early); got != nil {
			t.Error("who blocked its author is shown what is quoted")
		}

		all := must[[]parvis.Quotation](t)(w.Quotes(w.ctx, w.node, w.jeanne, drill))
		i := slices.IndexFunc(all, func(q parvis.Quotation) bool { return q.QuoteURI == early.URI })
		must[*parvis.Post](t)(w.RevokeQuote(w.ctx, w.node, w.jeanne, all[i].ID))
		if got := w.quoted(parvis.Viewer{}, early); got != nil {
			t.Error("what is quoted is shown after its author took the consent back")
		}
	})
}

// TestPrivateQuotesAreNotTold: who is quoted in a post that is not for them hears
// nothing of it.
func TestPrivateQuotesAreNotTold(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		drill, luis := w.publish(w.jeanne, offer()), w.stranger("luis", "masto.example")
		for _, audience := range []parvis.Audience{parvis.Followers, parvis.Named} {
			w.now = w.now.Add(time.Minute)
			quote := parvistest.Post(w.node, luis, &parvis.Note{}, "", w.now)
			quote.QuoteURI, quote.Audience = drill.URI, audience
			w.do(w.rows().InTx(w.ctx, func(ctx context.Context, t *storage.Tx) error { return t.AddPost(ctx, quote, nil) }))
			w.do(w.ReceiveQuoteStamp(w.ctx, w.node, quote, w.node.URL("/stamps/"+quote.ID.String())))
			if told := must[[]*parvis.Notification](t)(w.Notifications(w.ctx, w.node, w.jeanne, nil, parvis.Page{})); len(told) != 0 {
				t.Errorf("%s: Jeanne is shown %q", audience, told[0].Post.HTML)
			}
		}
	})
}

// TestQuotesOfWhatIsPrivateStayThere: a stamp shows nobody what they may not see.
func TestQuotesOfWhatIsPrivateStayThere(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		d := offer()
		d.Audience = parvis.OnNode
		drill, luis := w.publish(w.jeanne, d), w.stranger("luis", "masto.example")
		quote := w.quotes(luis, drill)
		w.do(w.ReceiveQuoteStamp(w.ctx, w.node, quote, w.node.URL("/stamps/1")))
		if got := w.quoted(parvis.Viewer{}, quote); got != nil {
			t.Error("a visitor is shown what is for residents")
		}
		if got := w.quoted(w.karim, quote); got == nil || got.ID != drill.ID {
			t.Errorf("a resident is shown %v", got)
		}
	})
}
