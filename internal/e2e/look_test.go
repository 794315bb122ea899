package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Screens, in CSS pixels: the narrowest that WCAG 2.2 asks for, and a desk.
const (
	narrow = 320
	wide   = 1280
	tall   = 900
)

const (
	light = "light"
	dark  = "dark"
)

// A look is how a page may appear to somebody.
type look struct {
	width  int64
	scheme string
}

var looks = []look{{narrow, light}, {narrow, dark}, {wide, dark}, {wide, light}}

// apply makes the page appear so, with nothing moving: what is halfway through a
// transition has no colour that one could judge.
func (l look) apply() chromedp.Action[chromedp.Void] {
	return chromedp.Steps(chromedp.EmulateViewport(l.width, tall), chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: l.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return err
	}))
}

// findViolations runs axe. preload is off because it would fetch, which the
// page's policy forbids and the page itself never does.
const findViolations = `axe.run({
	runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
	resultTypes: ["violations"], preload: false,
}).then(found => found.violations.flatMap(rule => rule.nodes.map(node =>
	rule.id + ": " + node.html.slice(0, 200) + " – " + node.failureSummary.replace(/\s+/g, " "))))`

// check looks at the page that is open in every way in which it may appear.
func (p *person) check(t testing.TB, name string) {
	t.Helper()
	p.quiet(t)
	p.do(t, "bring axe", chromedp.Evaluate[chromedp.Void](p.axe))
	for _, l := range looks {
		p.do(t, "look at "+name, l.apply())
		for _, violation := range ask[[]string](t, p, findViolations) {
			t.Errorf("%s at %d px, %s: %s", name, l.width, l.scheme, violation)
		}
		if l.width == narrow {
			p.fits(t, name)
		}
		p.keep(t, name, l)
	}
	p.quiet(t)
}

// fits fails if one would have to scroll sideways, and names what sticks out.
func (p *person) fits(t testing.TB, name string) {
	t.Helper()
	out := ask[[]string](t, p, `document.scrollingElement.scrollWidth <= innerWidth ? [] :
		[...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
		.map(e => e.outerHTML.slice(0, 120)).slice(0, 3).concat(document.scrollingElement.scrollWidth + " px")`)
	if len(out) > 0 {
		t.Errorf("%s is wider than %d px: %s", name, narrow, strings.Join(out, " | "))
	}
}

// leavesRoom fails if the tabs fill more than two rows of the narrowest screen, or
// are too small for a finger.
func (p *person) leavesRoom(t testing.TB) {
	t.Helper()
	p.do(t, "turn to "+p.at(t), look{narrow, light}.apply())
	const boxes = `[...document.querySelectorAll("[aria-label='Mon espace'] a")].map(a => a.getBoundingClientRect())`
	if rows := ask[int](t, p, `new Set(`+boxes+`.map(b => b.top)).size`); rows < 1 || rows > 2 {
		t.Errorf("%s at %d px: the tabs fill %d rows", p.at(t), narrow, rows)
	}
	if height := ask[float64](t, p, `Math.min(...`+boxes+`.map(b => b.height))`); height < 44 {
		t.Errorf("%s at %d px: a tab is %.0f px high", p.at(t), narrow, height)
	}
	p.do(t, "turn back", look{wide, light}.apply())
}

// keep stores a picture of the whole page, for people to look at.
func (p *person) keep(t testing.TB, name string, l look) {
	t.Helper()
	dir := os.Getenv("PARVIS_SCREENSHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(p.tab, actTime)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	file := fmt.Sprintf("%s-%d-%s.png", strings.ReplaceAll(name, " ", "-"), l.width, l.scheme)
	if err := os.WriteFile(filepath.Join(dir, file), picture, 0o600); err != nil {
		t.Fatal(err)
	}
}
