package server

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/parvis-coop/parvis/internal/config"
)

func TestTheClientsAddressIsWhatTrustedProxiesSay(t *testing.T) {
	proxies := config.Networks{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	for name, c := range map[string]struct {
		peer, forwarded, want string
	}{
		"nobody in between":            {"203.0.113.9:4000", "", "203.0.113.9"},
		"a stranger's claim":           {"203.0.113.9:4000", "198.51.100.1", "203.0.113.9"},
		"behind our proxy":             {"127.0.0.1:4000", "198.51.100.1", "198.51.100.1"},
		"a claim before our proxy":     {"127.0.0.1:4000", "1.1.1.1, 198.51.100.1", "198.51.100.1"},
		"behind two of ours":           {"127.0.0.1:4000", "198.51.100.1, 10.0.0.7", "198.51.100.1"},
		"nonsense stops the search":    {"127.0.0.1:4000", "198.51.100.1, moi", "127.0.0.1"},
		"IPv4 that came through IPv6":  {"[::ffff:127.0.0.1]:4000", "198.51.100.1", "198.51.100.1"},
		"IPv6 client behind our proxy": {"127.0.0.1:4000", "2001:db8::1", "2001:db8::1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got, ok := clientAddr(proxies, r); !ok || got.String() != c.want {
			t.Errorf("%s: got %v, %v; want %s", name, got, ok, c.want)
		}
	}
}

func TestClientsAreCountedByAddressOrNetwork(t *testing.T) {
	for addr, want := range map[string]string{
		"203.0.113.9:1":         "203.0.113.9",
		"[2001:db8:1:2:3::4]:1": "2001:db8:1:2::/64",
		"[2001:db8:1:2:9::9]:1": "2001:db8:1:2::/64",
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = addr
		if got := clientKey(r); got != want {
			t.Errorf("clientKey(%s) = %s, want %s", addr, got, want)
		}
	}
}

func TestTooManyRequestsAreRefusedByClient(t *testing.T) {
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	ask := func(h http.Handler, method, addr, path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, nil)
		r.RemoteAddr = addr
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	limited := newLimits(6).wrap(ok) // a burst of four
	var last *httptest.ResponseRecorder
	for range 5 {
		last = ask(limited, http.MethodGet, "203.0.113.9:1", "/entraide")
	}
	if last.Code != http.StatusTooManyRequests || last.Header().Get("Retry-After") == "" {
		t.Errorf("the fifth request at once got %d, Retry-After %q; want 429 with a number", last.Code, last.Header().Get("Retry-After"))
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"another client":             ask(limited, http.MethodGet, "203.0.113.10:1", "/entraide"),
		"a file of the same client":  ask(limited, http.MethodGet, "203.0.113.9:1", "/static/parvis.css"),
		"an inbox of the same host":  ask(limited, http.MethodPost, "203.0.113.9:1", "/inbox"),
		"a client without any limit": ask(newLimits(0).wrap(ok), http.MethodGet, "203.0.113.9:1", "/entraide"),
	} {
		if w.Code != http.StatusOK {
			t.Errorf("%s got %d, want 200", name, w.Code)
		}
	}
}
