package web

import (
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// setUpFactor shows a secret for the app on a resident's phone.
func setUpFactor(v *visit) error {
	if err := v.fresh(); err != nil {
		return err
	}
	return v.showFactor(nil)
}

// showFactor shows the form that ends the set-up, with what must be corrected.
func (v *visit) showFactor(cause error) error {
	secret, err := v.app.FactorSetup(v.Context(), v.node, v.guest)
	if errors.Is(err, parvis.ErrConflict) {
		return v.goTo(templates.AccessPath, "")
	}
	if err != nil {
		return err
	}
	page := templates.FactorPage{Secret: secret,
		Address: parvis.TOTPAddress(secret, v.node.Name, v.viewer.Account.Username+"@"+v.node.Hostname())}
	page.QR = qrCode(page.Address)
	v.secret = true
	pg := v.newPage(templates.Me, v.T("web.factor"))
	if cause == nil {
		return v.show(http.StatusOK, pg, templates.FactorView(pg, page))
	}
	return v.invalid(cause, pg, func(f templates.Form) templ.Component {
		page.Form = f
		return templates.FactorView(pg, page)
	})
}

func addFactor(v *visit) error {
	codes, err := v.app.AddFactor(v.Context(), v.node, v.guest, v.FormValue("code"))
	switch {
	case errors.Is(err, parvis.ErrNotFound):
		return v.goTo(templates.AccessPath, "factor.late")
	case err != nil:
		return v.showFactor(err)
	}
	return v.showRecovery(codes)
}

func renewRecoveryCodes(v *visit) error {
	codes, err := v.app.RenewRecoveryCodes(v.Context(), v.node, v.guest)
	if err != nil {
		return err
	}
	return v.showRecovery(codes)
}

func (v *visit) showRecovery(codes []string) error {
	v.secret = true
	pg := v.newPage(templates.Me, v.T("web.factor.codes"))
	return v.show(http.StatusOK, pg, templates.RecoveryView(pg, codes))
}

func dropFactor(v *visit) error {
	if err := v.app.DropFactor(v.Context(), v.node, v.guest); err != nil {
		return err
	}
	return v.goTo(templates.AccessPath, "factor.off")
}

// askCode asks for the second factor of somebody who proved the rest.
func askCode(v *visit) error {
	back := v.back("/")
	if err := v.app.Half(v.Context(), v.node, cookie(v.Request, v.halfCookie())); err != nil {
		return v.tooLate(err, back)
	}
	pg := v.newPage(templates.Me, v.T("web.factor.ask"))
	return v.show(http.StatusOK, pg, templates.CodeView(pg, templates.CodePage{Back: back}))
}

func enterByCode(v *visit) error {
	page := templates.CodePage{Back: v.back("/")}
	entrance, recovered, err := v.app.EnterByFactor(v.Context(), v.node, cookie(v.Request, v.halfCookie()), v.FormValue("code"), v.browser())
	if errors.Is(err, parvis.ErrNotFound) {
		return v.tooLate(err, page.Back)
	}
	if err != nil {
		pg := v.newPage(templates.Me, v.T("web.factor.ask"))
		return v.invalid(err, pg, func(f templates.Form) templ.Component {
			page.Form = f
			return templates.CodeView(pg, page)
		})
	}
	v.dropCookie(v.halfCookie())
	if recovered {
		// Where they see how many are left, and what to do about a lost phone.
		return v.enter(entrance, templates.AccessPath, "factor.recovery")
	}
	return v.enter(entrance, page.Back, "")
}

// tooLate leads back to where somebody proves who they are from the beginning.
func (v *visit) tooLate(err error, back string) error {
	if !errors.Is(err, parvis.ErrNotFound) {
		return err
	}
	v.dropCookie(v.halfCookie())
	if v.viewer.Resident() {
		return v.goTo(templates.SignInAgainURL(back), "factor.late")
	}
	return v.goTo(templates.SignInURL(back), "factor.late")
}
