package web

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

func exportFollows(v *visit) error {
	return v.exportAccounts("following_accounts.csv", v.app.ExportFollows)
}

func exportBlocks(v *visit) error {
	return v.exportAccounts("blocked_accounts.csv", v.app.ExportBlocks)
}

// exportAccounts writes a list while it is read: it may be long.
func (v *visit) exportAccounts(name string, write func(context.Context, *parvis.Node, parvis.Viewer, io.Writer) error) error {
	if err := v.resident(); err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "private, no-store")
	return write(v.Context(), v.node, v.viewer, v.w)
}

// importAccounts takes a list along. The button that sent it says what becomes of its
// accounts.
func importAccounts(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	v.Body = http.MaxBytesReader(v.w, v.Body, app.MaxImportBytes+maxFields)
	file, _, err := v.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return v.correctMoving(parvis.Invalid("file", "import.empty"))
	}
	if err != nil {
		return formError(err)
	}
	if err := v.importFrom(file); err != nil {
		return v.correctMoving(err)
	}
	return v.goTo(templates.MovingPath, "import")
}

func (v *visit) importFrom(file multipart.File) error {
	defer file.Close()
	kind := v.FormValue("kind")
	if kind == templates.AnyList {
		kind = ""
	}
	return v.app.ImportAccounts(v.Context(), v.node, v.viewer,
		app.Importing{Kind: parvis.ImportKind(kind), Replace: v.FormValue("replace") != "", File: file})
}
