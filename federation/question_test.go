package federation_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// ask publishes a question of Léa's that is open for a day.
func (s *scene) ask(t *testing.T, audience parvis.Audience, options ...string) *parvis.Post {
	t.Helper()
	q := &parvis.Question{}
	for _, name := range options {
		q.Options = append(q.Options, parvis.Option{Name: name})
	}
	p := s.malakoff.publish(s.lea, app.Draft{Detail: q, Title: "Quel jour ?", Audience: audience, EndsAt: s.clock.Now().Add(24 * time.Hour)})
	settle(t, s.malakoff)
	return p
}

// vote is a Create of a vote as Mastodon writes it.
func (s *stranger) vote(id, voter string, in *parvis.Post, option string, more ...map[string]any) map[string]any {
	v := map[string]any{"id": s.uri(voter) + "#votes/" + id, "type": "Note", "name": option, "attributedTo": s.uri(voter),
		"to": in.Author.URI, "inReplyTo": in.URI}
	for _, m := range more {
		maps.Copy(v, m)
	}
	return map[string]any{"@context": "https://www.w3.org/ns/activitystreams", "id": s.uri(voter) + "#votes/" + id + "/activity", "type": "Create",
		"actor": s.uri(voter), "to": in.Author.URI, "object": v}
}

// question returns how a question stands in a town.
func (p *peer) question(uri string) *parvis.Question {
	p.t.Helper()
	return p.found(uri).Detail.(*parvis.Question)
}

// TestAttackVotes: attack 28, on votes and tallies.
func TestAttackVotes(t *testing.T) {
	t.Run("28 votes that do not count", attackVotes)
	t.Run("28 never shown", attackShownVotes)
	t.Run("28 tally of another", attackTally)
}

// attackVotes: a vote counts once for each person, in time, for what one may see and
// what is asked. Nothing else counts.
func attackVotes(t *testing.T) {
	s := newScene(t)
	asked, offer := s.ask(t, parvis.Everyone, "Samedi", "Dimanche"), s.offer(t)
	few := s.ask(t, parvis.Partners, "Samedi", "Dimanche")
	marie, paul := s.mastodon.uri("marie"), s.mastodon.uri("paul")
	s.mastodon.say(s.malakoff, "marie", s.mastodon.vote("1", "marie", asked, "Samedi"))
	for what, body := range map[string]map[string]any{
		"once more":          s.mastodon.vote("2", "marie", asked, "Samedi"),
		"another option":     s.mastodon.vote("3", "marie", asked, "Dimanche"),
		"no such option":     s.mastodon.vote("4", "paul", asked, "Lundi"),
		"other letters":      s.mastodon.vote("5", "paul", asked, "samedi"),
		"with a text":        s.mastodon.vote("6", "paul", asked, "Samedi", map[string]any{"content": "<p>Oui !</p>"}),
		"with a copy":        s.mastodon.vote("7", "paul", asked, "Samedi", map[string]any{"cc": []string{s.mastodon.uri("paul") + "/followers"}}),
		"for all to see":     s.mastodon.vote("8", "paul", asked, "Samedi", map[string]any{"to": []string{asked.Author.URI, public}}),
		"for others alone":   s.mastodon.vote("9", "paul", asked, "Samedi", map[string]any{"to": []string{marie}}),
		"of another":         s.mastodon.vote("10", "paul", asked, "Samedi", map[string]any{"attributedTo": marie}),
		"id elsewhere":       s.mastodon.vote("11", "paul", asked, "Samedi", map[string]any{"id": s.evil.base + "/votes/1"}),
		"in what is for few": s.mastodon.vote("12", "paul", few, "Samedi"),
		"in an offer":        s.mastodon.vote("13", "paul", offer, "Samedi"),
		"for ours":           s.mastodon.vote("14", "paul", asked, "Samedi", map[string]any{"attributedTo": s.lea.Account.URI}),
	} {
		if got := (delivery{to: s.malakoff, from: s.mastodon, signer: strings.TrimPrefix(body["actor"].(string), s.mastodon.base+"/users/"), body: body}).send(t); got != http.StatusAccepted {
			t.Errorf("%s: status %d", what, got)
		}
		settle(t, s.malakoff)
		if q := s.malakoff.question(asked.URI); q.Voters != 1 || q.Votes() != 1 || q.Options[0].Votes != 1 || q.LocalVoters != 0 {
			t.Fatalf("%s: %+v, want Marie's first vote alone", what, q)
		}
	}
	if q := s.malakoff.question(few.URI); q.Votes() != 0 {
		t.Errorf("in a question for partners: %+v", q)
	}
	s.mastodon.say(s.malakoff, "paul", s.mastodon.vote("20", "paul", asked, "Dimanche"))
	if q := s.malakoff.question(asked.URI); q.Voters != 2 || q.Options[1].Votes != 1 {
		t.Errorf("after a right vote of %s: %+v", paul, q)
	}
	s.clock.pass(24*time.Hour + time.Second)
	s.evil.say(s.malakoff, "mallory", s.evil.vote("1", "mallory", asked, "Dimanche"))
	if q := s.malakoff.question(asked.URI); q.Voters != 2 || q.ClosedAt.IsZero() {
		t.Errorf("after a late vote: %+v", q)
	}
}

