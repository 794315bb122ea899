package web

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// presentationForm fills the form with what a resident said before.
func presentationForm(acc *parvis.Account, p *parvis.Presentation) templates.PresentationForm {
	f := templates.PresentationForm{Offers: strings.Join(p.Offers, "\n"), Seeks: strings.Join(p.Seeks, "\n"), Languages: p.Languages,
		QuarterFor: string(acc.QuarterAudience), SkillsFor: string(p.SkillsFor), LinksFor: string(p.LinksFor), Listed: string(acc.Listed)}
	for i, l := range p.Links[:min(len(p.Links), parvis.MaxLinks)] {
		f.LinkNames[i], f.LinkURLs[i] = l.Name, l.URL
	}
	return f
}

// readPresentation reads the form as it was sent.
func readPresentation(in url.Values) templates.PresentationForm {
	f := templates.PresentationForm{Offers: in.Get("offers"), Seeks: in.Get("seeks"), Languages: in["language"],
		QuarterFor: in.Get("quarterfor"), SkillsFor: in.Get("skillsfor"), LinksFor: in.Get("linksfor"), Listed: in.Get("listed")}
	for i := range f.LinkURLs {
		number := strconv.Itoa(i + 1)
		f.LinkNames[i], f.LinkURLs[i] = strings.TrimSpace(in.Get("linkname"+number)), strings.TrimSpace(in.Get("link"+number))
	}
	return f
}

// present says in a change of profile what the form says.
func present(change *app.Profile, f templates.PresentationForm) {
	change.QuarterFor, change.Listed = parvis.Audience(f.QuarterFor), parvis.Audience(f.Listed)
	change.Presentation = parvis.Presentation{Languages: f.Languages, Offers: parvis.SplitSkills(f.Offers), Seeks: parvis.SplitSkills(f.Seeks),
		SkillsFor: parvis.Audience(f.SkillsFor), LinksFor: parvis.Audience(f.LinksFor)}
	for i, address := range f.LinkURLs {
		if address == "" && f.LinkNames[i] == "" {
			continue
		}
		if address != "" && !strings.Contains(address, "://") {
			address = "https://" + address // as people write addresses
		}
		change.Presentation.Links = append(change.Presentation.Links, parvis.Link{Name: f.LinkNames[i], URL: address})
	}
}
