package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/static"
	"github.com/parvis-coop/parvis/web/templates"
)

// Headers between pages and static/worker.js, which keeps what was read in the browser.
const (
	// readerHeader says who reads: of a page, the account's id or "0"; of a form, who wrote it.
	readerHeader = "Parvis-Reader"
	keepHeader   = "Parvis-Keep"
)

// notKept are the paths below which no page is kept in a browser: what leads into an account,
// belongs to the team, or shows more of others than what they published.
var notKept = []string{"/connexion", "/deconnexion", "/inscription", "/courriels", "/charte", "/langue", "/equipe", templates.AwayPath, "/moi/compte", "/moi/donnees", "/moi/nouvelles"}

// mark tells the worker who reads a page, and whether it may be kept.
func (v *visit) mark() {
	h := v.w.Header()
	h.Set(readerHeader, "0")
	if v.viewer.Resident() {
		h.Set(readerHeader, v.viewer.ID().String())
	}
	if v.Method != http.MethodGet || v.secret {
		return
	}
	if strings.HasSuffix(v.URL.Path, "/suspendre") { // the team's too
		return
	}
	for _, path := range notKept {
		if v.URL.Path == path || strings.HasPrefix(v.URL.Path, path+"/") {
			return
		}
	}
	h.Set(keepHeader, "1")
}

// forgetHere ends the session in this browser, with all that the browser keeps of it.
func (v *visit) forgetHere() {
	v.dropCookie(v.sessionCookie())
	v.w.Header().Set("Clear-Site-Data", `"storage"`)
}

// wroteIt refuses a form that was kept in the browser while somebody else used it.
func (v *visit) wroteIt() error {
	if who := v.Header.Get(readerHeader); who != "" && (!v.viewer.Resident() || who != v.viewer.ID().String()) {
		return parvis.ErrConflict
	}
	return nil
}

// away is what the browser shows without a network. It says nothing of anybody.
func away(v *visit) error {
	pg := v.newPage(templates.NoSection, v.T("web.away"))
	pg.Viewer = parvis.Viewer{}
	return v.send(http.StatusOK, templates.AwayView(pg))
}

// A manifest is a Web Application Manifest (https://www.w3.org/TR/appmanifest/).
type manifest struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	ShortName  string         `json:"short_name"`
	Lang       string         `json:"lang"`
	Start      string         `json:"start_url"`
	Scope      string         `json:"scope"`
	Display    string         `json:"display"`
	Theme      string         `json:"theme_color"`
	Background string         `json:"background_color"`
	Icons      []manifestIcon `json:"icons"`
	Shortcuts  []shortcut     `json:"shortcuts"`
}

type manifestIcon struct {
	Src     string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose,omitempty"`
}

type shortcut struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// paper is the background of pages, as in static/parvis.css.
const paper = "#fffefb"

// install describes the node for browsers that let one install it as an app.
func install(v *visit) error {
	icon := func(name, size, purpose string) manifestIcon {
		return manifestIcon{static.URL(name), size, "image/png", purpose}
	}
	body, err := json.Marshal(manifest{ID: "/", Name: v.node.Name, ShortName: v.node.Name, Lang: v.printer.Lang(), Start: "/", Scope: "/",
		Display: "standalone", Theme: paper, Background: paper,
		Icons:     []manifestIcon{icon("icon-192.png", "192x192", ""), icon("icon-512.png", "512x512", ""), icon("icon-512.png", "512x512", "maskable")},
		Shortcuts: []shortcut{{v.T("web.mutual.title"), "/entraide"}, {v.T("web.nav.publish"), "/publier"}, {v.T("web.talks"), templates.TalksPath}}})
	if err != nil {
		return err
	}
	v.w.Header().Set("Cache-Control", "private, max-age=3600")
	return v.write(http.StatusOK, "application/manifest+json", body)
}