// attackShownVotes: a vote is no answer, by whichever way it comes, and nobody is told
// who voted what.
func attackShownVotes(t *testing.T) {
	ctx, s := context.Background(), newScene(t)
	asked := s.ask(t, parvis.Everyone, "Samedi", "Dimanche")
	s.mastodon.followedBy(s.malakoff, s.lea, "marie")
	// By its id only, by an Update, by a share, with a text: each is fetched or looked at.
	for i, more := range []map[string]any{nil, {"content": "<p>Samedi !</p>"}, {"content": "<p>Samedi !</p>", "to": []string{public}}} {
		path := "/notes/" + string(rune('1'+i))
		note := s.mastodon.note(path, "marie", "", map[string]any{"name": "Samedi", "inReplyTo": asked.URI}, more)
		s.mastodon.serve(path, note)
		s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Create", path+"/create", "marie", s.mastodon.base+path))
		s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Update", path+"/update", "marie", note))
		s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Announce", path+"/share", "marie", s.mastodon.base+path))
		if s.malakoff.has(s.mastodon.base + path) {
			t.Errorf("note %d is kept", i)
		}
	}
	s.mastodon.say(s.malakoff, "marie", s.mastodon.vote("1", "marie", asked, "Samedi"))
	p := s.malakoff.found(asked.URI)
	if q := p.Detail.(*parvis.Question); p.Replies != 0 || q.Votes() != 1 {
		t.Errorf("%d answers, %+v; want none, and one vote", p.Replies, q)
	}
	told, err := s.malakoff.app.Notifications(ctx, s.malakoff.Node, s.lea, nil, parvis.Page{})
	if err != nil || len(told) != 0 {
		t.Errorf("Léa is told %+v, %v", told, err)
	}
	for _, path := range []string{"", "/activity", "/replies", "/thread"} {
		if status, doc, _ := s.malakoff.get(asked.Path() + path); status != http.StatusOK || strings.Contains(fmt.Sprint(doc), "marie") {
			t.Errorf("%s: %d, says that Marie voted: %v", path, status, doc)
		}
	}
}

