package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// open are the paths that residents may use before they accepted the charter: what
// they need to decide, to take along what is theirs, and to leave.
var open = []string{templates.CharterPath, templates.RulesPath, "/donnees", "/accessibilite", "/langue", "/deconnexion",
	"/moi/abonnements.csv", "/moi/blocages.csv", "/media/{key:.+}", app.LeavePath, app.AskedPath,
	templates.AwayPath, templates.ManifestPath}

// openPath reports whether a route is one of them, or lets people in or out.
func openPath(path string) bool {
	return slices.Contains(open, path) || path == "/connexion" || strings.HasPrefix(path, "/connexion/") || strings.HasPrefix(path, "/deconnexion/")
}

// acceptedKey says in the address of a form which version its sender accepts by it.
const acceptedKey = "charte"

// accepted lets residents go on who accepted the charter. A page leads others to it; a
// form is kept in it, and is sent again by the button that accepts.
func accepted(handle func(*visit) error) func(*visit) error {
	return func(v *visit) error {
		if !v.node.Asks(v.guest.Login) {
			return handle(v)
		}
		if v.Method != http.MethodPost {
			return v.goTo(templates.CharterURL(v.URL.RequestURI()), "")
		}
		if version, err := strconv.Atoi(v.URL.Query().Get(acceptedKey)); err == nil && version >= v.node.CharterAsked {
			if err := v.app.AcceptCharter(v.Context(), v.node, v.viewer, version); err != nil {
				return err
			}
			return handle(v)
		}
		return v.keepForm()
	}
}

// secrets are fields that never come back in a page.
var secrets = []string{"password", "code"}

// keepForm answers a form that was sent before the charter was accepted.
func (v *visit) keepForm() error {
	shape := app.Photo
	if v.URL.Path == "/moi/profil" {
		shape = app.Avatar
	}
	in, err := v.readForm(shape)
	if err != nil {
		return err
	}
	page, err := v.charterPage(v.sender())
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(secrets, in.Has) {
		action := *v.URL
		query := action.Query()
		query.Set(acceptedKey, strconv.Itoa(page.Version))
		action.RawQuery = query.Encode()
		page.Action, page.Kept = action.RequestURI(), in.again()
	}
	pg := v.newPage(templates.NoSection, v.T("web.charter"))
	page.Form = templates.FormOf(pg, &in.problems)
	return v.show(http.StatusForbidden, pg, templates.CharterView(pg, page))
}

// again returns the fields of a form to be sent once more, with its photos as they
// were stored.
func (in *sentForm) again() url.Values {
	fields := url.Values{}
	for name, values := range in.Values {
		if name != "photo" && !strings.HasPrefix(name, "alt-") && !strings.HasPrefix(name, "remove-") {
			fields[name] = values
		}
	}
	for _, m := range in.photos {
		fields.Add("photo", m.ID.String())
		fields.Set("alt-"+m.ID.String(), m.Description)
	}
	return fields
}

// charterPage is the charter that a resident has to accept, and what changed since
// they last did.
func (v *visit) charterPage(back string) (templates.CharterPage, error) {
	changes, err := v.app.Charters(v.Context(), v.node, v.guest.Login.Charter)
	if err != nil {
		return templates.CharterPage{}, err
	}
	inForce, err := v.app.Charter(v.Context(), v.node, v.node.Charter)
	if err != nil {
		return templates.CharterPage{}, err
	}
	return templates.CharterPage{Text: v.textPage(v.T("web.rules.title"), inForce.Source), Version: inForce.Version, Changes: changes,
		Action: templates.CharterPath, Back: back}, nil
}

func askCharter(v *visit) error {
	if !v.node.Asks(v.guest.Login) {
		return v.goTo(templates.RulesPath, "")
	}
	page, err := v.charterPage(v.back("/"))
	if err != nil {
		return err
	}
	pg := v.newPage(templates.NoSection, v.T("web.charter"))
	return v.show(http.StatusOK, pg, templates.CharterView(pg, page))
}

