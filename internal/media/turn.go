package media

import (
	"bytes"
	"image"
	"time"

	"github.com/bep/imagemeta"
)

// turn is how a camera was held: EXIF's orientation, 1 to 8. 1 is upright.
type turn int

// orientation reads how to turn a picture. Metadata that cannot be read say nothing: the picture itself may be perfectly good.
func orientation(data []byte, format imagemeta.ImageFormat) turn {
	found := turn(1)
	if format == imagemeta.ImageFormatAuto {
		return found
	}
	isOrientation := func(tag imagemeta.TagInfo) bool { return tag.Tag == "Orientation" && tag.Namespace == "IFD0" }
	_, err := imagemeta.Decode(imagemeta.Options{
		R:               bytes.NewReader(data),
		ImageFormat:     format,
		Sources:         imagemeta.EXIF,
		Timeout:         time.Second,
		ShouldHandleTag: isOrientation,
		HandleTag: func(tag imagemeta.TagInfo) error {
			if value, ok := tag.Value.(uint16); ok && isOrientation(tag) {
				found = turn(value)
			}
			return nil
		},
	})
	if err != nil || found < 1 || found > 8 {
		return 1
	}
	return found
}

// size returns the size of a picture of the given size once it is turned; turning it back is the same.
func (t turn) size(s image.Point) image.Point {
	if t >= 5 {
		return image.Pt(s.Y, s.X)
	}
	return s
}

// lying returns where an area of the upright picture is in the lying one of the given size.
func (t turn) lying(area image.Rectangle, size image.Point) image.Rectangle {
	first, last := t.source(area.Min.X, area.Min.Y, size), t.source(area.Max.X-1, area.Max.Y-1, size)
	r := image.Rectangle{Min: first, Max: last}.Canon()
	r.Max = r.Max.Add(image.Pt(1, 1))
	return r
}

// apply returns the picture upright.
func (t turn) apply(src *image.RGBA) *image.RGBA {
	if t == 1 {
		return src
	}
	size := src.Bounds().Size()
	dst := image.NewRGBA(image.Rectangle{Max: t.size(size)})
	for y := range dst.Rect.Dy() {
		for x := range dst.Rect.Dx() {
			from := t.source(x, y, size)
			i, j := dst.PixOffset(x, y), src.PixOffset(from.X, from.Y)
			copy(dst.Pix[i:i+4], src.Pix[j:j+4])
		}
	}
	return dst
}

// source tells which pixel of a lying picture of the given size comes to x, y.
func (t turn) source(x, y int, size image.Point) image.Point {
	right, bottom := size.X-1, size.Y-1
	switch t {
	case 2: // mirrored
		return image.Pt(right-x, y)
	case 3: // upside down
		return image.Pt(right-x, bottom-y)
	case 4:
		return image.Pt(x, bottom-y)
	case 5:
		return image.Pt(y, x)
	case 6: // its top is on the right
		return image.Pt(y, bottom-x)
	case 7:
		return image.Pt(right-y, bottom-x)
	case 8: // its top is on the left
		return image.Pt(right-y, x)
	}
	return image.Pt(x, y)
}
