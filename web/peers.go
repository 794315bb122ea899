package web

import (
	"net/http"

	"github.com/parvis-coop/parvis/web/templates"
)

func peers(v *visit) error {
	if err := v.admin(); err != nil {
		return err
	}
	list, err := v.app.Peers(v.Context(), v.node)
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.peers"))
	return v.show(http.StatusOK, pg, templates.PeersView(pg, list))
}

func retryPeer(v *visit) error {
	if err := v.admin(); err != nil {
		return err
	}
	if err := v.app.RetryPeer(v.Context(), v.node, v.FormValue("host")); err != nil {
		return err
	}
	return v.goTo(templates.PeersPath, "peer")
}
