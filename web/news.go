package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// newsPage gathers what the resident hears of, and how.
func (v *visit) newsPage() (page templates.NewsPage, err error) {
	page.Mails, page.Session = v.app.Mails, v.guest.Session.Hash
	if page.Wishes, err = v.app.Wishes(v.Context(), v.node, v.viewer); err != nil {
		return page, err
	}
	if page.Paused, err = v.pausedAddress(); err != nil {
		return page, err
	}
	if page.Weekly, err = v.app.Weekly(v.Context(), v.node, v.viewer); err != nil {
		return page, err
	}
	if page.Devices, err = v.app.PushSubscriptions(v.Context(), v.node, v.viewer); err != nil {
		return page, err
	}
	key, err := v.app.PushKey(v.Context(), v.node)
	if err != nil {
		return page, err
	}
	page.PushKey, err = key.Public()
	return page, err
}

// pausedAddress is the resident's mail address if mail to it came back too often.
func (v *visit) pausedAddress() (string, error) {
	paused, err := v.app.MailPaused(v.Context(), v.node, v.viewer)
	if err != nil || !paused {
		return "", err
	}
	return v.guest.Login.Email, nil
}

// news shows what the resident hears of, and how.
func news(v *visit) error {
	page, err := v.newsPage()
	if err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.news"))
	return v.show(http.StatusOK, pg, templates.NewsView(pg, page))
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
	if day, err := strconv.Atoi(v.FormValue("weekly")); err == nil && v.app.Mails {
		if err := v.app.SetWeekly(v.Context(), v.node, v.viewer, day); err != nil {
			return err
		}
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

// addDevice reads the form that static/push.js filled in.
func addDevice(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	err := v.app.Subscribe(v.Context(), v.node, v.viewer, &parvis.PushSubscription{Session: v.guest.Session.Hash,
		Endpoint: v.FormValue("endpoint"), PublicKey: v.FormValue("p256dh"), Auth: v.FormValue("auth"), Encoding: parvis.PushStandard,
		Policy: parvis.PushFromAll, Language: v.printer.Lang()})
	if err == nil {
		return v.goTo(templates.NewsPath, "device.added")
	}
	page, failed := v.newsPage()
	if failed != nil {
		return failed
	}
	pg := v.newPage(templates.Me, v.T("web.news"))
	return v.invalid(err, pg, func(f templates.Form) templ.Component {
		page.Form = f
		return templates.NewsView(pg, page)
	})
}

func removeDevice(v *visit) error {
	id, err := parvis.ParseID(v.FormValue("appareil"))
	if err != nil {
		return parvis.ErrNotFound
	}
	if err := v.app.RemovePush(v.Context(), v.node, v.viewer, id); err != nil {
		return err
	}
	return v.goTo(templates.NewsPath, "device.removed")
}

// resumeMail is for residents who say that their address takes mail again.
func resumeMail(v *visit) error {
	if err := v.app.ResumeMail(v.Context(), v.node, v.viewer); err != nil {
		return err
	}
	return v.goTo(templates.NewsPath, "mail.resumed")
}
