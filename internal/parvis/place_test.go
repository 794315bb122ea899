package parvis_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/parvis-coop/parvis/internal/parvis"
)

var points = rapid.Custom(func(t *rapid.T) parvis.Place {
	return parvis.Place{
		Lat: rapid.Float64Range(-90, 90).Draw(t, "lat"), Lon: rapid.Float64Range(-180, 180).Draw(t, "lon"), HasPoint: true,
	}
})

func TestSnapStaysNearAndOnEarth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := points.Draw(t, "point")
		got := p.Snap()
		if err := got.Validate(); err != nil {
			t.Fatalf("%+v snaps to %+v: %v", p, got, err)
		}
		// Half the diagonal of a cell, and a little for the curvature.
		if d, ok := p.Distance(got); !ok || d > 360 {
			t.Errorf("%+v moves %.0f m to %+v", p, d, got)
		}
		if again := got.Snap(); again != got {
			t.Errorf("snapping twice gives %+v, once %+v", again, got)
		}
		for _, x := range []float64{got.Lat, got.Lon} {
			if rounded := math.Round(x*1e5) / 1e5; rounded != x {
				t.Errorf("%v has more than five decimals", x)
			}
		}
	})
}

// Whatever is published from one home, and from the homes around it, must show
// one point only.
func TestSnapIsOnePointForTheWholeCell(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		middle := points.Draw(t, "point").Snap()
		if math.Abs(middle.Lat) > 85 || math.Abs(middle.Lon) > 179.9 {
			t.Skip("cells at the edge of the map are cut")
		}
		const half = 0.49 * 500 / 111_320.0
		near := middle
		near.Lat += half * rapid.Float64Range(-1, 1).Draw(t, "north")
		near.Lon += half / math.Cos(middle.Lat*math.Pi/180) * rapid.Float64Range(-1, 1).Draw(t, "east")
		if got := near.Snap(); got != middle {
			t.Errorf("%+v snaps to %+v, its cell's middle is %+v", near, got, middle)
		}
	})
}

func TestSnapKeepsWhatIsNoPoint(t *testing.T) {
	t.Parallel()
	if got, want := (parvis.Place{Name: "Barbusse", Lat: 48.8}).Snap(), (parvis.Place{Name: "Barbusse"}); got != want {
		t.Errorf("a place without a point: %+v, want %+v", got, want)
	}
	for _, p := range []parvis.Place{
		{Lat: 91, Lon: 2, HasPoint: true}, {Lat: 48, Lon: -181, HasPoint: true}, {Lat: 48, Lon: math.Inf(1), HasPoint: true},
		{Lat: math.NaN(), Lon: 2, HasPoint: true},
	} {
		snapped := p.Snap()
		if err := snapped.Validate(); err == nil {
			t.Errorf("%+v became %+v, which is on Earth", p, snapped)
		}
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	malakoff := parvis.Place{Lat: 48.8209, Lon: 2.2998, HasPoint: true}
	vanves := parvis.Place{Lat: 48.8217, Lon: 2.2875, HasPoint: true}
	if d, ok := malakoff.Distance(vanves); !ok || d < 850 || d > 950 {
		t.Errorf("from Malakoff to Vanves: %.0f m, %v; want about 900", d, ok)
	}
	if _, ok := malakoff.Distance(parvis.Place{Name: "quelque part"}); ok {
		t.Error("there is a distance to a place without a point")
	}
	poles := parvis.Place{Lat: 90, HasPoint: true}
	if d, _ := poles.Distance(parvis.Place{Lat: -90, HasPoint: true}); math.Abs(d-math.Pi*6_371_000) > 1 {
		t.Errorf("from pole to pole: %.0f m", d)
	}
}
