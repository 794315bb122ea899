package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// mutes lists whom a resident does not want to read.
func mutes(v *visit) error {
	page, err := v.paging()
	if err != nil {
		return err
	}
	muted, err := v.app.Muted(v.Context(), v.node, v.viewer, page)
	if err != nil {
		return err
	}
	var p part
	if len(muted) > 0 {
		p = part{muted[0].ID, muted[len(muted)-1].ID, len(muted) >= page.Size()}
	}
	muted = slices.DeleteFunc(muted, func(m parvis.Mute) bool { return m.Target == nil })
	pg := v.newPage(templates.Me, v.T("web.me.mutes"))
	return v.show(http.StatusOK, pg, templates.MutesView(pg, muted, pages(templates.MutesPath, nil, page, p)))
}

// askMute asks what to leave out of somebody, and for how long.
func askMute(v *visit) error {
	acc, err := v.account()
	if err != nil {
		return err
	}
	if err := v.resident(); err != nil {
		return err
	}
	if !v.viewer.CanMute(acc) {
		return parvis.ErrForbidden
	}
	pg := v.newPage(templates.NoSection, v.T("web.mute.title", "Name", acc.Display()))
	return v.show(http.StatusOK, pg, templates.MuteView(pg, acc))
}

func mute(v *visit) error {
	acc, err := v.account()
	if err != nil {
		return err
	}
	if v.FormValue("verb") == "unmute" {
		if err := v.app.Unmute(v.Context(), v.node, v.viewer, acc.ID); err != nil {
			return err
		}
		return v.goTo(v.back(acc.Path()), "unmuted")
	}
	days, _ := strconv.Atoi(v.FormValue("jours")) // what is no number is not for a time
	wish := app.MuteWish{Notifications: v.FormValue("actualite") != "", For: max(0, time.Duration(days)*24*time.Hour)}
	if err := v.app.Mute(v.Context(), v.node, v.viewer, acc.ID, wish); err != nil {
		return err
	}
	return v.goTo(acc.Path(), "muted")
}
