package i18n_test

import (
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/i18n"
)

// at reads a time in Malakoff.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation(i18n.DefaultZone)
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// spaced makes no-break spaces visible to the tables below: they are written as plain ones there and tested once on their own.
func spaced(s string) string { return strings.NewReplacer("\u00A0", " ", "\u202F", " ").Replace(s) }

func TestAgo(t *testing.T) {
	t.Parallel()
	catalogue := load(t)
	tests := []struct{ when, now, fr, en string }{
		{"2026-10-03 14:00", "2026-10-03 14:00", "à l’instant", "just now"},
		{"2026-10-03 14:05", "2026-10-03 14:00", "à l’instant", "just now"},
		{"2026-10-03 13:59", "2026-10-03 14:00", "il y a 1 min", "1 min ago"},
		{"2026-10-03 13:01", "2026-10-03 14:00", "il y a 59 min", "59 min ago"},
		{"2026-10-03 13:00", "2026-10-03 14:00", "il y a 1 h", "1 hour ago"},
		{"2026-10-03 11:30", "2026-10-03 14:00", "il y a 2 h", "2 hours ago"},
		{"2026-10-03 00:10", "2026-10-03 23:50", "il y a 23 h", "23 hours ago"},
		{"2026-10-02 23:00", "2026-10-03 08:00", "il y a 9 h", "9 hours ago"},
		{"2026-10-02 19:00", "2026-10-03 08:00", "hier", "yesterday"},
		{"2026-10-02 00:00", "2026-10-03 23:59", "hier", "yesterday"},
		{"2026-10-01 23:59", "2026-10-03 14:00", "il y a 2 jours", "2 days ago"},
		{"2026-09-27 14:00", "2026-10-03 14:00", "il y a 6 jours", "6 days ago"},
		{"2026-09-26 14:00", "2026-10-03 14:00", "le 26 sept.", "on 26 Sep"},
		{"2026-08-01 14:00", "2026-10-03 14:00", "le 1er août", "on 1 Aug"},
		{"2025-12-28 14:00", "2026-01-03 14:00", "il y a 6 jours", "6 days ago"},
		{"2025-10-03 14:00", "2026-10-03 14:00", "le 3 oct. 2025", "on 3 Oct 2025"},
		{"2026-10-24 20:00", "2026-10-25 20:00", "hier", "yesterday"},
		{"2026-03-28 20:00", "2026-03-29 20:00", "hier", "yesterday"},
	}
	for _, test := range tests {
		for lang, want := range map[string]string{"fr": test.fr, "en": test.en} {
			if got := spaced(catalogue.For(lang).Ago(at(t, test.when), at(t, test.now))); got != want {
				t.Errorf("%s: %s seen on %s = %q, want %q", lang, test.when, test.now, got, want)
			}
		}
	}
}

func TestUntil(t *testing.T) {
	t.Parallel()
	catalogue := load(t)
	tests := []struct{ when, now, fr, en string }{
		{"2026-10-03 13:59", "2026-10-03 14:00", "terminé", "over"},
		{"2026-10-03 14:00", "2026-10-03 14:00", "dernier jour", "last day"},
		{"2026-10-03 23:59", "2026-10-03 00:00", "dernier jour", "last day"},
		{"2026-10-04 00:00", "2026-10-03 23:59", "encore 1 jour", "1 day left"},
		{"2026-10-15 08:00", "2026-10-03 14:00", "encore 12 jours", "12 days left"},
		{"2026-10-26 08:00", "2026-10-24 14:00", "encore 2 jours", "2 days left"},
		{"2026-12-02 08:00", "2026-10-03 14:00", "encore 60 jours", "60 days left"},
		{"2026-12-03 08:00", "2026-10-03 14:00", "jusqu’au 3 déc.", "until 3 Dec"},
		{"2027-02-01 08:00", "2026-10-03 14:00", "jusqu’au 1er févr. 2027", "until 1 Feb 2027"},
	}
	for _, test := range tests {
		for lang, want := range map[string]string{"fr": test.fr, "en": test.en} {
			if got := spaced(catalogue.For(lang).Until(at(t, test.when), at(t, test.now))); got != want {
				t.Errorf("%s: until %s on %s = %q, want %q", lang, test.when, test.now, got, want)
			}
		}
	}
}

