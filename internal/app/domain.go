package app

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/storage"
)

// Policy tells what holds for a server; host may carry a port.
func (a *App) Policy(ctx context.Context, n *parvis.Node, host string) (parvis.Policy, error) {
	if host == n.Host {
		return parvis.Policy{}, nil
	}
	name, err := text.Domain(host)
	if err != nil {
		return parvis.Policy{Refused: true}, nil // nobody has such a name
	}
	rules, err := a.node(n).DomainRules(ctx, name)
	if err != nil {
		return parvis.Policy{}, err
	}
	partner := false
	// Only for these it matters whether the team wants the node as a partner.
	if len(rules) > 0 || n.Federation == parvis.FederationListed {
		if partner, err = a.node(n).WantsPartner(ctx, name); err != nil {
			return parvis.Policy{}, err
		}
	}
	return n.PolicyFor(rules, partner), nil
}

// DomainRules lists what the team decided, by name, after a name.
func (a *App) DomainRules(ctx context.Context, n *parvis.Node, after string, limit int) ([]parvis.DomainRule, error) {
	return a.node(n).TeamRules(ctx, after, limit)
}

// RuleDomain decides how the node deals with the servers of a domain, instead of
// what the team decided before. It returns the rule as it is kept.
func (a *App) RuleDomain(ctx context.Context, n *parvis.Node, r parvis.DomainRule) (parvis.DomainRule, error) {
	r, err := a.cleanRule(n, r)
	if err != nil {
		return r, err
	}
	return r, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := a.saveRule(ctx, t, r); err != nil {
			return err
		}
		return a.applyDomains(ctx, t)
	})
}

// saveRule stores a rule. Whoever is refused is no partner any more.
func (a *App) saveRule(ctx context.Context, t *storage.Tx, r parvis.DomainRule) error {
	r.List, r.CreatedAt = 0, a.Now()
	if err := t.SaveTeamRule(ctx, r); err != nil || r.Severity != parvis.Suspend {
		return err
	}
	partners, err := t.Partners(ctx)
	for _, p := range partners {
		name, bad := text.Domain(p.Host)
		if bad == nil && name != r.Domain && !strings.HasSuffix(name, "."+r.Domain) {
			continue
		}
		if err := t.RemovePartner(ctx, p.Host); err != nil {
			return err
		}
	}
	return err
}

// cleanRule checks a rule that somebody wrote.
func (a *App) cleanRule(n *parvis.Node, r parvis.DomainRule) (parvis.DomainRule, error) {
	domain, err := text.Domain(r.Domain)
	switch {
	case err != nil:
		return r, parvis.Invalid("domain", "domain.invalid", "Domain", r.Domain)
	case text.Shared(domain):
		return r, parvis.Invalid("domain", "domain.wide", "Domain", domain)
	case domain == n.Hostname() || strings.HasSuffix(n.Hostname(), "."+domain):
		return r, parvis.Invalid("domain", "domain.ours", "Domain", domain)
	case !r.Severity.Valid():
		return r, parvis.Invalid("severity", "domain.severity")
	case utf8.RuneCountInString(r.Comment) > parvis.MaxComment:
		return r, parvis.Invalid("comment", "domain.comment.long", "Max", parvis.MaxComment)
	}
	r.Domain, r.Comment = domain, strings.TrimSpace(r.Comment)
	return r, nil
}

// UnruleDomain forgets what the team decided about a domain. What shared lists say
// of it holds again.
func (a *App) UnruleDomain(ctx context.Context, n *parvis.Node, domain string) error {
	name, err := text.Domain(domain)
	if err != nil {
		return parvis.ErrNotFound
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.RemoveTeamRule(ctx, name); err != nil {
			return err
		}
		return a.applyDomains(ctx, t)
	})
}

