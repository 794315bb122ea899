package web

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/gorilla/mux"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// A visit is one request for a page: who asks, of which node, in which language.
type visit struct {
	*http.Request
	w       http.ResponseWriter
	app     *app.App
	server  *Server
	node    *parvis.Node
	guest   app.Guest     // empty for visitors
	viewer  parvis.Viewer // the guest's
	printer *i18n.Printer
	nearby  []*parvis.Account // what partners read, once it did
	secret  bool              // the page shows a secret, and is not to be kept by the browser
}

// page makes an http.Handler of a page: it guards, finds out who asks, and turns
// errors into pages.
func (s *Server) page(handle func(*visit) error) http.Handler {
	guarded := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := s.visit(w, r)
		if !v.viewer.Resident() { // who else sends photos is not listened to
			r.Body = http.MaxBytesReader(w, r.Body, maxFields)
		}
		if err == nil {
			err = v.wroteIt()
		}
		if err == nil {
			err = handle(v)
		}
		if err != nil {
			v.fail(err)
		}
	})
	protection := http.NewCrossOriginProtection()
	protection.AddInsecureBypassPattern(http.MethodPost + " " + app.LeavePath) // mail programs ask, and its key says all
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := s.visit(w, r)
		v.fail(errors.Join(err, parvis.ErrForbidden))
	}))
	return secure(protection.Handler(guarded))
}

// visit never returns nil: an error can be shown to whoever asked.
func (s *Server) visit(w http.ResponseWriter, r *http.Request) (*visit, error) {
	v := &visit{Request: r, w: w, app: s.App, server: s, node: parvis.NodeFrom(r.Context())}
	err := v.recognise()
	wishes := []string{cookie(r, languageCookie)}
	if v.guest.Login != nil {
		wishes = append(wishes, v.guest.Login.Language)
	}
	v.printer = s.Catalogue.For(append(wishes, r.Header.Get("Accept-Language"), v.node.Language)...)
	return v, err
}

// recognise finds out who is behind the session's cookie.
func (v *visit) recognise() error {
	secret := cookie(v.Request, v.sessionCookie())
	if secret == "" {
		return nil
	}
	guest, err := v.app.GuestBySession(v.Context(), v.node, secret)
	switch {
	case errors.Is(err, parvis.ErrNotFound):
		v.dropCookie(v.sessionCookie())
		return nil
	case err != nil:
		return err
	}
	v.guest, v.viewer = guest, guest.Viewer
	return nil
}

// resident refuses visitors; a page then leads to the sign-in form and back.
func (v *visit) resident() error {
	if !v.viewer.Resident() {
		return parvis.ErrSignIn
	}
	return nil
}

// fresh refuses visitors, and asks residents who came in some time ago to prove again
// who they are: a browser that is left open does not give an account away.
func (v *visit) fresh() error {
	if err := v.resident(); err != nil {
		return err
	}
	if !v.app.Fresh(v.guest.Session, parvis.FreshFor) {
		return parvis.ErrStale
	}
	return nil
}

// T says a message in the reader's language.
func (v *visit) T(key string, args ...any) string { return v.printer.T(key, args...) }

// newPage starts a page.
func (v *visit) newPage(section templates.Section, title string) *templates.Page {
	pg := &templates.Page{Printer: v.printer, Node: v.node, Viewer: v.viewer, Now: v.app.Now(),
		Path: v.URL.RequestURI(), Asked: v.URL.Path, Section: section, Title: title}
	if v.Method != http.MethodGet {
		pg.Path = "/" // where the language switch leads from the answer to a form
	}
	return pg
}

// show answers with a page.
func (v *visit) show(status int, pg *templates.Page, body templ.Component) error {
	if err := v.prepare(pg); err != nil {
		return err
	}
	pg.Flash = v.takeFlash()
	return v.send(status, body)
}

// prepare finds out what the frame of every page shows.
func (v *visit) prepare(pg *templates.Page) error {
	unread, err := v.app.Unseen(v.Context(), v.node, v.viewer)
	if err != nil {
		return err
	}
	if unread > 0 {
		if err := v.app.Notice(v.Context(), v.node, v.viewer); err != nil {
			return err
		}
	}
	partners, err := v.partners()
	if err != nil {
		return err
	}
	pg.Neighbours = make(map[string]string, len(partners))
	for _, actor := range partners {
		pg.Neighbours[actor.Domain] = actor.Display()
	}
	if pg.Reports, err = v.app.CountReports(v.Context(), v.node, v.viewer); err != nil {
		return err
	}
	if pg.Submissions, err = v.app.CountSubmissions(v.Context(), v.node, v.viewer); err != nil {
		return err
	}
	if pg.Applicants, err = v.app.CountApplicants(v.Context(), v.node, v.viewer); err != nil {
		return err
	}
	if pg.Talks, err = v.app.UnreadConversations(v.Context(), v.node, v.viewer); err != nil {
		return err
	}
	// Of a message people are told as well: it counts once.
	pg.Unread = max(unread, pg.Talks)
	return nil
}

// invalid answers with a form that must be corrected, if that is what err says.
func (v *visit) invalid(err error, pg *templates.Page, body func(templates.Form) templ.Component) error {
	if problem := new(parvis.InvalidError); !errors.As(err, &problem) {
		return err
	}
	pg.Title = v.T("web.form.title", "Title", pg.Title)
	return v.show(http.StatusUnprocessableEntity, pg, body(templates.FormOf(pg, err)))
}

// goTo answers a form that was right. flash names a sentence that the next page says.
func (v *visit) goTo(path, flash string) error {
	if v.Header.Get(readerHeader) != "" { // nobody reads the next page: static/worker.js sends what it kept
		v.w.Header().Set("Location", path)
		v.w.WriteHeader(http.StatusCreated)
		return nil
	}
	if flash != "" {
		v.setCookie(flashCookie, flash, 60)
	}
	http.Redirect(v.w, v.Request, path, http.StatusSeeOther)
	return nil
}

// back is where a form said to return to, if that is on this node.
func (v *visit) back(fallback string) string {
	return local(v.FormValue("retour"), fallback)
}

// local returns a path of this node, or fallback if it leads elsewhere.
func local(path, fallback string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return fallback
	}
	return path
}

// id reads the id in the path.
func (v *visit) id() (parvis.ID, error) { return parvis.ParseID(mux.Vars(v.Request)["id"]) }

// post returns the post that the path names.
func (v *visit) post() (*parvis.Post, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	return v.app.Post(v.Context(), v.node, v.viewer, id)
}

// account returns the account that the path names. Residents make us look for
// those we do not know yet.
func (v *visit) account() (*parvis.Account, error) {
	name := mux.Vars(v.Request)["acct"]
	acc, err := v.app.Profile(v.Context(), v.node, name)
	if errors.Is(err, parvis.ErrNotFound) && v.viewer.Resident() && strings.Contains(name, "@") {
		acc, err = v.app.Lookup(v.Context(), v.node, name)
	}
	return acc, err
}

// browser says from where somebody tries to come in.
func (v *visit) browser() parvis.Browser {
	return parvis.Browser{Addr: v.addr(), Device: v.UserAgent()}
}

// addr is the visitor's address, to count attempts by. Of an IPv6 address it is
// the network: a client has all of a /64 to choose from.
func (v *visit) addr() string {
	host, _, err := net.SplitHostPort(v.RemoteAddr)
	if err != nil {
		return v.RemoteAddr
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || ip.Unmap().Is4() {
		return host
	}
	return netip.PrefixFrom(ip.WithZone(""), 64).Masked().String()
}
