package sketch

// apples are a crate from the garden.
func apples(c *canvas) {
	c.backdrop(0xD9E4D0, 0xE8EFDF, 0xBFD0AC, 222)
	c.oval(shade, 200, 276, 150, 9)
	c.fill(moss, "M0 60C40 20 70 40 96 14 70 0 30-10 0 0z")
	c.fill(leaf, "M0 30c30 0 40-10 56-30H0zM330 0c0 22 30 40 70 36V0z")
	c.line(walnut, 4, "M330 0c20 14 44 20 70 18")

	for _, a := range []struct {
		x, y, r   float64
		red, gilt bool
	}{
		{146, 92, 26, false, false}, {206, 80, 28, true, false}, {262, 94, 26, false, true}, {108, 124, 28, true, false}, {168, 122, 29, false, true},
		{230, 122, 29, true, false}, {292, 126, 27, false, false}, {84, 150, 20, false, true}, {318, 150, 20, true, false}, {136, 150, 25, false, false},
		{200, 152, 27, true, false}, {262, 152, 26, false, true},
	} {
		skin, cheek := ink(0x9DB24C), ink(0xB9CB6C)
		if a.red {
			skin, cheek = 0xC0402F, 0xDA6650
		} else if a.gilt {
			skin, cheek = 0xE0A63C, 0xF0C66C
		}
		apple(c.at(a.x, a.y, 0).scaled(a.r/28, a.r/28), skin, cheek)
	}

	c.box(walnut, 66, 152, 268, 116, 4)
	for _, y := range []float64{152, 192, 232} {
		c.box(wood, 56, y, 288, 34, 4)
		c.box(0xD2AE80, 56, y, 288, 7, 3)
	}
	c.line(0xAE8659, 2, "M96 170c30-6 60 4 90 0M210 212c30 6 60-6 100 0M100 252c40-6 50 6 110 0")
	for _, x := range []float64{56, 324} {
		c.box(oak, x, 140, 22, 136, 4)
		for _, y := range []float64{164, 176, 204, 216, 244, 256} {
			c.disc(dark, x+11, y, 2)
		}
	}
	apple(c.at(52, 268, -14), 0xC0402F, 0xDA6650)
}

// apple is drawn around 0, 0, about 28 in radius.
func apple(c *canvas, skin, cheek ink) {
	c.fill(skin, "M0-20c8-10 30-8 30 14 0 20-14 34-24 34-4 0-4-2-6-2s-2 2-6 2c-10 0-24-14-24-34 0-22 22-24 30-14z")
	c.fill(cheek, "M-10-18c-8 0-14 6-14 16 4-8 8-12 16-14 2-2 0-2-2-2z")
	c.line(walnut, 3, "M0-18c0-6 2-10 5-13")
	c.fill(leaf, "M4-24c4-10 14-12 20-8-4 8-12 12-20 8z")
}

// plants are cuttings in pots on a window sill.
func plants(c *canvas) {
	c.box(0xE9E4D4, 0, 0, 400, 300, 0)
	c.box(paper, 34, -20, 332, 240, 6)
	for _, x := range []float64{46, 206} {
		c.box(0xC5DBE2, x, -20, 148, 228, 3)
		c.disc(0xDDEBEC, x+40, 60, 30)
		c.disc(0xDDEBEC, x+70, 70, 22)
		c.fill(0xA9C7A8, "M46 208v-34c24-20 50-18 74-4 26-14 54-10 74 8v30zM206 208v-24c20-20 40-20 62-6 30-20 60-16 86 2v28z")
	}
	c.box(wood, 0, 222, 400, 78, 0)
	c.box(0xD8B98C, 0, 214, 400, 14, 0)
	c.oval(shade, 206, 272, 164, 9)

	for _, s := range []struct{ turn, length float64 }{{-46, 96}, {-22, 118}, {2, 128}, {26, 112}, {50, 88}} { // a succulent, upright
		b := c.at(88, 196, s.turn*0.62).scaled(1, s.length/120)
		b.fill(moss, "M-13 0c-6-40-2-90 13-120 15 30 19 80 13 120z")
		b.fill(0x79A873, "M-3 0c-4-40-2-84 3-112 5 28 7 72 3 112z")
	}
	pot(c, 88, 196, 72, clay)

	for _, s := range []struct{ x, y float64 }{{168, 150}, {232, 146}, {184, 118}, {218, 112}, {200, 160}, {160, 178}, {240, 176}} { // a geranium
		c.disc(leaf, s.x, s.y+12, 17)
		c.disc(0x6BA271, s.x, s.y+10, 9)
	}
	c.line(moss, 4, "M190 180c-6-40-16-60-20-84M204 180c0-50 2-70 4-108M214 180c8-40 20-60 30-80")
	for _, s := range []point{{168, 90}, {208, 66}, {246, 94}} {
		for _, d := range []point{{-10, 0}, {10, 0}, {0, -10}, {0, 10}, {-7, -7}, {7, 7}, {7, -7}, {-7, 7}} {
			c.disc(0xD2506A, s.x+d.x, s.y+d.y, 7.5)
		}
		for _, d := range []point{{-6, -4}, {6, -3}, {0, 6}, {-2, -11}} {
			c.disc(0xEA8DA0, s.x+d.x, s.y+d.y, 4)
		}
	}
	pot(c, 202, 190, 84, 0xB4573A)

	for _, s := range []struct{ turn, length float64 }{{-84, 66}, {-60, 80}, {-34, 92}, {-8, 96}, {18, 94}, {42, 84}, {68, 72}} { // a fern
		b := c.at(320, 200, s.turn*0.8)
		b.line(moss, 3, "M0 0C2-30 2-50 0-86")
		for y := -20.0; y > -s.length; y -= 11 {
			b.at(0, y, -58).fill(0x5F9A66, "M0 0c-6-8-5-16 0-22 5 6 6 14 0 22z")
			b.at(0, y, 58).fill(leaf, "M0 0c-6-8-5-16 0-22 5 6 6 14 0 22z")
		}
	}
	pot(c, 320, 202, 66, blue)
}

