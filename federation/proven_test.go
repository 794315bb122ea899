package federation_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"testing"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestProvenObject: what somebody else passes on is believed by a proof of its
// author's, and fetched if that does not hold.
func TestProvenObject(t *testing.T) {
	c := newClock()
	malakoff, fedify, evil := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie"), newStranger(t, c, "mallory")
	person := fedify.person("marie")
	person["assertionMethod"] = []any{assertion(fedify.uri("marie"), edKey)}
	fedify.serve("/users/marie", person)
	lea := malakoff.resident("lea")
	fedify.followedBy(malakoff, lea, "marie")

	ownID := fedify.uri("marie") + "#ed25519-key"
	own := federation.Key{Ed25519ID: ownID, Ed25519: edKey}
	proven := func(key federation.Key, path, content string) map[string]any {
		t.Helper()
		raw, err := json.Marshal(fedify.note(path, "marie", content))
		if err != nil {
			t.Fatal(err)
		}
		if raw, err = key.Prove(raw, c.Now()); err != nil {
			t.Fatal(err)
		}
		var doc map[string]any
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatal(err)
		}
		return doc
	}
	evil.say(malakoff, "mallory", evil.activity("Create", "/a/1", "mallory", proven(own, "/notes/1", "<p>Vide-grenier dimanche</p>")))
	if got := malakoff.found(fedify.base + "/notes/1").Author.URI; got != fedify.uri("marie") {
		t.Errorf("its author is %s", got)
	}
	if got := fedify.log.count("GET /notes/1"); got != 0 {
		t.Errorf("it was fetched %d times", got)
	}

	changed := proven(own, "/notes/2", "<p>Vide-grenier dimanche</p>")
	changed["content"] = "<p>Vide-grenier annulé</p>"
	another := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	for path, forged := range map[string]map[string]any{
		"/notes/2": changed,
		"/notes/3": proven(federation.Key{Ed25519ID: ownID, Ed25519: another}, "/notes/3", "<p>Signé par une autre</p>"),
		"/notes/4": proven(federation.Key{Ed25519ID: evil.uri("mallory") + "#ed25519-key", Ed25519: another}, "/notes/4", "<p>La clé d’une autre</p>"),
	} {
		evil.say(malakoff, "mallory", evil.activity("Create", "/a"+path, "mallory", forged))
		if got := fedify.log.count("GET " + path); malakoff.has(fedify.base+path) || got != 1 {
			t.Errorf("the forged %s was believed, or asked for %d times", path, got)
		}
	}
}

// TestProofOfCreate: what a resident says to everyone carries a proof; what is for
// some does not, lest they could show it around.
func TestProofOfCreate(t *testing.T) {
	c := newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie")
	lea := malakoff.resident("lea")
	mastodon.say(malakoff, "marie", mastodon.activity("Follow", "/f/1", "marie", lea.Account.URI))
	for audience, want := range map[parvis.Audience]bool{parvis.Everyone: true, parvis.Followers: false} {
		before := len(mastodon.received("Create"))
		malakoff.publish(lea, drill(audience))
		settle(t, malakoff)
		said := mastodon.received("Create")[before:]
		if len(said) != 1 || (said[0]["proof"] != nil) != want {
			t.Fatalf("for %s: %d activities, proof %v", audience, len(said), said)
		}
		raw, err := json.Marshal(said[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := federation.CheckProof(raw, malakoff.known(lea.Account.URI).Multikey, c.Now()); (err == nil) != want {
			t.Errorf("for %s: %v", audience, err)
		}
	}
}
