package web

import (
	"net/http"
	"slices"

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
