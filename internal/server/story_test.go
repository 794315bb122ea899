package server_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

var bg = context.Background()

// drill is the offer that most stories are about.
func drill(audience parvis.Audience) app.Draft {
	return app.Draft{Detail: &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.SortObject, Category: "tools"},
		Title: "Perceuse à percussion", Source: "Avec ses **mèches**, à rendre propre. #outils", Language: "fr", Audience: audience,
		Place: &parvis.Place{Name: "Malakoff-Sud", Lat: 48.8142, Lon: 2.2936, HasPoint: true}}
}

func (p *place) publish(v parvis.Viewer, d app.Draft) *parvis.Post {
	p.t.Helper()
	post, err := p.app.Publish(bg, p.node, v, d)
	if err != nil {
		p.t.Fatalf("publish at %s: %v", p.name, err)
	}
	return post
}

// find returns the copy of a post at a place, as a resident there sees it.
func (p *place) find(v parvis.Viewer, uri string) (*parvis.Post, error) {
	return p.app.PostByURI(bg, p.node, v, uri)
}

func (p *place) mustFind(v parvis.Viewer, uri string) *parvis.Post {
	p.t.Helper()
	post, err := p.find(v, uri)
	if err != nil {
		p.t.Fatalf("%s does not have %s: %v", p.name, uri, err)
	}
	return post
}

// follow makes somebody follow a handle, as by typing it.
func (p *place) follow(v parvis.Viewer, handle string) *parvis.Account {
	p.t.Helper()
	acc, err := p.app.Lookup(bg, p.node, handle)
	if err != nil {
		p.t.Fatalf("%s looks up %s: %v", p.name, handle, err)
	}
	if err := p.app.Follow(bg, p.node, v, acc.ID); err != nil {
		p.t.Fatalf("%s follows %s: %v", p.name, handle, err)
	}
	return acc
}

// home lists the titles in somebody's home, newest first.
func (p *place) home(v parvis.Viewer) []string {
	p.t.Helper()
	entries, err := p.app.Home(bg, p.node, v, parvis.Page{})
	if err != nil {
		p.t.Fatal(err)
	}
	titles := []string{}
	for _, e := range entries {
		titles = append(titles, e.Post.Title)
	}
	return titles
}

func (p *place) picture(v parvis.Viewer) parvis.ID {
	p.t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 640, 480))
	for i := range m.Pix {
		m.Pix[i] = uint8(i * 7)
	}
	m.Set(1, 1, color.White)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		p.t.Fatal(err)
	}
	up, err := p.app.Upload(bg, p.node, v, app.NewPicture{Shape: app.Photo, File: &b})
	if err != nil {
		p.t.Fatal(err)
	}
	return up.ID
}

// onEachEngine runs a story on SQLite and PostgreSQL.
func onEachEngine(t *testing.T, story func(t *testing.T, e parvistest.Engine)) {
	for _, e := range parvistest.Engines(t) {
		t.Run(e.Name, func(t *testing.T) { story(t, e) })
	}
}

