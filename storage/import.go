package storage

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type importRow struct {
	bun.BaseModel `bun:"table:imports"`

	ID        parvis.ID `bun:",pk"`
	NodeID    parvis.ID
	AccountID parvis.ID
	Kind      parvis.ImportKind
	Done      int
	Already   int
	Skipped   int
	CreatedAt int64
}

// AddImport stores an import with the lines that wait, in place of the last one of
// its kind. One that still runs is parvis.ErrConflict.
func (n *Tx) AddImport(ctx context.Context, i *parvis.Import, waiting []parvis.ImportLine) error {
	_, err := n.exec(ctx, `DELETE FROM import_lines WHERE problem <> '' AND import_id IN
		(SELECT id FROM imports WHERE account_id = ? AND kind = ? AND node_id = ?)`, i.AccountID, i.Kind, n.node)
	if err != nil {
		return err
	}
	_, err = n.exec(ctx, `DELETE FROM imports WHERE account_id = ? AND kind = ? AND node_id = ? AND NOT EXISTS
		(SELECT 1 FROM import_lines l WHERE l.import_id = imports.id)`, i.AccountID, i.Kind, n.node)
	if err != nil {
		return err
	}
	i.ID = parvis.NewID(i.CreatedAt)
	row := &importRow{ID: i.ID, NodeID: n.node, AccountID: i.AccountID, Kind: i.Kind, Skipped: i.Skipped, CreatedAt: ms(i.CreatedAt)}
	if err := n.db.insertNew(ctx, "imports", &row.ID, row); err != nil {
		return err
	}
	i.ID = row.ID
	lines := make([][]any, len(waiting))
	for at, l := range waiting {
		lines[at] = []any{i.ID, at + 1, l.Address, "", l.Extra, l.Removed}
	}
	// With few statements: on SQLite everybody else waits for ten thousand.
	return (&DBTx{n.db}).insertRows(ctx, "INSERT INTO import_lines (import_id, line, address, problem, extra, removed) VALUES ", " ON CONFLICT DO NOTHING", lines, func() {})
}

// Import returns an import by its id, without its lines.
func (n *Node) Import(ctx context.Context, id parvis.ID) (*parvis.Import, error) {
	var r importRow
	err := n.raw("SELECT id, node_id, account_id, kind, done, already, skipped, created_at FROM imports WHERE id = ? AND node_id = ?", id, n.node).Scan(ctx, &r)
	if err != nil {
		return nil, translate(err)
	}
	return &parvis.Import{ID: r.ID, AccountID: r.AccountID, Kind: r.Kind, Done: r.Done, Already: r.Already, Skipped: r.Skipped, CreatedAt: at(r.CreatedAt)}, nil
}

// Imports returns the last imports of an account, one of a kind at most, each with what
// is left and the first problems.
func (n *Node) Imports(ctx context.Context, account parvis.ID, problems int) ([]*parvis.Import, error) {
	var ids []parvis.ID
	err := n.raw("SELECT id FROM imports WHERE account_id = ? AND node_id = ? ORDER BY id DESC", account, n.node).Scan(ctx, &ids)
	if err != nil {
		return nil, translate(err)
	}
	var list []*parvis.Import
	for _, id := range ids {
		i, err := n.Import(ctx, id)
		if err != nil {
			return nil, err
		}
		err = n.raw(`SELECT COUNT(CASE WHEN problem = '' THEN 1 END), COUNT(CASE WHEN problem <> '' THEN 1 END)
			FROM import_lines WHERE import_id = ?`, id).Scan(ctx, &i.Waiting, &i.Failed)
		if err != nil {
			return nil, translate(err)
		}
		i.Problems, err = n.importLines(ctx, "SELECT line, address, problem, extra, removed FROM import_lines WHERE import_id = ? AND problem <> '' ORDER BY line LIMIT ?", id, problems)
		if err != nil {
			return nil, err
		}
		list = append(list, i)
	}
	return list, nil
}

// WaitingLines returns the next lines of an import.
func (n *Node) WaitingLines(ctx context.Context, id parvis.ID, limit int) ([]parvis.ImportLine, error) {
	return n.importLines(ctx, "SELECT line, address, problem, extra, removed FROM import_lines WHERE import_id = ? AND problem = '' ORDER BY line LIMIT ?", id, limit)
}

func (n *Node) importLines(ctx context.Context, query string, args ...any) ([]parvis.ImportLine, error) {
	var lines []parvis.ImportLine
	var l parvis.ImportLine
	err := n.raw(query, args...).each(ctx, func() { lines = append(lines, l) }, &l.Line, &l.Address, (*string)(&l.Problem), &l.Extra, &l.Removed)
	return lines, translate(err)
}

// EndLine notes what became of a line that waited: what is done, or was
// before, is counted and goes.
func (n *Tx) EndLine(ctx context.Context, id parvis.ID, line int, already bool, problem parvis.ImportProblem) error {
	if problem != "" {
		_, err := n.exec(ctx, "UPDATE import_lines SET problem = ? WHERE import_id = ? AND line = ?", problem, id, line)
		return err
	}
	ended, err := n.exec(ctx, "DELETE FROM import_lines WHERE import_id = ? AND line = ?", id, line)
	if err != nil || ended == 0 {
		return err
	}
	_, err = n.exec(ctx, "UPDATE imports SET done = done + ?, already = already + ? WHERE id = ? AND node_id = ?", one(!already), one(already), id, n.node)
	return err
}
