package app_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// receive brings a post here; want is how that should end.
func (w *town) receive(what string, p *parvis.Post, why app.Reason, want error) *parvis.Post {
	w.t.Helper()
	got, err := w.ReceivePost(w.ctx, w.node, p, why)
	w.fails(what, err, want)
	return got
}

// befriend makes the server of a host an active partner.
func (w *town) befriend(host string) {
	w.t.Helper()
	actor := must[*parvis.Account](w.t)(w.ReceiveAccount(w.ctx, w.node, nodeActor(host), ""))
	must[*parvis.Partner](w.t)(w.AddPartner(w.ctx, w.node, host))
	node := must[*parvis.Account](w.t)(w.rows().Account(w.ctx, w.node.ActorID))
	w.do(w.MeetPartner(w.ctx, w.node, host, actor, ""))
	w.do(w.ReceiveFollow(w.ctx, w.node, actor, node, actor.URI+"/follow"))
	w.jobs()
}

func TestReceivePostStoresWhatConcernsSomebody(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana, luc := w.stranger("ana", "masto.example"), w.stranger("luc", "clamart.example")
		w.befriend("clamart.example")
		w.receive("from nobody's friend", w.arrive(ana, nil), app.Sent, app.ErrUnwanted)
		w.wantJobs("nothing came of it")
		named := w.arrive(ana, func(p *parvis.Post) {
			p.Audience = parvis.Named
			p.Mentions = []parvis.Mention{{AccountID: w.karim.ID(), Acct: "karim"}}
		})
		w.receive("to karim", named, app.Sent, nil)
		w.wantJobs("to karim alone")
		w.receive("to somebody elsewhere", w.arrive(ana, func(p *parvis.Post) {
			p.Mentions = []parvis.Mention{{AccountID: luc.ID, Acct: "luc@clamart.example"}}
		}), app.Sent, app.ErrUnwanted)
		w.receive("somebody here asked for it", w.arrive(ana, nil), app.Fetched, nil)
		w.wantJobs("fetched")
		w.receive("from a partner", w.arrive(luc, nil), app.Sent, nil)
		w.wantJobs("from a partner")
		shared := w.arrive(luc, func(p *parvis.Post) { p.Audience = parvis.Partners })
		w.receive("for partners", shared, app.Sent, nil)
		w.jobs()
		if _, err := w.Post(w.ctx, w.node, w.karim, shared.ID); err != nil {
			t.Errorf("a resident reads it: %v", err)
		}
		_, err := w.Post(w.ctx, w.node, parvis.Viewer{}, shared.ID)
		w.fails("a visitor reads it", err, parvis.ErrNotFound)
		w.receive("for partners, from a stranger", w.arrive(ana, func(p *parvis.Post) { p.Audience = parvis.Partners }), app.Fetched, app.ErrUnwanted)
		w.receive("for another node only", w.arrive(luc, func(p *parvis.Post) { p.Audience = parvis.OnNode }), app.Sent, app.ErrUnwanted)
		w.do(w.Follow(w.ctx, w.node, w.karim, ana.ID))
		w.do(w.ReceiveAnswer(w.ctx, w.node, app.FollowAnswer{By: ana, Follower: w.karim.Account, Verb: parvis.VerbAccept}))
		w.jobs()
		followed := w.arrive(ana, func(p *parvis.Post) { p.Media = []parvis.Media{{RemoteURL: "https://masto.example/1.jpg"}} })
		w.receive("from somebody followed", followed, app.Sent, nil)
		w.wantJobs("from somebody followed", "picture")
		w.receive("the same again", followed, app.Sent, nil)
		w.wantJobs("the same again")
		if karim := w.told(w.karim); karim != "mention by ana@masto.example; " {
			t.Errorf("karim was told %q", karim)
		}
	})
}

