package app

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// ExportFollows writes whom the viewer follows in Mastodon's CSV, page by page.
func (a *App) ExportFollows(ctx context.Context, n *parvis.Node, v parvis.Viewer, w io.Writer) error {
	if !v.Resident() {
		return parvis.ErrSignIn
	}
	c := csv.NewWriter(w)
	if err := c.Write(accountColumns); err != nil {
		return err
	}
	for page := (parvis.Page{Limit: parvis.MaxPage}); ; {
		list, err := a.node(n).AllFollowing(ctx, v.ID(), page)
		if err != nil {
			return err
		}
		for _, f := range list {
			page.Before = f.FollowID
			if err := c.Write([]string{address(n, f.Account), "true", "false", ""}); err != nil {
				return err
			}
		}
		if len(list) == 0 {
			c.Flush()
			return c.Error()
		}
	}
}

// ExportBlocks writes whom the viewer blocked in Mastodon's CSV.
func (a *App) ExportBlocks(ctx context.Context, n *parvis.Node, v parvis.Viewer, w io.Writer) error {
	if !v.Resident() {
		return parvis.ErrSignIn
	}
	blocked, err := a.node(n).Blocks(ctx, v.ID(), MaxImportLines)
	if err != nil {
		return err
	}
	c := csv.NewWriter(w)
	for _, acc := range blocked {
		if err := c.Write([]string{address(n, acc)}); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// address is an account's handle without the first "@".
func address(n *parvis.Node, acc *parvis.Account) string { return acc.Handle(n.Host)[1:] }

// An Importing is a list that a resident brings along.
type Importing struct {
	Kind    parvis.ImportKind // empty if the list itself shows it
	Replace bool              // what is not on the list is to go
	File    io.Reader
}

// ImportAccounts begins to follow, block or otherwise take over what is on a list. What
// became of each is found in [App.Imports].
func (a *App) ImportAccounts(ctx context.Context, n *parvis.Node, v parvis.Viewer, in Importing) error {
	if err := speaks(v); err != nil {
		return err
	}
	if in.Kind != "" && !in.Kind.Valid() {
		return parvis.Invalid("kind", "import.kind")
	}
	list, err := ParseAccounts(in.Kind, in.File)
	kind := cmp.Or(in.Kind, list.Kind)
	switch {
	case errors.Is(err, ErrListTooLong):
		return parvis.Invalid("file", "import.long", "Max", MaxImportLines)
	case list.Kind != "" && kind != list.Kind:
		return parvis.Invalid("kind", "import.other")
	case err != nil:
		return errors.Join(parvis.Invalid("file", "import.empty"), err)
	case kind == "":
		return parvis.Invalid("kind", "import.kind")
	}
	if err := a.attempt(ctx, n, importLimit, v.ID().String()); err != nil {
		return err
	}
	if in.Replace {
		if list.Unread > 0 { // whom a line means that cannot be read would be dropped
			return parvis.Invalid("file", "import.unread")
		}
		if list.Lines, err = a.replaced(ctx, n, v, kind, list.Lines); err != nil {
			return err
		}
	}
	i := &parvis.Import{AccountID: v.ID(), Kind: kind, Skipped: list.Skipped, CreatedAt: a.Now()}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.AddImport(ctx, i, list.Lines); errors.Is(err, parvis.ErrConflict) {
			return parvis.Invalid("file", "import.running")
		} else if err != nil {
			return err
		}
		return a.goOn(ctx, t, i.ID)
	})
}

// shownProblems is how many accounts that could not be imported are named.
const shownProblems = 100

// Imports tells what became of the viewer's last imports.
func (a *App) Imports(ctx context.Context, n *parvis.Node, v parvis.Viewer) ([]*parvis.Import, error) {
	return a.node(n).Imports(ctx, v.ID(), shownProblems)
}

func (a *App) goOn(ctx context.Context, t *storage.Tx, id parvis.ID) error {
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobImport, Lane: "import:" + id.String()}, parvis.ImportArgs{Import: id})
}

// importBatch is how many accounts one job looks up: each may be on a slow server.
const importBatch = 5

// Import runs a JobImport: it takes over the next lines of a list, and
// enqueues itself as long as some wait.
func (a *App) Import(ctx context.Context, j *parvis.Job) error {
	var args parvis.ImportArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return fmt.Errorf("arguments of job %s: %w", j.ID, err)
	}
	n, err := a.DB.NodeByID(ctx, j.NodeID)
	if err != nil {
		return err
	}
	i, err := a.node(n).Import(ctx, args.Import)
	if err != nil {
		return ignore(err, parvis.ErrNotFound) // its account was deleted
	}
	me, err := a.node(n).Account(ctx, i.AccountID)
	if err != nil {
		return err
	}
	lines, err := a.node(n).WaitingLines(ctx, i.ID, importBatch)
	if err != nil {
		return err
	}
	for _, line := range lines {
		already, problem, err := a.importLine(ctx, n, parvis.Viewer{Account: me, Role: parvis.RoleResident}, i.Kind, line)
		if err != nil {
			return err
		}
		err = a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
			return t.EndLine(ctx, i.ID, line.Line, already, problem)
		})
		if err != nil {
			return err
		}
	}
	if len(lines) < importBatch {
		return nil
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return a.goOn(ctx, t, i.ID) })
}
