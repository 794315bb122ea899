package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

func TestPublishCausesExactlyItsJobs(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		for _, test := range []struct {
			audience parvis.Audience
			want     []string
		}{
			{parvis.Everyone, []string{"home", "publish create", "home shared by entraide", "say share by entraide"}},
			{parvis.Unlisted, []string{"home", "publish create"}},
			{parvis.Followers, []string{"home", "publish create"}},
			{parvis.Partners, []string{"home", "publish create"}},
			{parvis.OnNode, []string{"home"}},
			{parvis.Named, []string{"publish create"}},
		} {
			d := offer()
			d.Audience = test.audience
			p := must[*parvis.Post](t)(w.Publish(w.ctx, w.node, w.jeanne, d))
			w.wantJobs("publish for "+string(test.audience), test.want...)
			d.Title = "Perceuse sans fil"
			must[*parvis.Post](t)(w.Edit(w.ctx, w.node, w.jeanne, p.ID, d))
			var changed, deleted []string
			if test.audience != parvis.OnNode {
				changed, deleted = []string{"publish update"}, []string{"publish delete"}
			}
			w.wantJobs("edit for "+string(test.audience), changed...)
			must[*parvis.Post](t)(w.SetState(w.ctx, w.node, w.jeanne, p.ID, parvis.Reserved))
			w.wantJobs("reserve for "+string(test.audience), changed...)
			must[*parvis.Post](t)(w.SetState(w.ctx, w.node, w.jeanne, p.ID, parvis.Reserved))
			w.wantJobs("reserve twice for " + string(test.audience))
			if test.audience == parvis.Everyone {
				deleted = append(deleted, "say undo share by entraide")
			}
			w.do(w.Delete(w.ctx, w.node, w.jeanne, p.ID))
			w.wantJobs("delete for "+string(test.audience), deleted...)
		}
		must[*parvis.Post](t)(w.Publish(w.ctx, w.node, w.jeanne, note("Bonjour à tous", nil)))
		w.wantJobs("a note has no feed", "home", "publish create")
	})
}

// The announcement of a post must not arrive before the post itself.
func TestTheFeedAnnouncesAfterThePost(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		for range 8 { // ids of one millisecond differ by chance
			must[*parvis.Post](t)(w.Publish(w.ctx, w.node, w.jeanne, offer()))
			first := must[[]*parvis.Job](t)(w.DB.TurnJobs(w.ctx, nil, storage.Claim{Kinds: []parvis.JobKind{parvis.JobPublish, parvis.JobSay}, Now: w.now, Until: w.now.Add(time.Minute), Limit: 10}))
			if len(first) != 1 || first[0].Kind != parvis.JobPublish {
				t.Fatalf("%d jobs are due, the first is %s", len(first), first[0].Kind)
			}
			w.do(w.DB.SettleJobs(w.ctx, storage.Ended{Job: first[0]}))
			w.jobs()
		}
	})
}

