package parvis

import (
	"math"
	"unicode/utf8"
)

// A Place is where something is: a name people use, a point, or both.
type Place struct {
	Name     string  `json:"name,omitempty"`
	Lat      float64 `json:"lat,omitempty"`
	Lon      float64 `json:"lon,omitempty"`
	HasPoint bool    `json:"point,omitempty"`
}

// MaxPlaceName is the length of a place's name, in characters.
const MaxPlaceName = 80

// Validate checks the name's length and that the point is on Earth.
func (p *Place) Validate() error {
	var e InvalidError
	if utf8.RuneCountInString(p.Name) > MaxPlaceName {
		e.Add("place", "place.name.long", "Max", MaxPlaceName)
	}
	if p.HasPoint && !p.onEarth() {
		e.Add("place", "place.point.invalid")
	}
	return e.OrNil()
}

// onEarth reports whether the point is one; NaN fails every comparison.
func (p *Place) onEarth() bool { return math.Abs(p.Lat) <= 90 && math.Abs(p.Lon) <= 180 }

// gridMetres is the size of the cells to which points are snapped, so that a
// post does not tell where its author lives.
const gridMetres = 500

const metresPerDegree = 111_320

// Snap returns the place with its point moved to the middle of its cell in a
// fixed grid of about 500 m. The grid does not depend on the point's neighbours,
// so many posts from one home all fall on one point and tell no more than one. A
// point that is not on Earth stays as it is, for Validate to refuse.
func (p Place) Snap() Place {
	if !p.HasPoint {
		p.Lat, p.Lon = 0, 0
	}
	if !p.HasPoint || !p.onEarth() {
		return p
	}
	const step = float64(gridMetres) / metresPerDegree
	row := math.Floor(p.Lat / step)
	lat := (row + 0.5) * step
	// Rows nearer to the poles have fewer cells, so that cells stay about square.
	lonStep := step / math.Max(math.Cos(lat*math.Pi/180), 0.01)
	lon := (math.Floor(p.Lon/lonStep) + 0.5) * lonStep
	p.Lat = round5(math.Min(math.Max(lat, -90), 90))
	p.Lon = round5(math.Min(math.Max(lon, -180), 180))
	return p
}

// round5 keeps five decimals: about a metre, and stable on the wire.
func round5(x float64) float64 { return math.Round(x*1e5) / 1e5 }

// Distance returns metres between two points along the Earth's surface (the
// haversine formula on a sphere of mean radius), and false if one has no point.
func (p Place) Distance(q Place) (float64, bool) {
	if !p.HasPoint || !q.HasPoint {
		return 0, false
	}
	const radius = 6_371_000
	rad := math.Pi / 180
	dLat, dLon := (q.Lat-p.Lat)*rad/2, (q.Lon-p.Lon)*rad/2
	h := math.Sin(dLat)*math.Sin(dLat) + math.Cos(p.Lat*rad)*math.Cos(q.Lat*rad)*math.Sin(dLon)*math.Sin(dLon)
	return 2 * radius * math.Asin(math.Min(1, math.Sqrt(h))), true
}
