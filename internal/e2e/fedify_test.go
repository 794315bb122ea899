package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvistest"
)

// A fedify is a server built with Fedify where Léa lives. It takes, and makes,
// signatures of one scheme.
type fedify struct {
	scheme string // "rfc9421" or "cavage"
	lea    string // her id
	host   string // as in her handle
	base   string // where the test reaches it
}

// What the server says of itself.
type (
	fedifySeen struct {
		Followers, Following []string
		Likes, Shares        []string
		Notes                map[string]fedifyNote
		Delivered, Sent      []fedifyPost
	}
	fedifyNote struct{ Content, Answers string }
	// A fedifyPost is an activity that was delivered, or tried to be.
	fedifyPost struct {
		Scheme, Type string
		Status       int
		Proven       bool // by a proof of its author's (FEP-8b32); only of what was delivered
	}
)

// startFedify starts the server, which ends with the test.
func startFedify(t *testing.T, scheme string) *fedify {
	t.Helper()
	run := parvistest.Node(t, "@fedify/fedify")
	ctx, kill := context.WithCancel(context.Background())
	cmd := run(ctx, "fedify.mjs", scheme)
	log := filepath.Join(t.TempDir(), "fedify.log")
	errOut, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer errOut.Close() // the process has its own
	cmd.Stderr = errOut
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { endFedify(t, cmd, stdin, kill, log) })
	f := &fedify{scheme: scheme}
	if _, err := fmt.Fscanln(stdout, &f.lea); err != nil {
		t.Fatalf("Fedify does not say where Léa is: %v", err)
	}
	u, err := url.Parse(f.lea)
	if err != nil {
		t.Fatal(err)
	}
	f.host, f.base = u.Host, "http://127.0.0.1:"+u.Port()
	return f
}

// endFedify lets the server end, which must have had nothing to complain about.
func endFedify(t *testing.T, cmd *exec.Cmd, stdin io.Closer, kill func(), log string) {
	defer kill()
	defer time.AfterFunc(stopTime, kill).Stop()
	if err := stdin.Close(); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("Fedify ended with: %v", err)
	}
	said, err := os.ReadFile(log)
	if err != nil || len(said) > 0 {
		t.Errorf("Fedify complained: %v\n%s", err, said)
	}
}

// does tells Léa to do something, and returns the id of what came of it.
func (f *fedify) does(t *testing.T, deed string, what map[string]string) string {
	t.Helper()
	body, err := json.Marshal(what)
	if err != nil {
		t.Fatal(err)
	}
	var id string
	f.ask(t, http.MethodPost, "/do/"+deed, body, &id)
	return id
}

// seen is what Léa's server knows.
func (f *fedify) seen(t *testing.T) fedifySeen {
	t.Helper()
	var seen fedifySeen
	f.ask(t, http.MethodGet, "/seen", nil, &seen)
	return seen
}

func (f *fedify) ask(t *testing.T, method, path string, body []byte, answer any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, f.base+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("Fedify answers %d, %v: %s", res.StatusCode, err, text)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		t.Fatal(err)
	}
}

// checkDeliveries fails unless everything went both ways by one scheme. An unknown
// server is sent draft-cavage-12 first, so the other costs one refusal, once. What
// carries a proof must convince Fedify by that alone.
func (f *fedify) checkDeliveries(t *testing.T) {
	t.Helper()
	seen := f.seen(t)
	refused := map[string]int{"cavage": 0, "rfc9421": 1}[f.scheme]
	taken := map[string]bool{}
	for i, p := range seen.Delivered {
		if i < refused {
			if p.Scheme != "cavage" || p.Status != http.StatusUnauthorized {
				t.Errorf("Parvis did not begin with draft-cavage-12: %+v", p)
			}
			continue
		}
		if p.Scheme != f.scheme || p.Status/100 != 2 {
			t.Errorf("Parvis delivered %+v", p)
		}
		if promised := p.Type == "Create" || p.Type == "Announce"; p.Proven != promised {
			t.Errorf("that Parvis proves it is %t: %+v", promised, p)
		}
		taken[p.Type] = true
	}
	sent := map[string]bool{}
	for _, p := range seen.Sent {
		if p.Scheme != f.scheme || p.Status/100 != 2 {
			t.Errorf("Fedify delivered %+v", p)
		}
		sent[p.Type] = true
	}
	for _, kind := range strings.Fields("Follow Accept Create Like Announce Undo Delete") {
		if !taken[kind] || !sent[kind] {
			t.Errorf("%s went from Parvis to Fedify: %t; back: %t", kind, taken[kind], sent[kind])
		}
	}
}
