package app_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// present changes what somebody says of themself.
func (w *town) present(v parvis.Viewer, p app.Profile) {
	w.t.Helper()
	must[*parvis.Account](w.t)(w.EditProfile(w.ctx, w.node, v, p))
	w.jobs()
}

// found lists whom the directory shows.
func (w *town) found(v parvis.Viewer, q app.DirectoryQuery) string {
	w.t.Helper()
	var names []string
	for _, p := range must[[]app.Listed](w.t)(w.Directory(w.ctx, w.node, v, q, parvis.Page{})) {
		names = append(names, p.Username)
	}
	slices.Sort(names) // they all joined at the same moment
	return strings.Join(names, " ")
}

func TestPresentation(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.Words = func(_, key string, _ ...any) string { return key }
		said := parvis.Presentation{Languages: []string{"fr", "ar"}, Offers: []string{"Réparer un vélo", "Couture"}, Seeks: []string{"Tailler <une> haie"},
			Links: []parvis.Link{{Name: "Atelier", URL: "https://atelier.example/?a=1&b=2"}}, SkillsFor: parvis.Everyone, LinksFor: parvis.Everyone}
		acc := must[*parvis.Account](t)(w.EditProfile(w.ctx, w.node, w.jeanne, app.Profile{Name: "Jeanne", Quarter: "Centre", Presentation: said}))
		if diff := cmp.Diff(&said, must[*parvis.Presentation](t)(w.Presentation(w.ctx, w.node, parvis.Viewer{}, acc))); diff != "" {
			t.Errorf("-said +seen\n%s", diff)
		}
		want := []parvis.Field{{Name: "Atelier", Value: `<a href="https://atelier.example/?a=1&amp;b=2" rel="me nofollow noopener" target="_blank">atelier.example/?a=1&amp;b=2</a>`},
			{Name: "profile.offers", Value: "Réparer un vélo, Couture"}, {Name: "profile.seeks", Value: "Tailler &lt;une&gt; haie"},
			{Name: "profile.languages", Value: "language.fr, language.ar"}}
		if diff := cmp.Diff(want, acc.Fields); diff != "" {
			t.Errorf("others are told: -want +got\n%s", diff)
		}
		w.do(w.VerifyLinks(w.ctx, w.node, acc.ID, map[string]bool{"https://atelier.example/?a=1&b=2": true, "https://autre.example": true}))
		stored := must[*parvis.Account](t)(w.rows().Account(w.ctx, acc.ID))
		if !stored.Fields[0].VerifiedAt.Equal(w.now) || stored.Version <= acc.Version {
			t.Errorf("a verified link is %+v", stored.Fields[0])
		}
		// What is verified stays so while the address does; what is for residents leaves the wire.
		said.Links[0].Name, said.SkillsFor = "Mon atelier", parvis.OnNode
		acc = must[*parvis.Account](t)(w.EditProfile(w.ctx, w.node, w.jeanne, app.Profile{Presentation: said, QuarterFor: parvis.OnNode, Quarter: "Centre"}))
		if len(acc.Fields) != 1 || acc.Fields[0].VerifiedAt.IsZero() {
			t.Errorf("others are told %+v", acc.Fields)
		}
		seen := must[*parvis.Presentation](t)(w.Presentation(w.ctx, w.node, parvis.Viewer{}, acc))
		if len(seen.Offers)+len(seen.Seeks)+len(seen.Languages) != 0 || len(seen.Links) != 1 {
			t.Errorf("a visitor sees %+v", seen)
		}
		if seen := must[*parvis.Presentation](t)(w.Presentation(w.ctx, w.node, w.karim, acc)); len(seen.Offers) != 2 {
			t.Errorf("a resident sees %+v", seen)
		}
		w.do(w.VerifyLinks(w.ctx, w.node, acc.ID, map[string]bool{"https://atelier.example/?a=1&b=2": false}))
		if stored := must[*parvis.Account](t)(w.rows().Account(w.ctx, acc.ID)); !stored.Fields[0].VerifiedAt.IsZero() {
			t.Error("a link that leads back no more stays verified")
		}
		_, err := w.EditProfile(w.ctx, w.node, w.jeanne, app.Profile{Name: strings.Repeat("J", 61), Listed: parvis.Followers,
			Presentation: parvis.Presentation{Languages: []string{"klingon"}, Links: []parvis.Link{{URL: "javascript:alert(1)"}}}})
		for field, key := range map[string]string{"name": "account.name.long", "listed": "profile.audience", "languages": "profile.language", "links": "profile.link"} {
			w.invalid(field, err, field, key)
		}
		w.do(w.DeleteAccount(w.ctx, w.node, "jeanne"))
		if said := must[*parvis.Presentation](t)(w.rows().Presentation(w.ctx, acc.ID)); len(said.Links)+len(said.Offers) != 0 {
			t.Errorf("a deleted account still says %+v", said)
		}
	})
}

