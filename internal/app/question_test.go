package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// ask is a draft of a question that is open for an hour.
func (w *town) ask(several bool, options ...string) app.Draft {
	q := &parvis.Question{Several: several}
	for _, name := range options {
		q.Options = append(q.Options, parvis.Option{Name: name})
	}
	return app.Draft{Detail: q, Title: "Quel jour pour la fête des voisins ?", Audience: parvis.Everyone, EndsAt: w.now.Add(time.Hour)}
}

// question returns how a question stands now.
func (w *town) question(id parvis.ID) *parvis.Question {
	w.t.Helper()
	return must[*parvis.Post](w.t)(w.rows().Post(w.ctx, id)).Detail.(*parvis.Question)
}

// problem returns the message of the one problem in an error.
func problem(err error) string {
	var invalid *parvis.InvalidError
	if errors.As(err, &invalid) && len(invalid.Problems) == 1 {
		return invalid.Problems[0].Key
	}
	return fmt.Sprint(err)
}

// ending runs the jobs that wait for a question to be over.
func (w *town) ending() {
	w.t.Helper()
	for {
		jobs := must[[]*parvis.Job](w.t)(w.DB.TurnJobs(w.ctx, nil, storage.Claim{Kinds: []parvis.JobKind{parvis.JobEnd}, Now: w.now, Until: w.now.Add(time.Minute), Limit: 50}))
		if len(jobs) == 0 {
			return
		}
		for _, j := range jobs {
			w.do(w.End(w.ctx, j))
			w.do(w.DB.SettleJobs(w.ctx, storage.Ended{Job: j}))
		}
	}
}

// toldOver lists the questions that somebody is told are over.
func (w *town) toldOver(v parvis.Viewer) (posts []parvis.ID) {
	w.t.Helper()
	for _, n := range must[[]*parvis.Notification](w.t)(w.Notifications(w.ctx, w.node, v, []parvis.NotificationType{parvis.NotifyPoll}, parvis.Page{})) {
		posts = append(posts, n.PostID)
	}
	return posts
}

// The model of a question: who chose what.
type ballots map[parvis.ID][]int

// take is what a vote does in the model, and whether it counts. Residents vote once for
// all, people elsewhere option by option.
func (b ballots) take(who parvis.ID, choices []int, several, local bool) bool {
	before := b[who]
	if len(before) > 0 && (local || !several) {
		return false
	}
	counts := false
	for _, c := range choices {
		if !slices.Contains(b[who], c) {
			b[who], counts = append(b[who], c), true
		}
	}
	return counts
}

// tally is what one would count.
func (b ballots) tally(options int, local func(parvis.ID) bool) (votes, ours []int, voters, residents int) {
	votes, ours = make([]int, options), make([]int, options)
	for who, choices := range b {
		voters++
		if local(who) {
			residents++
		}
		for _, c := range choices {
			votes[c]++
			if local(who) {
				ours[c]++
			}
		}
	}
	return votes, ours, voters, residents
}

// TestCountsAreWhatOneWouldCount: whatever is voted in whatever order, by residents
// and people elsewhere, counts once for each.
func TestCountsAreWhatOneWouldCount(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		residents := []parvis.Viewer{w.karim, w.odile}
		strangers := []*parvis.Account{w.stranger("marie", "mastodon.example"), w.stranger("luis", "mastodon.example"), w.stranger("ines", "pixelfed.example")}
		local := func(id parvis.ID) bool { return id == w.karim.ID() || id == w.odile.ID() }
		rapid.Check(t, func(r *rapid.T) {
			several := rapid.Bool().Draw(r, "several")
			names := []string{"Samedi", "Dimanche", "Lundi"}[:rapid.IntRange(2, 3).Draw(r, "options")]
			p := w.publish(w.jeanne, w.ask(several, names...))
			model := make(ballots)
			option := rapid.IntRange(0, len(names)-1)
			for range rapid.IntRange(0, 12).Draw(r, "votes") {
				if rapid.Bool().Draw(r, "here") {
					v, choices := rapid.SampledFrom(residents).Draw(r, "resident"), rapid.SliceOfNDistinct(option, 1, len(names), rapid.ID).Draw(r, "choices")
					_, err := w.Vote(w.ctx, w.node, v, p.ID, choices)
					right := several || len(choices) == 1
					if counts := right && model.take(v.ID(), choices, several, true); counts != (err == nil) {
						r.Fatalf("a resident's vote %v: %v", choices, err)
					}
					continue
				}
				by, choice := rapid.SampledFrom(strangers).Draw(r, "stranger"), option.Draw(r, "choice")
				err := w.ReceiveVote(w.ctx, w.node, by, p, names[choice])
				if counts := model.take(by.ID, []int{choice}, several, false); counts != (err == nil) {
					r.Fatalf("a vote from elsewhere for %s: %v", names[choice], err)
				}
			}
			votes, ours, voters, here := model.tally(len(names), local)
			want := &parvis.Question{Several: several, Voters: voters, LocalVoters: here}
			for i, name := range names {
				want.Options = append(want.Options, parvis.Option{Name: name, Votes: votes[i], Local: ours[i]})
			}
			if diff := cmp.Diff(want, w.question(p.ID)); diff != "" {
				r.Fatalf("counted (-want +got):\n%s", diff)
			}
			for _, v := range residents {
				mine := slices.Sorted(slices.Values(model[v.ID()]))
				if got := must[*parvis.Post](t)(w.Post(w.ctx, w.node, v, p.ID)).Chosen; !slices.Equal(got, mine) {
					r.Fatalf("somebody is shown that they chose %v, want %v", got, mine)
				}
			}
			w.jobs()
		})
	})
}

