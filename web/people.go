package web

import (
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
	"github.com/parvis-coop/parvis/web/templates"
)

func following(v *visit) error {
	people, err := v.followed()
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.me.following"))
	return v.show(http.StatusOK, pg, templates.FollowingView(pg, people))
}

// followed lists whom the viewer follows.
func (v *visit) followed() (templates.PeoplePage, error) {
	return v.people(templates.FollowingPath, func(page parvis.Page) ([]storage.FollowedAccount, error) {
		return v.rows().AllFollowing(v.Context(), v.viewer.ID(), page)
	})
}

// followers lists who follows the viewer.
func followers(v *visit) error {
	people, err := v.people(templates.FollowersPath, func(page parvis.Page) ([]storage.FollowedAccount, error) {
		return v.app.Followers(v.Context(), v.node, v.viewer.ID(), page)
	})
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.me.followers"))
	return v.show(http.StatusOK, pg, templates.FollowersView(pg, people))
}

// followRequests lists who would like to follow the viewer.
func followRequests(v *visit) error {
	people, err := v.people(templates.RequestsPath, func(page parvis.Page) ([]storage.FollowedAccount, error) {
		return v.app.FollowRequests(v.Context(), v.node, v.viewer, page)
	})
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.me.requests"))
	return v.show(http.StatusOK, pg, templates.RequestsView(pg, people))
}

// people reads a list of accounts that is the viewer's alone.
func (v *visit) people(path string, read func(parvis.Page) ([]storage.FollowedAccount, error)) (templates.PeoplePage, error) {
	var out templates.PeoplePage
	if err := v.resident(); err != nil {
		return out, err
	}
	page, err := v.paging()
	if err != nil {
		return out, err
	}
	list, err := read(page)
	if err != nil {
		return out, err
	}
	var p part
	out.People, p = placed(list, page)
	out.Pages = pages(path, nil, page, p)
	out.Requests, err = v.asking()
	return out, err
}

// placed takes accounts out of a part of a list that is paged by their places.
func placed(list []storage.FollowedAccount, page parvis.Page) (people []*parvis.Account, p part) {
	for _, f := range list {
		people = append(people, f.Account)
		if p.first == 0 {
			p.first = f.FollowID
		}
		p.last, p.full = f.FollowID, len(list) >= page.Size()
	}
	return people, p
}

// asking counts who waits for the viewer's answer, up to a page of them.
func (v *visit) asking() (int, error) {
	list, err := v.app.FollowRequests(v.Context(), v.node, v.viewer, parvis.Page{Limit: parvis.MaxPage})
	return len(list), err
}

// findPerson leads to the page of whoever a handle or an address names.
func findPerson(v *visit) error {
	people, err := v.followed()
	if err != nil {
		return err
	}
	people.Query = strings.TrimSpace(v.FormValue("handle"))
	path, err := v.find(people.Query)
	if err == nil {
		return v.goTo(path, "")
	}
	pg := v.newPage(templates.Me, v.T("web.me.following"))
	return v.invalid(err, pg, func(f templates.Form) templ.Component {
		people.Form = f
		return templates.FollowingView(pg, people)
	})
}
