package web

import (
	"errors"
	"io/fs"
	"net/http"

	"github.com/gorilla/mux"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// serveMedia answers with a picture. Its name is made from its content, so it
// never changes.
func serveMedia(v *visit) error {
	key := mux.Vars(v.Request)["key"]
	file, info, err := v.app.Media.Open(v.Context(), key)
	if errors.Is(err, fs.ErrNotExist) {
		return parvis.ErrNotFound
	}
	if err != nil {
		return err
	}
	defer file.Close() // only read
	h := v.w.Header()
	h.Set("Content-Type", info.ContentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("ETag", `"`+key+`"`)
	http.ServeContent(v.w, v.Request, "", info.Modified, file)
	return nil
}
