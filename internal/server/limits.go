package server

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/time/rate"
)

// limits bounds what one client address may ask for in a minute. It lives in
// memory: each process of a node counts for itself.
type limits struct {
	perMinute int
	clients   *otter.Cache[string, *rate.Limiter]
}

// trackedClients bounds the memory that counting takes.
const trackedClients = 50_000

// inboxFactor is how much more often other servers may post to inboxes than a
// person may ask for pages: a large server speaks for thousands.
const inboxFactor = 20

func newLimits(perMinute int) *limits {
	return &limits{perMinute, otter.Must(&otter.Options[string, *rate.Limiter]{
		MaximumSize:      trackedClients,
		ExpiryCalculator: otter.ExpiryAccessing[string, *rate.Limiter](10 * time.Minute),
	})}
}

func (l *limits) wrap(next http.Handler) http.Handler {
	if l.perMinute == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Files never change and are cheap; browsers ask for many at once.
		if strings.HasPrefix(r.URL.Path, "/static/") || strings.HasPrefix(r.URL.Path, "/media/") {
			next.ServeHTTP(w, r)
			return
		}
		key, per := clientKey(r), l.perMinute
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/inbox") {
			key, per = "inbox "+key, per*inboxFactor
		}
		lim, _ := l.clients.ComputeIfAbsent(key, func() (*rate.Limiter, bool) {
			return rate.NewLimiter(rate.Limit(float64(per)/60), per/2+1), false
		})
		if hold := lim.Reserve(); hold.Delay() > 0 {
			wait := hold.Delay()
			hold.Cancel()
			tooMany(w, wait)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// clientKey names a client: its IPv4 address, or its IPv6 network, since a
// client has a whole /64 to choose from.
func clientKey(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Is4() {
		return host
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return host
	}
	return prefix.String()
}