func acceptCharter(v *visit) error {
	version, err := strconv.Atoi(v.FormValue("version"))
	if err != nil {
		return parvis.ErrNotFound
	}
	if err := v.app.AcceptCharter(v.Context(), v.node, v.viewer, version); err != nil {
		return err
	}
	return v.goTo(v.back("/"), "charter")
}

// rules shows the charter in force, or the version that is asked for.
func rules(v *visit) error {
	version := v.node.Charter
	if asked := v.FormValue("version"); asked != "" {
		var err error
		if version, err = strconv.Atoi(asked); err != nil || version < 0 {
			return parvis.ErrNotFound
		}
	}
	page := templates.RulesPage{}
	if version > 0 {
		var err error
		if page.Charter, err = v.app.Charter(v.Context(), v.node, version); err != nil {
			return err
		}
		page.Text = v.textPage(v.T("web.rules.title"), page.Charter.Source)
	} else {
		page.Text = v.chapters(v.T("web.rules.title"), v.T("web.rules.text", "Node", v.node.Name))
	}
	var err error
	if page.Versions, err = v.app.Charters(v.Context(), v.node, 0); err != nil {
		return err
	}
	pg := v.newPage(templates.NoSection, v.T("web.rules.title"))
	return v.show(http.StatusOK, pg, templates.RulesView(pg, page))
}

func editCharter(v *visit) error {
	if err := v.admin(); err != nil {
		return err
	}
	page := templates.CharterForm{Version: v.node.Charter + 1, Source: strings.TrimSpace(v.T("web.rules.text", "Node", v.node.Name))}
	if v.node.Charter > 0 {
		inForce, err := v.app.Charter(v.Context(), v.node, v.node.Charter)
		if err != nil {
			return err
		}
		page.Source = inForce.Source
	}
	return v.showCharterForm(page, nil)
}

// writeCharter shows a charter as it will be, or publishes it.
func writeCharter(v *visit) error {
	if err := v.admin(); err != nil {
		return err
	}
	version, err := strconv.Atoi(v.FormValue("version"))
	if err != nil {
		return parvis.Invalid("version", "web.form.broken")
	}
	page := templates.CharterForm{Version: version, Source: v.FormValue("source"), Change: v.FormValue("change"), Asked: v.FormValue("asked") != ""}
	c := parvis.Charter{Version: version, Source: page.Source, Change: page.Change, Asked: page.Asked, MadeBy: v.viewer.ID()}
	switch v.FormValue("step") {
	case "change":
		return v.showCharterForm(page, nil)
	case "publish":
		if err := v.app.PublishCharter(v.Context(), v.node, c); err != nil {
			return v.showCharterForm(page, err)
		}
		return v.goTo(templates.RulesPath, "charter.published")
	}
	if err := v.app.CheckCharter(v.node, &c); err != nil {
		return v.showCharterForm(page, err)
	}
	page.Text = v.textPage(v.T("web.rules.title"), c.Source)
	pg := v.newPage(templates.Me, v.T("web.charters"))
	return v.show(http.StatusOK, pg, templates.CharterPreviewView(pg, page))
}

// showCharterForm shows the form as it was filled in, and which version somebody else
// published meanwhile, if one did.
func (v *visit) showCharterForm(page templates.CharterForm, cause error) error {
	newer, err := v.app.Charters(v.Context(), v.node, page.Version-1)
	if err != nil {
		return err
	}
	if len(newer) > 0 {
		page.Newer = newer[0].Version
		page.Version = page.Newer + 1
	}
	pg := v.newPage(templates.Me, v.T("web.charters"))
	if cause == nil {
		return v.show(http.StatusOK, pg, templates.CharterFormView(pg, page))
	}
	return v.invalid(cause, pg, func(f templates.Form) templ.Component {
		page.Form = f
		return templates.CharterFormView(pg, page)
	})
}

// textPage is a text that the team wrote, in the node's language.
func (v *visit) textPage(title, source string) templates.TextPage {
	page := v.chapters(title, source)
	if v.node.Language != v.printer.Lang() {
		page.Lang = v.node.Language
	}
	return page
}