func TestDirectory(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		visitor := parvis.Viewer{}
		w.present(w.jeanne, app.Profile{Quarter: "Centre", Listed: parvis.Everyone, Presentation: parvis.Presentation{
			Languages: []string{"fr", "ar"}, Offers: []string{"Réparer des vélos"}, Seeks: []string{"Couture"}}})
		w.present(w.karim, app.Profile{Quarter: "Barbusse", QuarterFor: parvis.OnNode, Listed: parvis.Everyone, Presentation: parvis.Presentation{
			Languages: []string{"ar"}, Offers: []string{"couture"}, Seeks: []string{"réparer mon vélo"}, SkillsFor: parvis.OnNode}})
		w.present(w.odile, app.Profile{Quarter: "Centre", Listed: parvis.OnNode, Presentation: parvis.Presentation{Offers: []string{"Vélo"}}})

		for _, test := range []struct {
			name string
			v    parvis.Viewer
			q    app.DirectoryQuery
			want string
		}{
			{"everybody, for residents", w.jeanne, app.DirectoryQuery{}, "jeanne karim odile"},
			{"everybody, for visitors", visitor, app.DirectoryQuery{}, "jeanne karim"},
			{"a skill in another form", w.karim, app.DirectoryQuery{Role: parvis.TagOffers, Words: "réparer un vélo"}, "jeanne"},
			{"what is sought", w.jeanne, app.DirectoryQuery{Role: parvis.TagSeeks, Words: "COUTURE"}, "jeanne"},
			{"a skill for residents", w.jeanne, app.DirectoryQuery{Role: parvis.TagOffers, Words: "couture"}, "karim"},
			{"the same, for visitors", visitor, app.DirectoryQuery{Role: parvis.TagOffers, Words: "couture"}, ""},
			{"a language", w.jeanne, app.DirectoryQuery{Language: "ar"}, "jeanne karim"},
			{"the same, for visitors", visitor, app.DirectoryQuery{Language: "ar"}, "jeanne"},
			{"a skill and a language", w.jeanne, app.DirectoryQuery{Role: parvis.TagOffers, Words: "couture", Language: "fr"}, ""},
			{"a neighbourhood", w.jeanne, app.DirectoryQuery{Quarter: "Barbusse"}, "karim"},
			{"the same, for visitors", visitor, app.DirectoryQuery{Quarter: "Barbusse"}, ""},
		} {
			if got := w.found(test.v, test.q); got != test.want {
				t.Errorf("%s: %q, want %q", test.name, got, test.want)
			}
		}
		first := must[[]app.Listed](t)(w.Directory(w.ctx, w.node, w.jeanne, app.DirectoryQuery{}, parvis.Page{Limit: 1}))
		next := must[[]app.Listed](t)(w.Directory(w.ctx, w.node, w.jeanne, app.DirectoryQuery{}, parvis.Page{Limit: 2, Before: first[0].ID}))
		if len(next) != 2 || next[0].ID >= first[0].ID || next[1].ID >= next[0].ID {
			t.Errorf("pages: %+v, %+v", first, next)
		}
		for _, seen := range must[[]app.Listed](t)(w.Directory(w.ctx, w.node, visitor, app.DirectoryQuery{}, parvis.Page{})) {
			if got := len(seen.Offers) == 1; got != (seen.Username == "jeanne") {
				t.Errorf("a visitor sees that %s offers %v", seen.Username, seen.Offers)
			}
		}
		matches := func(v parvis.Viewer) (names string) {
			for _, p := range must[[]app.Listed](t)(w.Matches(w.ctx, w.node, v)) {
				names += p.Username + " "
			}
			return names
		}
		// Karim can sew, which Jeanne seeks; but "réparer mon vélo" says the same as her "réparer des vélos".
		if got := matches(w.jeanne); got != "karim " {
			t.Errorf("for Jeanne: %q", got)
		}
		if got := matches(w.odile); got != "" {
			t.Errorf("for Odile: %q", got)
		}
		if got := matches(visitor); got != "" {
			t.Errorf("for a visitor: %q", got)
		}
		w.do(w.Block(w.ctx, w.node, w.karim, w.jeanne.ID()))
		if got := w.found(w.jeanne, app.DirectoryQuery{}); got != "jeanne odile" {
			t.Errorf("who blocked her is listed: %q", got)
		}
		if got := matches(w.jeanne); got != "" {
			t.Errorf("who blocked her is a match: %q", got)
		}
		w.do(w.Suspend(w.ctx, w.node, "karim", false))
		w.present(w.odile, app.Profile{Quarter: "Centre"})
		if got := w.found(w.jeanne, app.DirectoryQuery{}); got != "jeanne" {
			t.Errorf("who is suspended, or left it, is listed: %q", got)
		}
	})
}
