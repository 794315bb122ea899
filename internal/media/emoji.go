package media

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"

	"golang.org/x/image/draw"
)

// Bounds on the small pictures that stand inside texts. Mastodon takes files of 256 kB.
const (
	emojiBytes  = 1 << 20
	emojiPixels = 2_000_000
	emojiSide   = 96 // of its rendition, at most: twice as high as the largest text
)

// Emoji prepares a picture that stands inside a text. It stays transparent, so it becomes a PNG; what moved stands still.
func (d *Darkroom) Emoji(ctx context.Context, r io.Reader) (Prepared, error) {
	data, err := d.read(r, min(emojiBytes, d.limits.Bytes))
	if err != nil {
		return Prepared{}, err
	}
	leave, err := d.enter(ctx)
	if err != nil {
		return Prepared{}, err
	}
	defer leave()
	picture, _, err := d.decode(data, min(emojiPixels, d.limits.Pixels))
	if err != nil {
		return Prepared{}, err
	}
	small := image.NewNRGBA(image.Rectangle{Max: fit(picture.Bounds().Size(), image.Pt(2*emojiSide, emojiSide))})
	draw.CatmullRom.Scale(small, small.Rect, picture, picture.Bounds(), draw.Src, nil)
	var out bytes.Buffer
	if err := png.Encode(&out, small); err != nil {
		return Prepared{}, fmt.Errorf("encode emoji: %w", err)
	}
	return Prepared{Renditions: []Rendition{{Name: "emoji", Key: folder(out.Bytes()) + "/emoji.png",
		Width: small.Rect.Dx(), Height: small.Rect.Dy(), Data: out.Bytes()}}}, nil
}
