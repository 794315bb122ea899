package federation_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/federation"
)

// loopbackNet is where the servers of these tests listen.
var loopbackNet = netip.MustParsePrefix("127.0.0.0/8")

func newClient(t *testing.T, server *httptest.Server) *federation.Client {
	t.Helper()
	roots := x509.NewCertPool()
	if server != nil && server.Certificate() != nil {
		roots.AddCert(server.Certificate())
	}
	return federation.NewClient(federation.ClientConfig{
		AllowNets: []netip.Prefix{loopbackNet}, InsecureHTTP: server == nil || server.TLS == nil,
		RootCAs: roots, UserAgent: "Parvis/test (+https://malakoff.example)", Now: func() time.Time { return noon },
	})
}

// serve starts a server; the handler learns its URL.
func serve(t *testing.T, handler func(base string, w http.ResponseWriter, r *http.Request)) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler("http://"+r.Host, w, r)
	}))
	t.Cleanup(server.Close)
	return server
}

func activity(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/activity+json; charset=utf-8")
	_, _ = io.WriteString(w, body)
}

func note(id string) string { return fmt.Sprintf(`{"id":%q,"type":"Note","content":"Perceuse"}`, id) }

func TestGetObject(t *testing.T) {
	t.Parallel()
	evil := serve(t, func(_ string, w http.ResponseWriter, r *http.Request) {
		activity(w, note(r.URL.Query().Get("id")))
	})
	server := serve(t, func(base string, w http.ResponseWriter, r *http.Request) {
		if err := verifyAt(r, strings.TrimPrefix(base, "http://")); err != nil {
			t.Errorf("%s: %v", r.URL, err)
		}
		switch r.URL.Path {
		case "/posts/1", "/users/marie":
			activity(w, note(base+r.URL.Path))
		case "/@marie/1":
			activity(w, note(base+"/posts/1"))
		case "/ld":
			w.Header().Set("Content-Type", `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`)
			_, _ = io.WriteString(w, note(base+"/ld"))
		case "/other":
			activity(w, note("https://malakoff.example/posts/1"))
		case "/port":
			activity(w, note("http://127.0.0.1:1/port"))
		case "/ping":
			activity(w, note(base+"/pong"))
		case "/pong":
			activity(w, note(base+"/ping"))
		case "/noid":
			activity(w, `{"type":"Note"}`)
		case "/moved":
			http.Redirect(w, r, "/posts/1", http.StatusFound)
		case "/open":
			// An open redirect: somebody else's document in this server's name.
			http.Redirect(w, r, evil.URL+"/?id="+url.QueryEscape(base+"/open"), http.StatusFound)
		case "/away":
			http.Redirect(w, r, evil.URL+"/?id="+url.QueryEscape(evil.URL+"/?id=x"), http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/tls":
			http.Redirect(w, r, "https://127.0.0.1/", http.StatusFound)
		case "/file":
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		case "/nowhere":
			w.WriteHeader(http.StatusMovedPermanently)
		case "/private":
			http.Redirect(w, r, "http://10.0.0.1/", http.StatusMovedPermanently)
		case "/html":
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, note(base+"/html"))
		case "/json":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, note(base+"/json"))
		case "/upload":
			w.Header().Set("Content-Type", "application/ld+json")
			_, _ = io.WriteString(w, note(base+"/upload"))
		case "/broken":
			activity(w, `{"id":`)
		case "/large":
			activity(w, `{"content":"`+strings.Repeat("a", 1<<20)+`"}`)
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			activity(w, bomb(t))
		case "/headers":
			w.Header().Set("X-Large", strings.Repeat("a", 1<<20))
			activity(w, note(base+"/headers"))
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/busy":
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			http.NotFound(w, r)
		}
	})
	client := newClient(t, nil)
	key := testKey()

	for path, want := range map[string]string{
		"/posts/1": "/posts/1", "/@marie/1": "/posts/1", "/ld": "/ld", "/moved": "/posts/1", "/users/marie#main-key": "/users/marie",
	} {
		_, got, err := client.GetObject(t.Context(), server.URL+path, &key)
		if err != nil || got != server.URL+want {
			t.Errorf("%s: got %s, %v; want %s", path, got, err, want)
		}
	}
	for path, want := range map[string]error{
		"/other": federation.ErrWrongOrigin, "/port": federation.ErrWrongOrigin, "/ping": federation.ErrWrongOrigin,
		"/noid": federation.ErrWrongOrigin, "/open": federation.ErrWrongOrigin, "/away": federation.ErrWrongOrigin,
		"/loop": federation.ErrRedirect, "/tls": federation.ErrRedirect, "/file": federation.ErrRedirect, "/nowhere": federation.ErrRedirect,
		"/private": federation.ErrRefusedAddress,
		"/html":    federation.ErrWrongType, "/json": federation.ErrWrongType, "/upload": federation.ErrWrongType,
		"/broken": vocabMalformed, "/large": federation.ErrTooLarge, "/bomb": federation.ErrTooLarge,
		"/gone": federation.ErrGone, "/unknown": federation.ErrNotFound,
	} {
		if _, _, err := client.GetObject(t.Context(), server.URL+path, &key); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", path, err, want)
		}
	}
	if _, _, err := client.GetObject(t.Context(), server.URL+"/headers", &key); err == nil {
		t.Error("a megabyte of headers was read")
	}
	var status *federation.StatusError
	if _, _, err := client.GetObject(t.Context(), server.URL+"/busy", &key); !errors.As(err, &status) || status.Status != 429 || status.RetryAfter != 2*time.Minute {
		t.Errorf("busy: %v", err)
	}
}

