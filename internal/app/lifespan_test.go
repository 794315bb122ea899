package app_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// wait lets days pass, day by day, with what is to be done on each about what is offered.
func (w *town) wait(days int) {
	w.t.Helper()
	for range days {
		w.now = w.now.Add(day)
		for kind, run := range map[parvis.JobKind]func(*parvis.Job) error{
			parvis.JobLast:   func(j *parvis.Job) error { return w.AskLast(w.ctx, j) },
			parvis.JobSettle: func(j *parvis.Job) error { return w.AskSettled(w.ctx, j) },
			parvis.JobHold:   func(j *parvis.Job) error { return w.HoldOffers(w.ctx, j) },
		} {
			for _, j := range w.take(kind) {
				w.do(run(j))
			}
		}
	}
}

// ladder publishes an offer of Jeanne's: a ladder to lend.
func (w *town) ladder() *parvis.Post {
	w.t.Helper()
	return must[*parvis.Post](w.t)(w.Publish(w.ctx, w.node, w.jeanne, app.Draft{Title: "Échelle de trois mètres", Source: "À emprunter au 12.",
		Detail: &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.SortObject}, Audience: parvis.Everyone}))
}

// open counts the offers that a resident finds.
func (w *town) open() int {
	w.t.Helper()
	return len(must[[]*parvis.Post](w.t)(w.List(w.ctx, w.node, w.karim, storage.PostFilter{Kind: parvis.KindOffer, OpenAt: w.now}, parvis.Page{})))
}

// post returns a post as it is now.
func (w *town) post(id parvis.ID) *parvis.Post {
	w.t.Helper()
	return must[*parvis.Post](w.t)(w.rows().Post(w.ctx, id))
}

// TestOffersEndUnlessTheyAreRenewed: the author is asked a week before, once, and what
// they answer is done.
func TestOffersEndUnlessTheyAreRenewed(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := w.ladder()
		if got := p.EndsAt.Sub(w.now); got != 180*day {
			t.Fatalf("a ladder is offered for %v", got)
		}
		w.wait(172)
		if got := w.heard(w.jeanne); len(got) != 0 {
			t.Errorf("eight days before, Jeanne was told %v", got)
		}
		w.wait(3)
		if got := w.heard(w.jeanne); !slices.Equal(got, []parvis.NotificationType{parvis.NotifyEnding}) {
			t.Fatalf("five days before, Jeanne was told %v", got)
		}
		renewed := must[*parvis.Post](t)(w.Renew(w.ctx, w.node, w.jeanne, p.ID))
		if got := w.post(p.ID); got.EndsAt.Sub(w.now) != 180*day || !got.EndsAt.Equal(renewed.EndsAt) || !got.EditedAt.After(p.PublishedAt) {
			t.Errorf("it ends at %v, edited at %v", got.EndsAt, got.EditedAt)
		}
		if got := w.heard(w.jeanne); len(got) != 0 {
			t.Errorf("Jeanne answered, and is still asked: %v", got)
		}
		w.wait(174)
		if got := w.heard(w.jeanne); len(got) != 1 {
			t.Errorf("half a year later Jeanne was told %v", got)
		}
		if got := w.open(); got != 1 {
			t.Errorf("%d offers before the end", got)
		}
		w.wait(7)
		if got := w.open(); got != 0 {
			t.Errorf("%d offers after the end", got)
		}
		must[*parvis.Post](t)(w.Renew(w.ctx, w.node, w.jeanne, p.ID))
		if got := w.open(); got != 1 {
			t.Errorf("%d offers when it is renewed after its end", got)
		}
		for who, v := range map[string]parvis.Viewer{"another": w.karim, "the admin": w.odile, "one of Vanves": w.paul} {
			if _, err := w.Renew(w.ctx, w.node, v, p.ID); err == nil {
				t.Errorf("%s renewed it", who)
			}
		}
		_, err := w.Renew(w.ctx, w.node, parvis.Viewer{}, p.ID)
		w.fails("a visitor", err, parvis.ErrSignIn)
		must[*parvis.Post](t)(w.SetState(w.ctx, w.node, w.jeanne, p.ID, parvis.Done))
		if _, err := w.Renew(w.ctx, w.node, w.jeanne, p.ID); problem(err) != "post.renew" {
			t.Errorf("what is done was renewed: %v", err)
		}
		w.wait(200)
		if got := w.heard(w.jeanne); len(got) != 0 {
			t.Errorf("of what is done Jeanne was told %v", got)
		}
		if p = must[*parvis.Post](t)(w.SetState(w.ctx, w.node, w.jeanne, p.ID, parvis.Open)); p.EndsAt.Sub(w.now) != 180*day {
			t.Errorf("what is offered again ends at %v", p.EndsAt)
		}
	})
}

