package parvis

import (
	"slices"
	"time"
)

// Bounds of moves.
const (
	// MaxAliases is how many other addresses a resident may name as their own.
	MaxAliases = 20
	// MoveRest is how long an account of another server rests after a move that led
	// its followers here away, as on Mastodon.
	MoveRest = 7 * 24 * time.Hour
	// MoveAgain is how long a resident waits before they move once more, as on Mastodon.
	MoveAgain = 30 * 24 * time.Hour
)

// Moved reports whether the account says that it lives elsewhere now.
func (a *Account) Moved() bool { return a.MovedTo != "" }

// Succeeds reports whether the account may take over the followers of another: it
// says itself that the other is the same person, and did not move on.
func (a *Account) Succeeds(old *Account) bool {
	return a.ID != old.ID && a.movable() && old.movable() && !a.Moved() && slices.Contains(a.AlsoKnownAs, old.URI)
}

// movable reports whether moves concern the account: the node itself and its feeds
// stay where they are.
func (a *Account) movable() bool { return a.Active() && a.Type != Application && !a.IsFeed() }
