package storage

import (
	"context"
	"errors"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// AddStamp stores that a post of ours may be quoted by another; if that was agreed
// before, the stamp of then is returned in s.
func (n *Tx) AddStamp(ctx context.Context, s *parvis.Stamp) error {
	for {
		added, err := n.exec(ctx, "INSERT INTO stamps (id, node_id, post_id, quoter_id, quote_uri) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			s.ID, n.node, s.PostID, s.QuoterID, s.QuoteURI)
		if err != nil || added == 1 {
			return err
		}
		err = n.raw("SELECT id, quoter_id FROM stamps WHERE node_id = ? AND quote_uri = ? AND post_id = ?", n.node, s.QuoteURI, s.PostID).
			Scan(ctx, &s.ID, &s.QuoterID)
		if err = translate(err); !errors.Is(err, parvis.ErrNotFound) {
			return err
		}
		s.ID++ // its id was taken by chance
	}
}

// Stamp returns a stamp by its id.
func (n *Node) Stamp(ctx context.Context, id parvis.ID) (*parvis.Stamp, error) {
	s := &parvis.Stamp{ID: id}
	err := n.raw("SELECT post_id, quoter_id, quote_uri FROM stamps WHERE id = ? AND node_id = ?", id, n.node).Scan(ctx, &s.PostID, &s.QuoterID, &s.QuoteURI)
	return s, translate(err)
}

// Stamps returns the stamps of a post, the latest first.
func (n *Node) Stamps(ctx context.Context, post parvis.ID, page parvis.Page) ([]parvis.Stamp, error) {
	before := page.Before
	if before == 0 {
		before = 1<<63 - 1
	}
	var rows []parvis.Stamp
	err := n.raw("SELECT id, post_id, quoter_id, quote_uri FROM stamps WHERE post_id = ? AND node_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
		post, n.node, before, page.Size()).Scan(ctx, &rows)
	return rows, translate(err)
}

// RemoveStamp takes back that a post of ours may be quoted; parvis.ErrNotFound says
// that it was taken back before.
func (n *Tx) RemoveStamp(ctx context.Context, id parvis.ID) error {
	removed, err := n.exec(ctx, "DELETE FROM stamps WHERE id = ? AND node_id = ?", id, n.node)
	if err == nil && removed == 0 {
		return parvis.ErrNotFound
	}
	return err
}

// SetQuoteStamp notes that the author of the post that another one quotes agreed to it.
func (n *Tx) SetQuoteStamp(ctx context.Context, post parvis.ID, quoted, stamp string) error {
	_, err := n.exec(ctx, "UPDATE posts SET quote_stamp = ?, version = version + 1 WHERE id = ? AND node_id = ? AND quote_uri = ? AND deleted_at = 0", stamp, post, n.node, quoted)
	return err
}

// QuotedUnder returns the post that is quoted under a stamp.
func (n *Node) QuotedUnder(ctx context.Context, stamp string) (string, error) {
	var uri string
	err := n.raw("SELECT quote_uri FROM posts WHERE node_id = ? AND quote_stamp = ? AND quote_stamp <> '' LIMIT 1", n.node, stamp).Scan(ctx, &uri)
	return uri, translate(err)
}

// DropQuoteStamp notes that a stamp is worth nothing any more, and reports whether
// any post has it.
func (n *Tx) DropQuoteStamp(ctx context.Context, stamp string) (bool, error) {
	changed, err := n.exec(ctx, "UPDATE posts SET quote_stamp = '', version = version + 1 WHERE node_id = ? AND quote_stamp = ? AND quote_stamp <> ''", n.node, stamp)
	return changed > 0, err
}
