package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type reportRow struct {
	bun.BaseModel `bun:"table:reports"`

	ID          parvis.ID `bun:",pk"`
	NodeID      parvis.ID
	ReporterID  parvis.ID
	TargetID    parvis.ID
	PostIdsJSON string `bun:"post_ids_json"`
	Comment     string
	URI         string
	Forward     bool
	CreatedAt   int64
	ClosedAt    int64
}

// AddReport stores a report for the team.
func (n *Tx) AddReport(ctx context.Context, r *parvis.Report) error {
	r.ID = parvis.NewID(r.CreatedAt)
	row := &reportRow{ID: r.ID, NodeID: n.node, ReporterID: r.ReporterID, TargetID: r.TargetID, PostIdsJSON: jsonOf(r.PostIDs),
		Comment: r.Comment, URI: r.URI, Forward: r.Forward, CreatedAt: ms(r.CreatedAt)}
	err := n.db.insertNew(ctx, "reports", &row.ID, row)
	r.ID = row.ID
	return err
}

// Report returns a report by its id.
func (n *Node) Report(ctx context.Context, id parvis.ID) (*parvis.Report, error) {
	list, err := n.reports(ctx, "SELECT "+n.db.columns(reportRow{}, "")+" FROM reports WHERE node_id = ? AND id = ?", n.node, id)
	if err == nil && len(list) == 0 {
		err = parvis.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// OpenReports lists the reports that nobody closed, newest first.
func (n *Node) OpenReports(ctx context.Context, page parvis.Page) ([]*parvis.Report, error) {
	var q selection
	q.add("SELECT "+n.db.columns(reportRow{}, "")+" FROM reports WHERE node_id = ? AND closed_at = 0", n.node)
	q.page("id", page)
	list, err := n.reports(ctx, q.text.String(), q.args...)
	return inOrder(list, page), err
}

// CountReports counts the reports that nobody closed, up to 100.
func (n *Node) CountReports(ctx context.Context) (int, error) {
	var count int
	err := n.raw("SELECT COUNT(*) FROM (SELECT 1 FROM reports WHERE node_id = ? AND closed_at = 0 LIMIT ?) AS unseen", n.node, unseenLimit).Scan(ctx, &count)
	return count, translate(err)
}

func (n *Node) reports(ctx context.Context, query string, args ...any) ([]*parvis.Report, error) {
	var rows []reportRow
	if err := n.raw(query, args...).Scan(ctx, &rows); err != nil {
		return nil, translate(err)
	}
	list := make([]*parvis.Report, len(rows))
	for i, r := range rows {
		list[i] = &parvis.Report{ID: r.ID, ReporterID: r.ReporterID, TargetID: r.TargetID, Comment: r.Comment, URI: r.URI,
			Forward: r.Forward, CreatedAt: at(r.CreatedAt), ClosedAt: at(r.ClosedAt)}
		if err := json.Unmarshal([]byte(r.PostIdsJSON), &list[i].PostIDs); err != nil {
			return nil, fmt.Errorf("posts of report %s: %w", r.ID, err)
		}
	}
	return list, nil
}

// CloseReport marks a report as dealt with.
func (n *Tx) CloseReport(ctx context.Context, id parvis.ID, now time.Time) error {
	_, err := n.exec(ctx, "UPDATE reports SET closed_at = ? WHERE id = ? AND node_id = ? AND closed_at = 0", ms(now), id, n.node)
	return err
}
