package federation_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// The tests named TestAttack… play a hostile server on loopback against the real
// handler; docs/security.md lists them by the number of the attack.

// A forgery is a request to an inbox that is signed by hand, so that each part of
// it can be wrong.
type forgery struct {
	to     *peer
	from   *stranger
	signer string
	body   any // marshalled unless it is a string
	path   string
	signed []string          // the signed headers, in order
	params map[string]string // of the signature, besides keyId, headers and signature
	date   time.Time
	key    *rsa.PrivateKey
	before func(*http.Request) // before signing
	after  func(*http.Request)
}

// forged is a flawless request, for a test to spoil.
func forged(to *peer, from *stranger, signer string, body any, spoil ...func(*forgery)) forgery {
	f := forgery{to: to, from: from, signer: signer, body: body, path: "/inbox", signed: []string{"(request-target)", "host", "date", "digest"},
		params: map[string]string{"algorithm": `"rsa-sha256"`}, date: to.clock.Now(), key: from.keys[signer]}
	for _, s := range spoil {
		s(&f)
	}
	return f
}

func digestOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return "SHA-256=" + base64.StdEncoding.EncodeToString(sum[:])
}

// request makes and signs it (draft-cavage-http-signatures-12).
func (f forgery) request(t *testing.T) *http.Request {
	t.Helper()
	body, ok := f.body.(string)
	if !ok {
		raw, err := json.Marshal(f.body)
		if err != nil {
			t.Fatal(err)
		}
		body = string(raw)
	}
	r, err := http.NewRequest(http.MethodPost, f.to.URL(f.path), bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/activity+json")
	r.Header.Set("Date", f.date.UTC().Format(http.TimeFormat))
	r.Header.Set("Digest", digestOf(body))
	if f.before != nil {
		f.before(r)
	}
	r.Header.Set("Signature", f.signature(t, r))
	if f.after != nil {
		f.after(r)
	}
	return r
}

func (f forgery) signature(t *testing.T, r *http.Request) string {
	t.Helper()
	lines := make([]string, len(f.signed))
	for i, name := range f.signed {
		value := strings.Join(r.Header.Values(name), ", ")
		switch name {
		case "(request-target)":
			value = "post " + r.URL.RequestURI()
		case "(created)", "(expires)":
			value = f.params[strings.Trim(name, "()")]
		case "host":
			value = r.Host
		}
		lines[i] = name + ": " + value
	}
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	signature, err := rsa.SignPKCS1v15(rand.Reader, f.key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	header := fmt.Sprintf(`keyId="%s#main-key",headers="%s",signature="%s"`, f.from.uri(f.signer), strings.Join(f.signed, " "), base64.StdEncoding.EncodeToString(signature))
	for name, value := range f.params {
		header += "," + name + "=" + value
	}
	return header
}

func (f forgery) send(t *testing.T) int {
	t.Helper()
	return do(t, f.request(t))
}

// do sends a request and gives the status of the answer.
func do(t *testing.T, r *http.Request) int {
	t.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// total is how many requests there were.
func (l *requestLog) total() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.lines)
}

// A scene is a town, somebody who lives there, an honest server whose Marie they
// follow, and a hostile one.
type scene struct {
	clock          *clock
	malakoff       *peer
	lea            parvis.Viewer
	mastodon, evil *stranger
}

// newScene puts Marie and Paul on the honest server and Mallory on the other, which
// lies at evil.localhost.
func newScene(t *testing.T) *scene {
	t.Helper()
	c := newClock()
	s := &scene{clock: c, malakoff: newPeer(t, c, "Malakoff"), mastodon: newStranger(t, c, "marie", "paul"),
		evil: newStranger(t, c, "mallory").called("evil.localhost", "mallory")}
	s.lea = s.malakoff.resident("lea")
	return s
}

// offer publishes one for everyone.
func (s *scene) offer(t *testing.T) *parvis.Post {
	t.Helper()
	p := s.malakoff.publish(s.lea, drill(parvis.Everyone))
	settle(t, s.malakoff)
	return p
}
