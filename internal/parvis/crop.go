package parvis

import (
	"image"
	"math"
	"strconv"
	"strings"
)

// MinPortrait is the side of the smallest square that is cut from a picture, in
// pixels: about what a portrait measures on a sharp screen. A picture with a
// shorter side keeps the whole of it.
const MinPortrait = 200

// A Crop says which square of a picture becomes a portrait. The zero Crop is the
// middle one, as large as it can be.
type Crop struct {
	// X and Y say where the square is within the room that it has: -1 at the left
	// or top, 0 in the middle, 1 at the right or bottom.
	X, Y float64
	// Zoom is how many times smaller the square is than the largest one; 0 is 1.
	Zoom float64
}

// ParseCrop reads what String writes. People do not type it, so there is nothing
// to tell them of what cannot be read: it is the zero Crop.
func ParseCrop(text string) Crop {
	fields := strings.Fields(text)
	if len(fields) != 3 {
		return Crop{}
	}
	var numbers [3]float64
	for i, field := range fields {
		var err error
		if numbers[i], err = strconv.ParseFloat(field, 64); err != nil {
			return Crop{}
		}
	}
	return Crop{X: numbers[0], Y: numbers[1], Zoom: numbers[2]}.orMiddle()
}

// String writes a crop for a form.
func (c Crop) String() string {
	number := func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
	return number(c.X) + " " + number(c.Y) + " " + number(max(1, c.Zoom))
}

// orMiddle returns the crop, or the zero one if it says nothing that can be
// done; NaN fails every comparison.
func (c Crop) orMiddle() Crop {
	if math.Abs(c.X) <= 1 && math.Abs(c.Y) <= 1 && (c.Zoom >= 1 || c.Zoom == 0) {
		return c
	}
	return Crop{}
}

// Square returns the square in an upright picture of a size. It never leaves the
// picture; one that is smaller than MinPortrait is enlarged to it, as far as the
// picture goes.
func (c Crop) Square(size image.Point) image.Rectangle {
	c = c.orMiddle()
	largest := min(size.X, size.Y)
	side := max(min(largest, MinPortrait), int(math.Round(float64(largest)/max(1, c.Zoom))))
	room := size.Sub(image.Pt(side, side))
	corner := image.Pt(along(c.X, room.X), along(c.Y, room.Y))
	return image.Rectangle{Min: corner, Max: corner.Add(image.Pt(side, side))}
}

// along returns how many pixels of the room lie before a place between -1 and 1.
func along(place float64, room int) int { return int(math.Round((1 + place) / 2 * float64(room))) }
