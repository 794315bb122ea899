package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// How long things may take on a machine that is busy with something else.
const (
	startTime   = 20 * time.Second
	stopTime    = 15 * time.Second
	commandTime = 20 * time.Second
	travelTime  = 30 * time.Second // from one node to the other, and to be worked there
	askAgain    = 50 * time.Millisecond
)

// workshop is where build puts the command, until all tests are done.
var workshop string

func TestMain(m *testing.M) {
	var err error
	if workshop, err = os.MkdirTemp("", "parvis-e2e-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := os.RemoveAll(workshop); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

var buildOnce = sync.OnceValue(func() error {
	out, err := exec.Command("go", "build", "-o", workshop, "../../cmd/parvis").CombinedOutput()
	if err != nil {
		return fmt.Errorf("build the command: %w\n%s", err, out)
	}
	return nil
})

// build makes the command as it is released, once for all tests.
func build(t testing.TB) string {
	t.Helper()
	lookAtSources(t)
	if err := buildOnce(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(workshop, "parvis")
}

// lookAtSources looks at every file of the program. go test keeps a result until
// something changes that the test looked at, and does not see what the build
// reads: without this, a broken program would pass from the cache.
func lookAtSources(t testing.TB) {
	t.Helper()
	const root = "../.."
	for _, dir := range []string{"go.mod", "cmd", "federation", "internal", "storage", "web"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, _ fs.DirEntry, err error) error {
			if err == nil {
				_, err = os.Stat(path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A place is a node, what it keeps, and the process that serves it.
type place struct {
	binary   string
	host     string // with the port: part of its permanent name
	listen   string
	settings []string
	log      string

	running *exec.Cmd
	ended   chan error
}

// newPlace chooses an address. database is what parvis --database takes.
func newPlace(t testing.TB, binary, name, database string) *place {
	t.Helper()
	listen := freeAddress(t)
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		t.Fatal(err)
	}
	p := &place{binary: binary, host: name + ".localhost:" + port, listen: listen, log: filepath.Join(t.TempDir(), name+".log")}
	p.settings = []string{"--data", t.TempDir(), "--database", database, "--host", p.host, "--scheme", "http",
		"--federation-insecure-http", "--federation-allow-net", "127.0.0.0/8", "--rate-limit", "0"}
	return p
}

// freeAddress asks the system for a port that nobody listens on.
func freeAddress(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// url is the address of a page of the node.
func (p *place) url(path string) string { return "http://" + p.host + path }

// start runs the node until stop, or the end of the test.
func (p *place) start(t testing.TB) {
	t.Helper()
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close() // the process has its own
	p.running = p.command(context.Background(), "serve", "--listen", p.listen)
	p.running.Stdout, p.running.Stderr = out, out
	if err := p.running.Start(); err != nil {
		t.Fatal(err)
	}
	p.ended = make(chan error, 1)
	go func(cmd *exec.Cmd, ended chan<- error) { ended <- cmd.Wait() }(p.running, p.ended)
	t.Cleanup(func() { p.end(t) })
	p.await(t, startTime, "/readyz", func(status int, _ string) bool { return status == http.StatusOK })
}

// end makes sure that no process outlives the test, and shows what it logged if
// the test failed.
func (p *place) end(t testing.TB) {
	if p.running != nil {
		p.stop(t)
	}
	if t.Failed() {
		t.Logf("%s logged:\n%s", p.host, p.logged(t))
	}
}

// stop asks the process to end, as a service manager does. It must end well.
func (p *place) stop(t testing.TB) {
	t.Helper()
	cmd := p.running
	p.running = nil
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Errorf("%s is not running: %v", p.host, err)
		return
	}
	select {
	case err := <-p.ended:
		if err != nil {
			t.Errorf("%s was asked to stop and ended with: %v", p.host, err)
		}
	case <-time.After(stopTime):
		t.Errorf("%s does not stop", p.host)
		_ = cmd.Process.Kill()
	}
}

func (p *place) logged(t testing.TB) string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

// calm fails if the process logged an error: nothing in these stories is one.
func (p *place) calm(t testing.TB) {
	t.Helper()
	for line := range strings.Lines(p.logged(t)) {
		if strings.Contains(line, `"level":"error"`) || !strings.HasPrefix(line, "{") {
			t.Errorf("%s logged: %s", p.host, line)
		}
	}
}

// command is a subcommand about this node, with none of the settings of whoever
// runs the tests.
func (p *place) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.binary, append(append([]string{}, p.settings...), args...)...)
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "PARVIS_") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	return cmd
}

// run runs a subcommand and returns what it printed.
func (p *place) run(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	var out, errOut bytes.Buffer
	cmd := p.command(ctx, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errOut
	if err := cmd.Run(); err != nil {
		t.Fatalf("parvis %s: %v\n%s", strings.Join(args, " "), err, errOut.String())
	}
	return out.String()
}

// await asks for a page, without a browser, until it is as wanted.
func (p *place) await(t testing.TB, limit time.Duration, path string, wanted func(status int, body string) bool) {
	t.Helper()
	var status int
	var body string
	eventually(t, limit, func() bool {
		var err error
		status, body, err = p.get(path)
		return err == nil && wanted(status, body)
	}, func() string { return p.host + path + " still answers " + http.StatusText(status) + "\n" + body })
}

// get fetches a page as a visitor.
func (p *place) get(path string) (int, string, error) {
	client := p.client()
	defer client.CloseIdleConnections()
	res, err := client.Get(p.url(path))
	if err != nil {
		return 0, "", err
	}
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, string(body), errors.Join(err, res.Body.Close())
}

// client connects to the process itself: not every system knows that *.localhost
// is this machine.
func (p *place) client() *http.Client {
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, p.listen)
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial}, Timeout: commandTime}
}

// eventually asks until the answer is yes. late says what is still wrong.
func eventually(t testing.TB, limit time.Duration, yes func() bool, late func() string) {
	t.Helper()
	deadline := time.After(limit)
	again := time.NewTicker(askAgain)
	defer again.Stop()
	for !yes() {
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("after %v: %s", limit, late())
		}
	}
}
