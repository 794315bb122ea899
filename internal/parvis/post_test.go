package parvis_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

var states = []parvis.State{parvis.Open, parvis.Reserved, parvis.Done}

func TestStates(t *testing.T) {
	t.Parallel()
	allowed := map[[2]parvis.State]bool{
		{parvis.Open, parvis.Reserved}: true, {parvis.Open, parvis.Done}: true, {parvis.Reserved, parvis.Open}: true,
		{parvis.Reserved, parvis.Done}: true, {parvis.Done, parvis.Open}: true,
	}
	for _, from := range states {
		for _, to := range states {
			err := from.To(to)
			if got, want := err == nil, allowed[[2]parvis.State{from, to}]; got != want {
				t.Errorf("from %s to %s: %v", from, to, err)
			}
			if got := slices.Contains(from.Next(), to); got != (err == nil) {
				t.Errorf("Next of %s and To %s disagree", from, to)
			}
		}
		if got, err := parvis.ParseState(string(from)); err != nil || got != from {
			t.Errorf("ParseState(%q) = %q, %v", from, got, err)
		}
	}
	if _, err := parvis.ParseState("lent"); key(t, err) != "post.state.unknown" {
		t.Errorf("ParseState(lent): %v", err)
	}
}

// Whatever people press, they can always come back to an open offer.
func TestEveryStateCanBeReopened(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		state := parvis.Open
		for _, next := range rapid.SliceOf(rapid.SampledFrom(states)).Draw(t, "steps") {
			if state.To(next) == nil {
				state = next
			}
		}
		if state != parvis.Open && state.To(parvis.Open) != nil {
			t.Errorf("stuck in %s", state)
		}
	})
}

// sample returns a valid offer of a drill.
func sample() *parvis.Post {
	n := parvistest.Malakoff()
	return parvistest.Drill(n, parvistest.Jeanne(n), parvistest.Noon)
}

func TestValidatePost(t *testing.T) {
	t.Parallel()
	now := parvistest.Noon
	tests := []struct {
		name   string
		change func(*parvis.Post)
		local  string // message key for a post typed here
		remote string
	}{
		{"as it is", func(*parvis.Post) {}, "", ""},
		{"no title", func(p *parvis.Post) { p.Title = " " }, "post.title.missing", ""},
		{"long title", func(p *parvis.Post) { p.Title = strings.Repeat("é", 121) }, "post.title.long", ""},
		{"title of two lines", func(p *parvis.Post) { p.Title = "Perceuse\nà percussion" }, "post.title.invalid", ""},
		{"an offer without a text", func(p *parvis.Post) { p.Source = "" }, "", ""},
		{"a note without a text", func(p *parvis.Post) { p.Detail, p.Source = &parvis.Note{}, "\n" }, "post.text.missing", ""},
		{"a note with a photo only", func(p *parvis.Post) { p.Detail, p.Source, p.Media = &parvis.Note{}, "", make([]parvis.Media, 1) }, "", ""},
		{"long text", func(p *parvis.Post) { p.Source = strings.Repeat("é", 5001) }, "post.text.long", ""},
		{"broken text", func(p *parvis.Post) { p.Source = "\xff" }, "post.text.invalid", ""},
		{"long warning", func(p *parvis.Post) { p.Warning = strings.Repeat("é", 301) }, "post.warning.long", ""},
		{"no language", func(p *parvis.Post) { p.Language = `fr"><script>` }, "post.language.invalid", ""},
		{"ended", func(p *parvis.Post) { p.EndsAt = now.Add(-time.Minute) }, "post.ends.past", ""},
		{"ends in three years", func(p *parvis.Post) { p.EndsAt = now.AddDate(3, 0, 0) }, "post.ends.far", ""},
		{"five photos", func(p *parvis.Post) { p.Media = make([]parvis.Media, 5) }, "post.photos.many", ""},
		{"no audience", func(p *parvis.Post) { p.Audience = "" }, "post.audience.unknown", "post.audience.unknown"},
		{"a point off Earth", func(p *parvis.Post) { p.Place.Lat = 91 }, "place.point.invalid", "place.point.invalid"},
		{"an offer without a sort", func(p *parvis.Post) { p.Detail = &parvis.Offer{Purpose: parvis.PurposeOffer} }, "offer.sort.missing", "offer.sort.missing"},
		{"an offer of nothing", func(p *parvis.Post) { p.Detail = &parvis.Offer{Sort: parvis.SortRide} }, "offer.purpose.missing", "offer.purpose.missing"},
		{"an unknown category", func(p *parvis.Post) {
			p.Detail = &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.SortRide, Category: "space"}
		}, "offer.category.unknown", "offer.category.unknown"},
	}
	for _, test := range tests {
		p := sample()
		test.change(p)
		if got := key(t, p.Validate(parvis.Local, now)); got != test.local {
			t.Errorf("%s, typed here: %q, want %q", test.name, got, test.local)
		}
		if got := key(t, p.Validate(parvis.Remote, now)); got != test.remote {
			t.Errorf("%s, received: %q, want %q", test.name, got, test.remote)
		}
	}
}

func TestValidateNamesEveryField(t *testing.T) {
	t.Parallel()
	p := sample()
	p.Title, p.Audience, p.EndsAt, p.Detail = "", "tous", parvistest.Noon.Add(-1), &parvis.Offer{}
	var invalid *parvis.InvalidError
	if err := p.Validate(parvis.Local, parvistest.Noon); !errors.As(err, &invalid) {
		t.Fatal(err)
	}
	var fields []string
	for _, problem := range invalid.Problems {
		fields = append(fields, problem.Field)
	}
	if want := []string{"title", "ends", "audience", "purpose", "sort"}; !slices.Equal(fields, want) {
		t.Errorf("problems with %v, want %v", fields, want)
	}
}

func TestUpdatedAtAndExpired(t *testing.T) {
	t.Parallel()
	p := sample()
	if got := p.UpdatedAt(); !got.Equal(p.PublishedAt) {
		t.Errorf("never edited: %v", got)
	}
	p.EditedAt = p.PublishedAt.Add(time.Hour)
	if got := p.UpdatedAt(); !got.Equal(p.EditedAt) {
		t.Errorf("edited: %v", got)
	}
	if p.Expired(parvistest.Noon.AddDate(9, 0, 0)) {
		t.Error("it expires without a deadline")
	}
	p.EndsAt = parvistest.Noon
	if p.Expired(parvistest.Noon) || !p.Expired(parvistest.Noon.Add(time.Second)) {
		t.Error("it does not expire at its deadline")
	}
}

func TestMediaSizes(t *testing.T) {
	t.Parallel()
	m := &parvis.Media{Renditions: []parvis.Rendition{{Width: 400}, {Width: 1600}, {Width: 800}}}
	for width, want := range map[int]int{1: 400, 400: 400, 401: 800, 900: 1600, 5000: 1600} {
		if got := m.Fitting(width).Width; got != want {
			t.Errorf("Fitting(%d) is %d wide, want %d", width, got, want)
		}
	}
	if (&parvis.Media{}).Ready() || (*parvis.Media)(nil).Ready() || !m.Ready() {
		t.Error("Ready is wrong")
	}
}
