package parvis

import (
	"time"
	"unicode/utf8"
)

// An Applicant is somebody who asked for an account and does not have it yet: they
// have to show that they read their mail, or the team has to decide. Their name and
// address are kept for them meanwhile.
type Applicant struct {
	ID           ID
	Username     string
	Email        string
	Name         string
	Reason       string // why they want to join, for the team
	Language     string
	PasswordHash string // empty if another service answers for them
	Issuer       string // that service, and what it calls them
	Identity     string
	StatedAge    int
	Charter      int       // the version that they accepted
	Invitation   ID        // that they came by; 0 for none
	ConfirmedAt  time.Time // when they showed that they read their mail; zero while they have not
	CreatedAt    time.Time
}

// How long somebody may take to confirm their address, and the team to decide. Then
// what they wrote is deleted.
const (
	ConfirmWithin = 3 * 24 * time.Hour
	DecideWithin  = 60 * 24 * time.Hour
)

// MaxReason is the length of what applicants write to the team, and of what it
// answers, in characters.
const MaxReason = 1000

// ValidateReason checks what an applicant writes to the team.
func ValidateReason(s string, needed bool) error {
	switch n := utf8.RuneCountInString(s); {
	case n == 0 && needed:
		return Invalid("reason", "join.reason.missing")
	case n > MaxReason:
		return Invalid("reason", "join.reason.long", "Max", MaxReason)
	}
	return nil
}

// An Invitation lets those in who hold its code, up to a number and until a time.
type Invitation struct {
	ID        ID
	Code      string // in the link that is passed on; not guessable
	Note      string // for the team: to whom it was given
	MadeBy    ID
	Uses      int // accounts that were opened by it
	MaxUses   int
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Good reports whether the invitation still lets somebody in.
func (i *Invitation) Good(now time.Time) bool { return i.Uses < i.MaxUses && now.Before(i.ExpiresAt) }

// Bounds on invitations.
const (
	MaxInvitationUses = 500
	MaxInvitationDays = 365
	MaxInvitationNote = 100 // characters
)

// Validate checks what a member of the team wants an invitation to be; days is how
// long it is to be good.
func (i *Invitation) Validate(days int) error {
	var e InvalidError
	if i.MaxUses < 1 || i.MaxUses > MaxInvitationUses {
		e.Add("uses", "invitation.uses", "Max", MaxInvitationUses)
	}
	if days < 1 || days > MaxInvitationDays {
		e.Add("days", "invitation.days", "Max", MaxInvitationDays)
	}
	if utf8.RuneCountInString(i.Note) > MaxInvitationNote {
		e.Add("note", "invitation.note.long", "Max", MaxInvitationNote)
	}
	return e.OrNil()
}

// CanInvite reports whether the viewer may invite people, and decide on those who
// ask for an account.
func (v Viewer) CanInvite() bool { return v.Team() }
