package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/rs/zerolog"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// errWrongMethod: the path exists, but not for that.
var errWrongMethod = errors.New("wrong method")

// answers is the one table that turns errors into statuses; a page of the name
// says what to do. Whatever is not here is our fault and stays in the log.
var answers = []struct {
	err    error
	status int
	name   string
}{
	{parvis.ErrNotFound, http.StatusNotFound, "notfound"},
	{parvis.ErrGone, http.StatusGone, "gone"},
	{parvis.ErrForbidden, http.StatusForbidden, "forbidden"},
	{parvis.ErrConflict, http.StatusConflict, "conflict"},
	{parvis.ErrTooMany, http.StatusTooManyRequests, "toomany"},
	{parvis.ErrUnavailable, http.StatusServiceUnavailable, "unavailable"},
	{errWrongMethod, http.StatusMethodNotAllowed, "method"},
}

func notFound(*visit) error { return parvis.ErrNotFound }

func wrongMethod(*visit) error { return errWrongMethod }

// fail answers with what an error means to people.
func (v *visit) fail(err error) {
	if errors.Is(err, parvis.ErrSignIn) || errors.Is(err, parvis.ErrStale) {
		v.askWho(errors.Is(err, parvis.ErrStale))
		return
	}
	status, name := v.meaning(err)
	if status >= http.StatusInternalServerError {
		zerolog.Ctx(v.Context()).Error().Err(err).Str("path", v.URL.Path).Msg("page failed")
	}
	pg := v.newPage(templates.NoSection, v.T("web.error."+name))
	page := templates.MessagePage{Title: pg.Title, Text: v.T("web.error." + name + ".text")}
	if err := v.send(status, templates.MessageView(pg, page)); err != nil {
		zerolog.Ctx(v.Context()).Error().Err(err).Msg("error page failed")
		http.Error(v.w, http.StatusText(status), status)
	}
}

// meaning returns the status of an error and the name of its page.
func (v *visit) meaning(err error) (int, string) {
	if late := new(parvis.TooManyError); errors.As(err, &late) {
		v.w.Header().Set("Retry-After", strconv.Itoa(late.RetryAfter))
	}
	if errors.Is(err, parvis.ErrUnavailable) {
		v.w.Header().Set("Retry-After", strconv.Itoa(parvis.UnavailableFor))
	}
	if large := new(http.MaxBytesError); errors.As(err, &large) {
		return http.StatusRequestEntityTooLarge, "large"
	}
	// A problem without a form to say it in: the request was not made by our pages.
	if invalid := new(parvis.InvalidError); errors.As(err, &invalid) {
		return http.StatusUnprocessableEntity, "invalid"
	}
	for _, a := range answers {
		if errors.Is(err, a.err) {
			return a.status, a.name
		}
	}
	return http.StatusInternalServerError, "internal"
}

// askWho leads to the sign-in form, and back to where somebody wanted to go: the
// page, or the one that holds the form which was sent. again asks who is signed in.
func (v *visit) askWho(again bool) {
	back := v.URL.RequestURI()
	if v.Method == http.MethodPost {
		back = v.sender()
	}
	to := templates.SignInURL(back)
	if again {
		to = templates.SignInAgainURL(back)
	}
	http.Redirect(v.w, v.Request, to, http.StatusSeeOther)
}

// sender is the page that holds the form which was sent.
func (v *visit) sender() string {
	if from, err := url.Parse(v.Referer()); err == nil && from.Host == v.Host {
		return local(from.RequestURI(), "/")
	}
	return "/"
}
