package web

import (
	"net/http"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
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

func (v *visit) secondsUntil(t time.Time) int { return int(t.Sub(v.app.Now()).Seconds()) }

// halfCookie holds the ticket of who still has to show their second factor.
func (v *visit) halfCookie() string { return v.sessionCookie() + "-demi" }

// enter gives the browser what it earned and leads on: to back, or to the page that
// asks for the second factor and then to back. flash names a sentence to say there.
func (v *visit) enter(e parvis.Entrance, back, flash string) error {
	life := v.secondsUntil(e.Expires)
	if e.Half {
		v.setCookie(v.halfCookie(), e.Secret, life)
		return v.goTo(templates.FactorURL(back), "")
	}
	// Who proves again who they are has a session already: this one replaces it.
	if old := cookie(v.Request, v.sessionCookie()); old != "" {
		if err := v.app.SignOut(v.Context(), v.node, old); err != nil {
			return err
		}
	}
	v.setCookie(v.sessionCookie(), e.Secret, life)
	if e.Leaving {
		back, flash = templates.ReturnPath, ""
	}
	return v.goTo(back, flash)
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
