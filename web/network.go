package web

import (
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// networkPage gathers whom the node exchanges with.
func (v *visit) networkPage() (templates.NetworkPage, error) {
	page := templates.NetworkPage{Federation: v.node.Federation, AuthorizedFetch: v.node.AuthorizedFetch, Relay: parvis.Relay{Style: parvis.RelayMastodon}}
	var err, relaysErr error
	page.Partners, err = v.app.Partners(v.Context(), v.node)
	page.Relays, relaysErr = v.app.Relays(v.Context(), v.node)
	return page, errors.Join(err, relaysErr)
}

func network(v *visit) error {
	if err := v.admin(); err != nil {
		return err
	}
	page, err := v.networkPage()
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.network"))
	return v.show(http.StatusOK, pg, templates.NetworkView(pg, page))
}

// correctNetwork shows the page again with what must be corrected.
func (v *visit) correctNetwork(cause error) error {
	page, err := v.networkPage()
	if err != nil {
		return err
	}
	page.Host, page.Relay.Address, page.Relay.Style = v.FormValue("host"), v.FormValue("url"), parvis.RelayStyle(v.FormValue("style"))
	pg := v.newPage(templates.Me, v.T("web.network"))
	return v.invalid(cause, pg, func(f templates.Form) templ.Component {
		page.Form = f
		return templates.NetworkView(pg, page)
	})
}

func setFederation(v *visit) error {
	if err := v.admin(); err != nil {
		return err
	}
	mode := parvis.Federation(v.FormValue("federation"))
	if err := v.app.SetFederation(v.Context(), v.node, mode, v.FormValue("signed") != ""); err != nil {
		return v.correctNetwork(err)
	}
	return v.goTo(templates.NetworkPath, "saved")
}

// partnerVerbs are what an admin may do about a partnership.
var partnerVerbs = map[string]func(*visit, string) error{
	"ask": func(v *visit, host string) error {
		_, err := v.app.AddPartner(v.Context(), v.node, host)
		return err
	},
	"approve": func(v *visit, host string) error {
		_, err := v.app.ApprovePartner(v.Context(), v.node, host)
		return err
	},
	"end": func(v *visit, host string) error { return v.app.RemovePartner(v.Context(), v.node, host) },
}

func answerPartner(v *visit) error {
	if err := v.admin(); err != nil {
		return err
	}
	verb := v.FormValue("verb")
	do := partnerVerbs[verb]
	if do == nil {
		return parvis.ErrNotFound
	}
	if err := do(v, v.FormValue("host")); err != nil {
		return v.correctNetwork(err)
	}
	return v.goTo(templates.NetworkPath, "partner."+verb)
}

func addRelay(v *visit) error {
	if err := v.admin(); err != nil {
		return err
	}
	if _, err := v.app.AddRelay(v.Context(), v.node, v.FormValue("url"), parvis.RelayStyle(v.FormValue("style"))); err != nil {
		return v.correctNetwork(err)
	}
	return v.goTo(templates.NetworkPath, "relay")
}

func leaveRelay(v *visit) error {
	if err := v.admin(); err != nil {
		return err
	}
	id, err := v.id()
	if err != nil {
		return err
	}
	if err := v.app.LeaveRelay(v.Context(), v.node, id); err != nil {
		return err
	}
	return v.goTo(templates.NetworkPath, "unrelay")
}
