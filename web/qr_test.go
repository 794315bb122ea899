package web_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"rsc.io/qr"
)

// TestPrintedCode reads the drawn code back, square by square.
func TestPrintedCode(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	page := m.visitor(t).get(t, "/entraide").want(http.StatusOK)
	printed := page.one("div", "class", "print-only")
	if !strings.Contains(text(printed), m.URL+"/entraide") {
		t.Errorf("printed: %q", text(printed))
	}
	want, err := qr.Encode(m.URL+"/entraide", qr.M)
	if err != nil {
		t.Fatal(err)
	}
	black := make(map[[2]int]bool)
	for _, run := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(attr(find(printed, "path", "", "")[0], "d"), -1) {
		var n [4]int
		for i := range n {
			if n[i], err = strconv.Atoi(run[i+1]); err != nil {
				t.Fatal(err)
			}
		}
		for x := range n[2] {
			black[[2]int{n[0] + x - 2, n[1] - 2}] = true
		}
	}
	for y := range want.Size {
		for x := range want.Size {
			if got := black[[2]int{x, y}]; got != want.Black(x, y) {
				t.Fatalf("square %d,%d is black: %v", x, y, got)
			}
		}
	}
}
