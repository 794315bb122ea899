package web

import (
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// signInPage is the form as this visit may use it: again asks whoever is signed in.
func (v *visit) signInPage() (templates.SignInPage, error) {
	providers, err := v.app.Providers(v.Context(), v.node)
	page := templates.SignInPage{Name: v.FormValue("name"), Back: v.back("/"), Again: v.viewer.Resident(), Mails: v.app.Mails, Providers: providers}
	if page.Again && page.Name == "" {
		page.Name = v.viewer.Account.Username
	}
	return page, err
}

func (v *visit) signInTitle() string {
	if v.viewer.Resident() {
		return v.T("web.signin.again")
	}
	return v.T("web.signin.title")
}

func askSignIn(v *visit) error {
	if v.guest.Departure != nil {
		return v.goTo(templates.ReturnPath, "")
	}
	if v.viewer.Resident() && v.FormValue("encore") == "" {
		return v.goTo(v.back("/"), "")
	}
	page, err := v.signInPage()
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.signInTitle())
	return v.show(http.StatusOK, pg, templates.SignInView(pg, page))
}

func signIn(v *visit) error {
	page, err := v.signInPage()
	if err != nil {
		return err
	}
	entrance, err := v.app.SignIn(v.Context(), v.node, page.Name, v.FormValue("password"), v.browser())
	if err != nil {
		pg := v.newPage(templates.Me, v.signInTitle())
		return v.invalid(err, pg, func(f templates.Form) templ.Component {
			page.Form = f
			return templates.SignInView(pg, page)
		})
	}
	return v.enter(entrance, page.Back, "")
}

func signOut(v *visit) error {
	if secret := cookie(v.Request, v.sessionCookie()); secret != "" {
		if err := v.app.SignOut(v.Context(), v.node, secret); err != nil {
			return err
		}
		v.forgetHere()
	}
	return v.signOutThere()
}

// askForLink is for whoever lost their password, or never wants one.
func askForLink(v *visit) error {
	pg := v.newPage(templates.Me, v.T("web.link.title"))
	if !v.app.Mails {
		return v.show(http.StatusOK, pg, templates.NoLinkView(pg))
	}
	return v.show(http.StatusOK, pg, templates.AskLinkView(pg, templates.AskLinkPage{Back: v.back("/")}))
}

func sendLink(v *visit) error {
	page := templates.AskLinkPage{Email: v.FormValue("email"), Back: v.back("/")}
	pg := v.newPage(templates.Me, v.T("web.link.title"))
	if err := v.app.AskLink(v.Context(), v.node, page.Email, v.browser()); err != nil {
		return v.invalid(err, pg, func(f templates.Form) templ.Component {
			page.Form = f
			return templates.AskLinkView(pg, page)
		})
	}
	return v.show(http.StatusOK, pg, templates.MailSentView(pg, templates.MailSentPage{
		Title: v.T("web.link.sent"), Text: v.T("web.link.sent.text", "Email", page.Email)}))
}

// linkKey is the secret that a mail's link carries. Such pages open for everyone who
// holds it and only then do something, by a button: programs that look at mail open
// links too.
const linkKey = "cle"

// overdue says that a link in a mail is good no more and leads to again, where another
// comes from; or why what it is for cannot be done.
func (v *visit) overdue(err error, again string) error {
	if !errors.Is(err, parvis.ErrNotFound) {
		pg := v.newPage(templates.Me, v.T("web.refused"))
		return v.invalid(err, pg, func(f templates.Form) templ.Component { return templates.LinkRefusedView(pg, f, again) })
	}
	pg := v.newPage(templates.Me, v.T("web.link.over"))
	return v.show(http.StatusGone, pg, templates.LinkOverView(pg, again))
}

func openLink(v *visit) error {
	secret := v.FormValue(linkKey)
	acc, err := v.app.Linked(v.Context(), v.node, secret)
	if err != nil {
		return v.overdue(err, "/connexion/oubli")
	}
	pg := v.newPage(templates.Me, v.T("web.link.open", "Name", acc.Display()))
	return v.show(http.StatusOK, pg, templates.KeyView(pg, templates.KeyPage{
		Text: v.T("web.link.open.text"), Action: "/connexion/lien", Key: secret, Verb: v.T("web.link.open.send")}))
}

func enterByLink(v *visit) error {
	entrance, err := v.app.EnterByLink(v.Context(), v.node, v.FormValue(linkKey), v.browser())
	if err != nil {
		return v.overdue(err, "/connexion/oubli")
	}
	return v.enter(entrance, "/", "link")
}