// attackTally: the author's server alone says how a question of its stands.
func attackTally(t *testing.T) {
	ctx, s := context.Background(), newScene(t)
	s.mastodon.followedBy(s.malakoff, s.lea, "marie")
	tally := func(by *stranger, author string, votes int, more ...map[string]any) map[string]any {
		option := func(name string) map[string]any {
			return map[string]any{"type": "Note", "name": name, "replies": map[string]any{"type": "Collection", "totalItems": votes}}
		}
		return by.note("/q/1", author, "<p>Quel jour ?</p>", append([]map[string]any{{"id": s.mastodon.base + "/q/1", "type": "Question", "published": s.clock.Now().Add(-time.Minute),
			"oneOf": []any{option("Samedi"), option("Dimanche")}, "endTime": s.clock.Now().Add(time.Hour), "votersCount": votes}}, more...)...)
	}
	uri := s.mastodon.base + "/q/1"
	s.mastodon.serve("/q/1", tally(s.mastodon, "marie", 1))
	s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Create", "/a/1", "marie", tally(s.mastodon, "marie", 1)))
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Update", "/a/1", "mallory", tally(s.evil, "mallory", 99)))
	s.mastodon.say(s.malakoff, "paul", s.mastodon.activity("Update", "/a/2", "paul", tally(s.mastodon, "paul", 98)))
	s.mastodon.say(s.malakoff, "paul", s.mastodon.activity("Update", "/a/3", "paul", tally(s.mastodon, "marie", 97)))
	if q := s.malakoff.question(uri); q.Voters != 1 || q.Votes() != 2 {
		t.Errorf("after tallies of others: %+v", q)
	}
	for i, n := range []int{-5, 1 << 62} {
		s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Update", "/a/1"+string(rune('0'+i)), "marie", tally(s.mastodon, "marie", n)))
		if q := s.malakoff.question(uri); q.Voters < 0 || q.Votes() < 0 || q.Votes() > 1<<40 {
			t.Errorf("a tally of %d: %+v", n, q)
		}
	}
	// Nobody elsewhere votes here in what is Marie's.
	s.evil.say(s.malakoff, "mallory", s.evil.vote("1", "mallory", s.malakoff.found(uri), "Samedi"))
	s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Update", "/a/20", "marie", tally(s.mastodon, "marie", 3, map[string]any{"closed": s.clock.Now()})))
	if q := s.malakoff.question(uri); q.Voters != 3 || q.Votes() != 6 || q.ClosedAt.IsZero() {
		t.Errorf("after Marie's own: %+v", q)
	}
	if _, err := s.malakoff.app.Vote(ctx, s.malakoff.Node, s.lea, s.malakoff.found(uri).ID, []int{0}); err == nil {
		t.Error("one can vote in what is closed")
	}
}

// TestVoteElsewhere: a resident's vote goes to the author alone, one activity for each
// choice, and the counts come back, asked for if they are not told.
func TestVoteElsewhere(t *testing.T) {
	ctx, s := context.Background(), newScene(t)
	s.mastodon.followedBy(s.malakoff, s.lea, "marie")
	paul := s.mastodon.followedBy(s.malakoff, s.lea, "paul")
	question := func(first, second, voters int, more ...map[string]any) map[string]any {
		option := func(name string, votes int) map[string]any {
			return map[string]any{"type": "Note", "name": name, "replies": map[string]any{"type": "Collection", "totalItems": votes}}
		}
		return s.mastodon.note("/q/1", "marie", "<p>Que faire ?</p>", append([]map[string]any{{"type": "Question", "published": s.clock.Now().Add(-time.Minute),
			"anyOf": []any{option("Vélo", first), option("Marché", second)}, "endTime": s.clock.Now().Add(time.Hour), "votersCount": voters}}, more...)...)
	}
	s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Create", "/a/1", "marie", question(1, 0, 1)))
	p := s.malakoff.found(s.mastodon.base + "/q/1")
	if _, err := s.malakoff.app.Vote(ctx, s.malakoff.Node, s.lea, p.ID, []int{0, 1}); err != nil {
		t.Fatal(err)
	}
	settle(t, s.malakoff)
	var names []string
	for _, create := range s.mastodon.received("Create") {
		vote := create["object"].(map[string]any)
		names = append(names, vote["name"].(string))
		if vote["inReplyTo"] != p.URI || vote["attributedTo"] != s.lea.Account.URI || vote["content"] != nil || vote["cc"] != nil || vote["published"] != nil ||
			!slices.Equal(vote["to"].([]any), []any{p.Author.URI}) || !slices.Equal(create["to"].([]any), []any{p.Author.URI}) {
			t.Errorf("the vote is %v", create)
		}
		if _, doc, _ := s.malakoff.get(strings.TrimPrefix(create["id"].(string), s.malakoff.Base())); doc["type"] != "Person" {
			t.Errorf("where the vote lies there is %v, want its voter", doc)
		}
	}
	slices.Sort(names)
	if want := []string{"Marché", "Vélo"}; !slices.Equal(names, want) {
		t.Errorf("votes for %q were sent, want %q", names, want)
	}
	if got := s.mastodon.log.count("POST /users/marie/inbox") - s.mastodon.log.count("POST /users/paul/inbox"); got < 2 || paul.Inbox == p.Author.Inbox {
		t.Errorf("%d deliveries to Marie's own inbox", got)
	}
	if n := s.mastodon.log.count("POST /inbox"); n != 0 {
		t.Errorf("%d deliveries to the shared inbox: others' votes are nobody's business", n)
	}

	s.mastodon.serve("/q/1", question(5, 7, 9))
	s.clock.pass(5 * time.Minute)
	settle(t, s.malakoff)
	if q := s.malakoff.question(p.URI); q.Options[0].Votes != 5 || q.Options[1].Votes != 7 || q.Voters != 9 || q.LocalVoters != 1 {
		t.Errorf("counts that were asked for: %+v", q)
	}
	s.mastodon.serve("/q/1", question(6, 8, 10, map[string]any{"closed": s.clock.Now().Add(time.Hour)}))
	s.clock.pass(time.Hour)
	settle(t, s.malakoff)
	if q := s.malakoff.question(p.URI); q.Votes() != 14 || q.ClosedAt.IsZero() {
		t.Errorf("counts at the end: %+v", q)
	}
	told, err := s.malakoff.app.Notifications(ctx, s.malakoff.Node, s.lea, []parvis.NotificationType{parvis.NotifyPoll}, parvis.Page{})
	if err != nil || len(told) != 1 {
		t.Errorf("Léa is told %+v, %v; want that it is over", told, err)
	}
}