// pot stands with its rim around x, y.
func pot(c *canvas, x, y, width float64, colour ink) {
	p := c.at(x, y, 0).scaled(width/80, width/80)
	p.fill(colour, "M-34 6h68l-9 62c-1 5-4 8-9 8h-32c-5 0-8-3-9-8z")
	p.fill(0x28_201B16, "M10 6h24l-9 62c-1 5-4 8-9 8h-14c6-20 8-50 8-70z")
	p.box(colour, -40, -10, 80, 20, 6)
	p.box(gleam, -40, -10, 80, 7, 4)
}

// cat waits on its cushion for somebody to feed it.
func cat(c *canvas) {
	c.backdrop(0xE6DDE8, 0xF2ECF2, 0xCFA77A, 236)
	c.box(0xBE9364, 0, 278, 400, 22, 0)
	c.box(paper, 34, 30, 66, 84, 3) // a picture of a fish
	c.box(0xCFE0E2, 42, 38, 50, 68, 2)
	c.fill(blue, "M50 74c10-12 22-12 30-2l8-8v18l-8-6c-8 10-20 10-30-2z")
	c.disc(paper, 59, 71, 2)

	c.oval(shade, 204, 276, 134, 10)
	c.fill(0x57326A, "M82 258c-8-24 30-34 122-34s130 10 122 34c-6 22-54 20-122 20s-116 2-122-20z")
	c.fill(plum, "M82 250c-6-24 34-32 122-32s128 8 122 32c-6 16-54 18-122 18s-116-2-122-18z")
	c.line(0x8C5C9B, 3, "M104 250c40 12 160 12 200 0")

	const fur, stripe, belly = ink(0xD58A45), ink(0xB46C30), ink(0xF6E3C8)
	c.line(fur, 22, "M262 232c40 8 62-10 56-36-4-16-18-18-22-8")
	c.line(stripe, 22, "M312 178l1 0M319 202l0 1M302 228l1 0")
	c.fill(fur, "M150 244c-16-52 4-104 54-104s74 52 58 104c-8 10-30 8-58 8s-46 2-54-8z")
	c.line(stripe, 6, "M154 196c8-2 14-2 20 2M150 214c8-2 14-2 20 2M256 196c-8-2-14-2-20 2M260 214c-8-2-14-2-20 2")
	c.fill(belly, "M180 168c12 10 36 10 50 0 10 30 4 60-4 76h-42c-8-16-14-46-4-76z")
	c.oval(belly, 184, 246, 20, 10)
	c.oval(belly, 226, 246, 20, 10)
	c.line(stripe, 2.5, "M178 248v6M188 248v6M220 248v6M230 248v6")

	c.fill(fur, "M146 112l-4-66c0-6 6-8 10-4l38 34zM264 112l4-66c0-6-6-8-10-4l-38 34z")
	c.fill(0xE8A7A0, "M154 92l-3-36 24 24zM256 92l3-36-24 24z")
	c.oval(fur, 205, 118, 66, 54)
	c.line(stripe, 7, "M205 70v18M188 73l4 16M222 73l-4 16M144 120l14 2M142 134l14-2M266 120l-14 2M268 134l-14-2")
	c.oval(belly, 190, 142, 20, 16)
	c.oval(belly, 220, 142, 20, 16)
	c.oval(0xF4F0DA, 178, 114, 14, 15)
	c.oval(0xF4F0DA, 232, 114, 14, 15)
	c.oval(leaf, 178, 114, 11, 13)
	c.oval(leaf, 232, 114, 11, 13)
	c.oval(dark, 178, 114, 5, 11)
	c.oval(dark, 232, 114, 5, 11)
	c.disc(paper, 181, 109, 3)
	c.disc(paper, 235, 109, 3)
	c.fill(0xC9655F, "M197 130h16c0 6-5 10-8 10s-8-4-8-10z")
	c.line(dark, 2.5, "M205 140v6c-4 8-14 8-18 2M205 146c4 8 14 8 18 2")
	c.line(paper, 2, "M174 140l-44-8M174 146l-44 4M236 140l44-8M236 146l44 4")
	c.line(brick, 9, "M164 160c26 16 56 16 82 0")
	c.disc(gold, 205, 176, 9)
	c.line(dark, 2, "M205 178v6")
}
