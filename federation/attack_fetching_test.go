package federation_test

import (
	"compress/gzip"
	"context"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestAttackFetching: attacks 30 to 38, on what a hostile server makes a town ask for
// and on what it answers. The tests of client_test.go and webfinger_test.go hold
// the client itself against the same.
func TestAttackFetching(t *testing.T) {
	t.Run("30 private addresses", attackPrivate)
	t.Run("31 redirects inside", attackInside)
	t.Run("32 content types", attackTypes)
	t.Run("33 endless answers", attackEndless)
	t.Run("34 odd JSON", attackJSON)
	t.Run("35 rings and chains", attackRings)
	t.Run("36 many at once", attackMany)
	t.Run("37 handles", attackHandles)
	t.Run("38 slow parsers", attackParsers)
}

// inside are addresses that a town must not ask: what answers there trusts whoever
// comes from near. 127.0.0.1 stands for the Internet in these tests.
var inside = []string{"http://10.0.0.1", "http://192.168.1.1:8080", "http://169.254.169.254", "http://100.64.0.1", "http://0.0.0.0", "http://[::1]",
	"http://[::ffff:10.0.0.1]", "http://[fc00::1]", "http://[fe80::1]", "http://[64:ff9b::a00:1]", "http://[2002:a00:1::]", "http://167772161", "http://0x0a.1",
	"http://1.1.1.1:22", "ftp://1.1.1.1", "gopher://1.1.1.1", "unix:///var/run/docker.sock", "file:///etc"}

// attackPrivate: nothing that an activity names leads inside, in whatever property.
func attackPrivate(t *testing.T) {
	ctx, s := context.Background(), newScene(t)
	s.evil.followedBy(s.malakoff, s.lea, "mallory")
	for i, address := range inside {
		path := "/notes/" + strconv.Itoa(i)
		s.evil.say(s.malakoff, "mallory", s.evil.activity("Announce", "/a"+path, "mallory", address+"/1"))
		s.evil.say(s.malakoff, "mallory", s.evil.activity("Create", "/b"+path, "mallory", s.evil.note(path, "mallory", "<p>Faux</p>", map[string]any{
			"inReplyTo": address + "/1", "attachment": []any{map[string]any{"type": "Image", "mediaType": "image/png", "url": address + "/1.png"}}})))
		if s.malakoff.has(address + "/1") {
			t.Errorf("%s is here", address)
		}
		if p := s.malakoff.found(s.evil.base + path); len(p.Media) > 0 && p.Media[0].Ready() {
			t.Errorf("a picture of %s was copied", address)
		}
		d := delivery{to: s.malakoff, from: s.evil, signer: "mallory", keyID: address + "/key",
			body: map[string]any{"id": address + "/like", "type": "Like", "actor": address + "/users/x", "object": s.malakoff.URL("/p/1")}}
		if got := d.send(t); got/100 != 4 {
			t.Errorf("a key at %s: status %d", address, got)
		}
		if _, err := s.malakoff.app.Lookup(ctx, s.malakoff.Node, address+"/users/x"); err == nil {
			t.Errorf("somebody was found at %s", address)
		}
	}
}

// attackInside: a redirect leads inside as little as an address does, and a delivery
// follows none.
func attackInside(t *testing.T) {
	ctx, s := context.Background(), newScene(t)
	to := func(address string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, address, http.StatusTemporaryRedirect)
		}
	}
	for i, address := range inside {
		path := "/users/" + strconv.Itoa(i)
		s.evil.trap(path, to(address))
		if _, err := s.malakoff.app.Lookup(ctx, s.malakoff.Node, s.evil.base+path); err == nil {
			t.Errorf("somebody was found at %s", address)
		}
	}
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Follow", "/f/1", "mallory", s.lea.Account.URI))
	s.evil.trap("/inbox", to(s.mastodon.base+"/inbox"))
	s.malakoff.publish(s.lea, drill(parvis.Everyone))
	settle(t, s.malakoff)
	if got := s.evil.log.count("POST /inbox"); got != 1 {
		t.Errorf("%d deliveries, want 1", got)
	}
	if got := s.mastodon.log.total(); got != 0 {
		t.Errorf("a delivery followed a redirect: %d requests", got)
	}
}

// attackTypes: what is not served as ActivityStreams may be a file of anybody's.
func attackTypes(t *testing.T) {
	ctx, s := context.Background(), newScene(t)
	for i, contentType := range []string{"text/plain", "application/json", "application/ld+json", `application/ld+json; profile="http://evil.example/"`, "image/png", "text/html", ""} {
		path := "/notes/" + strconv.Itoa(i)
		s.evil.trap(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{contentType}
			_, _ = w.Write([]byte(note(s.evil.base + path)))
		})
		if _, err := s.malakoff.app.Remote.Post(ctx, s.malakoff.Node, s.evil.base+path); err == nil {
			t.Errorf("a post came as %q", contentType)
		}
	}
}

