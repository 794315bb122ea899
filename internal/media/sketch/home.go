package sketch

// table is a room to lend: a table, chairs, a lamp and a window.
func table(c *canvas) {
	c.box(0xEFE4D3, 0, 0, 400, 300, 0)
	c.box(0xE3D3BA, 0, 190, 400, 44, 0)
	c.box(wood, 0, 234, 400, 66, 0)
	c.box(paper, 0, 228, 400, 8, 0)
	c.line(0xAE8659, 2, "M0 256h400M0 280h400M60 236v20M170 236v20M290 236v20M110 256v24M230 256v24M350 256v24")
	c.box(paper, 30, 34, 110, 118, 4)
	c.box(0xC5DBE2, 38, 42, 44, 102, 2)
	c.box(0xC5DBE2, 88, 42, 44, 102, 2)
	c.fill(0xA9C7A8, "M38 144v-24c14-12 30-10 44 0v24zM88 144v-30c16-8 32-6 44 4v26z")
	c.fill(0xC65F43, "M24 26h124v10c-6 40-14 60-30 84 2-30 0-60-6-84h-52c-6 24-8 54-6 84-16-24-24-44-30-84z")
	c.box(walnut, 18, 22, 136, 7, 3)
	c.box(paper, 296, 46, 70, 88, 3)
	c.box(0xD7E2CF, 304, 54, 54, 72, 2)
	c.disc(gold, 340, 76, 10)
	c.fill(leaf, "M304 126v-24c16-14 30-6 54 4v20z")

	c.line(dark, 3, "M218 0v54")
	c.fill(green, "M176 88c2-24 18-38 42-38s40 14 42 38z")
	c.oval(0xF4D68C, 218, 88, 40, 7)
	c.fill(0x30_F4D68C, "M178 90h80l60 92H118z")

	c.oval(shade, 212, 276, 150, 9)
	chair(c.at(98, 0, 0), blue)
	chair(c.at(326, 0, 0).scaled(-1, 1), brick)
	c.line(walnut, 11, "M146 190l-10 84M278 190l10 84")
	c.box(oak, 112, 176, 200, 18, 8)
	c.box(0xC39A68, 112, 176, 200, 7, 4)

	c.fill(paper, "M184 158h30c0 12-4 18-15 18s-15-6-15-18z")
	c.ring(paper, 4, 216, 164, 6)
	c.line(0xC9BFAE, 2.5, "M194 152c-4-6 4-8 0-14M204 152c-4-6 4-8 0-14")
	c.fill(0x86A9B4, "M246 144h20l4 32h-28z")
	c.line(moss, 3, "M252 146c-2-14-8-20-10-28M256 146v-34M260 146c2-14 8-20 12-26")
	c.disc(gold, 242, 114, 8)
	c.disc(0xD2506A, 256, 108, 9)
	c.disc(plum, 273, 116, 8)
	c.disc(paper, 256, 108, 3)
	c.disc(paper, 242, 114, 2.5)
	c.disc(paper, 273, 116, 2.5)
}

// chair stands with its back at x = 0, facing right.
func chair(c *canvas, colour ink) {
	c.line(walnut, 8, "M0 130l6 84M8 214l-8 62M62 214l6 62")
	c.line(walnut, 5, "M6 246h60")
	c.line(colour, 12, "M0 132l3 42")
	c.box(colour, -2, 206, 72, 13, 6)
	c.box(gleam, -2, 206, 72, 5, 3)
}

// books are a shelf with some lying, some leaning, and a plant.
func books(c *canvas) {
	c.backdrop(0xDCE4E8, 0xEAF0F0, oak, 244)
	c.box(wood, 0, 236, 400, 16, 0)
	c.oval(shade, 200, 254, 170, 7)

	spine(c, 46, 96, 30, 140, plum, 0xE8C7D9)
	spine(c, 78, 76, 36, 160, green, gold)
	spine(c, 116, 108, 24, 128, gold, brick)
	spine(c, 142, 88, 32, 148, brick, paper)
	spine(c.at(178, 236, 14), 2, -140, 28, 138, blue, 0xCFE0E2)

	lying(c, 226, 206, 138, 30, 0x2E8A67)
	lying(c, 238, 178, 116, 28, brick)
	lying(c, 222, 154, 126, 24, blue)
	c.fill(paper, "M258 112h52v22c0 14-8 20-26 20s-26-6-26-20z")
	c.ring(paper, 6, 314, 128, 10)
	c.box(0x9DBFA9, 258, 124, 52, 8, 0)
	c.line(0xF6F1E7, 4, "M274 102c-6-8 6-12 0-22M292 102c-6-8 6-12 0-22")
}

