package web

import (
	"net/http"
	"strings"

	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/web/templates"
)

func privacy(v *visit) error { return v.prose("privacy") }

func accessibility(v *visit) error { return v.prose("access") }

// prose shows a text of the catalogue.
func (v *visit) prose(name string) error {
	pg := v.newPage(templates.NoSection, v.T("web."+name+".title"))
	return v.show(http.StatusOK, pg, templates.TextView(pg, v.chapters(pg.Title, v.T("web."+name+".text", "Node", v.node.Name))))
}

// chapters reads a text: Markdown, with "## " before headings.
func (v *visit) chapters(title, source string) templates.TextPage {
	chapters := strings.Split("\n"+source, "\n## ")
	page := templates.TextPage{Title: title, Lead: html(chapters[0])}
	for _, chapter := range chapters[1:] {
		heading, body, _ := strings.Cut(chapter, "\n")
		page.Sections = append(page.Sections, templates.TextSection{Heading: strings.TrimSpace(heading), HTML: html(body)})
	}
	return page
}

func html(markdown string) string { return text.Markdown(markdown, text.Links{}).HTML }