func TestPublishedPostIsWhole(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		d := offer()
		d.Source = "Chez @karim, #Été. <b>Gratuit</b>"
		d.Place = &parvis.Place{Name: "Barbusse", Lat: 48.81513, Lon: 2.30124, HasPoint: true}
		d.EndsAt = w.now.AddDate(0, 1, 0)
		p := w.publish(w.jeanne, d)
		got := must[*parvis.Post](t)(w.Post(w.ctx, w.node, w.karim, p.ID))
		if len(got.Tags) != 1 || got.Tags[0] != "Été" || len(got.Mentions) != 1 || got.Mentions[0].AccountID != w.karim.ID() {
			t.Errorf("tags %q, mentions %+v", got.Tags, got.Mentions)
		}
		if strings.Contains(got.HTML, "<b>") || !strings.Contains(got.HTML, "/@karim") || !strings.Contains(got.HTML, "/tags/ete") {
			t.Errorf("HTML %s", got.HTML)
		}
		if *got.Place != d.Place.Snap() || got.Place.Lat == d.Place.Lat {
			t.Errorf("place %+v is not on the grid", got.Place)
		}
		if got.URI != "https://malakoff.example/p/"+p.ID.String() || got.Thread != p.ID || got.Language != "fr" || !got.PublishedAt.Equal(parvistest.Noon) {
			t.Errorf("envelope %+v", got)
		}
		if told := w.told(w.karim); told != "mention by jeanne; " {
			t.Errorf("karim was told %q", told)
		}
		tagged := must[[]*parvis.Post](t)(w.List(w.ctx, w.node, parvis.Viewer{}, storage.PostFilter{Tag: "ete"}, parvis.Page{}))
		if len(tagged) != 1 {
			t.Errorf("%d posts with its tag", len(tagged))
		}
		preview := must[*parvis.Post](t)(w.Preview(w.ctx, w.node, w.jeanne, d))
		if preview.HTML != got.HTML {
			t.Errorf("the preview shows %s", preview.HTML)
		}
		w.wantJobs("a preview")
	})
}

func TestWhoMayPublishAndChange(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana := parvis.Viewer{Account: w.stranger("ana", "masto.example")}
		for _, v := range []parvis.Viewer{{}, ana} {
			_, err := w.Publish(w.ctx, w.node, v, offer())
			w.fails("a stranger publishes", err, parvis.ErrSignIn)
		}
		d := offer()
		d.Title = ""
		_, err := w.Publish(w.ctx, w.node, w.jeanne, d)
		w.invalid("no title", err, "title", "post.title.missing")
		w.invalid("no title", w.Check(w.node, w.jeanne, d), "title", "post.title.missing")

		p := w.publish(w.jeanne, offer())
		_, err = w.Edit(w.ctx, w.node, w.karim, p.ID, offer())
		w.fails("another edits", err, parvis.ErrForbidden)
		_, err = w.Edit(w.ctx, w.node, w.jeanne, p.ID, note("autre genre", nil))
		w.fails("another kind", err, parvis.ErrConflict)
		_, err = w.Edit(w.ctx, w.node, w.jeanne, p.ID, app.Draft{Source: "sans détail", Audience: parvis.Everyone})
		w.fails("no kind", err, parvis.ErrConflict)
		_, err = w.SetState(w.ctx, w.node, w.karim, p.ID, parvis.Done)
		w.fails("another closes", err, parvis.ErrForbidden)
		must[*parvis.Post](t)(w.SetState(w.ctx, w.node, w.jeanne, p.ID, parvis.Done))
		_, err = w.SetState(w.ctx, w.node, w.jeanne, p.ID, parvis.Reserved)
		w.invalid("from done to reserved", err, "state", "post.state.step")
		w.fails("another deletes", w.Delete(w.ctx, w.node, w.karim, p.ID), parvis.ErrForbidden)
		w.do(w.Delete(w.ctx, w.node, w.odile, p.ID)) // the admin may
		w.fails("deleted twice", w.Delete(w.ctx, w.node, w.jeanne, p.ID), parvis.ErrGone)
		_, err = w.Edit(w.ctx, w.node, w.jeanne, p.ID, offer())
		w.fails("an edit of what is gone", err, parvis.ErrGone)
	})
}

func TestAnswers(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		for _, test := range []struct{ parent, wanted, want parvis.Audience }{
			{parvis.Everyone, parvis.Everyone, parvis.Everyone}, {parvis.Everyone, parvis.Named, parvis.Named},
			{parvis.OnNode, parvis.Everyone, parvis.OnNode}, {parvis.OnNode, parvis.Followers, parvis.OnNode},
			{parvis.Partners, parvis.Everyone, parvis.Partners}, {parvis.Partners, parvis.OnNode, parvis.OnNode},
		} {
			d := offer()
			d.Audience = test.parent
			p := w.publish(w.jeanne, d)
			reply := note("Est-elle libre ?", p)
			reply.Audience = test.wanted
			a := w.publish(w.karim, reply)
			if a.Audience != test.want || a.ReplyTo != p.ID || a.ReplyToURI != p.URI || a.Thread != p.ID {
				t.Errorf("an answer to %s for %s: for %s, to %v in %v", test.parent, test.wanted, a.Audience, a.ReplyTo, a.Thread)
			}
		}
		d := offer()
		d.Audience = parvis.Named
		p := w.publish(w.jeanne, d)
		_, err := w.Publish(w.ctx, w.node, w.karim, note("Je ne la vois pas", p))
		w.fails("an answer to what one may not see", err, parvis.ErrNotFound)
	})
}

