package server_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// counted says how a question stands at a place: the votes of each option, those of
// its own residents in brackets, and the voters.
func (p *place) counted(uri string) string {
	p.t.Helper()
	post, err := p.app.DB.Node(p.node.ID).PostByURI(bg, uri)
	if err != nil {
		p.t.Fatalf("%s does not have %s: %v", p.name, uri, err)
	}
	q, ok := post.Detail.(*parvis.Question)
	if !ok {
		p.t.Fatalf("%s has %s as a %s", p.name, uri, post.Kind())
	}
	var words []string
	for _, o := range q.Options {
		words = append(words, fmt.Sprintf("%s %d(%d)", o.Name, o.Votes, o.Local))
	}
	return fmt.Sprintf("%s; %d(%d)", strings.Join(words, ", "), q.Voters, q.LocalVoters)
}

func (p *place) vote(v parvis.Viewer, uri string, choices ...int) error {
	p.t.Helper()
	_, err := p.app.Vote(bg, p.node, v, p.mustFind(v, uri).ID, choices)
	return err
}

// shown is all that a place shows of a post to whoever asks: pages, collections, API.
func (p *place) shown(post *parvis.Post) string {
	p.t.Helper()
	var all strings.Builder
	for _, path := range []string{"", "/activity", "/replies", "/thread", "/likes", "/shares"} {
		for _, accept := range []string{"text/html", "application/activity+json"} {
			r, err := http.NewRequest(http.MethodGet, p.http.URL+post.Path()+path, nil)
			if err != nil {
				p.t.Fatal(err)
			}
			r.Host = p.node.Host
			r.Header.Set("Accept", accept)
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				p.t.Fatal(err)
			}
			body, err := io.ReadAll(answer.Body)
			if err != nil {
				p.t.Fatal(err)
			}
			_ = answer.Body.Close()
			all.Write(body)
		}
	}
	return all.String()
}

