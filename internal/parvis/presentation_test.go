package parvis_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

func TestPresentationValidate(t *testing.T) {
	t.Parallel()
	good := parvis.Presentation{Languages: []string{"fr", "fsl"}, Offers: []string{"Réparer un vélo"}, SkillsFor: parvis.OnNode, LinksFor: parvis.Everyone,
		Links: []parvis.Link{{Name: "Mon atelier", URL: "https://atelier.example/jeanne"}}}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for field, change := range map[string]func(*parvis.Presentation){
		"languages": func(p *parvis.Presentation) { p.Languages = []string{"klingon"} },
		"offers":    func(p *parvis.Presentation) { p.Offers = []string{strings.Repeat("é", parvis.MaxSkill+1)} },
		"seeks":     func(p *parvis.Presentation) { p.Seeks = slices.Repeat([]string{"coudre"}, parvis.MaxSkills+1) },
		"skillsfor": func(p *parvis.Presentation) { p.SkillsFor = parvis.Followers },
		"links":     func(p *parvis.Presentation) { p.Links = slices.Repeat(p.Links, parvis.MaxLinks+1) },
	} {
		p := good
		change(&p)
		var e *parvis.InvalidError
		if err := p.Validate(); !errors.As(err, &e) || e.Problems[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, address := range []string{"", "atelier.example", "javascript:alert(1)", "ftp://atelier.example", "https://", "https://jeanne:x@atelier.example/",
		"https://atelier.example/" + strings.Repeat("a", parvis.MaxLinkURL)} {
		p := good
		p.Links = []parvis.Link{{URL: address}}
		if p.Validate() == nil {
			t.Errorf("%q is a link", address)
		}
	}
}

func TestSplitSkills(t *testing.T) {
	t.Parallel()
	got := parvis.SplitSkills(" Réparer  un vélo,\r\n couture ;#Jardin\n\nCOUTURE , ")
	if want := []string{"Réparer un vélo", "couture", "Jardin"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestLinkLabel(t *testing.T) {
	t.Parallel()
	if got := (parvis.Link{URL: "https://www.atelier.example/"}).Label(); got != "atelier.example" {
		t.Error(got)
	}
}

func TestPresentationFor(t *testing.T) {
	t.Parallel()
	jeanne := parvis.Viewer{Account: &parvis.Account{ID: 1}, Role: parvis.RoleResident}
	karim := parvis.Viewer{Account: &parvis.Account{ID: 2}, Role: parvis.RoleResident}
	stranger := parvis.Viewer{Account: &parvis.Account{ID: 3, Domain: "autre.example"}}
	acc := &parvis.Account{ID: 1, Quarter: "Barbusse", QuarterAudience: parvis.OnNode}
	p := parvis.Presentation{Languages: []string{"ar"}, Offers: []string{"couture"}, Seeks: []string{"jardin"}, SkillsFor: parvis.OnNode,
		Links: []parvis.Link{{URL: "https://a.example", VerifiedAt: time.Now()}}, LinksFor: parvis.Everyone}
	for name, test := range map[string]struct {
		v    parvis.Viewer
		sees bool
	}{"herself": {jeanne, true}, "a resident": {karim, true}, "a visitor": {parvis.Viewer{}, false}, "a stranger": {stranger, false}} {
		seen := p.For(test.v, 1)
		if got := len(seen.Offers) > 0 || len(seen.Seeks) > 0 || len(seen.Languages) > 0; got != test.sees || len(seen.Links) != 1 {
			t.Errorf("%s sees %+v", name, seen)
		}
		if got := acc.QuarterFor(test.v) != ""; got != test.sees {
			t.Errorf("%s sees %q", name, acc.QuarterFor(test.v))
		}
	}
}
