package static_test

import (
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"testing"

	"github.com/parvis-coop/parvis/web/static"
)

// token finds custom properties like: --ink: light-dark(#201b16, #f4eee4);
var token = regexp.MustCompile(`--([a-z-]+): light-dark\((#[0-9a-f]{3,6}), (#[0-9a-f]{3,6})\);`)

// TestContrast holds the colours to WCAG 2.2: 4.5 to 1 for text, 3 to 1 for the
// edges of what can be used (1.4.3 and 1.4.11), in light and in dark.
func TestContrast(t *testing.T) {
	t.Parallel()
	css, err := io.ReadAll(get(t, static.URL("parvis.css"), "").Body)
	if err != nil {
		t.Fatal(err)
	}
	schemes := map[string]map[string]string{"light": {}, "dark": {}}
	for _, m := range token.FindAllStringSubmatch(string(css), -1) {
		schemes["light"][m[1]], schemes["dark"][m[1]] = m[2], m[3]
	}
	for scheme, colours := range schemes {
		check := func(front, back string, least float64) {
			a, b := colours[front], colours[back]
			if a == "" || b == "" {
				t.Fatalf("no colour %q or %q", front, back)
			}
			if got := contrast(t, a, b); got < least {
				t.Errorf("%s: %s on %s has %.2f to 1, want %.1f", scheme, front, back, got, least)
			}
		}
		for _, back := range []string{"paper", "sheet", "stone"} {
			for _, front := range []string{"ink", "soft", "accent", "brick", "blue", "plum"} {
				check(front, back, 4.5)
			}
			check("edge", back, 3)
		}
		check("ochre", "sheet", 4.5)
		check("on-accent", "accent", 4.5)
		check("paper", "ink", 4.5)
		check("paper", "brick", 4.5)
	}
}

// contrast is the contrast ratio of WCAG.
func contrast(t testing.TB, a, b string) float64 {
	t.Helper()
	la, lb := luminance(t, a), luminance(t, b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

func luminance(t testing.TB, hex string) float64 {
	t.Helper()
	if len(hex) == 4 {
		hex = fmt.Sprintf("#%c%[1]c%c%[2]c%c%[3]c", hex[1], hex[2], hex[3])
	}
	n, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	linear := func(c uint64) float64 {
		v := float64(c&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n>>16) + 0.7152*linear(n>>8) + 0.0722*linear(n)
}
