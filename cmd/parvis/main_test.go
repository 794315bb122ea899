package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvistest"
)

// cli runs the command as in a terminal and returns what it printed.
func cli(t *testing.T, dir, stdin string, args ...string) (string, error) {
	t.Helper()
	var out, errOut bytes.Buffer
	err := run(env{context.Background(), strings.NewReader(stdin), &out, &errOut}, append([]string{"--data", dir, "--scheme", "http"}, args...))
	return out.String(), err
}

// must is cli for what has to work.
func must(t *testing.T, dir, stdin string, args ...string) string {
	t.Helper()
	out, err := cli(t, dir, stdin, args...)
	if err != nil {
		t.Fatalf("parvis %s: %v", strings.Join(args, " "), explain(err))
	}
	return out
}

func TestCommandsManageANode(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, "", "node", "add", "Malakoff.Example", "--name", "Malakoff", "--neighbourhood", "Centre@48.8205,2.3010", "--neighbourhood", "Barbusse")
	if got := must(t, dir, "", "node", "list"); !strings.Contains(got, "malakoff.example") || !strings.Contains(got, "needs an admin") {
		t.Errorf("node list: %q", got)
	}
	if got, want := must(t, dir, "place-du-marche\n", "account", "create", "--username", "claire", "--email", "claire@malakoff.example",
		"--password-stdin", "--role", "admin"), "@claire@malakoff.example\n"; got != want {
		t.Errorf("account create printed %q, want %q", got, want)
	}
	must(t, dir, "", "node", "set", "--summary", "On se prête, on s’entraide.", "--signup", "closed", "--keep-posts", "45", "--keep-pictures", "0")
	show := must(t, dir, "", "node", "show")
	for _, want := range []string{"http://malakoff.example", "On se prête", "closed", "ready", "Centre", "Barbusse", "45 days", "for ever"} {
		if !strings.Contains(show, want) {
			t.Errorf("node show lacks %q:\n%s", want, show)
		}
	}
	token := must(t, dir, "", "token", "create", "--account", "claire", "--scopes", "read write follow")
	if strings.Count(token, "\n") != 1 || len(strings.TrimSpace(token)) < 40 || strings.ContainsAny(strings.TrimSpace(token), " \t") {
		t.Errorf("token create printed %q, want the token alone", token)
	}
	must(t, dir, "", "partner", "add", "vanves.example")
	if got := must(t, dir, "", "partner", "list"); !strings.Contains(got, "vanves.example") || !strings.Contains(got, "asked") {
		t.Errorf("partner list: %q", got)
	}
	must(t, dir, "", "partner", "remove", "vanves.example")
	takesAlong(t, dir)
	must(t, dir, "", "account", "suspend", "claire")
	if got := must(t, dir, "", "account", "list"); !strings.Contains(got, "suspended") {
		t.Errorf("account list: %q", got)
	}
	must(t, dir, "", "account", "suspend", "claire", "--undo")
	must(t, dir, "", "account", "rotate-keys", "claire")
	must(t, dir, "", "node", "rotate-keys")
	asksForNoCode(t, dir)
	writesRules(t, dir)
	must(t, dir, "", "account", "delete", "claire")
	if got := must(t, dir, "", "account", "list"); got != "" {
		t.Errorf("after the deletion, account list: %q", got)
	}
	must(t, dir, "", "migrate")
	if got := must(t, dir, "", "version"); !strings.HasPrefix(got, "parvis ") {
		t.Errorf("version printed %q", got)
	}
}

// asksForNoCode resets a second factor, and says so where there is none.
func asksForNoCode(t *testing.T, dir string) {
	t.Helper()
	for name, want := range map[string]string{"claire": "asked for no code", "personne": "personne"} {
		if _, err := cli(t, dir, "", "account", "reset-factor", name); err == nil || !strings.Contains(explain(err), want) {
			t.Errorf("account reset-factor %s: %v, want it to say %q", name, err, want)
		}
	}
}

func TestCommandsManageServicesThatAnswer(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, "", "node", "add", "malakoff.example")
	v := parvistest.NewVoucher(t, time.Now())
	add := func(issuer string, more ...string) (string, error) {
		return cli(t, dir, v.ClientSecret+"\n", append([]string{"node", "identity", "add", "--name", "Clés de Malakoff", "--issuer", issuer,
			"--client-id", v.ClientID, "--client-secret-stdin"}, more...)...)
	}
	if _, err := add(v.Issuer() + "/ailleurs"); err == nil || !strings.Contains(err.Error(), "the service does not answer") || !strings.Contains(err.Error(), "--no-check") {
		t.Errorf("a service that is not there: %v", err)
	}
	if _, err := add("http://fc.example"); err == nil || !strings.Contains(explain(err), "begins with https://") {
		t.Errorf("a service without encryption: %v", err)
	}
	said, err := add(v.Issuer(), "--acr", "eidas1")
	if err != nil || !strings.Contains(said, "http://malakoff.example/connexion/identite/retour\n") || !strings.Contains(said, "http://malakoff.example/deconnexion/retour\n") {
		t.Errorf("identity add printed %q, %v", said, err)
	}
	if _, err := add(v.Issuer()); err == nil || !strings.Contains(err.Error(), "answers already") {
		t.Errorf("the same twice: %v", err)
	}
	if _, err := add("https://fc.example", "--no-check"); err != nil {
		t.Error(err)
	}
	list := must(t, dir, "", "node", "identity", "list")
	for _, want := range []string{"Clés de Malakoff", v.Issuer(), v.ClientID, "openid profile email", "eidas1", "https://fc.example"} {
		if !strings.Contains(list, want) {
			t.Errorf("identity list lacks %q:\n%s", want, list)
		}
	}
	if strings.Contains(list, v.ClientSecret) {
		t.Error("identity list shows the secret")
	}
	must(t, dir, "", "node", "identity", "remove", "https://fc.example")
	if _, err := cli(t, dir, "", "node", "identity", "remove", "https://fc.example"); err == nil || !strings.Contains(err.Error(), "no service") {
		t.Errorf("removed twice: %v", err)
	}
}

