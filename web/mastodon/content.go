package mastodon

import (
	"html"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// said are the states worth a word; an open post needs none.
var said = map[parvis.State]string{parvis.Reserved: "mastodon.state.reserved", parvis.Done: "mastodon.state.done"}

// content says a whole post in HTML: its title, its facts in words, its text,
// and a link to the page where one can do more. A post that is only text is only
// its text.
func (c *call) content(p *parvis.Post) string {
	facts := c.facts(p)
	if p.Kind() == parvis.KindQuestion {
		facts = nil // apps show it
	}
	if p.Title == "" && len(facts) == 0 {
		return p.HTML
	}
	var b strings.Builder
	b.Grow(len(p.HTML) + 512)
	if p.Title != "" {
		b.WriteString("<p><strong>" + html.EscapeString(p.Title) + "</strong></p>")
	}
	if len(facts) > 0 {
		b.WriteString("<p>" + strings.Join(facts, "<br>") + "</p>")
	}
	b.WriteString(p.HTML)
	if len(facts) == 0 {
		return b.String()
	}
	// The address is its own text: not every app shows where a link leads.
	page := html.EscapeString(orElse(p.URL, p.URI))
	b.WriteString(`<p><a href="` + page + `" rel="nofollow noopener" target="_blank">` + page + "</a></p>")
	return b.String()
}

// facts lists what a post's detail and envelope say besides the text, as HTML.
func (c *call) facts(p *parvis.Post) []string {
	var lines []string
	line := func(label, value string) {
		lines = append(lines, html.EscapeString(c.words.T(label)+c.words.T("mastodon.colon")+value))
	}
	if key := said[p.State]; key != "" {
		lines = append(lines, html.EscapeString(c.words.T(key)))
	}
	if p.Detail != nil {
		for _, f := range p.Detail.Facts() {
			if f.Text != "" {
				line(f.Label, f.Text)
			} else {
				line(f.Label, c.words.T(f.Term))
			}
		}
	}
	if p.Place != nil && p.Place.Name != "" {
		line("mastodon.place", p.Place.Name)
	}
	if !p.EndsAt.IsZero() {
		line("mastodon.ends", c.words.FullDay(p.EndsAt))
	}
	return lines
}
