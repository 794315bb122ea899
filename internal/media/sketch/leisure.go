package sketch

// raclette is the machine on a laid table, with its little pans.
func raclette(c *canvas) {
	c.backdrop(0xEEDFC9, 0xF6EDDD, 0xA8442A, 196)
	for x := 0.0; x < 400; x += 40 { // a chequered cloth
		c.box(0x26_FFFFFF, x, 196, 20, 104, 0)
	}
	for y := 206.0; y < 300; y += 40 {
		c.box(0x26_FFFFFF, 0, y, 400, 20, 0)
	}
	c.oval(0x40_201B16, 200, 252, 140, 14)

	c.line(0xD9C7AC, 5, "M150 56c-10-12 10-18 0-34M200 48c-10-12 10-18 0-34M250 56c-10-12 10-18 0-34")
	c.box(dark, 78, 226, 20, 24, 5)
	c.box(dark, 302, 226, 20, 24, 5)
	c.box(0x4A423A, 66, 206, 268, 28, 14)
	c.box(0x2A2520, 80, 148, 240, 60, 6)
	c.box(0xE9883A, 92, 154, 216, 5, 2) // what glows
	c.box(0x50_F0A050, 92, 160, 216, 14, 2)
	for i, x := range []float64{96, 170, 244} {
		pan(c.at(x, 186, 0), []ink{blue, green, plum}[i])
	}
	c.box(0x4A423A, 60, 120, 280, 32, 15)
	c.box(0x6B6157, 60, 120, 280, 10, 5)
	c.disc(gold, 318, 138, 6)

	c.oval(0xE6C878, 112, 106, 30, 18) // potatoes
	c.oval(0xD8B35C, 154, 104, 28, 20)
	c.oval(0xE6C878, 136, 88, 26, 16)
	c.line(0xB98F3C, 2.5, "M102 104l4 2M120 110l4 1M150 98l4 2M160 108l3 1M132 86l4 1")
	c.fill(0xC0402F, "M184 118c-4-22 34-24 36 0z")
	c.fill(leaf, "M196 103l6-6 6 6-6 3z")
	c.fill(0xC0402F, "M218 118c0-18 28-18 30 0z")
	c.fill(leaf, "M228 106l5-5 5 5-5 3z")
	c.fill(0xF2D377, "M252 118l58-42c12 10 18 26 18 42z") // a wedge of cheese
	c.fill(0xC98A3C, "M310 76c12 10 18 26 18 42h7c0-18-6-36-19-47z")
	c.disc(0xDDB650, 292, 106, 5)
	c.disc(0xDDB650, 308, 94, 4)
	c.disc(0xDDB650, 276, 112, 3)

	c.oval(paper, 42, 262, 46, 16)
	c.oval(0xE7DECB, 42, 261, 32, 10)
	c.fill(leaf, "M22 258c4-8 14-8 18 0-4 4-14 4-18 0z")
	c.fill(leaf, "M38 262c2-8 12-10 18-4-2 6-12 8-18 4z")
	c.oval(paper, 362, 264, 46, 16)
	c.oval(0xE7DECB, 362, 263, 32, 10)
	c.oval(0xC8706A, 354, 261, 13, 5)
	c.oval(0xD98A80, 370, 264, 13, 5)
}

// pan is a little pan of melting cheese, seen from before, its handle towards us.
func pan(c *canvas, handle ink) {
	c.fill(0x57504A, "M-4 0h68l-8 14H4z")
	c.fill(0xF2D377, "M0-6c12-8 48-8 60 0v6h-8c0 10-8 10-8 2h-14c0 12-10 12-10 2H0z")
	c.box(handle, 22, 12, 18, 44, 8)
	c.box(gleam, 25, 18, 5, 32, 2)
}