func TestAnOfferTravelsAndAnAnswerComesBack(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		net := newNetwork(t, e, "malakoff", "atelier")
		malakoff, atelier := net.places[0], net.places[1]
		jeanne, camille := malakoff.resident("jeanne", parvis.RoleResident), atelier.resident("camille", parvis.RoleResident)
		net.befriend(malakoff, atelier)

		d := drill(parvis.Everyone)
		d.EndsAt = net.clock.Now().Add(20 * 24 * time.Hour).Truncate(time.Minute)
		d.Media = []app.DraftMedia{{ID: malakoff.picture(jeanne), Description: "Une perceuse verte"}}
		sent := malakoff.publish(jeanne, d)
		net.settle()

		got := atelier.mustFind(camille, sent.URI)
		if diff := cmp.Diff(sent.Detail, got.Detail); diff != "" {
			t.Errorf("the offer's detail changed on its way (-sent +got):\n%s", diff)
		}
		if got.Title != sent.Title || got.State != parvis.Open || got.Audience != parvis.Everyone || got.Language != "fr" || !got.EndsAt.Equal(d.EndsAt) {
			t.Errorf("got %+v, want what was sent, %+v", got, sent)
		}
		if diff := cmp.Diff(sent.Place, got.Place); diff != "" {
			t.Errorf("the place changed on its way (-sent +got):\n%s", diff)
		}
		if !strings.Contains(got.HTML, "<strong>mèches</strong>") || strings.Contains(got.HTML, "Perceuse à percussion") {
			t.Errorf("the text arrived as %q, want it without the title and facts that others need", got.HTML)
		}
		if len(got.Media) != 1 || !got.Media[0].Ready() || got.Media[0].Description != "Une perceuse verte" {
			t.Errorf("got pictures %+v, want a copy of the one sent", got.Media)
		}
		list, err := atelier.app.List(bg, atelier.node, camille, storage.PostFilter{Kind: parvis.KindOffer, Where: storage.Elsewhere,
			Offer: &storage.OfferFilter{Purpose: parvis.PurposeOffer, Sorts: []parvis.Sort{parvis.SortObject}, Category: "tools"}}, parvis.Page{})
		if err != nil || len(list) != 1 {
			t.Errorf("the neighbour's list of tools holds %d offers, %v; want the one", len(list), err)
		}

		answer := atelier.publish(camille, app.Draft{Detail: &parvis.Note{}, Source: "Libre samedi ?", Audience: parvis.Everyone, ReplyTo: got.ID})
		net.settle()
		back := malakoff.mustFind(jeanne, answer.URI)
		if back.ReplyTo != sent.ID || !strings.Contains(back.HTML, "Libre samedi") {
			t.Errorf("the answer came back as %+v, want it under the offer", back)
		}
		told, err := malakoff.app.Notifications(bg, malakoff.node, jeanne, nil, parvis.Page{})
		if err != nil || len(told) != 1 || told[0].Type != parvis.NotifyMention {
			t.Errorf("jeanne was told %+v, %v; want one answer", told, err)
		}

		d.Title, d.Media = "Perceuse et ses douze mèches", []app.DraftMedia{{ID: sent.Media[0].ID, Description: "La même"}}
		if _, err := malakoff.app.Edit(bg, malakoff.node, jeanne, sent.ID, d); err != nil {
			t.Fatal(err)
		}
		for _, state := range []parvis.State{parvis.Reserved, parvis.Done, parvis.Open, parvis.Done} {
			if _, err := malakoff.app.SetState(bg, malakoff.node, jeanne, sent.ID, state); err != nil {
				t.Fatal(err)
			}
			net.settle()
			if got := atelier.mustFind(camille, sent.URI); got.State != state || got.Title != d.Title {
				t.Errorf("the neighbour sees %q as %s, want %q as %s", got.Title, got.State, d.Title, state)
			}
		}
		if err := malakoff.app.Delete(bg, malakoff.node, jeanne, sent.ID); err != nil {
			t.Fatal(err)
		}
		net.settle()
		if _, err := atelier.find(camille, sent.URI); !errors.Is(err, parvis.ErrGone) {
			t.Errorf("the neighbour still has the deleted offer: %v", err)
		}
	})
}

