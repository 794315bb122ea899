package federation_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/internal/text"
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

// blockDomain blocks a domain as the team would, however it writes it.
func (p *peer) blockDomain(written string) {
	p.t.Helper()
	name, err := text.Domain(written)
	if err != nil {
		p.t.Fatal(err)
	}
	err = p.rows().InTx(context.Background(), func(ctx context.Context, tx *storage.Tx) error {
		return tx.SaveTeamRule(ctx, parvis.DomainRule{Domain: name, Severity: parvis.Suspend, CreatedAt: p.clock.Now()})
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

// neighbour makes a server of two Applications: its own actor, and somebody's who
// lives there. Each has a door of its own.
func neighbour(t *testing.T, c *clock) (s *stranger, itself, somebody string) {
	t.Helper()
	itself, somebody = "127.0.0.1", "mallory"
	s = newStranger(t, c, itself, somebody)
	for _, name := range []string{itself, somebody} {
		actor := s.person(name)
		actor["type"] = "Application"
		delete(actor, "endpoints")
		s.serve("/users/"+name, actor)
	}
	return s, itself, somebody
}

// TestPartnerImpostor: somebody who lives on a partner's server, and calls themself
// an Application, neither ends the partnership nor gets its posts.
func TestPartnerImpostor(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	vanves, itself, mallory := neighbour(t, c)
	if _, err := malakoff.app.AddPartner(ctx, malakoff.Node, vanves.host); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff)
	asked := vanves.received("Follow")
	if len(asked) != 1 {
		t.Fatalf("%d follows, want 1", len(asked))
	}
	vanves.say(malakoff, itself, vanves.activity("Accept", "/accepts/1", itself, asked[0]["id"]))
	if got := malakoff.partnership(vanves.host); got != parvis.PartnerActive {
		t.Fatalf("state is %s, want active", got)
	}

	follow := vanves.activity("Follow", "/follows/1", mallory, malakoff.URL("/actor"))
	vanves.say(malakoff, mallory, follow)
	malakoff.publish(malakoff.resident("lea"), drill(parvis.Partners))
	settle(t, malakoff)
	if got := vanves.log.count("POST /users/" + itself + "/inbox"); got < 2 {
		t.Errorf("the partner heard of %d activities, want the follow and the offer", got)
	}
	if got := len(vanves.received("Accept")); got != 0 {
		t.Errorf("the impostor was accepted %d times", got)
	}
	vanves.say(malakoff, mallory, vanves.activity("Undo", "/undos/1", mallory, follow))
	if got := malakoff.partnership(vanves.host); got != parvis.PartnerActive {
		t.Errorf("after the impostor left: %s, want active", got)
	}
}

// TestPartnerImpostorAsks: when the team agrees to what an impostor asked for, it is
// the node itself that is asked.
func TestPartnerImpostorAsks(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	vanves, _, mallory := neighbour(t, c)
	vanves.say(malakoff, mallory, vanves.activity("Follow", "/follows/1", mallory, malakoff.URL("/actor")))
	if got := malakoff.partnership(vanves.host); got != parvis.PartnerAsking {
		t.Fatalf("state is %s, want asking", got)
	}
	if _, err := malakoff.app.ApprovePartner(ctx, malakoff.Node, vanves.host); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff)
	if got := malakoff.partnership(vanves.host); got != parvis.PartnerAsked {
		t.Errorf("state is %s, want asked", got)
	}
}

// TestPredictedActivity: who guesses the id of what somebody else of the same server
// will say does not keep it from being heard.
func TestPredictedActivity(t *testing.T) {
	c := newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie", "paul")
	lea := malakoff.resident("lea")
	mastodon.followedBy(malakoff, lea, "marie")
	note := mastodon.note("/notes/1", "marie", "<p>Vide-grenier dimanche.</p>")
	mastodon.say(malakoff, "marie", mastodon.activity("Create", "/notes/1/activity", "marie", note))

	mastodon.say(malakoff, "paul", mastodon.activity("Like", "/notes/1#delete", "paul", mastodon.base+"/notes/1"))
	mastodon.say(malakoff, "marie", mastodon.activity("Delete", "/notes/1#delete", "marie", mastodon.base+"/notes/1"))
	if malakoff.found(mastodon.base + "/notes/1").DeletedAt.IsZero() {
		t.Error("Marie's post was not deleted")
	}
}

// TestBlockedHandle: a block of the domain that stands in people's handles holds for
// those whose server has another name.
func TestBlockedHandle(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff := newPeer(t, c, "Malakoff")
	evil := newStranger(t, c, "mallory", "paul")
	evil.host = strings.Replace(evil.host, "127.0.0.1", "evil.localhost", 1) // of handles only
	offer := malakoff.publish(malakoff.resident("lea"), drill(parvis.Everyone))
	if _, err := malakoff.app.Lookup(ctx, malakoff.Node, evil.uri("mallory")); err != nil {
		t.Fatal(err)
	}
	if got := malakoff.known(evil.uri("mallory")).Domain; got != evil.host {
		t.Fatalf("Mallory is at %s, want %s", got, evil.host)
	}
	malakoff.blockDomain("evil.localhost")

	for name, want := range map[string]int{"mallory": http.StatusForbidden, "paul": http.StatusUnauthorized} {
		d := delivery{to: malakoff, from: evil, signer: name, body: evil.activity("Like", "/likes/"+name, name, offer.URI)}
		if got := d.send(t); got != want {
			t.Errorf("%s: status %d, want %d", name, got, want)
		}
	}
	if _, err := malakoff.app.Lookup(ctx, malakoff.Node, evil.uri("paul")); err == nil {
		t.Error("somebody there was found")
	}
}

// TestEditAfterParting: what is for partners only is told no more to a node that was
// one, though somebody there answered; its deletion is.
func TestEditAfterParting(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff, vanves := newPeer(t, c, "Malakoff"), newPeer(t, c, "Vanves")
	befriend(t, malakoff, vanves)
	lea, jeanne := malakoff.resident("lea"), vanves.resident("jeanne")
	offer := malakoff.publish(lea, drill(parvis.Partners))
	settle(t, malakoff, vanves)
	vanves.publish(jeanne, app.Draft{Detail: &parvis.Note{}, Source: "Je la veux bien.", Audience: parvis.Partners, ReplyTo: vanves.found(offer.URI).ID})
	settle(t, malakoff, vanves)
	if got := malakoff.found(offer.URI).Replies; got != 1 {
		t.Fatalf("%d answers, want 1", got)
	}
	if err := malakoff.app.RemovePartner(ctx, malakoff.Node, vanves.Host); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff, vanves)

	before := vanves.log.count("POST /inbox")
	c.pass(time.Minute)
	changed := drill(parvis.Partners)
	changed.Title = "Perceuse, code 4521"
	if _, err := malakoff.app.Edit(ctx, malakoff.Node, lea, offer.ID, changed); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff, vanves)
	if got := vanves.log.count("POST /inbox") - before; got != 0 {
		t.Errorf("Vanves was told %d times", got)
	}
	if err := malakoff.app.Delete(ctx, malakoff.Node, lea, offer.ID); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff, vanves)
	if vanves.found(offer.URI).DeletedAt.IsZero() {
		t.Error("Vanves was not told of the deletion")
	}
}

