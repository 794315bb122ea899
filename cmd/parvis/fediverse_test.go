package main

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// peerKey is the key of everyone at every peer: making one takes longer than
// most tests. Signatures are made here by hand, so that what is tested does not
// vouch for itself.
var peerKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// peerClient is what peers post with: like servers, they keep their connections.
var peerClient = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}

// A peer is another server of the fediverse, played by the test. Whatever name
// one asks for lives there; follows of them are accepted.
type peer struct {
	t    testing.TB
	host string
	base string
	key  *rsa.PrivateKey
	pem  string

	mu   sync.Mutex
	seen map[string]bool         // activities by id
	got  map[string][]heard      // new activities by the object they are about, as they came
	mood func(*http.Request) int // decides the answer to what is delivered; nil takes all
}

// heard is one activity that was delivered.
type heard struct{ id, kind, text string }

func newPeer(t testing.TB, name string) *peer {
	t.Helper()
	key, err := peerKey()
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, key: key, pem: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		seen: map[string]bool{}, got: map[string][]heard{}}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	p.host = name + ".localhost:" + port
	p.base = "http://" + p.host
	return p
}

func (p *peer) uri(name string) string { return p.base + "/users/" + name }

// ServeHTTP implements http.Handler.
func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch name, isUser := strings.CutPrefix(r.URL.Path, "/users/"); {
	case r.Method == http.MethodPost:
		p.receive(w, r)
	case r.URL.Path == "/.well-known/webfinger":
		name, _, _ = strings.Cut(strings.TrimPrefix(r.URL.Query().Get("resource"), "acct:"), "@")
		w.Header().Set("Content-Type", "application/jrd+json")
		fmt.Fprintf(w, `{"subject":"acct:%s@%s","links":[{"rel":"self","type":"application/activity+json","href":%q}]}`, name, p.host, p.uri(name))
	case isUser && !strings.Contains(name, "/"):
		w.Header().Set("Content-Type", "application/activity+json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"@context": []string{"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"},
			"id":       p.uri(name), "type": "Person", "preferredUsername": name,
			"inbox": p.uri(name) + "/inbox", "outbox": p.uri(name) + "/outbox", "followers": p.uri(name) + "/followers",
			"endpoints": map[string]string{"sharedInbox": p.base + "/inbox"},
			"publicKey": map[string]string{"id": p.uri(name) + "#main-key", "owner": p.uri(name), "publicKeyPem": p.pem},
		})
	default:
		http.NotFound(w, r)
	}
}

// receive takes what is delivered. As every server must, it takes an activity
// once, however often it comes.
func (p *peer) receive(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	p.mu.Lock()
	mood := p.mood
	p.mu.Unlock()
	if mood != nil {
		// With the body read, the request's context ends when its sender hangs up.
		if status := mood(r); status != http.StatusAccepted {
			w.WriteHeader(status)
			return
		}
	}
	var said struct {
		ID, Type, Actor string
		Object          json.RawMessage
	}
	if err != nil || json.Unmarshal(raw, &said) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var object struct{ ID, Content string }
	if json.Unmarshal(said.Object, &object.ID) != nil {
		_ = json.Unmarshal(said.Object, &object)
	}
	w.WriteHeader(http.StatusAccepted)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen[said.ID] {
		return
	}
	p.seen[said.ID] = true
	p.got[object.ID] = append(p.got[object.ID], heard{said.ID, said.Type, object.Content})
	if said.Type == "Follow" {
		name := strings.TrimPrefix(object.ID, p.base+"/users/")
		go p.accept(name, said.Actor, raw)
	}
}

// accept answers a follow, until the asker takes the answer.
func (p *peer) accept(name, actor string, follow json.RawMessage) {
	host, _, _ := strings.Cut(strings.TrimPrefix(actor, "http://"), "/")
	said := p.activity("Accept", p.base+"/accepts/"+rand.Text(), name, follow)
	for range 100 {
		if status, _, err := p.post(host, name, said); err == nil && status/100 == 2 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.t.Errorf("%s does not take the answer to its follow", host)
}

// about returns what was heard of an object, as it came.
func (p *peer) about(object string) []heard {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]heard(nil), p.got[object]...)
}

// behave changes how the peer answers deliveries.
func (p *peer) behave(mood func(*http.Request) int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mood = mood
}

const public = "https://www.w3.org/ns/activitystreams#Public"

func (p *peer) activity(kind, id, name string, object any) map[string]any {
	return map[string]any{"@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": kind, "actor": p.uri(name), "object": object,
		"to": []string{public}, "cc": []string{p.uri(name) + "/followers"}}
}

// create tells of a note by somebody, whose path names it.
func (p *peer) create(name, path, text string) map[string]any {
	note := map[string]any{"id": p.base + path, "type": "Note", "attributedTo": p.uri(name), "content": "<p>" + text + "</p>",
		"published": time.Now().UTC().Format(time.RFC3339), "to": []string{public}, "cc": []string{p.uri(name) + "/followers"}}
	return p.activity("Create", p.base+path+"/activity", name, note)
}

// post signs an activity as Mastodon does (draft-cavage-12) and delivers it to
// the shared inbox of a host.
func (p *peer) post(host, name string, activity map[string]any) (int, http.Header, error) {
	_, port, _ := net.SplitHostPort(host)
	return p.postAt("127.0.0.1:"+port, host, name, activity)
}

// postAt is post for one process of several that serve the host.
func (p *peer) postAt(addr, host, name string, activity map[string]any) (int, http.Header, error) {
	r, err := p.letter(addr, host, name, activity)
	if err != nil {
		return 0, nil, err
	}
	return send(r)
}

// letter is a signed activity that waits to be sent.
func (p *peer) letter(addr, host, name string, activity map[string]any) (*http.Request, error) {
	body, err := json.Marshal(activity)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	digest := "SHA-256=" + base64.StdEncoding.EncodeToString(sum[:])
	date := time.Now().UTC().Format(http.TimeFormat)
	text := sha256.Sum256(fmt.Appendf(nil, "(request-target): post /inbox\nhost: %s\ndate: %s\ndigest: %s", host, date, digest))
	signature, err := rsa.SignPKCS1v15(nil, p.key, crypto.SHA256, text[:])
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequest(http.MethodPost, "http://"+addr+"/inbox", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Host = host
	r.Header.Set("Date", date)
	r.Header.Set("Digest", digest)
	r.Header.Set("Content-Type", "application/activity+json")
	r.Header.Set("Signature", fmt.Sprintf(`keyId="%s#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest",signature="%s"`,
		p.uri(name), base64.StdEncoding.EncodeToString(signature)))
	return r, nil
}

// send sends a letter.
func send(r *http.Request) (int, http.Header, error) {
	response, err := peerClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, response.Header, err
}

// follow makes somebody of the peer follow jeanne at a node, and waits for its answer.
func (p *peer) follow(d *daemon, name string) {
	p.t.Helper()
	uri := p.base + "/follows/" + name
	if status, _, err := p.post(d.host, name, p.activity("Follow", uri, name, "http://"+d.host+"/@jeanne")); err != nil || status/100 != 2 {
		p.t.Fatalf("follow: %d, %v", status, err)
	}
	d.until("answer to the follow", func() bool { return len(p.about(uri)) > 0 })
}
