package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// What Jeanne says of herself for everyone is told another node as lines of her
// profile, and nothing else; her own site is seen to link back.
func TestProfilesTravel(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		net := newNetwork(t, e, "malakoff", "vanves")
		malakoff, vanves := net.places[0], net.places[1]
		jeanne, paul := malakoff.resident("jeanne", parvis.RoleResident), vanves.resident("paul", parvis.RoleResident)
		var back atomic.Bool
		site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			rel := "nofollow"
			if back.Load() {
				rel = "me"
			}
			fmt.Fprintf(w, `<!doctype html><p><a rel="%s" href="%s">à Malakoff</a>`, rel, malakoff.node.URL("/@jeanne"))
		}))
		defer site.Close()
		picture := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			fmt.Fprintf(w, `<a rel="me" href="%s">`, malakoff.node.URL("/@jeanne"))
		}))
		defer picture.Close()
		profile := app.Profile{Name: "Jeanne", Quarter: "Barbusse", Listed: parvis.Everyone, Presentation: parvis.Presentation{
			Offers: []string{"réparer un vélo"}, Links: []parvis.Link{{Name: "Site", URL: site.URL + "/"}, {Name: "Image", URL: picture.URL + "/"}}}}
		edit := func() []parvis.Link {
			t.Helper()
			if _, err := malakoff.app.EditProfile(bg, malakoff.node, jeanne, profile); err != nil {
				t.Fatal(err)
			}
			net.settle()
			said, err := malakoff.app.Presentation(bg, malakoff.node, jeanne, jeanne.Account)
			if err != nil {
				t.Fatal(err)
			}
			return said.Links
		}
		if links := edit(); !links[0].VerifiedAt.IsZero() || !links[1].VerifiedAt.IsZero() {
			t.Errorf("links that do not lead back are verified: %+v", links)
		}
		back.Store(true)
		if links := edit(); links[0].VerifiedAt.IsZero() || !links[1].VerifiedAt.IsZero() {
			t.Errorf("want the page verified, and not what is no page: %+v", links)
		}

		if err := vanves.app.Follow(bg, vanves.node, paul, vanves.lookUp("jeanne@"+malakoff.node.Host).ID); err != nil {
			t.Fatal(err)
		}
		net.settle()
		seen := func() string {
			words := ""
			for _, f := range vanves.lookUp("jeanne@" + malakoff.node.Host).Fields {
				words += f.Name + ": " + f.Value + "\n"
			}
			return words
		}
		if got := seen(); !strings.Contains(got, "Sait faire: réparer un vélo") || !strings.Contains(got, site.URL) {
			t.Errorf("vanves reads %q", got)
		}
		if doc := malakoff.object("/@jeanne"); !strings.Contains(doc, `"discoverable":true`) || !strings.Contains(doc, `rel=\"me `) || strings.Contains(doc, "Barbusse") {
			t.Errorf("others read %s", doc)
		}
		profile.Listed, profile.Presentation.SkillsFor = parvis.OnNode, parvis.OnNode
		edit()
		if got := seen(); strings.Contains(got, "vélo") {
			t.Errorf("vanves still reads %q", got)
		}
		if doc := malakoff.object("/@jeanne"); !strings.Contains(doc, `"discoverable":false`) || strings.Contains(doc, "vélo") {
			t.Errorf("others read %s", doc)
		}
	})
}

// lookUp finds somebody of another node.
func (p *place) lookUp(acct string) *parvis.Account {
	p.t.Helper()
	acc, err := p.app.Lookup(bg, p.node, acct)
	if err != nil {
		p.t.Fatal(err)
	}
	return acc
}

// object reads an object as other servers do.
func (p *place) object(path string) string {
	p.t.Helper()
	r := httptest.NewRequest(http.MethodGet, p.node.URL(path), nil)
	r.Header.Set("Accept", "application/activity+json")
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		p.t.Fatalf("%s: status %d", path, w.Code)
	}
	return w.Body.String()
}
