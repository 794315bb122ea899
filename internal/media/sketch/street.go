package sketch

// cargoBike is a bike with a box in front, full of what the market sold, in a street of small houses.
func cargoBike(c *canvas) {
	c.box(0xDDE8E6, 0, 0, 400, 300, 0)
	c.disc(0xF1D9A0, 330, 58, 26)
	c.fill(0xC9D6D1, "M0 214v-84l34-28 34 28v-22h46v22l30-24 30 24v84zM220 214v-70h50v-34l32-26 32 26v30h30l36-20v94z")
	c.fill(0xB7C7C1, "M34 102l34 28v84h-20v-84zM302 84l32 26v104h-18V96z")
	for _, p := range []point{{14, 146}, {82, 128}, {100, 128}, {126, 142}, {236, 158}, {284, 124}, {350, 150}, {372, 150}} {
		c.box(0xEEF3EF, p.x, p.y, 10, 16, 2)
	}
	c.box(stone, 0, 212, 400, 88, 0)
	c.box(0xD8CFBF, 0, 258, 400, 42, 0)
	c.line(0xF6F1E7, 4, "M20 280h44M110 280h44M200 280h44M290 280h44M380 280h20")
	c.oval(shade, 214, 262, 160, 8)

	wheel(c, 98, 208, 50)
	wheel(c, 338, 222, 36)

	c.line(green, 8, "M98 208L148 214L124 132M148 214L206 126M130 150L202 138M98 208L128 146")
	c.line(green, 8, "M148 214C190 236 250 236 300 224")
	c.line(green, 7, "M338 222L316 176")
	c.line(dark, 5, "M212 142L202 96c4-8 14-10 22-6")
	c.line(walnut, 8, "M214 90l14 2")
	c.fill(dark, "M100 122c16-6 32-6 46 2-4 8-18 8-24 8-8 0-18-2-22-10z")
	c.disc(dark, 148, 214, 13)
	c.ring(steel, 2, 148, 214, 9)
	c.line(dark, 5, "M148 214l16 22")
	c.box(dark, 154, 234, 24, 6, 3)

	c.fill(leaf, "M232 130c-8-30-2-48 8-52 4 14 8 30 6 52zM246 130c-2-28 6-46 16-50 4 18 0 36-6 50z")
	c.line(paper, 6, "M240 130v-14M250 130l2-14")
	c.fill(0xD99A4E, "M292 134c8-34 18-58 26-64 8 2 8 10 4 18-8 16-12 32-16 46z")
	c.line(0xF0C583, 3, "M308 92l8 4M303 106l8 4M299 120l8 4")
	c.disc(brick, 270, 126, 12)
	c.disc(0xC65F43, 266, 122, 4)
	c.disc(gold, 286, 130, 10)
	c.fill(plum, "M210 134c0-20 12-26 20-20 6 6 4 14 2 20z")
	c.fill(walnut, "M204 128h118l-16 84h-86z")
	c.fill(wood, "M204 128h118l-4 22h-110zM209 156h108l-4 22h-100zM214 184h98l-5 22h-90z")
	c.box(oak, 198, 122, 130, 10, 5)
	c.disc(paper, 264, 162, 18)
	c.fill(brick, "M264 170c-12-8-12-18-5-18 3 0 5 3 5 4 0-1 2-4 5-4 7 0 7 10-5 18z")
}

func wheel(c *canvas, x, y, radius float64) {
	c.ring(dark, 7, x, y, radius)
	c.ring(0xC9BFAE, 2.5, x, y, radius-6)
	for turn := range 8 {
		c.at(x, y, float64(turn)*22.5).box(0xB9AF9F, 6-radius, -0.7, 2*radius-12, 1.4, 0)
	}
	c.disc(dark, x, y, 6)
	c.disc(steel, x, y, 2.5)
}

// boxes are cartons in a hall, ready for a removal.
func boxes(c *canvas) {
	c.backdrop(0xE2E7EA, 0xEFF2F1, wood, 238)
	c.line(0xAE8659, 2, "M0 268h400M90 243v25M250 268v32M330 243v25")
	c.oval(shade, 200, 266, 164, 10)

	c.line(dark, 5, "M350 252V96") // a lamp
	c.fill(gold, "M322 98l14-46h28l14 46z")
	c.fill(0xEDC574, "M328 98l12-46h8l-4 46z")
	c.oval(dark, 350, 256, 26, 6)

	carton(c, 60, 150, 134, 106, 0xC08C54)
	carton(c, 190, 176, 116, 80, 0xCB9A62)
	carton(c, 98, 72, 104, 78, 0xD2A56F)
	c.line(blue, 4, "M84 222h40M84 234h26")
	c.fill(brick, "M246 242c-12-9-14-20-6-21 4 0 6 3 6 5 0-2 2-5 6-5 8 1 6 12-6 21z")
	c.line(brick, 4, "M116 138v-20M110 124l6-7 6 7M134 138v-20M128 124l6-7 6 7")

	c.fill(clay, "M222 142h46l-6 34h-34z") // a plant on the low one
	c.box(0xD6825D, 218, 136, 54, 11, 4)
	for _, turn := range []float64{-58, -30, 0, 30, 58} {
		c.at(245, 138, turn).fill(leaf, "M0 0c-14-16-14-46 0-62 14 16 14 46 0 62z")
		c.at(245, 138, turn).line(moss, 2, "M0 0V-48")
	}
}

// carton is a closed cardboard box with tape.
func carton(c *canvas, x, y, width, height float64, board ink) {
	c.box(board, x, y, width, height, 3)
	c.box(0x22_201B16, x, y, width*0.2, height, 3)
	c.box(gleam, x, y, width, 5, 2)
	c.box(0xE8D3AC, x+width/2-9, y, 18, height*0.36, 2)
	c.box(walnut, x+width-34, y+height*0.5, 22, 7, 3)
}