// SetFederation decides with whom the node exchanges, and whether others must sign
// what they ask for.
func (a *App) SetFederation(ctx context.Context, n *parvis.Node, mode parvis.Federation, authorizedFetch bool) error {
	if mode != parvis.FederationOpen && mode != parvis.FederationListed {
		return parvis.Invalid("federation", "node.federation")
	}
	return a.changeNode(ctx, n.ID, func(n *parvis.Node) { n.Federation, n.AuthorizedFetch = mode, authorizedFetch }, a.applyDomains)
}

// Batches of ApplyDomains: what one transaction looks at and changes is bounded.
const (
	domainBatch = 500 // accounts
	severBatch  = 200 // follows
)

// applyDomains enqueues the work to make the stored accounts obey the rules. Jobs
// of one lane follow each other, so the last one sees the last rules.
func (a *App) applyDomains(ctx context.Context, t *storage.Tx) error {
	lane := "domains:" + t.ID().String()
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobDomains, Lane: lane}, parvis.DomainsArgs{})
}

// ApplyDomains runs a JobDomains: it looks at a batch of the accounts of other
// servers, stops those whose server is refused now, lets those act again whose
// server no longer is, and leaves the rest to the next job. Follows that ended do
// not come back.
func (a *App) ApplyDomains(ctx context.Context, j *parvis.Job) error {
	var args parvis.DomainsArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return fmt.Errorf("arguments of job %s: %w", j.ID, err)
	}
	n, err := a.DB.NodeByID(ctx, j.NodeID)
	if err != nil {
		return ignore(err, parvis.ErrNotFound)
	}
	p := policies{a, n, make(map[string]parvis.Policy)}
	accounts, err := a.node(n).RemoteAccounts(ctx, args.After, domainBatch)
	if err != nil {
		return err
	}
	for _, acc := range accounts {
		want, err := p.severity(ctx, acc)
		if err != nil {
			return err
		}
		if err := a.hold(ctx, n, acc, want); err != nil {
			return err
		}
	}
	if len(accounts) < domainBatch {
		return nil
	}
	next := parvis.DomainsArgs{After: accounts[len(accounts)-1].ID}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobDomains, Lane: j.Lane}, next)
	})
}

// hold makes an account obey what holds for its server.
func (a *App) hold(ctx context.Context, n *parvis.Node, acc storage.HeldAccount, want parvis.Severity) error {
	if acc.Held != want {
		err := a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.Hold(ctx, acc.ID, want, a.Now()) })
		if err != nil {
			return err
		}
	}
	for ended := severBatch; want == parvis.Suspend && ended == severBatch; {
		err := a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) (err error) {
			ended, err = t.EndFollows(ctx, acc.ID, severBatch)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// policies remembers what holds for the servers that one job meets.
type policies struct {
	app    *App
	node   *parvis.Node
	byHost map[string]parvis.Policy
}

func (p policies) of(ctx context.Context, host string) (parvis.Policy, error) {
	policy, ok := p.byHost[host]
	if ok {
		return policy, nil
	}
	policy, err := p.app.Policy(ctx, p.node, host)
	if err == nil {
		p.byHost[host] = policy
	}
	return policy, err
}

// severity is what the rules make of an account: people block the domain that they
// read in handles, and that may be another than its server's.
func (p policies) severity(ctx context.Context, acc storage.HeldAccount) (parvis.Severity, error) {
	server := parvis.Account{URI: acc.URI}
	var worst parvis.Severity
	for _, host := range []string{acc.Domain, server.Host()} {
		policy, err := p.of(ctx, host)
		switch {
		case err != nil:
			return "", err
		case policy.Refused:
			return parvis.Suspend, nil
		case policy.Silenced:
			worst = parvis.Silence
		}
	}
	return worst, nil
}

// severityOf is what the rules make of an account that is about to be stored.
func (a *App) severityOf(ctx context.Context, n *parvis.Node, acc *parvis.Account) (parvis.Severity, error) {
	p := policies{a, n, make(map[string]parvis.Policy)}
	return p.severity(ctx, storage.HeldAccount{Domain: acc.Domain, URI: acc.URI})
}
