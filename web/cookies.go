package web

import (
	"net/http"
	"time"
)

// Names of cookies. The session's has the prefix that browsers enforce, where
// they can: only this host, only over https.
const (
	flashCookie    = "dit"
	languageCookie = "langue"
)

const languageLife = 365 * 24 * 3600

func (v *visit) sessionCookie() string {
	if v.node.Scheme == "https" {
		return "__Host-parvis"
	}
	return "parvis"
}

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// setCookie keeps a value in the browser for some seconds.
func (v *visit) setCookie(name, value string, seconds int) {
	http.SetCookie(v.w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true,
		Secure: v.node.Scheme == "https", SameSite: http.SameSiteLaxMode})
}

func (v *visit) dropCookie(name string) { v.setCookie(name, "", -1) }

// remember signs the browser in.
func (v *visit) remember(secret string, expires time.Time) {
	v.setCookie(v.sessionCookie(), secret, int(expires.Sub(v.app.Now()).Seconds()))
}

// takeFlash returns what the page before wanted to be said, once.
func (v *visit) takeFlash() string {
	name := cookie(v.Request, flashCookie)
	if name == "" {
		return ""
	}
	v.dropCookie(flashCookie)
	// The cookie is the visitor's: it may only name sentences that exist.
	if key := "web.flash." + name; v.printer.Has(key) {
		return v.T(key)
	}
	return ""
}
