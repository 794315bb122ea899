package mastodon

import (
	"net/url"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// Sizes of pages that were asked for without a limit, as Mastodon's.
const (
	statusesPage = 20
	accountsPage = 40
)

// page reads which part of a list is wanted.
func (c *call) page(size int) (parvis.Page, error) {
	p := parvis.Page{Limit: c.in.limit(size)}
	for name, id := range map[string]*parvis.ID{"max_id": &p.Before, "since_id": &p.After, "min_id": &p.From} {
		var err error
		if *id, err = c.in.id(name); err != nil {
			return p, err
		}
	}
	return p, nil
}

// link tells where the pages before and after one are, given the ids of its
// first and last entry.
func (c *call) link(newest, oldest parvis.ID) {
	rest := url.Values{}
	for name, list := range c.r.URL.Query() {
		if name != "max_id" && name != "since_id" && name != "min_id" {
			rest[name] = list
		}
	}
	to := func(rel, bound string, id parvis.ID) string {
		rest.Set(bound, id.Decimal())
		defer rest.Del(bound)
		return "<" + c.node.URL(c.r.URL.EscapedPath()) + "?" + rest.Encode() + `>; rel="` + rel + `"`
	}
	// First: toot looks for "next" at the beginning only.
	c.header.Set("Link", strings.Join([]string{to("next", "max_id", oldest), to("prev", "min_id", newest)}, ", "))
}
