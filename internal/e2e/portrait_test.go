package e2e_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// upright is the size of the photo of hues, as people see it.
var upright = image.Pt(900, 1200)

// hues makes a photo whose colours tell where one is: it becomes redder to the
// right and greener to the bottom. It lies on its side in its file, as most
// photos of telephones do: the browser and the node must both turn it.
func hues(t testing.TB) string {
	t.Helper()
	lying := image.NewRGBA(image.Rect(0, 0, upright.Y, upright.X))
	for x := range upright.X {
		for y := range upright.Y {
			lying.SetRGBA(y, upright.X-1-x, color.RGBA{uint8(255 * x / upright.X), uint8(255 * y / upright.Y), 100, 255})
		}
	}
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, lying, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	// EXIF with one entry, the orientation: its top is on the right.
	const exif = "\xFF\xE1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
	path := filepath.Join(t.TempDir(), "plage.jpg")
	file := append(append(plain.Bytes()[:2:2], exif...), plain.Bytes()[2:]...)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// crops lets somebody whose profile is open choose the square of a photo, by hand
// and by the keyboard: what the frame shows is what the node keeps.
func (s *story) crops(t *testing.T, p *person) {
	t.Helper()
	p.attach(t, "Portrait", hues(t))
	frame := `document.querySelector(".frame")`
	eventually(t, actTime, func() bool { return ask[bool](t, p, frame+".checkVisibility()") },
		func() string { return "no frame shows the photo" })
	p.check(t, "profile form with a photo")
	p.slide(t, "Se rapprocher", kb.ArrowRight, 40)
	p.drag(t, frame, -40, 25)
	p.slide(t, "De haut en bas", kb.ArrowLeft, 5)
	shown := p.picture(t, frame)
	p.press(t, "Enregistrer le profil", http.StatusOK)
	kept := s.face(t, p)
	for i := range 9 {
		for _, at := range []image.Point{{5 + 10*i, 50}, {50, 5 + 10*i}} {
			if want, got := hueAt(shown, at), hueAt(kept, at); !near(want, got) {
				t.Errorf("at %v %% the frame showed %v, and the portrait is %v", at, want, got)
			}
		}
	}
	if hue := hueAt(kept, image.Pt(50, 50)); hue.R < 135 || hue.G > 120 {
		t.Errorf("the frame was moved to the right and up, and its middle is %v", hue)
	}
	if left, right := hueAt(kept, image.Pt(5, 50)), hueAt(kept, image.Pt(95, 50)); right.R-left.R > 150 {
		t.Errorf("the frame was brought nearer, and goes from %v to %v", left, right)
	}
}

// cropsStill chooses the square as somebody does whose browser runs no scripts.
func (s *story) cropsStill(t *testing.T, p *person) {
	t.Helper()
	p.open(t, s.malakoff.url("/moi/profil"), http.StatusOK)
	p.tick(t, "Le haut ou la gauche")
	p.attach(t, "Portrait", hues(t))
	p.checkStill(t, "profile form without scripts")
	p.press(t, "Enregistrer le profil", http.StatusOK)
	// The square is as wide as the photo; its middle is 450 of 1200 pixels down.
	if want, got := (color.RGBA{127, 95, 100, 255}), hueAt(s.face(t, p), image.Pt(50, 50)); !near(want, got) {
		t.Errorf("the middle of the upper square is %v, want %v", got, want)
	}
}

// slide presses a key on a range, again and again.
func (p *person) slide(t testing.TB, label, key string, times int) {
	t.Helper()
	p.do(t, "slide "+label, chromedp.Focus(chromedp.JSPath(p.field(t, label))), chromedp.KeyEvent(strings.Repeat(key, times)))
}

// drag moves what is in the middle of an element by so many pixels.
func (p *person) drag(t testing.TB, element string, right, down float64) {
	t.Helper()
	from := ask[[2]float64](t, p, `(e => { e.scrollIntoView({block: "center"}); const b = e.getBoundingClientRect();
		return [b.left + b.width / 2, b.top + b.height / 2]; })(`+element+`)`)
	p.do(t, "drag", chromedp.DragAndDropXY(from[0], from[1], from[0]+right, from[1]+down))
}

// picture returns what somebody sees of an element.
func (p *person) picture(t testing.TB, element string) image.Image {
	t.Helper()
	data, err := chromedp.Run(p.tab, chromedp.Screenshot(chromedp.JSPath(element)))
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// face returns the portrait that the profile shows that is open.
func (s *story) face(t testing.TB, p *person) image.Image {
	t.Helper()
	status, body, err := s.malakoff.get(ask[string](t, p, `document.querySelector("main img.face").getAttribute("src")`))
	if err != nil || status != http.StatusOK {
		t.Fatalf("the portrait: %d, %v", status, err)
	}
	picture, err := jpeg.Decode(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// hueAt returns the colour of a place, in percent.
func hueAt(picture image.Image, at image.Point) color.RGBA {
	b := picture.Bounds()
	return color.RGBAModel.Convert(picture.At(b.Min.X+b.Dx()*at.X/100, b.Min.Y+b.Dy()*at.Y/100)).(color.RGBA)
}

// near reports whether two colours are less than two percent apart.
func near(a, b color.RGBA) bool {
	for _, pair := range [][2]uint8{{a.R, b.R}, {a.G, b.G}, {a.B, b.B}} {
		if max(pair[0], pair[1])-min(pair[0], pair[1]) > 5 {
			return false
		}
	}
	return true
}
