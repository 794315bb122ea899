package storage

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type draftRow struct {
	bun.BaseModel `bun:"table:drafts"`

	ID        parvis.ID `bun:",pk"`
	NodeID    parvis.ID
	AccountID parvis.ID
	Kind      parvis.Kind
	Source    string
	Language  string
	PostID    parvis.ID
}

func (r *draftRow) draft() *parvis.KeptDraft {
	return &parvis.KeptDraft{ID: r.ID, AccountID: r.AccountID, Kind: r.Kind, Source: r.Source, Language: r.Language, PostID: r.PostID}
}

// AddDraft stores a draft, whose ID must be set, with copies of its pictures: they
// stay when those that they are copied from go.
func (n *Tx) AddDraft(ctx context.Context, d *parvis.KeptDraft) error {
	row := &draftRow{ID: d.ID, NodeID: n.node, AccountID: d.AccountID, Kind: d.Kind, Source: d.Source, Language: d.Language, PostID: d.PostID}
	if err := n.db.insertNew(ctx, "drafts", &row.ID, row); err != nil {
		return err
	}
	d.ID = row.ID
	for i := range d.Media {
		m := &d.Media[i]
		m.ID, m.AccountID, m.PostID = d.ID, d.AccountID, 0
		if err := n.AddMedia(ctx, m); err != nil {
			return err
		}
		if _, err := n.exec(ctx, "INSERT INTO draft_media (media_id, draft_id, position) VALUES (?, ?, ?)", m.ID, d.ID, i); err != nil {
			return err
		}
	}
	return nil
}

// Draft returns a draft of an account by its id, with its pictures.
func (n *Node) Draft(ctx context.Context, account, id parvis.ID) (*parvis.KeptDraft, error) {
	var r draftRow
	err := n.raw("SELECT "+n.db.columns(r, "")+" FROM drafts WHERE id = ? AND account_id = ? AND +node_id = ?", id, account, n.node).Scan(ctx, &r)
	if err != nil {
		return nil, translate(err)
	}
	d := r.draft()
	return d, n.fillDrafts(ctx, []*parvis.KeptDraft{d})
}

// Drafts lists the drafts of an account, newest first, with their pictures.
func (n *Node) Drafts(ctx context.Context, account parvis.ID, limit int) ([]*parvis.KeptDraft, error) {
	var rows []draftRow
	err := n.raw("SELECT "+n.db.columns(draftRow{}, "")+" FROM drafts WHERE account_id = ? AND +node_id = ? ORDER BY id DESC LIMIT ?", account, n.node, limit).Scan(ctx, &rows)
	if err != nil {
		return nil, translate(err)
	}
	list := make([]*parvis.KeptDraft, len(rows))
	for i := range rows {
		list[i] = rows[i].draft()
	}
	return list, n.fillDrafts(ctx, list)
}

// CountDrafts counts the drafts of an account, up to 100.
func (n *Node) CountDrafts(ctx context.Context, account parvis.ID) (int, error) {
	var count int
	err := n.raw("SELECT COUNT(*) FROM (SELECT 1 FROM drafts WHERE account_id = ? AND +node_id = ? LIMIT ?) AS unseen", account, n.node, unseenLimit).Scan(ctx, &count)
	return count, translate(err)
}

func (n *Node) fillDrafts(ctx context.Context, list []*parvis.KeptDraft) error {
	ids := make([]parvis.ID, len(list))
	byID := make(map[parvis.ID]*parvis.KeptDraft, len(list))
	for i, d := range list {
		ids[i], byID[d.ID] = d.ID, d
	}
	if len(ids) == 0 {
		return nil
	}
	var media, drafts []parvis.ID
	var m, d parvis.ID
	err := n.raw("SELECT media_id, draft_id FROM draft_media WHERE draft_id IN (?) ORDER BY draft_id, position", listOf(ids)).each(ctx, func() {
		media, drafts = append(media, m), append(drafts, d)
	}, (*int64)(&m), (*int64)(&d))
	if err != nil {
		return translate(err)
	}
	pictures, err := n.mediaByID(ctx, media)
	if err != nil {
		return err
	}
	for i, id := range media {
		// Those of a draft that was published by another form are its post's.
		if p := pictures[id]; p != nil && p.PostID == 0 {
			owner := byID[drafts[i]]
			owner.Media = append(owner.Media, *p)
		}
	}
	return nil
}

// RemoveDraft forgets a draft of an account; its pictures, if nothing else uses
// them, leave with time. One that is not there is parvis.ErrNotFound.
func (n *Tx) RemoveDraft(ctx context.Context, account, id parvis.ID) error {
	if _, err := n.exec(ctx, "DELETE FROM draft_media WHERE draft_id = (SELECT id FROM drafts WHERE id = ? AND account_id = ? AND node_id = ?)",
		id, account, n.node); err != nil {
		return err
	}
	removed, err := n.exec(ctx, "DELETE FROM drafts WHERE id = ? AND account_id = ? AND node_id = ?", id, account, n.node)
	if err == nil && removed == 0 {
		return parvis.ErrNotFound
	}
	return err
}
