package main

import (
	"strings"
	"testing"
)

func TestFederationCommands(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, "", "node", "add", "malakoff.example")
	says := func(want string, args ...string) {
		t.Helper()
		if got := must(t, dir, "a.example\nb.example\nfr\n", append([]string{"federation"}, args...)...); !strings.Contains(got, want) {
			t.Errorf("parvis federation %s printed %q, want %q", strings.Join(args, " "), got, want)
		}
	}
	refuses := func(want string, args ...string) {
		t.Helper()
		if _, err := cli(t, dir, "", append([]string{"federation"}, args...)...); err == nil || !strings.Contains(explain(err), want) {
			t.Errorf("parvis federation %s: %v, want a sentence with %q", strings.Join(args, " "), err, want)
		}
	}
	says("xn--besanon-yxa.example: silence", "block", "Besançon.example", "--severity", "silence", "--comment", "Publicité")
	refuses("far more than a server", "block", "fr")
	says("2 rules imported, 0 decided before, 1 lines left out", "import", "-")
	says("xn--besanon-yxa.example,silence,false,false,Publicité,false", "blocks", "--csv")
	says("a.example", "blocks")
	must(t, dir, "", "federation", "unblock", "besançon.example")
	refuses("nothing was decided", "unblock", "besançon.example")
	refuses("does not exchange with it", "trace", "@lea@www.a.example")
	refuses("not a handle", "trace", "lea")

	list := strings.TrimSpace(must(t, dir, "", "federation", "list", "add", "https://lists.example/blocks.csv"))
	says("https://lists.example/blocks.csv", "list", "show")
	must(t, dir, "", "federation", "list", "remove", list)
	refuses("there is no list", "list", "read", list)
	refuses("is not the address of a list", "list", "add", "blocks.csv")

	relay := strings.TrimSpace(must(t, dir, "", "federation", "relay", "add", "https://relay.example/inbox"))
	says("asked", "relay", "list")
	must(t, dir, "", "federation", "relay", "remove", relay)
	refuses("is blocked by the team", "relay", "add", "https://a.example/inbox")

	says("last success", "peers")
	refuses("there is no peer", "retry", "nobody.example")
	must(t, dir, "", "node", "set", "--federation", "listed", "--authorized-fetch")
	if show := must(t, dir, "", "node", "show"); !strings.Contains(show, "listed") || !strings.Contains(show, "true") {
		t.Errorf("node show: %s", show)
	}
}
