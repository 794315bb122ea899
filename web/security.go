package web

import "net/http"

// policy is what a page may load: only what comes from this node. The photos
// that somebody chose are shown from memory (blob:) before they are sent.
const policy = "default-src 'none'; img-src 'self' blob:; style-src 'self'; script-src 'self'; connect-src 'self'; manifest-src 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'; form-action "

// secure sets the headers that keep pages from being abused.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy+"'self'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Permissions-Policy", "geolocation=(self), camera=(), microphone=(), payment=(), usb=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// letLeave allows the page's form to end on another server: browsers check where
// a form's answer redirects to.
func (v *visit) letLeave() {
	v.w.Header().Set("Content-Security-Policy", policy+"'self' https: http:")
}
