package parvis

import "time"

// A Follow is a subscription of one account to another.
type Follow struct {
	ID         ID
	FollowerID ID
	FollowedID ID
	URI        string // of the Follow activity
	Accepted   bool
	CreatedAt  time.Time
}

// A Relationship is how a viewer stands to another account.
type Relationship struct {
	Following, Requested, FollowedBy, RequestedBy bool
	Blocking, BlockedBy                           bool
	Muting, MutingNotifications                   bool
}

// A Partner is a node that exchanges posts with ours. Both sides must want it:
// each admin's wish makes the node's Application actor follow the other's.
type Partner struct {
	Host      string
	AccountID ID     // the other node's actor; 0 until it was found
	Ours      bool   // an admin here wants it
	Theirs    bool   // their node asked for it, or accepted
	Error     string // what went wrong when we asked; empty if nothing
	CreatedAt time.Time
}

// PartnerState says where a partnership stands.
type PartnerState string

// The states of a partnership.
const (
	PartnerAsked  PartnerState = "asked"  // we asked; they have not answered
	PartnerAsking PartnerState = "asking" // they asked; we have not answered
	PartnerActive PartnerState = "active" // posts flow
	PartnerFailed PartnerState = "failed" // their node could not be found
)

// State returns where the partnership stands.
func (p *Partner) State() PartnerState {
	switch {
	case p.Ours && p.Theirs:
		return PartnerActive
	case p.Theirs:
		return PartnerAsking
	case p.Error != "":
		return PartnerFailed
	}
	return PartnerAsked
}

// NotificationType is what happened, in the words of the Mastodon API.
type NotificationType string

// The types of notifications.
const (
	NotifyMention       NotificationType = "mention" // an answer, or a post that names one
	NotifyFollow        NotificationType = "follow"
	NotifyFollowRequest NotificationType = "follow_request"
	NotifyLike          NotificationType = "favourite"
	NotifyShare         NotificationType = "reblog"
	NotifyQuote         NotificationType = "quote"
	NotifyPoll          NotificationType = "poll" // a question that one asked or voted in is over
	NotifyMove          NotificationType = "move" // somebody one followed lives here now; apps are not told

	// Of one's own offers, which apps are not told either.
	NotifyEnding  NotificationType = "ending"  // one ends soon: is it still true?
	NotifySettled NotificationType = "settled" // one seems done: is it?
)

// How long an account is told something, and how much of it at most. What waits for
// an answer stays.
const (
	NotificationLife = 180 * 24 * time.Hour
	MaxNotifications = 1000
)

// A Notification tells an account that something concerns it.
type Notification struct {
	ID        ID
	AccountID ID // who is told
	Type      NotificationType
	FromID    ID
	From      *Account
	PostID    ID
	Post      *Post
	Read      bool
	CreatedAt time.Time
}

// A Report asks the node's team to look at an account or at posts.
type Report struct {
	ID         ID
	ReporterID ID
	TargetID   ID
	PostIDs    []ID
	Comment    string
	URI        string // of the Flag activity, if it came from another server
	Forward    bool   // also send it to the target's server
	CreatedAt  time.Time
	ClosedAt   time.Time

	// Filled for the team member who asked.
	Reporter, Target *Account
	Posts            []*Post // deleted ones too
	MaySuspend       bool    // the target
}

// MaxReport is the length of a report's text, in characters.
const MaxReport = 2000

// A Token lets an app act for an account.
type Token struct {
	ID        ID
	AccountID ID
	Name      string
	Scopes    []string
	CreatedAt time.Time
	RevokedAt time.Time
}
