package storage

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type newsChoiceRow struct {
	bun.BaseModel `bun:"table:news_choices"`

	AccountID parvis.ID `bun:",pk"`
	Topic     parvis.Topic
	NodeID    parvis.ID
	Page      bool
	Mail      bool
	Push      bool
}

// SetWishes stores of which topics an account wants to hear how.
func (n *Tx) SetWishes(ctx context.Context, account parvis.ID, w parvis.Wishes) error {
	for _, topic := range parvis.Topics {
		r, chosen := w[topic]
		if !chosen {
			continue
		}
		_, err := n.exec(ctx, `INSERT INTO news_choices (account_id, topic, node_id, page, mail, push) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (account_id, topic) DO UPDATE SET page = excluded.page, mail = excluded.mail, push = excluded.push`,
			account, topic, n.node, r.Page, r.Mail, r.Push)
		if err != nil {
			return err
		}
	}
	return nil
}

// Wishes returns what an account chose.
func (n *Node) Wishes(ctx context.Context, account parvis.ID) (parvis.Wishes, error) {
	var rows []newsChoiceRow
	err := n.raw("SELECT "+n.db.columns(newsChoiceRow{}, "")+" FROM news_choices WHERE account_id = ? AND node_id = ?", account, n.node).Scan(ctx, &rows)
	w := make(parvis.Wishes, len(rows))
	for _, r := range rows {
		w[r.Topic] = parvis.Reach{Page: r.Page, Mail: r.Mail, Push: r.Push}
	}
	return w, translate(err)
}

// Reach returns how an account wants to hear of a topic, and whether any browser or app
// asked for its news.
func (n *Node) Reach(ctx context.Context, account parvis.ID, topic parvis.Topic) (reach parvis.Reach, devices bool, err error) {
	var page, mail, push sql.NullBool
	err = n.raw(`SELECT EXISTS (SELECT 1 FROM push_subscriptions s WHERE s.account_id = ?0), c.page, c.mail, c.push
		FROM (SELECT 1 AS one) AS o LEFT JOIN news_choices c ON c.account_id = ?0 AND c.topic = ?1`, account, topic).Scan(ctx, &devices, &page, &mail, &push)
	reach = parvis.Wishes(nil).For(topic)
	if page.Valid {
		reach = parvis.Reach{Page: page.Bool, Mail: mail.Bool, Push: push.Bool}
	}
	return reach, devices, translate(err)
}
