package mastodon

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/mux"

	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// A call is one request of an app.
type call struct {
	r      *http.Request
	header http.Header // of the answer
	node   *parvis.Node
	viewer parvis.Viewer
	words  *i18n.Printer
	in     params
	now    time.Time

	faces map[parvis.ID]*account // those that this answer has shown already
}

// id returns the id in the path.
func (c *call) id() (parvis.ID, error) { return parvis.ParseDecimalID(mux.Vars(c.r)["id"]) }

// serve turns a route into a handler: who asks, may they, what they ask, and the
// answer or the error as JSON.
func (a *API) serve(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		c := &call{r: r, header: w.Header(), node: a.NodeOf(ctx), now: a.App.Now()}
		allowAnyOrigin(c.header)
		c.words = a.Words.For(r.Header.Get("Accept-Language"), c.node.Language)
		out, err := a.answer(ctx, rt, w, c)
		if err != nil {
			sendError(ctx, w, c, err)
			return
		}
		if p, ok := out.(picture); ok {
			sendPicture(w, p)
			return
		}
		send(w, http.StatusOK, out)
	}
}

func (a *API) answer(ctx context.Context, rt route, w http.ResponseWriter, c *call) (any, error) {
	if err := a.admit(ctx, rt, c); err != nil {
		return nil, err
	}
	if c.viewer.Language != "" {
		c.words = a.Words.For(c.viewer.Language)
	}
	// Only now: strangers cannot make us read large bodies.
	var err error
	if c.in, err = read(w, c.r, a.bodyLimit(rt)); err != nil {
		return nil, err
	}
	defer c.in.close()
	return rt.do(ctx, c)
}

// admit finds out who asks and whether the route is for them.
func (a *API) admit(ctx context.Context, rt route, c *call) error {
	if rt.who == everyone {
		return nil
	}
	kind, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	if kind == "" && rt.who == visitors {
		return nil
	}
	if !strings.EqualFold(kind, "Bearer") || token == "" {
		return parvis.ErrSignIn
	}
	var err error
	if c.viewer, err = a.App.ViewerByToken(ctx, c.node, token); err != nil {
		return tokenProblem(err)
	}
	if !rt.scope.allowedBy(c.viewer.Scopes) {
		return errScope
	}
	return nil
}

// allowAnyOrigin lets apps that run in a browser, from any site, use the API:
// it knows tokens only, never cookies.
func allowAnyOrigin(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "Link, Retry-After")
}

// preflight answers a browser that asks what an app may ask.
func preflight(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	allowAnyOrigin(h)
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key")
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}

func unknown(context.Context, *call) (any, error) { return nil, parvis.ErrNotFound }

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// send answers with JSON.
func send(w http.ResponseWriter, status int, out any) {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	enc := json.NewEncoder(b)
	// Content is HTML: escaping its angle brackets would nearly double it, and
	// nothing takes application/json for a page.
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		panic(err) // the entities are plain structs: a bug of ours
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the app may have gone
}