// TestVotesAtOnce: of votes by one person at the same moment, one counts.
func TestVotesAtOnce(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := w.publish(w.jeanne, w.ask(false, "Samedi", "Dimanche"))
		results := make(chan error)
		const tries = 8
		for i := range tries {
			go func() {
				_, err := w.Vote(w.ctx, w.node, w.karim, p.ID, []int{i % 2})
				results <- err
			}()
		}
		counted := 0
		for range tries {
			switch err := <-results; {
			case err == nil:
				counted++
			case problem(err) != "question.vote.again":
				t.Error(err)
			}
		}
		if q := w.question(p.ID); counted != 1 || q.Votes() != 1 || q.Voters != 1 {
			t.Errorf("%d votes were taken, %+v counted; want one", counted, q)
		}
	})
}

// TestWhoMayVote: whoever may see a question may vote in it, until its end, but its author.
func TestWhoMayVote(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		marie := w.stranger("marie", "mastodon.example")
		open := w.publish(w.jeanne, w.ask(false, "Samedi", "Dimanche"))
		here := w.ask(false, "Samedi", "Dimanche")
		here.Audience = parvis.OnNode
		private := w.publish(w.jeanne, here)
		vote := func(v parvis.Viewer, p *parvis.Post) string {
			_, err := w.Vote(w.ctx, w.node, v, p.ID, []int{0})
			return problem(err)
		}
		if got := vote(parvis.Viewer{}, open); got != parvis.ErrSignIn.Error() {
			t.Errorf("a visitor: %s", got)
		}
		if got := vote(w.jeanne, open); got != "question.vote.own" {
			t.Errorf("its author: %s", got)
		}
		if err := w.ReceiveVote(w.ctx, w.node, marie, private, "Samedi"); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("somebody elsewhere, in what is for here: %v", err)
		}
		if err := w.ReceiveVote(w.ctx, w.node, marie, open, "samedi"); !errors.Is(err, parvis.ErrForbidden) {
			t.Errorf("an option that is none: %v", err)
		}
		w.do(w.Block(w.ctx, w.node, w.jeanne, w.karim.ID()))
		w.do(w.Block(w.ctx, w.node, w.jeanne, marie.ID))
		if got := vote(w.karim, open); got != parvis.ErrNotFound.Error() {
			t.Errorf("somebody whom the author blocked: %s", got)
		}
		if err := w.ReceiveVote(w.ctx, w.node, marie, open, "Samedi"); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("somebody elsewhere whom the author blocked: %v", err)
		}
		luis := w.stranger("luis", "mastodon.example")
		w.now = open.EndsAt.Add(time.Second)
		if got := vote(w.odile, open); got != "question.vote.late" {
			t.Errorf("after the end: %s", got)
		}
		if err := w.ReceiveVote(w.ctx, w.node, luis, open, "Samedi"); !errors.Is(err, parvis.ErrForbidden) {
			t.Errorf("from elsewhere after the end: %v", err)
		}
		if q := w.question(open.ID); q.Voters != 0 || q.Votes() != 0 {
			t.Errorf("counted %+v, want nothing", q)
		}
	})
}