// attackEndless: what has no end is cut off, compressed or not.
func attackEndless(t *testing.T) {
	ctx, s := context.Background(), newScene(t)
	sent := 0
	stream := func(w http.ResponseWriter, zip bool) {
		w.Header().Set("Content-Type", "application/activity+json")
		piece := []byte(strings.Repeat(" ", 1<<16))
		write := w.Write
		if zip {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			write = func(b []byte) (int, error) {
				n, err := z.Write(b)
				if err == nil {
					err = z.Flush()
				}
				return n, err
			}
		}
		for range 64 << 4 { // 64 MiB
			n, err := write(piece)
			sent += n
			if err != nil {
				return
			}
		}
	}
	for path, answer := range map[string]http.HandlerFunc{
		"/chunks": func(w http.ResponseWriter, _ *http.Request) { stream(w, false) },
		"/bomb":   func(w http.ResponseWriter, _ *http.Request) { stream(w, true) },
		"/headers": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Endless", strings.Repeat("a", 10<<20))
		},
		"/deflate": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/activity+json")
			w.Header().Set("Content-Encoding", "deflate")
			_, _ = w.Write([]byte{0x78, 0x9c, 0x03, 0x00})
		},
	} {
		s.evil.trap(path, answer)
		sent = 0
		if _, err := s.malakoff.app.Remote.Post(ctx, s.malakoff.Node, s.evil.base+path); err == nil {
			t.Errorf("%s: something was found", path)
		}
		if path == "/chunks" && sent > 16*vocab.MaxBytes {
			t.Errorf("%s: %d bytes were read", path, sent)
		}
	}
	// And a slow one, whoever waits for it.
	waiting, cancel := context.WithCancel(ctx)
	s.evil.trap("/slow", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/activity+json")
		_, _ = w.Write([]byte("{"))
		w.(http.Flusher).Flush()
		cancel() // stands for the deadline
		<-r.Context().Done()
	})
	if _, err := s.malakoff.app.Remote.Post(waiting, s.malakoff.Node, s.evil.base+"/slow"); err == nil {
		t.Error("something came of a slow answer")
	}
}