func TestEachAudienceGoesWhereItShould(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		net := newNetwork(t, e, "malakoff", "vanves", "lyon")
		malakoff, vanves, lyon := net.places[0], net.places[1], net.places[2]
		jeanne, karim := malakoff.resident("jeanne", parvis.RoleResident), malakoff.resident("karim", parvis.RoleResident)
		thu, ali := vanves.resident("thu", parvis.RoleResident), lyon.resident("ali", parvis.RoleResident)
		net.befriend(malakoff, vanves)
		lyon.follow(ali, "jeanne@"+malakoff.node.Host) // a stranger who follows the author
		net.settle()

		type seen struct{ Home, Partner, Stranger, Visitor bool }
		for audience, want := range map[parvis.Audience]seen{
			parvis.Everyone: {true, true, true, true},
			parvis.Partners: {true, true, false, false},
			parvis.OnNode:   {true, false, false, false},
		} {
			sent := malakoff.publish(jeanne, drill(audience))
			net.settle()
			can := func(p *place, v parvis.Viewer) bool {
				_, err := p.find(v, sent.URI)
				if err != nil && !errors.Is(err, parvis.ErrNotFound) {
					t.Errorf("%s: %v", audience, err)
				}
				return err == nil
			}
			got := seen{can(malakoff, karim), can(vanves, thu), can(lyon, ali), can(malakoff, parvis.Viewer{})}
			if got != want {
				t.Errorf("a post for %s is seen by %+v, want %+v", audience, got, want)
			}
			if audience != parvis.Everyone {
				if _, err := lyon.app.Remote.Post(bg, lyon.node, sent.URI); err == nil {
					t.Errorf("a stranger's server can fetch a post for %s", audience)
				}
				if can(vanves, parvis.Viewer{}) {
					t.Errorf("a visitor of the partner sees a post for %s", audience)
				}
			}
		}
		if got, want := lyon.home(ali), []string{"Perceuse à percussion"}; !cmp.Equal(got, want) {
			t.Errorf("the follower's home holds %q, want %q", got, want)
		}
	})
}

func TestAFollowerOfTheFeedAloneSeesItChange(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		net := newNetwork(t, e, "malakoff", "lyon")
		malakoff, lyon := net.places[0], net.places[1]
		jeanne, ali := malakoff.resident("jeanne", parvis.RoleResident), lyon.resident("ali", parvis.RoleResident)
		lyon.follow(ali, "@entraide@"+malakoff.node.Host)
		net.settle()

		sent := malakoff.publish(jeanne, drill(parvis.Everyone))
		malakoff.publish(jeanne, app.Draft{Detail: &parvis.Note{}, Source: "Une pensée.", Audience: parvis.Everyone})
		net.settle()
		if got, want := lyon.home(ali), []string{"Perceuse à percussion"}; !cmp.Equal(got, want) {
			t.Fatalf("the feed's follower sees %q, want %q", got, want)
		}
		if _, err := malakoff.app.SetState(bg, malakoff.node, jeanne, sent.ID, parvis.Done); err != nil {
			t.Fatal(err)
		}
		net.settle()
		if got := lyon.mustFind(ali, sent.URI); got.State != parvis.Done {
			t.Errorf("the feed's follower sees it as %s, want done", got.State)
		}
		if err := malakoff.app.Delete(bg, malakoff.node, jeanne, sent.ID); err != nil {
			t.Fatal(err)
		}
		net.settle()
		if got := lyon.home(ali); len(got) != 0 {
			t.Errorf("after the deletion the feed's follower sees %q", got)
		}
	})
}

func TestANodeThatWasDownMissesNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		net := newNetwork(t, e, "malakoff", "atelier")
		malakoff, atelier := net.places[0], net.places[1]
		jeanne, camille := malakoff.resident("jeanne", parvis.RoleResident), atelier.resident("camille", parvis.RoleResident)
		net.befriend(malakoff, atelier)

		atelier.down.Store(true)
		kept := malakoff.publish(jeanne, drill(parvis.Everyone))
		taken := malakoff.publish(jeanne, drill(parvis.Partners))
		net.settle()
		if _, err := malakoff.app.SetState(bg, malakoff.node, jeanne, kept.ID, parvis.Reserved); err != nil {
			t.Fatal(err)
		}
		if err := malakoff.app.Delete(bg, malakoff.node, jeanne, taken.ID); err != nil {
			t.Fatal(err)
		}
		for range 12 { // half a day of trying in vain
			net.clock.pass(time.Hour)
			net.settle()
		}
		atelier.down.Store(false)
		for range 30 {
			net.clock.pass(time.Hour)
			net.settle()
		}
		if got := atelier.mustFind(camille, kept.URI); got.State != parvis.Reserved {
			t.Errorf("the node that was down sees %s, want reserved", got.State)
		}
		if _, err := atelier.find(camille, taken.URI); err == nil {
			t.Error("the node that was down has a post that was deleted meanwhile")
		}
		left, err := malakoff.app.DB.Queues(bg)
		delete(left, parvis.JobLast) // what is offered ends much later
		delete(left, parvis.JobSettle)
		if err != nil || len(left) != 0 {
			t.Errorf("jobs are left: %v, %v", left, err)
		}
	})
}

