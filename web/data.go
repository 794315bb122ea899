package web

import (
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// dataPage gathers what is kept about the viewer.
func (v *visit) dataPage() (templates.DataPage, error) {
	archive, err := v.app.Archive(v.Context(), v.node, v.viewer)
	return templates.DataPage{Kept: app.Keepings(), Archive: archive, Fresh: v.app.Fresh(v.guest.Session, parvis.FreshFor)}, err
}

func data(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	page, err := v.dataPage()
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.data"))
	return v.show(http.StatusOK, pg, templates.DataView(pg, page))
}

func askArchive(v *visit) error {
	cause := v.app.AskArchive(v.Context(), v.node, v.guest)
	if cause == nil {
		return v.goTo(templates.DataPath, "archive")
	}
	page, err := v.dataPage()
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.data"))
	return v.invalid(cause, pg, func(f templates.Form) templ.Component {
		page.Form = f
		return templates.DataView(pg, page)
	})
}

func getArchive(v *visit) error {
	file, archive, err := v.app.OpenArchive(v.Context(), v.node, v.guest)
	if err != nil {
		return err
	}
	defer file.Close() // only read
	h := v.w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="`+v.viewer.Account.Username+"-"+archive.AskedAt.Format(time.DateOnly)+`.zip"`)
	h.Set("Cache-Control", "private, no-store")
	http.ServeContent(v.w, v.Request, "", archive.ReadyAt, file)
	return nil
}

// ownShown is how many of somebody's posts are looked at for what is still open.
const ownShown = 40

// closeForm gathers what somebody who leaves should know.
func (v *visit) closeForm() (templates.CloseForm, error) {
	var form templates.CloseForm
	own, err := v.app.PostsBy(v.Context(), v.node, v.viewer, v.viewer.ID(), false, parvis.Page{Limit: ownShown})
	if err != nil {
		return form, err
	}
	for _, p := range own {
		if p.Kind().Stages() && p.State != parvis.Done {
			form.Open = append(form.Open, p)
		}
	}
	form.Talks, err = v.app.UnreadConversations(v.Context(), v.node, v.viewer)
	return form, err
}

func askClose(v *visit) error {
	if err := v.fresh(); err != nil {
		return err
	}
	form, err := v.closeForm()
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.close"))
	return v.show(http.StatusOK, pg, templates.CloseView(pg, form))
}

func closeAccount(v *visit) error {
	if err := v.fresh(); err != nil {
		return err
	}
	if v.FormValue("leave") == "" {
		return v.correctClose(parvis.Invalid("leave", "leave.sure"))
	}
	due, err := v.app.CloseAccount(v.Context(), v.node, v.guest)
	if err != nil {
		return v.correctClose(err)
	}
	v.forgetHere()
	v.guest, v.viewer = app.Guest{}, parvis.Viewer{}
	pg := v.newPage(templates.NoSection, v.T("web.closed"))
	return v.show(http.StatusOK, pg, templates.GoodbyeView(pg, due))
}

func (v *visit) correctClose(cause error) error {
	form, err := v.closeForm()
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.close"))
	return v.invalid(cause, pg, func(f templates.Form) templ.Component {
		form.Form = f
		return templates.CloseView(pg, form)
	})
}

// askReturn is all that somebody sees of theirs who closed their account.
func askReturn(v *visit) error {
	if v.guest.Departure == nil {
		return v.goTo("/", "")
	}
	pg := v.newPage(templates.NoSection, v.T("web.return"))
	return v.show(http.StatusOK, pg, templates.ReturnView(pg, v.guest.Departure.DueAt))
}

func comeBack(v *visit) error {
	if err := v.app.ComeBack(v.Context(), v.node, v.guest); err != nil {
		return err
	}
	return v.goTo(templates.MePath, "returned")
}
