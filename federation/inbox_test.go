package federation_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// TestInboxRefusals sends what must not be accepted. Nothing may be stored, and
// nobody be asked about what the body merely names.
func TestInboxRefusals(t *testing.T) {
	c := newClock()
	malakoff := newPeer(t, c, "Malakoff")
	lea := malakoff.resident("lea")
	mastodon, evil := newStranger(t, c, "marie", "paul"), newStranger(t, c, "mallory")
	offer := malakoff.publish(lea, drill(parvis.Everyone))
	settle(t, malakoff)

	like := func(s *stranger, id, actor string) map[string]any { return s.activity("Like", id, actor, offer.URI) }
	// A key that says that it is Marie's, on Mallory's server.
	pem := mastodon.person("marie")["publicKey"].(map[string]any)["publicKeyPem"]
	evil.serve("/key", map[string]any{"id": evil.base + "/key", "type": "Key", "owner": mastodon.uri("marie"), "publicKeyPem": pem})
	// A key on Marie's own server that her actor does not list.
	mastodon.serve("/uploads/key", map[string]any{"id": mastodon.base + "/uploads/key", "type": "Key", "owner": mastodon.uri("marie"), "publicKeyPem": pem})

	signed := delivery{to: malakoff, from: mastodon, signer: "marie"}
	with := func(change func(*delivery)) delivery {
		d := signed
		d.body = like(mastodon, "/likes/1", "marie")
		change(&d)
		return d
	}
	for _, tt := range []struct {
		what string
		send delivery
		want int
	}{
		{"unsigned", with(func(d *delivery) { d.signer = "" }), 401},
		{"another body than signed", with(func(d *delivery) {
			d.change = func(r *http.Request) { r.Header.Set("Digest", "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=") }
		}), 401},
		{"signed with another key", with(func(d *delivery) { d.key = otherKey() }), 401},
		{"signed by somebody else of the same server", with(func(d *delivery) { d.signer = "paul" }), 403},
		{"signed by somebody of another server", with(func(d *delivery) { d.from, d.signer = evil, "mallory" }), 403},
		{"key elsewhere that claims an owner", with(func(d *delivery) { d.from, d.signer, d.keyID = evil, "mallory", evil.base+"/key" }), 403},
		{"key that its owner does not list", with(func(d *delivery) { d.keyID = mastodon.base + "/uploads/key" }), 401},
		{"key that is not there", with(func(d *delivery) { d.keyID = mastodon.base + "/nothing" }), 401},
		{"activity id of another host", with(func(d *delivery) {
			d.body = like(mastodon, "/likes/1", "marie")
			d.body.(map[string]any)["id"] = evil.base + "/likes/1"
		}), 403},
		{"in the name of one of ours", with(func(d *delivery) {
			d.body = map[string]any{"id": malakoff.URL("/likes/1"), "type": "Like", "actor": lea.Account.URI, "object": offer.URI}
		}), 403},
		{"not JSON", with(func(d *delivery) { d.body = "perceuse" }), 400},
		{"no id", with(func(d *delivery) { d.body = map[string]any{"type": "Like", "actor": mastodon.uri("marie")} }), 400},
		{"two actors", with(func(d *delivery) {
			d.body = map[string]any{"id": mastodon.base + "/l", "type": "Like", "actor": []string{mastodon.uri("marie"), mastodon.uri("paul")}}
		}), 400},
		{"a key twice", with(func(d *delivery) {
			d.body = `{"id":"` + mastodon.base + `/l","type":"Like","actor":"` + mastodon.uri("marie") + `","actor":"` + mastodon.uri("paul") + `"}`
		}), 400},
		{"nested too deeply", with(func(d *delivery) { d.body = strings.Repeat(`{"object":`, 1000) + "1" + strings.Repeat("}", 1000) }), 400},
		{"too large", with(func(d *delivery) { d.body = `{"id":"` + strings.Repeat("x", vocab.MaxBytes) + `"}` }), 413},
		{"plain JSON", with(func(d *delivery) { d.contentType = "application/json" }), 415},
		{"JSON-LD without the profile", with(func(d *delivery) { d.contentType = "application/ld+json" }), 415},
		{"compressed", with(func(d *delivery) { d.change = func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") } }), 415},
	} {
		if got := tt.send.send(t); got != tt.want {
			t.Errorf("%s: status %d, want %d", tt.what, got, tt.want)
		}
	}
	settle(t, malakoff)
	if got := malakoff.found(offer.URI).Likes; got != 0 {
		t.Errorf("%d likes, want none", got)
	}
	if got := evil.log.count("GET /key"); got != 0 {
		t.Errorf("the key elsewhere was fetched %d times", got)
	}

	// The same one, honest, is accepted; and again, without effect.
	for range 2 {
		if got := with(func(*delivery) {}).send(t); got != http.StatusAccepted {
			t.Errorf("honest: status %d, want 202", got)
		}
	}
	settle(t, malakoff)
	if got := malakoff.found(offer.URI).Likes; got != 1 {
		t.Errorf("%d likes, want 1", got)
	}
}

// TestUnknownKeyStorm: many requests with one unknown key cost one fetch.
func TestUnknownKeyStorm(t *testing.T) {
	c := newClock()
	malakoff, evil := newPeer(t, c, "Malakoff"), newStranger(t, c, "mallory")
	for range 5 {
		d := delivery{to: malakoff, from: evil, signer: "mallory", keyID: evil.base + "/nothing", body: evil.activity("Like", "/likes/1", "mallory", "x")}
		if got := d.send(t); got != http.StatusUnauthorized {
			t.Errorf("status %d, want 401", got)
		}
	}
	if got := evil.log.count("GET /nothing"); got != 1 {
		t.Errorf("asked %d times, want once", got)
	}
}

// TestKeyStorm: requests with many keys of one server cost it no more than the limit,
// whether they are unknown here or known and signed wrongly.
func TestKeyStorm(t *testing.T) {
	c := newClock()
	malakoff, victim := newPeer(t, c, "Malakoff"), newStranger(t, c)
	storm := func(path string, times, limit int) {
		t.Helper()
		for i := range times {
			d := delivery{to: malakoff, from: victim, signer: "mallory", key: otherKey(), keyID: victim.base + path + strconv.Itoa(i) + "#main-key",
				body: map[string]any{"id": victim.base + "/likes/1", "type": "Like", "actor": victim.base + path + strconv.Itoa(i), "object": "x"}}
			if got := d.send(t); got != http.StatusUnauthorized {
				t.Errorf("status %d, want 401", got)
			}
		}
		asked := 0
		for i := range times {
			asked += victim.log.count("GET " + path + strconv.Itoa(i))
		}
		if asked != limit {
			t.Errorf("%s: asked %d times, want %d", path, asked, limit)
		}
	}
	storm("/nobody/", 120, 100)

	for i := range 25 {
		uri := victim.base + "/people/" + strconv.Itoa(i)
		acc := &parvis.Account{Username: "p" + strconv.Itoa(i), Domain: victim.host, Type: parvis.Person, URI: uri, Inbox: uri + "/inbox",
			KeyID: uri + "#main-key", PublicKey: publicPEM(t, &strangerKey().PublicKey), CreatedAt: c.Now()}
		err := malakoff.rows().InTx(context.Background(), func(ctx context.Context, tx *storage.Tx) error { return tx.AddAccount(ctx, acc) })
		if err != nil {
			t.Fatal(err)
		}
	}
	storm("/people/", 25, 20)
}

// TestUnknownActorGone: a server tells everyone that an account is gone; who never
// knew it has nothing to ask or do.
func TestUnknownActorGone(t *testing.T) {
	c := newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie")
	mastodon.say(malakoff, "marie", mastodon.activity("Delete", "/d", "marie", mastodon.uri("marie")))
	if got := mastodon.log.count("GET /users/marie"); got != 0 {
		t.Errorf("asked for the unknown actor %d times", got)
	}
}

// TestNewKey: an actor that replaced its key is believed again after one look.
func TestNewKey(t *testing.T) {
	c := newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie")
	offer := malakoff.publish(malakoff.resident("lea"), drill(parvis.Everyone))
	if _, err := malakoff.app.Lookup(context.Background(), malakoff.Node, "marie@"+mastodon.host); err != nil {
		t.Fatal(err)
	}
	mastodon.say(malakoff, "marie", mastodon.activity("Like", "/likes/1", "marie", offer.URI))
	mastodon.keys["marie"] = otherKey()
	mastodon.serve("/users/marie", mastodon.person("marie"))
	mastodon.say(malakoff, "marie", mastodon.activity("Undo", "/undo/1", "marie", mastodon.activity("Like", "/likes/1", "marie", offer.URI)))
	if got := malakoff.found(offer.URI).Likes; got != 0 {
		t.Errorf("%d likes, want none", got)
	}
}

// TestBlockedDomain: a server that the team blocked is refused, and never asked.
func TestBlockedDomain(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff, evil := newPeer(t, c, "Malakoff"), newStranger(t, c, "mallory")
	malakoff.blockDomain("127.0.0.1")
	d := delivery{to: malakoff, from: evil, signer: "mallory", body: evil.activity("Follow", "/f", "mallory", malakoff.URL("/@entraide"))}
	if got := d.send(t); got != http.StatusForbidden {
		t.Errorf("status %d, want 403", got)
	}
	if _, err := malakoff.app.Lookup(ctx, malakoff.Node, "mallory@"+evil.host); err == nil {
		t.Error("somebody there was found")
	}
	if got := evil.log.lines; len(got) != 0 {
		t.Errorf("it was asked: %v", got)
	}
}

// TestCopyIsKept: a copy of a request that comes while the first is still being
// looked at, at whatever moment, is answered only when the activity is on disk:
// should storing the first fail, its sender would else not say it again.
func TestCopyIsKept(t *testing.T) {
	c := newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie")
	offer := malakoff.publish(malakoff.resident("lea"), drill(parvis.Everyone))
	settle(t, malakoff)
	for moment, reached := 1, true; reached; moment++ {
		like := forged(malakoff, mastodon, "marie", mastodon.activity("Like", "/likes/"+strconv.Itoa(moment), "marie", offer.URI))
		asked := 0
		reached = false
		malakoff.app.Now = func() time.Time {
			if asked++; asked == moment && !reached { // the copy asks the clock, too
				reached = true
				if got := like.send(t); got != http.StatusAccepted {
					t.Errorf("moment %d: the copy is answered %d", moment, got)
				}
				if got := malakoff.jobs(parvis.JobInbox); got != 1 {
					t.Errorf("moment %d: the copy is accepted, but %d activities are kept", moment, got)
				}
			}
			return c.Now()
		}
		if got := like.send(t); got != http.StatusAccepted {
			t.Errorf("moment %d: answered %d", moment, got)
		}
		if got := malakoff.jobs(parvis.JobInbox); got != 1 {
			t.Errorf("moment %d: %d activities are kept, want one", moment, got)
		}
		malakoff.app.Now = c.Now
		settle(t, malakoff)
		if !reached && moment < 3 {
			t.Errorf("the clock was asked %d times: no copy came in between", asked)
		}
	}
}

// jobs counts the jobs of a kind.
func (p *peer) jobs(kind parvis.JobKind) int {
	p.t.Helper()
	queues, err := p.app.DB.Queues(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	return queues[kind].Waiting
}
