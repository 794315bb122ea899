package web

import (
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
	"github.com/parvis-coop/parvis/web/templates"
)

// minePosts is how many of one's own posts stand beside the news.
const minePosts = 8

func me(v *visit) error {
	page, err := v.paging()
	if err != nil {
		return err
	}
	news, err := v.app.Notifications(v.Context(), v.node, v.viewer, nil, page)
	if err != nil {
		return err
	}
	posts, err := v.app.PostsBy(v.Context(), v.node, v.viewer, v.viewer.ID(), false, parvis.Page{Limit: minePosts})
	if err != nil {
		return err
	}
	var p part
	if len(news) > 0 {
		p = part{news[0].ID, news[len(news)-1].ID, len(news) >= page.Size()}
		if err := v.app.MarkSeen(v.Context(), v.node, v.viewer, news[0].ID); err != nil {
			return err
		}
	}
	paused, err := v.pausedAddress()
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.nav.me"))
	return v.show(http.StatusOK, pg, templates.MeView(pg, templates.MePage{Paused: paused, News: news, Posts: posts, Pages: pages("/moi", nil, page, p)}))
}

// rows are the node's, for lists that belong to the viewer alone.
func (v *visit) rows() *storage.Node { return v.app.DB.Node(v.node.ID) }

// find returns the page of what a handle or an address names. Whatever goes
// wrong on the way to another server means the same to people: not found.
func (v *visit) find(query string) (string, error) {
	if query == "" {
		return "", parvis.Invalid("handle", "web.interact.missing")
	}
	acc, post, err := v.app.Resolve(v.Context(), v.node, v.viewer, query)
	switch {
	case v.Context().Err() != nil:
		return "", v.Context().Err()
	case err != nil:
		return "", errors.Join(parvis.Invalid("handle", "web.interact.unknown"), err)
	case post != nil:
		return post.Path(), nil
	}
	return acc.Path(), nil
}

func blocks(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	people, err := v.rows().Blocks(v.Context(), v.viewer.ID(), parvis.MaxPage)
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.me.blocks"))
	return v.show(http.StatusOK, pg, templates.BlocksView(pg, templates.PeoplePage{People: people}))
}

func editProfile(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	acc := v.viewer.Account
	said, err := v.app.Presentation(v.Context(), v.node, v.viewer, acc)
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.me.profile"))
	return v.show(http.StatusOK, pg, templates.ProfileFormView(pg, templates.ProfileForm{
		Name: acc.Name, Bio: acc.Bio, Quarter: acc.Quarter, Locked: acc.Locked, Avatar: acc.Avatar, PresentationForm: presentationForm(acc, said)}))
}

func saveProfile(v *visit) error {
	in, err := v.readForm(app.Avatar)
	if err != nil {
		return err
	}
	form := templates.ProfileForm{Name: in.Get("name"), Bio: in.Get("bio"), Quarter: in.Get("quarter"), Locked: in.Get("locked") != "",
		Avatar: v.viewer.Account.Avatar, Crop: in.crop(), PresentationForm: readPresentation(in.Values)}
	change := app.Profile{Name: form.Name, Bio: form.Bio, Quarter: form.Quarter, Locked: form.Locked}
	present(&change, form.PresentationForm)
	switch {
	case len(in.photos) > 0:
		form.Avatar = &in.photos[len(in.photos)-1]
		form.AvatarID, change.Avatar = form.Avatar.ID, form.Avatar.ID
	case in.Get("remove") != "":
		change.Avatar = app.NoAvatar
	}
	problems := in.problems
	if len(problems.Problems) == 0 {
		_, err = v.app.EditProfile(v.Context(), v.node, v.viewer, change)
		if err == nil {
			return v.goTo(v.viewer.Account.Path(), "saved")
		}
	}
	if err := problems.Join(err); err != nil {
		return err
	}
	return v.correctProfile(form, &problems)
}

func (v *visit) correctProfile(form templates.ProfileForm, err error) error {
	pg := v.newPage(templates.Me, v.T("web.me.profile"))
	return v.invalid(err, pg, func(f templates.Form) templ.Component {
		form.Form = f
		return templates.ProfileFormView(pg, form)
	})
}
