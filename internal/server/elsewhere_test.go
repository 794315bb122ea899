package server_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/federation"
)

// asElsewhere tells a copy of the test binary to be the rest of the fediverse: a
// process of its own, so that what a benchmark's server costs is counted alone.
const asElsewhere = "PARVIS_TEST_ELSEWHERE"

func TestMain(m *testing.M) {
	if os.Getenv(asElsewhere) == "" {
		os.Exit(m.Run())
	}
	if err := serveElsewhere(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// An order is what elsewhere is asked to do, and a report what came of it. They
// are lines of JSON on its standard input and output.
type order struct {
	Do    string        // "write", "post" or "receive"
	Node  string        // write: the host for which the notes are
	Notes int           // write: how many, instead of those before
	To    string        // post: where the server of that host is to be reached
	Delay time.Duration // receive: how long an answer takes from now on
}

type report struct {
	Error   string
	Port    string   // of its servers, which have any name below localhost
	Writers []writer // who writes the notes
	URIs    []string // write: of the notes
	// receive: what was delivered since the last such order, and how much of that a
	// server had before; and the last of it.
	Delivered, Repeated int
	Body                []byte
}

// A writer is somebody elsewhere who writes notes.
type writer struct {
	Name, Host, URI, PEM string

	key federation.Key
}

// Who lives elsewhere, and how many of their notes travel at a time.
const (
	writers     = 20
	writerHosts = 10
	senders     = 8
)

// elsewhere is the state of that process.
type elsewhere struct {
	writers  []writer
	notes    int // written so far
	postings []*posting
	client   *http.Client
	port     string

	mu        sync.Mutex
	delay     time.Duration
	delivered int
	repeated  int
	seen      map[string]bool // by server and id
	body      []byte
}

// A posting is a signed note that waits to be posted.
type posting struct {
	node   string
	header http.Header
	body   []byte
}

// serveElsewhere does what the orders say until they end.
func serveElsewhere(orders io.Reader, reports io.Writer) error {
	e := &elsewhere{seen: make(map[string]bool), client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}}}
	for i := range writers {
		w, err := newWriter(i)
		if err != nil {
			return err
		}
		e.writers = append(e.writers, w)
	}
	inboxes := httptest.NewServer(http.HandlerFunc(e.receive))
	defer inboxes.CloseClientConnections()
	var err error
	if _, e.port, err = net.SplitHostPort(inboxes.Listener.Addr().String()); err != nil {
		return err
	}
	in, out := json.NewDecoder(orders), json.NewEncoder(reports)
	for {
		var o order
		if err := in.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := out.Encode(e.obey(o)); err != nil {
			return err
		}
	}
}

func newWriter(i int) (writer, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return writer{}, err
	}
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		return writer{}, err
	}
	w := writer{Name: "voisine" + strconv.Itoa(i), Host: "ville" + strconv.Itoa(i%writerHosts) + ".example",
		PEM: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}
	w.URI = "https://" + w.Host + "/users/" + w.Name
	w.key = federation.Key{ID: w.URI + "#main-key", Private: private}
	return w, nil
}

