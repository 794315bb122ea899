package parvis_test

import (
	"image"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/parvis-coop/parvis/internal/parvis"
)

func TestCropSquare(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		crop parvis.Crop
		size image.Point
		want image.Rectangle
	}{
		{"nothing said", parvis.Crop{}, image.Pt(1200, 600), image.Rect(300, 0, 900, 600)},
		{"nothing said, upright", parvis.Crop{}, image.Pt(600, 1201), image.Rect(0, 301, 600, 901)},
		{"left", parvis.Crop{X: -1, Y: -1}, image.Pt(1200, 600), image.Rect(0, 0, 600, 600)},
		{"right", parvis.Crop{X: 1, Y: 1, Zoom: 1}, image.Pt(1200, 600), image.Rect(600, 0, 1200, 600)},
		{"bottom", parvis.Crop{X: 1, Y: 1}, image.Pt(600, 1200), image.Rect(0, 600, 600, 1200)},
		{"nearer", parvis.Crop{Zoom: 2}, image.Pt(1200, 600), image.Rect(450, 150, 750, 450)},
		{"nearer, bottom right", parvis.Crop{X: 1, Y: 1, Zoom: 2}, image.Pt(1200, 600), image.Rect(900, 300, 1200, 600)},
		{"a quarter from the left", parvis.Crop{X: -.5, Zoom: 1}, image.Pt(1200, 600), image.Rect(150, 0, 750, 600)},
		{"too near", parvis.Crop{X: -1, Y: 1, Zoom: 1e300}, image.Pt(1200, 600), image.Rect(0, 400, 200, 600)},
		{"infinitely near", parvis.Crop{Zoom: math.Inf(1)}, image.Pt(600, 600), image.Rect(200, 200, 400, 400)},
		{"near in a small picture", parvis.Crop{X: 1, Zoom: 4}, image.Pt(300, 90), image.Rect(210, 0, 300, 90)},
		{"outside", parvis.Crop{X: 1.01, Y: 1, Zoom: 2}, image.Pt(1200, 600), image.Rect(300, 0, 900, 600)},
		{"farther than all", parvis.Crop{X: 1, Zoom: .5}, image.Pt(1200, 600), image.Rect(300, 0, 900, 600)},
		{"no number", parvis.Crop{X: 1, Y: math.NaN(), Zoom: 1}, image.Pt(1200, 600), image.Rect(300, 0, 900, 600)},
		{"a pixel", parvis.Crop{X: 1, Zoom: 3}, image.Pt(1, 1), image.Rect(0, 0, 1, 1)},
	}
	for _, test := range tests {
		if got := test.crop.Square(test.size); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// TestCropSquareIsUsable: whatever is asked for, what comes is a square inside of
// the picture that is large enough.
func TestCropSquareIsUsable(t *testing.T) {
	t.Parallel()
	number := rapid.OneOf(rapid.Float64(), rapid.Float64Range(-1.1, 1.1), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1)}))
	side := rapid.OneOf(rapid.IntRange(1, 1<<16), rapid.IntRange(1, 2*parvis.MinPortrait))
	rapid.Check(t, func(t *rapid.T) {
		crop := parvis.Crop{X: number.Draw(t, "x"), Y: number.Draw(t, "y"), Zoom: number.Draw(t, "zoom")}
		checkSquare(t, crop, image.Pt(side.Draw(t, "width"), side.Draw(t, "height")))
	})
}

// TestCropText: a form brings back what it was given.
func TestCropText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		place := rapid.Float64Range(-1, 1)
		crop := parvis.Crop{X: place.Draw(t, "x"), Y: place.Draw(t, "y"), Zoom: rapid.Float64Range(1, 100).Draw(t, "zoom")}
		if got := parvis.ParseCrop(crop.String()); got != crop {
			t.Errorf("%+v comes back as %+v", crop, got)
		}
	})
}

func FuzzParseCrop(f *testing.F) {
	for _, text := range []string{"", "0 0 1", "-1 -1 1", "1 1 1", "0.3 -0.25 3.5", "NaN 0 1", "0 0 Inf", "2 0 1", "0 0 -1", "0 0", "0 0 1 1", "1e-7 0x1p-2 1_0"} {
		f.Add(text, 1200, 600)
	}
	f.Fuzz(func(t *testing.T, text string, width, height int) {
		if width < 1 || height < 1 || width > 1<<24 || height > 1<<24 {
			return
		}
		crop := parvis.ParseCrop(text)
		checkSquare(t, crop, image.Pt(width, height))
		if again := parvis.ParseCrop(crop.String()); again.Square(image.Pt(width, height)) != crop.Square(image.Pt(width, height)) {
			t.Errorf("%q is %+v, and from its own text %+v", text, crop, again)
		}
	})
}

func checkSquare(t rapid.TB, crop parvis.Crop, size image.Point) {
	got, shortest := crop.Square(size), min(size.X, size.Y)
	switch {
	case got.Dx() != got.Dy():
		t.Errorf("%+v of %v: %v is no square", crop, size, got)
	case !got.In(image.Rectangle{Max: size}):
		t.Errorf("%+v of %v: %v leaves the picture", crop, size, got)
	case got.Dx() < min(shortest, parvis.MinPortrait):
		t.Errorf("%+v of %v: %v is too small", crop, size, got)
	}
}
