package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"testing"

	"github.com/mattn/go-mastodon"

	"github.com/parvis-coop/parvis/internal/parvistest"
)

// A ruling is what activitypub-testing says of one rule.
type ruling struct {
	Test   struct{ Slug string }
	Result struct{ Outcome, Info string }
}

// TestRules holds an actor and a post against the rules of activitypub-testing.
// Those about POSTing to an outbox are for apps that speak ActivityPub, which
// Parvis has none of: they find that they do not apply, or cannot tell.
func TestRules(t *testing.T) {
	node := parvistest.Node(t, "activitypub-testing")
	check := func(args ...string) []ruling {
		t.Helper()
		return rulings(t, node(t.Context(), "node_modules/activitypub-testing/src/cli.js", args...))
	}
	malakoff := newPlace(t, build(t), "malakoff", parvistest.Engines(t)[0].URL(t))
	malakoff.start(t)
	malakoff.account(t, "jeanne", "admin")
	post, err := malakoff.app(t, "jeanne").PostStatus(t.Context(), &mastodon.Toot{Status: "Je prête ma perceuse à percussion."})
	if err != nil {
		t.Fatal(err)
	}

	var passed []string
	for _, r := range check("test", "actor", malakoff.url("/@jeanne")) {
		switch r.Result.Outcome {
		case "failed":
			t.Errorf("%s: %s", r.Test.Slug, r.Result.Info)
		case "passed":
			passed = append(passed, r.Test.Slug)
		}
	}
	for _, rule := range []string{"actor-objects-must-have-inbox-outbox-properties", "actor-must-serve-as2-object-to-get",
		"outbox-must-be-an-orderedcollection", "followers-collection-must-be-a-collection", "following-collection-must-be-a-collection"} {
		if !slices.Contains(passed, rule) {
			t.Errorf("%s is not passed", rule)
		}
	}
	note := malakoff.object(t, post.URI)
	for _, rule := range []string{"likes-collection-must-be-a-collection", "shares-collection-must-be-a-collection"} {
		for _, r := range check("run", "test", "--slug="+rule, "--input.object="+note, "--input.time=T10S") {
			if r.Result.Outcome != "passed" {
				t.Errorf("%s: %s: %s", rule, r.Result.Outcome, r.Result.Info)
			}
		}
	}
	malakoff.calm(t)
}

// object fetches an object of the node as others would.
func (p *place) object(t *testing.T, uri string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, uri, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "application/activity+json")
	client := p.client()
	defer client.CloseIdleConnections()
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %d, %v: %s", uri, res.StatusCode, err, text)
	}
	return string(text)
}

// rulings runs the checker, which ends badly if a rule is broken.
func rulings(t *testing.T, checker *exec.Cmd) []ruling {
	t.Helper()
	var errOut bytes.Buffer
	checker.Stderr = &errOut
	out, err := checker.Output()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	var all []ruling
	for said := json.NewDecoder(bytes.NewReader(out)); ; {
		var one ruling
		if err := said.Decode(&one); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v\n%s%s", err, out, errOut.String())
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		t.Fatalf("no rule was tried: %v\n%s", err, errOut.String())
	}
	return all
}