func TestReceivedPostsAreBounded(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana := w.stranger("ana", "masto.example")
		got := w.receive("too much of everything", w.arrive(ana, func(p *parvis.Post) {
			p.PublishedAt, p.Language, p.Source, p.State = w.now.AddDate(5, 0, 0), strings.Repeat("fr-", 99), "**typée là-bas**", ""
			p.Media, p.Tags = make([]parvis.Media, 9), make([]string, 99)
			for range 99 {
				p.Mentions = append(p.Mentions, parvis.Mention{AccountID: w.karim.ID(), Acct: "karim"})
			}
		}), app.Fetched, nil)
		if len(got.Media) != parvis.MaxMedia || len(got.Tags) != parvis.MaxTags || len(got.Mentions) != parvis.MaxMentions || got.Language != "" ||
			got.Source != "" || got.State != parvis.Open || got.PublishedAt.After(w.now) {
			t.Errorf("kept: %d pictures, %d tags, %d mentions, language %q, source %q, %s, %v", len(got.Media), len(got.Tags), len(got.Mentions),
				got.Language, got.Source, got.State, got.PublishedAt)
		}
		_, err := w.ReceivePost(w.ctx, w.node, w.arrive(ana, func(p *parvis.Post) { p.Place.Lon = 1000 }), app.Fetched)
		w.invalid("off Earth", err, "place", "place.point.invalid")
	})
}

func TestReceiveEdit(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana, eve := w.stranger("ana", "masto.example"), w.stranger("eve", "masto.example")
		picture := parvis.Media{RemoteURL: "https://masto.example/1.jpg"}
		p := w.receive("the first version", w.arrive(ana, func(p *parvis.Post) { p.Media = []parvis.Media{picture} }), app.Fetched, nil)
		w.jobs()
		edit := func(author *parvis.Account, title string, at time.Time, want error) {
			t.Helper()
			q := w.arrive(author, func(q *parvis.Post) {
				q.URI, q.Title, q.EditedAt, q.State, q.Audience = p.URI, title, at, parvis.Reserved, parvis.Named
				q.Media = []parvis.Media{picture, picture} // the same picture twice is no reason to fail
				q.Mentions = []parvis.Mention{{AccountID: w.karim.ID(), Acct: "karim"}}
			})
			w.receive(title, q, app.Sent, want)
		}
		title := func(want string) {
			t.Helper()
			got := must[*parvis.Post](t)(w.rows().Post(w.ctx, p.ID))
			if got.Title != want || got.Audience != parvis.Everyone || !got.PublishedAt.Equal(p.PublishedAt) {
				t.Errorf("it is %q for %s of %v, want %q", got.Title, got.Audience, got.PublishedAt, want)
			}
		}
		start := p.PublishedAt
		edit(ana, "Sans date", time.Time{}, nil)
		edit(ana, "Ancienne", start, nil)
		edit(ana, "Du futur", w.now.Add(48*time.Hour), nil)
		edit(eve, "Par une autre", start.Add(time.Hour), parvis.ErrForbidden)
		title("Perceuse à percussion")
		w.wantJobs("nothing changed")
		edit(ana, "Deuxième", start.Add(2*time.Minute), nil)
		title("Deuxième")
		w.wantJobs("a second copy of the picture", "picture", "picture")
		edit(ana, "Plus ancienne", start.Add(time.Minute), nil)
		edit(ana, "Même seconde", start.Add(2*time.Minute), nil)
		title("Deuxième")
		if told := w.told(w.karim); told != "mention by ana@masto.example; " {
			t.Errorf("karim, named by the edit, was told %q", told)
		}
		w.do(w.ReceiveDelete(w.ctx, w.node, ana, p.URI, true))
		edit(ana, "Revenante", start.Add(time.Hour), parvis.ErrGone)
	})
}

