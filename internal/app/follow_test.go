package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

func (w *town) relation(v parvis.Viewer, to *parvis.Account) parvis.Relationship {
	w.t.Helper()
	return must[map[parvis.ID]parvis.Relationship](w.t)(w.Relationships(w.ctx, w.node, v, []parvis.ID{to.ID}))[to.ID]
}

func TestFollowHere(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		for range 2 {
			w.do(w.Follow(w.ctx, w.node, w.karim, w.jeanne.ID()))
		}
		w.wantJobs("nobody else need know")
		if r := w.relation(w.karim, w.jeanne.Account); !r.Following || w.told(w.jeanne) != "follow by karim; " {
			t.Errorf("relation %+v, told %q", r, w.told(w.jeanne))
		}
		w.do(w.Unfollow(w.ctx, w.node, w.karim, w.jeanne.ID()))
		w.do(w.Unfollow(w.ctx, w.node, w.karim, w.jeanne.ID()))
		if r := w.relation(w.karim, w.jeanne.Account); r != (parvis.Relationship{}) {
			t.Errorf("relation %+v", r)
		}
		w.fails("oneself", w.Follow(w.ctx, w.node, w.karim, w.karim.ID()), parvis.ErrForbidden)
		w.fails("the node", w.Follow(w.ctx, w.node, w.karim, w.node.ActorID), parvis.ErrForbidden)
		w.fails("a visitor", w.Follow(w.ctx, w.node, parvis.Viewer{}, w.karim.ID()), parvis.ErrSignIn)
		w.fails("nobody", w.Follow(w.ctx, w.node, w.karim, 5), parvis.ErrNotFound)
	})
}

func TestFollowOfALockedAccount(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		must[*parvis.Account](t)(w.EditProfile(w.ctx, w.node, w.jeanne, app.Profile{Name: "Jeanne", Locked: true}))
		ana := w.stranger("ana", "masto.example")
		w.jobs()
		jeanne := must[*parvis.Account](t)(w.Profile(w.ctx, w.node, "jeanne"))
		w.do(w.Follow(w.ctx, w.node, w.karim, jeanne.ID))
		w.do(w.ReceiveFollow(w.ctx, w.node, ana, jeanne, "https://masto.example/f/1"))
		w.wantJobs("only asked")
		if r := w.relation(w.karim, jeanne); !r.Requested || r.Following {
			t.Errorf("relation %+v", r)
		}
		if told := w.told(w.jeanne); told != "follow_request by ana@masto.example; follow_request by karim; " && told != "follow_request by karim; follow_request by ana@masto.example; " {
			t.Errorf("told %q", told)
		}
		w.do(w.AnswerFollow(w.ctx, w.node, w.jeanne, w.karim.ID(), parvis.VerbAccept))
		w.do(w.AnswerFollow(w.ctx, w.node, w.jeanne, ana.ID, parvis.VerbReject))
		w.wantJobs("answers", "say reject by jeanne to ana@masto.example")
		if r := w.relation(w.karim, jeanne); !r.Following || w.told(w.jeanne) != "" {
			t.Errorf("relation %+v, told %q", r, w.told(w.jeanne))
		}
		w.fails("an answer to nobody", w.AnswerFollow(w.ctx, w.node, w.jeanne, ana.ID, parvis.VerbAccept), parvis.ErrNotFound)
		w.do(w.AnswerFollow(w.ctx, w.node, w.jeanne, w.karim.ID(), parvis.VerbReject)) // and sends a follower away
		if r := w.relation(w.karim, jeanne); r.Following {
			t.Errorf("relation %+v", r)
		}
	})
}

func TestFollowElsewhere(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana := w.stranger("ana", "masto.example")
		known := w.arrive(ana, nil)
		must[*parvis.Post](t)(w.ReceivePost(w.ctx, w.node, known, app.Fetched))
		w.jobs()
		w.do(w.Follow(w.ctx, w.node, w.karim, ana.ID))
		w.wantJobs("a wish", "say follow by karim to ana@masto.example")
		if r := w.relation(w.karim, ana); !r.Requested {
			t.Errorf("relation %+v", r)
		}
		w.do(w.ReceiveAnswer(w.ctx, w.node, app.FollowAnswer{By: ana, Follower: w.jeanne.Account, Verb: parvis.VerbAccept})) // nobody asked for this one
		w.do(w.ReceiveAnswer(w.ctx, w.node, app.FollowAnswer{By: ana, Follower: w.karim.Account, Verb: parvis.VerbAccept}))
		if r := w.relation(w.karim, ana); !r.Following {
			t.Errorf("relation %+v", r)
		}
		home, err := w.Home(w.ctx, w.node, w.karim, parvis.Page{})
		if err != nil || len(home) != 1 {
			t.Errorf("what is known of ana is not at home: %d, %v", len(home), err)
		}
		w.do(w.Unfollow(w.ctx, w.node, w.karim, ana.ID))
		w.wantJobs("the end", "say undo follow by karim to ana@masto.example")
		w.do(w.Follow(w.ctx, w.node, w.karim, ana.ID))
		w.do(w.ReceiveAnswer(w.ctx, w.node, app.FollowAnswer{By: ana, Follower: w.karim.Account, Verb: parvis.VerbReject}))
		if r := w.relation(w.karim, ana); r != (parvis.Relationship{}) {
			t.Errorf("after a refusal: %+v", r)
		}
	})
}

