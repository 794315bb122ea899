package storage

import (
	"context"
	"strings"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type ruleRow struct {
	Domain        string
	Severity      parvis.Severity
	RejectMedia   bool
	RejectReports bool
	Obfuscate     bool
	Comment       string
	ListID        parvis.ID
	CreatedAt     int64
}

func rulesOf(rows []ruleRow) []parvis.DomainRule {
	rules := make([]parvis.DomainRule, len(rows))
	for i, r := range rows {
		rules[i] = parvis.DomainRule{Domain: r.Domain, Severity: r.Severity, RejectMedia: r.RejectMedia, RejectReports: r.RejectReports,
			Obfuscate: r.Obfuscate, Comment: r.Comment, List: r.ListID, CreatedAt: at(r.CreatedAt)}
	}
	return rules
}

// DomainRules returns what the team and the shared lists say of a host, lower-case
// and without port, and of the domains above it.
func (n *Node) DomainRules(ctx context.Context, host string) ([]parvis.DomainRule, error) {
	return remembered(ctx, n.db.neighbours, rulesCache, neighbour{n.node, host}, func(ctx context.Context) ([]parvis.DomainRule, error) {
		var rows []ruleRow
		err := n.raw(`SELECT domain, severity, reject_media, reject_reports, obfuscate, comment, 0 AS list_id, created_at
				FROM domain_blocks WHERE node_id = ?0 AND domain IN (?1)
			UNION ALL SELECT domain, severity, reject_media, reject_reports, obfuscate, comment, list_id, 0
				FROM listed_domains WHERE node_id = ?0 AND domain IN (?1)`, n.node, listOf(namesAbove(host))).Scan(ctx, &rows)
		return rulesOf(rows), translate(err)
	})
}

// namesAbove lists a host and the domains above it.
func namesAbove(host string) []string {
	host = strings.TrimSuffix(host, ".")
	names := []string{host}
	for rest := host; ; {
		_, above, ok := strings.Cut(rest, ".")
		if !ok {
			return names
		}
		names, rest = append(names, above), above
	}
}

// WantsPartner reports whether the team wants to exchange with the node of a host,
// whatever its port.
func (n *Node) WantsPartner(ctx context.Context, host string) (bool, error) {
	var yes bool
	// The character after ":" bounds the range of hosts with a port.
	err := n.raw("SELECT EXISTS (SELECT 1 FROM partners WHERE node_id = ?0 AND ours AND (host = ?1 OR host > ?2 AND host < ?3))",
		n.node, host, host+":", host+";").Scan(ctx, &yes)
	return yes, translate(err)
}

// TeamRules lists what the team decided about domains, by name, after a name.
func (n *Node) TeamRules(ctx context.Context, after string, limit int) ([]parvis.DomainRule, error) {
	var rows []ruleRow
	err := n.raw(`SELECT domain, severity, reject_media, reject_reports, obfuscate, comment, 0 AS list_id, created_at
		FROM domain_blocks WHERE node_id = ? AND domain > ? ORDER BY domain LIMIT ?`, n.node, after, limit).Scan(ctx, &rows)
	return rulesOf(rows), translate(err)
}

// TeamRule returns what the team decided about one domain.
func (n *Node) TeamRule(ctx context.Context, domain string) (parvis.DomainRule, error) {
	var rows []ruleRow
	err := n.raw(`SELECT domain, severity, reject_media, reject_reports, obfuscate, comment, 0 AS list_id, created_at
		FROM domain_blocks WHERE node_id = ? AND domain = ?`, n.node, domain).Scan(ctx, &rows)
	if err != nil || len(rows) == 0 {
		return parvis.DomainRule{}, orNotFound(err)
	}
	return rulesOf(rows)[0], nil
}

// orNotFound is the error of a query that found no row.
func orNotFound(err error) error {
	if err == nil {
		return parvis.ErrNotFound
	}
	return translate(err)
}

// SaveTeamRule stores what the team decided about a domain, instead of what it
// decided before.
func (n *Tx) SaveTeamRule(ctx context.Context, r parvis.DomainRule) error {
	n.decided()
	_, err := n.exec(ctx, `INSERT INTO domain_blocks (node_id, domain, severity, reject_media, reject_reports, obfuscate, comment, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (node_id, domain) DO UPDATE SET severity = excluded.severity, reject_media = excluded.reject_media,
		reject_reports = excluded.reject_reports, obfuscate = excluded.obfuscate, comment = excluded.comment`,
		n.node, r.Domain, r.Severity, r.RejectMedia, r.RejectReports, r.Obfuscate, r.Comment, ms(r.CreatedAt))
	return err
}

// RemoveTeamRule forgets what the team decided about a domain, or is parvis.ErrNotFound.
func (n *Tx) RemoveTeamRule(ctx context.Context, domain string) error {
	n.decided()
	removed, err := n.exec(ctx, "DELETE FROM domain_blocks WHERE node_id = ? AND domain = ?", n.node, domain)
	if err == nil && removed == 0 {
		return parvis.ErrNotFound
	}
	return err
}

// A HeldAccount is an account of another server as rules of domains see it.
type HeldAccount struct {
	ID     parvis.ID
	Domain string
	URI    string
	Held   parvis.Severity // what rules made of it before; "" for nothing
}

// RemoteAccounts lists accounts of other servers in the order of their ids.
func (n *Node) RemoteAccounts(ctx context.Context, after parvis.ID, limit int) ([]HeldAccount, error) {
	var rows []HeldAccount
	err := n.raw("SELECT id, domain, uri, held FROM accounts WHERE node_id = ? AND id > ? AND domain <> '' AND deleted_at = 0 ORDER BY id LIMIT ?",
		n.node, after, limit).Scan(ctx, &rows)
	return rows, translate(err)
}

// Hold notes what a rule of domains makes of an account. Suspend stops it like
// SetSuspended, unless the team did that before; whatever else follows ends it.
func (n *Tx) Hold(ctx context.Context, account parvis.ID, held parvis.Severity, now time.Time) error {
	n.decided()
	if held == parvis.Suspend {
		_, err := n.exec(ctx, "UPDATE accounts SET held = ?, suspended_at = ?, version = version + 1 WHERE id = ? AND node_id = ? AND suspended_at = 0", held, ms(now), account, n.node)
		return err
	}
	_, err := n.exec(ctx, "UPDATE accounts SET suspended_at = CASE WHEN held = ? THEN 0 ELSE suspended_at END, held = ?, version = version + 1 WHERE id = ? AND node_id = ?",
		parvis.Suspend, held, account, n.node)
	return err
}

// EndFollows ends up to limit follows of or by an account, and returns how many
// there were.
func (n *Tx) EndFollows(ctx context.Context, account parvis.ID, limit int) (int, error) {
	var rows []struct{ FollowerID, FollowedID parvis.ID }
	err := n.raw(`SELECT follower_id, followed_id FROM follows WHERE follower_id = ?0 AND node_id = ?1
		UNION ALL SELECT follower_id, followed_id FROM follows WHERE followed_id = ?0 AND node_id = ?1 LIMIT ?2`, account, n.node, limit).Scan(ctx, &rows)
	if err != nil {
		return 0, translate(err)
	}
	for _, r := range rows {
		if _, err := n.RemoveFollow(ctx, r.FollowerID, r.FollowedID); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}