func TestReceiveDelete(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana, eve := w.stranger("ana", "masto.example"), w.stranger("eve", "masto.example")
		p := w.receive("a post", w.arrive(ana, nil), app.Fetched, nil)
		w.jobs()
		w.fails("by another", w.ReceiveDelete(w.ctx, w.node, eve, p.URI, true), parvis.ErrForbidden)
		mine := w.publish(w.jeanne, offer())
		w.fails("of ours", w.ReceiveDelete(w.ctx, w.node, eve, mine.URI, false), parvis.ErrForbidden)
		for range 2 {
			w.do(w.ReceiveDelete(w.ctx, w.node, ana, p.URI, true))
		}
		w.wantJobs("nobody else is told")
		_, err := w.Post(w.ctx, w.node, w.karim, p.ID)
		w.fails("it is gone", err, parvis.ErrGone)

		late := w.arrive(ana, nil) // its deletion comes first
		w.do(w.ReceiveDelete(w.ctx, w.node, ana, late.URI, true))
		w.receive("after its deletion", late, app.Fetched, parvis.ErrGone)
		other := w.arrive(ana, nil)
		w.do(w.ReceiveDelete(w.ctx, w.node, eve, other.URI, false)) // another server cannot bury it
		w.receive("after another's word", other, app.Fetched, nil)

		w.jobs()
		w.do(w.ReceiveDelete(w.ctx, w.node, ana, ana.URI, true))
		w.wantJobs("her own deletion", "erase")
		_, err = w.Profile(w.ctx, w.node, "ana@masto.example")
		w.fails("her page", err, parvis.ErrGone)
		_, err = w.ReceiveAccount(w.ctx, w.node, w.arrive(ana, nil).Author, "")
		w.fails("her return", err, parvis.ErrGone)
		gone := must[*parvis.Account](t)(w.rows().AccountByURI(w.ctx, ana.URI))
		w.receive("from a deleted account", w.arrive(gone, nil), app.Fetched, parvis.ErrGone)
	})
}

