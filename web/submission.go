package web

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// submissions shows the team what strangers would like a feed to share.
func submissions(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	page, err := v.paging()
	if err != nil {
		return err
	}
	list, err := v.app.Submissions(v.Context(), v.node, v.viewer, page)
	if err != nil {
		return err
	}
	decided, err := v.app.Decisions(v.Context(), v.node, v.viewer)
	if err != nil {
		return err
	}
	var p part
	if len(list) > 0 {
		p = part{list[0].PostID, list[len(list)-1].PostID, len(list) >= page.Size()}
	}
	pg := v.newPage(templates.Me, v.T("web.submissions"))
	return v.show(http.StatusOK, pg, templates.SubmissionsView(pg, templates.SubmissionsPage{
		Waiting: list, Decisions: decided, Pages: pages(templates.SubmissionsPath, nil, page, p)}))
}

// admit has the feed share what a member of the team read.
func admit(v *visit) error {
	read, err := strconv.ParseInt(v.FormValue("version"), 10, 64)
	if err != nil {
		read = 0 // no version is as old
	}
	return v.decide("admitted", func(post parvis.ID) error {
		return v.app.Admit(v.Context(), v.node, v.viewer, post, time.UnixMilli(read))
	})
}

func refuse(v *visit) error {
	return v.decide("refused", func(post parvis.ID) error { return v.app.Refuse(v.Context(), v.node, v.viewer, post) })
}

// decide does what a member of the team decided of the post that the path names, and
// says so, or that there is nothing to decide any more.
func (v *visit) decide(flash string, do func(post parvis.ID) error) error {
	if err := v.resident(); err != nil {
		return err
	}
	id, err := v.id()
	if err == nil {
		err = do(id)
	}
	if errors.Is(err, parvis.ErrConflict) || errors.Is(err, parvis.ErrGone) {
		flash, err = "submission.changed", nil
	}
	if err != nil {
		return err
	}
	return v.goTo(templates.SubmissionsPath, flash)
}
