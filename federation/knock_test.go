package federation_test

import (
	"context"
	"crypto/ed25519"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/internal/multikey"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// A doorkeeper is a server that takes signatures of one scheme only, and notes by
// which each knock was signed.
type doorkeeper struct {
	mu     sync.Mutex
	opens  federation.Scheme // "" refuses all
	status int               // what it answers to the others
	heard  []federation.Scheme
}

func (d *doorkeeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	scheme := schemeOf(r)
	d.heard = append(d.heard, scheme)
	if scheme != d.opens {
		w.WriteHeader(d.status)
		return
	}
	if r.Method == http.MethodPost {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	activity(w, note("http://"+r.Host+r.URL.Path))
}

// schemeOf tells by which scheme a request was signed.
func schemeOf(r *http.Request) federation.Scheme {
	switch input := r.Header.Get("Signature-Input"); {
	case strings.Contains(input, `alg="ed25519"`):
		return federation.SchemeEd25519
	case input != "":
		return federation.SchemeRSA
	}
	return federation.SchemeCavage
}

// listen returns what was heard since the last time.
func (d *doorkeeper) listen() []federation.Scheme {
	d.mu.Lock()
	defer d.mu.Unlock()
	heard := d.heard
	d.heard = nil
	return heard
}

// TestKnock: a refused signature is made again by another standard, once; what was
// accepted is remembered, and nothing is sent twice.
func TestKnock(t *testing.T) {
	t.Parallel()
	const cavage, message = federation.SchemeCavage, federation.SchemeRSA
	for _, tt := range []struct {
		name   string
		opens  federation.Scheme
		status int
		want   int
		first  []federation.Scheme
		second []federation.Scheme
	}{
		{"the draft", cavage, 401, 202, []federation.Scheme{cavage}, []federation.Scheme{cavage}},
		{"RFC 9421 after 401", message, 401, 202, []federation.Scheme{cavage, message}, []federation.Scheme{message}},
		{"RFC 9421 after 400", message, 400, 202, []federation.Scheme{cavage, message}, []federation.Scheme{message}},
		{"neither", "", 401, 401, []federation.Scheme{cavage, message}, []federation.Scheme{cavage, message}},
		{"another refusal", "", 403, 403, []federation.Scheme{cavage}, []federation.Scheme{cavage}},
		{"a failure", "", 500, 500, []federation.Scheme{cavage}, []federation.Scheme{cavage}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, method := range []string{http.MethodPost, http.MethodGet} {
				door := &doorkeeper{opens: tt.opens, status: tt.status}
				server := serve(t, func(_ string, w http.ResponseWriter, r *http.Request) { door.ServeHTTP(w, r) })
				client, key := newClient(t, nil), pair()
				knock := func() bool {
					if method == http.MethodGet {
						_, _, err := client.GetObject(t.Context(), server.URL+"/posts/1", &key)
						return err == nil
					}
					answer, err := client.Post(t.Context(), server.URL+"/inbox", follow, key)
					if err != nil || answer.Status != tt.want {
						t.Errorf("%s: %+v, %v, want %d", method, answer, err, tt.want)
					}
					return answer.Accepted()
				}
				for _, want := range [][]federation.Scheme{tt.first, tt.second} {
					if got := knock(); got != (tt.want == 202) {
						t.Errorf("%s was let in: %t", method, got)
					}
					if got := door.listen(); !slices.Equal(got, want) {
						t.Errorf("%s: knocked by %v, want %v", method, got, want)
					}
				}
			}
		})
	}
}

// TestTownsSignByEd25519: two nodes learn from each other's actors that they need not
// pay for RSA, remember it in the database, and go back when it is refused.
func TestTownsSignByEd25519(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff, vanves := newPeer(t, c, "Malakoff"), newPeer(t, c, "Vanves")
	befriend(t, malakoff, vanves)
	if got, err := malakoff.app.DB.Scheme(ctx, vanves.Host); err != nil || got.Name != string(federation.SchemeEd25519) {
		t.Fatalf("Malakoff knows %+v of Vanves, %v", got, err)
	}
	before := len(vanves.log.schemes())
	malakoff.publish(malakoff.resident("lea"), drill(parvis.Partners))
	settle(t, malakoff, vanves)
	for _, scheme := range vanves.log.schemes()[before:] {
		if scheme != federation.SchemeEd25519 {
			t.Errorf("signed by %s", scheme)
		}
	}
	if got := len(vanves.log.schemes()) - before; got == 0 {
		t.Error("Vanves was told nothing")
	}
}

// TestDeclaredScheme: what a server's answers teach outweighs for a day what it
// declares of itself.
func TestDeclaredScheme(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff, boaster := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie", "paul", "luis")
	for _, name := range []string{"marie", "paul", "luis"} {
		person := boaster.person(name)
		person["generator"] = map[string]any{"type": "Application", "implements": []any{map[string]any{"href": "https://datatracker.ietf.org/doc/html/rfc9421"}}}
		person["assertionMethod"] = []any{assertion(person["id"].(string), edKey)}
		boaster.serve("/users/"+name, person)
	}
	meet := func(name string, want federation.Scheme) {
		t.Helper()
		if _, err := malakoff.app.Lookup(ctx, malakoff.Node, name+"@"+boaster.host); err != nil {
			t.Fatal(err)
		}
		if got, err := malakoff.app.DB.Scheme(ctx, boaster.host); err != nil || got.Name != string(want) {
			t.Errorf("having met %s: %+v, %v, want %s", name, got, err, want)
		}
	}
	meet("marie", federation.SchemeEd25519)
	boaster.refuse(federation.SchemeEd25519)
	meet("paul", federation.SchemeCavage)
	c.pass(25 * time.Hour)
	meet("luis", federation.SchemeEd25519)
}

// assertion is an Ed25519 key as actors publish it.
func assertion(owner string, key ed25519.PrivateKey) map[string]any {
	return map[string]any{"id": owner + "#ed25519-key", "type": "Multikey", "controller": owner,
		"publicKeyMultibase": multikey.Format(key.Public().(ed25519.PublicKey))}
}

// TestRotateKeys: after an account has new keys its words are believed, and the old
// keys are worth nothing, neither elsewhere nor here.
func TestRotateKeys(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff, vanves := newPeer(t, c, "Malakoff"), newPeer(t, c, "Vanves")
	befriend(t, malakoff, vanves)
	lea := malakoff.resident("lea")
	malakoff.publish(lea, drill(parvis.Partners))
	settle(t, malakoff, vanves)
	old, oldKey := vanves.known(lea.Account.URI), malakoff.key(lea.Account)

	c.pass(time.Minute)
	if err := malakoff.app.RotateKeys(ctx, malakoff.Node, "lea"); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff, vanves)
	fresh := vanves.known(lea.Account.URI)
	if fresh.KeyID == old.KeyID || fresh.PublicKey == old.PublicKey || fresh.MultikeyID == old.MultikeyID || fresh.Multikey == old.Multikey {
		t.Errorf("Vanves still holds an old key: %s, %s", fresh.KeyID, fresh.MultikeyID)
	}
	c.pass(time.Minute)
	second := malakoff.publish(lea, drill(parvis.Partners))
	settle(t, malakoff, vanves)
	vanves.found(second.URI)

	body := map[string]any{"@context": "https://www.w3.org/ns/activitystreams", "id": lea.Account.URI + "#likes/1", "type": "Like", "actor": lea.Account.URI, "object": second.URI}
	d := delivery{to: vanves, from: &stranger{}, signer: "lea", keyID: oldKey.ID, key: oldKey.Private, body: body}
	if got := d.send(t); got != http.StatusUnauthorized {
		t.Errorf("signed by the old key: status %d, want 401", got)
	}
	if _, err := malakoff.rows().KeyOwner(ctx, oldKey.ID); err == nil {
		t.Error("Malakoff still knows the old key")
	}
}

