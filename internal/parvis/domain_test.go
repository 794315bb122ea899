package parvis_test

import (
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

func TestPolicyFor(t *testing.T) {
	team := func(domain string, s parvis.Severity) parvis.DomainRule {
		return parvis.DomainRule{Domain: domain, Severity: s}
	}
	shared := func(domain string, s parvis.Severity) parvis.DomainRule {
		return parvis.DomainRule{Domain: domain, Severity: s, List: 7}
	}
	for name, c := range map[string]struct {
		mode    parvis.Federation
		rules   []parvis.DomainRule
		partner bool
		want    parvis.Policy
		by      string // the domain of the rule that decided
	}{
		"nobody spoke":                   {},
		"the team blocks":                {rules: []parvis.DomainRule{team("a.example", parvis.Suspend)}, want: parvis.Policy{Refused: true, RejectMedia: true, RejectReports: true}, by: "a.example"},
		"a list blocks":                  {rules: []parvis.DomainRule{shared("a.example", parvis.Suspend)}, want: parvis.Policy{Refused: true, RejectMedia: true, RejectReports: true}, by: "a.example"},
		"the team knows better":          {rules: []parvis.DomainRule{shared("b.a.example", parvis.Suspend), team("a.example", parvis.Allow)}, by: "a.example"},
		"the team is stricter":           {rules: []parvis.DomainRule{shared("b.a.example", parvis.Silence), team("a.example", parvis.Suspend)}, want: parvis.Policy{Refused: true, RejectMedia: true, RejectReports: true}, by: "a.example"},
		"one good server of a bad house": {rules: []parvis.DomainRule{team("a.example", parvis.Suspend), team("b.a.example", parvis.Silence)}, want: parvis.Policy{Silenced: true}, by: "b.a.example"},
		"the strictest list":             {rules: []parvis.DomainRule{shared("b.a.example", parvis.Silence), shared("a.example", parvis.Suspend)}, want: parvis.Policy{Refused: true, RejectMedia: true, RejectReports: true}, by: "a.example"},
		"partners are out of lists":      {rules: []parvis.DomainRule{shared("a.example", parvis.Suspend)}, partner: true},
		"partners obey the team":         {rules: []parvis.DomainRule{team("a.example", parvis.Suspend)}, partner: true, want: parvis.Policy{Refused: true, RejectMedia: true, RejectReports: true}, by: "a.example"},
		"pictures only":                  {rules: []parvis.DomainRule{{Domain: "a.example", Severity: parvis.Noop, RejectMedia: true}}, want: parvis.Policy{RejectMedia: true}, by: "a.example"},
		"not on our list":                {mode: parvis.FederationListed, want: parvis.Policy{Refused: true}},
		"not on our list by silence":     {mode: parvis.FederationListed, rules: []parvis.DomainRule{team("a.example", parvis.Silence)}, want: parvis.Policy{Refused: true, Silenced: true}},
		"on our list":                    {mode: parvis.FederationListed, rules: []parvis.DomainRule{team("a.example", parvis.Allow)}, by: "a.example"},
		"partners are on our list":       {mode: parvis.FederationListed, partner: true},
		"blocked partners are not":       {mode: parvis.FederationListed, rules: []parvis.DomainRule{team("a.example", parvis.Suspend)}, partner: true, want: parvis.Policy{Refused: true, RejectMedia: true, RejectReports: true}, by: "a.example"},
	} {
		n := &parvis.Node{Federation: c.mode}
		got := n.PolicyFor(c.rules, c.partner)
		by := ""
		if got.Rule != nil {
			by = got.Rule.Domain
		}
		got.Rule = nil
		if got != c.want || by != c.by {
			t.Errorf("%s: %+v by %q, want %+v by %q", name, got, by, c.want, c.by)
		}
	}
}
