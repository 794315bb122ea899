package parvis

import (
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// ActorType is the ActivityStreams type of an account.
type ActorType string

// The actor types, as ActivityStreams 2.0 names them.
const (
	Person       ActorType = "Person"
	Organization ActorType = "Organization"
	Group        ActorType = "Group"
	Application  ActorType = "Application"
	Service      ActorType = "Service"
)

// An Account is anyone who can speak: a resident, a feed, the node itself, or
// someone on another server.
type Account struct {
	ID       ID
	Username string // as its server writes it
	Domain   string // host of another server; empty for local accounts
	Type     ActorType
	Feed     Kind // for a local feed (a Group): the kind of posts that it announces

	Name    string // display name
	Bio     string // Markdown source; local accounts only
	BioHTML string
	Quarter string // neighbourhood, as the person says it
	// QuarterAudience is who sees it; Listed, in whose directory the person wants to be:
	// Everyone, OnNode, or nobody's if empty.
	QuarterAudience, Listed Audience
	Avatar                  *Media
	Locked                  bool // approves followers by hand
	Fields                  []Field
	Emojis                  []Emoji

	URI, URL                           string
	Inbox, SharedInbox                 string
	Outbox, FollowersURI, FollowingURI string
	FeaturedURI                        string // remote accounts: the collection of pinned posts
	KeyID                              string
	PublicKey                          string // RSA, as PEM (PKIX)
	MultikeyID                         string
	Multikey                           string // Ed25519, as publicKeyMultibase; "" if there is none

	// MovedTo is the id of the account that this one says it moved to; AlsoKnownAs are
	// the ids of others that it says are the same person's.
	MovedTo     string
	AlsoKnownAs []string
	MovedAt     time.Time // when followers here were last led away from it

	// PausedUntil is when the person is back from a pause, in which what they offer cannot
	// be had; zero or past if they make none.
	PausedUntil time.Time

	Followers, Following, Posts int

	CreatedAt   time.Time
	UpdatedAt   time.Time // of the profile
	FetchedAt   time.Time // remote accounts: when last read from their server
	SuspendedAt time.Time
	DeletedAt   time.Time

	// Version grows with every change, so that caches notice.
	Version int64
}

// A Field is a line of a profile, such as a web site.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"` // HTML, cleaned
	// VerifiedAt is when the page that it links to was seen to link back; local
	// accounts only.
	VerifiedAt time.Time `json:"verified_at,omitzero"`
}

// Local reports whether the account lives on this node.
func (a *Account) Local() bool { return a.Domain == "" }

// Active reports whether the account may act and be shown.
func (a *Account) Active() bool { return a.SuspendedAt.IsZero() && a.DeletedAt.IsZero() }

// Paused reports whether what the account offers cannot be had for now.
func (a *Account) Paused(now time.Time) bool { return a.PausedUntil.After(now) }

// IsFeed reports whether the account is a feed of this node.
func (a *Account) IsFeed() bool { return a.Local() && a.Type == Group && a.Feed != "" }

// Acct returns "lea", or "lea@autre.example" for other servers' accounts.
func (a *Account) Acct() string {
	if a.Local() {
		return a.Username
	}
	return a.Username + "@" + a.Domain
}

// Handle returns the full handle, "@lea@malakoff.example"; host is the node's.
func (a *Account) Handle(host string) string {
	if a.Local() {
		return "@" + a.Username + "@" + host
	}
	return "@" + a.Username + "@" + a.Domain
}

// Path returns the account's page on this node, "/@lea" or "/@lea@autre.example".
func (a *Account) Path() string { return "/@" + a.Acct() }

// Display returns the name people see.
func (a *Account) Display() string {
	if a.Name != "" {
		return a.Name
	}
	return a.Username
}

