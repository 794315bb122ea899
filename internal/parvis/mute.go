package parvis

import "time"

// A Mute leaves what somebody publishes and shares out of an account's timelines and
// lists. Their own page and the conversations in which they are stay, and nobody
// tells them.
type Mute struct {
	ID            ID // its place among the account's
	AccountID     ID
	TargetID      ID
	Target        *Account
	Notifications bool      // of them are muted too
	Until         time.Time // when it ends by itself; zero if it does not
	CreatedAt     time.Time
}

// MuteTimes are for how long one can mute somebody on the pages; 0 is until one takes
// it back, which is the first choice.
var MuteTimes = []time.Duration{0, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}

// MaxMute is the longest time after which a mute ends by itself.
const MaxMute = 365 * 24 * time.Hour
