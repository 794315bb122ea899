package storage

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type mediaRow struct {
	bun.BaseModel `bun:"table:media"`

	ID             parvis.ID `bun:",pk"`
	NodeID         parvis.ID
	AccountID      parvis.ID
	PostID         parvis.ID
	Position       int
	Description    string
	Blurhash       string
	RemoteURL      string
	RenditionsJSON string
	Content        string
}

func (r *mediaRow) media() (*parvis.Media, error) {
	m := &parvis.Media{ID: r.ID, AccountID: r.AccountID, PostID: r.PostID, Description: r.Description,
		Blurhash: r.Blurhash, RemoteURL: r.RemoteURL}
	if err := json.Unmarshal([]byte(r.RenditionsJSON), &m.Renditions); err != nil {
		return nil, fmt.Errorf("renditions of media %s: %w", m.ID, err)
	}
	return m, nil
}

func (n *Node) mediaRow(m *parvis.Media, position int) *mediaRow {
	r := &mediaRow{ID: m.ID, NodeID: n.node, AccountID: m.AccountID, PostID: m.PostID, Position: position,
		Description: m.Description, Blurhash: m.Blurhash, RemoteURL: m.RemoteURL, RenditionsJSON: jsonOf(m.Renditions)}
	if m.Ready() {
		r.Content = m.Largest().Key
	}
	return r
}

// AddMedia stores a picture; its ID must be set.
func (n *Tx) AddMedia(ctx context.Context, m *parvis.Media) error {
	return n.addMedia(ctx, m, 0)
}

func (n *Tx) addMedia(ctx context.Context, m *parvis.Media, position int) error {
	row := n.mediaRow(m, position)
	err := n.db.insertNew(ctx, "media", &row.ID, row)
	m.ID = row.ID
	return err
}

// UpdateMedia stores a picture's description and renditions.
func (n *Tx) UpdateMedia(ctx context.Context, m *parvis.Media) error {
	res, err := n.db.q.NewUpdate().Model(n.mediaRow(m, 0)).Column("description", "blurhash", "renditions_json", "content").
		WherePK().Where("node_id = ?", n.node).Exec(ctx)
	if err := oneRow(res, err); err != nil {
		return err
	}
	for _, shown := range []string{
		"UPDATE posts SET version = version + 1 WHERE id = (SELECT post_id FROM media WHERE id = ?)",
		"UPDATE accounts SET version = version + 1 WHERE id = (SELECT account_id FROM media WHERE id = ?0) AND avatar_id = ?0",
	} {
		if _, err := n.exec(ctx, shown, m.ID); err != nil {
			return err
		}
	}
	return nil
}

// Media returns a picture by its id.
func (n *Node) Media(ctx context.Context, id parvis.ID) (*parvis.Media, error) {
	found, err := n.mediaByID(ctx, []parvis.ID{id})
	if err != nil {
		return nil, err
	}
	if found[id] == nil {
		return nil, parvis.ErrNotFound
	}
	return found[id], nil
}

func (n *Node) mediaByID(ctx context.Context, ids []parvis.ID) (map[parvis.ID]*parvis.Media, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []mediaRow
	err := n.raw("SELECT "+n.db.columns(mediaRow{}, "")+" FROM media WHERE id IN (?) AND +node_id = ?", listOf(ids), n.node).Scan(ctx, &rows)
	if err != nil {
		return nil, translate(err)
	}
	found := make(map[parvis.ID]*parvis.Media, len(rows))
	for i := range rows {
		m, err := rows[i].media()
		if err != nil {
			return nil, err
		}
		found[m.ID] = m
	}
	return found, nil
}

// attachMedia gives a post that has none its pictures, in their order. Only unused
// pictures of the author can be attached.
func (n *Tx) attachMedia(ctx context.Context, p *parvis.Post) error {
	for i := range p.Media {
		m := &p.Media[i]
		m.PostID, m.AccountID = p.ID, p.AuthorID
		if m.ID == 0 { // a remote picture seen for the first time
			m.ID = parvis.NewID(p.PublishedAt)
			if err := n.addMedia(ctx, m, i); err != nil {
				return err
			}
			continue
		}
		changed, err := n.exec(ctx, "UPDATE media SET post_id = ?, position = ?, description = ? WHERE id = ? AND node_id = ? AND account_id = ? AND post_id = 0",
			p.ID, i, m.Description, m.ID, n.node, p.AuthorID)
		if err != nil {
			return err
		}
		if changed == 0 {
			return fmt.Errorf("%w: media %s", parvis.ErrNotFound, m.ID)
		}
	}
	return nil
}
