package templates

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"testing"

	"github.com/buckket/go-blurhash"

	"github.com/parvis-coop/parvis/internal/parvis"
)

func TestMeanColour(t *testing.T) {
	t.Parallel()
	for _, c := range []color.RGBA{{0x1f, 0x6b, 0x4f, 255}, {0xfb, 0xf8, 0xf3, 255}, {0, 0, 0, 255}} {
		plain := image.NewRGBA(image.Rect(0, 0, 8, 6))
		draw.Draw(plain, plain.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
		hash, err := blurhash.Encode(4, 3, plain)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := meanColour(hash), fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B); got != want {
			t.Errorf("meanColour(%q) = %q, want %q", hash, got, want)
		}
	}
	for _, broken := range []string{"", "LEHV", "LE\"é6nWB"} {
		if got := meanColour(broken); got != "" {
			t.Errorf("meanColour(%q) = %q, want none", broken, got)
		}
	}
}

func TestSourceSet(t *testing.T) {
	t.Parallel()
	m := &parvis.Media{Renditions: []parvis.Rendition{{Key: "a/large.jpg", Width: 1600}, {Key: "a/small.jpg", Width: 400}, {Key: "a/medium.jpg", Width: 800}}}
	want := "/media/a/small.jpg 400w, /media/a/medium.jpg 800w, /media/a/large.jpg 1600w"
	if got := sourceSet(m); got != want {
		t.Errorf("sourceSet = %q, want %q", got, want)
	}
}

// TestEveryKind: a look for each kind.
func TestEveryKind(t *testing.T) {
	t.Parallel()
	for _, k := range parvis.Kinds {
		if kinds[k].look == nil {
			t.Errorf("%s has no look", k)
		}
	}
}