func TestReceiveFollow(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana, bot := w.stranger("ana", "masto.example"), nodeActor("clamart.example")
		must[*parvis.Account](t)(w.ReceiveAccount(w.ctx, w.node, bot, ""))
		jeanne := w.jeanne.Account
		for _, uri := range []string{"https://masto.example/f/1", "https://masto.example/f/2"} { // asked again, under another id
			w.do(w.ReceiveFollow(w.ctx, w.node, ana, jeanne, uri))
			w.wantJobs("a follower", "say accept by jeanne to ana@masto.example")
			f := must[*parvis.Follow](t)(w.rows().Follow(w.ctx, ana.ID, jeanne.ID))
			if !f.Accepted || f.URI != uri {
				t.Errorf("follow %+v, want %s", f, uri)
			}
		}
		if told := w.told(w.jeanne); told != "follow by ana@masto.example; " {
			t.Errorf("told %q", told)
		}
		w.do(w.ReceiveFollow(w.ctx, w.node, bot, jeanne, "https://clamart.example/f/1"))
		w.wantJobs("a node follows a person", "say reject by jeanne to clamart.example@clamart.example")
		node := must[*parvis.Account](t)(w.rows().Account(w.ctx, w.node.ActorID))
		w.do(w.ReceiveFollow(w.ctx, w.node, ana, node, "https://masto.example/f/3"))
		w.wantJobs("a person follows the node", "say reject by malakoff.example to ana@masto.example")
		w.do(w.ReceiveUnfollow(w.ctx, w.node, ana, jeanne))
		w.do(w.ReceiveUnfollow(w.ctx, w.node, ana, jeanne))
		if r := w.relation(w.jeanne, ana); r.FollowedBy {
			t.Error("ana still follows")
		}
		w.do(w.Block(w.ctx, w.node, w.jeanne, ana.ID))
		w.jobs()
		w.do(w.ReceiveFollow(w.ctx, w.node, ana, jeanne, "https://masto.example/f/4"))
		w.wantJobs("somebody who is blocked", "say reject by jeanne to ana@masto.example")
		w.fails("of a stranger", w.ReceiveFollow(w.ctx, w.node, ana, bot, "x"), parvis.ErrNotFound)
		w.do(w.Suspend(w.ctx, w.node, "ana@masto.example", false))
		suspended := must[*parvis.Account](t)(w.rows().Account(w.ctx, ana.ID))
		w.fails("somebody suspended", w.ReceiveFollow(w.ctx, w.node, suspended, jeanne, "x"), parvis.ErrForbidden)
	})
}

func TestBlock(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana := w.stranger("ana", "masto.example")
		p := w.publish(w.jeanne, offer())
		w.do(w.Follow(w.ctx, w.node, w.karim, w.jeanne.ID()))
		w.do(w.Follow(w.ctx, w.node, w.jeanne, w.karim.ID()))
		must[*parvis.Post](t)(w.Like(w.ctx, w.node, w.karim, p.ID))
		w.jobs()
		for range 2 {
			w.do(w.Block(w.ctx, w.node, w.jeanne, w.karim.ID()))
		}
		w.wantJobs("a block here")
		if r := w.relation(w.jeanne, w.karim.Account); r != (parvis.Relationship{Blocking: true}) {
			t.Errorf("relation %+v", r)
		}
		if w.told(w.jeanne)+w.told(w.karim) != "" {
			t.Errorf("told %q and %q", w.told(w.jeanne), w.told(w.karim))
		}
		w.fails("following all the same", w.Follow(w.ctx, w.node, w.karim, w.jeanne.ID()), parvis.ErrForbidden)
		w.do(w.Unblock(w.ctx, w.node, w.jeanne, w.karim.ID()))
		w.do(w.Follow(w.ctx, w.node, w.karim, w.jeanne.ID()))
		w.do(w.Block(w.ctx, w.node, w.jeanne, ana.ID))
		w.do(w.Unblock(w.ctx, w.node, w.jeanne, ana.ID))
		w.wantJobs("elsewhere", "say block by jeanne to ana@masto.example", "say undo block by jeanne to ana@masto.example")
		feed := must[*parvis.Account](t)(w.Profile(w.ctx, w.node, "entraide"))
		w.fails("the feed", w.Block(w.ctx, w.node, w.jeanne, feed.ID), parvis.ErrForbidden)

		w.do(w.ReceiveFollow(w.ctx, w.node, ana, w.jeanne.Account, "x"))
		w.do(w.ReceiveBlock(w.ctx, w.node, ana, w.jeanne.Account, "https://masto.example/b/1"))
		if r := w.relation(w.jeanne, ana); r != (parvis.Relationship{BlockedBy: true}) {
			t.Errorf("relation %+v", r)
		}
		w.do(w.ReceiveUnblock(w.ctx, w.node, ana, w.jeanne.ID()))
		if r := w.relation(w.jeanne, ana); r != (parvis.Relationship{}) {
			t.Errorf("relation %+v", r)
		}
	})
}

