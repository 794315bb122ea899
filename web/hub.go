package web

import (
	"net/http"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// settings gathers what residents can set.
func settings(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.settings"))
	return v.show(http.StatusOK, pg, templates.SettingsView(pg))
}

// teamwork gathers what the team does.
func teamwork(v *visit) error {
	if err := v.team(); err != nil {
		return err
	}
	paused, err := v.app.PausedMailboxes(v.Context(), v.node, v.viewer)
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.team"))
	return v.show(http.StatusOK, pg, templates.TeamView(pg, paused))
}

// team refuses who may not moderate.
func (v *visit) team() error { return v.only(parvis.Viewer.Team) }

// admin refuses who may not decide whom the node exchanges with.
func (v *visit) admin() error { return v.only(parvis.Viewer.Admin) }

// only refuses those who may not: visitors are asked to sign in first.
func (v *visit) only(may func(parvis.Viewer) bool) error {
	if err := v.resident(); err != nil {
		return err
	}
	if !may(v.viewer) {
		return parvis.ErrForbidden
	}
	return nil
}
