package parvis

import "time"

// Trouble is the sort of failure that talking to another server ended in, so that
// it can be told in words.
type Trouble string

// The troubles. The surfaces have a sentence for each.
const (
	NoTrouble         Trouble = ""
	TroubleName       Trouble = "name"       // its name leads nowhere
	TroubleAddress    Trouble = "address"    // we do not visit such an address
	TroubleConnection Trouble = "connection" // nobody answers there
	TroubleTimeout    Trouble = "timeout"    // it takes too long
	TroubleTLS        Trouble = "tls"        // its certificate is not good
	TroubleRedirect   Trouble = "redirect"   // it sends us elsewhere, where we do not go
	TroubleSignature  Trouble = "signature"  // 401: it does not accept our signature
	TroubleForbidden  Trouble = "forbidden"  // 403: it does not want us
	TroubleMissing    Trouble = "missing"    // 404: there is nothing at that address
	TroubleGone       Trouble = "gone"       // 410: there was, but no longer
	TroubleBusy       Trouble = "busy"       // 429: it asks us to come later
	TroubleBroken     Trouble = "broken"     // 5xx: it does not work
	TroubleRefused    Trouble = "refused"    // another 4xx: it does not take this
	TroubleAnswer     Trouble = "answer"     // it answers something else than was asked for
	TroubleOrigin     Trouble = "origin"     // it speaks for another server
	TroublePolicy     Trouble = "policy"     // this node does not exchange with it
	TroubleOther      Trouble = "other"
)

// Troubles lists them.
var Troubles = []Trouble{TroubleName, TroubleAddress, TroubleConnection, TroubleTimeout, TroubleTLS, TroubleRedirect, TroubleSignature, TroubleForbidden,
	TroubleMissing, TroubleGone, TroubleBusy, TroubleBroken, TroubleRefused, TroubleAnswer, TroubleOrigin, TroublePolicy, TroubleOther}

// A Peer is another server as deliveries to it fare.
type Peer struct {
	Host        string
	Waiting     int       // deliveries of this node
	Oldest      time.Time // since when the first of them waits
	Failures    int       // in a row
	DownSince   time.Time
	RetryAt     time.Time // when it is tried again
	LastSuccess time.Time // to the hour; zero if there was none
	LastFailure time.Time
	Trouble     Trouble // of the last failure
	Error       string  // the same, in the words of the machine
}

// Down reports whether the last delivery failed.
func (p *Peer) Down() bool { return p.Failures > 0 }

// A RelayStyle is how one asks a relay to pass posts on.
type RelayStyle string

// The styles of relays.
const (
	// RelayMastodon is asked at its inbox, by a Follow of the public.
	RelayMastodon RelayStyle = "mastodon"
	// RelayLitePub is an actor that one follows, as Pleroma and Akkoma do.
	RelayLitePub RelayStyle = "litepub"
)

// RelayState says where a relay stands.
type RelayState string

// The states of a relay.
const (
	RelayAsked    RelayState = "asked"
	RelayAccepted RelayState = "accepted"
	RelayRefused  RelayState = "refused"
	RelayLeft     RelayState = "left" // being told that we leave
)

// A Relay passes public posts of servers on that nobody here follows.
type Relay struct {
	ID        ID
	Address   string // of its inbox (RelayMastodon) or actor (RelayLitePub)
	Style     RelayStyle
	State     RelayState
	AccountID ID     // its actor; 0 until it is known
	FollowURI string // of what we asked
	Error     string // why it could not be asked; empty if nothing went wrong
	CreatedAt time.Time
}
