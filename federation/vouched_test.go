package federation_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/federation"
)

// TestPassedOn: what a server that is known here passes on is taken as its author's
// if the author proves it, once; and nothing is that is forged in any part.
func TestPassedOn(t *testing.T) {
	c := newClock()
	malakoff, fedify, forwarder, unknown := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie"), newStranger(t, c, "ana").called("passeur.localhost", "ana"), newStranger(t, c, "mallory")
	person := fedify.person("marie")
	person["assertionMethod"] = []any{assertion(fedify.uri("marie"), edKey)}
	fedify.serve("/users/marie", person)
	lea := malakoff.resident("lea")
	forwarder.followedBy(malakoff, lea, "ana")
	fedify.followedBy(malakoff, lea, "marie")

	own := federation.Key{Ed25519ID: fedify.uri("marie") + "#ed25519-key", Ed25519: edKey}
	another := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	prove := func(key federation.Key, activity map[string]any) string {
		t.Helper()
		raw, err := json.Marshal(activity)
		if err != nil {
			t.Fatal(err)
		}
		if raw, err = key.Prove(raw, c.Now()); err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	create := func(path string) map[string]any {
		return fedify.activity("Create", path+"/activity", "marie", fedify.note(path, "marie", "<p>Vide-grenier dimanche</p>"))
	}
	by := func(from *stranger, name, body string) int {
		return delivery{to: malakoff, from: from, signer: name, body: body}.send(t)
	}

	good := prove(own, create("/notes/1"))
	for range 2 { // the second time is a repetition, with another signature
		if got := by(forwarder, "ana", good); got != http.StatusAccepted {
			t.Fatalf("passed on: status %d, want 202", got)
		}
		c.pass(time.Second)
	}
	settle(t, malakoff)
	if got := malakoff.found(fedify.base + "/notes/1"); got.Author.URI != fedify.uri("marie") {
		t.Errorf("its author is %s", got.Author.URI)
	}
	if got := fedify.log.count("GET /notes/1"); got != 0 {
		t.Errorf("it was fetched %d times", got)
	}

	old := prove(own, create("/notes/old"))
	c.pass(8 * 24 * time.Hour)
	theirs := forwarder.note("/notes/9", "ana", "<p>Vide-grenier dimanche</p>")
	foreign := create("/notes/9")
	foreign["object"] = theirs
	for what, tt := range map[string]struct {
		from   *stranger
		signer string
		body   string
		want   int
	}{
		"by a stranger":        {unknown, "mallory", prove(own, create("/notes/2")), http.StatusForbidden},
		"without proof":        {forwarder, "ana", mustJSON(t, create("/notes/3")), http.StatusForbidden},
		"with another's proof": {forwarder, "ana", prove(federation.Key{Ed25519ID: forwarder.uri("ana") + "#ed25519-key", Ed25519: another}, create("/notes/4")), http.StatusForbidden},
		"by another key":       {forwarder, "ana", prove(federation.Key{Ed25519ID: own.Ed25519ID, Ed25519: another}, create("/notes/5")), http.StatusForbidden},
		"altered":              {forwarder, "ana", strings.Replace(prove(own, create("/notes/6")), "dimanche", "annulé", 1), http.StatusForbidden},
		"proven long ago":      {forwarder, "ana", old, http.StatusForbidden},
		"about another's post": {forwarder, "ana", prove(own, foreign), http.StatusForbidden},
		"a like":               {forwarder, "ana", prove(own, fedify.activity("Like", "/likes/1", "marie", malakoff.URL("/p/1"))), http.StatusForbidden},
	} {
		if got := by(tt.from, tt.signer, tt.body); got != tt.want {
			t.Errorf("%s: status %d, want %d", what, got, tt.want)
		}
	}
	// The proof of the object alone is not one of the activity.
	note := map[string]any{}
	if err := json.Unmarshal([]byte(prove(own, fedify.note("/notes/7", "marie", "<p>Bonjour</p>"))), &note); err != nil {
		t.Fatal(err)
	}
	if got := by(forwarder, "ana", mustJSON(t, fedify.activity("Create", "/a/7", "marie", note))); got != http.StatusForbidden {
		t.Errorf("with a proof of the object only: status %d", got)
	}
	// Nor does a good proof help against the decision of the team.
	fine := prove(own, create("/notes/8"))
	malakoff.blockDomain("passeur.localhost")
	if got := by(forwarder, "ana", fine); got != http.StatusForbidden {
		t.Errorf("from a blocked server: status %d", got)
	}
	settle(t, malakoff)
	for _, path := range []string{"2", "3", "4", "5", "6", "7", "8", "9", "old"} {
		if malakoff.has(fedify.base + "/notes/" + path) {
			t.Errorf("note %s was kept", path)
		}
	}
}

func mustJSON(t *testing.T, doc any) string {
	t.Helper()
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestAttackBearer: who passes on what somebody else said speaks for nobody but
// themself in what their own request says besides, and brings no old profile back.
func TestAttackBearer(t *testing.T) {
	s := newScene(t)
	person := s.mastodon.person("marie")
	person["assertionMethod"] = []any{assertion(s.mastodon.uri("marie"), edKey)}
	s.mastodon.serve("/users/marie", person)
	s.evil.followedBy(s.malakoff, s.lea, "mallory")
	marie := s.mastodon.followedBy(s.malakoff, s.lea, "marie")
	proven := func(activity map[string]any) string {
		t.Helper()
		raw, err := federation.Key{Ed25519ID: s.mastodon.uri("marie") + "#ed25519-key", Ed25519: edKey}.Prove([]byte(mustJSON(t, activity)), s.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}

	t.Run("27 followers of another", func(t *testing.T) {
		// Any empty collection of her server would do.
		s.mastodon.serve("/empty", map[string]any{"id": s.mastodon.base + "/empty", "type": "OrderedCollection", "orderedItems": []string{}})
		said := proven(s.mastodon.activity("Create", "/a/1", "marie", s.mastodon.note("/notes/1", "marie", "<p>Vide-grenier dimanche</p>")))
		f := forged(s.malakoff, s.evil, "mallory", said, func(f *forgery) {
			f.before = func(r *http.Request) {
				r.Header.Set(followsHeader, fmt.Sprintf(`collectionId="%s", digest="%s", url="%s"`, marie.FollowersURI, digestOfIDs(), s.mastodon.base+"/empty"))
			}
			f.signed = append(f.signed, "collection-synchronization")
		})
		if got := f.send(t); got != http.StatusAccepted {
			t.Fatalf("status %d", got)
		}
		settle(t, s.malakoff)
		s.clock.pass(time.Minute)
		settle(t, s.malakoff)
		if !s.malakoff.has(s.mastodon.base + "/notes/1") {
			t.Error("what Marie said was not kept")
		}
		if got := s.malakoff.stand(s.lea.ID(), marie.ID); got != "accepted" {
			t.Errorf("the follow of Marie is %s", got)
		}
		if got := s.mastodon.log.count("GET /empty"); got != 0 {
			t.Errorf("a list was asked for %d times", got)
		}
	})

	t.Run("10 old profile", func(t *testing.T) {
		old := proven(s.mastodon.activity("Update", "/a/2", "marie", person))
		s.clock.pass(time.Hour)
		fresh := s.mastodon.person("marie")
		fresh["name"], fresh["assertionMethod"] = "Marie Dupont", person["assertionMethod"]
		fresh["publicKey"].(map[string]any)["publicKeyPem"] = publicPEM(t, &otherKey().PublicKey)
		s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Update", "/a/3", "marie", fresh))
		s.mastodon.serve("/users/marie", fresh)
		want := s.malakoff.known(marie.URI)
		(delivery{to: s.malakoff, from: s.evil, signer: "mallory", body: old}).send(t)
		settle(t, s.malakoff)
		if got := s.malakoff.known(marie.URI); got.Name != want.Name || got.PublicKey != want.PublicKey || want.Name != "Marie Dupont" {
			t.Errorf("she is called %q, and has her old key: %t", got.Name, got.PublicKey != want.PublicKey)
		}
	})
}
