package parvis

import "time"

// A Way is how somebody proved who they are when they came in.
type Way string

// The ways in.
const (
	ByPassword Way = "password"
	ByLink     Way = "link"     // sent to their mail address
	ByPasskey  Way = "passkey"  // WebAuthn, which checks the person itself
	ByIdentity Way = "identity" // another service answers for them (OpenID Connect)
	ByJoining  Way = "joining"  // they have just made their account
)

// NeedsFactor reports whether who comes in this way is asked for the second factor
// that they set up. A passkey is two factors itself; another service asks for its own.
func (w Way) NeedsFactor() bool { return w == ByPassword || w == ByLink }

// A Browser is from where somebody tries to come in.
type Browser struct {
	Addr   string // network address, to count attempts by; never stored
	Device string // what the browser calls itself (User-Agent)
}

// A Session is a signed-in browser.
type Session struct {
	Hash      string // of its secret: names it, and does not let in
	AccountID ID
	Way       Way
	Device    string // what the browser called itself
	IDToken   string // ByIdentity: what the other service said, to sign out there too
	CreatedAt time.Time
	UsedAt    time.Time // to the day
	ExpiresAt time.Time
}

// MaxDevice is how much is kept of what a browser calls itself, in bytes.
const MaxDevice = 200

// How long who has just come in may change what guards their account: they may open
// its page within FreshFor, and send its forms until the end of StillFresh.
const (
	FreshFor   = 15 * time.Minute
	StillFresh = time.Hour
)

// An Entrance is what a browser is given that proved something.
type Entrance struct {
	Secret  string    // of a session or, if Half, of a ticket
	Expires time.Time // of the secret
	Half    bool      // the second factor is still asked for
	Leaving bool      // they closed their account: all they can do is come back
}

// A Ticket is good once, for one thing, until it expires. Who holds its secret may do
// that thing; the database keeps the secret's hash.
type Ticket struct {
	Purpose   TicketPurpose
	Subject   ID     // of the account or applicant that it is about; 0 for none
	Data      string // what it remembers; its shape belongs to the purpose
	ExpiresAt time.Time
}

// TicketPurpose is what a ticket is good for.
type TicketPurpose string

// The purposes of tickets.
const (
	TicketLink     TicketPurpose = "link"     // to come in as an account, by mail
	TicketConfirm  TicketPurpose = "confirm"  // an applicant reads the mail of their address
	TicketAsked    TicketPurpose = "asked"    // the browser in which an applicant asked for their account
	TicketEmail    TicketPurpose = "email"    // an account gets the mail address in Data
	TicketFactor   TicketPurpose = "factor"   // an account proved all but the second factor
	TicketSetup    TicketPurpose = "setup"    // the secret in Data may become an account's second factor
	TicketPasskey  TicketPurpose = "passkey"  // the challenge in Data is to be signed
	TicketIdentity TicketPurpose = "identity" // another service was asked who this is
	TicketJoin     TicketPurpose = "join"     // it said who; they have no account yet
)

// An Identity ties an account to what another service calls its owner.
type Identity struct {
	AccountID ID
	Issuer    string // of OpenID Connect
	Subject   string // what it calls them, for ever
	CreatedAt time.Time
}
