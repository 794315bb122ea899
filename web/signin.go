package web

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/web/templates"
)

func askSignIn(v *visit) error {
	back := v.back("/")
	if v.viewer.Resident() {
		return v.goTo(back, "")
	}
	pg := v.newPage(templates.Me, v.T("web.signin.title"))
	return v.show(http.StatusOK, pg, templates.SignInView(pg, templates.SignInPage{Back: back}))
}

func signIn(v *visit) error {
	page := templates.SignInPage{Name: v.FormValue("name"), Back: v.back("/")}
	secret, expires, err := v.app.SignIn(v.Context(), v.node, page.Name, v.FormValue("password"), v.addr())
	if err != nil {
		pg := v.newPage(templates.Me, v.T("web.signin.title"))
		return v.invalid(err, pg, func(f templates.Form) templ.Component {
			page.Form = f
			return templates.SignInView(pg, page)
		})
	}
	v.remember(secret, expires)
	return v.goTo(page.Back, "")
}

func signOut(v *visit) error {
	if secret := cookie(v.Request, v.sessionCookie()); secret != "" {
		if err := v.app.SignOut(v.Context(), v.node, secret); err != nil {
			return err
		}
		v.dropCookie(v.sessionCookie())
	}
	return v.goTo("/", "signedout")
}

func askSignUp(v *visit) error {
	if v.viewer.Resident() {
		return v.goTo("/moi", "")
	}
	pg := v.newPage(templates.Me, v.T("web.signup.title"))
	if !v.node.SignupOpen() {
		return v.show(http.StatusForbidden, pg, templates.ClosedView(pg))
	}
	return v.show(http.StatusOK, pg, templates.SignUpView(pg, templates.SignUpPage{}))
}

func signUp(v *visit) error {
	page := templates.SignUpPage{Name: v.FormValue("name"), Username: v.FormValue("username"), Email: v.FormValue("email")}
	acc, err := v.app.SignUp(v.Context(), v.node, app.NewAccount{
		Name: page.Name, Username: page.Username, Email: page.Email, Password: v.FormValue("password"), Language: v.printer.Lang(),
	}, v.addr())
	if err != nil {
		pg := v.newPage(templates.Me, v.T("web.signup.title"))
		return v.invalid(err, pg, func(f templates.Form) templ.Component {
			page.Form = f
			return templates.SignUpView(pg, page)
		})
	}
	secret, expires, err := v.app.OpenSession(v.Context(), v.node, acc)
	if err != nil {
		return err
	}
	v.remember(secret, expires)
	return v.goTo("/moi/profil", "welcome")
}
