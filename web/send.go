package web

import (
	"bytes"
	"compress/gzip"
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
	h := v.w.Header()
	h.Set("Content-Language", v.printer.Lang())
	// The same addresses answer other servers with ActivityPub.
	h.Set("Vary", "Accept, Accept-Encoding, Accept-Language, Cookie")
	h.Set("Cache-Control", "private, no-cache")
	return v.write(status, "text/html; charset=utf-8", page.Bytes())
}

// write answers with a body, compressed if that is worth it and understood.
func (v *visit) write(status int, contentType string, body []byte) error {
	h := v.w.Header()
	h.Set("Content-Type", contentType)
	if len(body) >= worthPacking && strings.Contains(v.Header.Get("Accept-Encoding"), "gzip") {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		if _, err := w.Write(body); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		h.Set("Content-Encoding", "gzip")
		body = packed.Bytes()
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	v.w.WriteHeader(status)
	if v.Method != http.MethodHead {
		_, _ = v.w.Write(body) // the reader may have gone
	}
	return nil
}
