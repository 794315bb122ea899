package web

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// applicantsPage gathers who asks for an account, and who may.
func (v *visit) applicantsPage() (templates.ApplicantsPage, error) {
	page, err := v.paging()
	if err != nil {
		return templates.ApplicantsPage{}, err
	}
	list, err := v.app.Applicants(v.Context(), v.node, v.viewer, page)
	var p part
	if len(list) > 0 {
		p = part{list[0].ID, list[len(list)-1].ID, len(list) >= page.Size()}
	}
	return templates.ApplicantsPage{Waiting: list, Signup: v.node.Signup, Mails: v.app.Mails,
		Pages: pages(templates.ApplicantsPath, nil, page, p)}, err
}

func applicants(v *visit) error {
	if err := v.only(parvis.Viewer.CanInvite); err != nil {
		return err
	}
	page, err := v.applicantsPage()
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.applicants"))
	return v.show(http.StatusOK, pg, templates.ApplicantsView(pg, page))
}

// correctApplicants shows the page again with what must be corrected. About is whom
// the answer was for.
func (v *visit) correctApplicants(cause error, about parvis.ID) error {
	page, err := v.applicantsPage()
	if err != nil {
		return err
	}
	page.About, page.Why = about, v.FormValue("reason")
	pg := v.newPage(templates.Me, v.T("web.applicants"))
	return v.invalid(cause, pg, func(f templates.Form) templ.Component {
		page.Form = f
		return templates.ApplicantsView(pg, page)
	})
}

// setSignup says who may ask for an account.
func setSignup(v *visit) error {
	if err := v.admin(); err != nil {
		return err
	}
	if err := v.app.SetSignup(v.Context(), v.node, v.viewer, v.FormValue("signup")); err != nil {
		return v.correctApplicants(err, 0)
	}
	return v.goTo(templates.ApplicantsPath, "saved")
}

func admitApplicant(v *visit) error {
	return v.settleApplicant("joined", func(id parvis.ID) error {
		_, err := v.app.AdmitApplicant(v.Context(), v.node, v.viewer, id)
		return err
	})
}

func refuseApplicant(v *visit) error {
	return v.settleApplicant("notjoined", func(id parvis.ID) error {
		return v.app.RefuseApplicant(v.Context(), v.node, v.viewer, id, v.FormValue("reason"))
	})
}

// settleApplicant does what the team decided of whom the path names, and says so, or
// that a colleague was faster.
func (v *visit) settleApplicant(flash string, do func(parvis.ID) error) error {
	if err := v.only(parvis.Viewer.CanInvite); err != nil {
		return err
	}
	id, err := v.id()
	if err == nil {
		err = do(id)
	}
	switch {
	case errors.Is(err, parvis.ErrNotFound):
		flash = "applicant.gone"
	case err != nil:
		return v.correctApplicants(err, id)
	}
	return v.goTo(templates.ApplicantsPath, flash)
}

// What an invitation is unless the team says otherwise.
const (
	invitedUses = 1
	invitedDays = 30
)

func (v *visit) invitationsPage() (templates.InvitationsPage, error) {
	page, err := v.paging()
	if err != nil {
		return templates.InvitationsPage{}, err
	}
	list, err := v.app.Invitations(v.Context(), v.node, v.viewer, page)
	var p part
	if len(list) > 0 {
		p = part{list[0].ID, list[len(list)-1].ID, len(list) >= page.Size()}
	}
	return templates.InvitationsPage{Invitations: list, QR: qrCode, Uses: strconv.Itoa(invitedUses), Days: strconv.Itoa(invitedDays),
		Pages: pages(templates.InvitationsPath, nil, page, p)}, err
}

func invitations(v *visit) error {
	if err := v.only(parvis.Viewer.CanInvite); err != nil {
		return err
	}
	page, err := v.invitationsPage()
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.invitations"))
	return v.show(http.StatusOK, pg, templates.InvitationsView(pg, page))
}

func invite(v *visit) error {
	if err := v.only(parvis.Viewer.CanInvite); err != nil {
		return err
	}
	note := v.FormValue("note")
	uses, usesErr := strconv.Atoi(v.FormValue("uses"))
	days, daysErr := strconv.Atoi(v.FormValue("days"))
	if usesErr != nil {
		uses = 0 // which is said to be wrong
	}
	if daysErr != nil {
		days = 0
	}
	_, err := v.app.Invite(v.Context(), v.node, v.viewer, note, uses, days)
	if err == nil {
		return v.goTo(templates.InvitationsPath, "invitation")
	}
	page, listErr := v.invitationsPage()
	if listErr != nil {
		return listErr
	}
	page.Note, page.Uses, page.Days = note, v.FormValue("uses"), v.FormValue("days")
	pg := v.newPage(templates.Me, v.T("web.invitations"))
	return v.invalid(err, pg, func(f templates.Form) templ.Component {
		page.Form = f
		return templates.InvitationsView(pg, page)
	})
}

func endInvitation(v *visit) error {
	if err := v.only(parvis.Viewer.CanInvite); err != nil {
		return err
	}
	id, err := v.id()
	if err != nil {
		return err
	}
	if err := v.app.EndInvitation(v.Context(), v.node, v.viewer, id); err != nil {
		return err
	}
	return v.goTo(templates.InvitationsPath, "uninvited")
}