func TestReceiveAnswers(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana := w.stranger("ana", "masto.example")
		p := w.publish(w.jeanne, offer())
		d := offer()
		d.Audience = parvis.OnNode
		private := w.publish(w.jeanne, d)
		to := func(uri string) func(*parvis.Post) {
			return func(q *parvis.Post) { q.Detail, q.ReplyToURI = &parvis.Note{}, uri }
		}
		answer := w.receive("an answer", w.arrive(ana, to(p.URI)), app.Sent, nil)
		w.wantJobs("an answer")
		if answer.ReplyTo != p.ID || answer.Thread != p.ID || w.told(w.jeanne) != "mention by ana@masto.example; " {
			t.Errorf("it answers %v in %v; jeanne was told %q", answer.ReplyTo, answer.Thread, w.told(w.jeanne))
		}
		w.receive("to what she cannot have seen", w.arrive(ana, to(private.URI)), app.Sent, app.ErrUnwanted)
		w.do(w.Delete(w.ctx, w.node, w.jeanne, p.ID))
		w.jobs()
		w.receive("to what is gone", w.arrive(ana, to(p.URI)), app.Sent, app.ErrUnwanted)

		w.befriend("clamart.example")
		luc := w.stranger("luc", "clamart.example")
		root := w.arrive(luc, nil)
		middle := w.receive("before what it answers", w.arrive(luc, to(root.URI)), app.Sent, nil)
		w.wantJobs("what it answers is looked for", "thread")
		leaf := w.receive("an answer to that", w.arrive(luc, to(middle.URI)), app.Sent, nil)
		w.receive("the first post", root, app.Sent, nil)
		_, after, err := w.Thread(w.ctx, w.node, w.karim, must[*parvis.Post](t)(w.rows().Post(w.ctx, root.ID)))
		if err != nil || len(after) != 2 || after[0].ID != middle.ID || after[1].ID != leaf.ID {
			t.Errorf("the conversation has %d answers, %v", len(after), err)
		}
		w.jobs()

		one := w.arrive(luc, nil)
		two := w.arrive(luc, to(one.URI))
		one.ReplyToURI = two.URI // a ring
		for _, q := range []*parvis.Post{one, two} {
			w.receive("a ring", q, app.Sent, nil)
			if _, _, err := w.Thread(w.ctx, w.node, w.karim, q); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestReceiveReactions(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana, luc := w.stranger("ana", "masto.example"), w.stranger("luc", "clamart.example")
		w.befriend("clamart.example")
		d := offer()
		d.Audience = parvis.Partners
		public, partners := w.publish(w.jeanne, offer()), w.publish(w.jeanne, d)
		react := func(k storage.ReactionKind, by *parvis.Account, p *parvis.Post, uri string) error {
			return w.ReceiveReaction(w.ctx, w.node, k, by, p, uri)
		}
		for range 2 {
			w.do(react(storage.Likes, ana, public, "https://masto.example/l/1"))
			w.do(react(storage.Shares, ana, public, "https://masto.example/s/1"))
		}
		w.wantJobs("twice is once", "home shared by ana@masto.example")
		w.do(react(storage.Likes, luc, partners, "")) // some servers give no id
		w.fails("what she may not see", react(storage.Likes, ana, partners, "x"), parvis.ErrNotFound)
		w.fails("a share of what is for partners", react(storage.Shares, luc, partners, "x"), parvis.ErrForbidden)

		undo := func(by *parvis.Account, k storage.ReactionKind, post parvis.ID, uri string) error {
			return w.ReceiveUnreaction(w.ctx, w.node, k, by, post, uri)
		}
		w.do(undo(luc, storage.Likes, 0, "https://masto.example/l/1")) // another's
		if got := must[*parvis.Post](t)(w.rows().Post(w.ctx, public.ID)).Likes; got != 1 {
			t.Errorf("%d likes after somebody took back another's, want 1", got)
		}
		w.do(undo(ana, storage.Likes, 0, "https://masto.example/l/1"))
		w.do(undo(ana, storage.Shares, public.ID, "unknown"))
		w.do(undo(ana, storage.Likes, public.ID, "")) // not luc's, which has no id either
		if got := must[*parvis.Post](t)(w.Post(w.ctx, w.node, w.karim, public.ID)); got.Likes != 0 || got.Shares != 1 {
			t.Errorf("%d likes, %d shares", got.Likes, got.Shares)
		}
		if told := w.told(w.jeanne); told != "favourite by luc@clamart.example; " {
			t.Errorf("jeanne is told %q", told)
		}
		w.do(undo(luc, storage.Likes, partners.ID, ""))
		if told := w.told(w.jeanne); told != "" {
			t.Errorf("jeanne is told %q", told)
		}
		w.do(w.Suspend(w.ctx, w.node, "luc@clamart.example", false))
		suspended := must[*parvis.Account](t)(w.rows().Account(w.ctx, luc.ID))
		w.fails("somebody suspended", react(storage.Likes, suspended, public, "y"), parvis.ErrForbidden)
	})
}

func TestReceiveAccount(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		const avatar = "https://masto.example/a.png"
		ana := must[*parvis.Account](t)(w.ReceiveAccount(w.ctx, w.node, nodeActor("masto.example"), avatar))
		w.wantJobs("a new picture", "picture")
		w.do(w.Suspend(w.ctx, w.node, ana.Acct(), false))
		again := nodeActor("masto.example")
		again.Name, again.Username, again.Domain = "Autre nom", "autre", "autre.example"
		must[*parvis.Account](t)(w.ReceiveAccount(w.ctx, w.node, again, avatar))
		w.wantJobs("the same picture")
		got := must[*parvis.Account](t)(w.rows().AccountByURI(w.ctx, ana.URI))
		if got.ID != ana.ID || got.Name != "Autre nom" || got.Acct() != ana.Acct() || got.Active() || got.Avatar == nil {
			t.Errorf("stored %+v", got)
		}
		must[*parvis.Account](t)(w.ReceiveAccount(w.ctx, w.node, again, ""))
		if got = must[*parvis.Account](t)(w.rows().AccountByURI(w.ctx, ana.URI)); got.Avatar != nil {
			t.Error("the picture is still there")
		}
	})
}

