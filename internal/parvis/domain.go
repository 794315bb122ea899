package parvis

import "time"

// A Severity is how much a node keeps away from a server, in the words of
// Mastodon's lists.
type Severity string

// The severities.
const (
	// Suspend: nothing is taken from it or sent to it, follows end, posts are hidden.
	Suspend Severity = "suspend"
	// Silence: its posts are kept out of the lists, and its people do not make news
	// for those who do not follow them.
	Silence Severity = "silence"
	// Noop: only what the other fields of the rule say.
	Noop Severity = "noop"
	// Allow: the team wants it, whatever shared lists say. Lists of others cannot say this.
	Allow Severity = "allow"
)

// Severities lists them, the strictest first.
var Severities = []Severity{Suspend, Silence, Noop, Allow}

// Valid reports whether there is such a severity.
func (s Severity) Valid() bool { return s.rank() < len(Severities) }

// StricterThan reports whether s keeps more away than t.
func (s Severity) StricterThan(t Severity) bool { return s.rank() < t.rank() }

// rank is smaller for what is stricter.
func (s Severity) rank() int {
	for i, t := range Severities {
		if s == t {
			return i
		}
	}
	return len(Severities)
}

// A DomainRule says how a node deals with the servers of a domain and of those
// below it.
type DomainRule struct {
	Domain   string // in the form of text.Domain
	Severity Severity
	// RejectMedia: pictures from there are not copied. RejectReports: reports from
	// there are not shown to the team.
	RejectMedia, RejectReports bool
	// Obfuscate says that the name is not to be spelt out where rules are published.
	// They are not published here; it is kept to be passed on.
	Obfuscate bool
	Comment   string
	List      ID // the shared list that it comes from; 0 if the team decided
	CreatedAt time.Time
}

// MaxComment is the length of a rule's comment, in characters.
const MaxComment = 500

// A BlockList is a list of domain rules that others keep, and that a node follows.
type BlockList struct {
	ID        ID
	URL       string
	Entries   int
	Skipped   int       // lines that could not be used when it was last read
	FetchedAt time.Time // when it was last read whole
	TriedAt   time.Time
	Error     string // why it could not be read at TriedAt; empty if it was
	CreatedAt time.Time
}

// Federation says with whom a node exchanges.
type Federation string

// The modes of federation.
const (
	FederationOpen   Federation = "open"   // with everyone who is not blocked
	FederationListed Federation = "listed" // with partners and allowed domains only
)

// A Policy is what holds for one server.
type Policy struct {
	Refused       bool // nothing comes in or goes out
	Silenced      bool
	RejectMedia   bool
	RejectReports bool
	// Rule is the one that decided; nil if none did: the node is open to it, or, if it
	// is Refused, takes only those that it lists.
	Rule *DomainRule
}

// PolicyFor settles what holds for a server from the rules of its name and of those
// above it. What the team decided comes first, the most specific name before the
// others; then a partnership that the team wants; then the strictest of the shared lists.
func (n *Node) PolicyFor(rules []DomainRule, partner bool) Policy {
	var team, shared *DomainRule
	for i := range rules {
		r := &rules[i]
		switch {
		case r.List == 0:
			if team == nil || len(r.Domain) > len(team.Domain) {
				team = r
			}
		case shared == nil || r.Severity.StricterThan(shared.Severity):
			shared = r
		}
	}
	rule := team
	if rule == nil && !partner {
		rule = shared
	}
	p := Policy{Rule: rule}
	if rule != nil {
		p.Refused, p.Silenced = rule.Severity == Suspend, rule.Severity == Silence
		p.RejectMedia, p.RejectReports = p.Refused || rule.RejectMedia, p.Refused || rule.RejectReports
	}
	listed := partner || team != nil && team.Severity == Allow
	if n.Federation == FederationListed && !listed {
		p.Refused = true
		if rule != nil && rule.Severity != Suspend {
			p.Rule = nil
		}
	}
	return p
}
