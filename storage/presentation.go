package storage

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type profileRow struct {
	bun.BaseModel `bun:"table:profiles"`

	AccountID     parvis.ID `bun:",pk"`
	NodeID        parvis.ID
	LanguagesJSON string
	SkillsFor     parvis.Audience
	LinksJSON     string
	LinksFor      parvis.Audience
}

// SetPresentation stores what a resident says of themself, and by which tags they are
// found.
func (n *Tx) SetPresentation(ctx context.Context, account parvis.ID, p *parvis.Presentation, tags []parvis.ProfileTag) error {
	_, err := n.exec(ctx, `INSERT INTO profiles (account_id, node_id, languages_json, skills_for, links_json, links_for) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (account_id) DO UPDATE SET languages_json = excluded.languages_json, skills_for = excluded.skills_for,
		links_json = excluded.links_json, links_for = excluded.links_for`,
		account, n.node, jsonOf(p.Languages), p.SkillsFor, jsonOf(p.Links), p.LinksFor)
	if err != nil {
		return err
	}
	if _, err := n.exec(ctx, "DELETE FROM profile_tags WHERE account_id = ? AND node_id = ?", account, n.node); err != nil {
		return err
	}
	// Until they are indexed anew, nobody finds them by what they no longer show.
	if err := n.unindex(ctx, FindableAccount, account); err != nil {
		return err
	}
	if err := n.awaitIndex(ctx, FindableAccount, account); err != nil {
		return err
	}
	for i, t := range tags {
		_, err := n.exec(ctx, `INSERT INTO profile_tags (account_id, role, tag, node_id, name, audience, position) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO NOTHING`, account, t.Role, t.Tag, n.node, t.Name, t.Audience, i)
		if err != nil {
			return err
		}
	}
	return nil
}

// SetLinks stores the links of a profile anew: they were looked at.
func (n *Tx) SetLinks(ctx context.Context, account parvis.ID, links []parvis.Link) error {
	_, err := n.exec(ctx, "UPDATE profiles SET links_json = ? WHERE account_id = ? AND node_id = ?", jsonOf(links), account, n.node)
	return err
}

// Presentation returns what a resident says of themself; whoever never said anything
// has an empty one, for everyone.
func (n *Node) Presentation(ctx context.Context, account parvis.ID) (*parvis.Presentation, error) {
	all, err := n.Presentations(ctx, []parvis.ID{account})
	if err != nil {
		return nil, err
	}
	if p := all[account]; p != nil {
		return p, nil
	}
	return &parvis.Presentation{SkillsFor: parvis.Everyone, LinksFor: parvis.Everyone}, nil
}

// Presentations returns what residents say of themselves, of those who said anything.
func (n *Node) Presentations(ctx context.Context, accounts []parvis.ID) (map[parvis.ID]*parvis.Presentation, error) {
	if len(accounts) == 0 {
		return nil, nil
	}
	var rows []profileRow
	err := n.raw("SELECT "+n.db.columns(profileRow{}, "")+" FROM profiles WHERE account_id IN (?) AND +node_id = ?", listOf(accounts), n.node).Scan(ctx, &rows)
	if err != nil {
		return nil, translate(err)
	}
	all := make(map[parvis.ID]*parvis.Presentation, len(rows))
	for _, r := range rows {
		p := &parvis.Presentation{SkillsFor: r.SkillsFor, LinksFor: r.LinksFor}
		err := errors.Join(json.Unmarshal([]byte(r.LanguagesJSON), &p.Languages), json.Unmarshal([]byte(r.LinksJSON), &p.Links))
		if err != nil {
			return nil, fmt.Errorf("profile of account %s: %w", r.AccountID, err)
		}
		all[r.AccountID] = p
	}
	var tags []struct {
		AccountID parvis.ID
		Role      parvis.TagRole
		Name      string
	}
	err = n.raw(`SELECT account_id, role, name FROM profile_tags WHERE account_id IN (?) AND +node_id = ? AND role <> 'speaks'
		ORDER BY account_id, position`, listOf(accounts), n.node).Scan(ctx, &tags)
	for _, t := range tags {
		p := all[t.AccountID]
		switch {
		case p == nil: // said between the two questions
		case t.Role == parvis.TagOffers:
			p.Offers = append(p.Offers, t.Name)
		default:
			p.Seeks = append(p.Seeks, t.Name)
		}
	}
	return all, translate(err)
}

// A DirectoryFilter narrows the directory of residents. Audiences are whom they want
// to be listed for, and found by: at least one.
type DirectoryFilter struct {
	Audiences []parvis.Audience
	Viewer    parvis.ID // who blocked them, or whom they blocked, is left out
	Role      parvis.TagRole
	Tag       string // of Role, folded; empty for any
	Language  string
	Quarter   string
}

