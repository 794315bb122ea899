package web

import (
	"net/http"
	"slices"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// news shows what the resident hears of, and how.
func news(v *visit) error {
	wishes, err := v.app.Wishes(v.Context(), v.node, v.viewer)
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.news"))
	return v.show(http.StatusOK, pg, templates.NewsView(pg, templates.NewsPage{Wishes: wishes, Mails: v.app.Mails}))
}

func saveNews(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	old, err := v.app.Wishes(v.Context(), v.node, v.viewer)
	if err != nil {
		return err
	}
	if err := v.ParseForm(); err != nil {
		return formError(err)
	}
	wishes := make(parvis.Wishes)
	for _, topic := range templates.NewsTopics(v.viewer) {
		chosen := v.PostForm[string(topic)]
		wishes[topic] = parvis.Reach{Page: slices.Contains(chosen, templates.OnPage), Mail: slices.Contains(chosen, templates.ByMail),
			Push: slices.Contains(chosen, templates.OnDevice)}
		if !v.app.Mails { // nobody was asked
			reach := wishes[topic]
			reach.Mail = old.For(topic).Mail
			wishes[topic] = reach
		}
	}
	if err := v.app.SetWishes(v.Context(), v.node, v.viewer, wishes); err != nil {
		return err
	}
	return v.goTo(templates.NewsPath, "news")
}

// askLeave asks whoever opened the address in a mail whether they want no more such mail.
// Programs that look at mail open addresses too, so that alone changes nothing.
func askLeave(v *visit) error {
	key := v.FormValue(linkKey)
	_, mailing, err := v.app.Leaving(v.Context(), v.node, key)
	if err != nil {
		return v.overdue(err, templates.NewsPath)
	}
	pg := v.newPage(templates.Me, v.T("web.leave."+string(mailing)))
	return v.show(http.StatusOK, pg, templates.KeyView(pg, templates.KeyPage{
		Text: v.T("web.leave.text", "Node", v.node.Name), Action: app.LeavePath, Key: key, Verb: v.T("web.leave.send")}))
}

// leaveMailing ends a mailing at once: for the button of that page, and for mail programs
// (RFC 8058), which send neither cookies nor anything but the address.
func leaveMailing(v *visit) error {
	mailing, err := v.app.Leave(v.Context(), v.node, v.FormValue(linkKey))
	if err != nil {
		return v.overdue(err, templates.NewsPath)
	}
	pg := v.newPage(templates.Me, v.T("web.left"))
	return v.show(http.StatusOK, pg, templates.LeftView(pg, v.T("web.left."+string(mailing), "Node", v.node.Name)))
}