// TestEd25519Sender: an actor whose only usable key is Ed25519 is believed, and one
// that lists a key of somebody else is not.
func TestEd25519Sender(t *testing.T) {
	c := newClock()
	malakoff, fedify := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie", "mallory")
	offer := malakoff.publish(malakoff.resident("lea"), drill(parvis.Everyone))
	marie := fedify.person("marie")
	marie["assertionMethod"] = []any{assertion(fedify.uri("marie"), edKey)}
	fedify.serve("/users/marie", marie)
	mallory := fedify.person("mallory")
	mallory["assertionMethod"] = []any{assertion(fedify.uri("marie"), edKey)} // its controller is Marie
	fedify.serve("/users/mallory", mallory)

	send := func(name, keyID string) int {
		return delivery{to: malakoff, from: fedify, signer: name, keyID: keyID, ed25519: edKey, body: fedify.activity("Like", "/likes/"+name, name, offer.URI)}.send(t)
	}
	if got := send("mallory", fedify.uri("mallory")+"#ed25519-key"); got != http.StatusUnauthorized {
		t.Errorf("a key that is not there: status %d, want 401", got)
	}
	if got := send("mallory", fedify.uri("marie")+"#ed25519-key"); got != http.StatusForbidden {
		t.Errorf("somebody else's key: status %d, want 403", got)
	}
	if got := send("marie", fedify.uri("marie")+"#ed25519-key"); got != http.StatusAccepted {
		t.Errorf("her own key: status %d, want 202", got)
	}
	settle(t, malakoff)
	if got := malakoff.found(offer.URI).Likes; got != 1 {
		t.Errorf("%d likes, want 1", got)
	}
}

// TestSchemesSurvive: what was learnt is known to a process that starts later.
func TestSchemesSurvive(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	door := &doorkeeper{opens: federation.SchemeRSA, status: http.StatusUnauthorized}
	server := serve(t, func(_ string, w http.ResponseWriter, r *http.Request) { door.ServeHTTP(w, r) })
	if err := malakoff.app.DB.SaveScheme(ctx, strings.TrimPrefix(server.URL, "http://"), storage.Scheme{Name: string(federation.SchemeRSA), LearntAt: c.Now()}); err != nil {
		t.Fatal(err)
	}
	lea := malakoff.resident("lea")
	malakoff.follower(lea.Account, server.URL)
	malakoff.publish(lea, drill(parvis.Everyone))
	settle(t, malakoff)
	if got := door.listen(); !slices.Equal(got, []federation.Scheme{federation.SchemeRSA}) {
		t.Errorf("knocked by %v", got)
	}
}
