package parvistest

import (
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Toot returns a function that runs toot, the Mastodon app of Debian, as the
// account that a token belongs to, and returns what it prints. base is the
// address of a server on loopback. Without toot, the test is skipped.
//
// Toot keeps its tokens in a file; writing that file spares it the OAuth dance.
func Toot(t testing.TB, base, username, token string) func(args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath("toot")
	if err != nil {
		LeaveOut(t, "the toot tests are left out: install toot (apt-get install toot)")
	}
	config := t.TempDir()
	writeTootConfig(t, config, base, username, token)
	return func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), path, args...)
		// No proxy of the environment stands between it and the server.
		cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+config, "NO_PROXY=*", "no_proxy=*", "PYTHONIOENCODING=utf-8")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
}

func writeTootConfig(t testing.TB, dir, base, username, token string) {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	instance := u.Host
	user := username + "@" + instance
	content, err := json.Marshal(map[string]any{
		"apps":        map[string]any{instance: map[string]string{"instance": instance, "base_url": base, "client_id": "none", "client_secret": "none"}},
		"users":       map[string]any{user: map[string]string{"instance": instance, "username": username, "access_token": token}},
		"active_user": user,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "toot"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "toot", "config.json"), content, 0o600); err != nil {
		t.Fatal(err)
	}
}
