// Package web is the pages: what residents and visitors see. It turns requests
// into the verbs of package app and their results into templates, and holds no
// rules of its own. Every page works without JavaScript.
package web

import (
	"context"
	"embed"
	"net/http"

	"github.com/gorilla/mux"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/static"
)

// Locales holds the catalogues of the pages.
//
//go:embed locales
var Locales embed.FS

// A Server answers for the pages of every node.
type Server struct {
	App       *app.App
	Catalogue *i18n.Catalogue // with Locales
	// Door asks the server of a handle ("lea@autre.example") where its people
	// follow and answer: an address with "{uri}" in it (the "subscribe" link of
	// OStatus, or an intent of FEP-3b86). If it is nil, people are told to paste
	// the address themselves.
	Door func(ctx context.Context, n *parvis.Node, handle string) (string, error)

	kept keep
}

// Mount adds the pages to a router. The node comes with the request's context.
func (s *Server) Mount(r *mux.Router) {
	r.PathPrefix(static.Prefix).Methods(http.MethodGet, http.MethodHead).HandlerFunc(static.Serve)
	r.Path(static.WorkerPath).Methods(http.MethodGet, http.MethodHead).HandlerFunc(static.ServeWorker)
	for _, route := range s.routes() {
		methods := []string{route.method}
		if route.method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		handle := route.handle
		if !openPath(route.path) {
			handle = accepted(handle)
		}
		r.Path(route.path).Methods(methods...).Handler(s.page(handle))
	}
	r.NotFoundHandler = s.page(notFound)
	r.MethodNotAllowedHandler = s.page(wrongMethod)
}
