package media

import (
	"image"
	"io"

	"golang.org/x/image/webp"
)

// decodeWebP corrects what x/image/webp leaves undone: lossy WebP keeps brightness between 16 and 235 and colour between 16 and 240, and
// the decoder hands these values on as if they filled the byte, which turns black into grey and white into cream.
func decodeWebP(r io.Reader) (image.Image, error) {
	picture, err := webp.Decode(r)
	switch picture := picture.(type) {
	case *image.YCbCr:
		widen(picture)
	case *image.NYCbCrA:
		widen(&picture.YCbCr)
	}
	return picture, err
}

// widen stretches studio levels to the whole byte.
func widen(picture *image.YCbCr) {
	var brightness, colour [256]uint8
	for i := range 256 {
		brightness[i] = uint8(min(255, max(0, ((i-16)*255+109)/219)))
		colour[i] = uint8(min(255, max(0, (i-128)*255/224+128)))
	}
	for i, y := range picture.Y {
		picture.Y[i] = brightness[y]
	}
	for i := range picture.Cb {
		picture.Cb[i], picture.Cr[i] = colour[picture.Cb[i]], colour[picture.Cr[i]]
	}
}
