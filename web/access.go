package web

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/web/templates"
)

// accessPage gathers how the viewer gets into their account.
func (v *visit) accessPage() templates.AccessPage {
	return templates.AccessPage{Email: v.login.Email}
}

func access(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.security"))
	return v.show(http.StatusOK, pg, templates.AccessView(pg, v.accessPage()))
}

// correctAccess shows the page again with what must be corrected.
func (v *visit) correctAccess(cause error) error {
	page := v.accessPage()
	pg := v.newPage(templates.Me, v.T("web.security"))
	return v.invalid(cause, pg, func(f templates.Form) templ.Component {
		page.Form = f
		return templates.AccessView(pg, page)
	})
}

func setPassword(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	session := cookie(v.Request, v.sessionCookie())
	if err := v.app.SetPassword(v.Context(), v.node, v.viewer, v.FormValue("old"), v.FormValue("password"), session); err != nil {
		return v.correctAccess(err)
	}
	return v.goTo(templates.AccessPath, "password")
}
