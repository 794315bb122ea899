package web

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// reported returns what the path names, a post or an account.
func (v *visit) reportedPost() (templates.ReportPage, error) {
	post, err := v.post()
	if err != nil {
		return templates.ReportPage{}, err
	}
	return templates.ReportPage{Post: post, Target: post.Author}, v.resident()
}

func (v *visit) reportedAccount() (templates.ReportPage, error) {
	acc, err := v.account()
	if err != nil {
		return templates.ReportPage{}, err
	}
	return templates.ReportPage{Target: acc}, v.resident()
}

func askReportPost(v *visit) error {
	page, err := v.reportedPost()
	return v.askReport(page, err)
}

func askReportAccount(v *visit) error {
	page, err := v.reportedAccount()
	return v.askReport(page, err)
}

func (v *visit) askReport(page templates.ReportPage, err error) error {
	if err != nil {
		return err
	}
	pg := v.newPage(templates.NoSection, v.T("web.report.title"))
	return v.show(http.StatusOK, pg, templates.ReportView(pg, page))
}

func reportPost(v *visit) error {
	page, err := v.reportedPost()
	return v.report(page, err)
}

func reportAccount(v *visit) error {
	page, err := v.reportedAccount()
	return v.report(page, err)
}

func (v *visit) report(page templates.ReportPage, err error) error {
	if err != nil {
		return err
	}
	page.Comment, page.Forward, page.Earlier = v.FormValue("comment"), v.FormValue("forward") != "", v.FormValue("earlier") != ""
	report := parvis.Report{TargetID: page.Target.ID, Comment: page.Comment, Forward: page.Forward}
	back := page.Target.Path()
	if page.Post != nil {
		report.PostIDs, back = []parvis.ID{page.Post.ID}, page.Post.Path()
	}
	if page.Earlier && page.Message() {
		earlier, err := v.app.EarlierMessages(v.Context(), v.node, v.viewer, page.Post)
		if err != nil {
			return err
		}
		report.PostIDs = append(report.PostIDs, earlier...)
	}
	if page.Comment == "" {
		err = parvis.Invalid("comment", "report.comment.missing")
	} else {
		_, err = v.app.Report(v.Context(), v.node, v.viewer, report)
	}
	if err != nil {
		pg := v.newPage(templates.NoSection, v.T("web.report.title"))
		return v.invalid(err, pg, func(f templates.Form) templ.Component {
			page.Form = f
			return templates.ReportView(pg, page)
		})
	}
	return v.goTo(back, "reported")
}
