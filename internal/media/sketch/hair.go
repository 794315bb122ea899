package sketch

func nothing(*canvas, person) {}

// hairstyles are drawn around a head that spans from 66, 50 to 134, 140.
var hairstyles = []hairstyle{
	{back: nothing, front: shortHair, beard: true},
	{back: nothing, front: sweptHair, beard: true},
	{back: nothing, front: baldHair, beard: true},
	{back: nothing, front: beanie, beard: true},
	{back: curlsBack, front: curlsFront, beard: true, earrings: true},
	{back: bobBack, front: fringe, earrings: true},
	{back: longBack, front: parting, earrings: true},
	{back: bunBack, front: parting, earrings: true},
	{back: ponytailBack, front: sweptHair, earrings: true},
	{back: braidsBack, front: parting, earrings: true},
	{back: headscarfBack, front: headscarfFront},
}

func shortHair(c *canvas, p person) {
	c.fill(p.hairColour, "M63 94c-6-36 12-56 38-56 25 0 42 20 36 56-3-2-5-8-6-14-2-8-5-12-9-15-13 6-32 6-44 0-4 4-7 8-8 15-1 6-3 12-7 14z")
}

func sweptHair(c *canvas, p person) {
	c.fill(p.hairColour, "M63 92c-6-34 10-56 38-56 26 0 42 20 36 56-5-4-7-12-9-22-20 2-38-2-48-12-4 10-8 16-11 22-1 5-3 10-6 12z")
}

func baldHair(c *canvas, p person) {
	c.fill(p.hairColour, "M64 96c-4-12-3-24 3-32 2 10 2 18 1 26-1 3-2 5-4 6zM136 96c4-12 3-24-3-32-2 10-2 18-1 26 1 3 2 5 4 6z")
	c.fill(gleam, "M84 60c6-5 14-6 20-5-6 3-12 6-18 11z")
}

func beanie(c *canvas, p person) {
	c.fill(p.hairColour, "M64 96c-3-10-3-18-1-26h8c-2 10-3 18-7 26zM136 96c3-10 3-18 1-26h-8c2 10 3 18 7 26z")
	c.fill(p.cloth, "M64 70c-2-26 14-40 36-40s38 14 36 40z")
	c.box(p.cloth, 60, 62, 80, 18, 8)
	c.box(0x30_FFFFFF, 60, 62, 80, 18, 8)
	c.disc(p.cloth, 100, 27, 9)
}

func curlsBack(c *canvas, p person) {
	for _, d := range []point{{64, 66}, {60, 84}, {62, 102}, {140, 84}, {138, 102}, {136, 66}, {76, 48}, {100, 40}, {124, 48}} {
		c.disc(p.hairColour, d.x, d.y, 17)
	}
}

func curlsFront(c *canvas, p person) {
	for _, d := range []point{{70, 66}, {82, 56}, {98, 51}, {114, 54}, {128, 64}} {
		c.disc(p.hairColour, d.x, d.y, 12)
	}
	for _, d := range []point{{74, 58}, {92, 46}, {112, 46}} {
		c.disc(gleam, d.x, d.y, 4)
	}
}

func bobBack(c *canvas, p person) {
	c.fill(p.hairColour, "M100 34c-30 0-46 20-46 54 0 22-4 36-4 46 10 8 24 8 34 4h32c10 4 24 4 34-4 0-10-4-24-4-46 0-34-16-54-46-54z")
}

func fringe(c *canvas, p person) {
	c.fill(p.hairColour, "M62 104c-6-40 8-68 38-68s44 28 38 68c-4-8-6-18-8-28-18 6-42 6-60 0-2 10-4 20-8 28z")
	c.fill(gleam, "M78 52c8-7 18-9 28-8-8 3-18 7-24 13z")
}

func longBack(c *canvas, p person) {
	c.fill(p.hairColour, "M100 34c-32 0-46 22-46 54 0 36-8 60-10 84 14 10 34 8 46 0h20c12 8 32 10 46 0-2-24-10-48-10-84 0-32-14-54-46-54z")
}

func parting(c *canvas, p person) {
	c.fill(p.hairColour, "M62 106c-6-42 8-70 38-70s44 28 38 70c-4-10-6-20-8-28-14-4-26-12-32-22-6 10-16 18-28 22-2 8-4 18-8 28z")
}

func bunBack(c *canvas, p person) {
	c.disc(p.hairColour, 100, 30, 17)
	c.ring(gleam, 2.5, 100, 30, 10)
	c.oval(p.hairColour, 100, 84, 40, 42)
}

func ponytailBack(c *canvas, p person) {
	c.fill(p.hairColour, "M124 44c30-4 44 18 38 50-3 16-2 28 4 40-18-2-30-14-30-36 0-20-2-34-12-54z")
	c.oval(p.cloth, 131, 52, 7, 9)
}

func braidsBack(c *canvas, p person) {
	c.oval(p.hairColour, 100, 82, 42, 42)
	for _, side := range []float64{-1, 1} {
		for i := range 5 {
			c.disc(p.hairColour, 100+side*(42+float64(i)), 104+float64(i)*15, 10)
		}
		c.disc(p.cloth, 100+side*47, 176, 6)
	}
}

func headscarfBack(c *canvas, p person) {
	c.fill(p.scarf(), "M100 32c-36 0-48 28-48 62 0 26-4 44-10 62 20 22 96 22 116 0-6-18-10-36-10-62 0-34-12-62-48-62z")
}

// headscarfFront covers ears, neck and hair, and leaves the face.
func headscarfFront(c *canvas, p person) {
	c.fill(p.scarf(), "M100 32c34 0 48 26 48 62 0 30-8 50-22 66-16 10-36 10-52 0-14-16-22-36-22-66 0-36 14-62 48-62zM100 56c-18 0-28 12-28 34 0 28 12 46 28 46s28-18 28-46c0-22-10-34-28-34z")
	c.fill(0x30_201B16, "M74 160c-6-8-10-14-14-22 14 14 26 18 40 18s26-4 40-18c-4 8-8 14-14 22-16 10-36 10-52 0z")
	c.line(gleam, 3, "M66 70c6-14 16-22 28-25M132 126c-6 14-14 22-24 27")
}

// scarf is another colour than the coat.
func (p person) scarf() ink {
	if p.cloth == plum {
		return 0x3F6E78
	}
	return 0x8C5C9B
}
