package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/maypok86/otter/v2"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// A rendered page, as it is and compressed.
type rendered struct{ plain, packed []byte }

// A keep remembers pages that visitors were shown, by what they are made of.
// Whoever asks has just found out what they may see and in which versions; only
// drawing it is spared. See docs/decisions/0011-caches-by-version.md.
type keep struct {
	once  sync.Once
	pages *otter.Cache[pageKey, *rendered]
	salt  string // templates change with the program
}

type pageKey [sha256.Size]byte

// keptPages is how many bytes of pages are kept. Most change within minutes.
const keptPages = 6 << 20

func (k *keep) open(now time.Time) {
	k.once.Do(func() {
		k.salt = now.String()
		k.pages = otter.Must(&otter.Options[pageKey, *rendered]{MaximumWeight: keptPages,
			Weigher: func(_ pageKey, p *rendered) uint32 { return uint32(len(p.plain) + len(p.packed) + 300) }})
	})
}

// An imprint is a hash of all that a page is made of, besides the language.
type imprint struct{ hash.Hash }

func (i imprint) text(all ...string) {
	for _, s := range all {
		i.number(int64(len(s)))
		_, _ = i.Write([]byte(s)) // a hash does not fail
	}
}

func (i imprint) number(n int64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(n))
	_, _ = i.Write(b[:])
}

// posts adds posts with their authors.
func (i imprint) posts(all ...*parvis.Post) {
	i.number(int64(len(all)))
	for _, p := range all {
		i.number(int64(p.ID))
		i.number(p.Version)
		i.emojis(p.Emojis)
		i.accounts(p.Author)
		if p.Quoted != nil {
			i.posts(p.Quoted)
		}
	}
}

// accounts adds accounts.
func (i imprint) accounts(all ...*parvis.Account) {
	i.number(int64(len(all)))
	for _, a := range all {
		i.number(int64(a.ID))
		i.number(a.Version)
		i.emojis(a.Emojis)
	}
}

// emojis adds pictures in texts, which versions do not tell of.
func (i imprint) emojis(all []parvis.Emoji) {
	i.number(int64(len(all)))
	for _, e := range all {
		i.text(e.Name)
		if e.Ready() {
			i.text(e.Media.Largest().Key)
		}
	}
}

// showSame answers with a page that looks the same to all visitors. made adds all
// that it is made of.
func (v *visit) showSame(pg *templates.Page, made func(imprint), body templ.Component) error {
	if v.viewer.Account != nil || cookie(v.Request, flashCookie) != "" {
		return v.show(http.StatusOK, pg, body)
	}
	partners, err := v.partners()
	if err != nil {
		return err
	}
	v.server.kept.open(pg.Now)
	i := imprint{sha256.New()}
	// How long ago something was is told to the minute.
	i.number(pg.Now.Truncate(time.Minute).Unix())
	i.text(v.server.kept.salt, v.printer.Lang(), v.node.Host, pg.Path, pg.Title, string(pg.Section))
	i.number(v.node.Version)
	i.accounts(partners...)
	made(i)
	key := pageKey(i.Sum(nil))

	tag := `W/"` + base64.RawURLEncoding.EncodeToString(key[:12]) + `"`
	v.frame()
	v.w.Header().Set("ETag", tag)
	if strings.Contains(v.Header.Get("If-None-Match"), tag) {
		v.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	page, ok := v.server.kept.pages.GetIfPresent(key)
	if !ok {
		if page, err = v.draw(pg, body); err != nil {
			return err
		}
		v.server.kept.pages.Set(key, page)
	}
	return v.sendBody(http.StatusOK, "text/html; charset=utf-8", page)
}

// draw renders a page for visitors.
func (v *visit) draw(pg *templates.Page, body templ.Component) (*rendered, error) {
	if err := v.prepare(pg); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := body.Render(v.Context(), &b); err != nil {
		return nil, err
	}
	packed, err := pack(b.Bytes())
	// A buffer has grown to perhaps twice what is in it.
	return &rendered{bytes.Clone(b.Bytes()), bytes.Clone(packed)}, err
}

var packers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// pack compresses a body. A packer has tables of a megabyte, so they are used again.
func pack(body []byte) ([]byte, error) {
	var packed bytes.Buffer
	w := packers.Get().(*gzip.Writer)
	defer packers.Put(w)
	w.Reset(&packed)
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	err := w.Close()
	return packed.Bytes(), err
}
