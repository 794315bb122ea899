package federation_test

import (
	"context"
	"slices"
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestLettersToSeveralServers: who gets a letter learns who else does, and an answer
// goes to all of them; whoever cannot be found is counted.
func TestLettersToSeveralServers(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff, mastodon, other := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie"), newStranger(t, c, "ana")
	lea := malakoff.resident("lea")
	drill := malakoff.publish(lea, drill(parvis.Everyone))
	settle(t, malakoff)
	letter := mastodon.note("/notes/1", "marie", "<p>On vient à deux ?</p>", map[string]any{
		"inReplyTo": drill.URI, "to": []string{lea.Account.URI, other.uri("ana"), other.uri("/lists/7")}, "cc": []string{},
		"tag": []any{map[string]any{"type": "Mention", "href": lea.Account.URI}, map[string]any{"type": "Mention", "href": other.uri("ana")}}})
	mastodon.say(malakoff, "marie", mastodon.activity("Create", "/a/1", "marie", letter))
	settle(t, malakoff)

	talks, err := malakoff.app.Conversations(ctx, malakoff.Node, lea, parvis.Page{})
	if err != nil || len(talks) != 1 || len(talks[0].People) != 3 {
		t.Fatalf("%d conversations: %v", len(talks), err)
	}
	if talks[0].Subject == nil || talks[0].Subject.ID != drill.ID {
		t.Errorf("it is about %v, want the drill", talks[0].Subject)
	}
	_, messages, err := malakoff.app.Conversation(ctx, malakoff.Node, lea, talks[0].ID, parvis.Page{})
	if err != nil || len(messages) != 1 || messages[0].Strangers != 1 {
		t.Errorf("messages %+v, %v; want one, to one stranger", messages, err)
	}

	if _, err := malakoff.app.Answer(ctx, malakoff.Node, lea, talks[0].ID, app.Draft{Detail: &parvis.Note{}, Source: "Volontiers"}); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff)
	for _, s := range []*stranger{mastodon, other} {
		got := s.received("Create")
		if len(got) != 1 {
			t.Fatalf("%s received %d letters, want the answer", s.host, len(got))
		}
		note := got[0]["object"].(map[string]any)
		var mentioned []string
		for _, tag := range note["tag"].([]any) {
			mentioned = append(mentioned, tag.(map[string]any)["href"].(string))
		}
		slices.Sort(mentioned)
		want := []string{mastodon.uri("marie"), other.uri("ana")}
		slices.Sort(want)
		if !slices.Equal(mentioned, want) || len(note["to"].([]any)) != 2 || len(note["cc"].([]any)) != 0 {
			t.Errorf("it names %q, to %v, cc %v", mentioned, note["to"], note["cc"])
		}
		if note["inReplyTo"] != mastodon.base+"/notes/1" {
			t.Errorf("it answers %v", note["inReplyTo"])
		}
	}
}

// TestLettersOfOthersMakeNobodyAsk: a post for named people that concerns nobody here
// leads to no request.
func TestLettersOfOthersMakeNobodyAsk(t *testing.T) {
	c := newClock()
	malakoff, mastodon, other := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie"), newStranger(t, c, "ana")
	malakoff.resident("lea")
	letter := mastodon.note("/notes/1", "marie", "<p>Bonjour</p>", map[string]any{"to": []string{other.uri("ana")}, "cc": []string{}})
	mastodon.say(malakoff, "marie", mastodon.activity("Create", "/a/1", "marie", letter))
	settle(t, malakoff)
	if asked := other.log.count("GET /users/ana"); asked > 0 {
		t.Errorf("it was asked %d times", asked)
	}
}
