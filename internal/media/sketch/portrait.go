package sketch

import (
	"image"
	"math/rand/v2"
)

// Portrait draws somebody friendly. The same seed always draws the same person.
func Portrait(seed uint64) image.Image {
	c := newCanvas(PortraitSide, PortraitSide, PortraitSide/200.0)
	p := somebody(rand.New(rand.NewPCG(seed, 0x9A2715)))
	c.box(p.wall, 0, 0, 200, 200, 0)
	c.disc(gleam, 100, 96, 82)
	p.hair.back(c, p)
	p.body(c)
	p.head(c)
	p.hair.front(c, p)
	if p.glasses {
		c.ring(dark, 3, 85, 96, 11.5)
		c.ring(dark, 3, 115, 96, 11.5)
		c.line(dark, 3, "M97 94c2-2 4-2 6 0M73 94l-8-3M127 94l8-3")
	}
	return c.image
}

// person is what makes one portrait differ from another.
type person struct {
	wall, skin, skinShade, lips, hairColour, cloth ink
	hair                                           hairstyle
	neckline, beard, smile                         int
	glasses, earrings, freckles, old               bool
}

// A hairstyle is what is seen behind the head and before it.
type hairstyle struct {
	back, front     func(*canvas, person)
	beard, earrings bool // may go with it
}

var (
	skins = [][2]ink{
		{0xF7D7BF, 0xE9BD9E}, {0xEFC4A0, 0xDDA87F}, {0xE0AE84, 0xC99267}, {0xC38A60, 0xA97048}, {0x96613F, 0x7E4E31}, {0x7D5036, 0x653E28},
	}
	fairHair = []ink{0x2E211B, 0x4A2F20, 0x6E4526, 0x9A6636, 0xCFA15A, 0x93431F}
	darkHair = []ink{0x2A1D18, 0x2A1D18, 0x3A281F}
	grey     = []ink{0xC4BEB5, 0xE6E1D8, 0x9D968C}
	walls    = []ink{0xD7E4D6, 0xE9D9C3, 0xD3E0EA, 0xE6D8EA, 0xF0DDC9, 0xDCE6E3, 0xEEE0B8}
	cloths   = []ink{green, brick, blue, plum, 0xC9962F, 0x3F6E78, 0xB9566B, 0x5C6B3A, 0x46505A}
)

func somebody(r *rand.Rand) person {
	tone := r.IntN(len(skins))
	hues := fairHair
	if tone >= 2 {
		hues = darkHair
	}
	p := person{
		wall: pick(r, walls), skin: skins[tone][0], skinShade: skins[tone][1], lips: 0x8A3A30, cloth: pick(r, cloths),
		hair: pick(r, hairstyles), neckline: r.IntN(4), smile: r.IntN(3),
		glasses: r.IntN(4) == 0, freckles: tone < 2 && r.IntN(4) == 0, old: r.IntN(4) == 0,
	}
	if tone >= 4 {
		p.lips = 0x4E1B17
	}
	if p.old {
		hues = grey
	}
	p.hairColour = pick(r, hues)
	if p.hair.beard {
		p.beard = r.IntN(4) // 0, 1: none
	}
	p.earrings = p.hair.earrings && r.IntN(2) == 0
	return p
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// body is shoulders and neck.
func (p person) body(c *canvas) {
	c.fill(p.cloth, "M22 204c0-40 30-54 62-58h32c32 4 62 18 62 58z")
	c.fill(p.skinShade, "M84 118h32v30c0 10-7 17-16 17s-16-7-16-17z")
	switch p.neckline {
	case 0: // a round neck
		c.line(0x40_FFFFFF, 4, "M80 148c2 16 10 24 20 24s18-8 20-24")
	case 1: // a shirt
		c.fill(paper, "M84 142l-10 8 18 28 8-14 8 14 18-28-10-8-16 24z")
	case 2: // stripes
		c.line(0x70_FBF8F3, 5, "M58 160l-4 44M142 160l4 44M78 168v36M122 168v36M100 176v28")
	default: // a polo neck
		c.box(p.cloth, 82, 150, 36, 20, 4)
		c.line(0x50_201B16, 13, "M80 148c6 14 34 14 40 0")
		c.line(p.cloth, 11, "M80 146c6 14 34 14 40 0")
	}
}

// head is the face without its hair.
func (p person) head(c *canvas) {
	c.oval(p.skinShade, 65, 98, 7, 10)
	c.oval(p.skinShade, 135, 98, 7, 10)
	if p.earrings {
		c.disc(gold, 64, 111, 3.5)
		c.disc(gold, 136, 111, 3.5)
	}
	c.fill(p.skin, "M66 90c0-26 14-40 34-40s34 14 34 40c0 30-14 50-34 50s-34-20-34-50z")
	c.oval(0x38_D2506A, 79, 112, 9, 6)
	c.oval(0x38_D2506A, 121, 112, 9, 6)
	if p.freckles {
		for _, f := range []point{{76, 108}, {82, 110}, {78, 114}, {118, 110}, {124, 108}, {122, 114}} {
			c.disc(p.skinShade, f.x, f.y, 1.4)
		}
	}
	p.beardOn(c)
	c.disc(0x241812, 85, 96, 3.8)
	c.disc(0x241812, 115, 96, 3.8)
	c.disc(paper, 86.3, 94.6, 1.3)
	c.disc(paper, 116.3, 94.6, 1.3)
	c.line(p.brows(), 3, "M78 85c4-4 9-4 13-1M109 84c4-3 9-3 13 1")
	c.line(p.skinShade, 3, "M100 97c2 5 3 8 0 11h-3")
	if p.old {
		c.line(p.skinShade, 1.6, "M72 98l-4-2M72 101l-4 1M128 98l4-2M128 101l4 1M90 70c7-2 13-2 20 0")
	}
	switch p.smile {
	case 0:
		c.line(p.lips, 3, "M90 119c6 6 14 6 20 0")
	case 1:
		c.fill(p.lips, "M87 117c8 2 18 2 26 0-1 9-6 13-13 13s-12-4-13-13z")
		c.fill(paper, "M89 118c8 2 14 2 22 0-1 3-2 4-3 5h-16c-1-1-2-2-3-5z")
	default:
		c.line(p.lips, 3, "M90 118c6 7 14 7 20 0M88 117l2 2M112 117l-2 2")
	}
}

// brows are a little darker than light hair, so that a white-haired face has some.
func (p person) brows() ink {
	if p.old {
		return 0x8B8379
	}
	return p.hairColour
}

func (p person) beardOn(c *canvas) {
	switch p.beard {
	case 2:
		c.fill(p.hairColour, "M66 94c4 12 8 18 16 18 8 0 10-4 18-4s10 4 18 4c8 0 12-6 16-18 2 32-12 52-34 52s-36-20-34-52z")
		c.fill(p.skin, "M88 116c8-3 16-3 24 0-1 8-6 13-12 13s-11-5-12-13z")
	case 3:
		c.fill(p.hairColour, "M100 110c6-3 14-1 17 6-6 1-12 0-17-2-5 2-11 3-17 2 3-7 11-9 17-6z")
	}
}