// Posts that come at the same time are stored together, and each is taken, or refused,
// as if it came alone.
func TestReceivePostsAtOnce(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana, eve := w.stranger("ana", "masto.example"), w.stranger("eve", "masto.example")
		w.do(w.Follow(w.ctx, w.node, w.karim, ana.ID))
		w.do(w.ReceiveAnswer(w.ctx, w.node, app.FollowAnswer{By: ana, Follower: w.karim.Account, Verb: parvis.VerbAccept}))
		zoe := must[*parvis.Account](t)(w.ReceiveAccount(w.ctx, w.vanves, parvistest.Stranger("zoe", "masto.example"), ""))
		w.do(w.Follow(w.ctx, w.vanves, w.paul, zoe.ID))
		w.do(w.ReceiveAnswer(w.ctx, w.vanves, app.FollowAnswer{By: zoe, Follower: w.paul.Account, Verb: parvis.VerbAccept}))
		known := w.receive("known before", w.arrive(ana, nil), app.Sent, nil)
		gone := w.arrive(ana, nil)
		w.do(w.ReceiveDelete(w.ctx, w.node, ana, gone.URI, true))
		var coming []func()
		come := func(what string, n *parvis.Node, p *parvis.Post, want error) {
			own := *p
			own.Media = slices.Clone(p.Media)
			coming = append(coming, func() {
				got, err := w.ReceivePost(w.ctx, n, &own, app.Sent)
				if !errors.Is(err, want) || err == nil && (got == nil || got.URI != own.URI) {
					t.Errorf("%s: %v, %v; want %v", what, got, err, want)
				}
			})
		}
		const each = 12
		for range each {
			first := w.arrive(ana, func(p *parvis.Post) { p.Media = []parvis.Media{{RemoteURL: "https://masto.example/1.jpg"}} })
			answer := w.arrive(ana, func(p *parvis.Post) { p.ReplyTo, p.ReplyToURI = 0, first.URI })
			come("by somebody followed", w.node, first, nil)
			come("the same", w.node, first, nil)
			come("an answer to it", w.node, answer, nil)
			come("known", w.node, known, nil)
			come("by a stranger", w.node, w.arrive(eve, nil), app.ErrUnwanted)
			come("deleted before it came", w.node, gone, parvis.ErrGone)
			come("with a picture that nobody has", w.node, w.arrive(ana, func(p *parvis.Post) { p.Media = []parvis.Media{{ID: 5}} }), parvis.ErrNotFound)
			come("on another node", w.vanves, w.arrive(zoe, func(p *parvis.Post) { p.Audience = parvis.Followers }), nil)
		}
		var all sync.WaitGroup
		for _, c := range coming {
			all.Go(c)
		}
		all.Wait()
		w.homes()
		for name, test := range map[string]struct {
			node   *parvis.Node
			reader parvis.Viewer
			author *parvis.Account
			public int
			want   int
		}{
			"Malakoff": {w.node, w.karim, ana, 1 + 2*each, 1 + 2*each},
			"Vanves":   {w.vanves, w.paul, zoe, 0, each},
		} {
			entries := must[[]storage.HomeEntry](t)(w.DB.Node(test.node.ID).Home(w.ctx, test.reader.ID(), parvis.Page{Limit: parvis.MaxPage}))
			seen := make(map[string]bool)
			for _, e := range entries {
				seen[e.Post.URI] = true
			}
			if len(seen) != len(entries) || len(entries) < test.want-each || len(entries) > test.want {
				t.Errorf("%s: %d posts in the home, %d of them different, want %d", name, len(entries), len(seen), test.want)
			}
			if got := must[*parvis.Account](t)(w.DB.Node(test.node.ID).Account(w.ctx, test.author.ID)).Posts; got != test.public {
				t.Errorf("%s: %d posts are counted, want %d", name, got, test.public)
			}
		}
	})
}
