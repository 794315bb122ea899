package federation_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// TestRejectedPicturesAndReports: of a server that the team only limits in this way,
// posts arrive, but no pictures are copied, and its reports are not kept.
func TestRejectedPicturesAndReports(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	mastodon := newStranger(t, c, "marie").called("mastodon.localhost", "marie")
	files := serve(t, func(_ string, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write(drawn())
	})
	lea := malakoff.resident("lea")
	mastodon.followedBy(malakoff, lea, "marie")
	says := func(name string) (picture bool, reports int) {
		mastodon.say(malakoff, "marie", mastodon.activity("Create", "/a/"+name, "marie", mastodon.note("/notes/"+name, "marie", "<p>La haie</p>",
			map[string]any{"attachment": []any{map[string]any{"type": "Image", "mediaType": "image/png", "url": files.URL + "/" + name + ".png"}}})))
		mastodon.say(malakoff, "marie", mastodon.activity("Flag", "/flags/"+name, "marie", []string{lea.Account.URI}))
		open, err := malakoff.rows().OpenReports(ctx, parvis.Page{})
		if err != nil {
			t.Fatal(err)
		}
		media := malakoff.found(mastodon.base + "/notes/" + name).Media
		return len(media) == 1 && media[0].Ready(), len(open)
	}
	if picture, reports := says("before"); !picture || reports != 1 {
		t.Errorf("without a rule: picture %t, %d reports; want both", picture, reports)
	}
	err := malakoff.rows().InTx(ctx, func(ctx context.Context, tx *storage.Tx) error {
		return tx.SaveTeamRule(ctx, parvis.DomainRule{Domain: "mastodon.localhost", Severity: parvis.Noop, RejectMedia: true, RejectReports: true, CreatedAt: c.Now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	if picture, reports := says("after"); picture || reports != 1 {
		t.Errorf("with the rule: picture %t, %d reports; want none, and the one of before", picture, reports)
	}
}

// TestPrivateByName: who is named in a post, or follows its author, fetches it in
// their own name; with a key that is not theirs nobody does.
func TestPrivateByName(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff, vanves := newPeer(t, c, "Malakoff"), newPeer(t, c, "Vanves")
	lea, jeanne, karim := malakoff.resident("lea"), vanves.resident("jeanne"), vanves.resident("karim")
	seen, err := vanves.app.Lookup(ctx, vanves.Node, "lea@"+malakoff.Host)
	if err != nil {
		t.Fatal(err)
	}
	if err := vanves.app.Follow(ctx, vanves.Node, karim, seen.ID); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff, vanves)
	note := func(a parvis.Audience, text string) *parvis.Post {
		return malakoff.publish(lea, app.Draft{Detail: &parvis.Note{}, Source: text, Audience: a})
	}
	named, followers := note(parvis.Named, "@jeanne@"+vanves.Host+" la clé est chez le gardien"), note(parvis.Followers, "Je pars demain.")
	settle(t, malakoff, vanves)
	for _, tt := range []struct {
		what string
		post *parvis.Post
		who  parvis.Viewer
		want int
	}{
		{"who is named", named, jeanne, http.StatusOK},
		{"who is not", named, karim, http.StatusNotFound},
		{"a follower", followers, karim, http.StatusOK},
		{"who does not follow", followers, jeanne, http.StatusNotFound},
	} {
		if got, _, _ := vanves.signedGetAs(malakoff.URL(tt.post.Path()), tt.who.Account); got != tt.want {
			t.Errorf("%s gets %d, want %d", tt.what, got, tt.want)
		}
	}
}

// TestAuthorizedFetchByStrangers: where a node wants to know who asks, a good
// signature opens what is public, and a false one nothing.
func TestAuthorizedFetchByStrangers(t *testing.T) {
	c := newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie")
	offer := malakoff.publish(malakoff.resident("lea"), drill(parvis.Everyone))
	malakoff.Node.AuthorizedFetch = true
	for what, tt := range map[string]struct {
		key  federation.Key
		want int
	}{
		"her own key":       {federation.Key{ID: mastodon.uri("marie") + "#main-key", Private: strangerKey()}, http.StatusOK},
		"another key":       {federation.Key{ID: mastodon.uri("marie") + "#main-key", Private: otherKey()}, http.StatusUnauthorized},
		"the key of nobody": {federation.Key{ID: mastodon.uri("nobody") + "#main-key", Private: strangerKey()}, http.StatusUnauthorized},
	} {
		if got := malakoff.asked(offer.Path(), tt.key); got != tt.want {
			t.Errorf("signed with %s: status %d, want %d", what, got, tt.want)
		}
	}
}

// asked asks for an address as ActivityStreams, signed, and returns the status.
func (p *peer) asked(path string, key federation.Key) int {
	p.t.Helper()
	r, err := http.NewRequest(http.MethodGet, p.URL(path), nil)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Accept", "application/activity+json")
	if err := key.Sign(r, nil, p.clock.Now()); err != nil {
		p.t.Fatal(err)
	}
	status, _, _ := ask(p.t, r)
	return status
}

// TestAuthorizedFetchByNewKey: who is known here and has replaced their key under its
// old name is looked at once more, as when they send something; a false key of theirs
// does not have their server asked again and again.
func TestAuthorizedFetchByNewKey(t *testing.T) {
	c := newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie")
	offer := malakoff.publish(malakoff.resident("lea"), drill(parvis.Everyone))
	if _, err := malakoff.app.Lookup(context.Background(), malakoff.Node, "marie@"+mastodon.host); err != nil {
		t.Fatal(err)
	}
	malakoff.Node.AuthorizedFetch = true
	mastodon.keys["marie"] = otherKey()
	mastodon.serve("/users/marie", mastodon.person("marie"))
	before := mastodon.log.count("GET /users/marie")
	for range 5 {
		if got := malakoff.asked(offer.Path(), federation.Key{ID: mastodon.uri("marie") + "#main-key", Private: otherKey()}); got != http.StatusOK {
			t.Errorf("by the new key: status %d, want 200", got)
		}
		if got := malakoff.asked(offer.Path(), federation.Key{ID: mastodon.uri("marie") + "#main-key", Private: strangerKey()}); got != http.StatusUnauthorized {
			t.Errorf("by the old key: status %d, want 401", got)
		}
	}
	if got := mastodon.log.count("GET /users/marie") - before; got != 1 {
		t.Errorf("she was looked at %d times, want once", got)
	}
}
