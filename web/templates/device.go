package templates

import (
	"strings"

	"github.com/parvis-coop/parvis/internal/i18n"
)

// What browsers and systems call themselves, the ones that pretend to be others first.
var (
	browserMarks = [][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Firefox", "Firefox"},
		{"FxiOS", "Firefox"}, {"CriOS", "Chrome"}, {"Chrom", "Chrome"}, {"Safari", "Safari"}}
	systemMarks = [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"},
		{"Mac OS", "Mac"}, {"Linux", "Linux"}}
)

// DeviceName says in words what a browser called itself: "Firefox, Android".
func DeviceName(p *i18n.Printer, agent string) string {
	name, system := marked(browserMarks, agent), marked(systemMarks, agent)
	switch {
	case name == "" && system == "":
		return p.T("web.sessions.unknown")
	case name == "" || system == "":
		return name + system
	}
	return name + ", " + system
}

func marked(marks [][2]string, agent string) string {
	for _, m := range marks {
		if strings.Contains(agent, m[0]) {
			return m[1]
		}
	}
	return ""
}