// verifyAt holds that every hop was signed for the host it reached.
func verifyAt(r *http.Request, host string) error {
	params, err := federation.ParseSignature(r)
	if err != nil {
		return err
	}
	return federation.Verify(r, nil, params, federation.Against{Key: &testKey().Private.PublicKey, Now: noon, Base: "http://" + host})
}

// bomb gives 64 MiB that travel as 64 kB.
func bomb(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	spaces := bytes.Repeat([]byte(" "), 1<<20)
	for range 64 {
		if _, err := z.Write(spaces); err != nil {
			t.Error(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Error(err)
	}
	return b.String()
}

func TestClientRefusesAddresses(t *testing.T) {
	t.Parallel()
	server := serve(t, func(base string, w http.ResponseWriter, r *http.Request) { t.Errorf("reached by %s", r.Host) })
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	guarded := federation.NewClient(federation.ClientConfig{InsecureHTTP: true})
	for _, address := range []string{
		server.URL, "http://localhost:" + port, "http://localhost.:" + port, "http://malakoff.localhost:" + port,
		"http://0.0.0.0:" + port, "http://[::1]:" + port, "http://[::]:" + port, "http://[::ffff:127.0.0.1]:" + port, "http://[::127.0.0.1]:" + port,
		"http://2130706433:" + port, "http://0x7f000001:" + port, "http://0177.0.0.1:" + port, "http://127.1:" + port, "http://１２７.0.0.1:" + port,
		"http://10.0.0.1", "http://172.16.0.1", "http://192.168.1.1", "http://100.64.0.1", "http://169.254.169.254/latest", "http://192.0.0.1", "http://198.18.0.1",
		"http://224.0.0.1", "http://240.0.0.1", "http://[fc00::1]", "http://[fe80::1]", "http://[64:ff9b::7f00:1]", "http://[2002:7f00:1::]", "http://[2001::1]",
		"http://1.1.1.1:22", "http://1.1.1.1:8080",
		"ftp://montrouge.example/", "file:///etc/passwd", "unix:///var/run/docker.sock", "gopher://montrouge.example", "javascript:alert(1)",
		"https://marie@montrouge.example/", "https:///inbox", "https:montrouge.example", "//montrouge.example", "", "https://mont rouge.example", "http://%31",
	} {
		if _, _, err := guarded.GetObject(t.Context(), address, nil); !errors.Is(err, federation.ErrRefusedAddress) {
			t.Errorf("get %q: %v, want ErrRefusedAddress", address, err)
		}
		if _, err := guarded.Post(t.Context(), address, follow, testKey()); !errors.Is(err, federation.ErrRefusedAddress) {
			t.Errorf("post to %q: %v, want ErrRefusedAddress", address, err)
		}
	}
	strict := federation.NewClient(federation.ClientConfig{AllowNets: []netip.Prefix{loopbackNet}})
	if _, _, err := strict.GetObject(t.Context(), server.URL, nil); !errors.Is(err, federation.ErrRefusedAddress) {
		t.Errorf("plain http: %v", err)
	}
	only := federation.NewClient(federation.ClientConfig{InsecureHTTP: true, AllowNets: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}})
	if _, _, err := only.GetObject(t.Context(), server.URL, nil); !errors.Is(err, federation.ErrRefusedAddress) {
		t.Errorf("beside the allowed network: %v", err)
	}
}

func TestClientTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		activity(w, note("https://"+r.Host+"/posts/1"))
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // the refused handshake below
	server.StartTLS()
	t.Cleanup(server.Close)
	if _, _, err := newClient(t, server).GetObject(t.Context(), server.URL+"/posts/1", nil); err != nil {
		t.Error(err)
	}
	stranger := federation.NewClient(federation.ClientConfig{AllowNets: []netip.Prefix{loopbackNet}})
	var unknown *tls.CertificateVerificationError
	if _, _, err := stranger.GetObject(t.Context(), server.URL+"/posts/1", nil); !errors.As(err, &unknown) {
		t.Errorf("unknown authority: %v", err)
	}
}

