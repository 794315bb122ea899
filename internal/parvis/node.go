package parvis

import (
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Node is one community's place: its host name, its settings, its rows.
// Several nodes may live in one process and one database.
type Node struct {
	ID     ID
	Host   string // public name, lower-case, with a port if it is not the scheme's
	Scheme string // "https", or "http" for tests and demonstrations

	Name           string // "Malakoff"
	Summary        string // one sentence that says what this place is
	Language       string // BCP 47, the default language of pages
	Contact        string // a mail address or URL for people
	Signup         Signup
	MinAge         int     // how old residents say to be, in years, or AnyAge; a new node's 0 becomes the default
	Charter        int     // version of the charter in force; 0 for the program's own rules
	CharterAsked   int     // the oldest version that a resident must have accepted
	Neighbourhoods []Place // what residents choose a place from
	Center         Place   // where the place is; used for distances

	Federation Federation // with whom it exchanges
	// AuthorizedFetch: other servers must sign what they ask for.
	AuthorizedFetch bool
	// Days that posts of other servers which nobody here needs stay, and the copies
	// of their pictures, or ForEver. A new node's 0 becomes the default.
	KeepPosts, KeepPictures int

	ActorID   ID   // the node's own Application actor
	HasAdmin  bool // until true the node is being prepared and sign-up is closed
	CreatedAt time.Time
	// Version grows with every change, so that caches notice.
	Version int64
}

// DefaultMinAge is the age from which one decides alone on the use of one's data in
// France (loi Informatique et Libertés, article 45).
const DefaultMinAge = 15

// AnyAge as a node's MinAge asks nobody.
const AnyAge = -1

// How long a node keeps what nobody here needs, unless it says otherwise.
const (
	DefaultKeepPosts    = 90
	DefaultKeepPictures = 14
	ForEver             = -1
)

// Signup says who may open an account by the form.
type Signup string

// The sign-up modes.
const (
	SignupOpen       Signup = "open"
	SignupApproval   Signup = "approval"   // the team reads why, and decides
	SignupInvitation Signup = "invitation" // who was sent a link
	SignupClosed     Signup = "closed"
)

// Signups are the modes, the widest first.
var Signups = []Signup{SignupOpen, SignupApproval, SignupInvitation, SignupClosed}

// ParseSignup reads a mode's name.
func ParseSignup(s string) (Signup, error) {
	if m := Signup(s); slices.Contains(Signups, m) {
		return m, nil
	}
	return "", Invalid("signup", "node.signup.unknown")
}

// Base returns the node's origin, such as "https://malakoff.example".
func (n *Node) Base() string { return n.Scheme + "://" + n.Host }

// Hostname returns the host without its port.
func (n *Node) Hostname() string {
	if h, _, err := net.SplitHostPort(n.Host); err == nil {
		return h
	}
	return n.Host
}

// Named reports whether the host is a name, and not an address: passkeys are for names.
func (n *Node) Named() bool {
	_, err := netip.ParseAddr(n.Hostname())
	return err != nil
}

// Joinable reports whether people may ask for an account now, with or without an
// invitation.
func (n *Node) Joinable(invited bool) bool {
	return n.HasAdmin && (n.Signup == SignupOpen || n.Signup == SignupApproval || invited && n.Signup == SignupInvitation)
}

// NeedsApproval reports whether the team decides on who asks for an account. Whoever
// it invited was decided on.
func (n *Node) NeedsApproval(invited bool) bool { return n.Signup == SignupApproval && !invited }

// URL returns the absolute URL of a path of this node.
func (n *Node) URL(path string) string { return n.Base() + path }

var (
	hostPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)
	portPattern = regexp.MustCompile(`^[1-9][0-9]{0,4}$`)
	defaultPort = map[string]string{"https": "443", "http": "80"}
)

// CleanHost lower-cases a host name and refuses what cannot be one. It strips
// the port that is the scheme's default.
func CleanHost(scheme, host string) (string, error) {
	clean := strings.ToLower(strings.TrimSpace(host))
	name, port, ported := strings.Cut(clean, ":")
	name = strings.TrimSuffix(name, ".")
	if len(name) > 253 || !hostPattern.MatchString(name) || ported && !validPort(port) {
		return "", Invalid("host", "node.host.invalid", "Host", clean)
	}
	if !ported || port == defaultPort[scheme] {
		return name, nil
	}
	return name + ":" + port, nil
}

func validPort(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n < 1<<16 && portPattern.MatchString(s)
}
