package parvis_test

import (
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

func TestNewsAt(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	at := func(day, hour, minute int) time.Time {
		return time.Date(2026, time.October, day, hour, minute, 0, 0, zone)
	}
	for _, tt := range []struct {
		name        string
		box         parvis.Mailbox
		since, want time.Time
	}{
		{"the first", parvis.Mailbox{}, at(6, 10, 0), at(6, 10, 15)},
		{"a second within the hour", parvis.Mailbox{ToldAt: at(6, 9, 50), ToldDay: 1}, at(6, 10, 0), at(6, 10, 50)},
		{"a second after the hour", parvis.Mailbox{ToldAt: at(6, 9, 0), ToldDay: 1}, at(6, 10, 0), at(6, 10, 15)},
		{"late", parvis.Mailbox{}, at(6, 21, 50), at(7, 7, 0)},
		{"at night", parvis.Mailbox{}, at(6, 3, 0), at(6, 7, 0)},
		{"just before the morning", parvis.Mailbox{}, at(6, 6, 50), at(6, 7, 5)},
		{"as the clocks go back", parvis.Mailbox{}, at(24, 23, 0), at(25, 7, 0)},
		{"too many today", parvis.Mailbox{ToldAt: at(6, 15, 0), ToldDay: 6}, at(6, 15, 30), at(7, 7, 0)},
		{"many yesterday", parvis.Mailbox{ToldAt: at(5, 21, 0), ToldDay: 6}, at(6, 9, 0), at(6, 9, 15)},
		{"from another zone", parvis.Mailbox{}, at(6, 21, 50).UTC(), at(7, 7, 0)},
	} {
		if got := tt.box.NewsAt(tt.since, zone); !got.Equal(tt.want) {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	var box parvis.Mailbox
	for i, now := range []time.Time{at(6, 8, 0), at(6, 23, 59), at(7, 0, 1).UTC()} {
		box.Tell(parvis.ID(i), now, zone)
		if want := []int{1, 2, 1}[i]; box.ToldDay != want || !box.ToldAt.Equal(now) || box.Told != parvis.ID(i) {
			t.Errorf("after %s: %+v, want %d that day", now, box, want)
		}
	}
}

// A letter comes on the morning of its day, after the last, within two hours.
func TestWeeklyOn(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for day := 1; day <= 7; day++ {
		for account := range parvis.ID(512) {
			box := parvis.Mailbox{AccountID: account, WeeklyAt: time.Date(2026, time.October, 21, 9, 30, 0, 0, zone)} // a Wednesday
			for range 3 {
				at := box.WeeklyOn(day, zone)
				if !at.After(box.WeeklyAt) || at.Sub(box.WeeklyAt) > 7*24*time.Hour+2*time.Hour || int(at.Weekday()) != day%7 || at.Hour() < 7 || at.Hour() > 8 {
					t.Fatalf("after %s the letter of day %d comes at %s", box.WeeklyAt, day, at)
				}
				box.WeeklyAt = at
			}
		}
	}
}
