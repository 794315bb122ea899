package sketch

// drill is a cordless hammer drill on a workbench, with its bits.
func drill(c *canvas) {
	c.backdrop(0xE3DACA, 0xEFE8DB, wood, 232)
	c.box(oak, 0, 274, 400, 26, 0)
	for _, x := range []float64{40, 76, 112, 148, 184, 220, 256, 292, 328, 364} { // a pegboard
		for _, y := range []float64{22, 52} {
			c.disc(0xCBBFAB, x, y, 3)
		}
	}
	c.oval(shade, 160, 250, 92, 9)

	c.line(0xB9BEBE, 7, "M300 113H372")
	c.line(0x8B9293, 3, "M312 109l8 8M326 109l8 8M340 109l8 8M354 109l8 8")
	c.fill(steel, "M292 97l20 9v14l-20 9z")
	c.box(dark, 254, 88, 42, 50, 7)
	c.line(0x5B5249, 3, "M264 92v42M274 92v42M284 92v42")

	c.fill(0x17553E, "M122 132h70l-14 92h-66z")
	c.fill(green, "M110 128h70l-16 96h-62z")
	c.line(0x17553E, 4, "M128 166l34 0M125 182l34 0M122 198l34 0")
	c.fill(gold, "M184 146h17c0 16-6 27-22 28z")
	c.box(dark, 84, 216, 100, 32, 8)
	c.box(0x544B42, 84, 216, 100, 9, 4)
	c.box(gold, 96, 232, 22, 7, 3)

	c.box(green, 92, 74, 168, 78, 26)
	c.box(0x2E8A67, 108, 82, 136, 15, 7)
	c.fill(dark, "M118 74c-18 0-26 10-26 26v26c0 16 8 26 26 26z")
	c.line(0x5B5249, 4, "M102 100h10M102 113h10M102 126h10")
	c.box(paper, 150, 112, 62, 22, 6)
	c.line(green, 4, "M160 123h42")

	c.box(walnut, 272, 222, 96, 28, 5)
	c.box(oak, 272, 222, 96, 8, 4)
	c.line(0x8B9293, 5, "M288 222v-26M306 222v-38")
	c.line(gold, 6, "M326 222v-32M346 222v-50")
	c.line(0xB7852F, 2, "M324 216l5-4M324 206l5-4M344 214l5-4M344 202l5-4M344 190l5-4M344 180l5-4")
}

// ladder is a stepladder before a wall that is being painted.
func ladder(c *canvas) {
	c.box(0xF1EADD, 0, 0, 400, 300, 0)
	c.fill(0x9DBFA9, "M0 0h400v96c-14 10-26-8-40 0s-20 26-36 18-20-22-38-14-22 30-40 24-18-26-36-20-22 36-42 30-20-32-40-24-22 18-42 14-22-26-40-20-26 16-46 0z")
	c.box(wood, 0, 244, 400, 56, 0)
	c.box(paper, 0, 232, 400, 12, 0)
	c.line(0xAE8659, 2, "M0 262h400M0 282h400M70 244v18M190 262v20M310 244v18M120 282v18M280 282v18")
	c.oval(shade, 206, 268, 108, 9)

	c.line(0x8A8F8E, 7, "M182 52l-64 208M228 52l64 208")
	c.line(0x8A8F8E, 4, "M139 192h132M158 130h94")
	c.line(0xD5DAD8, 10, "M186 46l-42 220M224 46l42 220")
	for i := range 5 {
		y := 88 + 38*float64(i)
		half := 26 + (y-46)*0.19
		c.box(steel, 205-half, y, 2*half, 11, 4)
		c.box(0xE9EDEC, 205-half, y, 2*half, 4, 2)
	}
	c.box(brick, 166, 34, 78, 17, 6)
	c.box(0xC65F43, 166, 34, 78, 6, 3)

	c.line(dark, 3, "M306 214c6-26 40-26 46 0")
	c.box(0xEDEDE8, 302, 212, 54, 50, 5)
	c.oval(0x7FAE92, 329, 213, 27, 7)
	c.fill(0x9DBFA9, "M302 214c0 6 4 8 8 8 3 8 7 8 9 1 6 2 9 20 14 19 4-1 2-15 6-19 7 0 17-3 17-9z")
	c.box(blue, 302, 240, 54, 12, 0)

	c.box(0x9DBFA9, 34, 84, 62, 74, 12) // the roller's last stroke
	c.line(steel, 4, "M65 206v-16h38v-26h-6")
	c.line(brick, 10, "M65 208v40")
	c.box(0x83AD94, 30, 152, 70, 22, 10)
	c.box(0xB4D0BD, 30, 152, 70, 8, 4)
}

// sewingMachine is a machine at work on a flowered cloth.
func sewingMachine(c *canvas) {
	c.backdrop(0xEADFE2, 0xF4EDEC, wood, 226)
	c.box(oak, 0, 272, 400, 28, 0)
	c.oval(shade, 214, 248, 150, 10)

	c.box(gold, 226, 44, 30, 6, 3) // a spool
	c.box(0xB9743A, 230, 50, 22, 24, 2)
	c.line(0xD08A4B, 2, "M231 56h20M231 62h20M231 68h20")
	c.box(gold, 226, 72, 30, 6, 3)

	c.box(0x8F3722, 82, 204, 258, 40, 10)
	c.box(brick, 82, 204, 258, 26, 10)
	c.fill(brick, "M256 120h64v90h-76c8-20 12-50 12-90z")
	c.fill(0x8F3722, "M256 134c0 30-4 54-11 70h10c7-18 10-42 10-70z")
	c.box(brick, 92, 78, 232, 60, 26)
	c.fill(brick, "M92 100h62v56c0 10-6 16-15 16h-32c-9 0-15-6-15-16z")
	c.box(0xC65F43, 112, 86, 190, 10, 5)
	c.box(paper, 176, 106, 78, 18, 9)
	c.line(gold, 4, "M188 115c8-8 10 8 18 0s10 8 18 0 10 8 16 0")
	c.disc(gold, 108, 124, 8)
	c.disc(brick, 108, 124, 3)
	c.box(dark, 322, 90, 14, 36, 4)
	c.box(0x57504A, 334, 82, 16, 52, 7)
	c.line(0x7A726A, 3, "M339 90v36M345 90v36")

	c.line(0xD5DAD8, 5, "M123 172v18")
	c.line(0xEDF0EE, 2, "M123 186v22")
	c.line(steel, 4, "M138 172v26")
	c.fill(steel, "M114 198h34l6 6h-40z")
	c.line(0xD08A4B, 1.5, "M241 52C200 30 150 52 128 80C120 96 116 150 123 184")

	c.fill(0x835091, "M20 214c30-12 60-10 92-8 20 0 40-2 62 0l-8 28c-22 10-30 40-60 50-34 10-70-4-96-2z")
	c.fill(plum, "M20 226c34-4 52 4 84-2 22-4 44-12 66-8l-4 18c-22 10-30 40-60 50-34 10-70-4-96-2z")
	for _, p := range []point{{36, 250}, {66, 236}, {70, 268}, {100, 250}, {104, 278}, {132, 232}, {136, 254}} {
		for _, petal := range []point{{-4, 0}, {4, 0}, {0, -4}, {0, 4}} {
			c.disc(0xE8C7D9, p.x+petal.x, p.y+petal.y, 3.4)
		}
		c.disc(gold, p.x, p.y, 2.6)
	}
	c.line(0xE8C7D9, 2, "M123 210l-4 3M114 214l-5 2M104 217l-5 1M94 219h-5")
}
