package app

import (
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A Keeping is how long something about a resident is kept.
type Keeping struct {
	What string        // the messages web.data.WHAT and web.data.WHAT.why say it
	For  time.Duration // then it is removed; 0 for as long as they have an account
}

// Keepings are what is kept about residents, with the very times after which it is removed.
func Keepings() []Keeping {
	return []Keeping{
		{"account", 0}, {"posts", 0}, {"relations", 0},
		{"sessions", sessionLife},
		{"news", parvis.NotificationLife},
		{"pictures", unusedFor},
		{"bounces", parvis.BounceLife},
		{"archive", parvis.ArchiveLife},
		{"left", parvis.LeaveAfter},
		{"tombstones", parvis.TombstoneLife},
	}
}
