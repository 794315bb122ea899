package federation_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/storage"
)

// TestUpdateOfAnother: an update names its sender first and brings the profile of
// somebody else along, with a key that the sender holds.
func TestUpdateOfAnother(t *testing.T) {
	c := newClock()
	malakoff := newPeer(t, c, "Malakoff")
	lea := malakoff.resident("lea")
	mastodon, evil := newStranger(t, c, "marie"), newStranger(t, c, "mallory")
	marie := mastodon.followedBy(malakoff, lea, "marie")
	evil.followedBy(malakoff, lea, "mallory")

	forged := mastodon.person("marie")
	forged["name"] = "Mallory"
	forged["publicKey"].(map[string]any)["publicKeyPem"] = publicPEM(t, &otherKey().PublicKey)
	evil.say(malakoff, "mallory", evil.activity("Update", "/updates/1", "mallory", []any{evil.uri("mallory"), forged}))

	now := malakoff.known(mastodon.uri("marie"))
	if now.PublicKey != marie.PublicKey || now.Name != marie.Name {
		t.Errorf("Marie is called %q and has another key: %t", now.Name, now.PublicKey != marie.PublicKey)
	}
}

// called gives a server that listens on 127.0.0.1 another name, by which it can be
// blocked alone.
func (s *stranger) called(name string, people ...string) *stranger {
	s.base = strings.Replace(s.base, "127.0.0.1", name, 1)
	s.host = strings.TrimPrefix(s.base, "http://")
	for _, one := range people {
		s.serve("/users/"+one, s.person(one))
	}
	return s
}

func (p *peer) blockDomain(name string) {
	p.t.Helper()
	err := p.rows().InTx(context.Background(), func(ctx context.Context, tx *storage.Tx) error {
		return tx.BlockDomain(ctx, name, p.clock.Now())
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// TestBlockedByDetour: what a blocked server says does not come in through another
// one that redirects to it, even if its author was known before.
func TestBlockedByDetour(t *testing.T) {
	c := newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie")
	evil := newStranger(t, c, "mallory").called("evil.localhost", "mallory")
	lea := malakoff.resident("lea")
	mastodon.followedBy(malakoff, lea, "marie")
	if _, err := malakoff.app.Lookup(context.Background(), malakoff.Node, "mallory@"+evil.host); err != nil {
		t.Fatal(err)
	}
	evil.serve("/notes/1", evil.note("/notes/1", "mallory", "<p>Faux.</p>"))
	detour := serve(t, func(_ string, w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, evil.base+r.URL.Path, http.StatusFound)
	})
	malakoff.blockDomain("evil.localhost")

	mastodon.say(malakoff, "marie", mastodon.activity("Announce", "/a/1", "marie", detour.URL+"/notes/1"))
	if got := evil.log.count("GET /notes/1"); got != 1 {
		t.Fatalf("the post was fetched %d times, want once", got)
	}
	if malakoff.has(evil.base + "/notes/1") {
		t.Error("the post of a blocked server was kept")
	}
}