func TestFollowsBothWays(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		net := newNetwork(t, e, "malakoff", "lyon")
		malakoff, lyon := net.places[0], net.places[1]
		jeanne, ali := malakoff.resident("jeanne", parvis.RoleResident), lyon.resident("ali", parvis.RoleResident)
		if _, err := malakoff.app.EditProfile(bg, malakoff.node, jeanne, app.Profile{Name: "Jeanne Morel", Locked: true}); err != nil {
			t.Fatal(err)
		}
		seen := lyon.follow(ali, "@jeanne@"+malakoff.node.Host)
		net.settle()
		relation := func() parvis.Relationship {
			r, err := lyon.app.Relationships(bg, lyon.node, ali, []parvis.ID{seen.ID})
			if err != nil {
				t.Fatal(err)
			}
			return r[seen.ID]
		}
		if r := relation(); r.Following || !r.Requested {
			t.Errorf("before the answer: %+v, want a request", r)
		}
		asked, err := malakoff.app.DB.Node(malakoff.node.ID).Followers(bg, jeanne.ID(), false, parvis.Page{})
		if err != nil || len(asked) != 1 {
			t.Fatalf("jeanne has %d requests, %v", len(asked), err)
		}
		if err := malakoff.app.AnswerFollow(bg, malakoff.node, jeanne, asked[0].Account.ID, parvis.VerbAccept); err != nil {
			t.Fatal(err)
		}
		malakoff.follow(jeanne, "@ali@"+lyon.node.Host)
		net.settle()
		if r := relation(); !r.Following || !r.FollowedBy {
			t.Errorf("after the answer: %+v, want follows both ways", r)
		}
		lyon.publish(ali, app.Draft{Detail: &parvis.Note{}, Source: "Bonjour de Lyon", Audience: parvis.Followers})
		net.settle()
		if got := malakoff.home(jeanne); len(got) != 1 {
			t.Errorf("jeanne's home holds %d posts, want the one for followers", len(got))
		}
		if err := lyon.app.Unfollow(bg, lyon.node, ali, seen.ID); err != nil {
			t.Fatal(err)
		}
		if err := malakoff.app.Block(bg, malakoff.node, jeanne, asked[0].Account.ID); err != nil {
			t.Fatal(err)
		}
		net.settle()
		if r := relation(); r.Following || r.FollowedBy || !r.BlockedBy {
			t.Errorf("after the block: %+v, want no follows", r)
		}
	})
}

