package web

import (
	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/web/templates"
)

// pin shows a post of the viewer's above the others on their profile, or no longer.
func pin(v *visit) error {
	post, err := v.post()
	if err != nil {
		return err
	}
	do, flash := v.app.Pin, "pinned"
	if v.FormValue("verb") == "unpin" {
		do, flash = v.app.Unpin, "unpinned"
	}
	if _, err := do(v.Context(), v.node, v.viewer, post.ID); err != nil {
		pg := v.postPage(post)
		return v.invalid(err, pg, func(f templates.Form) templ.Component {
			return templates.RefusalView(pg, f, v.viewer.Account.Path())
		})
	}
	return v.goTo(post.Path(), flash)
}
