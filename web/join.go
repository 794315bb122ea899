package web

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// joinPage is the form to become a resident, as far as it was filled in.
func (v *visit) joinPage() templates.JoinPage {
	page := templates.JoinPage{Name: v.FormValue("name"), Username: v.FormValue("username"), Email: v.FormValue("email"),
		Reason: v.FormValue("reason"), OfAge: v.FormValue("age") != "", Charter: v.FormValue("charter") != "",
		Invitation: v.FormValue("invitation"), Mails: v.app.Mails}
	page.Approval = v.node.NeedsApproval(page.Invitation != "")
	return page
}

func askJoin(v *visit) error {
	if v.viewer.Resident() {
		return v.goTo("/moi", "")
	}
	page := v.joinPage()
	vouched := v.vouch(&page)
	pg := v.newPage(templates.Me, v.T("web.signup.title"))
	if page.Invitation != "" {
		if _, err := v.app.Invitation(v.Context(), v.node, page.Invitation); err != nil {
			return v.overdue(err, "")
		}
	}
	if !v.node.Joinable(page.Invitation != "") {
		return v.show(http.StatusForbidden, pg, templates.ClosedView(pg))
	}
	if vouched != nil {
		return v.correctJoin(vouched, page)
	}
	return v.show(http.StatusOK, pg, templates.JoinView(pg, page))
}

func join(v *visit) error {
	page := v.joinPage()
	if err := v.vouch(&page); err != nil {
		return v.correctJoin(err, page)
	}
	step, entrance, err := v.app.Join(v.Context(), v.node, app.Joining{
		NewAccount: app.NewAccount{Name: page.Name, Username: page.Username, Email: page.Email, Password: v.FormValue("password"), Language: v.printer.Lang()},
		Reason:     page.Reason, OfAge: page.OfAge, Charter: page.Charter, Invitation: page.Invitation, Identity: v.voucher(),
	}, v.browser())
	if err != nil {
		return v.correctJoin(err, page)
	}
	v.dropCookie(v.voucherCookie())
	return v.joined(step, entrance, page.Email)
}

// correctJoin shows the form again, filled in, with what must be corrected.
func (v *visit) correctJoin(err error, page templates.JoinPage) error {
	pg := v.newPage(templates.Me, v.T("web.signup.title"))
	return v.invalid(err, pg, func(f templates.Form) templ.Component {
		page.Form = f
		return templates.JoinView(pg, page)
	})
}

// joined says what comes next for somebody who asked for an account.
func (v *visit) joined(step app.Joined, entrance parvis.Entrance, email string) error {
	switch step {
	case app.JoinedIn:
		return v.enter(entrance, "/moi/profil", "welcome")
	case app.JoinedConfirm:
		v.setCookie(v.askedCookie(), entrance.Secret, v.secondsUntil(entrance.Expires))
	}
	pg := v.newPage(templates.Me, v.T("web.join."+string(step)))
	return v.show(http.StatusOK, pg, templates.MailSentView(pg, templates.MailSentPage{
		Title: pg.Title, Text: v.T("web.join."+string(step)+".text", "Email", email)}))
}

// askedCookie holds what shows that this browser asked for an account, when the mail is
// opened that confirms it.
func (v *visit) askedCookie() string { return v.sessionCookie() + "-demande" }

func openConfirmation(v *visit) error { return v.showConfirmation(nil) }

// showConfirmation shows the button that confirms an address, with what must be
// corrected. In another browser than the one that asked it wants the password too.
func (v *visit) showConfirmation(cause error) error {
	secret := v.FormValue(linkKey)
	applicant, here, err := v.app.Confirmable(v.Context(), v.node, secret, cookie(v.Request, v.askedCookie()))
	if err != nil {
		return v.overdue(err, "/inscription")
	}
	page := templates.KeyPage{Action: "/inscription/confirmer", Key: secret, Verb: v.T("web.confirm.send"), AskPassword: !here && applicant.PasswordHash != "",
		Text: v.T("web.confirm.text", "Name", cmp.Or(applicant.Name, applicant.Username), "Username", applicant.Username, "Email", applicant.Email)}
	pg := v.newPage(templates.Me, v.T("web.confirm.title"))
	if cause == nil {
		return v.show(http.StatusOK, pg, templates.KeyView(pg, page))
	}
	return v.invalid(cause, pg, func(f templates.Form) templ.Component {
		page.Form = f
		return templates.KeyView(pg, page)
	})
}

func confirm(v *visit) error {
	proof := app.Proof{Asked: cookie(v.Request, v.askedCookie()), Password: v.FormValue("password")}
	step, entrance, err := v.app.Confirm(v.Context(), v.node, v.FormValue(linkKey), proof, v.browser())
	if problem := new(parvis.InvalidError); errors.As(err, &problem) && problem.Problems[0].Field == "password" {
		return v.showConfirmation(err)
	}
	if err != nil {
		return v.overdue(err, "/inscription")
	}
	v.dropCookie(v.askedCookie())
	return v.joined(step, entrance, "")
}
