package federation_test

import (
	"context"
	"maps"
	"strconv"
	"strings"
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

// TestLitePubRelay: relays of Pleroma's kind are followed by their actor, follow back
// without becoming partners or being sent anything, and announce addresses, whose
// posts are read at their own servers.
func TestLitePubRelay(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	relay, mastodon, evil := newStranger(t, c, "relay"), newStranger(t, c, "marie"), newStranger(t, c, "mallory")
	actor := relay.person("relay")
	actor["type"] = "Application"
	relay.serve("/users/relay", actor)
	notes := make(map[string]map[string]any)
	for _, path := range []string{"/notes/1", "/notes/2", "/notes/3", "/notes/4"} {
		notes[path] = mastodon.note(path, "marie", "<p>Brocante dimanche</p>")
		mastodon.serve(path, notes[path])
	}
	announced := 0
	passes := func(path string, object any) bool {
		announced++
		relay.say(malakoff, "relay", relay.activity("Announce", "/a/"+strconv.Itoa(announced), "relay", object, map[string]any{"to": []string{relay.uri("relay") + "/followers"}}))
		return malakoff.has(mastodon.base + path)
	}
	state := func() parvis.RelayState {
		relays, err := malakoff.app.Relays(ctx, malakoff.Node)
		if err != nil || len(relays) != 1 {
			t.Fatalf("%d relays, %v", len(relays), err)
		}
		return relays[0].State
	}
	me, err := malakoff.rows().Account(ctx, malakoff.ActorID)
	if err != nil {
		t.Fatal(err)
	}

	r, err := malakoff.app.AddRelay(ctx, malakoff.Node, relay.uri("relay"), parvis.RelayLitePub)
	if err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff)
	asked := relay.received("Follow")
	if len(asked) != 1 || asked[0]["object"] != relay.uri("relay") || asked[0]["actor"] != me.URI {
		t.Fatalf("the relay was asked %v, want to be followed by %s", asked, me.URI)
	}
	if passes("/notes/1", mastodon.base+"/notes/1") {
		t.Error("a post was taken from a relay that did not agree yet")
	}
	evil.say(malakoff, "mallory", evil.activity("Accept", "/accepts/1", "mallory", asked[0]))
	if got := state(); got != parvis.RelayAsked {
		t.Errorf("after another server's answer the relay is %s", got)
	}
	relay.say(malakoff, "relay", relay.activity("Accept", "/accepts/1", "relay", asked[0]))
	if got := state(); got != parvis.RelayAccepted {
		t.Fatalf("after its answer the relay is %s", got)
	}

	back := relay.activity("Follow", "/follows/1", "relay", me.URI)
	relay.say(malakoff, "relay", back)
	if got := relay.received("Accept"); len(got) != 1 {
		t.Errorf("the relay's own follow was answered by %v, want one Accept", got)
	}
	if partners, err := malakoff.app.Partners(ctx, malakoff.Node); err != nil || len(partners) != 0 {
		t.Errorf("the relay became a partner: %v, %v", partners, err)
	}
	malakoff.publish(malakoff.resident("lea"), drill(parvis.Everyone))
	settle(t, malakoff)
	for _, typ := range []string{"Create", "Announce"} {
		if got := relay.received(typ); len(got) != 0 {
			t.Errorf("the relay was sent %v", got)
		}
	}

	if !passes("/notes/2", mastodon.base+"/notes/2") {
		t.Error("what the relay passes on did not arrive")
	}
	forged := maps.Clone(notes["/notes/3"])
	forged["content"] = "<p>Marie vend tout</p>"
	if !passes("/notes/3", forged) {
		t.Error("an embedded post was not fetched")
	}
	if got := malakoff.found(mastodon.base + "/notes/3"); strings.Contains(got.HTML, "vend tout") || got.Shares != 0 {
		t.Errorf("the relay's word was taken: %s, %d shares", got.HTML, got.Shares)
	}

	if err := malakoff.app.LeaveRelay(ctx, malakoff.Node, r.ID); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff)
	if undone := relay.received("Undo"); len(undone) != 1 {
		t.Errorf("the relay was told %v, want one Undo", undone)
	}
	if refused := relay.received("Reject"); len(refused) != 1 {
		t.Errorf("the relay's own follow was ended by %v, want one Reject", refused)
	}
	relay.say(malakoff, "relay", relay.activity("Undo", "/undo/1", "relay", back))
	if passes("/notes/4", mastodon.base+"/notes/4") {
		t.Error("a post was taken from a relay that we left")
	}
}

// TestLitePubRelayTakesItsWordBack: a relay that undoes its Accept, whole or by its
// id, passes nothing on any more, and the team sees that it refused.
func TestLitePubRelayTakesItsWordBack(t *testing.T) {
	t.Run("by id", func(t *testing.T) {
		takesBack(t, func(accept map[string]any) any { return accept["id"] })
	})
	t.Run("whole", func(t *testing.T) {
		takesBack(t, func(accept map[string]any) any { return accept })
	})
}

func takesBack(t *testing.T, undone func(accept map[string]any) any) {
	ctx, c := context.Background(), newClock()
	malakoff, relay, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "relay"), newStranger(t, c, "marie")
	mastodon.serve("/notes/1", mastodon.note("/notes/1", "marie", "<p>Brocante dimanche</p>"))
	if _, err := malakoff.app.AddRelay(ctx, malakoff.Node, relay.uri("relay"), parvis.RelayLitePub); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff)
	asked := relay.received("Follow")
	if len(asked) != 1 {
		t.Fatalf("the relay was asked %v", asked)
	}
	accept := relay.activity("Accept", "/accepts/1", "relay", asked[0]["id"])
	relay.say(malakoff, "relay", accept)
	relay.say(malakoff, "relay", relay.activity("Undo", "/undo/1", "relay", undone(accept)))
	relays, err := malakoff.app.Relays(ctx, malakoff.Node)
	if err != nil || len(relays) != 1 || relays[0].State != parvis.RelayRefused {
		t.Fatalf("relays: %+v, %v; want one that refused", relays, err)
	}
	relay.say(malakoff, "relay", relay.activity("Announce", "/a/1", "relay", mastodon.base+"/notes/1"))
	if malakoff.has(mastodon.base + "/notes/1") {
		t.Error("a post was taken from a relay that took its word back")
	}
}
