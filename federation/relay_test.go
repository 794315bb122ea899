package federation_test

import (
	"context"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestRelay: what a relay passes on is fetched from its own server and kept in the
// lists, once the relay agreed; only the relay itself agrees, and when we left it
// passes nothing on any more.
func TestRelay(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	relay, mastodon, evil := newStranger(t, c, "relay"), newStranger(t, c, "marie"), newStranger(t, c, "mallory")
	actor := relay.person("relay")
	actor["type"] = "Application"
	relay.serve("/users/relay", actor)
	for _, path := range []string{"/notes/1", "/notes/2", "/notes/3", "/notes/4"} {
		mastodon.serve(path, mastodon.note(path, "marie", "<p>Brocante dimanche</p>"))
	}
	mastodon.serve("/notes/answer", mastodon.note("/notes/answer", "marie", "<p>Oui</p>", map[string]any{"inReplyTo": mastodon.base + "/notes/1"}))
	announced := 0
	passes := func(post string) bool {
		announced++
		relay.say(malakoff, "relay", relay.activity("Announce", "/a/"+string(rune('0'+announced)), "relay", post))
		return malakoff.has(post)
	}
	state := func() parvis.RelayState {
		relays, err := malakoff.app.Relays(ctx, malakoff.Node)
		if err != nil || len(relays) != 1 {
			t.Fatalf("%d relays, %v", len(relays), err)
		}
		return relays[0].State
	}

	r, err := malakoff.app.AddRelay(ctx, malakoff.Node, relay.base+"/inbox", parvis.RelayMastodon)
	if err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff)
	asked := relay.received("Follow")
	if len(asked) != 1 || asked[0]["object"] != public {
		t.Fatalf("the relay was asked %v, want to follow the public", asked)
	}
	if passes(mastodon.base + "/notes/1") {
		t.Error("a post was taken from a relay that did not agree yet")
	}
	evil.say(malakoff, "mallory", evil.activity("Accept", "/accepts/1", "mallory", asked[0]["id"]))
	if got := state(); got != parvis.RelayAsked {
		t.Errorf("after another server's answer the relay is %s", got)
	}
	relay.say(malakoff, "relay", relay.activity("Accept", "/accepts/1", "relay", asked[0]["id"]))
	if got := state(); got != parvis.RelayAccepted {
		t.Fatalf("after its answer the relay is %s", got)
	}
	if !passes(mastodon.base + "/notes/2") {
		t.Error("what the relay passes on did not arrive")
	}
	if passes(mastodon.base + "/notes/answer") {
		t.Error("an answer was taken from the relay")
	}
	if got := malakoff.found(mastodon.base + "/notes/2"); got.Shares != 0 || got.Author.URI != mastodon.uri("marie") {
		t.Errorf("%s by %s has %d shares, want none: the relay is nobody", got.URI, got.Author.URI, got.Shares)
	}
	evil.say(malakoff, "mallory", evil.activity("Announce", "/a/1", "mallory", mastodon.base+"/notes/3"))
	if malakoff.has(mastodon.base + "/notes/3") {
		t.Error("a post was taken from a stranger who is no relay")
	}
	malakoff.blockDomain("localhost")
	named := newStranger(t, c, "karim").called("karim.localhost", "karim")
	named.serve("/notes/1", named.note("/notes/1", "karim", "<p>Publicité</p>"))
	if passes(named.base + "/notes/1") {
		t.Error("the relay brought a post of a blocked server")
	}

	if err := malakoff.app.LeaveRelay(ctx, malakoff.Node, r.ID); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff)
	if undone := relay.received("Undo"); len(undone) != 1 {
		t.Errorf("the relay was told %v, want one Undo", undone)
	}
	if passes(mastodon.base + "/notes/4") {
		t.Error("a post was taken from a relay that we left")
	}
}

// TestLitePubRelay: relays of Pleroma's kind are followed by their actor.
func TestLitePubRelay(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff, relay, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "relay"), newStranger(t, c, "marie")
	actor := relay.person("relay")
	actor["type"] = "Application"
	relay.serve("/users/relay", actor)
	mastodon.serve("/notes/1", mastodon.note("/notes/1", "marie", "<p>Brocante dimanche</p>"))
	if _, err := malakoff.app.AddRelay(ctx, malakoff.Node, relay.uri("relay"), parvis.RelayLitePub); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff)
	asked := relay.received("Follow")
	if len(asked) != 1 || asked[0]["object"] != relay.uri("relay") {
		t.Fatalf("the relay was asked %v, want to be followed", asked)
	}
	relay.say(malakoff, "relay", relay.activity("Accept", "/accepts/1", "relay", asked[0]))
	relay.say(malakoff, "relay", relay.activity("Announce", "/a/1", "relay", mastodon.base+"/notes/1"))
	if !malakoff.has(mastodon.base + "/notes/1") {
		t.Error("what the relay passes on did not arrive")
	}
}
