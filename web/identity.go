package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/a-h/templ"
	"github.com/rs/zerolog"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// identityCookie holds the secret of a browser that is away at another service: only
// the browser that left can come back.
func (v *visit) identityCookie() string { return v.sessionCookie() + "-ailleurs" }

// voucherCookie holds what a service said of somebody who is about to join. It is in
// no address: who follows another's link would make them an account that opens to him.
func (v *visit) voucherCookie() string { return v.sessionCookie() + "-garant" }

// leaveFor sends the browser to another service. It is a page of its own, since the
// policy of our pages lets no form end elsewhere, and a redirect would end it there.
func (v *visit) leaveFor(address, title, text string) error {
	pg := v.newPage(templates.NoSection, title)
	v.w.Header().Set("Refresh", "0; url="+address)
	return v.show(http.StatusOK, pg, templates.LeaveView(pg, text, address))
}

func askIdentity(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	back := v.back("/")
	errand, err := v.app.AskIdentity(v.Context(), v.node, v.guest, app.Inquiry{Provider: id, Link: v.FormValue("lier") != "",
		Back: back, Invitation: v.FormValue("invitation"), Typed: app.Typed{Name: v.FormValue("name"), Username: v.FormValue("username"),
			Email: v.FormValue("email"), Reason: v.FormValue("reason")}}, v.browser())
	if err != nil && v.FormValue("inscription") != "" {
		return v.askAgain(err)
	}
	if err != nil {
		return v.identityFailed(err, back)
	}
	v.setCookie(v.identityCookie(), errand.Secret, v.secondsUntil(errand.Expires))
	return v.leaveFor(errand.URL, v.T("web.identity.leave"), v.T("web.identity.leave.text"))
}

func answerIdentity(v *visit) error {
	in := app.Returning{Secret: cookie(v.Request, v.identityCookie()), State: v.FormValue("state"), Code: v.FormValue("code"),
		Issuer: v.FormValue("iss"), Error: v.FormValue("error")}
	r, err := v.app.AnswerIdentity(v.Context(), v.node, v.guest, in, v.browser())
	if in.State == in.Secret { // what others make a browser open ends nothing
		v.dropCookie(v.identityCookie())
	}
	switch {
	case err != nil:
		return v.identityFailed(err, local(r.Back, "/"))
	case r.Linked:
		return v.goTo(templates.AccessPath, "identity.linked")
	case r.Join != "":
		v.setCookie(v.voucherCookie(), r.Join, v.secondsUntil(r.JoinUntil))
		query := url.Values{"identite": {"1"}}
		if r.Invitation != "" {
			query.Set("invitation", r.Invitation)
		}
		return v.goTo("/inscription?"+query.Encode(), "")
	}
	return v.enter(r.Entrance, r.Back, "")
}

// identityFailed says on the page where somebody can try something else why another
// service did not let them in. What the service said is for the log.
func (v *visit) identityFailed(err error, back string) error {
	v.logIdentity(err)
	if v.fresh() == nil {
		return v.correctAccess(err, nil)
	}
	page, pageErr := v.signInPage()
	if pageErr != nil {
		return pageErr
	}
	page.Name, page.Back = "", back
	pg := v.newPage(templates.Me, v.signInTitle())
	return v.invalid(err, pg, func(f templates.Form) templ.Component {
		page.Form = f
		return templates.SignInView(pg, page)
	})
}

// askAgain says in the form to join what went wrong when it asked another service: what
// somebody wrote there is not lost.
func (v *visit) askAgain(err error) error {
	v.logIdentity(err)
	page := v.joinPage()
	providers, listErr := v.app.Providers(v.Context(), v.node)
	if listErr != nil {
		return listErr
	}
	page.Providers = providers
	return v.correctJoin(err, page)
}

// logIdentity keeps what a service said that people do not read.
func (v *visit) logIdentity(err error) {
	if problem := new(parvis.InvalidError); errors.As(err, &problem) && err.Error() != problem.Error() {
		zerolog.Ctx(v.Context()).Warn().Str("error", cut(err.Error())).Msg("identity provider failed")
	}
}

// cut shortens what a stranger wrote for the log.
func cut(s string) string { return s[:min(len(s), 500)] }

// voucher is the secret of who answers for somebody who joins, if they say so.
func (v *visit) voucher() string {
	if v.FormValue("identite") == "" {
		return ""
	}
	return cookie(v.Request, v.voucherCookie())
}

// vouch fills in what a service said of somebody who joins.
func (v *visit) vouch(page *templates.JoinPage) error {
	var err error
	if page.Providers, err = v.app.Providers(v.Context(), v.node); err != nil || v.FormValue("identite") == "" {
		return err
	}
	secret := v.voucher()
	if secret == "" {
		return parvis.Invalid("identity", "join.identity.over")
	}
	known, err := v.app.Vouched(v.Context(), v.node, secret)
	if err != nil {
		return err
	}
	page.Voucher = nameOf(page.Providers, known.Issuer)
	if known.EmailVerified {
		page.Vouched = known.Email
	}
	if v.Method == http.MethodGet {
		typed := known.Typed
		page.Name, page.Email = cmp.Or(typed.Name, known.Name), cmp.Or(typed.Email, known.Email)
		page.Username, page.Reason = typed.Username, typed.Reason
	}
	return nil
}

// nameOf is what people call the service with an address: its host, if the team
// removed it.
func nameOf(providers []*parvis.Provider, issuer string) string {
	for _, p := range providers {
		if p.Issuer == issuer {
			return p.Name
		}
	}
	if u, err := url.Parse(issuer); err == nil {
		return u.Host
	}
	return issuer
}

// services are those that answer for the guest, and those that may.
func (v *visit) services() ([]templates.Service, error) {
	providers, err := v.app.Providers(v.Context(), v.node)
	if err != nil {
		return nil, err
	}
	tied, err := v.app.IdentitiesOf(v.Context(), v.node, v.guest)
	if err != nil {
		return nil, err
	}
	var list []templates.Service
	for _, i := range tied {
		list = append(list, templates.Service{Name: nameOf(providers, i.Issuer), Issuer: i.Issuer, Since: i.CreatedAt})
	}
	for _, p := range providers {
		if !slices.ContainsFunc(tied, func(i parvis.Identity) bool { return i.Issuer == p.Issuer }) {
			list = append(list, templates.Service{Name: p.Name, Issuer: p.Issuer, Provider: p.ID})
		}
	}
	return list, nil
}

func unlink(v *visit) error {
	if err := v.app.Unlink(v.Context(), v.node, v.guest, v.FormValue("service")); err != nil {
		return v.correctAccess(err, nil)
	}
	return v.goTo(templates.AccessPath, "identity.unlinked")
}

// signOutThere ends what is left of a visit: who came in by another service leaves it
// too, if it lets them.
func (v *visit) signOutThere() error {
	there, err := v.app.SignOutThere(v.Context(), v.node, v.guest.Session)
	if err != nil {
		return err
	}
	v.guest, v.viewer = app.Guest{}, parvis.Viewer{}
	if there == "" {
		return v.goTo("/", "signedout")
	}
	return v.leaveFor(there, v.T("web.identity.signout"), v.T("web.identity.signout.text"))
}

// signedOutThere is where the service sends them back to. Anybody may open it: it
// only says something, and only to who is not signed in.
func signedOutThere(v *visit) error {
	if v.viewer.Resident() {
		return v.goTo("/", "")
	}
	return v.goTo("/", "signedout")
}
