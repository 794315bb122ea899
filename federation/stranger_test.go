package federation_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// strangerKey is the key of all strangers but those that must differ; making one
// takes longer than most tests.
var strangerKey = sync.OnceValue(newRSA)

// otherKey is a second one.
var otherKey = sync.OnceValue(newRSA)

// A stranger is another server, which says what the test makes it say. Its people
// are at /users/NAME; what is in docs is served as ActivityStreams.
type stranger struct {
	t     *testing.T
	clock *clock
	base  string
	host  string
	log   *requestLog

	mu    sync.Mutex
	docs  map[string]any
	traps map[string]http.HandlerFunc // answered before all else
	inbox []map[string]any            // what was delivered to it
	keys  map[string]*rsa.PrivateKey
	// refused is a scheme by which it takes no signatures.
	refused federation.Scheme
}

func newStranger(t *testing.T, c *clock, people ...string) *stranger {
	t.Helper()
	s := &stranger{t: t, clock: c, log: &requestLog{}, docs: make(map[string]any), traps: make(map[string]http.HandlerFunc), keys: make(map[string]*rsa.PrivateKey)}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.base, s.host = server.URL, strings.TrimPrefix(server.URL, "http://")
	for _, name := range people {
		s.keys[name] = strangerKey()
		s.serve("/users/"+name, s.person(name))
	}
	return s
}

// uri is the id of a person, or of anything else by its path.
func (s *stranger) uri(name string) string {
	if strings.HasPrefix(name, "/") {
		return s.base + name
	}
	return s.base + "/users/" + name
}

// person is an actor document such as Mastodon writes.
func (s *stranger) person(name string) map[string]any {
	pem := publicPEM(s.t, &s.keys[name].PublicKey)
	uri := s.uri(name)
	return map[string]any{
		"@context": []any{"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"},
		"id":       uri, "type": "Person", "preferredUsername": name, "name": name, "url": s.base + "/@" + name,
		"inbox": uri + "/inbox", "outbox": uri + "/outbox", "followers": uri + "/followers", "following": uri + "/following",
		"endpoints": map[string]any{"sharedInbox": s.base + "/inbox"},
		"publicKey": map[string]any{"id": uri + "#main-key", "owner": uri, "publicKeyPem": pem},
	}
}

func (s *stranger) serve(path string, doc any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.docs[path] = doc
}

// refuse has it take no signatures of a scheme any more.
func (s *stranger) refuse(scheme federation.Scheme) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = scheme
}

// trap has a path answered by a function, as hostile servers do.
func (s *stranger) trap(path string, answer http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.traps[path] = answer
}

func (s *stranger) trapAt(path string) http.HandlerFunc {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.traps[path]
}

func (s *stranger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.log.add(r)
	if trap := s.trapAt(r.URL.Path); trap != nil {
		trap(w, r)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case r.Header.Get("Signature") != "" && schemeOf(r) == s.refused:
		http.Error(w, "signature refused", http.StatusUnauthorized)
	case r.Method == http.MethodPost:
		var doc map[string]any
		if err := json.NewDecoder(r.Body).Decode(&doc); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.inbox = append(s.inbox, doc)
		w.WriteHeader(http.StatusAccepted)
	case r.URL.Path == "/.well-known/webfinger":
		resource := r.URL.Query().Get("resource")
		if name, ok := strings.CutPrefix(resource, s.base+"/users/"); ok {
			resource = name + "@" + s.host
		}
		h, err := federation.ParseHandle(resource)
		if _, known := s.keys[h.User]; err != nil || !known {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/jrd+json")
		fmt.Fprintf(w, `{"subject":"acct:%s@%s","links":[{"rel":"self","type":"application/activity+json","href":%q}]}`, h.User, s.host, s.uri(h.User))
	case s.docs[r.URL.Path] != nil:
		raw, _ := json.Marshal(s.docs[r.URL.Path])
		w.Header().Set("Content-Type", "application/activity+json")
		_, _ = w.Write(raw)
	default:
		http.NotFound(w, r)
	}
}

// received are the activities of a type that were delivered to it.
func (s *stranger) received(typ string) []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []map[string]any
	for _, doc := range s.inbox {
		if doc["type"] == typ {
			found = append(found, doc)
		}
	}
	return found
}

