package web

import (
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
	"github.com/parvis-coop/parvis/web/templates"
)

// renew gives a post more time.
func renew(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	id, err := v.id()
	if err != nil {
		return err
	}
	before, err := v.app.Post(v.Context(), v.node, v.viewer, id)
	if err != nil {
		return err
	}
	post, err := v.app.Renew(v.Context(), v.node, v.viewer, id)
	if err != nil {
		return err
	}
	said := "renewed"
	if !post.EndsAt.After(before.EndsAt) {
		said = "noted" // it was asked about, and goes on as long as before
	}
	return v.goTo(v.back(post.Path()), said)
}

// ownOffers lists what the resident offers and looks for, with what can be done about it.
func ownOffers(v *visit) error {
	page, err := v.ownOffersPage()
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.own"))
	page.Back = pg.Path
	return v.show(http.StatusOK, pg, templates.OwnOffersView(pg, page))
}

func (v *visit) ownOffersPage() (shown templates.OwnOffersPage, err error) {
	if err := v.resident(); err != nil {
		return shown, err
	}
	page, err := v.paging()
	if err != nil {
		return shown, err
	}
	shown.Posts, err = v.app.List(v.Context(), v.node, v.viewer, storage.PostFilter{Kind: parvis.KindOffer, Author: v.viewer.ID()}, page)
	shown.Pages = pages(templates.OwnOffersPath, nil, page, partOf(shown.Posts, page))
	return shown, err
}

// setPause begins a pause, or ends it where no day is given.
func setPause(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	if v.FormValue("verb") == "resume" {
		if err := v.app.Pause(v.Context(), v.node, v.viewer, time.Time{}); err != nil {
			return err
		}
		return v.goTo(templates.OwnOffersPath, "pause.over")
	}
	typed := v.FormValue("until")
	day, err := time.ParseInLocation(dateForm, typed, v.printer.Zone())
	if err != nil {
		err = parvis.Invalid("until", "web.ends.invalid")
	} else {
		err = v.app.Pause(v.Context(), v.node, v.viewer, endOf(day))
	}
	if err == nil {
		return v.goTo(templates.OwnOffersPath, "pause")
	}
	page, failed := v.ownOffersPage()
	if failed != nil {
		return failed
	}
	page.Until, page.Back = typed, templates.OwnOffersPath
	pg := v.newPage(templates.Me, v.T("web.own"))
	return v.invalid(err, pg, func(f templates.Form) templ.Component {
		page.Form = f
		return templates.OwnOffersView(pg, page)
	})
}

// askAbout asks whoever opened the address in a mail what becomes of an offer of theirs.
// Programs that look at mail open addresses too, so that alone changes nothing.
func askAbout(v *visit) error {
	key := v.FormValue(linkKey)
	_, post, err := v.app.Asked(v.Context(), v.node, key)
	if err != nil {
		return v.overdue(err, templates.OwnOffersPath)
	}
	return v.showAsked(key, post)
}

func (v *visit) showAsked(key string, post *parvis.Post) error {
	pg := v.newPage(templates.Me, templates.Title(post))
	return v.show(http.StatusOK, pg, templates.AskedView(pg, templates.AskedPage{Post: post, Key: key}))
}

// answerAbout does what they say, and shows how it stands then: who pressed the wrong
// button presses another.
func answerAbout(v *visit) error {
	key := v.FormValue(linkKey)
	author, post, err := v.app.Asked(v.Context(), v.node, key)
	if err != nil {
		return v.overdue(err, templates.OwnOffersPath)
	}
	switch verb := v.FormValue("verb"); verb {
	case "renew":
		post, err = v.app.Renew(v.Context(), v.node, author, post.ID)
	case string(parvis.Done), string(parvis.Open):
		post, err = v.app.SetState(v.Context(), v.node, author, post.ID, parvis.State(verb))
	default:
		err = parvis.Invalid("state", "post.state.unknown")
	}
	if err != nil {
		return v.overdue(err, app.AskedPath+"?"+linkKey+"="+key)
	}
	return v.showAsked(key, post)
}