// TestShortOffersJustEnd: who chose a day soon knows it, and an edit does not ask either.
func TestShortOffersJustEnd(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		d := offer()
		d.EndsAt = w.now.Add(10 * day)
		p := must[*parvis.Post](t)(w.Publish(w.ctx, w.node, w.jeanne, d))
		w.wait(20)
		if got := w.heard(w.jeanne); len(got) != 0 {
			t.Errorf("Jeanne was told %v", got)
		}
		d.EndsAt = w.now.Add(5 * day)
		must[*parvis.Post](t)(w.Edit(w.ctx, w.node, w.jeanne, p.ID, d))
		w.wait(3)
		if got := w.heard(w.jeanne); len(got) != 0 {
			t.Errorf("of an end that she just chose Jeanne was told %v", got)
		}
	})
}

// TestAPauseHoldsTheEnd: who is away is not asked, and finds what they offer when they are back.
func TestAPauseHoldsTheEnd(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := w.ladder()
		w.wait(165)
		back := w.now.Add(30 * day)
		w.do(w.Pause(w.ctx, w.node, w.jeanne, back))
		if got := w.viewer(w.node, "jeanne").Account; !got.Paused(w.now) || got.Paused(back) {
			t.Errorf("paused until %v", got.PausedUntil)
		}
		w.wait(25)
		if got := w.heard(w.jeanne); len(got) != 0 {
			t.Errorf("in her pause Jeanne was told %v", got)
		}
		if got := w.post(p.ID).EndsAt.Sub(back); got != parvis.AfterPause {
			t.Errorf("it ends %v after the pause", got)
		}
		w.wait(14)
		if got := w.heard(w.jeanne); !slices.Equal(got, []parvis.NotificationType{parvis.NotifyEnding}) {
			t.Errorf("after her pause Jeanne was told %v", got)
		}
		w.do(w.Pause(w.ctx, w.node, w.jeanne, w.now.Add(day)))
		w.do(w.Pause(w.ctx, w.node, w.jeanne, time.Time{}))
		if w.viewer(w.node, "jeanne").Account.Paused(w.now) {
			t.Error("the pause that she ended goes on")
		}
		for until, want := range map[time.Time]string{w.now.Add(-day): "pause.past", w.now.Add(500 * day): "pause.far"} {
			if err := w.Pause(w.ctx, w.node, w.jeanne, until); problem(err) != want {
				t.Errorf("a pause until %v: %v", until, err)
			}
		}
		w.fails("a visitor", w.Pause(w.ctx, w.node, parvis.Viewer{}, back), parvis.ErrSignIn)
	})
}

// TestWhatSeemsDoneIsAskedAbout: what was promised long ago, and what was talked about and
// nobody speaks of any more; once, unless something happens again.
func TestWhatSeemsDoneIsAskedAbout(t *testing.T) {
	settled := []parvis.NotificationType{parvis.NotifySettled}
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := w.ladder()
		must[*parvis.Post](t)(w.SetState(w.ctx, w.node, w.jeanne, p.ID, parvis.Reserved))
		w.wait(20)
		if got := w.heard(w.jeanne); len(got) != 0 {
			t.Errorf("after 20 days Jeanne was told %v", got)
		}
		w.wait(20)
		if got := w.heard(w.jeanne); !slices.Equal(got, settled) {
			t.Errorf("after 40 days Jeanne was told %v", got)
		}
		must[*parvis.Post](t)(w.SetState(w.ctx, w.node, w.jeanne, p.ID, parvis.Open))
		if got := w.heard(w.jeanne); len(got) != 0 {
			t.Errorf("Jeanne answered, and is still asked: %v", got)
		}
		w.wait(30)

		say := func(v parvis.Viewer, to *parvis.Account) {
			t.Helper()
			w.now = w.now.Add(time.Minute)
			must[*parvis.Post](t)(w.Write(w.ctx, w.node, v, []*parvis.Account{to}, p.ID, app.Draft{Detail: &parvis.Note{}, Source: "Samedi à dix heures ?"}))
		}
		mine := func() []parvis.NotificationType {
			t.Helper()
			return slices.DeleteFunc(w.heard(w.jeanne), func(n parvis.NotificationType) bool { return n == parvis.NotifyMention })
		}
		say(w.karim, w.jeanne.Account)
		w.wait(20)
		if got := mine(); len(got) != 0 {
			t.Errorf("of a message that she did not answer Jeanne was told %v", got)
		}
		say(w.jeanne, w.karim.Account)
		w.wait(10)
		say(w.karim, w.jeanne.Account)
		w.wait(13)
		if got := mine(); len(got) != 0 {
			t.Errorf("thirteen days after the last message Jeanne was told %v", got)
		}
		w.wait(4)
		if got := mine(); !slices.Equal(got, settled) {
			t.Errorf("after the talk Jeanne was told %v", got)
		}
		must[*parvis.Post](t)(w.Renew(w.ctx, w.node, w.jeanne, p.ID))
		w.wait(60)
		if got := mine(); len(got) != 0 {
			t.Errorf("Jeanne said that it goes on, and was told %v", got)
		}
	})
}

