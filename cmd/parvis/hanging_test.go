package main

import (
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvistest"
)

var hosts = flag.Int("hosts", 20, "how many servers TestHangingPeersDelayNobody plays; a tenth of them hangs")

// TestHangingPeersDelayNobody: one follower's server in ten takes connections
// and never answers. All others have every post while the first requests to
// those still hang: nobody waited for the end of one. There are more deliveries
// to hanging servers than a node makes at a time.
func TestHangingPeersDelayNobody(t *testing.T) {
	t.Parallel()
	const posts = 40
	for _, engine := range parvistest.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			d := newDaemon(t, "malakoff", engine.URL(t))
			var held, givenUp atomic.Int64
			release := make(chan struct{})
			var live []*peer
			for i := range *hosts {
				p := newPeer(t, fmt.Sprintf("abonne%d", i))
				p.follow(d, "marie")
				if i%10 != 0 {
					live = append(live, p)
					continue
				}
				p.behave(func(r *http.Request) int {
					held.Add(1)
					select {
					case <-r.Context().Done():
						givenUp.Add(1)
					case <-release:
					}
					return http.StatusAccepted
				})
			}
			t.Cleanup(func() { close(release) }) // before the servers close, which wait for it
			publish := func(count int) {
				t.Helper()
				var uris []string
				for i := range count {
					var made struct{ URI string }
					if status, err := d.api(http.MethodPost, "/api/v1/statuses", url.Values{"status": {fmt.Sprintf("Annonce %d", i)}}, &made); err != nil || status != http.StatusOK {
						t.Fatal(status, err)
					}
					uris = append(uris, made.URI)
				}
				accepted := time.Now()
				for _, uri := range uris {
					for _, p := range live {
						d.until("post at "+p.host, func() bool { return len(p.about(uri)) == 1 })
					}
				}
				t.Logf("%d live servers of %d had all of %d posts %s after the last was accepted, while %d requests hung", len(live), *hosts, count,
					time.Since(accepted).Round(time.Millisecond), held.Load())
			}
			publish(posts)
			publish(1)
			if givenUp.Load() > 0 {
				t.Errorf("the others had all posts only after %d requests to hanging servers had been given up", givenUp.Load())
			}
			if held.Load() == 0 {
				t.Error("no request hangs: the test shows nothing")
			}
		})
	}
}