func TestClientLocalhostNames(t *testing.T) {
	t.Parallel()
	server := serve(t, func(base string, w http.ResponseWriter, r *http.Request) { activity(w, note(base+r.URL.Path)) })
	address := strings.Replace(server.URL, "127.0.0.1", "Malakoff.localhost", 1) + "/posts/1"
	_, got, err := newClient(t, nil).GetObject(t.Context(), address, nil)
	if want := strings.ToLower(address); err != nil || got != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func TestClientGivesUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	server := serve(t, func(_ string, w http.ResponseWriter, r *http.Request) {
		activity(w, `{"id":`)
		w.(http.Flusher).Flush()
		cancel() // stands for the deadline
		<-r.Context().Done()
	})
	if _, _, err := newClient(t, nil).GetObject(ctx, server.URL, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("slow body: %v", err)
	}
}

func TestPost(t *testing.T) {
	t.Parallel()
	var connections, requests atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		params, err := federation.ParseSignature(r)
		if err == nil {
			err = federation.Verify(r, body, params, federation.Against{Key: &testKey().Private.PublicKey, Now: noon, Base: "http://" + r.Host})
		}
		if err != nil || r.Header.Get("Content-Type") != "application/activity+json" || !bytes.Equal(body, follow) {
			t.Errorf("%v, %v, %s", err, r.Header, body)
		}
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/inbox", http.StatusPermanentRedirect)
		case "/busy":
			w.Header().Set("Retry-After", noon.Add(time.Hour).Format(http.TimeFormat))
			http.Error(w, strings.Repeat("Réessayez. ", 100), http.StatusServiceUnavailable)
		default:
			w.WriteHeader(http.StatusAccepted)
		}
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	client := newClient(t, nil)
	for path, want := range map[string]federation.Answer{
		"/inbox":             {Status: http.StatusAccepted},
		"/caf%C3%A9?a=%2F":   {Status: http.StatusAccepted},
		"":                   {Status: http.StatusAccepted},
		"/moved":             {Status: http.StatusPermanentRedirect},
		"/busy":              {Status: http.StatusServiceUnavailable, RetryAfter: time.Hour},
		"/inbox#not-sent-on": {Status: http.StatusAccepted},
	} {
		got, err := client.Post(t.Context(), server.URL+path, follow, testKey())
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v; want %+v", path, got, err, want)
		}
		if got.Accepted() != (want.Status == http.StatusAccepted) {
			t.Errorf("%s: Accepted is %t", path, got.Accepted())
		}
	}
	if got := requests.Load(); got != 6 {
		t.Errorf("%d requests, want 6: a redirect was followed", got)
	}
	if got := connections.Load(); got != 1 {
		t.Errorf("%d connections for deliveries one after another, want 1", got)
	}
}

func TestGetBytes(t *testing.T) {
	t.Parallel()
	server := serve(t, func(_ string, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", r.URL.Query().Get("type"))
		_, _ = w.Write(make([]byte, 100))
	})
	client := newClient(t, nil)
	body, contentType, err := client.GetBytes(t.Context(), server.URL+"?type=image/jpeg", 100, "image/", "video/mp4")
	if err != nil || len(body) != 100 || contentType != "image/jpeg" {
		t.Errorf("%d bytes of %s, %v", len(body), contentType, err)
	}
	if _, _, err := client.GetBytes(t.Context(), server.URL+"?type=image/jpeg", 99, "image/"); !errors.Is(err, federation.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	if _, _, err := client.GetBytes(t.Context(), server.URL+"?type=text/html", 100, "image/"); !errors.Is(err, federation.ErrWrongType) {
		t.Errorf("not a picture: %v", err)
	}
}

func TestSameOrigin(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"https://malakoff.example/a", "https://MALAKOFF.example:443/b", true},
		{"https://besançon.example", "https://xn--besanon-yxa.example/", true},
		{"https://malakoff.example/a", "http://malakoff.example/a", false},
		{"https://malakoff.example/a", "https://malakoff.example:8443/a", false},
		{"https://malakoff.example/a", "https://www.malakoff.example/a", false},
		{"https://malakoff.example@evil.example", "https://malakoff.example", false},
		{"acct:lea@malakoff.example", "acct:lea@malakoff.example", false},
		{"", "", false},
	} {
		if got := federation.SameOrigin(tt.a, tt.b); got != tt.want {
			t.Errorf("SameOrigin(%q, %q) = %t", tt.a, tt.b, got)
		}
	}
}