// TestQuestionEnds: when it is over its author and the residents who voted are told
// once, and nobody votes any more.
func TestQuestionEnds(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := w.publish(w.jeanne, w.ask(false, "Samedi", "Dimanche"))
		other := w.publish(w.jeanne, w.ask(false, "Oui", "Non"))
		must[*parvis.Post](t)(w.Vote(w.ctx, w.node, w.karim, p.ID, []int{1}))
		w.ending()
		if got := w.toldOver(w.karim); len(got) != 0 {
			t.Errorf("before the end karim is told of %v", got)
		}
		w.now = p.EndsAt
		w.ending()
		w.ending() // twice is once
		if q := w.question(p.ID); !q.ClosedAt.Equal(p.EndsAt) {
			t.Errorf("closed at %s, want %s", q.ClosedAt, p.EndsAt)
		}
		for name, tt := range map[string]struct {
			who  parvis.Viewer
			want []parvis.ID
		}{"its author": {w.jeanne, []parvis.ID{p.ID}}, "who voted": {w.karim, []parvis.ID{p.ID}}, "who did not": {w.odile, nil}} {
			if got := w.toldOver(tt.who); !slices.Equal(got, tt.want) {
				t.Errorf("%s is told of %v, want %v", name, got, tt.want)
			}
		}
		if got := w.jobs(); !slices.Contains(got, "publish count") {
			t.Errorf("jobs %q, want one that tells others", got)
		}
		w.do(w.Delete(w.ctx, w.node, w.jeanne, other.ID))
		w.now = other.EndsAt.Add(time.Minute)
		w.ending()
		if got := w.toldOver(w.jeanne); !slices.Equal(got, []parvis.ID{p.ID}) {
			t.Errorf("of a deleted question jeanne is told too: %v", got)
		}
	})
}

// TestCountsAreToldTogether: all votes of some minutes are told at once, hidden ones not.
func TestCountsAreToldTogether(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := w.publish(w.jeanne, w.ask(false, "Samedi", "Dimanche"))
		hidden := w.ask(false, "Samedi", "Dimanche")
		hidden.Detail.(*parvis.Question).Hidden = true
		h := w.publish(w.jeanne, hidden)
		for _, v := range []parvis.Viewer{w.karim, w.odile} {
			must[*parvis.Post](t)(w.Vote(w.ctx, w.node, v, p.ID, []int{0}))
			must[*parvis.Post](t)(w.Vote(w.ctx, w.node, v, h.ID, []int{0}))
		}
		if got := w.jobs(); len(got) != 0 {
			t.Errorf("at once: %q", got)
		}
		w.now = w.now.Add(3 * time.Minute)
		if got, want := w.jobs(), []string{"publish count"}; !slices.Equal(got, want) {
			t.Errorf("after three minutes: %q, want %q", got, want)
		}
	})
}

// TestQuestionFromElsewhere: its author's server says its counts, residents' votes
// are told to it, and other options begin anew.
func TestQuestionFromElsewhere(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		marie := w.stranger("marie", "mastodon.example")
		asked := func(edited time.Time, votes int, names ...string) *parvis.Post {
			return w.arrive(marie, func(p *parvis.Post) {
				q := &parvis.Question{Voters: votes}
				for _, name := range names {
					q.Options = append(q.Options, parvis.Option{Name: name, Votes: votes})
				}
				p.Detail, p.Title, p.Place, p.URI = q, "", nil, marie.URI+"/statuses/1"
				p.EndsAt, p.EditedAt = w.now.Add(time.Hour), edited
			})
		}
		p := must[*parvis.Post](t)(w.ReceivePost(w.ctx, w.node, asked(time.Time{}, 3, "Samedi", "Dimanche"), app.Fetched))
		w.jobs()
		must[*parvis.Post](t)(w.Vote(w.ctx, w.node, w.karim, p.ID, []int{1}))
		if got, want := w.jobs(), []string{"say vote by karim to marie@mastodon.example"}; !slices.Equal(got, want) {
			t.Errorf("jobs %q, want %q", got, want)
		}
		if q := w.question(p.ID); q.Voters != 4 || q.LocalVoters != 1 || q.Options[1] != (parvis.Option{Name: "Dimanche", Votes: 4, Local: 1}) {
			t.Errorf("after the vote %+v", q)
		}
		must[*parvis.Post](t)(w.ReceivePost(w.ctx, w.node, asked(time.Time{}, 9, "Samedi", "Dimanche"), app.Fetched))
		if q := w.question(p.ID); q.Voters != 9 || q.LocalVoters != 1 || q.Options[1] != (parvis.Option{Name: "Dimanche", Votes: 9, Local: 1}) {
			t.Errorf("after the tally %+v", q)
		}
		// Without an edit others are not taken over, nor counts with other options.
		must[*parvis.Post](t)(w.ReceivePost(w.ctx, w.node, asked(time.Time{}, 0, "Lundi", "Mardi"), app.Fetched))
		if q := w.question(p.ID); q.Voters != 9 || q.Options[0].Name != "Samedi" {
			t.Errorf("after options that changed without an edit %+v", q)
		}
		must[*parvis.Post](t)(w.ReceivePost(w.ctx, w.node, asked(w.now, 1, "Samedi", "Lundi"), app.Fetched))
		want := &parvis.Question{Options: []parvis.Option{{Name: "Samedi", Votes: 1}, {Name: "Lundi", Votes: 1}}, Voters: 1}
		if diff := cmp.Diff(want, w.question(p.ID)); diff != "" {
			t.Errorf("after an edit of the options (-want +got):\n%s", diff)
		}
		must[*parvis.Post](t)(w.Vote(w.ctx, w.node, w.karim, p.ID, []int{0})) // what was chosen before is gone
		w.now = w.now.Add(2 * time.Hour)
		w.ending()
		if got := w.toldOver(w.karim); !slices.Equal(got, []parvis.ID{p.ID}) {
			t.Errorf("karim is told of %v, want the question of marie", got)
		}
	})
}

