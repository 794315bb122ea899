// Package media makes the pictures that people send fit to be shown, and keeps them. What it returns is always a new JPEG, drawn from the
// pixels alone: no place, no camera, no hidden payload survives. It does not serve files; the surfaces do.
package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"

	"github.com/bep/imagemeta"
	"github.com/buckket/go-blurhash"
	"golang.org/x/image/webp"
)

// What can be wrong with a file, for errors.Is; the caller says it in a sentence.
var (
	ErrTooLarge      = errors.New("file too large")
	ErrTooManyPixels = errors.New("too many pixels")
	ErrNotPicture    = errors.New("not a JPEG, PNG, GIF or WebP picture")
	ErrBroken        = errors.New("broken picture")
)

// Limits bound what one picture may cost.
type Limits struct {
	Bytes  int64 // of the file
	Pixels int   // width × height, asked of the header before anything is decoded
	AtOnce int   // pictures decoded at the same time: each may hold four bytes a pixel
}

// DefaultLimits take any photo of a telephone or camera; two at once stay under 400 MB even if both are PNGs of that size.
var DefaultLimits = Limits{Bytes: 12 << 20, Pixels: 40_000_000, AtOnce: 2}

// A Rendition is a picture in one size, ready to be stored.
type Rendition struct {
	Name          string // "large", "medium" …
	Key           string // where to store it; made from its content
	Width, Height int
	Data          []byte // JPEG; PNG of an emoji
}

// ContentType is the media type of every rendition but that of an emoji, which has to be transparent.
const ContentType = "image/jpeg"

// Prepared is a picture in every size its use needs, the largest first.
type Prepared struct {
	Renditions []Rendition
	Blurhash   string // shown while the picture loads
}

// A Darkroom prepares pictures, a few at a time. It is made once for a process.
type Darkroom struct {
	limits Limits
	seats  chan struct{}
}

// NewDarkroom returns a darkroom with the given limits.
func NewDarkroom(limits Limits) *Darkroom {
	return &Darkroom{limits: limits, seats: make(chan struct{}, limits.AtOnce)}
}

// Photo prepares a photo of a post: large, medium and small, never larger than it came.
func (d *Darkroom) Photo(ctx context.Context, r io.Reader) (Prepared, error) {
	return d.prepare(ctx, r, whole, []size{{"large", 1600}, {"medium", 800}, {"small", 400}})
}

// Copy prepares the copy of another server's photo: medium and small. Its server has it larger, and most copies are never looked at.
func (d *Darkroom) Copy(ctx context.Context, r io.Reader) (Prepared, error) {
	return d.prepare(ctx, r, whole, []size{{"medium", 800}, {"small", 400}})
}

// Avatar prepares the picture of an account: a square of it, large and small.
func (d *Darkroom) Avatar(ctx context.Context, r io.Reader, square Cut) (Prepared, error) {
	return d.prepare(ctx, r, square, []size{{"avatar", 400}, {"face", 96}})
}

// A Cut says which part of a picture is kept, of one that has this size when it stands upright.
type Cut func(upright image.Point) image.Rectangle

func whole(upright image.Point) image.Rectangle { return image.Rectangle{Max: upright} }

// size names a rendition and how wide it is at most. A photo is at most half as high again.
type size struct {
	name  string
	width int
}

func (d *Darkroom) prepare(ctx context.Context, r io.Reader, cut Cut, sizes []size) (Prepared, error) {
	data, err := d.read(r, d.limits.Bytes)
	if err != nil {
		return Prepared{}, err
	}
	leave, err := d.enter(ctx)
	if err != nil {
		return Prepared{}, err
	}
	defer leave()
	picture, err := d.develop(data, cut, sizes[0].width)
	if err != nil {
		return Prepared{}, err
	}
	return render(picture, sizes)
}

func (d *Darkroom) read(r io.Reader, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, fmt.Errorf("read picture: %w", err)
	}
	if int64(len(data)) > most {
		return nil, ErrTooLarge
	}
	return data, nil
}

