package parvis_test

import (
	"cmp"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// moments draws times that ids can hold, to the millisecond.
var moments = rapid.Custom(func(t *rapid.T) time.Time {
	return time.UnixMilli(rapid.Int64Range(1, 1<<46).Draw(t, "milliseconds")).UTC()
})

func TestIDsRoundTripInBothForms(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := parvis.NewID(moments.Draw(t, "time"))
		if got, err := parvis.ParseID(id.String()); err != nil || got != id {
			t.Errorf("ParseID(%q) = %d, %v; want %d", id.String(), got, err, id)
		}
		if got, err := parvis.ParseID(strings.ToUpper(id.String())); err != nil || got != id {
			t.Errorf("ParseID of upper case = %d, %v; want %d", got, err, id)
		}
		if got, err := parvis.ParseDecimalID(id.Decimal()); err != nil || got != id {
			t.Errorf("ParseDecimalID(%q) = %d, %v; want %d", id.Decimal(), got, err, id)
		}
	})
}

func TestIDsSortByTimeInBothForms(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		early, late := moments.Draw(t, "early"), moments.Draw(t, "late")
		if early.After(late) {
			early, late = late, early
		}
		a, b := parvis.NewID(early), parvis.NewID(late)
		if early.Before(late) && a >= b {
			t.Errorf("%d of %v is not before %d of %v", a, early, b, late)
		}
		if got, want := cmp.Compare(a.String(), b.String()), cmp.Compare(a, b); got != want {
			t.Errorf("%q and %q compare as %d, their numbers as %d", a, b, got, want)
		}
		if !a.Time().Equal(early) {
			t.Errorf("Time() = %v, want %v", a.Time(), early)
		}
		if first := parvis.FirstID(early); first > a || first.Time() != a.Time() {
			t.Errorf("FirstID(%v) = %d is not the least of its millisecond; %d is smaller", early, first, a)
		}
	})
}

func TestMalformedIDsAreNotFound(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "0", "0000000000000", "vvvvvvvvvvvvv", "zzzzzzzzzzzzz", "06n4q0a0000001", "06n4q0a00000", "../etc/passwd"} {
		if _, err := parvis.ParseID(s); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("ParseID(%q): error %v, want ErrNotFound", s, err)
		}
	}
	for _, s := range []string{"", "0", "-5", "+5", "007", "1e3", "9223372036854775808", " 1"} {
		if _, err := parvis.ParseDecimalID(s); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("ParseDecimalID(%q): error %v, want ErrNotFound", s, err)
		}
	}
}

func FuzzParseID(f *testing.F) {
	f.Add(parvis.NewID(time.Now()).String())
	f.Add("0")
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := parvis.ParseID(s); err == nil && id.String() != strings.ToLower(s) {
			t.Errorf("ParseID(%q) = %d, which is written %q", s, id, id)
		}
		if id, err := parvis.ParseDecimalID(s); err == nil && id.Decimal() != s {
			t.Errorf("ParseDecimalID(%q) = %d, which is written %q", s, id, id.Decimal())
		}
	})
}
