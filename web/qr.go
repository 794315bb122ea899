package web

import (
	"fmt"
	"strings"

	"github.com/a-h/templ"
	"rsc.io/qr"
)

// qrCode draws an address for the printed page, so that a notice on a wall leads
// back to the post.
func qrCode(address string) (templ.Component, error) {
	code, err := qr.Encode(address, qr.M)
	if err != nil {
		return nil, fmt.Errorf("qr code of %q: %w", address, err)
	}
	const quiet = 2
	var path strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	return templ.Raw(fmt.Sprintf(`<svg viewBox="0 0 %d %[1]d" aria-hidden="true"><path d="%s"/></svg>`, code.Size+2*quiet, path.String())), nil
}