func TestReport(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana := w.stranger("ana", "masto.example")
		p, other := w.publish(w.jeanne, offer()), w.publish(w.karim, offer())
		report := func(r parvis.Report) error {
			w.now = w.now.Add(time.Minute)
			_, err := w.Report(w.ctx, w.node, w.karim, r)
			return err
		}
		jeanne := w.jeanne.ID()
		w.invalid("nothing said", report(parvis.Report{TargetID: jeanne}), "comment", "report.comment.missing")
		w.invalid("another's post", report(parvis.Report{TargetID: jeanne, PostIDs: []parvis.ID{other.ID}}), "posts", "report.posts.others")
		w.do(report(parvis.Report{TargetID: jeanne, PostIDs: []parvis.ID{p.ID}, Forward: true}))
		w.wantJobs("it stays here")
		w.do(report(parvis.Report{TargetID: ana.ID, Comment: "publicité", Forward: true}))
		w.wantJobs("forwarded in the node's name", "say flag by malakoff.example to ana@masto.example")
		w.now = w.now.Add(time.Minute)
		w.do(w.ReceiveReport(w.ctx, w.node, ana, parvis.Report{TargetID: jeanne, Comment: "spam"}))
		_, err := w.OpenReports(w.ctx, w.node, w.karim, parvis.Page{})
		w.fails("a resident reads reports", err, parvis.ErrForbidden)
		open := must[[]*parvis.Report](t)(w.OpenReports(w.ctx, w.node, w.odile, parvis.Page{}))
		if len(open) != 3 {
			t.Fatalf("%d reports are open", len(open))
		}
		if spam, ad, drill := open[0], open[1], open[2]; spam.Reporter.Acct() != "ana@masto.example" || spam.Target.Acct() != "jeanne" || !spam.MaySuspend ||
			ad.Target.Acct() != "ana@masto.example" || !ad.MaySuspend || drill.Reporter.Acct() != "karim" || len(drill.Posts) != 1 || drill.Posts[0].ID != p.ID {
			t.Errorf("they are %+v, %+v, %+v", spam, ad, drill)
		}
		for _, test := range []struct {
			v    parvis.Viewer
			want int
		}{{w.odile, 3}, {w.karim, 0}, {parvis.Viewer{}, 0}} {
			if got := must[int](t)(w.CountReports(w.ctx, w.node, test.v)); got != test.want {
				t.Errorf("%d reports are counted for a %s, want %d", got, test.v.Role, test.want)
			}
		}
		w.fails("a resident closes one", w.CloseReport(w.ctx, w.node, w.karim, open[0].ID), parvis.ErrForbidden)
		w.do(w.CloseReport(w.ctx, w.node, w.odile, open[0].ID))
		if open = must[[]*parvis.Report](t)(w.OpenReports(w.ctx, w.node, w.odile, parvis.Page{})); len(open) != 2 {
			t.Errorf("%d reports are left", len(open))
		}
	})
}

// An account that was suspended or deleted leaves no gap in a list of follows: who turns
// its pages takes a short one for the last.
func TestFollowsArePagedPastWhoIsGone(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		must[*parvis.Account](t)(w.EditProfile(w.ctx, w.node, w.odile, app.Profile{Name: "Odile", Locked: true}))
		for _, host := range []string{"a.example", "b.example", "c.example", "d.example"} {
			acc := w.stranger("ana", host)
			w.now = w.now.Add(time.Second)
			w.tied(w.jeanne, acc)
			odile := must[*parvis.Account](t)(w.Profile(w.ctx, w.node, "odile"))
			w.do(w.ReceiveFollow(w.ctx, w.node, acc, odile, acc.URI+"/asks"))
			if host == "b.example" {
				w.do(w.Suspend(w.ctx, w.node, acc.Acct(), false))
			}
			if host == "c.example" {
				w.do(w.rows().InTx(w.ctx, func(ctx context.Context, tx *storage.Tx) error { return tx.EraseAccount(ctx, acc, w.now) }))
			}
		}
		for name, read := range map[string]func(parvis.Page) ([]storage.FollowedAccount, error){
			"followers": func(p parvis.Page) ([]storage.FollowedAccount, error) {
				return w.Followers(w.ctx, w.node, w.jeanne.ID(), p)
			},
			"following": func(p parvis.Page) ([]storage.FollowedAccount, error) {
				return w.Following(w.ctx, w.node, w.jeanne.ID(), p)
			},
			"requests": func(p parvis.Page) ([]storage.FollowedAccount, error) {
				return w.FollowRequests(w.ctx, w.node, w.odile, p)
			},
		} {
			var hosts []string
			for page := (parvis.Page{Limit: 1}); ; {
				list := must[[]storage.FollowedAccount](t)(read(page))
				if len(list) < page.Limit {
					break
				}
				hosts, page.Before = append(hosts, list[0].Account.Domain), list[0].FollowID
			}
			if got := strings.Join(hosts, " "); got != "d.example a.example" {
				t.Errorf("%s: %q", name, got)
			}
		}
	})
}