func TestLikesSharesAndReportsTravel(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		net := newNetwork(t, e, "malakoff", "atelier", "lyon")
		malakoff, atelier, lyon := net.places[0], net.places[1], net.places[2]
		jeanne, camille, ali := malakoff.resident("jeanne", parvis.RoleResident), atelier.resident("camille", parvis.RoleResident), lyon.resident("ali", parvis.RoleResident)
		net.befriend(malakoff, atelier)
		lyon.follow(ali, "@camille@"+atelier.node.Host)
		sent := malakoff.publish(jeanne, drill(parvis.Everyone))
		net.settle()

		there := atelier.mustFind(camille, sent.URI)
		for _, do := range []func(context.Context, *parvis.Node, parvis.Viewer, parvis.ID) (*parvis.Post, error){atelier.app.Like, atelier.app.Share} {
			if _, err := do(bg, atelier.node, camille, there.ID); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := atelier.app.Report(bg, atelier.node, camille, parvis.Report{TargetID: there.AuthorID, PostIDs: []parvis.ID{there.ID}, Comment: "Annonce en double", Forward: true}); err != nil {
			t.Fatal(err)
		}
		net.settle()
		// The feed's own share counts too.
		if got := malakoff.mustFind(jeanne, sent.URI); got.Likes != 1 || got.Shares != 2 {
			t.Errorf("the offer has %d likes and %d shares, want 1 and 2", got.Likes, got.Shares)
		}
		if got, want := lyon.home(ali), []string{sent.Title}; !cmp.Equal(got, want) {
			t.Errorf("the sharer's follower sees %q, want %q", got, want)
		}
		reports, err := malakoff.app.OpenReports(bg, malakoff.node, parvis.Viewer{Role: parvis.RoleModerator}, parvis.Page{})
		if err != nil || len(reports) != 1 || reports[0].Comment != "Annonce en double" || len(reports[0].PostIDs) != 1 {
			t.Errorf("the team has %+v, %v; want the report", reports, err)
		}
		if _, err := atelier.app.Unlike(bg, atelier.node, camille, there.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := atelier.app.Unshare(bg, atelier.node, camille, there.ID); err != nil {
			t.Fatal(err)
		}
		net.settle()
		if got := malakoff.mustFind(jeanne, sent.URI); got.Likes != 0 || got.Shares != 1 {
			t.Errorf("taken back, the offer has %d likes and %d shares, want 0 and 1", got.Likes, got.Shares)
		}
		if got := lyon.home(ali); len(got) != 0 {
			t.Errorf("taken back, the sharer's follower still sees %q", got)
		}
	})
}

func TestFiveNodes(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		names := []string{"malakoff", "vanves", "montrouge", "clamart", "atelier"}
		net := newNetwork(t, e, names...)
		for i, a := range net.places {
			for _, b := range net.places[i+1:] {
				net.befriend(a, b)
			}
		}
		for _, p := range net.places {
			p.publish(p.resident("jeanne", parvis.RoleResident), drill(parvis.Partners))
		}
		net.settle()
		for _, p := range net.places {
			claire := parvis.Viewer{Account: &parvis.Account{}, Role: parvis.RoleAdmin}
			list, err := p.app.List(bg, p.node, claire, storage.PostFilter{Kind: parvis.KindOffer}, parvis.Page{})
			if err != nil || len(list) != len(names) {
				t.Errorf("%s lists %d offers, %v; want %d", p.name, len(list), err, len(names))
			}
		}
		// A conversation among three nodes: each answer reaches the offer's author.
		offer := net.places[0].publish(net.places[0].resident("odile", parvis.RoleResident), drill(parvis.Everyone))
		net.settle()
		for _, p := range net.places[1:3] {
			v := p.resident("paul", parvis.RoleResident)
			p.publish(v, app.Draft{Detail: &parvis.Note{}, Source: "Je suis preneur.", Audience: parvis.Everyone, ReplyTo: p.mustFind(v, offer.URI).ID})
		}
		net.settle()
		if got := net.places[0].mustFind(parvis.Viewer{}, offer.URI); got.Replies != 2 {
			t.Errorf("the offer has %d answers, want 2", got.Replies)
		}
	})
}

func TestADeletedAccountIsForgottenElsewhere(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		net := newNetwork(t, e, "malakoff", "atelier")
		malakoff, atelier := net.places[0], net.places[1]
		jeanne, camille := malakoff.resident("jeanne", parvis.RoleResident), atelier.resident("camille", parvis.RoleResident)
		net.befriend(malakoff, atelier)
		sent := malakoff.publish(jeanne, drill(parvis.Everyone))
		net.settle()
		atelier.mustFind(camille, sent.URI)
		if err := malakoff.app.DeleteAccount(bg, malakoff.node, "jeanne"); err != nil {
			t.Fatal(err)
		}
		net.settle()
		if _, err := atelier.find(camille, sent.URI); !errors.Is(err, parvis.ErrGone) {
			t.Errorf("the neighbour still has the offer: %v", err)
		}
		if _, err := atelier.app.Profile(bg, atelier.node, "jeanne@"+malakoff.node.Host); !errors.Is(err, parvis.ErrGone) {
			t.Errorf("the neighbour still has the profile: %v", err)
		}
	})
}
