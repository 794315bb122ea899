package sketch

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

type point struct{ x, y float64 }

func (p point) plus(q point) point { return point{p.x + q.x, p.y + q.y} }

// polygon is a line from point to point, closed when it is filled.
type polygon []point

// curveSteps is how many straight pieces stand for one curve: enough at the size of our pictures.
const curveSteps = 24

func ellipse(x, y, rx, ry float64) polygon {
	p := make(polygon, 4*curveSteps)
	for i := range p {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(len(p)))
		p[i] = point{x + rx*cos, y + ry*sin}
	}
	return p
}

// thicken returns polygons that together cover the line at the given distance on both sides. All are wound the same way, so that the
// rasterizer adds rather than subtracts where they overlap.
func (p polygon) thicken(radius float64) []polygon {
	var parts []polygon
	for i, from := range p {
		parts = append(parts, ellipse(from.x, from.y, radius, radius))
		if i+1 == len(p) {
			break
		}
		to := p[i+1]
		length := math.Hypot(to.x-from.x, to.y-from.y)
		if length == 0 {
			continue
		}
		side := point{(from.y - to.y) / length * radius, (to.x - from.x) / length * radius}
		back := point{-side.x, -side.y}
		parts = append(parts, polygon{from.plus(back), to.plus(back), to.plus(side), from.plus(side)})
	}
	return parts
}

// parsePath reads SVG path data with the commands M, L, H, V, C, S, Q and Z, absolute and relative. The paths are this package's own, so
// one that cannot be read is a mistake in the program.
func parsePath(data string) []polygon {
	s := pathScanner{rest: data}
	for s.next() {
		s.segment()
	}
	return s.finish()
}

type pathScanner struct {
	rest    string
	command byte
	done    []polygon
	current polygon
	pen     point
	control point // the last curve's second control point, for S
}

// next moves to the next segment: a command letter, or the numbers of one more segment of the same command.
func (s *pathScanner) next() bool {
	s.rest = strings.TrimLeft(s.rest, " ,\n\t")
	if s.rest == "" {
		return false
	}
	switch first := s.rest[0]; {
	case first >= 'A':
		s.command, s.rest = first, s.rest[1:]
	case s.command == 'M': // further points of a move are lines
		s.command = 'L'
	case s.command == 'm':
		s.command = 'l'
	}
	return true
}

func (s *pathScanner) segment() {
	switch s.command {
	case 'M', 'm':
		s.pen = s.point()
		s.finish()
		s.current = polygon{s.pen}
	case 'L', 'l':
		s.lineTo(s.point())
	case 'H':
		s.lineTo(point{s.number(), s.pen.y})
	case 'h':
		s.lineTo(point{s.pen.x + s.number(), s.pen.y})
	case 'V':
		s.lineTo(point{s.pen.x, s.number()})
	case 'v':
		s.lineTo(point{s.pen.x, s.pen.y + s.number()})
	case 'C', 'c':
		s.curveTo(s.point(), s.point(), s.point())
		return
	case 'S', 's':
		s.curveTo(point{2*s.pen.x - s.control.x, 2*s.pen.y - s.control.y}, s.point(), s.point())
		return
	case 'Q', 'q':
		middle, end := s.point(), s.point()
		s.curveTo(between(s.pen, middle, 2.0/3), between(end, middle, 2.0/3), end)
		return
	case 'Z', 'z':
		s.lineTo(s.current[0])
	default:
		panic(fmt.Sprintf("sketch: path command %q", s.command))
	}
	s.control = s.pen
}

func between(from, to point, part float64) point {
	return point{from.x + (to.x-from.x)*part, from.y + (to.y-from.y)*part}
}

func (s *pathScanner) lineTo(p point) {
	s.current = append(s.current, p)
	s.pen = p
}

// curveTo appends a cubic Bézier curve.
func (s *pathScanner) curveTo(first, second, end point) {
	start := s.pen
	for i := 1; i <= curveSteps; i++ {
		t := float64(i) / curveSteps
		u := 1 - t
		a, b, c, d := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
		s.lineTo(point{a*start.x + b*first.x + c*second.x + d*end.x, a*start.y + b*first.y + c*second.y + d*end.y})
	}
	s.control = second
}

// point reads two numbers; those of a lower-case command count from the pen.
func (s *pathScanner) point() point {
	p := point{s.number(), s.number()}
	if s.command >= 'a' {
		return s.pen.plus(p)
	}
	return p
}

func (s *pathScanner) number() float64 {
	s.rest = strings.TrimLeft(s.rest, " ,\n\t")
	end := strings.IndexFunc(s.rest[min(1, len(s.rest)):], func(r rune) bool { return (r < '0' || r > '9') && r != '.' }) + 1
	if end == 0 {
		end = len(s.rest)
	}
	value, err := strconv.ParseFloat(s.rest[:end], 64)
	if err != nil {
		panic(fmt.Sprintf("sketch: path number at %q", s.rest))
	}
	s.rest = s.rest[end:]
	return value
}

// finish closes the current polygon and returns all of them.
func (s *pathScanner) finish() []polygon {
	if len(s.current) > 0 {
		s.done = append(s.done, s.current)
		s.current = nil
	}
	return s.done
}
