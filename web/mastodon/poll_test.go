package mastodon_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// gotPoll is what tests read of a poll.
type gotPoll struct {
	ID          string
	Expired     bool
	Multiple    bool
	Voted       *bool
	VotesCount  int    `json:"votes_count"`
	VotersCount *int   `json:"voters_count"`
	OwnVotes    *[]int `json:"own_votes"`
	Options     []struct {
		Title      string
		VotesCount *int `json:"votes_count"`
	}
}

type gotAsked struct {
	ID, Content string
	Poll        *gotPoll
}

func (p *gotPoll) counts() []int {
	var counts []int
	for _, o := range p.Options {
		if o.VotesCount != nil {
			counts = append(counts, *o.VotesCount)
		}
	}
	return counts
}

// TestPoll: an app asks, others vote once, and see how many voted for what.
func TestPoll(t *testing.T) {
	for _, e := range parvistest.Engines(t) {
		t.Run(e.Name, func(t *testing.T) {
			w := newTown(t, e)
			jeanne, lea, visitor := w.as(t, "jeanne"), w.as(t, "lea"), w.as(t, "")
			asked := must[gotAsked](t, jeanne.send(http.MethodPost, "/api/v1/statuses", "application/json", strings.NewReader(
				`{"status":"Que faire samedi ?","poll":{"options":["Marché"," Vélo ","Rien"],"expires_in":300,"multiple":true}}`)))
			if asked.Poll == nil || asked.Poll.ID != asked.ID || !asked.Poll.Multiple || !*asked.Poll.Voted || strings.Contains(asked.Content, "Marché") {
				t.Fatalf("asked %+v, poll %+v", asked, asked.Poll)
			}
			path := "/api/v1/polls/" + asked.ID
			if got := must[gotPoll](t, visitor.get(path)); got.Voted != nil || got.OwnVotes != nil || !cmp.Equal(got.counts(), []int{0, 0, 0}) {
				t.Errorf("a visitor is told %+v", got)
			}
			for name, c := range map[string]struct {
				as     *client
				choice url.Values
			}{"own": {jeanne, url.Values{"choices[]": {"0"}}}, "none": {lea, nil}, "unknown": {lea, url.Values{"choices[]": {"3"}}}, "words": {lea, url.Values{"choices[]": {"Marché"}}}} {
				if rec := c.as.post(path+"/votes", c.choice); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), `{"error":"`) {
					t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
				}
			}
			got := must[gotPoll](t, lea.send(http.MethodPost, path+"/votes", "application/json", strings.NewReader(`{"choices":[0,1]}`)))
			if !*got.Voted || !cmp.Equal(*got.OwnVotes, []int{0, 1}) || *got.VotersCount != 1 || got.VotesCount != 2 || !cmp.Equal(got.counts(), []int{1, 1, 0}) {
				t.Errorf("after voting: %+v", got)
			}
			if rec := lea.post(path+"/votes", url.Values{"choices[]": {"2"}}); rec.Code != http.StatusUnprocessableEntity {
				t.Errorf("voting again: %d", rec.Code)
			}
			if got := must[gotPoll](t, jeanne.get(path)); !cmp.Equal(*got.OwnVotes, []int{}) || *got.VotersCount != 1 {
				t.Errorf("the author is told %+v", got)
			}
			if got := must[[]gotAsked](t, lea.get("/api/v1/timelines/public")); len(got) != 1 || !cmp.Equal(*got[0].Poll.OwnVotes, []int{0, 1}) {
				t.Errorf("the timeline has %+v", got)
			}
			if rec := visitor.post(path+"/votes", url.Values{"choices[]": {"0"}}); rec.Code != http.StatusUnauthorized {
				t.Errorf("a visitor's vote: %d", rec.Code)
			}
			drill := w.drill(t, "jeanne").ID.Decimal()
			if rec := lea.get("/api/v1/polls/" + drill); rec.Code != http.StatusNotFound {
				t.Errorf("an offer as a poll: %d", rec.Code)
			}
		})
	}
}

// TestRefusedPolls: our limits are told, and held.
func TestRefusedPolls(t *testing.T) {
	w := sqliteTown(t)
	jeanne := w.as(t, "jeanne")
	told := must[struct {
		Configuration struct{ Polls map[string]int }
	}](t, jeanne.get("/api/v2/instance")).Configuration.Polls
	if want := map[string]int{"max_options": parvis.MaxOptions, "max_characters_per_option": parvis.MaxOption, "min_expiration": 300, "max_expiration": 31536000}; !cmp.Equal(told, want) {
		t.Errorf("told limits %v, want %v", told, want)
	}
	ask := func(options []string, seconds string) int {
		return jeanne.post("/api/v1/statuses", url.Values{"status": {"Qui vient ?"}, "poll[options][]": options, "poll[expires_in]": {seconds}}).Code
	}
	many := strings.Split(strings.Repeat("a", parvis.MaxOptions+1), "")
	for i := range many {
		many[i] += string(rune('a' + i))
	}
	for name, code := range map[string]int{
		"one option":      ask([]string{"Moi"}, "3600"),
		"twice the same":  ask([]string{"Moi", "Moi"}, "3600"),
		"an empty one":    ask([]string{"Moi", " "}, "3600"),
		"many":            ask(many, "3600"),
		"long":            ask([]string{"Moi", strings.Repeat("é", parvis.MaxOption+1)}, "3600"),
		"too short":       ask([]string{"Moi", "Toi"}, "60"),
		"for ever":        ask([]string{"Moi", "Toi"}, "31622400"),
		"longer than int": ask([]string{"Moi", "Toi"}, "99999999999999999999"),
		"negative":        ask([]string{"Moi", "Toi"}, "-5"),
	} {
		if code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, code)
		}
	}
	if code := ask(many[:parvis.MaxOptions], "31536000"); code != http.StatusOK {
		t.Errorf("as much as may be: %d", code)
	}
}

// TestPollNotification: apps are told that a question is over.
func TestPollNotification(t *testing.T) {
	w := sqliteTown(t)
	jeanne, lea := w.as(t, "jeanne"), w.as(t, "lea")
	asked := must[gotAsked](t, jeanne.post("/api/v1/statuses", url.Values{"status": {"Qui vient ?"}, "poll[options][]": {"Moi", "Toi"}, "poll[expires_in]": {"3600"}}))
	must[gotPoll](t, lea.post("/api/v1/polls/"+asked.ID+"/votes", url.Values{"choices[]": {"0"}}))
	w.end(t)
	for name, c := range map[string]*client{"jeanne": jeanne, "lea": lea} {
		told := must[[]gotNotification](t, c.get("/api/v1/notifications?types[]=poll"))
		if len(told) != 1 || told[0].Type != "poll" || told[0].Status == nil || told[0].Status.ID != asked.ID {
			t.Errorf("%s is told %+v", name, told)
		}
	}
}

// end lets the questions that wait for it end.
func (w *town) end(t testing.TB) {
	t.Helper()
	ctx, later := t.Context(), w.Now().AddDate(0, 0, 1)
	w.App.Now = func() time.Time { return later }
	for {
		jobs, err := w.DB.TurnJobs(ctx, nil, storage.Claim{Kinds: []parvis.JobKind{parvis.JobEnd}, Now: later, Until: later.Add(time.Minute), Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		if len(jobs) == 0 {
			return
		}
		for _, j := range jobs {
			if err := w.End(ctx, j); err != nil {
				t.Fatal(err)
			}
			if err := w.DB.SettleJobs(ctx, storage.Ended{Job: j}); err != nil {
				t.Fatal(err)
			}
		}
	}
}
