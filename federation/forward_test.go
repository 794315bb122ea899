package federation_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// A listener keeps the bodies that were delivered to it.
type listener struct {
	base   string
	mu     sync.Mutex
	bodies [][]byte
}

func newListener(t *testing.T) *listener {
	l := &listener{}
	l.base = serve(t, func(_ string, w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.bodies = append(l.bodies, body)
		w.WriteHeader(http.StatusAccepted)
	}).URL
	return l
}

// heard counts how often a body was delivered, byte by byte.
func (l *listener) heard(body []byte) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	count := 0
	for _, b := range l.bodies {
		if bytes.Equal(b, body) {
			count++
		}
	}
	return count
}

// TestForwarding: an answer to a post of ours that is addressed to its author's
// followers reaches their servers as it came, once; nothing else is passed on.
func TestForwarding(t *testing.T) {
	for _, e := range parvistest.Engines(t) {
		t.Run(e.Name, func(t *testing.T) {
			c := newClock()
			malakoff, mastodon, far := newPeerOn(t, c, "Malakoff", e.URL(t)), newStranger(t, c, "marie", "paul"), newListener(t)
			lea, karim := malakoff.resident("lea"), malakoff.resident("karim")
			malakoff.follower(lea.Account, far.base)
			mastodon.say(malakoff, "paul", mastodon.activity("Follow", "/f/1", "paul", lea.Account.URI))
			offer, other := malakoff.publish(lea, drill(parvis.Everyone)), malakoff.publish(karim, drill(parvis.Everyone))
			settle(t, malakoff)
			proof := map[string]any{"proof": map[string]any{"type": "DataIntegrityProof", "proofValue": "z3"}}
			say := func(typ, id string, object any, more ...map[string]any) []byte {
				t.Helper()
				// Spaces and order are the sender's own, and must arrive as they are.
				raw, err := json.MarshalIndent(mastodon.activity(typ, id, "marie", object, append(more, map[string]any{
					"cc": []string{lea.Account.FollowersURI}})...), " ", "   ")
				if err != nil {
					t.Fatal(err)
				}
				if got := (delivery{to: malakoff, from: mastodon, signer: "marie", body: string(raw)}).send(t); got != http.StatusAccepted {
					t.Fatalf("%s: status %d", id, got)
				}
				settle(t, malakoff)
				return raw
			}
			note := func(path, to string) map[string]any {
				return mastodon.note(path, "marie", "<p>Libre samedi ?</p>", map[string]any{"inReplyTo": to})
			}
			back := len(mastodon.received("Create"))
			created := say("Create", "/a/1", note("/notes/1", offer.URI), proof)
			c.pass(time.Minute)
			edited := note("/notes/1", offer.URI)
			edited["updated"] = c.Now()
			updated := say("Update", "/a/2", edited, proof)
			for what, body := range map[string][]byte{"answer": created, "edit": updated} {
				if got := far.heard(body); got != 1 {
					t.Errorf("the %s was passed on %d times, want once", what, got)
				}
			}
			if got := len(mastodon.received("Create")) - back; got != 0 {
				t.Errorf("its own server got the answer back %d times", got)
			}
			for what, body := range map[string][]byte{
				"an answer without proof":        say("Create", "/a/3", note("/notes/3", offer.URI)),
				"an answer to another's post":    say("Create", "/a/4", note("/notes/4", other.URI), proof),
				"a post that answers nothing":    say("Create", "/a/5", mastodon.note("/notes/5", "marie", "<p>Bonjour</p>"), proof),
				"an answer that is not admitted": say("Create", "/a/6", note("/notes/6", malakoff.URL("/p/none")), proof),
				"a like":                         say("Like", "/a/7", offer.URI, proof),
			} {
				if got := far.heard(body); got != 0 {
					t.Errorf("%s was passed on", what)
				}
			}
			deleted := say("Delete", "/a/8", map[string]any{"id": mastodon.base + "/notes/1", "type": "Tombstone"}, proof)
			if got := far.heard(deleted); got != 1 {
				t.Errorf("its end was passed on %d times", got)
			}
			// The same again is nothing new.
			_ = (delivery{to: malakoff, from: mastodon, signer: "marie", body: string(created)}).send(t)
			settle(t, malakoff)
			if got := far.heard(created); got != 1 {
				t.Errorf("sent twice, it was passed on %d times", got)
			}
		})
	}
}