// Directory lists the residents who want to be, the last to join first.
func (n *Node) Directory(ctx context.Context, f DirectoryFilter, page parvis.Page) ([]*parvis.Account, error) {
	var q selection
	q.add("SELECT a.id FROM accounts a")
	column := "a.id"
	role, tag := f.Role, f.Tag
	if tag == "" && f.Language != "" {
		role, tag = parvis.TagSpeaks, f.Language
	}
	if tag != "" {
		q.add("JOIN profile_tags t ON t.account_id = a.id AND t.node_id = ? AND t.role = ? AND t.tag = ? AND t.audience IN (?)", n.node, role, tag, listOf(f.Audiences))
		column = "t.account_id" // its index has the order of the page
	}
	q.add("WHERE a.node_id = ? AND a.listed <> '' AND a.listed IN (?) AND a.domain = '' AND a.suspended_at = 0 AND a.deleted_at = 0", n.node, listOf(f.Audiences))
	if f.Tag != "" && f.Language != "" {
		q.add("AND EXISTS (SELECT 1 FROM profile_tags l WHERE l.account_id = a.id AND l.role = 'speaks' AND l.tag = ? AND l.audience IN (?))", f.Language, listOf(f.Audiences))
	}
	if f.Quarter != "" {
		q.add("AND a.quarter = ? AND a.quarter_for IN (?)", f.Quarter, listOf(f.Audiences))
	}
	if f.Viewer != 0 {
		q.add(`AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = ? AND b.target_id = a.id)
			AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = a.id AND b.target_id = ?)`, f.Viewer, f.Viewer)
	}
	q.page(column, page)
	var ids []parvis.ID
	if err := n.raw(q.text.String(), q.args...).Scan(ctx, &ids); err != nil {
		return nil, translate(err)
	}
	accounts, err := n.Accounts(ctx, ids)
	if err != nil {
		return nil, err
	}
	list := make([]*parvis.Account, len(ids))
	for i, id := range ids {
		list[i] = accounts[id]
	}
	return inOrder(list, page), nil
}

// newestOfTag is how many of those who have a tag are looked at to match people: the
// last to join.
const newestOfTag = 200

// Matches lists residents who want to be listed, and who offer some of what is sought
// or seek some of what is offered: those with most of it first.
func (n *Node) Matches(ctx context.Context, f DirectoryFilter, offers, seeks []string, limit int) ([]*parvis.Account, error) {
	count := make(map[parvis.ID]int)
	for role, tags := range map[parvis.TagRole][]string{parvis.TagOffers: seeks, parvis.TagSeeks: offers} {
		for _, tag := range slices.Compact(slices.Sorted(slices.Values(tags))) {
			var ids []parvis.ID
			err := n.raw("SELECT account_id FROM profile_tags WHERE node_id = ? AND role = ? AND tag = ? AND audience IN (?) ORDER BY account_id DESC LIMIT ?",
				n.node, role, tag, listOf(f.Audiences), newestOfTag).Scan(ctx, &ids)
			if err != nil {
				return nil, translate(err)
			}
			for _, id := range ids {
				count[id]++
			}
		}
	}
	best := slices.SortedFunc(maps.Keys(count), func(a, b parvis.ID) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(b, a))
	})
	return n.listedOf(ctx, f, best[:min(len(best), newestOfTag)], limit)
}

// listedOf returns the first of some accounts that want to be listed, but for the
// viewer and those with whom they want nothing to do.
func (n *Node) listedOf(ctx context.Context, f DirectoryFilter, all []parvis.ID, limit int) ([]*parvis.Account, error) {
	if len(all) == 0 {
		return nil, nil
	}
	var listed []parvis.ID
	err := n.raw(`SELECT a.id FROM accounts a WHERE a.id IN (?) AND +a.node_id = ? AND a.listed IN (?) AND a.suspended_at = 0 AND a.deleted_at = 0 AND a.id <> ?
		AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = ? AND b.target_id = a.id)
		AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = a.id AND b.target_id = ?)`,
		listOf(all), n.node, listOf(f.Audiences), f.Viewer, f.Viewer, f.Viewer).Scan(ctx, &listed)
	if err != nil {
		return nil, translate(err)
	}
	first := slices.DeleteFunc(slices.Clone(all), func(id parvis.ID) bool { return !slices.Contains(listed, id) })
	first = first[:min(len(first), limit)]
	accounts, err := n.Accounts(ctx, first)
	if err != nil {
		return nil, err
	}
	list := make([]*parvis.Account, len(first))
	for i, id := range first {
		list[i] = accounts[id]
	}
	return list, nil
}
