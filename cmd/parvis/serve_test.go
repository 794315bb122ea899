package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A process is a command that runs until it is stopped.
type process struct {
	t      testing.TB
	stop   context.CancelFunc
	ended  chan error
	mu     sync.Mutex
	output bytes.Buffer
}

// Write implements io.Writer for the command's output.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.Write(b)
}

func (p *process) printed() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}

// start runs a command in the background, as far as a test may: it shares our process.
func start(t testing.TB, args ...string) *process {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	p := &process{t: t, stop: stop, ended: make(chan error, 1)}
	go func() { p.ended <- run(env{ctx, strings.NewReader(""), p, io.Discard}, args) }()
	t.Cleanup(p.end)
	return p
}

// end stops the command as SIGTERM does, and waits for it.
func (p *process) end() {
	p.t.Helper()
	if p.stop == nil {
		return
	}
	p.stop()
	p.stop = nil
	if err := <-p.ended; err != nil {
		p.t.Errorf("the command ended with: %v", err)
	}
}

// until asks again and again, for a minute at most.
func (p *process) until(what string, done func() bool) {
	p.t.Helper()
	deadline := time.After(time.Minute)
	for !done() {
		select {
		case err := <-p.ended:
			p.ended <- err
			p.t.Fatalf("while waiting for %s the command ended: %v", what, err)
		case <-deadline:
			p.t.Fatalf("no %s within a minute; printed: %s", what, p.printed())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func freeAddr(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().String()
}

// get asks an address in the name of a host, as a browser would for *.localhost.
func get(t testing.TB, addr, host, path string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://"+addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	req.Header.Set("Accept-Language", "fr")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestTheDemonstration(t *testing.T) {
	dir, addr := t.TempDir(), freeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	town, workshop := "malakoff.localhost:"+port, "atelier.localhost:"+port
	for _, begin := range []string{"first", "second"} {
		p := start(t, "demo", "--data", dir, "--listen", addr)
		p.until("log-ins", func() bool { return strings.Contains(p.printed(), "jeanne") })
		lines := strings.Split(p.printed(), "\n")
		if lines[0] != "http://"+town || lines[1] != "http://"+workshop {
			t.Errorf("%s start: printed %q, want the two addresses first", begin, lines)
		}
		// What one node's people published is an offer on the other node.
		for host, titles := range map[string][]string{
			town:     {"Perceuse à percussion", "Trois cartons de romans"},
			workshop: {"Un escabeau", "Perceuse à percussion", "Vélo cargo"},
		} {
			p.until("offers at "+host, func() bool {
				status, page := get(t, addr, host, "/entraide")
				for _, title := range titles {
					if !strings.Contains(page, title) {
						return false
					}
				}
				return status == http.StatusOK
			})
		}
		if status, page := get(t, addr, workshop, "/entraide"); strings.Contains(page, "Pistache") {
			t.Errorf("%s start: the workshop shows what is for the town alone (%d)", begin, status)
		}
		p.end()
	}
}

func TestHealthMetricsAndUnknownHosts(t *testing.T) {
	dir, addr, metrics := t.TempDir(), freeAddr(t), freeAddr(t)
	p := start(t, "serve", "--data", dir, "--listen", addr, "--host", "malakoff.localhost", "--scheme", "http", "--metrics", metrics)
	p.until("health", func() bool { status, _ := get(t, addr, "nobody.example", "/healthz"); return status == http.StatusOK })
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/": 421} {
		if got, _ := get(t, addr, "nobody.example", path); got != want {
			t.Errorf("GET %s for an unknown host: %d, want %d", path, got, want)
		}
	}
	if status, page := get(t, addr, "malakoff.localhost", "/nulle-part"); status != http.StatusNotFound || !strings.Contains(page, "<html") {
		t.Errorf("an unknown page answers %d, want a page with 404", status)
	}
	status, text := get(t, metrics, metrics, "/metrics")
	for _, want := range []string{"parvis_http_request_seconds_count", "go_goroutines"} {
		if status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("the metrics (%d) lack %s", status, want)
		}
	}
	if out := must(t, dir, "", "health", "--listen", addr); out != "ok\n" {
		t.Errorf("parvis health printed %q", out)
	}
	// A node that a command adds is served within two seconds.
	must(t, dir, "", "node", "add", "atelier.localhost")
	p.until("the new node", func() bool { status, _ := get(t, addr, "atelier.localhost", "/"); return status == http.StatusOK })
}

func TestTLSByFiles(t *testing.T) {
	dir, addr := t.TempDir(), freeAddr(t)
	cert, key, pool := certificate(t, "malakoff.localhost")
	p := start(t, "serve", "--data", dir, "--listen", addr, "--host", "malakoff.localhost", "--tls-cert", cert, "--tls-key", key)
	client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "malakoff.localhost"}}}
	defer client.CloseIdleConnections()
	var res *http.Response
	p.until("an answer over TLS", func() bool {
		req, err := http.NewRequest(http.MethodGet, "https://"+addr+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "malakoff.localhost"
		res, err = client.Do(req)
		return err == nil
	})
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK || res.ProtoMajor != 2 {
		t.Errorf("over TLS: %s by %s, want 200 by HTTP/2", res.Status, res.Proto)
	}
}

// certificate writes a self-signed certificate for a host.
func certificate(t *testing.T, host string) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(cert)
	return certFile, keyFile, pool
}