// enter waits for a seat; leave gives it up.
func (d *Darkroom) enter(ctx context.Context) (leave func(), err error) {
	select {
	case d.seats <- struct{}{}:
		return func() { <-d.seats }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// decode decodes a picture within the limits.
func (d *Darkroom) decode(data []byte, pixels int) (image.Image, format, error) {
	kind, known := formats[http.DetectContentType(data)]
	if !known {
		return nil, kind, ErrNotPicture
	}
	header, err := kind.header(bytes.NewReader(data))
	if err != nil || header.Width < 1 || header.Height < 1 {
		return nil, kind, fmt.Errorf("%w: %v", ErrBroken, err)
	}
	if header.Height > pixels/header.Width {
		return nil, kind, ErrTooManyPixels
	}
	picture, err := kind.decode(bytes.NewReader(data))
	if err != nil {
		return nil, kind, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return picture, kind, nil
}

// develop decodes a picture and returns what is kept of it upright, without transparency and small enough for the largest rendition.
func (d *Darkroom) develop(data []byte, cut Cut, width int) (*image.RGBA, error) {
	picture, kind, err := d.decode(data, d.limits.Pixels)
	if err != nil {
		return nil, err
	}
	turn := orientation(data, kind.meta)
	lying := picture.Bounds()
	kept := cut(turn.size(lying.Size()))
	size := fit(kept.Size(), image.Pt(width, width*3/2))
	area := turn.lying(kept, lying.Size()).Add(lying.Min)
	return turn.apply(shrink(picture, area, turn.size(size))), nil
}

// render makes each rendition from the one before it: nearly as good as from the original, and much cheaper.
func render(picture *image.RGBA, sizes []size) (Prepared, error) {
	var out Prepared
	for _, s := range sizes {
		picture = shrink(picture, picture.Bounds(), fit(picture.Bounds().Size(), image.Pt(s.width, s.width*3/2)))
		var buf bytes.Buffer
		if err := jpeg.Encode(&buf, picture, &jpeg.Options{Quality: 82}); err != nil {
			return Prepared{}, fmt.Errorf("encode picture: %w", err)
		}
		dim := picture.Bounds().Size()
		out.Renditions = append(out.Renditions, Rendition{Name: s.name, Width: dim.X, Height: dim.Y, Data: buf.Bytes()})
	}
	out.name()
	across, down := 4, 3
	if dim := picture.Bounds().Size(); dim.Y > dim.X {
		across, down = 3, 4
	}
	thumb := shrink(picture, picture.Bounds(), fit(picture.Bounds().Size(), image.Pt(32, 32)))
	var err error
	if out.Blurhash, err = blurhash.Encode(across, down, thumb); err != nil {
		return Prepared{}, fmt.Errorf("encode blurhash: %w", err)
	}
	return out, nil
}

// format is how a type of file is read. Decoders are named here rather than registered, so that no import adds one unseen.
type format struct {
	header func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	meta   imagemeta.ImageFormat // ImageFormatAuto: it carries no orientation
}

var formats = map[string]format{
	"image/jpeg": {jpeg.DecodeConfig, jpeg.Decode, imagemeta.JPEG},
	"image/png":  {png.DecodeConfig, png.Decode, imagemeta.PNG},
	"image/gif":  {gif.DecodeConfig, gif.Decode, imagemeta.ImageFormatAuto},
	"image/webp": {webp.DecodeConfig, decodeWebP, imagemeta.WebP},
}

// name gives the renditions their keys, which are made from all of them: two
// pictures share either all their files or none, so whoever deletes one need only
// ask who else uses its largest.
func (p *Prepared) name() {
	var all []byte
	for _, r := range p.Renditions {
		all = append(all, r.Data...)
	}
	for i := range p.Renditions {
		p.Renditions[i].Key = Key(all, p.Renditions[i].Name)
	}
}