// TestOddQuestions: what nobody could vote in by the names it has is a note with a link.
func TestOddQuestions(t *testing.T) {
	s := newScene(t)
	s.mastodon.followedBy(s.malakoff, s.lea, "marie")
	option := func(name string) map[string]any { return map[string]any{"type": "Note", "name": name} }
	many := make([]any, parvis.MaxRemoteOptions+1)
	for i := range many {
		many[i] = option(strings.Repeat("x", i+1))
	}
	for name, tt := range map[string]struct {
		more map[string]any
		want parvis.Kind
	}{
		"one option, no array": {map[string]any{"oneOf": option("Oui")}, parvis.KindQuestion},
		"as many as we take":   {map[string]any{"anyOf": many[:parvis.MaxRemoteOptions]}, parvis.KindQuestion},
		"a kind of tomorrow":   {map[string]any{"oneOf": []any{option("Oui"), option("Non")}, "parvis:kind": "ballot"}, parvis.KindQuestion},
		"too many":             {map[string]any{"anyOf": many}, parvis.KindNote},
		"twice the same":       {map[string]any{"oneOf": []any{option("Oui"), option("Oui")}}, parvis.KindNote},
		"turned letters":       {map[string]any{"oneOf": []any{option("Oui\u202e"), option("Non")}}, parvis.KindNote},
		"no options":           {map[string]any{"oneOf": []any{}}, parvis.KindNote},
		"a Note that says so":  {map[string]any{"type": "Note", "parvis:kind": "question", "oneOf": []any{option("Oui"), option("Non")}}, parvis.KindNote},
	} {
		path := "/q/" + strings.ReplaceAll(name, " ", "-")
		s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Create", path+"/a", "marie",
			s.mastodon.note(path, "marie", "<p>On y va ?</p>", map[string]any{"type": "Question"}, tt.more)))
		if got := s.malakoff.found(s.mastodon.base + path); got.Kind() != tt.want || !strings.HasPrefix(got.HTML, "<p>On y va ?</p>") {
			t.Errorf("%s: a %s that says %s, want a %s", name, got.Kind(), got.HTML, tt.want)
		}
	}
}
