package federation_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/internal/parvis"
)

func (p *peer) fetch(path, accept string) (*http.Response, string) {
	p.t.Helper()
	r, err := http.NewRequest(http.MethodGet, p.URL(path), nil)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return response, string(body)
}

func TestWebFingerAnswers(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	lea, gone := malakoff.resident("lea"), malakoff.resident("parti")
	if err := malakoff.app.DeleteAccount(ctx, malakoff.Node, gone.Account.Username); err != nil {
		t.Fatal(err)
	}
	node := malakoff.Hostname()
	for _, tt := range []struct {
		resource string
		status   int
		actor    string
	}{
		{"acct:lea@" + malakoff.Host, 200, lea.Account.URI},
		{"ACCT:LEA@" + malakoff.Host, 200, lea.Account.URI},
		{"lea@" + malakoff.Host, 200, lea.Account.URI},
		{lea.Account.URI, 200, lea.Account.URI},
		{"acct:entraide@" + malakoff.Host, 200, malakoff.URL("/@entraide")},
		{"acct:" + node + "@" + malakoff.Host, 200, malakoff.URL("/actor")},
		{malakoff.URL("/"), 200, malakoff.URL("/actor")},
		{"acct:parti@" + malakoff.Host, 410, ""},
		{"acct:personne@" + malakoff.Host, 404, ""},
		{"acct:lea@evil.example", 404, ""},
		{"acct:lea\r\n@" + malakoff.Host, 404, ""},
		{"acct:*@" + malakoff.Host, 404, ""},
		{"", 400, ""},
		{strings.Repeat("x", 10_000), 400, ""},
	} {
		response, body := malakoff.fetch("/.well-known/webfinger?resource="+url.QueryEscape(tt.resource), "application/jrd+json")
		if response.StatusCode != tt.status {
			t.Errorf("%.60q: status %d, want %d", tt.resource, response.StatusCode, tt.status)
			continue
		}
		if response.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%.60q: no CORS header", tt.resource)
		}
		if tt.status == 200 && !strings.Contains(body, `"href":"`+tt.actor+`"`) {
			t.Errorf("%q: %s does not name %s", tt.resource, body, tt.actor)
		}
	}
	_, body := malakoff.fetch("/.well-known/webfinger?resource=acct:lea@"+malakoff.Host, "*/*")
	for _, want := range []string{`"http://ostatus.org/schema/1.0/subscribe","template":"` + malakoff.URL("/authorize_interaction?uri={uri}"),
		`"https://w3id.org/fep/3b86/Object","template":"` + malakoff.URL("/authorize_interaction?uri={object}")} {
		if !strings.Contains(body, want) {
			t.Errorf("%s lacks %s", body, want)
		}
	}
}

func TestHostMetaAndNodeInfo(t *testing.T) {
	c := newClock()
	malakoff := newPeer(t, c, "Malakoff")
	malakoff.publish(malakoff.resident("lea"), drill(parvis.Everyone))
	for _, tt := range []struct{ path, accept, contentType, says string }{
		{"/.well-known/host-meta", "application/xrd+xml", "application/xrd+xml", `template="` + malakoff.URL(`/.well-known/webfinger?resource={uri}"`)},
		{"/.well-known/host-meta", "application/json", "application/jrd+json", `"lrdd"`},
		{"/.well-known/host-meta.json", "*/*", "application/jrd+json", `"lrdd"`},
		{"/.well-known/nodeinfo", "*/*", "application/json", malakoff.URL("/nodeinfo/2.1")},
		{"/.well-known/nodeinfo", "*/*", "application/json", malakoff.URL("/actor")},
		{"/nodeinfo/2.0", "*/*", "application/json", `"software":{"name":"parvis","version":"test"}`},
		{"/nodeinfo/2.1", "*/*", "application/json", `"repository"`},
		{"/nodeinfo/2.1", "*/*", "application/json", `"usage":{"users":{"total":1`},
		{"/nodeinfo/2.1", "*/*", "application/json", `"localPosts":1`},
		{"/ns", "*/*", "application/ld+json", `"parvis:kind"`},
	} {
		response, body := malakoff.fetch(tt.path, tt.accept)
		if response.StatusCode != http.StatusOK || !strings.HasPrefix(response.Header.Get("Content-Type"), tt.contentType) ||
			!strings.Contains(body, tt.says) || response.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s for %s: %d %v %s, want %s", tt.path, tt.accept, response.StatusCode, response.Header, body, tt.says)
		}
	}
	if response, _ := malakoff.fetch("/nodeinfo/3.0", "*/*"); response.StatusCode != http.StatusNotFound {
		t.Errorf("NodeInfo 3.0: %d", response.StatusCode)
	}
}