// maths is an exercise book with a pencil and a set square.
func maths(c *canvas) {
	c.box(wood, 0, 0, 400, 300, 0)
	c.line(0xB38A5B, 3, "M0 62c90 10 150-10 400 4M0 148c120-12 240 14 400 0M0 236c110 10 260-12 400 4")
	page := c.at(196, 150, -5)
	page.box(shade, -158, -106, 326, 226, 6)
	page.box(blue, -164, -116, 328, 226, 8)
	page.box(paper, -156, -110, 154, 214, 4)
	page.box(paper, 2, -110, 154, 214, 4)
	for y := -96.0; y < 104; y += 14 {
		page.box(0xCBDDE6, -156, y, 312, 1.2, 0)
	}
	for x := -142.0; x < 156; x += 14 {
		page.box(0xDDE8EC, x, -110, 1.2, 214, 0)
	}
	page.box(0xE3A79A, -128, -110, 2, 214, 0)
	page.box(0x30_201B16, -4, -110, 10, 214, 0)

	page.line(blue, 3.5, "M-112-18h76l-76-64z") // Pythagoras
	page.line(blue, 2.5, "M-112-30h12v12")
	page.line(brick, 3, "M-118 6c-6-6-14 0-12 8s12 6 12-2v-6v12M-112-2c4-4 8 0 5 4l-6 5h8")
	page.line(brick, 3, "M-98 8h12M-92 2v12")
	page.line(brick, 3, "M-78-8v22c8 4 14 0 13-6s-9-8-13-2M-60-2c4-4 8 0 5 4l-6 5h8")
	page.line(brick, 3, "M-48 5h10M-48 11h10M-20 4c-6-4-12 0-11 6s8 8 12 3M-14-2c4-4 8 0 5 4l-6 5h8")
	page.line(dark, 2.5, "M-116 40h88M-116 56h70M-116 72h80M-116 88h44")

	page.line(dark, 3, "M24 62h116M40 78V-86M134 56l6 6-6 6M34-80l6-6 6 6") // a curve
	page.line(green, 4.5, "M50-70C66 90 96 90 126-64")
	page.disc(brick, 57, -12, 5)
	page.disc(brick, 118, -12, 5)
	page.line(0x90_A8442A, 2, "M57-12v74M118-12v74")

	set := c.at(292, 208, 12)
	set.fill(0x70_E0AE4A, "M-70 58V-74l132 132zM-46 34h50l-50-50z")
	set.line(ochre, 2.5, "M-70 58V-74l132 132zM-70-50h7M-70-34h7M-70-18h7M-70-2h7M-70 14h7M-70 30h7M-54 58v-7M-38 58v-7M-22 58v-7M-6 58v-7M10 58v-7M26 58v-7")
	pencil := c.at(118, 254, -24)
	pencil.box(shade, -76, 6, 160, 12, 4)
	pencil.box(brick, -70, -8, 18, 17, 5)
	pencil.box(steel, -56, -8, 12, 17, 0)
	pencil.box(gold, -46, -8, 104, 17, 0)
	pencil.box(0xEDC574, -46, -8, 104, 6, 0)
	pencil.fill(0xF0DDBB, "M58-8l28 8.5-28 8.5z")
	pencil.fill(dark, "M76-2.5l10 3-10 3z")
}

// guitar leans against a wall between a lamp's light and a plant.
func guitar(c *canvas) {
	c.backdrop(0xD9DCE8, 0xE8E9F0, wood, 240)
	c.line(0xAE8659, 2, "M0 268h400M80 245v23M210 268v32M320 245v23")
	c.oval(shade, 196, 270, 112, 9)
	c.line(plum, 6, "M92 92V52l34-8v40M92 62l34-8") // notes
	c.oval(plum, 84, 93, 10, 8)
	c.oval(plum, 118, 85, 10, 8)
	c.line(green, 5, "M66 164v-34c4 8 14 8 14 20")
	c.oval(green, 59, 165, 9, 7)

	g := c.at(178, 208, 24).scaled(0.9, 0.9)
	g.box(walnut, -10, -172, 20, 130, 3)
	for y := -160.0; y < -60; y += 16 {
		g.box(gold, -10, y, 20, 2.5, 0)
	}
	g.fill(0x57391F, "M-15-216h30l-4 46h-22z")
	for _, y := range []float64{-208, -194, -180} {
		g.box(steel, -23, y, 12, 7, 3)
		g.box(steel, 11, y, 12, 7, 3)
	}
	g.fill(0x8A4B22, "M0-72c30 0 46 16 44 36-2 16-8 20-6 30 4 14 28 18 28 44 0 30-28 46-66 46s-66-16-66-46c0-26 24-30 28-44 2-10-4-14-6-30-2-20 14-36 44-36z")
	g.fill(0xD08A45, "M0-66c26 0 40 14 38 30-2 14-8 20-6 32 4 14 28 20 28 42 0 26-24 40-60 40s-60-14-60-40c0-22 24-28 28-42 2-12-4-18-6-32-2-16 12-30 38-30z")
	g.fill(0x30_FFFFFF, "M-38-36c-2-16 12-30 38-30-20 4-28 14-28 30 2 14 6 20 2 34-4 12-22 20-26 38-4-22 16-30 20-40 2-12-4-18-6-32z")
	g.disc(0x8A4B22, 0, 0, 23)
	g.disc(0x3A2415, 0, 0, 18)
	g.ring(gold, 2, 0, 0, 25)
	g.fill(0x6B3A1B, "M20 8c16 6 22 20 14 36-14-6-22-18-20-30z")
	g.box(walnut, -10, -74, 20, 56, 2)
	g.box(0x57391F, -26, 44, 52, 10, 4)
	g.line(0xF3EBDA, 1.3, "M-6-206L-6 48M-2-206L-2 48M2-206L2 48M6-206L6 48")

	c.fill(clay, "M295 214h62l-8 54h-46z")
	c.box(0xD6825D, 289, 206, 74, 14, 5)
	for _, turn := range []float64{-50, -26, 0, 26, 50} {
		leafy := c.at(326, 208, turn)
		leafy.fill(moss, "M0 0c-20-24-20-72 0-96 20 24 20 72 0 96z")
		leafy.line(0x79A873, 2, "M0 0V-78M0-20l-9-8M0-20l9-8M0-40l-9-8M0-40l9-8M0-58l-7-7M0-58l7-7")
	}
}
