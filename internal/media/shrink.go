package media

import (
	"image"
	"image/color"
	"image/draw"
	"math"
)

// paper is what shows through transparent pictures: the colour of our pages.
var paper = color.RGBA{0xFB, 0xF8, 0xF3, 0xFF}

// fit returns the largest size of the same proportions within the limit, never larger than the picture is.
func fit(size, limit image.Point) image.Point {
	if size.X <= limit.X && size.Y <= limit.Y {
		return size
	}
	if size.X*limit.Y >= size.Y*limit.X { // the width decides
		return image.Pt(limit.X, max(1, (size.Y*limit.X+size.X/2)/size.X))
	}
	return image.Pt(max(1, (size.X*limit.Y+size.Y/2)/size.Y), limit.Y)
}

// shrink draws an area of a picture on paper in the given size, by the Catmull-Rom filter.
//
// It is x/image/draw's CatmullRom, row by row: that one holds 32 bytes for each pixel of the new width and the old height, 200 MB for a
// photo of a telephone, where this holds a few rows. A test compares the two.
func shrink(src image.Image, area image.Rectangle, size image.Point) *image.RGBA {
	across, down := spans(area.Dx(), size.X), spans(area.Dy(), size.Y)
	dst := image.NewRGBA(image.Rectangle{Max: size})
	line := image.NewRGBA(image.Rect(0, 0, area.Dx(), 1))
	sum := make([]float32, 3*size.X)
	rows := make([][]float32, longest(down)) // row y of the source, narrowed, is in rows[y%len(rows)]
	for i := range rows {
		rows[i] = make([]float32, 3*size.X)
	}
	next := 0 // the first row of the source that has not been narrowed
	for y, span := range down {
		for ; next < span.first+len(span.weights); next++ {
			draw.Draw(line, line.Rect, image.NewUniform(paper), image.Point{}, draw.Src)
			draw.Draw(line, line.Rect, src, image.Pt(area.Min.X, area.Min.Y+next), draw.Over)
			narrow(rows[next%len(rows)], line.Pix, across)
		}
		clear(sum)
		for i, weight := range span.weights {
			for k, value := range rows[(span.first+i)%len(rows)] {
				sum[k] += weight * value
			}
		}
		writeRow(dst.Pix[dst.PixOffset(0, y):], sum)
	}
	return dst
}

// narrow filters a row of RGBA pixels into a shorter row of RGB values.
func narrow(dst []float32, pixels []uint8, across []span) {
	for x, span := range across {
		var r, g, b float32
		pixel := pixels[4*span.first:]
		for i, weight := range span.weights {
			r += weight * float32(pixel[4*i])
			g += weight * float32(pixel[4*i+1])
			b += weight * float32(pixel[4*i+2])
		}
		dst[3*x], dst[3*x+1], dst[3*x+2] = r, g, b
	}
}

func writeRow(pixels []uint8, rgb []float32) {
	for i := 0; i < len(rgb); i += 3 {
		pixel := pixels[i/3*4:]
		for k := range 3 {
			pixel[k] = uint8(min(255, max(0, rgb[i+k]+0.5)))
		}
		pixel[3] = 0xFF
	}
}

// A span is the pixels of a long row, by their weights, of which one pixel of a shorter row is made.
type span struct {
	first   int
	weights []float32
}

func spans(from, to int) []span {
	ratio := float64(from) / float64(to)
	stretch := max(1, ratio)
	list := make([]span, to)
	for i := range list {
		centre := (float64(i)+0.5)*ratio - 0.5
		first := max(0, int(math.Ceil(centre-2*stretch)))
		last := min(from-1, int(math.Floor(centre+2*stretch)))
		weights, total := make([]float32, last-first+1), 0.0
		for j := range weights {
			weight := catmullRom((float64(first+j) - centre) / stretch)
			weights[j] = float32(weight)
			total += weight
		}
		for j := range weights {
			weights[j] /= float32(total)
		}
		list[i] = span{first, weights}
	}
	return list
}

// catmullRom is the cubic filter with B = 0 and C = 1/2 of Mitchell and Netravali, 1988.
func catmullRom(t float64) float64 {
	t = math.Abs(t)
	switch {
	case t < 1:
		return (1.5*t-2.5)*t*t + 1
	case t < 2:
		return ((-0.5*t+2.5)*t-4)*t + 2
	}
	return 0
}

func longest(list []span) int {
	n := 0
	for _, s := range list {
		n = max(n, len(s.weights))
	}
	return n
}