// TestAQuestionIsAskedHereAndThere: residents of two towns vote, each town counts its
// own apart, all learn the counts and the end, and nobody learns who chose what.
func TestAQuestionIsAskedHereAndThere(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		net := newNetwork(t, e, "malakoff", "vanves", "lyon")
		malakoff, vanves, lyon := net.places[0], net.places[1], net.places[2]
		jeanne, karim := malakoff.resident("jeanne", parvis.RoleResident), malakoff.resident("karim", parvis.RoleResident)
		thu, paul := vanves.resident("thu", parvis.RoleResident), vanves.resident("paul", parvis.RoleResident)
		ali := lyon.resident("ali", parvis.RoleResident)
		net.befriend(malakoff, vanves)
		lyon.follow(ali, "@jeanne@"+malakoff.node.Host)
		net.settle()
		if err := malakoff.app.MarkSeen(bg, malakoff.node, jeanne, parvis.NewID(net.clock.Now())); err != nil {
			t.Fatal(err) // of the follow
		}

		d := app.Draft{Detail: &parvis.Question{Options: []parvis.Option{{Name: "Samedi"}, {Name: "Dimanche"}}}, Language: "fr",
			Title: "Quel jour pour la fête des voisins ?", Audience: parvis.Everyone, EndsAt: net.clock.Now().Add(24 * time.Hour).Truncate(time.Second)}
		asked := malakoff.publish(jeanne, d)
		net.settle()
		got := vanves.mustFind(thu, asked.URI)
		if diff := cmp.Diff(asked.Detail, got.Detail); diff != "" || got.Title != d.Title || !got.EndsAt.Equal(d.EndsAt) || got.HTML != "" {
			t.Errorf("the question arrived as %+v, detail (-asked +got):\n%s", got, diff)
		}

		for i, vote := range []func() error{
			func() error { return malakoff.vote(karim, asked.URI, 0) },
			func() error { return vanves.vote(thu, asked.URI, 1) },
			func() error { return vanves.vote(paul, asked.URI, 1) },
		} {
			if err := vote(); err != nil {
				t.Fatalf("vote %d: %v", i, err)
			}
		}
		if malakoff.vote(karim, asked.URI, 1) == nil || vanves.vote(thu, asked.URI, 0) == nil || malakoff.vote(jeanne, asked.URI, 0) == nil {
			t.Error("somebody votes twice, or on their own question")
		}
		net.settle()
		if got, want := malakoff.counted(asked.URI), "Samedi 1(1), Dimanche 2(0); 3(1)"; got != want {
			t.Errorf("where it was asked: %s, want %s", got, want)
		}
		if got, want := lyon.counted(asked.URI), "Samedi 0(0), Dimanche 0(0); 0(0)"; got != want {
			t.Errorf("in Lyon before it was told: %s, want %s", got, want)
		}
		net.clock.pass(3 * time.Minute)
		net.settle()
		for p, want := range map[*place]string{vanves: "Samedi 1(0), Dimanche 2(2); 3(2)", lyon: "Samedi 1(0), Dimanche 2(0); 3(0)"} {
			if got := p.counted(asked.URI); got != want {
				t.Errorf("in %s after some minutes: %s, want %s", p.name, got, want)
			}
		}

		if err := lyon.vote(ali, asked.URI, 0); err != nil {
			t.Fatal(err)
		}
		net.settle()
		net.clock.pass(24 * time.Hour)
		net.settle()
		for p, want := range map[*place]string{malakoff: "Samedi 2(1), Dimanche 2(0); 4(1)", vanves: "Samedi 2(0), Dimanche 2(2); 4(2)", lyon: "Samedi 2(1), Dimanche 2(0); 4(1)"} {
			if got := p.counted(asked.URI); got != want {
				t.Errorf("in %s at the end: %s, want %s", p.name, got, want)
			}
			if post, err := p.app.DB.Node(p.node.ID).PostByURI(bg, asked.URI); err != nil || post.Detail.(*parvis.Question).ClosedAt.IsZero() || !post.EditedAt.IsZero() {
				t.Errorf("in %s it is %+v, %v; want closed and not edited", p.name, post, err)
			}
		}
		for name, told := range map[string]struct {
			at  *place
			who parvis.Viewer
		}{"jeanne": {malakoff, jeanne}, "karim": {malakoff, karim}, "thu": {vanves, thu}, "paul": {vanves, paul}, "ali": {lyon, ali}} {
			list, err := told.at.app.Notifications(bg, told.at.node, told.who, nil, parvis.Page{})
			list = slices.DeleteFunc(list, func(n *parvis.Notification) bool { return n.Read })
			if err != nil || len(list) != 1 || list[0].Type != parvis.NotifyPoll || list[0].From.Username != "jeanne" {
				t.Errorf("%s is told %+v, %v; want that the question is over, and nothing else", name, list, err)
			}
		}
		if err := lyon.vote(lyon.resident("ines", parvis.RoleResident), asked.URI, 0); err == nil {
			t.Error("one can vote when it is over")
		}
		page := malakoff.shown(asked)
		for _, trace := range []string{"@karim", "@thu", "@paul", "@ali", "#votes"} {
			if strings.Contains(page, trace) || !strings.Contains(page, "Dimanche") {
				t.Errorf("something shows %s, so who voted:\n%s", trace, page)
			}
		}
		if p := malakoff.mustFind(jeanne, asked.URI); p.Replies != 0 {
			t.Errorf("%d answers, want none: votes are not answers", p.Replies)
		}

		if err := malakoff.app.Delete(bg, malakoff.node, jeanne, asked.ID); err != nil {
			t.Fatal(err)
		}
		net.settle()
		for _, p := range []*place{vanves, lyon} {
			if _, err := p.find(parvis.Viewer{}, asked.URI); err == nil {
				t.Errorf("%s still has the deleted question", p.name)
			}
		}
	})
}

