package web

import (
	"net/http"
	"strings"

	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/web/templates"
)

func rules(v *visit) error { return v.prose("rules") }

func privacy(v *visit) error { return v.prose("privacy") }

func accessibility(v *visit) error { return v.prose("access") }

// prose shows a text of the catalogue: Markdown, with "## " before headings.
func (v *visit) prose(name string) error {
	pg := v.newPage(templates.NoSection, v.T("web."+name+".title"))
	chapters := strings.Split(v.T("web."+name+".text", "Node", v.node.Name), "\n## ")
	page := templates.TextPage{Title: pg.Title, Lead: html(chapters[0])}
	for _, chapter := range chapters[1:] {
		heading, body, _ := strings.Cut(chapter, "\n")
		page.Sections = append(page.Sections, templates.TextSection{Heading: heading, HTML: html(body)})
	}
	return v.show(http.StatusOK, pg, templates.TextView(pg, page))
}

func html(markdown string) string { return text.Markdown(markdown, text.Links{}).HTML }
