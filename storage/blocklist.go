package storage

import (
	"context"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type blockListRow struct {
	ID        parvis.ID
	NodeID    parvis.ID
	URL       string
	Entries   int
	Skipped   int
	FetchedAt int64
	TriedAt   int64
	Error     string
	CreatedAt int64
}

func (r blockListRow) list() *parvis.BlockList {
	return &parvis.BlockList{ID: r.ID, URL: r.URL, Entries: r.Entries, Skipped: r.Skipped, FetchedAt: at(r.FetchedAt), TriedAt: at(r.TriedAt),
		Error: r.Error, CreatedAt: at(r.CreatedAt)}
}

// BlockLists returns the shared lists that the node follows, the first one first.
func (n *Node) BlockLists(ctx context.Context) ([]*parvis.BlockList, error) {
	var rows []blockListRow
	err := n.raw("SELECT id, node_id, url, entries, skipped, fetched_at, tried_at, error, created_at FROM block_lists WHERE node_id = ? ORDER BY id", n.node).Scan(ctx, &rows)
	lists := make([]*parvis.BlockList, len(rows))
	for i, r := range rows {
		lists[i] = r.list()
	}
	return lists, translate(err)
}

// BlockList returns a shared list.
func (n *Node) BlockList(ctx context.Context, id parvis.ID) (*parvis.BlockList, error) {
	var rows []blockListRow
	err := n.raw("SELECT id, node_id, url, entries, skipped, fetched_at, tried_at, error, created_at FROM block_lists WHERE id = ? AND node_id = ?", id, n.node).Scan(ctx, &rows)
	if err != nil || len(rows) == 0 {
		return nil, orNotFound(err)
	}
	return rows[0].list(), nil
}

// AddBlockList stores a list to follow; one that is followed already is parvis.ErrConflict.
func (n *Tx) AddBlockList(ctx context.Context, l *parvis.BlockList) error {
	l.ID = parvis.NewID(l.CreatedAt)
	added, err := n.exec(ctx, `INSERT INTO block_lists (id, node_id, url, entries, skipped, fetched_at, tried_at, error, created_at)
		VALUES (?, ?, ?, 0, 0, 0, 0, '', ?) ON CONFLICT DO NOTHING`, l.ID, n.node, l.URL, ms(l.CreatedAt))
	if err == nil && added == 0 {
		return parvis.ErrConflict
	}
	return err
}

// SaveBlockList stores how reading a list went.
func (n *Tx) SaveBlockList(ctx context.Context, l *parvis.BlockList) error {
	_, err := n.exec(ctx, "UPDATE block_lists SET entries = ?, skipped = ?, fetched_at = ?, tried_at = ?, error = ? WHERE id = ? AND node_id = ?",
		l.Entries, l.Skipped, ms(l.FetchedAt), ms(l.TriedAt), l.Error, l.ID, n.node)
	return err
}

// RemoveBlockList forgets a list and all that it says, or is parvis.ErrNotFound.
func (n *Tx) RemoveBlockList(ctx context.Context, id parvis.ID) error {
	n.decided()
	if _, err := n.exec(ctx, "DELETE FROM listed_domains WHERE list_id = ? AND node_id = ?", id, n.node); err != nil {
		return err
	}
	removed, err := n.exec(ctx, "DELETE FROM block_lists WHERE id = ? AND node_id = ?", id, n.node)
	if err == nil && removed == 0 {
		return parvis.ErrNotFound
	}
	return err
}

// DueBlockLists returns the node's lists that nobody tried to read since a time.
func (n *Node) DueBlockLists(ctx context.Context, since time.Time) ([]parvis.ID, error) {
	var ids []parvis.ID
	err := n.raw("SELECT id FROM block_lists WHERE node_id = ? AND tried_at <= ?", n.node, ms(since)).Scan(ctx, &ids)
	return ids, translate(err)
}

// ListedRules returns all that a list says, by name.
func (n *Node) ListedRules(ctx context.Context, list parvis.ID) ([]parvis.DomainRule, error) {
	var rows []ruleRow
	err := n.raw(`SELECT domain, severity, reject_media, reject_reports, obfuscate, comment, list_id, 0 AS created_at
		FROM listed_domains WHERE list_id = ? AND node_id = ? ORDER BY domain`, list, n.node).Scan(ctx, &rows)
	return rulesOf(rows), translate(err)
}

// SaveListedRules stores what a list says of some domains.
func (n *Tx) SaveListedRules(ctx context.Context, rules []parvis.DomainRule) error {
	n.decided()
	for _, r := range rules {
		_, err := n.exec(ctx, `INSERT INTO listed_domains (node_id, domain, list_id, severity, reject_media, reject_reports, obfuscate, comment)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (node_id, domain, list_id) DO UPDATE SET severity = excluded.severity,
			reject_media = excluded.reject_media, reject_reports = excluded.reject_reports, obfuscate = excluded.obfuscate, comment = excluded.comment`,
			n.node, r.Domain, r.List, r.Severity, r.RejectMedia, r.RejectReports, r.Obfuscate, r.Comment)
		if err != nil {
			return err
		}
	}
	return nil
}

// RemoveListedRules forgets what a list said of some domains.
func (n *Tx) RemoveListedRules(ctx context.Context, list parvis.ID, domains []string) error {
	n.decided()
	for _, domain := range domains {
		if _, err := n.exec(ctx, "DELETE FROM listed_domains WHERE node_id = ? AND domain = ? AND list_id = ?", n.node, domain, list); err != nil {
			return err
		}
	}
	return nil
}
