package app

import (
	"context"
	"html"
	"slices"
	"strings"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/storage"
)

// Presentation returns what an account says of itself, as far as the viewer may see it.
func (a *App) Presentation(ctx context.Context, n *parvis.Node, v parvis.Viewer, acc *parvis.Account) (*parvis.Presentation, error) {
	if !acc.Local() || acc.Type != parvis.Person {
		return &parvis.Presentation{}, nil
	}
	p, err := a.node(n).Presentation(ctx, acc.ID)
	if err != nil {
		return nil, err
	}
	return p.For(v, acc.ID), nil
}

// tagOf is how a skill is compared: its words' stems, so that "Vélos" is "vélo".
func tagOf(n *parvis.Node, skill string) string {
	if stems := text.Stems(n.Language, skill); len(stems) > 0 {
		return strings.Join(stems, " ")
	}
	return text.Fold(skill)
}

// tagsOf are the tags by which a profile is found.
func tagsOf(n *parvis.Node, p *parvis.Presentation) []parvis.ProfileTag {
	var tags []parvis.ProfileTag
	add := func(role parvis.TagRole, tag, name string) {
		tags = append(tags, parvis.ProfileTag{Role: role, Tag: tag, Name: name, Audience: p.SkillsFor})
	}
	for _, skill := range p.Offers {
		add(parvis.TagOffers, tagOf(n, skill), skill)
	}
	for _, skill := range p.Seeks {
		add(parvis.TagSeeks, tagOf(n, skill), skill)
	}
	for _, lang := range p.Languages {
		add(parvis.TagSpeaks, lang, lang)
	}
	return tags
}

// keepVerified takes over what is known of links that stay.
func keepVerified(fresh, old []parvis.Link) {
	for i := range fresh {
		if j := slices.IndexFunc(old, func(l parvis.Link) bool { return l.URL == fresh[i].URL }); j >= 0 {
			fresh[i].VerifiedAt = old[j].VerifiedAt
		}
	}
}

// fields are the lines that other servers and apps show of a profile: what is for
// everyone, in the node's language.
func (a *App) fields(n *parvis.Node, p *parvis.Presentation) []parvis.Field {
	var lines []parvis.Field
	if p.LinksFor == parvis.Everyone {
		for _, l := range p.Links {
			lines = append(lines, parvis.Field{Name: l.Label(), Value: anchor(l), VerifiedAt: l.VerifiedAt})
		}
	}
	if p.SkillsFor != parvis.Everyone || a.Words == nil {
		return lines
	}
	for _, line := range []struct {
		key  string
		list []string
	}{{"profile.offers", p.Offers}, {"profile.seeks", p.Seeks}} {
		if len(line.list) > 0 {
			lines = append(lines, parvis.Field{Name: a.Words(n.Language, line.key), Value: html.EscapeString(strings.Join(line.list, ", "))})
		}
	}
	if len(p.Languages) > 0 {
		names := make([]string, len(p.Languages))
		for i, lang := range p.Languages {
			names[i] = a.Words(n.Language, "language."+lang)
		}
		lines = append(lines, parvis.Field{Name: a.Words(n.Language, "profile.languages"), Value: html.EscapeString(strings.Join(names, ", "))})
	}
	return lines
}

// anchor is a link as Mastodon writes it; rel="me" lets the page that it leads to
// verify this profile.
func anchor(l parvis.Link) string {
	return `<a href="` + html.EscapeString(l.URL) + `" rel="me nofollow noopener" target="_blank">` + html.EscapeString(l.Short()) + `</a>`
}

// present stores what a resident says of themself, and asks for their new links to be
// looked at.
func (a *App) present(ctx context.Context, t *storage.Tx, n *parvis.Node, acc *parvis.Account, p *parvis.Presentation) error {
	if err := t.SetPresentation(ctx, acc.ID, p, tagsOf(n, p)); err != nil {
		return err
	}
	if !slices.ContainsFunc(p.Links, func(l parvis.Link) bool { return l.VerifiedAt.IsZero() }) {
		return nil
	}
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobLinks, Key: acc.ID.String()}, parvis.LinksArgs{Account: acc.ID})
}

