package media_test

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/buckket/go-blurhash"
	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/media"
)

// webpQuarters is the same picture from a browser's canvas; there is no encoder of WebP in Go.
//
//go:embed testdata/quarters.webp
var webpQuarters []byte

// The corners of a test picture have one colour each, so that a test sees which way up it is.
var (
	brick = color.RGBA{0xA8, 0x44, 0x2A, 0xFF}
	green = color.RGBA{0x1F, 0x6B, 0x4F, 0xFF}
	blue  = color.RGBA{0x2B, 0x5A, 0x8C, 0xFF}
	ochre = color.RGBA{0x8A, 0x64, 0x10, 0xFF}
)

// quarters is a picture of four colours: brick, green above blue, ochre.
func quarters(width, height int) *image.RGBA {
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := [2][2]color.RGBA{{brick, green}, {blue, ochre}}[2*y/height][2*x/width]
			picture.SetRGBA(x, y, c)
		}
	}
	return picture
}

func asJPEG(t testing.TB, picture image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, picture, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func asPNG(t testing.TB, picture image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, picture); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// withEXIF puts an APP1 segment with an orientation and a camera's name behind a JPEG's start.
func withEXIF(picture []byte, orientation uint16) []byte {
	const camera = "Appareil de Jeanne"
	tiff := []byte("II*\x00\x08\x00\x00\x00\x02\x00")
	tiff = append(tiff, 0x0F, 0x01, 2, 0)                                                                      // Make, ASCII
	tiff = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(tiff, uint32(len(camera)+1)), 38) // its length and place
	tiff = append(tiff, 0x12, 0x01, 3, 0, 1, 0, 0, 0)                                                          // Orientation, one short
	tiff = append(binary.LittleEndian.AppendUint16(tiff, orientation), 0, 0, 0, 0, 0, 0)
	tiff = append(append(tiff, camera...), 0)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{}, picture[:2]...)
	out = append(out, 0xFF, 0xE1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(segment)+2))
	return append(append(out, segment...), picture[2:]...)
}

// pngOf is the header of a PNG that claims a size and brings no pixels.
func pngOf(width, height uint32) []byte {
	header := append([]byte("IHDR"), make([]byte, 13)...)
	binary.BigEndian.PutUint32(header[4:], width)
	binary.BigEndian.PutUint32(header[8:], height)
	header[12], header[13] = 8, 6
	out := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	return binary.BigEndian.AppendUint32(append(out, header...), crc32.ChecksumIEEE(header))
}

func decode(t *testing.T, r media.Rendition) image.Image {
	t.Helper()
	picture, err := jpeg.Decode(bytes.NewReader(r.Data))
	if err != nil {
		t.Fatalf("%s: %v", r.Name, err)
	}
	if got := picture.Bounds().Size(); got != image.Pt(r.Width, r.Height) {
		t.Errorf("%s measures %v, and says %d × %d", r.Name, got, r.Width, r.Height)
	}
	return picture
}

// mustLookLike compares the colours in the middle of each quarter.
func mustLookLike(t *testing.T, picture image.Image, want [4]color.RGBA) {
	t.Helper()
	b := picture.Bounds()
	for i, place := range []image.Point{{b.Dx() / 4, b.Dy() / 4}, {3 * b.Dx() / 4, b.Dy() / 4}, {b.Dx() / 4, 3 * b.Dy() / 4}, {3 * b.Dx() / 4, 3 * b.Dy() / 4}} {
		r, g, blue, _ := picture.At(place.X, place.Y).RGBA()
		got := color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(blue >> 8), 0xFF}
		if far(got.R, want[i].R) || far(got.G, want[i].G) || far(got.B, want[i].B) {
			t.Errorf("at %v the colour is %v, want %v", place, got, want[i])
		}
	}
}

func far(a, b uint8) bool { return max(a, b)-min(a, b) > 6 }

func names(p media.Prepared) string {
	var list []string
	for _, r := range p.Renditions {
		list = append(list, r.Name)
	}
	return strings.Join(list, " ")
}

