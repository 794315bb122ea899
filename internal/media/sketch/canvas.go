package sketch

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/vector"
)

// ink is a colour, 0xRRGGBB, or 0xAARRGGBB to let through what lies beneath.
type ink uint32

// The inks that most sketches share: those of the interface, and of wood, skin of fruit and shade.
const (
	paper  ink = 0xFBF8F3
	stone  ink = 0xE9E2D6
	dark   ink = 0x3A332C
	green  ink = 0x1F6B4F
	brick  ink = 0xA8442A
	blue   ink = 0x2B5A8C
	plum   ink = 0x6A3E78
	ochre  ink = 0x8A6410
	gold   ink = 0xE0AE4A
	leaf   ink = 0x4F8A5B
	moss   ink = 0x3A6B49
	wood   ink = 0xC0986A
	oak    ink = 0xA77F4F
	walnut ink = 0x7A5636
	clay   ink = 0xC26D48
	steel  ink = 0x9AA3A5
	shade  ink = 0x30_201B16 // a shadow
	gleam  ink = 0x48_FFFFFF // a reflection
)

func (i ink) rgba() color.NRGBA {
	alpha := uint8(i >> 24)
	if alpha == 0 {
		alpha = 0xFF
	}
	return color.NRGBA{uint8(i >> 16), uint8(i >> 8), uint8(i), alpha}
}

// canvas is an image with coordinates of its own.
type canvas struct {
	image *image.RGBA
	place matrix
}

func newCanvas(width, height int, scale float64) *canvas {
	return &canvas{image: image.NewRGBA(image.Rect(0, 0, width, height)), place: matrix{scale, 0, 0, scale, 0, 0}}
}

// matrix maps x, y to a·x + c·y + e, b·x + d·y + f, as in SVG.
type matrix struct{ a, b, c, d, e, f float64 }

func (m matrix) apply(p point) point { return point{m.a*p.x + m.c*p.y + m.e, m.b*p.x + m.d*p.y + m.f} }

// at returns the same image with the origin moved, and turned by degrees, clockwise.
func (c *canvas) at(x, y, degrees float64) *canvas {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	m, origin := c.place, c.place.apply(point{x, y})
	return &canvas{c.image, matrix{m.a*cos + m.c*sin, m.b*cos + m.d*sin, m.c*cos - m.a*sin, m.d*cos - m.b*sin, origin.x, origin.y}}
}

// scaled returns the same image with units of another size; a negative width mirrors.
func (c *canvas) scaled(across, down float64) *canvas {
	m := c.place
	return &canvas{c.image, matrix{m.a * across, m.b * across, m.c * down, m.d * down, m.e, m.f}}
}

// fill paints what an SVG path encloses.
func (c *canvas) fill(colour ink, path string) { c.paint(colour, parsePath(path)) }

// line paints an SVG path as a line with round ends.
func (c *canvas) line(colour ink, width float64, path string) {
	var parts []polygon
	for _, p := range parsePath(path) {
		parts = append(parts, p.thicken(width/2)...)
	}
	c.paint(colour, parts)
}

// disc paints a circle.
func (c *canvas) disc(colour ink, x, y, radius float64) { c.oval(colour, x, y, radius, radius) }

// ring paints a circle as a line.
func (c *canvas) ring(colour ink, width, x, y, radius float64) {
	outer, inner := ellipse(x, y, radius+width/2, radius+width/2), ellipse(x, y, radius-width/2, radius-width/2)
	for i, j := 0, len(inner)-1; i < j; i, j = i+1, j-1 { // wound the other way: a hole
		inner[i], inner[j] = inner[j], inner[i]
	}
	c.paint(colour, []polygon{outer, inner})
}

// oval paints an upright ellipse.
func (c *canvas) oval(colour ink, x, y, rx, ry float64) {
	c.paint(colour, []polygon{ellipse(x, y, rx, ry)})
}

// box paints a rectangle with round corners.
func (c *canvas) box(colour ink, x, y, width, height, radius float64) {
	radius = min(radius, width/2, height/2)
	var p polygon
	for corner, centre := range []point{{x + width - radius, y + height - radius}, {x + radius, y + height - radius}, {x + radius, y + radius}, {x + width - radius, y + radius}} {
		for step := range 9 {
			sin, cos := math.Sincos((float64(corner) + float64(step)/8) * math.Pi / 2)
			p = append(p, point{centre.x + radius*cos, centre.y + radius*sin})
		}
	}
	c.paint(colour, []polygon{p})
}

// paint fills polygons, each point placed on the image. Only the part of the image that they cover is touched.
func (c *canvas) paint(colour ink, polygons []polygon) {
	area := image.Rectangle{}
	for _, p := range polygons {
		for i := range p {
			p[i] = c.place.apply(p[i])
			x, y := int(math.Floor(p[i].x)), int(math.Floor(p[i].y))
			area = area.Union(image.Rect(x, y, x+2, y+2))
		}
	}
	area = area.Intersect(c.image.Bounds())
	if area.Empty() {
		return
	}
	raster := vector.NewRasterizer(area.Dx(), area.Dy())
	left, top := float64(area.Min.X), float64(area.Min.Y)
	for _, p := range polygons {
		for i, q := range p {
			if i == 0 {
				raster.MoveTo(float32(q.x-left), float32(q.y-top))
			} else {
				raster.LineTo(float32(q.x-left), float32(q.y-top))
			}
		}
		raster.ClosePath()
	}
	raster.Draw(c.image, area, image.NewUniform(colour.rgba()), image.Point{})
}

// backdrop paints a wall and, from height y, the floor or table before it, with a paler disc behind the thing shown.
func (c *canvas) backdrop(wall, disc, floor ink, y float64) {
	c.box(wall, 0, 0, 400, 300, 0)
	c.disc(disc, 200, y-96, 128)
	c.box(floor, 0, y, 400, 300-y, 0)
	c.box(gleam, 0, y, 400, 5, 0)
}