// TestEndIsAwaitedByVoters: a question of another server whose end is moved again and
// again leaves nothing to do unless somebody here voted in it.
func TestEndIsAwaitedByVoters(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		marie := w.stranger("marie", "mastodon.example")
		var p *parvis.Post
		move := func(hours int) {
			p = must[*parvis.Post](t)(w.ReceivePost(w.ctx, w.node, w.arrive(marie, func(p *parvis.Post) {
				p.Detail = &parvis.Question{Options: []parvis.Option{{Name: "Samedi"}, {Name: "Dimanche"}}}
				p.Title, p.Place, p.URI = "", nil, marie.URI+"/statuses/1"
				p.EndsAt, p.EditedAt = w.now.Add(time.Duration(hours)*time.Hour), w.now.Add(time.Duration(hours)*time.Second)
			}), app.Fetched))
		}
		awaited := func(want int) {
			t.Helper()
			if got := must[map[parvis.JobKind]storage.Queue](t)(w.DB.Queues(w.ctx))[parvis.JobEnd].Waiting; got != want {
				t.Errorf("%d ends are awaited, want %d", got, want)
			}
		}
		for hours := range 5 {
			move(hours + 1)
		}
		awaited(0)
		must[*parvis.Post](t)(w.Vote(w.ctx, w.node, w.karim, p.ID, []int{1}))
		awaited(1)
		move(7)
		awaited(2)
		w.now = w.now.Add(8 * time.Hour)
		w.ending()
		if got := w.toldOver(w.karim); !slices.Equal(got, []parvis.ID{p.ID}) {
			t.Errorf("karim is told of %v, want the question of marie, once", got)
		}
	})
}

// TestVotesGoWithTheirQuestion: nothing of who chose what outlives a question, and a
// deleted account's votes stay counted.
func TestVotesGoWithTheirQuestion(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := w.publish(w.jeanne, w.ask(false, "Samedi", "Dimanche"))
		must[*parvis.Post](t)(w.Vote(w.ctx, w.node, w.karim, p.ID, []int{1}))
		must[*parvis.Post](t)(w.Vote(w.ctx, w.node, w.odile, p.ID, []int{0}))
		voters := func() []parvis.ID { return must[[]parvis.ID](t)(w.rows().LocalVoters(w.ctx, p.ID, 0, 10)) }
		w.do(w.DB.Node(w.node.ID).InTx(w.ctx, func(ctx context.Context, tx *storage.Tx) error {
			return tx.EraseAccount(ctx, w.karim.Account, w.now)
		}))
		if got := voters(); !slices.Equal(got, []parvis.ID{w.odile.ID()}) {
			t.Errorf("after karim's account is deleted, known voters are %v", got)
		}
		if q := w.question(p.ID); q.Voters != 2 || q.Votes() != 2 {
			t.Errorf("after karim's account is deleted %+v is counted", q)
		}
		w.do(w.Delete(w.ctx, w.node, w.jeanne, p.ID))
		if got, q := voters(), w.question(p.ID); len(got) != 0 || len(q.Options) != 0 {
			t.Errorf("the deleted question has voters %v, options %+v", got, q.Options)
		}
	})
}
