package parvis

import "time"

// LeaveAfter is how long somebody who deletes their account may change their mind: two
// weeks bridge a holiday or an illness, and are well within the month in which the GDPR
// (article 12.3) wants an answer.
const LeaveAfter = 14 * 24 * time.Hour

// A Departure is an account that its owner closed. Until it is due nobody sees it, and
// its owner can still come back.
type Departure struct {
	AccountID ID
	AskedAt   time.Time // the account is suspended as of then
	DueAt     time.Time // it is deleted then
}

// How long an archive is kept, and how often one may be asked for.
const (
	ArchiveLife  = 7 * 24 * time.Hour
	ArchiveEvery = 24 * time.Hour
)

// TombstoneLife is how long the address of what was deleted is remembered.
const TombstoneLife = 365 * 24 * time.Hour

// An Archive is a file with everything of an account, for its owner alone.
type Archive struct {
	AccountID ID
	AskedAt   time.Time
	ReadyAt   time.Time // zero while it is made
	Size      int64     // in bytes
}

// Ready reports whether the file can be had.
func (a *Archive) Ready() bool { return !a.ReadyAt.IsZero() }

// Renewable reports whether another may be asked for; nil stands for none.
func (a *Archive) Renewable(now time.Time) bool {
	return a == nil || now.Sub(a.AskedAt) >= ArchiveEvery
}

// Ends is when the file is removed.
func (a *Archive) Ends() time.Time { return a.AskedAt.Add(ArchiveLife) }