func TestWantsActivity(t *testing.T) {
	for accept, want := range map[string]bool{
		"application/activity+json": true,
		`application/ld+json; profile="https://www.w3.org/ns/activitystreams"`:                                             true,
		`application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams", text/html;q=0.1`: true,
		"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8":                                       false,
		"*/*": false, "": false, "text/html, application/activity+json;q=0.5": false, "application/json": false, "application/activity+json;q=0": false,
		"application/activity+json;q=x": false, ";;;": false,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept", accept)
		if got := federation.WantsActivity(r, nil); got != want {
			t.Errorf("%q: %v, want %v", accept, got, want)
		}
	}
}

func TestCollections(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	lea := malakoff.resident("lea")
	mastodon := newStranger(t, c, "marie")
	mastodon.say(malakoff, "marie", mastodon.activity("Follow", "/f/1", "marie", lea.Account.URI))
	offer := malakoff.publish(lea, drill(parvis.Everyone))
	malakoff.publish(lea, drill(parvis.OnNode))
	settle(t, malakoff)
	answer := func(path string, more map[string]any) {
		more["inReplyTo"], more["tag"] = offer.URI, []any{map[string]any{"type": "Mention", "href": lea.Account.URI, "name": "@lea"}}
		mastodon.say(malakoff, "marie", mastodon.activity("Create", path+"/activity", "marie", mastodon.note(path, "marie", "<p>Libre ?</p>", more)))
	}
	answer("/notes/1", map[string]any{})
	answer("/notes/2", map[string]any{"to": []string{lea.Account.URI}, "cc": []string{}})

	status, outbox, _ := malakoff.get("/@lea/outbox?page=true")
	items, _ := outbox["orderedItems"].([]any)
	if status != 200 || len(items) != 1 || items[0].(map[string]any)["type"] != "Create" {
		t.Errorf("outbox: %d %v", status, outbox)
	}
	if _, feed, _ := malakoff.get("/@entraide/outbox?page=true"); len(feed["orderedItems"].([]any)) != 1 ||
		feed["orderedItems"].([]any)[0].(map[string]any)["type"] != "Announce" {
		t.Errorf("outbox of the feed: %v", feed)
	}
	if _, feed, _ := malakoff.get("/@entraide/outbox"); feed["totalItems"] != 1.0 {
		t.Errorf("the feed counts %v; want what it shares", feed["totalItems"])
	}
	if _, followers, _ := malakoff.get("/@lea/followers"); followers["totalItems"] != 1.0 || followers["first"] == nil {
		t.Errorf("followers: %v", followers)
	}
	if _, page, _ := malakoff.get("/@lea/followers?page=true"); page["orderedItems"].([]any)[0] != mastodon.uri("marie") {
		t.Errorf("page of followers: %v", page)
	}
	if _, following, _ := malakoff.get("/@lea/following?page=true"); len(following["orderedItems"].([]any)) != 0 {
		t.Errorf("following: %v", following)
	}
	if replies, _ := malakoff.walk(offer.Path() + "/replies"); len(replies) != 1 {
		t.Errorf("replies: %v; want the public one only", replies)
	}
	if thread, _ := malakoff.walk(offer.Path() + "/thread"); len(thread) != 2 {
		t.Errorf("thread: %v", thread)
	}
	if _, node, _ := malakoff.get("/actor/followers?page=true"); node["orderedItems"] != nil || node["first"] != nil {
		t.Errorf("followers of the node: %v", node)
	}
	if _, partners, _ := malakoff.get("/partners"); partners["items"] != nil || partners["totalItems"] != 0.0 {
		t.Errorf("partners, to a stranger: %v", partners)
	}
	sharers, err := malakoff.rows().LocalSharers(ctx, offer.ID)
	if err != nil || len(sharers) != 1 {
		t.Fatal(sharers, err)
	}
	if status, share, _ := malakoff.get(strings.TrimPrefix(sharers[0].URI, malakoff.Base())); status != 200 || share["object"] != offer.URI {
		t.Errorf("share: %d %v", status, share)
	}
	if status, created, _ := malakoff.get(offer.Path() + "/activity"); status != 200 || created["type"] != "Create" {
		t.Errorf("create: %d %v", status, created)
	}
	for _, path := range []string{"/likes", "/shares"} {
		if status, _, _ := malakoff.get(offer.Path() + path); status != 200 {
			t.Errorf("%s: %d", path, status)
		}
	}
}

