package web

import (
	"slices"

	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// setLanguage keeps the language that somebody chose.
func setLanguage(v *visit) error {
	lang := v.FormValue("langue")
	if !slices.Contains(i18n.Languages, lang) {
		return parvis.Invalid("langue", "web.form.broken")
	}
	v.setCookie(languageCookie, lang, languageLife)
	return v.goTo(v.back("/"), "")
}
