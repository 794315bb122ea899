package web

import (
	"net/http"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

func draftPath(id parvis.ID) string { return app.DraftsPath + "/" + id.String() }

// drafts lists what a resident is asked to complete.
func drafts(v *visit) error {
	list, err := v.app.Drafts(v.Context(), v.node, v.viewer)
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Publish, v.T("web.drafts"))
	return v.show(http.StatusOK, pg, templates.DraftsView(pg, list))
}

// draft asks what a draft is to be, as for any new offer, and then shows the form
// with what its author wrote.
func draft(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	d, err := v.app.KeptDraft(v.Context(), v.node, v.viewer, id)
	if err != nil {
		return err
	}
	f := v.filter()
	if f.Purpose == "" || f.Sort == "" {
		pg := v.newPage(templates.Publish, v.T("web.publish.what"))
		return v.show(http.StatusOK, pg, templates.ChooseView(pg, templates.ChoosePage{Purpose: f.Purpose, Start: draftPath(id), Form: draftPath(id), Text: d.Source}))
	}
	form := v.emptyOffer(f.Purpose, f.Sort)
	form.Start, form.Action = draftPath(id), draftPath(id)
	form.Text, form.Photos = d.Source, d.Media
	return v.showOffer(form)
}

// completeDraft takes the form of a draft; once it is published, the draft is gone.
func completeDraft(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	return v.writeOffer(draftPath(id), id)
}

func discardDraft(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if err := v.app.Discard(v.Context(), v.node, v.viewer, id); err != nil {
		return err
	}
	return v.goTo(app.DraftsPath, "discarded")
}