// TestAQuestionForPartners: whoever may see it may vote in it; others learn nothing.
func TestAQuestionForPartners(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		net := newNetwork(t, e, "malakoff", "vanves")
		malakoff, vanves := net.places[0], net.places[1]
		jeanne, thu := malakoff.resident("jeanne", parvis.RoleResident), vanves.resident("thu", parvis.RoleResident)
		net.befriend(malakoff, vanves)
		asked := malakoff.publish(jeanne, app.Draft{Detail: &parvis.Question{Several: true, Hidden: true, Options: []parvis.Option{{Name: "Vélo"}, {Name: "Marché"}}},
			Source: "Que faire ?", Audience: parvis.Partners, EndsAt: net.clock.Now().Add(time.Hour)})
		net.settle()
		if err := vanves.vote(thu, asked.URI, 0, 1); err != nil {
			t.Fatal(err)
		}
		net.settle()
		if got, want := malakoff.counted(asked.URI), "Vélo 1(0), Marché 1(0); 1(0)"; got != want {
			t.Errorf("counted %s, want %s", got, want)
		}
		net.clock.pass(30 * time.Minute)
		net.settle()
		if q := vanves.mustFind(thu, asked.URI).Detail.(*parvis.Question); !q.Hidden {
			t.Errorf("the hidden counts are told before the end: %+v", q)
		}
		net.clock.pass(time.Hour)
		net.settle()
		if got, want := vanves.counted(asked.URI), "Vélo 1(1), Marché 1(1); 1(1)"; got != want {
			t.Errorf("at the end the partner counts %s, want %s", got, want)
		}
	})
}

// TestAQuestionIsLookedAt: where nobody follows its author or voted in it, its counts
// come because a resident looks at it, at most once in five minutes.
func TestAQuestionIsLookedAt(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		net := newNetwork(t, e, "malakoff", "lyon")
		malakoff, lyon := net.places[0], net.places[1]
		jeanne, karim := malakoff.resident("jeanne", parvis.RoleResident), malakoff.resident("karim", parvis.RoleResident)
		ali := lyon.resident("ali", parvis.RoleResident)
		asked := malakoff.publish(jeanne, app.Draft{Detail: &parvis.Question{Options: []parvis.Option{{Name: "Samedi"}, {Name: "Dimanche"}}},
			Title: "Quel jour pour la fête des voisins ?", Audience: parvis.Everyone, EndsAt: net.clock.Now().Add(24 * time.Hour)})
		there, err := lyon.app.Remote.Post(bg, lyon.node, asked.URI)
		if err != nil {
			t.Fatal(err)
		}
		counts := func(when string, v parvis.Viewer, want string) {
			t.Helper()
			if _, err := lyon.app.Post(bg, lyon.node, v, there.ID); err != nil {
				t.Fatal(err)
			}
			net.settle()
			if got := lyon.counted(asked.URI); got != want {
				t.Errorf("%s: %s, want %s", when, got, want)
			}
		}
		if err := malakoff.vote(karim, asked.URI, 1); err != nil {
			t.Fatal(err)
		}
		counts("after a visitor looked", parvis.Viewer{}, "Samedi 0(0), Dimanche 0(0); 0(0)")
		counts("after a resident looked", ali, "Samedi 0(0), Dimanche 1(0); 1(0)")
		if err := malakoff.vote(malakoff.resident("lea", parvis.RoleResident), asked.URI, 0); err != nil {
			t.Fatal(err)
		}
		counts("after a second look at once", ali, "Samedi 0(0), Dimanche 1(0); 1(0)")
		net.clock.pass(6 * time.Minute)
		counts("after a look some minutes later", ali, "Samedi 1(0), Dimanche 1(0); 2(0)")
		net.clock.pass(24 * time.Hour)
		counts("after a look when it is over", ali, "Samedi 1(0), Dimanche 1(0); 2(0)")
		if q := lyon.mustFind(ali, asked.URI).Detail.(*parvis.Question); q.ClosedAt.IsZero() {
			t.Error("a look does not tell that it is over")
		}
	})
}