func TestPhotoFormats(t *testing.T) {
	t.Parallel()
	room := media.NewDarkroom(media.DefaultLimits)
	var animated bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 100, 80), color.Palette{brick, green, blue, ochre})
	for i := range frame.Pix {
		frame.SetColorIndex(i%100, i/100, uint8(i%100/50+i/100/40*2))
	}
	if err := gif.EncodeAll(&animated, &gif.GIF{Image: []*image.Paletted{frame, image.NewPaletted(frame.Rect, frame.Palette)}, Delay: []int{9, 9}}); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"JPEG": asJPEG(t, quarters(100, 80)), "PNG": asPNG(t, quarters(100, 80)), "GIF": animated.Bytes(), "WebP": webpQuarters}
	for name, data := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := room.Photo(context.Background(), bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			if want := "large medium small"; names(got) != want {
				t.Errorf("renditions %s, want %s", names(got), want)
			}
			for _, r := range got.Renditions {
				mustLookLike(t, decode(t, r), [4]color.RGBA{brick, green, blue, ochre})
			}
			if across, down, err := blurhash.Components(got.Blurhash); err != nil || across != 4 || down != 3 {
				t.Errorf("blurhash %q has %d × %d parts (%v), want 4 × 3", got.Blurhash, across, down, err)
			}
		})
	}
}

