package templates

import "github.com/parvis-coop/parvis/internal/parvis"

func noteLook(pg *Page, _ *parvis.Post) Look {
	return Look{Hue: "note", Icon: "note", Picture: "note", Word: pg.T("web.kind.note")}
}