// spine is a book that stands.
func spine(c *canvas, x, y, width, height float64, cover, title ink) {
	c.box(cover, x, y, width, height, 4)
	c.box(gleam, x+3, y+3, 4, height-6, 2)
	c.box(title, x+width*0.25, y+16, width*0.5, 5, 2)
	c.box(title, x+width*0.25, y+26, width*0.5, height*0.32, 2)
	c.box(title, x, y+height-22, width, 4, 0)
}

// lying is a book that lies, its pages to the right.
func lying(c *canvas, x, y, width, height float64, cover ink) {
	c.box(cover, x, y, width, height, 5)
	c.box(0xF3EBDA, x+width*0.24, y+4, width*0.76, height-8, 2)
	for line := y + 8; line < y+height-6; line += 4 {
		c.box(0xDDD1BA, x+width*0.3, line, width*0.68, 1.2, 0)
	}
	c.box(cover, x, y, width*0.28, height, 5)
	c.box(gold, x+8, y+height/2-2, width*0.14, 4, 2)
}

// laptop is a desk where somebody helps with a form.
func laptop(c *canvas) {
	c.backdrop(0xE7E3D6, 0xF2EFE6, wood, 224)
	c.box(oak, 0, 276, 400, 24, 0)
	c.oval(shade, 196, 254, 150, 9)

	c.box(dark, 84, 60, 224, 158, 12)
	c.box(paper, 94, 70, 204, 138, 4)
	c.box(green, 94, 70, 204, 20, 4)
	c.box(paper, 104, 77, 48, 6, 3)
	c.box(0x2E8A67, 250, 76, 38, 8, 4)
	c.box(0xF1EADD, 106, 102, 82, 62, 5)
	c.disc(0xF1D9A0, 128, 122, 9)
	c.fill(leaf, "M106 164v-14l22-20 18 18 14-12 28 22v6z")
	c.box(dark, 200, 104, 78, 8, 4)
	c.box(0xCFC5B4, 200, 120, 86, 5, 2)
	c.box(0xCFC5B4, 200, 131, 74, 5, 2)
	c.box(0xCFC5B4, 200, 142, 82, 5, 2)
	c.box(brick, 200, 154, 46, 13, 6)
	c.box(stone, 106, 176, 52, 22, 4)
	c.box(stone, 166, 176, 52, 22, 4)
	c.box(stone, 226, 176, 52, 22, 4)
	c.disc(blue, 118, 187, 6)
	c.disc(plum, 178, 187, 6)
	c.disc(gold, 238, 187, 6)
	c.box(0xCFC5B4, 128, 184, 24, 5, 2)
	c.box(0xCFC5B4, 188, 184, 24, 5, 2)
	c.box(0xCFC5B4, 248, 184, 24, 5, 2)
	c.fill(dark, "M238 158l18 20-8 1 5 10-5 2-5-10-6 5z")
	c.line(paper, 1.5, "M238 158l18 20-8 1 5 10-5 2-5-10-6 5z")

	c.fill(0xBDC3C3, "M56 232l28-16h224l28 16c6 4 4 12-4 12H60c-8 0-10-8-4-12z")
	c.fill(0xDDE1DF, "M56 232l28-16h224l28 16z")
	c.fill(0x6F7676, "M92 219h208l12 7H80z")
	c.fill(0xBDC3C3, "M168 228h56l4 4h-64z")

	c.fill(brick, "M340 196h40v34c0 12-8 18-20 18s-20-6-20-18z")
	c.ring(brick, 6, 384, 214, 10)
	c.oval(0x5A3A26, 360, 197, 20, 5)
	c.line(0xF6F1E7, 3.5, "M352 184c-6-8 6-10 0-20M366 184c-6-8 6-10 0-20")
	c.fill(gold, "M14 224l36-8 6 22-38 8z")
	c.line(0xB7852F, 2, "M22 230l22-5M24 237l22-5")
}
