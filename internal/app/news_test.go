package app_test

import (
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// heard are the types of what somebody was told, newest first.
func (w *town) heard(v parvis.Viewer) []parvis.NotificationType {
	w.t.Helper()
	var types []parvis.NotificationType
	for _, n := range must[[]*parvis.Notification](w.t)(w.Notifications(w.ctx, w.node, v, nil, parvis.Page{})) {
		types = append(types, n.Type)
	}
	return types
}

// take takes the jobs of a kind that are due.
func (w *town) take(kind parvis.JobKind) []*parvis.Job {
	w.t.Helper()
	jobs := must[[]*parvis.Job](w.t)(w.DB.TurnJobs(w.ctx, nil, storage.Claim{Kinds: []parvis.JobKind{kind}, Now: w.now, Until: w.now.Add(time.Minute), Limit: 50}))
	for _, j := range jobs {
		w.do(w.DB.SettleJobs(w.ctx, storage.Ended{Job: j}))
	}
	return jobs
}

// TestWhatIsOffIsNotKept: of a topic that is off on the page nothing is stored; what
// waits for an answer there cannot be turned off.
func TestWhatIsOffIsNotKept(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := must[*parvis.Post](t)(w.Publish(w.ctx, w.node, w.jeanne, offer()))
		w.do(w.SetWishes(w.ctx, w.node, w.jeanne, parvis.Wishes{parvis.TopicLike: {}, parvis.TopicRequest: {}}))
		must[*parvis.Post](t)(w.Like(w.ctx, w.node, w.karim, p.ID))
		if got := w.heard(w.jeanne); len(got) != 0 {
			t.Errorf("Jeanne was told %v of what she turned off", got)
		}
		must[*parvis.Post](t)(w.Like(w.ctx, w.node, w.odile, p.ID))
		w.do(w.SetWishes(w.ctx, w.node, w.jeanne, parvis.Wishes{parvis.TopicLike: {Mail: true}}))
		must[*parvis.Post](t)(w.Share(w.ctx, w.node, w.karim, p.ID))
		if got := w.heard(w.jeanne); len(got) != 1 || got[0] != parvis.NotifyShare {
			t.Errorf("Jeanne was told %v, want the share", got)
		}
		wishes := must[parvis.Wishes](t)(w.Wishes(w.ctx, w.node, w.jeanne))
		if got := wishes.For(parvis.TopicLike); got != (parvis.Reach{Page: true, Mail: true}) {
			t.Errorf("likes reach her by %+v", got)
		}
		if got := wishes.For(parvis.TopicRequest); got != (parvis.Reach{Page: true}) {
			t.Errorf("requests reach her by %+v", got)
		}
		if got := wishes.For(parvis.TopicAnswer); got != parvis.Wishes(nil).For(parvis.TopicAnswer) {
			t.Errorf("what she did not choose became %+v", got)
		}
		if others := must[parvis.Wishes](t)(w.Wishes(w.ctx, w.node, w.karim)); len(others) != 0 {
			t.Errorf("Karim wishes %v", others)
		}
		_, err := w.Wishes(w.ctx, w.node, parvis.Viewer{})
		w.fails("a visitor", err, parvis.ErrSignIn)
		w.fails("a visitor", w.SetWishes(w.ctx, w.node, parvis.Viewer{}, nil), parvis.ErrSignIn)
	})
}

// TestTheTeamChoosesItsMail: who turned it off is not written to.
func TestTheTeamChoosesItsMail(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.Mails = true
		report := func() int {
			t.Helper()
			must[*parvis.Report](t)(w.Report(w.ctx, w.node, w.karim, parvis.Report{TargetID: w.jeanne.ID(), Comment: "Elle insiste."}))
			return len(w.take(parvis.JobMail))
		}
		if got := report(); got != 1 {
			t.Errorf("%d mails to a team of one", got)
		}
		w.do(w.SetWishes(w.ctx, w.node, w.odile, parvis.Wishes{parvis.TopicTeam: {}}))
		if got := report(); got != 0 {
			t.Errorf("%d mails to who wants none", got)
		}
	})
}
