package parvis

import "time"

// A Mailbox is what is known of writing to somebody. The ids are those of notifications.
type Mailbox struct {
	AccountID ID
	Secret    string // vouches for the addresses and names of mails that went there
	Quiet     bool   // they want no mail about what waits for them
	Waiting   ID     // the newest that is to be told by mail
	Noticed   ID     // they were here since that came
	Told      ID     // a mail told as far as that
	ToldAt    time.Time
	ToldDay   int       // mails on the day of ToldAt
	Weekly    int       // the day of the weekly letter, Monday being 1; 0 for none
	WeeklyAt  time.Time // when it was last thought of
	PausedAt  time.Time // when mail had come back too often
}

// How rarely somebody is told by mail of what waits for them.
const (
	NewsQuiet  = 15 * time.Minute // they may come and see for themselves
	newsEvery  = time.Hour
	newsPerDay = 6
)

// The hours between which people are written to.
const (
	morning = 7
	evening = 22
)

// BounceLife is how long it is remembered that a mail came back.
const BounceLife = 30 * 24 * time.Hour

// Reachable reports whether mail to them is wanted and arrives.
func (b *Mailbox) Reachable() bool { return !b.Quiet && b.PausedAt.IsZero() }

// NewsAt returns when they may be told of something that waits since a time: neither
// at once, nor twice in an hour, nor often in a day, nor at night in their zone.
func (b *Mailbox) NewsAt(since time.Time, zone *time.Location) time.Time {
	at := since.Add(NewsQuiet)
	if next := b.ToldAt.Add(newsEvery); !b.ToldAt.IsZero() && next.After(at) {
		at = next
	}
	if b.told(at.In(zone)) >= newsPerDay {
		y, m, d := at.In(zone).Date()
		at = time.Date(y, m, d+1, morning, 0, 0, 0, zone)
	}
	return ByDay(at.In(zone))
}

// told counts the mails that they got on the day of a time.
func (b *Mailbox) told(at time.Time) int {
	if sameDay(b.ToldAt, at) {
		return b.ToldDay
	}
	return 0
}

// Tell notes that they are told as far as a notification.
func (b *Mailbox) Tell(upTo ID, now time.Time, zone *time.Location) {
	b.ToldDay = b.told(now.In(zone)) + 1
	b.Told, b.ToldAt = upTo, now
}

// sameDay reports whether a time is on the day of another, which has a zone.
func sameDay(t, at time.Time) bool {
	y, m, d := t.In(at.Location()).Date()
	year, month, day := at.Date()
	return y == year && m == month && d == day
}

// ByDay moves a time of the night to the morning after it.
func ByDay(at time.Time) time.Time {
	y, m, d := at.Date()
	switch {
	case at.Hour() < morning:
		return time.Date(y, m, d, morning, 0, 0, 0, at.Location())
	case at.Hour() >= evening:
		return time.Date(y, m, d+1, morning, 0, 0, 0, at.Location())
	}
	return at
}

// A Mailing is mail that comes again and again, until one leaves it.
type Mailing string

// The mailings.
const (
	MailingNews   Mailing = "news"   // what waits for somebody
	MailingWeekly Mailing = "weekly" // what is new near them
)

// weeklySpread is over how long the letters of a morning are spread.
const weeklySpread = 2 * time.Hour

// WeeklyOn returns when the next weekly letter is due that comes on a day, Monday being 1:
// in the morning, and not all of them at once.
func (b *Mailbox) WeeklyOn(day int, zone *time.Location) time.Time {
	last := b.WeeklyAt.In(zone)
	y, m, d := last.Date()
	for ; ; d++ {
		at := time.Date(y, m, d, morning, 0, 0, 0, zone)
		if int(at.Weekday()) != day%7 {
			continue
		}
		if at = at.Add(weeklySpread * time.Duration(b.AccountID%256) / 256); at.After(last) {
			return at
		}
	}
}
