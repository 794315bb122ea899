package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// door reads what somebody wants to follow or answer. It must be known here, so
// that nobody borrows our name to send people elsewhere.
func (v *visit) door() (templates.InteractPage, error) {
	page := templates.InteractPage{URI: v.FormValue("uri"), Handle: strings.TrimSpace(v.FormValue("handle"))}
	acc, post, err := v.app.Resolve(v.Context(), v.node, parvis.Viewer{}, page.URI)
	switch {
	case err != nil:
		return page, err
	case post != nil:
		page.Title, page.Path = templates.Title(post), post.Path()
	default:
		page.Title, page.Path = acc.Display(), acc.Path()
	}
	return page, nil
}

func askHandle(v *visit) error {
	page, err := v.door()
	if err != nil {
		return err
	}
	v.letLeave()
	pg := v.newPage(templates.NoSection, v.T("web.interact.title"))
	return v.show(http.StatusOK, pg, templates.InteractView(pg, page))
}

// leave leads to the server that a handle names.
func leave(v *visit) error {
	page, err := v.door()
	if err != nil {
		return err
	}
	v.letLeave()
	address, err := v.awayTo(page)
	if err != nil {
		pg := v.newPage(templates.NoSection, v.T("web.interact.title"))
		return v.invalid(err, pg, func(f templates.Form) templ.Component {
			page.Form = f
			return templates.InteractView(pg, page)
		})
	}
	http.Redirect(v.w, v.Request, address, http.StatusSeeOther)
	return nil
}

func (v *visit) awayTo(page templates.InteractPage) (string, error) {
	handle := strings.TrimPrefix(page.Handle, "@")
	user, host, _ := strings.Cut(handle, "@")
	switch {
	case user == "" || host == "":
		return "", parvis.Invalid("handle", "web.interact.malformed")
	case strings.EqualFold(host, v.node.Host):
		return page.Path, nil
	case v.server.Door == nil:
		return "", parvis.Invalid("handle", "web.interact.nodoor")
	}
	template, err := v.server.Door(v.Context(), v.node, handle)
	if err != nil {
		if v.Context().Err() != nil {
			return "", err
		}
		return "", parvis.Invalid("handle", "web.interact.nodoor")
	}
	address := strings.ReplaceAll(template, "{uri}", url.QueryEscape(page.URI))
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != v.node.Scheme || u.Host == "" {
		return "", parvis.Invalid("handle", "web.interact.nodoor")
	}
	return address, nil
}

// arrive is the door of other servers to us: a resident comes with the address
// of something there.
func arrive(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	path, err := v.find(strings.TrimPrefix(v.FormValue("uri"), "acct:"))
	if err == nil {
		return v.goTo(path, "")
	}
	people, listErr := v.followed()
	if listErr != nil {
		return listErr
	}
	people.Query = v.FormValue("uri")
	pg := v.newPage(templates.Me, v.T("web.me.following"))
	return v.invalid(err, pg, func(f templates.Form) templ.Component {
		people.Form = f
		return templates.FollowingView(pg, people)
	})
}