// slow is another server that never answers.
type slow struct{ t *testing.T }

func (s slow) Account(ctx context.Context, _ *parvis.Node, name string) (*parvis.Account, error) {
	if _, bounded := ctx.Deadline(); !bounded {
		s.t.Errorf("the look-up of %s could last for ever", name)
	}
	return nil, errors.New("no answer")
}

func (slow) Post(context.Context, *parvis.Node, string) (*parvis.Post, error) {
	return nil, parvis.ErrNotFound
}

// Somebody waits while the people whom a text names are looked up elsewhere.
func TestNamedPeopleAreLookedUpForAWhileOnly(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.Remote = slow{t}
		p := w.publish(w.jeanne, note("@ana@masto.example et @karim, bonjour", nil))
		if len(p.Mentions) != 1 || p.Mentions[0].AccountID != w.karim.ID() {
			t.Errorf("mentions %+v", p.Mentions)
		}
	})
}

func TestReactions(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := w.publish(w.jeanne, offer())
		for range 2 {
			must[*parvis.Post](t)(w.Like(w.ctx, w.node, w.karim, p.ID))
			must[*parvis.Post](t)(w.Share(w.ctx, w.node, w.karim, p.ID))
		}
		w.wantJobs("twice is once", "home shared by karim", "say share by karim")
		if told := w.told(w.jeanne); told != "reblog by karim; favourite by karim; " && told != "favourite by karim; reblog by karim; " {
			t.Errorf("jeanne was told %q", told)
		}
		got := must[*parvis.Post](t)(w.Post(w.ctx, w.node, w.karim, p.ID))
		if !got.Liked || !got.Shared || got.Likes != 1 || got.Shares != 2 { // the feed shared it too
			t.Errorf("liked %v %d, shared %v %d", got.Liked, got.Likes, got.Shared, got.Shares)
		}
		for range 2 {
			must[*parvis.Post](t)(w.Unlike(w.ctx, w.node, w.karim, p.ID))
			must[*parvis.Post](t)(w.Unshare(w.ctx, w.node, w.karim, p.ID))
		}
		w.wantJobs("taken back", "say undo share by karim")
		if told := w.told(w.jeanne); told != "" {
			t.Errorf("jeanne is still told %q", told)
		}
		ana := w.stranger("ana", "masto.example")
		remote := w.arrive(ana, nil)
		must[*parvis.Post](t)(w.ReceivePost(w.ctx, w.node, remote, app.Fetched))
		w.jobs()
		must[*parvis.Post](t)(w.Like(w.ctx, w.node, w.karim, remote.ID))
		w.wantJobs("a like elsewhere", "say like by karim to ana@masto.example")
		must[*parvis.Post](t)(w.Unlike(w.ctx, w.node, w.karim, remote.ID))
		w.wantJobs("taken back elsewhere", "say undo like by karim to ana@masto.example")

		d := offer()
		d.Audience = parvis.Partners
		private := w.publish(w.jeanne, d)
		_, err := w.Share(w.ctx, w.node, w.karim, private.ID)
		w.fails("sharing what is for partners", err, parvis.ErrForbidden)
		_, err = w.Like(w.ctx, w.node, parvis.Viewer{}, p.ID)
		w.fails("a visitor's like", err, parvis.ErrSignIn)
	})
}