// attackJSON: what two readers could read in two ways, or one hardly at all, is
// refused at the door.
func attackJSON(t *testing.T) {
	s := newScene(t)
	offer := s.offer(t)
	open := fmt.Sprintf(`{"id":%q,"type":"Like","actor":%q,"object":%q`, s.evil.base+"/l/1", s.evil.uri("mallory"), offer.URI)
	many := strings.TrimSuffix(strings.Repeat(`"x",`, 250_000), ",")
	for what, body := range map[string]string{
		"deep":            open + `,"tag":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "}",
		"deep objects":    open + `,"tag":` + strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000) + "}",
		"wide to":         open + `,"to":[` + many + "]}",
		"wide tag":        open + `,"tag":[` + many + "]}",
		"wide attachment": open + `,"attachment":[` + many + "]}",
		"two ids":         open + fmt.Sprintf(`,"id":%q}`, s.evil.base+"/l/2"),
		"two ids inside":  open[:strings.LastIndex(open, `"object"`)] + `"object":{"id":"https://a.example/","id":"https://b.example/"}}`,
		"escaped twice":   open + `,"\u0069d":"x"}`,
		"not UTF-8":       open + ",\"content\":\"\xff\xfe\"}",
		"cut off":         open,
		"more behind":     open + "}{}",
		"an array":        "[" + open + "}]",
		"number as id":    strings.Replace(open, `"type":"Like"`, `"type":7`, 1) + "}",
		"nothing":         "",
	} {
		d := delivery{to: s.malakoff, from: s.evil, signer: "mallory", body: body}
		if got := d.send(t); got != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400", what, got)
		}
	}
	// A huge number is a number, of which nothing is made.
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Like", "/l/3", "mallory", offer.URI, map[string]any{"published": 1e300, "weight": "1"}))
	d := delivery{to: s.malakoff, from: s.evil, signer: "mallory", body: strings.Replace(open, "/l/1", "/l/4", 1) + `,"weight":` + strings.Repeat("9", 1000) + "}"}
	if got := d.send(t); got/100 == 5 {
		t.Errorf("a huge number: status %d", got)
	}
	settle(t, s.malakoff)
	if got := s.malakoff.found(offer.URI).Likes; got > 1 {
		t.Errorf("%d likes", got)
	}
}

// attackRings: conversations without end, or in rings, end for us.
func attackRings(t *testing.T) {
	s := newScene(t)
	s.evil.followedBy(s.malakoff, s.lea, "mallory")
	answering := func(path, above string) map[string]any {
		return s.evil.note(path, "mallory", "<p>Encore</p>", map[string]any{"inReplyTo": s.evil.base + above, "context": s.evil.base + "/thread", "replies": s.evil.base + "/replies"})
	}
	s.evil.serve("/ring/1", answering("/ring/1", "/ring/2"))
	s.evil.serve("/ring/2", answering("/ring/2", "/ring/3"))
	s.evil.serve("/ring/3", answering("/ring/3", "/ring/1"))
	s.evil.serve("/self", answering("/self", "/self"))
	page := map[string]any{"id": s.evil.base + "/replies", "type": "CollectionPage", "partOf": s.evil.base + "/replies", "next": s.evil.base + "/replies", "items": []any{}}
	s.evil.serve("/replies", page)
	s.evil.serve("/thread", map[string]any{"id": s.evil.base + "/thread", "type": "Collection", "first": page, "next": s.evil.base + "/thread"})
	before := s.evil.log.total()
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Announce", "/a/1", "mallory", s.evil.base+"/ring/1"))
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Announce", "/a/2", "mallory", s.evil.base+"/self"))
	if got := s.evil.log.total() - before; got > 60 {
		t.Errorf("rings cost %d requests", got)
	}
	// An actor that is always somewhere else.
	s.evil.trap("/users/moved", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("n"))
		http.Redirect(w, r, "/users/moved?n="+strconv.Itoa(n+1), http.StatusFound)
	})
	before = s.evil.log.total()
	if _, err := s.malakoff.app.Lookup(context.Background(), s.malakoff.Node, s.evil.base+"/users/moved"); err == nil {
		t.Error("somebody was found at the end of no end")
	}
	if got := s.evil.log.total() - before; got > 10 {
		t.Errorf("redirects cost %d requests", got)
	}
}

// attackMany: neither thousands of names in one activity nor a conversation in which
// each post lies on another server, by another author, behind redirects, cost more
// than a bounded number of requests.
func attackMany(t *testing.T) {
	s := newScene(t)
	s.evil.followedBy(s.malakoff, s.lea, "mallory")
	before := s.evil.log.total()
	var tags, to []any
	for i := range 2000 {
		uri := fmt.Sprintf("%s/users/nobody%d", s.evil.base, i)
		tags, to = append(tags, map[string]any{"type": "Mention", "href": uri, "name": "@nobody"}), append(to, uri)
	}
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Create", "/a/1", "mallory", s.evil.note("/notes/1", "mallory", "<p>À tous</p>", map[string]any{"tag": tags, "to": append(to, public), "cc": to})))
	if got := s.malakoff.found(s.evil.base + "/notes/1"); len(got.Mentions) != 0 {
		t.Errorf("%d mentions of people whom nobody knows", len(got.Mentions))
	}
	if got := s.evil.log.total() - before; got > 5 {
		t.Errorf("names cost %d requests", got)
	}

	hydra := newHydra(t, s.clock)
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Announce", "/a/2", "mallory", hydra.at(0, "/notes/0")))
	if got := hydra.log.total(); got < 20 || got > federation.MaxFetches {
		t.Errorf("a conversation on many servers cost %d requests, want %d at most", got, federation.MaxFetches)
	}
}

// A hydra answers under endless names, each of which has one author and one post that
// answers a post under the next; everything is three redirects away.
type hydra struct {
	t     *testing.T
	clock *clock
	log   requestLog
	port  string
}

func newHydra(t *testing.T, c *clock) *hydra {
	h := &hydra{t: t, clock: c}
	server := serve(t, func(_ string, w http.ResponseWriter, r *http.Request) { h.answer(w, r) })
	_, h.port, _ = strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	return h
}

func (h *hydra) at(i int, path string) string {
	return fmt.Sprintf("http://h%d.localhost:%s%s", i, h.port, path)
}

func (h *hydra) answer(w http.ResponseWriter, r *http.Request) {
	h.log.add(r)
	var i int
	if _, err := fmt.Sscanf(r.Host, "h%d.localhost", &i); err != nil {
		http.NotFound(w, r)
		return
	}
	if hop, _ := strconv.Atoi(r.URL.Query().Get("hop")); hop < 3 && !strings.HasPrefix(r.URL.Path, "/.well-known") {
		http.Redirect(w, r, fmt.Sprintf("%s?hop=%d", r.URL.Path, hop+1), http.StatusFound)
		return
	}
	head := &stranger{t: h.t, clock: h.clock, base: h.at(i, ""), keys: map[string]*rsa.PrivateKey{"x": strangerKey()}}
	switch r.URL.Path {
	case "/users/x":
		h.write(w, "application/activity+json", head.person("x"))
	case fmt.Sprintf("/notes/%d", i):
		above := h.at(i+1, fmt.Sprintf("/notes/%d", i+1))
		h.write(w, "application/activity+json", head.note(r.URL.Path, "x", "<p>Encore</p>", map[string]any{"inReplyTo": above}))
	case "/.well-known/webfinger":
		self := map[string]any{"rel": "self", "type": "application/activity+json", "href": head.uri("x")}
		h.write(w, "application/jrd+json", map[string]any{"subject": fmt.Sprintf("acct:x@h%d.localhost:%s", i, h.port), "links": []any{self}})
	default:
		http.NotFound(w, r)
	}
}

func (h *hydra) write(w http.ResponseWriter, contentType string, doc any) {
	w.Header().Set("Content-Type", contentType)
	if err := json.NewEncoder(w).Encode(doc); err != nil {
		h.t.Error(err)
	}
}

// attackHandles: nobody takes a handle that its own host does not give them, ours
// least of all.
func attackHandles(t *testing.T) {
	ctx, s := context.Background(), newScene(t)
	finger := func(subject, self string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/jrd+json")
			_, _ = fmt.Fprintf(w, `{"subject":%q,"links":[{"rel":"self","type":"application/activity+json","href":%q}]}`, subject, self)
		}
	}
	for _, subject := range []string{"acct:lea@" + s.malakoff.Host, "acct:marie@" + s.mastodon.host, "acct:*@" + s.evil.host, "acct:lea\r\n@" + s.evil.host, "https://evil.example/"} {
		s.evil.trap("/.well-known/webfinger", finger(subject, s.evil.uri("mallory")))
		for _, name := range []string{"mallory@" + s.evil.host, s.evil.uri("mallory")} {
			// Whose handle leads to somebody else leads there; the name stays theirs.
			if acc, err := s.malakoff.app.Lookup(ctx, s.malakoff.Node, name); err == nil && federation.SameOrigin(acc.URI, s.evil.base) {
				t.Errorf("%q: %s is %s", subject, acc.URI, acc.Acct())
			}
		}
	}
	s.evil.trap("/.well-known/webfinger", finger("acct:mallory@"+s.evil.host, s.mastodon.uri("marie")))
	if acc, err := s.malakoff.app.Lookup(ctx, s.malakoff.Node, "mallory@"+s.evil.host); err == nil {
		t.Errorf("Mallory's handle is %s", acc.Acct())
	}
	s.evil.trap("/.well-known/webfinger", nil)
	for _, username := range []string{"lea@" + s.malakoff.Host, "léa", "le\u0430", "lea ", "", "@lea", "../lea", "lea\u202e", strings.Repeat("a", 500)} {
		actor := s.evil.person("mallory")
		actor["preferredUsername"] = username
		s.evil.serve("/users/mallory", actor)
		if acc, err := s.malakoff.app.Lookup(ctx, s.malakoff.Node, s.evil.uri("mallory")); err == nil {
			t.Errorf("%q became %s", username, acc.Acct())
		}
	}
}

// attackParsers: pages that are hard to read take no longer than others.
func attackParsers(t *testing.T) {
	ctx, s := context.Background(), newScene(t)
	began := time.Now()
	for i, piece := range []string{"<link ", "<a href=\"", "<!--", "<![CDATA[", "<link rel=alternate type=", "\"'<", "&#", "<svg><math><mtext>", "<p" + strings.Repeat(" a", 40)} {
		path := "/page/" + strconv.Itoa(i)
		s.evil.trap(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(strings.Repeat(piece, (1<<20-1)/len(piece))))
		})
		if _, err := s.malakoff.app.Remote.Post(ctx, s.malakoff.Node, s.evil.base+path); err == nil {
			t.Errorf("%s: something was found", piece)
		}
	}
	s.evil.followedBy(s.malakoff, s.lea, "mallory")
	for i, piece := range []string{"<b>", "<p><a href=x>", "<svg><math>", "&amp;#", "<ul><li>", "</p><p>", "<!--", "[[[", "x@"} {
		content := strings.Repeat(piece, 200_000/len(piece))
		for _, mediaType := range []string{"text/html", "text/markdown"} {
			s.evil.say(s.malakoff, "mallory", s.evil.activity("Create", fmt.Sprintf("/c/%d%s", i, mediaType), "mallory",
				s.evil.note(fmt.Sprintf("/n/%d%s", i, mediaType), "mallory", content, map[string]any{"mediaType": mediaType})))
		}
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %s", took)
	}
}