// Host returns the host part of the account's URI, with its port.
func (a *Account) Host() string {
	u, err := url.Parse(a.URI)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// DeliveryInbox returns where to send what many on the same server should see.
func (a *Account) DeliveryInbox() string {
	if a.SharedInbox != "" {
		return a.SharedInbox
	}
	return a.Inbox
}

// Limits of what residents write in their profile, in characters.
const (
	MaxUsername = 30
	MaxName     = 60
	MaxBio      = 1000
	MinPassword = 10
	MaxPassword = 200
)

var usernamePattern = regexp.MustCompile(`^[a-z0-9_]+([.-]?[a-z0-9_]+)*$`)

// reserved are names that a person could take for the node or its team.
var reserved = map[string]bool{"admin": true, "administrator": true, "moderation": true, "moderator": true,
	"mairie": true, "parvis": true, "root": true, "support": true, "node": true, "actor": true, "inbox": true,
	"entraide": true, "agenda": true, "debats": true, "propositions": true, "place": true}

// ReservedUsername reports whether only the program may take the name.
func ReservedUsername(name string) bool { return reserved[strings.ToLower(name)] }

// ValidateUsername checks a local account's name: permanent, and readable by
// every other server (Mastodon's pattern, lower-case).
func ValidateUsername(name string) error {
	switch {
	case name == "":
		return Invalid("username", "account.username.missing")
	case len(name) > MaxUsername:
		return Invalid("username", "account.username.long", "Max", MaxUsername)
	case !usernamePattern.MatchString(name):
		return Invalid("username", "account.username.invalid")
	}
	return nil
}

// ValidateProfile checks what a resident says of themself.
func (a *Account) ValidateProfile() error {
	var e InvalidError
	if utf8.RuneCountInString(a.Name) > MaxName {
		e.Add("name", "account.name.long", "Max", MaxName)
	}
	if utf8.RuneCountInString(a.Bio) > MaxBio {
		e.Add("bio", "account.bio.long", "Max", MaxBio)
	}
	if utf8.RuneCountInString(a.Quarter) > MaxName {
		e.Add("quarter", "account.quarter.long", "Max", MaxName)
	}
	if a.Local() && a.Type == Person && (!slices.Contains(ProfileAudiences, a.QuarterAudience) || a.Listed != "" && !slices.Contains(ProfileAudiences, a.Listed)) {
		e.Add("listed", "profile.audience")
	}
	return e.OrNil()
}

// A Login is how a resident signs in: the private side of a local account.
type Login struct {
	AccountID    ID
	Email        string // lower-case
	PasswordHash string // PHC string of argon2id; empty if no password is set
	Role         Role
	Language     string // preferred language of the pages
	CreatedAt    time.Time
	LastSeenAt   time.Time // to the day
	ConfirmedAt  time.Time // when they showed that they read the mail of Email
	StatedAge    int       // they said to be this old at least, in years, when they joined; 0 if not asked
	Charter      int       // the last version of the node's charter that they accepted
	TOTPSecret   string    // of the second factor (RFC 6238), in base32; empty for none
	TOTPStep     int64     // of the last code that was used, so that none is used twice
}

// CleanEmail returns the address in lower case, or a problem.
func CleanEmail(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	// An address in another form (a display name, quotes, a comment) is read as
	// something else than what was typed.
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 {
		return "", Invalid("email", "account.email.invalid")
	}
	return s, nil
}

// ValidatePassword checks length only: composition rules make weaker passwords
// (NIST SP 800-63B).
func ValidatePassword(s string) error {
	switch n := utf8.RuneCountInString(s); {
	case n < MinPassword:
		return Invalid("password", "account.password.short", "Min", MinPassword)
	case n > MaxPassword:
		return Invalid("password", "account.password.long", "Max", MaxPassword)
	}
	return nil
}

// Role is what an account may do on its node.
type Role string

// The roles, weakest first.
const (
	RoleNone      Role = ""
	RoleResident  Role = "resident"
	RoleModerator Role = "moderator"
	RoleAdmin     Role = "admin"
)

// ParseRole reads a role's name.
func ParseRole(s string) (Role, error) {
	switch r := Role(s); r {
	case RoleResident, RoleModerator, RoleAdmin:
		return r, nil
	}
	return RoleNone, Invalid("role", "account.role.unknown", "Role", s)
}
