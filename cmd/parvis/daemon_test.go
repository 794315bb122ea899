package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// binary is the command, compiled once for all tests that run it as a process.
var binary = sync.OnceValues(func() (string, error) {
	bin := filepath.Join(scratch, "parvis")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return bin, nil
})

// scratch is a directory that goes with the test process.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "parvis-cmd-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(code)
}

// build compiles the command and returns where it is.
func build(t testing.TB) string {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// A daemon is a real process that can be killed and started again.
type daemon struct {
	t    testing.TB
	bin  string
	args []string
	addr string
	host string
	cmd  *exec.Cmd
	log  bytes.Buffer // what the last process said; read it when that has ended
	// token lets an app act for jeanne, who administers the node.
	token string
}

// newDaemon makes a node with a resident, and starts it.
func newDaemon(t testing.TB, name, database string) *daemon {
	t.Helper()
	d := layDaemon(t, name, database, t.TempDir())
	d.start()
	return d
}

// layDaemon makes a node with a resident that does not run yet.
func layDaemon(t testing.TB, name, database, data string) *daemon {
	t.Helper()
	addr := freeAddr(t)
	_, port, _ := strings.Cut(addr, ":")
	d := &daemon{t: t, bin: build(t), addr: addr, host: name + ".localhost:" + port}
	d.args = []string{"--data", data, "--database", database, "--scheme", "http", "--host", d.host, "--listen", addr,
		"--federation-insecure-http", "--federation-allow-net", "127.0.0.0/8", "--rate-limit", "0"}
	d.run("node", "add", d.host)
	d.token = d.resident("jeanne", "--role", "admin")
	t.Cleanup(d.kill)
	return d
}

// resident makes an account and returns a token for it.
func (d *daemon) resident(name string, more ...string) (token string) {
	d.t.Helper()
	d.run(append([]string{"account", "create", "--username", name, "--email", name + "@malakoff.example", "--password", "place-du-marche"}, more...)...)
	return strings.TrimSpace(d.run("token", "create", "--account", name))
}

// run runs a command on the daemon's database.
func (d *daemon) run(args ...string) string {
	d.t.Helper()
	out, err := exec.Command(d.bin, append(d.args, args...)...).Output()
	if err != nil {
		var exit *exec.ExitError
		errors.As(err, &exit)
		d.t.Fatalf("parvis %s: %v\n%s", strings.Join(args, " "), err, exit.Stderr)
	}
	return string(out)
}

func (d *daemon) start() {
	d.t.Helper()
	d.log.Reset()
	d.cmd = exec.Command(d.bin, append(d.args, "serve")...)
	d.cmd.Stderr = &d.log
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.until("health", func() bool { _, err := d.api(http.MethodGet, "/api/v1/instance", nil, nil); return err == nil })
}

// kill ends the process at once, as a power cut would.
func (d *daemon) kill() {
	if d.cmd == nil {
		return
	}
	_ = d.cmd.Process.Kill()
	_ = d.cmd.Wait() // it was killed: that is its error
	d.cmd = nil
}

// metric returns the sum of a metric's series whose labels contain a text.
func (d *daemon) metric(addr, name, labels string) float64 {
	d.t.Helper()
	_, text := get(d.t, addr, addr, "/metrics")
	sum := 0.0
	for line := range strings.Lines(text) {
		var value float64
		series, number, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !strings.HasPrefix(series, name) || !strings.Contains(series, labels) {
			continue
		}
		if _, err := fmt.Sscan(number, &value); err == nil {
			sum += value
		}
	}
	return sum
}

func (d *daemon) until(what string, done func() bool) {
	d.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			d.t.Fatalf("%s: no %s in two minutes", d.host, what)
		}
	}
}

// api calls the client API for jeanne and returns the status of its answer.
func (d *daemon) api(method, path string, form url.Values, answer any) (int, error) {
	status, _, err := d.apiAs(d.token, method, path, form, answer)
	return status, err
}

// apiAs calls the client API for whoever a token stands for.
func (d *daemon) apiAs(token, method, path string, form url.Values, answer any) (int, http.Header, error) {
	req, err := http.NewRequest(method, "http://"+d.addr+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, err
	}
	req.Host = d.host
	req.Header.Set("Authorization", "Bearer "+token)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || answer == nil || res.StatusCode != http.StatusOK {
		return res.StatusCode, res.Header, err
	}
	return res.StatusCode, res.Header, json.Unmarshal(body, answer)
}

// befriend makes the holder of a token follow a handle, and returns the
// account's id at d.
func (d *daemon) befriend(token, handle string) string {
	d.t.Helper()
	var found struct{ Accounts []struct{ ID string } }
	d.until("account "+handle, func() bool {
		_, _, err := d.apiAs(token, http.MethodGet, "/api/v2/search?resolve=true&q="+url.QueryEscape(handle), nil, &found)
		return err == nil && len(found.Accounts) == 1
	})
	id := found.Accounts[0].ID
	if status, _, err := d.apiAs(token, http.MethodPost, "/api/v1/accounts/"+id+"/follow", url.Values{}, nil); err != nil || status != http.StatusOK {
		d.t.Fatalf("follow: %d, %v", status, err)
	}
	d.until("accepted follow", func() bool {
		var r []struct{ Following bool }
		_, _, err := d.apiAs(token, http.MethodGet, "/api/v1/accounts/relationships?id[]="+id, nil, &r)
		return err == nil && len(r) == 1 && r[0].Following
	})
	return id
}

// texts counts how often each text stands in a list of statuses, such as
// "timelines/home" or "accounts/ID/statuses", read to its end.
func (d *daemon) texts(token, list string) map[string]int {
	d.t.Helper()
	count := map[string]int{}
	for before := ""; ; {
		var page []struct{ ID, Content string }
		if _, _, err := d.apiAs(token, http.MethodGet, "/api/v1/"+list+"?limit=40&max_id="+before, nil, &page); err != nil {
			d.t.Fatal(err)
		}
		for _, s := range page {
			count[strings.TrimSuffix(strings.TrimPrefix(s.Content, "<p>"), "</p>")]++
			before = s.ID
		}
		if len(page) == 0 {
			return count
		}
	}
}

// holds waits until a list has each text once and only once.
func (d *daemon) holds(token, list string, texts map[string]bool) {
	d.t.Helper()
	var wrong []string
	missing := func() bool {
		wrong = wrong[:0]
		have := d.texts(token, list)
		for text := range maps.Keys(texts) {
			if have[text] != 1 {
				wrong = append(wrong, fmt.Sprintf("%q stands there %d times", text, have[text]))
			}
		}
		return len(wrong) > 0
	}
	for deadline := time.Now().Add(2 * time.Minute); missing(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			d.t.Fatalf("%s: %s is not as it should be: %d of %d, such as %s", d.host, list, len(wrong), len(texts), wrong[0])
		}
	}
}