func (e *elsewhere) obey(o order) report {
	r := report{Port: e.port, Writers: e.writers}
	var err error
	switch o.Do {
	case "write":
		r.URIs, err = e.write(o.Node, o.Notes)
	case "post":
		err = e.post(o.To)
	case "receive":
		e.mu.Lock()
		defer e.mu.Unlock()
		r.Delivered, r.Repeated, r.Body = e.delivered, e.repeated, e.body
		e.delay, e.delivered, e.repeated = o.Delay, 0, 0
	}
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

// write writes and signs notes.
func (e *elsewhere) write(node string, notes int) ([]string, error) {
	e.postings = nil
	var uris []string
	for range notes {
		by := e.writers[e.notes%writers]
		uri := by.URI + "/statuses/" + strconv.Itoa(e.notes)
		body := fmt.Appendf(nil, mastodonNote, uri, by.URI, time.Now().UTC().Format(time.RFC3339), by.Host, by.Name, e.notes)
		r, err := http.NewRequest(http.MethodPost, "http://"+node+"/inbox", nil)
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/activity+json")
		r.Header.Set("User-Agent", "Mastodon/4.6.0 (http.rb/5.3.1; +https://"+by.Host+"/)")
		if err := by.key.Sign(r, body, time.Now()); err != nil {
			return nil, err
		}
		e.postings = append(e.postings, &posting{node, r.Header, body})
		uris = append(uris, uri)
		e.notes++
	}
	return uris, nil
}

// post posts what was written, some at a time.
func (e *elsewhere) post(to string) error {
	waiting := make(chan *posting, len(e.postings))
	for _, m := range e.postings {
		waiting <- m
	}
	close(waiting)
	errs := make([]error, senders)
	var all sync.WaitGroup
	for i := range senders {
		all.Go(func() {
			for m := range waiting {
				errs[i] = errors.Join(errs[i], e.postOne(to, m))
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

func (e *elsewhere) postOne(to string, m *posting) error {
	r, err := http.NewRequest(http.MethodPost, to+"/inbox", bytes.NewReader(m.body))
	if err != nil {
		return err
	}
	r.Host, r.Header = m.node, m.header.Clone()
	response, err := e.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusAccepted {
		err = fmt.Errorf("%s: %s", response.Status, text)
	}
	return err
}

// receive takes whatever is delivered.
func (e *elsewhere) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var said struct{ ID string }
	if err != nil || json.Unmarshal(body, &said) != nil {
		http.Error(w, "not an activity", http.StatusBadRequest)
		return
	}
	e.mu.Lock()
	key := r.Host + " " + said.ID
	if e.seen[key] {
		e.repeated++
	}
	e.seen[key] = true
	e.delivered++
	e.body = body
	delay := e.delay
	e.mu.Unlock()
	if delay > 0 {
		<-time.After(delay)
	}
	w.WriteHeader(http.StatusAccepted)
}

// A rest is the rest of the fediverse as a benchmark sees it.
type rest struct {
	b   testing.TB
	in  *json.Encoder
	out *json.Decoder
}

// startElsewhere starts that process, which ends with the benchmark.
func startElsewhere(b testing.TB) *rest {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asElsewhere+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			b.Errorf("elsewhere: %v", err)
		}
	})
	return &rest{b, json.NewEncoder(in), json.NewDecoder(out)}
}

// do has an order obeyed.
func (r *rest) do(o order) report {
	r.b.Helper()
	var done report
	if err := r.in.Encode(o); err != nil {
		r.b.Fatal(err)
	}
	if err := r.out.Decode(&done); err != nil {
		r.b.Fatal(err)
	}
	if done.Error != "" {
		r.b.Fatal(done.Error)
	}
	return done
}

// mastodonNote is what Mastodon 4 sends of a public post: its URI, its author, the
// time, the author's host and name, and a number are filled in.
const mastodonNote = `{"@context":["https://www.w3.org/ns/activitystreams",{"ostatus":"http://ostatus.org#","atomUri":"ostatus:atomUri",` +
	`"inReplyToAtomUri":"ostatus:inReplyToAtomUri","conversation":"ostatus:conversation","sensitive":"as:sensitive",` +
	`"toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount","Hashtag":"as:Hashtag"}],` +
	`"id":"%[1]s/activity","type":"Create","actor":"%[2]s","published":"%[3]s",` +
	`"to":["https://www.w3.org/ns/activitystreams#Public"],"cc":["%[2]s/followers"],` +
	`"object":{"id":"%[1]s","type":"Note","summary":null,"inReplyTo":null,"published":"%[3]s","url":"https://%[4]s/@%[5]s/%[6]d",` +
	`"attributedTo":"%[2]s","to":["https://www.w3.org/ns/activitystreams#Public"],"cc":["%[2]s/followers"],"sensitive":false,` +
	`"atomUri":"%[1]s","inReplyToAtomUri":null,"conversation":"tag:%[4]s,2026-11-21:objectId=%[6]d:objectType=Conversation",` +
	`"content":"<p>Au marché de Malakoff ce matin, %[6]d étals et du soleil. Qui aurait une perceuse à percussion pour samedi ? ` +
	`<a href=\"https://%[4]s/tags/entraide\" class=\"mention hashtag\" rel=\"tag\">#<span>entraide</span></a></p>",` +
	`"contentMap":{"fr":"<p>Au marché de Malakoff ce matin, %[6]d étals et du soleil. Qui aurait une perceuse à percussion pour samedi ? ` +
	`<a href=\"https://%[4]s/tags/entraide\" class=\"mention hashtag\" rel=\"tag\">#<span>entraide</span></a></p>"},` +
	`"attachment":[],"tag":[{"type":"Hashtag","href":"https://%[4]s/tags/entraide","name":"#entraide"}],` +
	`"replies":{"id":"%[1]s/replies","type":"Collection","first":{"type":"CollectionPage",` +
	`"next":"%[1]s/replies?only_other_accounts=true&page=true","partOf":"%[1]s/replies","items":[]}}}}`
