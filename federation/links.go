package federation

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// maxLinkedPage is how much of a page is read that a profile links to.
const maxLinkedPage = 1 << 20

// links runs a JobLinks: it looks whether the pages that a profile links to link back
// with rel="me" (https://microformats.org/wiki/rel-me). A page that cannot be read
// says nothing, for or against.
func (s *Server) links(ctx context.Context, j *parvis.Job) error {
	n, args, err := begin[parvis.LinksArgs](ctx, s, j)
	if err != nil {
		return err
	}
	acc, err := s.rows(n).Account(ctx, args.Account)
	if err != nil {
		return settle(err)
	}
	said, err := s.rows(n).Presentation(ctx, acc.ID)
	if err != nil {
		return err
	}
	found := make(map[string]bool)
	for _, l := range said.Links {
		if s.welcome(ctx, n, l.URL) != nil {
			continue // blocked: nobody asks there
		}
		page, _, err := s.client.GetBytes(ctx, l.URL, maxLinkedPage, "text/html", "application/xhtml+xml")
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			found[l.URL] = linksBack(page, l.URL, acc.URL, acc.URI)
		}
	}
	return s.app.VerifyLinks(ctx, n, acc.ID, found)
}

// linksBack reports whether a page, found at an address, says that one of the
// profiles is by the same person.
func linksBack(page []byte, address string, profiles ...string) bool {
	base, err := url.Parse(address)
	if err != nil {
		return false
	}
	tokens := html.NewTokenizer(strings.NewReader(string(page)))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return false
		case html.StartTagToken, html.SelfClosingTagToken:
			t := tokens.Token()
			if t.DataAtom != atom.A && t.DataAtom != atom.Link && t.DataAtom != atom.Area {
				continue
			}
			if href := hrefOfMe(t.Attr, base); href != "" && slices.ContainsFunc(profiles, func(p string) bool { return samePage(href, p) }) {
				return true
			}
		}
	}
}

// hrefOfMe returns where a link with rel="me" leads, or nothing.
func hrefOfMe(attrs []html.Attribute, base *url.URL) string {
	rel, href := "", ""
	for _, a := range attrs {
		switch a.Key {
		case "rel":
			rel = a.Val
		case "href":
			href = a.Val
		}
	}
	if !slices.ContainsFunc(strings.Fields(rel), func(r string) bool { return strings.EqualFold(r, "me") }) {
		return ""
	}
	to, err := base.Parse(strings.TrimSpace(href))
	if err != nil {
		return ""
	}
	return to.String()
}

// samePage compares addresses as people take them for the same.
func samePage(a, b string) bool {
	one, errOne := url.Parse(a)
	two, errTwo := url.Parse(b)
	return errOne == nil && errTwo == nil && one.Scheme == two.Scheme && strings.EqualFold(one.Host, two.Host) &&
		strings.EqualFold(strings.TrimSuffix(one.Path, "/"), strings.TrimSuffix(two.Path, "/")) && one.RawQuery == two.RawQuery
}