// endless is a text that cannot be compressed.
func endless(size int) string {
	var b strings.Builder
	for b.Len() < size {
		b.WriteString(rand.Text())
	}
	return b.String()
}

// TestLongAddresses: a follower whose inbox has an endless address, which not every
// database can index, spoils nothing for the others.
func TestLongAddresses(t *testing.T) {
	for _, e := range parvistest.Engines(t) {
		t.Run(e.Name, func(t *testing.T) {
			c := newClock()
			malakoff, mastodon, evil := newPeerOn(t, c, "Malakoff", e.URL(t)), newStranger(t, c, "marie"), newStranger(t, c, "mallory")
			lea := malakoff.resident("lea")
			actor := evil.person("mallory")
			actor["inbox"] = evil.uri("mallory") + "/" + endless(10_000)
			delete(actor, "endpoints")
			evil.serve("/users/mallory", actor)
			mastodon.say(malakoff, "marie", mastodon.activity("Follow", "/f/1", "marie", lea.Account.URI))
			for _, tt := range []struct {
				what string
				id   string
				want int
			}{
				{"an endless inbox", "/f/1", http.StatusUnauthorized},
				{"an endless id", "/f/" + endless(2000), http.StatusBadRequest},
			} {
				d := delivery{to: malakoff, from: evil, signer: "mallory", body: evil.activity("Follow", tt.id, "mallory", lea.Account.URI)}
				if got := d.send(t); got != tt.want {
					t.Errorf("%s: status %d, want %d", tt.what, got, tt.want)
				}
			}
			stone := mastodon.uri("/notes/" + endless(2000))
			for what, object := range map[string]any{"alone": stone, "about something": map[string]any{"id": stone, "type": "Tombstone", "object": mastodon.base}} {
				deleted := delivery{to: malakoff, from: mastodon, signer: "marie", body: mastodon.activity("Delete", "/d/1", "marie", object)}
				if got := deleted.send(t); got != http.StatusBadRequest {
					t.Errorf("the end of an endless id %s: status %d, want 400", what, got)
				}
			}
			settle(t, malakoff)

			malakoff.publish(lea, drill(parvis.Everyone))
			settle(t, malakoff)
			if got := len(mastodon.received("Create")); got != 1 {
				t.Errorf("Marie heard of %d posts, want 1", got)
			}
		})
	}
}