// note is a public post.
func (s *stranger) note(path, author, content string, more ...map[string]any) map[string]any {
	n := map[string]any{
		"@context": "https://www.w3.org/ns/activitystreams", "id": s.base + path, "type": "Note", "attributedTo": s.uri(author),
		"content": content, "published": s.clock.Now(), "to": []string{public}, "cc": []string{s.uri(author) + "/followers"},
	}
	for _, m := range more {
		maps.Copy(n, m)
	}
	return n
}

const public = "https://www.w3.org/ns/activitystreams#Public"

// activity is what somebody says.
func (s *stranger) activity(typ, id, actor string, object any, more ...map[string]any) map[string]any {
	a := map[string]any{"@context": "https://www.w3.org/ns/activitystreams", "id": s.base + id, "type": typ, "actor": s.uri(actor), "object": object,
		"to": []string{public}, "cc": []string{s.uri(actor) + "/followers"}}
	for _, m := range more {
		maps.Copy(a, m)
	}
	return a
}

// a post is a request to an inbox before it is sent.
type delivery struct {
	to          *peer
	from        *stranger
	signer      string // name of the signer; "" sends it unsigned
	keyID       string // the signer's main key if empty
	key         *rsa.PrivateKey
	ed25519     ed25519.PrivateKey // signs instead, by RFC 9421, if not nil
	body        any                // marshalled unless it is a string
	contentType string
	change      func(*http.Request) // after signing
}

// send posts to the shared inbox and returns the status.
func (d delivery) send(t *testing.T) int {
	t.Helper()
	body, ok := d.body.(string)
	if !ok {
		raw, err := json.Marshal(d.body)
		if err != nil {
			t.Fatal(err)
		}
		body = string(raw)
	}
	r, err := http.NewRequest(http.MethodPost, d.to.URL("/inbox"), bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/activity+json")
	if d.contentType != "" {
		r.Header.Set("Content-Type", d.contentType)
	}
	if d.signer != "" {
		key := federation.Key{ID: d.keyID, Private: d.key}
		if key.ID == "" {
			key.ID = d.from.uri(d.signer) + "#main-key"
		}
		if key.Private == nil {
			key.Private = d.from.keys[d.signer]
		}
		scheme := federation.SchemeCavage
		if d.ed25519 != nil {
			scheme, key.Ed25519ID, key.Ed25519 = federation.SchemeEd25519, d.keyID, d.ed25519
		}
		if err := key.SignAs(scheme, r, []byte(body), d.to.clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if d.change != nil {
		d.change(r)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// say has somebody tell a town something, which must accept it, and lets it act.
func (s *stranger) say(to *peer, signer string, body map[string]any) {
	s.t.Helper()
	if got := (delivery{to: to, from: s, signer: signer, body: body}).send(s.t); got != http.StatusAccepted {
		s.t.Fatalf("%s %s: status %d, want 202", body["type"], body["id"], got)
	}
	settle(s.t, to)
}

// followedBy makes a resident follow somebody of the stranger's, who accepts.
func (s *stranger) followedBy(p *peer, v parvis.Viewer, name string) *parvis.Account {
	s.t.Helper()
	ctx := context.Background()
	acc, err := p.app.Lookup(ctx, p.Node, name+"@"+s.host)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := p.app.Follow(ctx, p.Node, v, acc.ID); err != nil {
		s.t.Fatal(err)
	}
	settle(s.t, p)
	f, err := p.rows().Follow(ctx, v.ID(), acc.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	s.say(p, name, s.activity("Accept", "/accepts/"+f.ID.String(), name, f.URI))
	return acc
}