// writesRules publishes versions of the charter, from a file and from a pipe.
func writesRules(t *testing.T, dir string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "regles.md")
	if err := os.WriteFile(file, []byte("## Prêter\nOn rend propre.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{file, "-"} {
		if got := must(t, dir, "On dit bonjour.", "node", "charter", from, "--change", "On rend propre.", "--ask"); !strings.HasPrefix(got, "version ") {
			t.Errorf("node charter printed %q", got)
		}
	}
	for _, refused := range []string{strings.Repeat("é", 20001), ""} {
		if _, err := cli(t, dir, refused, "node", "charter", "-", "--change", "Tout."); err == nil {
			t.Errorf("rules of %d bytes are taken", len(refused))
		}
	}
	if _, err := cli(t, dir, "", "node", "charter", filepath.Join(dir, "nulle-part.md"), "--change", "Tout."); err == nil {
		t.Error("rules are taken from a file that there is not")
	}
}

// takesAlong imports lists, which wait for a server, and exports what there is.
func takesAlong(t *testing.T, dir string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "blocked_accounts.csv")
	if err := os.WriteFile(file, []byte("mallory@spam.example\nceci n’est personne\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, dir, "", "account", "import", "claire", "blocks", file)
	must(t, dir, "Account address,Show boosts\nluis@masto.example,true\nana@masto.example,true\n", "account", "import", "claire", "follows", "-")
	got := must(t, dir, "", "account", "imports", "claire")
	for _, want := range []string{"blocks: 0 done, 0 already, 1 waiting, 0 failed, 1 lines left out\n", "follows: 0 done, 0 already, 2 waiting, 0 failed, 0 lines left out\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("account imports lacks %q:\n%s", want, got)
		}
	}
	if got, want := must(t, dir, "", "account", "export", "claire", "follows"), "Account address,Show boosts,Notify on new posts,Languages\n"; got != want {
		t.Errorf("account export printed %q, want %q", got, want)
	}
	if got := must(t, dir, "", "account", "export", "claire", "blocks"); got != "" {
		t.Errorf("account export printed %q, want nobody", got)
	}
}

func TestCommandsRefuseWithASentence(t *testing.T) {
	dir := t.TempDir()
	refuse := func(part string, args ...string) {
		t.Helper()
		_, err := cli(t, dir, "court\n", args...)
		if err == nil || !strings.Contains(explain(err), part) {
			t.Errorf("parvis %s: got %v, want a sentence with %q", strings.Join(args, " "), err, part)
		}
	}
	refuse("there is no node yet", "account", "list")
	refuse("--host is needed", "serve")
	must(t, dir, "", "node", "add", "malakoff.example")
	refuse("already", "node", "add", "malakoff.example")
	refuse("malakoff example", "node", "add", "malakoff example")
	refuse("--keep-posts is a number of days", "node", "set", "--keep-posts=-3")
	refuse("write a neighbourhood as", "node", "set", "--neighbourhood", "Centre@nord")
	refuse("10", "account", "create", "--username", "jeanne", "--email", "jeanne@malakoff.example", "--password-stdin")
	refuse("give a password", "account", "create", "--username", "jeanne", "--email", "jeanne@malakoff.example")
	refuse("maire", "account", "create", "--username", "jeanne", "--email", "j@malakoff.example", "--password", "place-du-marche", "--role", "maire")
	refuse("there is no account jeanne", "token", "create", "--account", "jeanne")
	refuse("there is no account entraide", "account", "export", "entraide", "follows")
	refuse("there is no account jeanne", "account", "import", "jeanne", "blocks", "-")
	refuse("no such file", "account", "import", "jeanne", "blocks", filepath.Join(dir, "absent.csv"))
	refuse("has not asked", "partner", "approve", "vanves.example")
	refuse("there is no node vanves.example", "account", "list", "--node", "vanves.example")
	must(t, dir, "", "node", "add", "atelier.example")
	refuse("say which with --node", "account", "list")
}
