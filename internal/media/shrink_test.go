package media

import (
	"image"
	"image/color"
	"math"
	"testing"

	"golang.org/x/image/draw"
	"pgregory.net/rapid"
)

// TestShrinkIsCatmullRom compares our filter, which holds a few rows only, with x/image/draw's.
func TestShrinkIsCatmullRom(t *testing.T) {
	t.Parallel()
	src := image.NewRGBA(image.Rect(0, 0, 211, 157))
	for y := range 157 {
		for x := range 211 {
			wave := uint8(127 + 120*math.Sin(float64(x*x+3*y*y)/900))
			src.SetRGBA(x, y, color.RGBA{wave, uint8(x), 255 - wave/2, 255})
		}
	}
	for _, size := range []image.Point{{211, 157}, {200, 150}, {100, 40}, {33, 157}, {16, 12}, {1, 1}} {
		area := src.Bounds()
		got, want := shrink(src, area, size), image.NewRGBA(image.Rectangle{Max: size})
		draw.CatmullRom.Scale(want, want.Bounds(), src, area, draw.Src, nil)
		for i := range want.Pix {
			if diff := int(got.Pix[i]) - int(want.Pix[i]); diff < -2 || diff > 2 {
				t.Fatalf("%v: byte %d is %d, want %d", size, i, got.Pix[i], want.Pix[i])
			}
		}
	}
}

func TestFit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		side := rapid.IntRange(1, 20000)
		size := image.Pt(side.Draw(t, "width"), side.Draw(t, "height"))
		limit := image.Pt(side.Draw(t, "max width"), side.Draw(t, "max height"))
		got := fit(size, limit)
		if got.X < 1 || got.Y < 1 || got.X > min(size.X, limit.X) || got.Y > min(size.Y, limit.Y) {
			t.Fatalf("fit(%v, %v) = %v", size, limit, got)
		}
	})
}
