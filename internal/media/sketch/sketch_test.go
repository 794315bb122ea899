package sketch_test

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/parvis-coop/parvis/internal/media/sketch"
)

var look = flag.String("look", "", "write every sketch as PNG into this `directory`, to look at it")

// keep writes a picture where the flag -look says.
func keep(t *testing.T, name string, picture image.Image) {
	t.Helper()
	if *look == "" {
		return
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, picture); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*look, name+".png"), buf.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestIllustrations(t *testing.T) {
	t.Parallel()
	if got := len(sketch.Names()); got != 14 {
		t.Errorf("%d illustrations, want 14", got)
	}
	for _, name := range sketch.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			picture, ok := sketch.Illustration(name)
			if !ok {
				t.Fatal("listed and not drawn")
			}
			if got, want := picture.Bounds().Size(), image.Pt(sketch.Width, sketch.Height); got != want {
				t.Errorf("it measures %v, want %v", got, want)
			}
			mustCover(t, picture)
			keep(t, name, picture)
		})
	}
}

func TestNoSuchIllustration(t *testing.T) {
	t.Parallel()
	if picture, ok := sketch.Illustration("licorne"); ok || picture != nil {
		t.Errorf("got %v, want nothing", picture)
	}
}

func TestPortraits(t *testing.T) {
	t.Parallel()
	seen := map[[sha256.Size]byte]uint64{}
	for seed := range uint64(24) {
		picture := sketch.Portrait(seed).(*image.RGBA)
		mustCover(t, picture)
		keep(t, fmt.Sprintf("portrait-%02d", seed), picture)
		if again := sketch.Portrait(seed).(*image.RGBA); !bytes.Equal(again.Pix, picture.Pix) {
			t.Errorf("seed %d draws two faces", seed)
		}
		sum := sha256.Sum256(picture.Pix)
		if twin, found := seen[sum]; found {
			t.Errorf("seeds %d and %d draw the same face", twin, seed)
		}
		seen[sum] = seed
	}
}

// mustCover fails when a corner or the middle of a picture was left unpainted.
func mustCover(t *testing.T, picture image.Image) {
	t.Helper()
	b := picture.Bounds()
	for _, p := range []image.Point{b.Min, {b.Max.X - 1, b.Min.Y}, {b.Min.X, b.Max.Y - 1}, b.Max.Sub(image.Pt(1, 1)), b.Max.Div(2)} {
		if _, _, _, alpha := picture.At(p.X, p.Y).RGBA(); alpha != 0xFFFF {
			t.Errorf("nothing is painted at %v", p)
		}
	}
}
