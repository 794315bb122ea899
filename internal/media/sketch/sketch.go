// Package sketch draws the pictures of the demonstration: flat illustrations of things that neighbours lend, and friendly portraits. They
// are drawn by the program so that a demonstration needs no files, no network and nobody's permission.
package sketch

import (
	"image"
	"maps"
	"slices"
)

// The size of an illustration and of a portrait, in pixels.
const (
	Width, Height = 1200, 900
	PortraitSide  = 480
)

// illustrations are drawn on a sheet of 400 × 300.
var illustrations = map[string]func(*canvas){
	"apples":         apples,
	"books":          books,
	"boxes":          boxes,
	"cargo-bike":     cargoBike,
	"cat":            cat,
	"drill":          drill,
	"guitar":         guitar,
	"ladder":         ladder,
	"laptop":         laptop,
	"maths":          maths,
	"plants":         plants,
	"raclette":       raclette,
	"sewing-machine": sewingMachine,
	"table":          table,
}

// Names lists the illustrations, sorted.
func Names() []string { return slices.Sorted(maps.Keys(illustrations)) }

// Illustration draws the picture of that name, and tells whether there is one.
func Illustration(name string) (image.Image, bool) {
	draw, ok := illustrations[name]
	if !ok {
		return nil, false
	}
	c := newCanvas(Width, Height, Width/400.0)
	draw(c)
	return c.image, true
}
