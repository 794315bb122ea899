package i18n

import (
	"fmt"
	"time"
)

// calendar is how a language names and writes days. The standard library knows English only, and x/text no dates at all.
type calendar struct {
	days, shortDays     [7]string // from Sunday, as time.Weekday
	months, shortMonths [12]string
	dayOfMonth          func(day int) string
	clock               func(hour, minute int) string
}

var calendars = map[string]calendar{
	"fr": {
		days:      [7]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"},
		shortDays: [7]string{"dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."},
		months: [12]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
			"décembre"},
		shortMonths: [12]string{"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."},
		dayOfMonth: func(day int) string {
			if day == 1 {
				return "1er"
			}
			return fmt.Sprint(day)
		},
		clock: func(hour, minute int) string {
			if minute == 0 {
				return fmt.Sprintf("%d\u00A0h", hour)
			}
			return fmt.Sprintf("%d\u00A0h\u00A0%02d", hour, minute)
		},
	},
	"en": {
		days:      [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		shortDays: [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
		months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
			"December"},
		shortMonths: [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
		dayOfMonth:  func(day int) string { return fmt.Sprint(day) },
		clock:       func(hour, minute int) string { return fmt.Sprintf("%d:%02d", hour, minute) },
	},
}

// Day is a day near in time, without its year: "sam. 3 oct.".
func (p *Printer) Day(t time.Time) string {
	t = t.In(p.zone)
	return p.words.calendar.shortDays[t.Weekday()] + " " + p.date(t)
}

// FullDay is a day in words: "samedi 3 octobre 2026".
func (p *Printer) FullDay(t time.Time) string {
	t, c := t.In(p.zone), p.words.calendar
	return fmt.Sprintf("%s %s\u00A0%s %d", c.days[t.Weekday()], c.dayOfMonth(t.Day()), c.months[t.Month()-1], t.Year())
}

// Month is a month in words: "octobre 2026".
func (p *Printer) Month(t time.Time) string {
	t = t.In(p.zone)
	return fmt.Sprintf("%s %d", p.words.calendar.months[t.Month()-1], t.Year())
}

// Time is the time of day: "14 h 30".
func (p *Printer) Time(t time.Time) string {
	t = t.In(p.zone)
	return p.words.calendar.clock(t.Hour(), t.Minute())
}

// DateTime is a day and the time: "sam. 3 oct., 14 h".
func (p *Printer) DateTime(t time.Time) string { return p.Day(t) + ", " + p.Time(t) }

// date is a day of the month, "3 oct.", for a time in the printer's zone.
func (p *Printer) date(t time.Time) string {
	c := p.words.calendar
	return c.dayOfMonth(t.Day()) + "\u00A0" + c.shortMonths[t.Month()-1]
}

// dateSeen is a date with its year when that is not the year of now.
func (p *Printer) dateSeen(t, now time.Time) string {
	t = t.In(p.zone)
	if t.Year() == now.In(p.zone).Year() {
		return p.date(t)
	}
	return p.date(t) + fmt.Sprintf("\u00A0%d", t.Year())
}

// Ago says how long ago something was: "il y a 2 h", "hier", "le 3 oct.".
func (p *Printer) Ago(t, now time.Time) string {
	passed, days := now.Sub(t), p.daysBetween(t, now)
	switch {
	case passed < time.Minute: // or a clock elsewhere is ahead of ours
		return p.T("time.now")
	case passed < time.Hour:
		return p.T("time.minutes", Count(passed/time.Minute))
	case days == 0 || passed < 12*time.Hour:
		return p.T("time.hours", Count(passed/time.Hour))
	case days == 1:
		return p.T("time.yesterday")
	case days < 7:
		return p.T("time.days", Count(days))
	}
	return p.T("time.on", "Date", p.dateSeen(t, now))
}

// Until says how much time is left: "encore 12 jours", "dernier jour", "jusqu’au 3 févr." when that is far away.
func (p *Printer) Until(t, now time.Time) string {
	switch days := p.daysBetween(now, t); {
	case t.Before(now):
		return p.T("time.over")
	case days == 0:
		return p.T("time.lastday")
	case days <= 60:
		return p.T("time.left", Count(days))
	}
	return p.T("time.until", "Date", p.dateSeen(t, now))
}

// daysBetween counts the midnights from one time to another, which is how people count days.
func (p *Printer) daysBetween(from, to time.Time) int {
	return p.civilDay(to) - p.civilDay(from)
}

func (p *Printer) civilDay(t time.Time) int {
	year, month, day := t.In(p.zone).Date()
	return int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}