func TestDays(t *testing.T) {
	t.Parallel()
	catalogue := load(t)
	french, english := catalogue.For("fr"), catalogue.For("en")
	saturday := time.Date(2026, 10, 3, 12, 0, 0, 0, time.UTC) // 14 h in Malakoff
	night := time.Date(2026, 1, 31, 23, 5, 0, 0, time.UTC)    // already February there
	tests := []struct{ name, got, want string }{
		{"day", french.Day(saturday), "sam. 3 oct."},
		{"day, English", english.Day(saturday), "Sat 3 Oct"},
		{"the first", french.Day(night), "dim. 1er févr."},
		{"full day", french.FullDay(saturday), "samedi 3 octobre 2026"},
		{"full day, English", english.FullDay(saturday), "Saturday 3 October 2026"},
		{"month", french.Month(night), "février 2026"},
		{"whole hour", french.Time(saturday), "14 h"},
		{"half hour", french.Time(saturday.Add(30 * time.Minute)), "14 h 30"},
		{"after midnight", french.Time(night), "0 h 05"},
		{"time, English", english.Time(saturday), "14:00"},
		{"day and time", french.DateTime(saturday), "sam. 3 oct., 14 h"},
		{"day and time, English", english.DateTime(saturday.Add(5 * time.Minute)), "Sat 3 Oct, 14:05"},
		{"another zone", french.In(time.UTC).DateTime(night), "sam. 31 janv., 23 h 05"},
	}
	for _, test := range tests {
		if got := spaced(test.got); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	catalogue := load(t)
	tests := []struct {
		n      int
		fr, en string
	}{
		{0, "0", "0"}, {7, "7", "7"}, {999, "999", "999"}, {1000, "1 000", "1,000"}, {12500, "12 500", "12,500"}, {1234567, "1 234 567", "1,234,567"},
		{-42, "-42", "-42"}, {-1000, "-1 000", "-1,000"},
	}
	for _, test := range tests {
		for lang, want := range map[string]string{"fr": test.fr, "en": test.en} {
			if got := spaced(catalogue.For(lang).Number(test.n)); got != want {
				t.Errorf("%s: %d = %q, want %q", lang, test.n, got, want)
			}
		}
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	catalogue := load(t)
	tests := []struct {
		metres float64
		fr, en string
	}{
		{0, "tout près", "very near"}, {49, "tout près", "very near"}, {50, "à 100 m", "100 m away"}, {620, "à 600 m", "600 m away"},
		{949, "à 900 m", "900 m away"}, {960, "à 1 km", "1 km away"}, {1234, "à 1,2 km", "1.2 km away"}, {2000, "à 2 km", "2 km away"},
		{9940, "à 9,9 km", "9.9 km away"}, {9960, "à 10 km", "10 km away"}, {14400, "à 14 km", "14 km away"}, {1234000, "à 1 234 km", "1,234 km away"},
	}
	for _, test := range tests {
		for lang, want := range map[string]string{"fr": test.fr, "en": test.en} {
			if got := spaced(catalogue.For(lang).Distance(test.metres)); got != want {
				t.Errorf("%s: %v m = %q, want %q", lang, test.metres, got, want)
			}
		}
	}
}

// TestNoBreak holds that a number is never parted from its unit at the end of a line.
func TestNoBreak(t *testing.T) {
	t.Parallel()
	p, now := load(t).For("fr"), at(t, "2026-10-03 14:30")
	for _, got := range []string{p.Distance(600), p.Time(now), p.Number(12500), p.Day(now)[len("sam. "):]} {
		if after := strings.TrimPrefix(got, "à "); strings.Contains(after, " ") {
			t.Errorf("%q may break", got)
		}
	}
}