// TestOldOffersAreGivenAnEnd: those of residents that go on; their authors are asked first.
func TestOldOffersAreGivenAnEnd(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		var old []*parvis.Post
		for _, age := range []time.Duration{time.Hour, 400 * day} {
			old = append(old, w.old(w.jeanne, age))
		}
		lent := w.ladder()
		note := must[*parvis.Post](t)(w.Publish(w.ctx, w.node, w.jeanne, app.Draft{Detail: &parvis.Note{}, Source: "Bonjour !", Audience: parvis.Everyone}))
		began := w.now
		gone := w.old(w.karim, 400*day)
		w.do(w.Suspend(w.ctx, w.node, "karim", false))
		chosen := w.old(w.jeanne, 3*day)
		w.do(w.rows().InTx(w.ctx, func(ctx context.Context, tx *storage.Tx) error {
			return tx.SetEnd(ctx, chosen.ID, w.now.Add(15*day), w.now)
		}))
		next := []*parvis.Job{{NodeID: w.node.ID, Args: []byte("{}")}}
		for len(next) > 0 {
			w.do(w.EndOffers(w.ctx, next[0]))
			if got := w.take(parvis.JobEndless); len(got) != 0 {
				t.Errorf("%d batches follow at once", len(got))
			}
			w.now = w.now.Add(time.Minute)
			next = w.take(parvis.JobEndless)
		}
		if got := w.post(gone.ID); !got.EndsAt.IsZero() {
			t.Error("what a suspended resident offers was changed")
		}
		for i, want := range []time.Duration{180*day - time.Hour, 14 * day} {
			if got := w.post(old[i].ID).EndsAt.Sub(began); got != want {
				t.Errorf("the offer of %v ends in %v, want %v", old[i].PublishedAt, got, want)
			}
		}
		if got := w.post(lent.ID); !got.EditedAt.IsZero() {
			t.Error("what had an end was changed")
		}
		if got := w.post(note.ID); !got.EndsAt.IsZero() {
			t.Error("a note ends")
		}
		w.wait(9)
		if got := w.heard(w.jeanne); !slices.Equal(got, []parvis.NotificationType{parvis.NotifyEnding, parvis.NotifyEnding}) {
			t.Errorf("of her old offers Jeanne was told %v", got)
		}
		w.do(w.Suspend(w.ctx, w.node, "karim", true))
		w.wait(1)
		if got := w.post(gone.ID).EndsAt.Sub(w.now); got != 14*day {
			t.Errorf("what Karim offers ends %v after he is back", got)
		}
	})
}

// old adds what somebody offered when nothing ended by itself.
func (w *town) old(v parvis.Viewer, age time.Duration) *parvis.Post {
	w.t.Helper()
	p := *w.ladder()
	p.URI, p.AuthorID, p.Author = w.node.URL("/p/ancienne-"+v.Account.Username+age.String()), v.ID(), v.Account
	p.PublishedAt, p.EndsAt = w.now.Add(-age), time.Time{}
	p.ID = parvis.NewID(p.PublishedAt)
	w.do(w.rows().InTx(w.ctx, func(ctx context.Context, tx *storage.Tx) error { return tx.AddPost(ctx, &p, nil) }))
	return &p
}

// TestWhatNeverEndedEndsWhenReopened: what was done before offers ended by themselves.
func TestWhatNeverEndedEndsWhenReopened(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := w.old(w.jeanne, 400*day)
		must[*parvis.Post](t)(w.SetState(w.ctx, w.node, w.jeanne, p.ID, parvis.Done))
		if p = must[*parvis.Post](t)(w.SetState(w.ctx, w.node, w.jeanne, p.ID, parvis.Open)); p.EndsAt.Sub(w.now) != 180*day {
			t.Errorf("it ends at %v", p.EndsAt)
		}
	})
}

