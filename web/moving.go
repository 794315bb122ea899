package web

import (
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// movingPage gathers what the page about other addresses shows.
func (v *visit) movingPage() (templates.MovingPage, error) {
	acc := v.viewer.Account
	page := templates.MovingPage{Fresh: v.app.Fresh(v.guest.Session, parvis.FreshFor)}
	for _, uri := range acc.AlsoKnownAs {
		known, err := v.rows().AccountByURI(v.Context(), uri)
		switch {
		case err == nil:
			page.Aliases = append(page.Aliases, templates.Alias{URI: uri, Name: known.Handle(v.node.Host)})
		case errors.Is(err, parvis.ErrNotFound):
			page.Aliases = append(page.Aliases, templates.Alias{URI: uri, Name: uri})
		default:
			return page, err
		}
	}
	var err, importsErr error
	page.Successor, err = v.successor(acc)
	page.Imports, importsErr = v.app.Imports(v.Context(), v.node, v.viewer)
	return page, errors.Join(err, importsErr)
}

// successor returns the account that another moved to; nil if it did not move, or if
// the new one is unknown here.
func (v *visit) successor(acc *parvis.Account) (*parvis.Account, error) {
	if !acc.Moved() {
		return nil, nil
	}
	found, err := v.rows().AccountByURI(v.Context(), acc.MovedTo)
	if errors.Is(err, parvis.ErrNotFound) || err == nil && !found.Active() {
		return nil, nil
	}
	return found, err
}

func moving(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	page, err := v.movingPage()
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.moving"))
	return v.show(http.StatusOK, pg, templates.MovingView(pg, page))
}

// correctMoving shows the page again with what must be corrected.
func (v *visit) correctMoving(cause error) error {
	page, err := v.movingPage()
	if err != nil {
		return err
	}
	page.Alias, page.Target = v.FormValue("alias"), v.FormValue("target")
	page.Kind, page.Replace = v.FormValue("kind"), v.FormValue("replace") != ""
	pg := v.newPage(templates.Me, v.T("web.moving"))
	return v.invalid(cause, pg, func(f templates.Form) templ.Component {
		page.Form = f
		return templates.MovingView(pg, page)
	})
}

func addAlias(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	if err := v.app.AddAlias(v.Context(), v.node, v.viewer, v.FormValue("alias")); err != nil {
		return v.correctMoving(err)
	}
	return v.goTo(templates.MovingPath, "alias")
}

func removeAlias(v *visit) error {
	if err := v.app.RemoveAlias(v.Context(), v.node, v.viewer, v.FormValue("uri")); err != nil {
		return err
	}
	return v.goTo(templates.MovingPath, "saved")
}

func moveAway(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	if err := v.app.Move(v.Context(), v.node, v.guest, v.FormValue("target")); err != nil {
		return v.correctMoving(err)
	}
	return v.goTo(templates.MovingPath, "moved")
}

func stayHere(v *visit) error {
	if err := v.app.StayHere(v.Context(), v.node, v.viewer); err != nil {
		return err
	}
	return v.goTo(templates.MovingPath, "back")
}
