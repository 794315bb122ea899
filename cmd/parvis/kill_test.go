package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvistest"
)

var kills = flag.Int("kills", 3, "how often TestNothingIsLost kills each process")

// A daemon is a real process that can be killed and started again.
type daemon struct {
	t    testing.TB
	bin  string
	args []string
	host string
	cmd  *exec.Cmd
	// token lets an app act for the daemon's one resident.
	token string
}

// newDaemon makes a node with a resident, and starts it.
func newDaemon(t testing.TB, bin, name, database string) *daemon {
	t.Helper()
	addr := freeAddr(t)
	_, port, _ := strings.Cut(addr, ":")
	d := &daemon{t: t, bin: bin, host: name + ".localhost:" + port}
	d.args = []string{"--data", t.TempDir(), "--database", database, "--scheme", "http", "--host", d.host, "--listen", addr,
		"--federation-insecure-http", "--federation-allow-net", "127.0.0.0/8", "--rate-limit", "0"}
	d.run("node", "add", d.host)
	d.run("account", "create", "--username", "jeanne", "--email", "jeanne@"+name+".example", "--password", "place-du-marche", "--role", "admin")
	d.token = strings.TrimSpace(d.run("token", "create", "--account", "jeanne"))
	d.start()
	t.Cleanup(d.kill)
	return d
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
	d.cmd = exec.Command(d.bin, append(d.args, "serve")...)
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

func (d *daemon) until(what string, done func() bool) {
	d.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			d.t.Fatalf("%s: no %s in two minutes", d.host, what)
		}
	}
}

// api calls the client API and returns the status of its answer.
func (d *daemon) api(method, path string, form url.Values, answer any) (int, error) {
	req, err := http.NewRequest(method, "http://"+strings.Replace(d.host, strings.Split(d.host, ":")[0], "127.0.0.1", 1)+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	req.Host = d.host
	req.Header.Set("Authorization", "Bearer "+d.token)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || answer == nil || res.StatusCode != http.StatusOK {
		return res.StatusCode, err
	}
	return res.StatusCode, json.Unmarshal(body, answer)
}

// befriend makes the resident of d follow the one of other, and returns the
// account's id at d.
func (d *daemon) befriend(other *daemon) string {
	d.t.Helper()
	var found struct{ Accounts []struct{ ID string } }
	d.until("account of "+other.host, func() bool {
		_, err := d.api(http.MethodGet, "/api/v2/search?resolve=true&q="+url.QueryEscape("@jeanne@"+other.host), nil, &found)
		return err == nil && len(found.Accounts) == 1
	})
	id := found.Accounts[0].ID
	if status, err := d.api(http.MethodPost, "/api/v1/accounts/"+id+"/follow", url.Values{}, nil); err != nil || status != http.StatusOK {
		d.t.Fatalf("follow: %d, %v", status, err)
	}
	d.until("accepted follow", func() bool {
		var r []struct{ Following bool }
		_, err := d.api(http.MethodGet, "/api/v1/accounts/relationships?id[]="+id, nil, &r)
		return err == nil && len(r) == 1 && r[0].Following
	})
	return id
}

// texts returns how often each text stands among the statuses of an account.
func (d *daemon) texts(account string) map[string]int {
	d.t.Helper()
	count := map[string]int{}
	for before := ""; ; {
		var page []struct{ ID, Content string }
		if _, err := d.api(http.MethodGet, "/api/v1/accounts/"+account+"/statuses?limit=40&max_id="+before, nil, &page); err != nil {
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

// TestNothingIsLost kills the two nodes of a conversation at random moments
// while one of them publishes. Whatever was answered with success must still be
// there, and must reach the other node, once.
func TestNothingIsLost(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "parvis")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	engines := parvistest.Engines(t)
	for _, writer := range engines {
		t.Run("written on "+writer.Name, func(t *testing.T) {
			t.Parallel()
			author := newDaemon(t, bin, "malakoff", writer.URL(t))
			reader := newDaemon(t, bin, "atelier", engines[len(engines)-1].URL(t))
			account := reader.befriend(author)
			var mu sync.Mutex
			var accepted []string
			for round := range *kills {
				stop, done := make(chan struct{}), make(chan struct{})
				go func() {
					defer close(done)
					publish(author, round, stop, func(text string) {
						mu.Lock()
						defer mu.Unlock()
						accepted = append(accepted, text)
					})
				}()
				time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond)
				author.kill()
				time.Sleep(time.Duration(rand.IntN(200)) * time.Millisecond)
				reader.kill()
				close(stop)
				<-done
				author.start()
				reader.start()
			}
			var missing []string
			reader.until("copy of every post", func() bool {
				missing = nil
				have := reader.texts(account)
				for _, text := range accepted {
					if have[text] != 1 {
						missing = append(missing, fmt.Sprintf("%q is there %d times", text, have[text]))
					}
				}
				return len(missing) == 0
			})
			t.Logf("%d posts were accepted; all arrived", len(accepted))
		})
	}
}

// publish posts by four connections until told to stop, and notes what was accepted.
func publish(d *daemon, round int, stop <-chan struct{}, accepted func(string)) {
	var all sync.WaitGroup
	for poster := range 4 {
		all.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				text := fmt.Sprintf("Annonce %d, %d, %d", round, poster, i)
				status, err := d.api(http.MethodPost, "/api/v1/statuses", url.Values{"status": {text}}, nil)
				if err == nil && status == http.StatusOK {
					accepted(text)
				}
			}
		})
	}
	all.Wait()
}
