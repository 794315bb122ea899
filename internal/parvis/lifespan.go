package parvis

import "time"

// What people publish and forget misleads whoever comes later. So what they offer ends by
// itself, and they are asked in time; see docs/decisions/0029-nothing-rots.md.
const (
	// askBefore is how long before its end the author of a post is asked whether it is
	// still true. Who let it last less than twice as long knows when it ends.
	askBefore = 7 * day
	// ReservedFor is how long something may be promised to somebody, and SilentFor how
	// long a talk about it may rest, before its author is asked whether it is done.
	ReservedFor = 21 * day
	SilentFor   = 14 * day
	// MaxPause is how far ahead a pause may end. What would end during a pause ends
	// AfterPause later than it.
	MaxPause   = 366 * day
	AfterPause = 14 * day
)

func (p *Post) lasts() Lasting {
	if p.Detail == nil {
		return notLong
	}
	return p.Detail.Lasts()
}

// Renews reports whether the post can be given more time.
func (p *Post) Renews() bool { return p.lasts().Usual > 0 && p.State != Done }

// Renewed returns when the post ends if it lasts as long again from now on as is usual for
// its kind; never earlier than it does anyway. It is zero for what stays.
func (p *Post) Renewed(now time.Time) time.Time {
	usual := p.lasts().Usual
	if usual == 0 {
		return p.EndsAt
	}
	end := now.Add(usual).Truncate(time.Second)
	if p.EndsAt.After(end) {
		return p.EndsAt
	}
	return end
}

// Lengthens reports whether the post ends later if it is renewed.
func (p *Post) Lengthens(now time.Time) bool { return p.Renews() && p.Renewed(now).After(p.EndsAt) }

// AskAt returns when the author is to be asked whether the post is still true; zero for never.
func (p *Post) AskAt() time.Time {
	if !p.Renews() || p.EndsAt.IsZero() || p.EndsAt.Sub(p.PublishedAt) < 2*askBefore {
		return time.Time{}
	}
	return p.EndsAt.Add(-askBefore)
}

// ValidatePause checks until when somebody makes a pause.
func ValidatePause(until, now time.Time) error {
	switch {
	case !until.After(now):
		return Invalid("until", "pause.past")
	case until.After(now.Add(MaxPause)):
		return Invalid("until", "pause.far")
	}
	return nil
}

// Held returns when what would end in a pause until a time ends instead.
func Held(until time.Time) time.Time { return until.Add(AfterPause).Truncate(time.Second) }

// FirstEnd returns when a post ends that was published when its kind had no end: as long
// after that as is usual, but its author is asked before.
func (p *Post) FirstEnd(now time.Time) time.Time {
	end, soonest := p.PublishedAt.Add(p.lasts().Usual), now.Add(2*askBefore)
	if end.Before(soonest) {
		end = soonest
	}
	return end.Truncate(time.Second)
}

// SeemsDoneAt returns when the post seems done if nothing more happens: some time after it
// was promised, or after the last message, at talk, of the private talks about it in which its
// author took part. It is zero if nothing says so; what its author changed since that
// message they did not forget.
func (p *Post) SeemsDoneAt(talk time.Time) time.Time {
	var at time.Time
	if p.State == Reserved {
		at = p.UpdatedAt().Add(ReservedFor)
	}
	if talk.After(p.UpdatedAt()) {
		if rested := talk.Add(SilentFor); rested.After(at) {
			at = rested
		}
	}
	return at
}
