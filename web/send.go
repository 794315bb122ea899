package web

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// worthPacking is the size from which a page is compressed, in bytes.
const worthPacking = 1 << 10

// send renders a page whole before the first byte leaves, so that an error can
// still become an error page.
func (v *visit) send(status int, body templ.Component) error {
	var page bytes.Buffer
	if err := body.Render(v.Context(), &page); err != nil {
		return err
	}
	v.frame()
	return v.write(status, "text/html; charset=utf-8", page.Bytes())
}

// frame sets the headers of every page.
func (v *visit) frame() {
	v.mark()
	h := v.w.Header()
	h.Set("Content-Language", v.printer.Lang())
	// The same addresses answer other servers with ActivityPub.
	h.Set("Vary", "Accept, Accept-Encoding, Accept-Language, Cookie")
	h.Set("Cache-Control", "private, no-cache")
	if v.secret {
		h.Set("Cache-Control", "no-store")
	}
}

// write answers with a body, compressed if that is worth it and understood.
func (v *visit) write(status int, contentType string, body []byte) error {
	page := &rendered{plain: body}
	if len(body) >= worthPacking && v.unpacks() {
		var err error
		if page.packed, err = pack(body); err != nil {
			return err
		}
	}
	return v.sendBody(status, contentType, page)
}

// unpacks reports whether the reader understands compressed pages.
func (v *visit) unpacks() bool { return strings.Contains(v.Header.Get("Accept-Encoding"), "gzip") }

// sendBody answers with a page in the form that the reader understands.
func (v *visit) sendBody(status int, contentType string, page *rendered) error {
	h, body := v.w.Header(), page.plain
	h.Set("Content-Type", contentType)
	if page.packed != nil && v.unpacks() {
		h.Set("Content-Encoding", "gzip")
		body = page.packed
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	v.w.WriteHeader(status)
	if v.Method != http.MethodHead {
		_, _ = v.w.Write(body) // the reader may have gone
	}
	return nil
}
