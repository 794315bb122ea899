package web

import (
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// accessPage gathers how the guest gets into their account.
func (v *visit) accessPage() (templates.AccessPage, error) {
	page := templates.AccessPage{Login: v.guest.Login, Email: v.guest.Login.Email, Session: v.guest.Session.Hash}
	var err error
	if page.Sessions, err = v.app.Sessions(v.Context(), v.node, v.guest); err != nil {
		return page, err
	}
	if page.Recovery, err = v.app.RecoveryCodes(v.Context(), v.node, v.guest); err != nil {
		return page, err
	}
	page.Passkeys.Name = v.deviceName()
	if page.Passkeys.List, err = v.app.Passkeys(v.Context(), v.node, v.guest); err != nil {
		return page, err
	}
	page.Services, err = v.services()
	return page, err
}

func access(v *visit) error {
	if err := v.fresh(); err != nil {
		return err
	}
	page, err := v.accessPage()
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.security"))
	return v.show(http.StatusOK, pg, templates.AccessView(pg, page))
}

// correctAccess shows the page again with what must be corrected. change puts back
// what was typed.
func (v *visit) correctAccess(cause error, change func(*templates.AccessPage)) error {
	if problem := new(parvis.InvalidError); !errors.As(cause, &problem) {
		return cause
	}
	page, err := v.accessPage()
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.security"))
	return v.invalid(cause, pg, func(f templates.Form) templ.Component {
		page.Form = f
		if change != nil {
			change(&page)
		}
		return templates.AccessView(pg, page)
	})
}

func setPassword(v *visit) error {
	if err := v.app.SetPassword(v.Context(), v.node, v.guest, v.FormValue("password")); err != nil {
		return v.correctAccess(err, nil)
	}
	return v.goTo(templates.AccessPath, "password")
}

func changeEmail(v *visit) error {
	email := v.FormValue("email")
	ask, err := v.app.ChangeEmail(v.Context(), v.node, v.guest, email)
	if err != nil {
		return v.correctAccess(err, func(p *templates.AccessPage) { p.Email = email })
	}
	if ask {
		return v.goTo(templates.AccessPath, "email.sent")
	}
	return v.goTo(templates.AccessPath, "saved")
}

func openNewEmail(v *visit) error {
	secret := v.FormValue(linkKey)
	email, err := v.app.NewEmail(v.Context(), v.node, secret)
	if err != nil {
		return v.overdue(err, templates.AccessPath)
	}
	pg := v.newPage(templates.Me, v.T("web.email.title"))
	return v.show(http.StatusOK, pg, templates.KeyView(pg, templates.KeyPage{
		Text: v.T("web.email.text", "Email", email), Action: "/moi/compte/adresse", Key: secret, Verb: v.T("web.confirm.send")}))
}

func confirmNewEmail(v *visit) error {
	if err := v.app.ConfirmEmail(v.Context(), v.node, v.FormValue(linkKey)); err != nil {
		return v.overdue(err, templates.AccessPath)
	}
	if v.viewer.Resident() {
		return v.goTo(templates.AccessPath, "saved")
	}
	return v.goTo("/connexion", "saved")
}

// endSession signs out one browser, or all but this one.
func endSession(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	end := func() error { return v.app.EndOtherSessions(v.Context(), v.node, v.guest) }
	if hash := v.FormValue("navigateur"); hash != "" {
		end = func() error { return v.app.EndSession(v.Context(), v.node, v.guest, hash) }
	}
	if err := end(); err != nil {
		return err
	}
	return v.goTo(templates.AccessPath, "session")
}
