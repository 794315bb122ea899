package media_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/media"
)

func drawnPNG(t *testing.T, width, height int) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for x := range width / 2 {
		for y := range height {
			img.SetNRGBA(x, y, color.NRGBA{200, 40, 40, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestEmoji: an emoji becomes a small PNG that is transparent where it was, and is
// served as what it is.
func TestEmoji(t *testing.T) {
	t.Parallel()
	room := media.NewDarkroom(media.DefaultLimits)
	got, err := room.Emoji(t.Context(), bytes.NewReader(drawnPNG(t, 400, 200)))
	if err != nil {
		t.Fatal(err)
	}
	r := got.Renditions[0]
	if len(got.Renditions) != 1 || r.Width != 192 || r.Height != 96 || !strings.HasSuffix(r.Key, "/emoji.png") || media.TypeOf(r.Key) != "image/png" {
		t.Errorf("%d renditions, the first %d × %d at %s", len(got.Renditions), r.Width, r.Height, r.Key)
	}
	drawn, err := png.Decode(bytes.NewReader(r.Data))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, a := drawn.At(180, 50).RGBA(); a != 0 {
		t.Errorf("the empty half has opacity %d", a)
	}
	if _, _, _, a := drawn.At(10, 50).RGBA(); a != 0xffff {
		t.Errorf("the drawn half has opacity %d", a)
	}
	store, err := media.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := got.Save(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	file, info, err := store.Open(t.Context(), r.Key)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if kept, err := io.ReadAll(file); err != nil || !bytes.Equal(kept, r.Data) || info.ContentType != "image/png" {
		t.Errorf("kept %d bytes as %s, %v", len(kept), info.ContentType, err)
	}
	for what, tt := range map[string]struct {
		data []byte
		want error
	}{
		"huge":          {drawnPNG(t, 2000, 1200), media.ErrTooManyPixels},
		"not a picture": {[]byte("<svg onload=alert(1)>"), media.ErrNotPicture},
		"too many":      {append(drawnPNG(t, 10, 10), make([]byte, 2<<20)...), media.ErrTooLarge},
	} {
		if _, err := room.Emoji(t.Context(), bytes.NewReader(tt.data)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", what, err, tt.want)
		}
	}
}