// VerifyLinks notes which pages were seen to link back to an account's profile, and
// which were not; found tells it of an address. Links that are not in it stay as they are.
func (a *App) VerifyLinks(ctx context.Context, n *parvis.Node, account parvis.ID, found map[string]bool) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		p, err := t.Presentation(ctx, account)
		if err != nil {
			return err
		}
		changed := false
		for i, l := range p.Links {
			back, looked := found[l.URL]
			if !looked || back == !l.VerifiedAt.IsZero() {
				continue
			}
			changed = true
			if p.Links[i].VerifiedAt = (time.Time{}); back {
				p.Links[i].VerifiedAt = a.Now()
			}
		}
		if !changed {
			return nil
		}
		if err := t.SetLinks(ctx, account, p.Links); err != nil {
			return err
		}
		acc, err := t.Account(ctx, account)
		if err != nil {
			return err
		}
		acc.Fields = a.fields(n, p)
		return t.UpdateAccount(ctx, acc)
	})
}

// A DirectoryQuery says whom somebody looks for: by what they offer or seek, by
// language and neighbourhood. Empty is everybody.
type DirectoryQuery struct {
	Role     parvis.TagRole // of Words: TagOffers or TagSeeks
	Words    string
	Language string
	Quarter  string
}

// A Listed is somebody in the directory, as far as the viewer may see them.
type Listed struct {
	*parvis.Account
	*parvis.Presentation
}

// listedFor are the audiences whose lists a viewer reads.
func listedFor(v parvis.Viewer) []parvis.Audience {
	if v.Resident() {
		return parvis.ProfileAudiences
	}
	return []parvis.Audience{parvis.Everyone}
}

// Directory lists the residents who want to be listed, the last to join first.
func (a *App) Directory(ctx context.Context, n *parvis.Node, v parvis.Viewer, q DirectoryQuery, page parvis.Page) ([]Listed, error) {
	f := storage.DirectoryFilter{Audiences: listedFor(v), Viewer: v.ID(), Role: q.Role, Language: q.Language, Quarter: strings.TrimSpace(q.Quarter)}
	if words := strings.TrimSpace(q.Words); words != "" {
		f.Tag = tagOf(n, words)
	}
	people, err := a.node(n).Directory(ctx, f, page)
	if err != nil {
		return nil, err
	}
	return a.listed(ctx, n, v, people)
}

// maxMatches is how many people are shown who might help each other.
const maxMatches = 6

// Matches lists residents who offer what the viewer seeks, or seek what they offer.
func (a *App) Matches(ctx context.Context, n *parvis.Node, v parvis.Viewer) ([]Listed, error) {
	if !v.Resident() {
		return nil, nil
	}
	own, err := a.node(n).Presentation(ctx, v.ID())
	if err != nil {
		return nil, err
	}
	tags := func(skills []string) (list []string) {
		for _, s := range skills {
			list = append(list, tagOf(n, s))
		}
		return list
	}
	people, err := a.node(n).Matches(ctx, storage.DirectoryFilter{Audiences: listedFor(v), Viewer: v.ID()}, tags(own.Offers), tags(own.Seeks), maxMatches)
	if err != nil {
		return nil, err
	}
	return a.listed(ctx, n, v, people)
}

func (a *App) listed(ctx context.Context, n *parvis.Node, v parvis.Viewer, people []*parvis.Account) ([]Listed, error) {
	ids := make([]parvis.ID, len(people))
	for i, acc := range people {
		ids[i] = acc.ID
	}
	all, err := a.node(n).Presentations(ctx, ids)
	if err != nil {
		return nil, err
	}
	list := make([]Listed, len(people))
	for i, acc := range people {
		list[i] = Listed{acc, &parvis.Presentation{}}
		if p := all[acc.ID]; p != nil {
			list[i].Presentation = p.For(v, acc.ID)
		}
	}
	return list, nil
}