// TestReportOfLetters: a report brings what is between named people before the team
// only if one of them lives where the report comes from.
func TestReportOfLetters(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie")
	lea := malakoff.resident("lea")
	malakoff.resident("karim")
	if _, err := malakoff.app.Lookup(ctx, malakoff.Node, "marie@"+mastodon.host); err != nil {
		t.Fatal(err)
	}
	letter := func(to string) *parvis.Post {
		return malakoff.publish(lea, app.Draft{Detail: &parvis.Note{}, Source: "@" + to + " le code est 4521", Audience: parvis.Named})
	}
	inside, outside := letter("karim"), letter("marie@"+mastodon.host)
	mastodon.say(malakoff, "marie", mastodon.activity("Flag", "/flags/1", "marie", []string{lea.Account.URI, inside.URI, outside.URI}))

	reports, err := malakoff.rows().OpenReports(ctx, parvis.Page{})
	if err != nil || len(reports) != 1 {
		t.Fatalf("%d reports, %v", len(reports), err)
	}
	if got := reports[0].PostIDs; len(got) != 1 || got[0] != outside.ID {
		t.Errorf("reported %v, want %v", got, outside.ID)
	}
}

// TestNamedOnce: whom an edit no longer names is told no more of a post for named
// people, but of its deletion.
func TestNamedOnce(t *testing.T) {
	for _, e := range parvistest.Engines(t) {
		t.Run(e.Name, func(t *testing.T) {
			ctx, c := context.Background(), newClock()
			malakoff, mastodon := newPeerOn(t, c, "Malakoff", e.URL(t)), newStranger(t, c, "marie")
			lea := malakoff.resident("lea")
			malakoff.resident("karim")
			if _, err := malakoff.app.Lookup(ctx, malakoff.Node, "marie@"+mastodon.host); err != nil {
				t.Fatal(err)
			}
			letter := app.Draft{Detail: &parvis.Note{}, Source: "@karim et @marie@" + mastodon.host + " : le code est 4521", Audience: parvis.Named}
			p := malakoff.publish(lea, letter)
			settle(t, malakoff)
			c.pass(time.Minute)
			letter.Source = "@karim le code est 1254"
			if _, err := malakoff.app.Edit(ctx, malakoff.Node, lea, p.ID, letter); err != nil {
				t.Fatal(err)
			}
			settle(t, malakoff)
			if got := len(mastodon.received("Update")); got != 0 {
				t.Errorf("Marie was told of %d changes", got)
			}
			c.pass(time.Minute)
			if err := malakoff.app.Delete(ctx, malakoff.Node, lea, p.ID); err != nil {
				t.Fatal(err)
			}
			settle(t, malakoff)
			if got := len(mastodon.received("Delete")); got != 1 {
				t.Errorf("Marie was told of %d deletions, want 1", got)
			}
		})
	}
}

// TestHandleGivenAnew: somebody who opens their account again, with the same handle
// and another id, is met like anybody; a suspension is not left behind in this way.
func TestHandleGivenAnew(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie")
	lea := malakoff.resident("lea")
	handle := "marie@" + mastodon.host
	first := mastodon.followedBy(malakoff, lea, "marie")
	mastodon.say(malakoff, "marie", mastodon.activity("Delete", "/d/1", "marie", mastodon.uri("marie")))

	again := func(path string) *parvis.Account {
		actor := mastodon.person("marie")
		for key, value := range actor {
			if address, ok := value.(string); ok {
				actor[key] = strings.Replace(address, "/users/marie", path, 1)
			}
		}
		actor["publicKey"] = map[string]any{"id": mastodon.base + path + "#main-key", "owner": mastodon.base + path, "publicKeyPem": first.PublicKey}
		mastodon.serve(path, actor)
		mastodon.trap("/.well-known/webfinger", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/jrd+json")
			_, _ = w.Write([]byte(`{"subject":"acct:` + handle + `","links":[{"rel":"self","type":"application/activity+json","href":"` + mastodon.base + path + `"}]}`))
		})
		acc, err := malakoff.app.Lookup(ctx, malakoff.Node, mastodon.base+path)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		return acc
	}
	second := again("/ap/2")
	if found, err := malakoff.app.Lookup(ctx, malakoff.Node, handle); err != nil || found.ID != second.ID || found.ID == first.ID {
		t.Errorf("%s is %+v, %v", handle, found, err)
	}
	if err := malakoff.app.Suspend(ctx, malakoff.Node, handle, false); err != nil {
		t.Fatal(err)
	}
	if third := malakoff.known(again("/ap/3").URI); third.Active() {
		t.Error("a new id ended the suspension")
	}
}
