package federation

import (
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/mux"
	"github.com/rs/zerolog"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// Mount adds all routes of this surface. Mount it before the pages: where both
// answer at one address, these routes take only who asks for ActivityStreams. The
// request's context must carry its node (parvis.WithNode).
func (s *Server) Mount(r *mux.Router) {
	for _, path := range []string{"/inbox", "/actor/inbox", "/@{name}/inbox"} {
		r.Path(path).Methods(http.MethodPost).HandlerFunc(s.inbox)
	}
	get := func(path string) *mux.Route { return r.Path(path).Methods(http.MethodGet, http.MethodHead) }
	shared := func(path string) *mux.Route { return get(path).MatcherFunc(WantsActivity) }

	shared("/actor").Handler(s.introduction(s.showActor))
	shared("/@{name}").Handler(s.introduction(s.showActor))
	shared("/p/{id}").Handler(s.bytes(s.showPost))

	for _, base := range []string{"/actor", "/@{name}"} {
		get(base + "/outbox").Handler(s.thing(s.showOutbox))
		get(base + "/followers").Handler(s.thing(s.showFollowers))
		get(base + "/following").Handler(s.thing(s.showFollowing))
		get(base + "/featured").Handler(s.thing(s.showFeatured))
	}
	get("/@{name}/moderators").Handler(s.thing(s.showModerators))
	get("/@{name}" + followsPath).Handler(s.thing(s.showFollowersThere))
	get("/p/{id}/activity").Handler(s.thing(s.showCreate))
	get("/p/{id}/replies").Handler(s.thing(s.showReplies))
	get("/p/{id}/thread").Handler(s.thing(s.showThread))
	get("/p/{id}/likes").Handler(s.thing(s.showLikes))
	get("/p/{id}/shares").Handler(s.thing(s.showShares))
	get("/shares/{id}").Handler(s.thing(s.showShare))
	get("/stamps/{id}").Handler(s.thing(s.showStamp))
	get("/partners").MatcherFunc(WantsActivity).Handler(s.thing(s.showPartners))

	get("/ns").HandlerFunc(s.namespace)
	get("/.well-known/webfinger").HandlerFunc(s.webfinger)
	get("/.well-known/host-meta").HandlerFunc(s.hostMeta)
	get("/.well-known/host-meta.json").HandlerFunc(s.hostMeta)
	get("/.well-known/nodeinfo").HandlerFunc(s.nodeInfoLinks)
	get("/nodeinfo/{version:2\\.[01]}").HandlerFunc(s.nodeInfo)
}

// WantsActivity matches requests for ActivityStreams: their Accept header names
// one of its types, and prefers no page to it. It is a mux.MatcherFunc.
func WantsActivity(r *http.Request, _ *mux.RouteMatch) bool {
	activity, page := 0.0, 0.0
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		mediaType, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q := 1.0
		if value, ok := params["q"]; ok {
			if q, err = strconv.ParseFloat(value, 64); err != nil {
				continue
			}
		}
		switch mediaType {
		case vocab.MediaType, "application/ld+json":
			activity = max(activity, q)
		case "text/html", "application/xhtml+xml":
			page = max(page, q)
		}
	}
	return activity > 0 && activity >= page
}

// asked is a request for a thing.
type asked struct {
	*http.Request
	node   *parvis.Node
	viewer parvis.Viewer
	// nameless: whoever asks did not say who they are, and the node wants to know.
	nameless bool
}

// elsewhere is the error that a thing has its address on another server.
type elsewhere string

func (e elsewhere) Error() string { return "it is at " + string(e) }

// bytes makes a handler of a function that finds what was asked for, written. With
// parvis.ErrGone it returns the tombstone. Where the node wants to know who asks
// (authorized fetch, Mastodon's "secure mode"), it shows nothing to others.
func (s *Server) bytes(find func(asked) ([]byte, error)) http.Handler {
	return s.introduction(func(a asked) ([]byte, error) {
		if a.nameless {
			return nil, errNameless
		}
		return find(a)
	})
}

// introduction is bytes for actors, of which everybody is shown something: others
// need their keys before they can believe them.
func (s *Server) introduction(find func(asked) ([]byte, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := parvis.NodeFrom(r.Context())
		w.Header().Add("Vary", "Accept, Signature")
		v, err := s.viewer(r.Context(), n, r)
		var body []byte
		if err == nil {
			body, err = find(asked{r, n, v, n.AuthorizedFetch && v.Account == nil})
		}
		if v.Account != nil {
			w.Header().Set("Cache-Control", "private, no-store")
		}
		s.show(w, r, body, err)
	})
}

// show sends a thing, or why there is none. What is missing and what may not be
// seen look the same.
func (s *Server) show(w http.ResponseWriter, r *http.Request, body []byte, err error) {
	status := http.StatusOK
	var away elsewhere
	switch {
	case err == nil:
	case errors.Is(err, errNameless):
		http.Error(w, "this node answers signed requests only", http.StatusUnauthorized)
		return
	case errors.As(err, &away):
		http.Redirect(w, r, string(away), http.StatusSeeOther)
		return
	case errors.Is(err, parvis.ErrGone) && body != nil:
		status = http.StatusGone
	case errors.Is(err, parvis.ErrGone):
		http.Error(w, "gone", http.StatusGone)
		return
	case errors.Is(err, parvis.ErrNotFound), errors.Is(err, parvis.ErrForbidden):
		http.Error(w, "not found", http.StatusNotFound)
		return
	default:
		s.broken(w, r, err)
		return
	}
	write(w, status, vocab.MediaType+"; charset=utf-8", body)
}

// broken answers what is our own fault: in time for another try, if it will pass.
func (s *Server) broken(w http.ResponseWriter, r *http.Request, err error) {
	zerolog.Ctx(r.Context()).Error().Err(err).Msg("request failed")
	if errors.Is(err, parvis.ErrUnavailable) {
		w.Header().Set("Retry-After", strconv.Itoa(parvis.UnavailableFor))
		http.Error(w, "unavailable for now", http.StatusServiceUnavailable)
		return
	}
	http.Error(w, "internal error", http.StatusInternalServerError)
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // whoever is gone need not be told
}