// TestTombstones: what was public and is deleted is told as gone; the rest never was.
func TestTombstones(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	lea := malakoff.resident("lea")
	public, private := malakoff.publish(lea, drill(parvis.Everyone)), malakoff.publish(lea, drill(parvis.OnNode))
	for _, p := range []*parvis.Post{public, private} {
		if err := malakoff.app.Delete(ctx, malakoff.Node, lea, p.ID); err != nil {
			t.Fatal(err)
		}
	}
	if status, doc, _ := malakoff.get(public.Path()); status != 410 || doc["type"] != "Tombstone" || doc["formerType"] != "Note" {
		t.Errorf("public: %d %v", status, doc)
	}
	for _, path := range []string{private.Path(), "/p/0000000000000", "/p/x", "/@personne", "/shares/0000000000000"} {
		if status, _, _ := malakoff.get(path); status != 404 {
			t.Errorf("%s: %d, want 404", path, status)
		}
	}
	status, doc, header := malakoff.get("/@lea")
	if status != 200 || doc["id"] != lea.Account.URI || header.Get("Content-Type") != "application/activity+json; charset=utf-8" ||
		!strings.Contains(header.Get("Vary"), "Signature") {
		t.Errorf("actor: %d %v %v", status, doc, header)
	}
	if err := malakoff.app.Suspend(ctx, malakoff.Node, "lea", false); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := malakoff.get("/@lea"); status != 404 {
		t.Errorf("suspended: %d, want 404", status)
	}
	if err := malakoff.app.DeleteAccount(ctx, malakoff.Node, "lea"); err != nil {
		t.Fatal(err)
	}
	if status, doc, _ := malakoff.get("/@lea"); status != 410 || doc["formerType"] != "Person" {
		t.Errorf("deleted: %d %v", status, doc)
	}
}

// TestLookups: what residents paste is found, by handle, id or page.
func TestLookups(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie")
	mastodon.serve("/notes/1", mastodon.note("/notes/1", "marie", "<p>Bonjour</p>"))
	page := serve(t, func(base string, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, `<!doctype html><head><link rel="alternate" type="application/activity+json" href="`+mastodon.base+r.URL.Path+`"></head>`)
	})
	for _, name := range []string{"marie@" + mastodon.host, mastodon.uri("marie"), page.URL + "/users/marie"} {
		acc, err := malakoff.fed.Account(ctx, malakoff.Node, name)
		if err != nil || acc.URI != mastodon.uri("marie") || acc.Acct() != "marie@"+mastodon.host {
			t.Errorf("%s: %+v, %v", name, acc, err)
		}
	}
	for _, address := range []string{mastodon.base + "/notes/1", page.URL + "/notes/1"} {
		p, err := malakoff.fed.Post(ctx, malakoff.Node, address)
		if err != nil || p.URI != mastodon.base+"/notes/1" {
			t.Errorf("%s: %+v, %v", address, p, err)
		}
	}
	for _, name := range []string{"personne@" + mastodon.host, mastodon.base + "/nothing", "x", malakoff.URL("/@x"), page.URL + "/nothing"} {
		if _, err := malakoff.fed.Account(ctx, malakoff.Node, name); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("account %s: %v", name, err)
		}
		if _, err := malakoff.fed.Post(ctx, malakoff.Node, name); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("post %s: %v", name, err)
		}
	}
}

func TestSubscribeTemplate(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff, vanves := newPeer(t, c, "Malakoff"), newPeer(t, c, "Vanves")
	vanves.resident("jeanne")
	got, err := malakoff.fed.SubscribeTemplate(ctx, malakoff.Node, "@jeanne@"+vanves.Host)
	if want := vanves.URL("/authorize_interaction?uri={uri}"); err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	evil := serve(t, func(base string, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/jrd+json")
		_ = json.NewEncoder(w).Encode(map[string]any{"links": []any{map[string]any{"rel": "http://ostatus.org/schema/1.0/subscribe", "template": "javascript:alert({uri})"}}})
	})
	for _, handle := range []string{"@personne@" + vanves.Host, "@mallory@" + evil.Listener.Addr().String(), "jeanne"} {
		if got, err := malakoff.fed.SubscribeTemplate(ctx, malakoff.Node, handle); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("%s: %q, %v", handle, got, err)
		}
	}
}

// TestBlockedServersAreNotAsked: no door and no partnership leads to a server that
// the town blocks, though a visitor names it and an admin asked for it before.
func TestBlockedServersAreNotAsked(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	for _, name := range []string{"mastodon.localhost", "evil.localhost"} {
		server, blocked := newStranger(t, c, "marie").called(name, "marie"), name == "evil.localhost"
		if _, err := malakoff.app.AddPartner(ctx, malakoff.Node, server.host); err != nil {
			t.Fatal(err)
		}
		if blocked {
			malakoff.blockDomain(name)
		}
		_, err := malakoff.fed.SubscribeTemplate(ctx, malakoff.Node, "@marie@"+server.host)
		if !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("door of %s: %v", name, err)
		}
		atDoor := server.log.total()
		settle(t, malakoff)
		asPartner := server.log.total() - atDoor
		if (atDoor == 0) != blocked || (asPartner == 0) != blocked {
			t.Errorf("%s was asked %d times at the door and %d as a partner; blocked: %v", name, atDoor, asPartner, blocked)
		}
	}
}