func TestPhotoSizes(t *testing.T) {
	t.Parallel()
	room := media.NewDarkroom(media.DefaultLimits)
	tests := []struct {
		name          string
		width, height int
		want          []image.Point
	}{
		{"wide", 2000, 1500, []image.Point{{1600, 1200}, {800, 600}, {400, 300}}},
		{"upright", 1000, 1400, []image.Point{{1000, 1400}, {800, 1120}, {400, 560}}},
		{"small", 300, 200, []image.Point{{300, 200}, {300, 200}, {300, 200}}},
		{"a ribbon", 4000, 10, []image.Point{{1600, 4}, {800, 2}, {400, 1}}},
		{"a pole", 10, 4000, []image.Point{{6, 2400}, {3, 1200}, {2, 600}}},
		{"a pixel", 1, 1, []image.Point{{1, 1}, {1, 1}, {1, 1}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := room.Photo(context.Background(), bytes.NewReader(asPNG(t, quarters(test.width, test.height))))
			if err != nil {
				t.Fatal(err)
			}
			var sizes []image.Point
			for _, r := range got.Renditions {
				sizes = append(sizes, decode(t, r).Bounds().Size())
			}
			if diff := cmp.Diff(test.want, sizes); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestAvatar(t *testing.T) {
	t.Parallel()
	room := media.NewDarkroom(media.DefaultLimits)
	wide := image.NewRGBA(image.Rect(0, 0, 1200, 600)) // white at both sides of the square
	for i := range wide.Pix {
		wide.Pix[i] = 0xFF
	}
	square := quarters(600, 600)
	for y := range 600 {
		copy(wide.Pix[wide.PixOffset(300, y):wide.PixOffset(900, y)], square.Pix[y*square.Stride:])
	}
	middle := func(image.Point) image.Rectangle { return image.Rect(300, 0, 900, 600) }
	got, err := room.Avatar(context.Background(), bytes.NewReader(asJPEG(t, wide)), middle)
	if err != nil {
		t.Fatal(err)
	}
	if want := "avatar face"; names(got) != want {
		t.Fatalf("renditions %s, want %s", names(got), want)
	}
	for i, side := range []int{400, 96} {
		picture := decode(t, got.Renditions[i])
		if size := picture.Bounds().Size(); size != image.Pt(side, side) {
			t.Errorf("%s measures %v, want %d", got.Renditions[i].Name, size, side)
		}
		mustLookLike(t, picture, [4]color.RGBA{brick, green, blue, ochre})
	}
}

// TestOrientation holds pictures the eight ways a camera can be held. Each file shows the same thing once it is turned upright.
func TestOrientation(t *testing.T) {
	t.Parallel()
	room := media.NewDarkroom(media.DefaultLimits)
	upright := [4]color.RGBA{brick, green, blue, ochre}
	turned := map[uint16][4]int{ // which quarter of the upright picture lies in each quarter of the file
		1: {0, 1, 2, 3}, 2: {1, 0, 3, 2}, 3: {3, 2, 1, 0}, 4: {2, 3, 0, 1}, 5: {0, 2, 1, 3}, 6: {1, 3, 0, 2}, 7: {3, 1, 2, 0}, 8: {2, 0, 3, 1}, 9: {0, 1, 2, 3},
	}
	for orientation, order := range turned {
		width, height := 60, 40
		if orientation >= 5 && orientation <= 8 {
			width, height = 40, 60
		}
		lying := image.NewRGBA(image.Rect(0, 0, width, height))
		for y := range height {
			for x := range width {
				lying.SetRGBA(x, y, upright[order[2*y/height*2+2*x/width]])
			}
		}
		file := withEXIF(asJPEG(t, lying), orientation)
		got, err := room.Photo(context.Background(), bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		picture := decode(t, got.Renditions[0])
		if size := picture.Bounds().Size(); size != image.Pt(60, 40) {
			t.Errorf("orientation %d: upright it measures %v", orientation, size)
		}
		mustLookLike(t, picture, upright)
		mustCutUpright(t, room, file, upright)
	}
}

// mustCutUpright cuts each quarter of the upright picture of 60 × 40 out of a file.
func mustCutUpright(t *testing.T, room *media.Darkroom, file []byte, upright [4]color.RGBA) {
	t.Helper()
	for i, colour := range upright {
		corner := image.Pt(i%2*30, i/2*20)
		got, err := room.Avatar(context.Background(), bytes.NewReader(file), func(size image.Point) image.Rectangle {
			if size != image.Pt(60, 40) {
				t.Errorf("the cut is asked of %v, which is not upright", size)
			}
			return image.Rectangle{Min: corner, Max: corner.Add(image.Pt(30, 20))}
		})
		if err != nil {
			t.Fatal(err)
		}
		picture := decode(t, got.Renditions[0])
		if size := picture.Bounds().Size(); size != image.Pt(30, 20) {
			t.Errorf("the part measures %v", size)
		}
		mustLookLike(t, picture, [4]color.RGBA{colour, colour, colour, colour})
	}
}

func TestMetadataGoes(t *testing.T) {
	t.Parallel()
	data := withEXIF(asJPEG(t, quarters(40, 40)), 1)
	if !bytes.Contains(data, []byte("Jeanne")) {
		t.Fatal("the test's file does not say whose camera it was")
	}
	got, err := media.NewDarkroom(media.DefaultLimits).Photo(context.Background(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range got.Renditions {
		if bytes.Contains(r.Data, []byte("Exif")) || bytes.Contains(r.Data, []byte("Jeanne")) {
			t.Errorf("%s still says whose camera it was", r.Name)
		}
	}
}

func TestTransparencyShowsPaper(t *testing.T) {
	t.Parallel()
	got, err := media.NewDarkroom(media.DefaultLimits).Photo(context.Background(), bytes.NewReader(asPNG(t, image.NewNRGBA(image.Rect(0, 0, 50, 50)))))
	if err != nil {
		t.Fatal(err)
	}
	paper := color.RGBA{0xFB, 0xF8, 0xF3, 0xFF}
	mustLookLike(t, decode(t, got.Renditions[0]), [4]color.RGBA{paper, paper, paper, paper})
}

func TestPhotoRefuses(t *testing.T) {
	t.Parallel()
	room := media.NewDarkroom(media.Limits{Bytes: 4000, Pixels: 1_000_000, AtOnce: 1})
	whole := asJPEG(t, quarters(40, 40))
	tests := []struct {
		name string
		data []byte
		want error
	}{
		{"too many bytes", make([]byte, 4001), media.ErrTooLarge},
		{"too many pixels", pngOf(1001, 1000), media.ErrTooManyPixels},
		{"far too many pixels", pngOf(1<<24, 1<<24), media.ErrTooManyPixels},
		{"a text", []byte("Perceuse à prêter"), media.ErrNotPicture},
		{"nothing", nil, media.ErrNotPicture},
		{"an SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), media.ErrNotPicture},
		{"a PDF", []byte("%PDF-1.7"), media.ErrNotPicture},
		{"a header alone", pngOf(10, 10), media.ErrBroken},
		{"no width", pngOf(0, 10), media.ErrBroken},
		{"half a photo", whole[:len(whole)/2], media.ErrBroken},
		{"a magic number", []byte("\xFF\xD8\xFF\xE0"), media.ErrBroken},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := room.Photo(context.Background(), bytes.NewReader(test.data)); !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

func TestPhotoGivesUpWaiting(t *testing.T) {
	t.Parallel()
	room := media.NewDarkroom(media.Limits{Bytes: 1000, Pixels: 1000, AtOnce: 0})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := room.Photo(ctx, strings.NewReader("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

func TestPhotoPassesReadErrors(t *testing.T) {
	t.Parallel()
	room := media.NewDarkroom(media.DefaultLimits)
	if _, err := room.Photo(context.Background(), io.MultiReader(strings.NewReader("x"), broken{})); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v, want the reader's", err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func FuzzPhoto(f *testing.F) {
	f.Add(asPNG(f, quarters(8, 8)))
	f.Add(withEXIF(asJPEG(f, quarters(8, 8)), 6))
	f.Add(webpQuarters)
	room := media.NewDarkroom(media.Limits{Bytes: 1 << 16, Pixels: 1 << 16, AtOnce: 2})
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := room.Photo(context.Background(), bytes.NewReader(data))
		if err == nil && len(got.Renditions) != 3 {
			t.Errorf("%d renditions and no error", len(got.Renditions))
		}
	})
}
