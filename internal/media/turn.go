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

// swapsSides tells whether width becomes height.
func (t turn) swapsSides() bool { return t >= 5 }

// apply returns the picture upright.
func (t turn) apply(src *image.RGBA) *image.RGBA {
	if t == 1 {
		return src
	}
	size := src.Bounds().Size()
	width, height := size.X, size.Y
	if t.swapsSides() {
		width, height = height, width
	}
	dst := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
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
