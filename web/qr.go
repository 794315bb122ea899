package web

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/a-h/templ"
	"rsc.io/qr"
)

// qrCode draws an address for the printed page, so that a notice on a wall leads
// back to the post.
func qrCode(address string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		code, err := qr.Encode(address, qr.M)
		if err != nil {
			return fmt.Errorf("qr code of %q: %w", address, err)
		}
		_, err = io.WriteString(w, drawn(code))
		return err
	})
}

// drawn is a code as SVG.
func drawn(code *qr.Code) string {
	const quiet = 2
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			run := 0
			for code.Black(x+run, y) { // white beyond the edge
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%[3]dz", x+quiet, y+quiet, run)
			}
			x += run
		}
	}
	return fmt.Sprintf(`<svg viewBox="0 0 %d %[1]d" aria-hidden="true"><path d="%s"/></svg>`, code.Size+2*quiet, path.String())
}