// TestTheQuestionIsAskedOnce: a job that runs again, or late, asks nothing anew.
func TestTheQuestionIsAskedOnce(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := w.ladder()
		stale := w.lastJob(p)
		w.wait(174)
		first := must[[]*parvis.Notification](t)(w.Notifications(w.ctx, w.node, w.jeanne, nil, parvis.Page{}))
		w.do(w.AskLast(w.ctx, stale))
		again := must[[]*parvis.Notification](t)(w.Notifications(w.ctx, w.node, w.jeanne, nil, parvis.Page{}))
		if len(first) != 1 || len(again) != 1 || first[0].ID != again[0].ID {
			t.Errorf("Jeanne was told %v, and then %v", first, again)
		}
		must[*parvis.Post](t)(w.Renew(w.ctx, w.node, w.jeanne, p.ID))
		w.wait(175)
		must[*parvis.Post](t)(w.SetState(w.ctx, w.node, w.jeanne, p.ID, parvis.Reserved)) // she answers
		w.do(w.AskLast(w.ctx, stale))
		if got := w.heard(w.jeanne); len(got) != 0 {
			t.Errorf("by the job of another end Jeanne was asked %v", got)
		}
		ended := w.lastJob(w.post(p.ID))
		w.now = w.now.Add(10 * day)
		w.do(w.AskLast(w.ctx, ended))
		if got := w.heard(w.jeanne); len(got) != 0 {
			t.Errorf("after the end Jeanne was asked %v", got)
		}
	})
}

// lastJob is the job that asks the author of a post before it ends.
func (w *town) lastJob(p *parvis.Post) *parvis.Job {
	w.t.Helper()
	args, err := json.Marshal(parvis.LastArgs{Post: p.ID, End: p.EndsAt})
	w.do(err)
	return &parvis.Job{NodeID: w.node.ID, Args: args}
}

// TestAPauseHoldsWhatWasAskedAbout: and what was not to be asked about, since it is short.
func TestAPauseHoldsWhatWasAskedAbout(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		asked := w.ladder()
		w.wait(174)
		d := offer()
		d.EndsAt = w.now.Add(10 * day)
		short := must[*parvis.Post](t)(w.Publish(w.ctx, w.node, w.jeanne, d))
		d.EndsAt = w.now.Add(300 * day)
		long := must[*parvis.Post](t)(w.Publish(w.ctx, w.node, w.jeanne, d))
		over := must[*parvis.Post](t)(w.Publish(w.ctx, w.node, w.jeanne, d))
		must[*parvis.Post](t)(w.SetState(w.ctx, w.node, w.jeanne, over.ID, parvis.Done))
		if got := w.heard(w.jeanne); len(got) != 1 {
			t.Fatalf("Jeanne was told %v", got)
		}
		back := w.now.Add(30 * day)
		w.do(w.Pause(w.ctx, w.node, w.jeanne, back))
		w.wait(20)
		for name, p := range map[string]*parvis.Post{"asked about": asked, "short": short} {
			if got := w.post(p.ID).EndsAt.Sub(back); got != parvis.AfterPause {
				t.Errorf("%s: it ends %v after the pause", name, got)
			}
		}
		for name, p := range map[string]*parvis.Post{"long": long, "done": over} {
			if got := w.post(p.ID); !got.EndsAt.Equal(p.EndsAt) {
				t.Errorf("%s: it ends at %v", name, got.EndsAt)
			}
		}
		if got := w.heard(w.jeanne); len(got) != 0 {
			t.Errorf("in her pause Jeanne is asked %v", got)
		}
	})
}

// TestWhoIsBackIsAsked: what falls due while an account is suspended is asked when it is not
// any more; of somebody who moved away nothing is.
func TestWhoIsBackIsAsked(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.ladder()
		w.wait(172)
		w.do(w.Suspend(w.ctx, w.node, "jeanne", false))
		w.wait(3)
		if got := w.heard(w.jeanne); len(got) != 0 {
			t.Errorf("suspended, Jeanne was asked %v", got)
		}
		w.do(w.Suspend(w.ctx, w.node, "jeanne", true))
		w.wait(2)
		if got := w.heard(w.jeanne); !slices.Equal(got, []parvis.NotificationType{parvis.NotifyEnding}) {
			t.Errorf("back, Jeanne was asked %v", got)
		}
	})
}

// TestAProfileKeepsThePause: who changes a page that was read before does not end it.
func TestAProfileKeepsThePause(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		before := w.viewer(w.node, "jeanne").Account
		w.do(w.Pause(w.ctx, w.node, w.jeanne, w.now.Add(9*day)))
		w.do(w.rows().InTx(w.ctx, func(ctx context.Context, tx *storage.Tx) error { return tx.UpdateAccount(ctx, before) }))
		if !w.viewer(w.node, "jeanne").Account.Paused(w.now) {
			t.Error("the pause is over")
		}
	})
}
