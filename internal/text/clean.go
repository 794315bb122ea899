// Package text turns what people and other servers write into what a page may show: Markdown into HTML, foreign HTML into
// harmless HTML, HTML into plain text, and text into the words that a search compares. It reads nothing from the world: who is
// mentioned is asked of a callback.
package text

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// MaxHTML is how many bytes of foreign HTML Clean reads; what follows is dropped.
const MaxHTML = 64 << 10

// Clean returns the part of foreign HTML that a page may show: Mastodon's elements, links to the web and mail only, headings as bold
// paragraphs. The result is well formed, so it cannot close an element of the page around it, and cleaning it again changes nothing.
func Clean(source string) string {
	return clean(cut(source, MaxHTML))
}

// policy is built once: bluemonday's policies are safe to share after that.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "span", "del", "s", "pre", "blockquote", "code", "b", "strong", "u", "i", "em", "ul", "ol", "li")
	p.AllowElements("h1", "h2", "h3", "h4", "h5", "h6") // turned into paragraphs by tidy
	p.AllowAttrs("href", "rel").OnElements("a")
	p.AllowAttrs("class").OnElements("a", "span", "p") // filtered by tidy
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,4}$`)).OnElements("ol")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	p.AllowURLSchemes("mailto")
	p.AllowURLSchemeWithCustomPolicy("http", isWebPage)
	p.AllowURLSchemeWithCustomPolicy("https", isWebPage)
	p.SkipElementsContent("svg", "math", "template", "textarea", "select", "audio", "video", "canvas", "head")
	return p
})

// isWebPage refuses addresses that pretend to be another host: https://mairie.example@evil.example/.
func isWebPage(u *url.URL) bool { return u.Host != "" && u.User == nil }

// clean sanitises first and parses after: the parser then sees only harmless elements and closes those left open.
func clean(source string) string {
	safe := policy().Sanitize(strings.Map(dropControl, strings.ToValidUTF8(source, "\uFFFD")))
	body := &xhtml.Node{Type: xhtml.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := xhtml.ParseFragment(strings.NewReader(safe), body)
	if err != nil { // nested deeper than any text: show it as it is
		return "<p>" + html.EscapeString(strings.TrimSpace(Plain(safe))) + "</p>"
	}
	for _, n := range nodes {
		body.AppendChild(n)
	}
	tidy(body)
	var out strings.Builder
	for n := body.FirstChild; n != nil; n = n.NextSibling {
		if err := xhtml.Render(&out, n); err != nil {
			return html.EscapeString(Plain(safe))
		}
	}
	return strings.TrimSpace(out.String())
}

// dropControl removes characters that no text needs and that some parsers skip over.
func dropControl(r rune) rune {
	if r < ' ' && r != '\n' && r != '\t' || r == 0x7F {
		return -1
	}
	return r
}

// tidy puts the tree below n into its final form, children first.
func tidy(n *xhtml.Node) {
	for child := n.FirstChild; child != nil; {
		next := child.NextSibling
		switch child.Type {
		case xhtml.TextNode:
			child.Data = strings.Map(dropControl, child.Data) // again: some come as entities
		case xhtml.ElementNode:
			tidy(child)
			tidyElement(child)
		}
		child = next
	}
}

func tidyElement(n *xhtml.Node) {
	switch n.DataAtom {
	case atom.A:
		if n.Attr = linkAttributes(n.Attr); n.Attr == nil {
			unwrap(n)
		}
	case atom.P, atom.Span:
		n.Attr = classAttribute(n.Attr)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		flattenHeading(n)
	}
}

// linkAttributes keeps what a link may say, in one order, and adds that we vouch for no foreign page. Without an address there is no link.
func linkAttributes(attrs []xhtml.Attribute) []xhtml.Attribute {
	href := attribute(attrs, "href")
	if href == "" {
		return nil
	}
	rel := "nofollow noopener noreferrer"
	for _, token := range strings.Fields(attribute(attrs, "rel")) {
		if strings.EqualFold(token, "tag") {
			rel = "tag " + rel
			break
		}
	}
	kept := []xhtml.Attribute{{Key: "href", Val: href}}
	kept = append(kept, classAttribute(attrs)...)
	return append(kept, xhtml.Attribute{Key: "rel", Val: rel})
}

// classAttribute keeps microformats and the classes by which the fediverse marks mentions, hashtags and shortened addresses.
func classAttribute(attrs []xhtml.Attribute) []xhtml.Attribute {
	var kept []string
	for _, class := range strings.Fields(attribute(attrs, "class")) {
		switch {
		case class == "mention", class == "hashtag", class == "ellipsis", class == "invisible",
			strings.HasPrefix(class, "h-"), strings.HasPrefix(class, "p-"), strings.HasPrefix(class, "u-"):
			kept = append(kept, class)
		}
	}
	if kept == nil {
		return nil
	}
	return []xhtml.Attribute{{Key: "class", Val: strings.Join(kept, " ")}}
}

func attribute(attrs []xhtml.Attribute, key string) string {
	for _, a := range attrs {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// flattenHeading makes a bold paragraph of a heading, as Mastodon does, so that a post cannot disturb the outline of our page.
func flattenHeading(n *xhtml.Node) {
	if hasBlock(n) {
		unwrap(n)
		return
	}
	strong := &xhtml.Node{Type: xhtml.ElementNode, Data: "strong", DataAtom: atom.Strong}
	for child := n.FirstChild; child != nil; child = n.FirstChild {
		n.RemoveChild(child)
		strong.AppendChild(child)
	}
	n.Data, n.DataAtom, n.Attr = "p", atom.P, nil
	n.AppendChild(strong)
}

func hasBlock(n *xhtml.Node) bool {
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		switch child.DataAtom {
		case atom.P, atom.Pre, atom.Blockquote, atom.Ul, atom.Ol, atom.Li:
			return true
		}
		if hasBlock(child) {
			return true
		}
	}
	return false
}

// unwrap puts an element's children in its place.
func unwrap(n *xhtml.Node) {
	parent := n.Parent
	for child := n.FirstChild; child != nil; child = n.FirstChild {
		n.RemoveChild(child)
		parent.InsertBefore(child, n)
	}
	parent.RemoveChild(n)
}

// cut shortens s to at most n bytes without breaking a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
