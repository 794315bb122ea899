// Package static holds the style sheet, the script and the drawings of the
// pages, and serves them under names that change with their content, so that a
// browser asks for each of them once.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// Prefix is where the files are served.
const Prefix = "/static/"

//go:embed *.css *.svg *.png *.js
var embedded embed.FS

// types are the content types of what is embedded; mime.TypeByExtension depends on the machine.
var types = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".png": "image/png",
	".svg": "image/svg+xml",
}

// file is one file, ready to be sent.
type file struct {
	url, contentType string
	plain, zipped    []byte
}

// table knows each file by its plain name and by its name with the hash.
type table struct {
	byName map[string]*file
	hashed map[string]*file
}

// load reads and packs the embedded files at first use.
var load = sync.OnceValue(func() table {
	t := table{byName: map[string]*file{}, hashed: map[string]*file{}}
	all := sha256.New()
	names, err := fs.Glob(embedded, "*")
	if err != nil {
		panic(err) // the pattern is constant
	}
	for _, name := range names {
		data, err := embedded.ReadFile(name)
		if err != nil {
			panic(err) // the file was compiled in
		}
		sum := sha256.Sum256(data)
		ext := path.Ext(name)
		hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:5]) + ext
		f := &file{url: Prefix + hashed, contentType: types[ext], plain: data, zipped: zip(data)}
		t.byName[name], t.hashed[hashed] = f, f
		_, _ = all.Write(sum[:]) // a hash does not fail
	}
	// Browsers notice a worker that changed; it then gets the other files anew too.
	worker := t.byName["worker.js"]
	worker.plain = fmt.Appendf(worker.plain, "// of %x\n", all.Sum(nil)[:5])
	worker.zipped = zip(worker.plain)
	return t
})

func zip(data []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is constant
	}
	// Writes to a buffer do not fail.
	_, _ = w.Write(data)
	_ = w.Close()
	return b.Bytes()
}

// URL returns where a file is served, "/static/parvis.0a1b2c3d4e.css". It
// panics for a file that does not exist: the name is always a constant.
func URL(name string) string {
	f, ok := load().byName[name]
	if !ok {
		panic(fmt.Sprintf("static: no file %q", name))
	}
	return f.url
}

// Serve answers for everything below Prefix. Names without a hash work too, for
// drawings that the style sheet names, but are kept for an hour only.
func Serve(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, Prefix)
	t, cache := load(), "public, max-age=31536000, immutable"
	f, ok := t.hashed[name]
	if !ok {
		f, ok = t.byName[name]
		cache = "public, max-age=3600"
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	f.send(w, r, cache)
}

// WorkerPath is where the service worker is served: of a file that lies deeper it would
// care for what lies there only.
const WorkerPath = "/worker.js"

// ServeWorker answers for WorkerPath. Its name cannot change with its content, so browsers
// ask whether it did.
func ServeWorker(w http.ResponseWriter, r *http.Request) {
	load().byName["worker.js"].send(w, r, "no-cache")
}

func (f *file) send(w http.ResponseWriter, r *http.Request, cache string) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", cache)
	h.Set("Vary", "Accept-Encoding")
	body := f.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.zipped
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the reader may have gone
	}
}
