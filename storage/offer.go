package storage

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type offerRow struct {
	bun.BaseModel `bun:"table:offers"`

	PostID   parvis.ID `bun:",pk"`
	NodeID   parvis.ID
	Purpose  parvis.Purpose
	Sort     parvis.Sort
	Category parvis.Category
}

func saveOffer(ctx context.Context, n *Tx, post parvis.ID, d parvis.Detail) error {
	o, ok := d.(*parvis.Offer)
	if !ok {
		return fmt.Errorf("save offer: unexpected detail %T", d)
	}
	_, err := n.db.q.NewInsert().Model(&offerRow{PostID: post, NodeID: n.node, Purpose: o.Purpose, Sort: o.Sort, Category: o.Category}).
		On("CONFLICT (post_id) DO UPDATE").
		Set("purpose = EXCLUDED.purpose, sort = EXCLUDED.sort, category = EXCLUDED.category").Exec(ctx)
	return translate(err)
}

func loadOffers(ctx context.Context, n *Node, ids []parvis.ID) (map[parvis.ID]parvis.Detail, error) {
	var rows []offerRow
	err := n.raw("SELECT "+n.db.columns(offerRow{}, "")+" FROM offers WHERE post_id IN (?) AND +node_id = ?", listOf(ids), n.node).Scan(ctx, &rows)
	if err != nil {
		return nil, translate(err)
	}
	offers := make(map[parvis.ID]parvis.Detail, len(rows))
	for _, r := range rows {
		offers[r.PostID] = &parvis.Offer{Purpose: r.Purpose, Sort: r.Sort, Category: r.Category}
	}
	return offers, nil
}

// OffersOn returns the next offers of active residents that go on after a time, or have no
// end.
func (n *Node) OffersOn(ctx context.Context, now time.Time, after parvis.ID, limit int) ([]parvis.ID, error) {
	return n.ids(ctx, `SELECT p.id FROM posts p JOIN accounts a ON a.id = p.author_id WHERE p.node_id = ? AND p.local AND p.kind = ? AND p.listed AND p.state <> ?
		AND (p.ends_at = 0 OR p.ends_at > ?) AND p.deleted_at = 0 AND p.id > ? AND a.suspended_at = 0 AND a.deleted_at = 0
		ORDER BY p.id LIMIT ?`, n.node, parvis.KindOffer, parvis.Done, ms(now), after, limit)
}

// OffersEnding returns the next offers of an account that end between two times, or never.
func (n *Node) OffersEnding(ctx context.Context, author parvis.ID, from, until time.Time, after parvis.ID, limit int) ([]parvis.ID, error) {
	return n.ids(ctx, `SELECT id FROM posts WHERE author_id = ? AND id > ? AND +node_id = ? AND kind = ? AND state <> ?
		AND (ends_at = 0 OR ends_at > ? AND ends_at < ?) AND deleted_at = 0 ORDER BY id LIMIT ?`,
		author, after, n.node, parvis.KindOffer, parvis.Done, ms(from), ms(until), limit)
}

// LastTalk returns when the last message came in the private talks of an account about a
// post in which it said something itself; zero if there are none.
func (n *Node) LastTalk(ctx context.Context, account, post parvis.ID) (time.Time, error) {
	var last parvis.ID
	err := n.raw(`SELECT COALESCE(MAX(p.latest), 0) FROM participants p WHERE p.account_id = ? AND p.subject = ? AND p.subject <> 0 AND EXISTS (
		SELECT 1 FROM messages m JOIN posts w ON w.id = m.post_id WHERE m.conversation_id = p.conversation_id AND w.author_id = p.account_id)`,
		account, post).Scan(ctx, (*int64)(&last))
	if err != nil || last == 0 {
		return time.Time{}, translate(err)
	}
	return last.Time(), nil
}

// endOld has an end given to what was offered before anything ended by itself.
func (t *DBTx) endOld(ctx context.Context) error {
	nodes, err := t.Nodes(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	for _, node := range nodes {
		if err := t.Node(node.ID).AddJob(ctx, &parvis.Job{Kind: parvis.JobEndless, Args: []byte("{}"), RunAt: now, CreatedAt: now}); err != nil {
			return err
		}
	}
	return nil
}

// An OfferFilter narrows a list to some offers; empty fields do not narrow.
type OfferFilter struct {
	Purpose  parvis.Purpose
	Sorts    []parvis.Sort
	Category parvis.Category
	Alike    *parvis.Offer // those of its sort, and those of its category
}

// narrow adds what the filter asks of offers o.
func (f *OfferFilter) narrow(q *selection) {
	if f.Purpose != "" {
		q.add("AND o.purpose = ?", f.Purpose)
	}
	if len(f.Sorts) > 0 {
		q.add("AND o.sort IN (?)", listOf(f.Sorts))
	}
	if f.Category != "" {
		q.add("AND o.category = ?", f.Category)
	}
	if f.Alike != nil {
		q.add("AND (o.sort = ? OR o.category = ? AND o.category <> '')", f.Alike.Sort, f.Alike.Category)
	}
}
