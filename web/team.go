package web

import (
	"net/http"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

func reports(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	page, err := v.paging()
	if err != nil {
		return err
	}
	list, err := v.app.OpenReports(v.Context(), v.node, v.viewer, page)
	if err != nil {
		return err
	}
	var p part
	if len(list) > 0 {
		p = part{list[0].ID, list[len(list)-1].ID, len(list) >= page.Size()}
	}
	pg := v.newPage(templates.Me, v.T("web.team.reports"))
	return v.show(http.StatusOK, pg, templates.ReportsView(pg, templates.ReportsPage{
		Reports: list, Pages: pages(templates.ReportsPath, nil, page, p)}))
}

func closeReport(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	id, err := v.id()
	if err != nil {
		return err
	}
	if err := v.app.CloseReport(v.Context(), v.node, v.viewer, id); err != nil {
		return err
	}
	return v.goTo(templates.ReportsPath, "closed")
}

// suspendable returns the account that the path names, if the viewer may
// suspend it.
func (v *visit) suspendable() (*parvis.Account, error) {
	if err := v.resident(); err != nil {
		return nil, err
	}
	acc, err := v.account()
	if err != nil {
		return nil, err
	}
	return v.app.Suspendable(v.Context(), v.node, v.viewer, acc.ID)
}

func askSuspend(v *visit) error {
	acc, err := v.suspendable()
	if err != nil {
		return err
	}
	text := "web.team.suspend.text"
	if !acc.Local() {
		text = "web.team.suspend.text.elsewhere"
	}
	pg := v.newPage(templates.Me, v.T("web.team.suspend"))
	return v.show(http.StatusOK, pg, templates.ConfirmView(pg, templates.ConfirmPage{
		Question: v.T("web.team.suspend.question", "Name", acc.Display()), Text: v.T(text, "Handle", acc.Handle(v.node.Host)),
		Action: acc.Path() + "/suspendre", Icon: "ban", Verb: v.T("web.team.suspend.send"), Back: templates.ReportsPath,
	}))
}

func suspend(v *visit) error {
	acc, err := v.suspendable()
	if err != nil {
		return err
	}
	if err := v.app.SuspendAs(v.Context(), v.node, v.viewer, acc.ID); err != nil {
		return err
	}
	return v.goTo(templates.ReportsPath, "suspended")
}
