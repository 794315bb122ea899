package mastodon

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"math"
	"net/http"
	"strconv"
	"sync"

	"github.com/gorilla/mux"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// picturesPath is where the pictures lie that stand in for what an account or a
// node does not have: apps want one of each, and not all can draw SVG.
const picturesPath = "/api/pictures/"

// A picture is a PNG file.
type picture []byte

// hues are the colours of accounts without a picture; each keeps its own.
var hues = [...]color.RGBA{{0x1f, 0x7a, 0x57, 255}, {0xa8, 0x44, 0x2a, 255}, {0x2f, 0x5d, 0x8a, 255}, {0x8a, 0x5a, 0x14, 255}, {0x7a, 0x3b, 0x6b, 255}}

const avatarHues = len(hues)

var paper = color.RGBA{0xf4, 0xec, 0xdd, 255}

func avatarPath(hue int) string { return picturesPath + "avatar-" + strconv.Itoa(hue) + ".png" }

// pictures draws all of them at first use: they are few and small.
var pictures = sync.OnceValue(func() map[string]picture {
	all := map[string]picture{"header": draw(600, 200, paper, nothing)}
	for i, hue := range hues {
		all["avatar-"+strconv.Itoa(i)] = draw(avatarWidth, avatarWidth, hue, bust)
	}
	return all
})

func (a *API) picture(_ context.Context, c *call) (any, error) {
	p, ok := pictures()[mux.Vars(c.r)["name"]]
	if !ok {
		return nil, parvis.ErrNotFound
	}
	return p, nil
}

func sendPicture(w http.ResponseWriter, p picture) {
	h := w.Header()
	h.Set("Content-Type", "image/png")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=86400")
	h.Set("Content-Length", strconv.Itoa(len(p)))
	_, _ = w.Write(p) // the app may have gone
}

// A shape tells how far a point is outside of it, in pixels; negative inside.
type shape func(x, y float64) float64

// bust is a head above shoulders, in an avatar's square.
func bust(x, y float64) float64 {
	const w = avatarWidth
	head := math.Hypot(x-w/2, y-w*0.4) - w*0.18
	shoulders := math.Hypot(x-w/2, y-w*1.02) - w*0.38
	return math.Min(head, shoulders)
}

func nothing(float64, float64) float64 { return 1 }

// draw fills a picture with a ground and lays a shape in paper's colour on it,
// with soft edges.
func draw(width, height int, ground color.RGBA, s shape) picture {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			inside := min(1, max(0, 0.5-s(float64(x)+0.5, float64(y)+0.5)))
			img.SetRGBA(x, y, mix(ground, paper, inside))
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

func mix(from, to color.RGBA, part float64) color.RGBA {
	between := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + part*(float64(b)-float64(a)))) }
	return color.RGBA{between(from.R, to.R), between(from.G, to.G), between(from.B, to.B), 255}
}
