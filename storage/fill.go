package storage

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// posts turns rows into whole posts: one query per table, never one per row.
func (n *Node) posts(ctx context.Context, rows []postRow, err error) ([]*parvis.Post, error) {
	if err != nil {
		return nil, translate(err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	posts := make([]*parvis.Post, len(rows))
	byID := make(map[parvis.ID]*parvis.Post, len(rows))
	kinds := make(map[parvis.Kind][]parvis.ID)
	authors := make([]parvis.ID, len(rows))
	for i := range rows {
		p, err := rows[i].post()
		if err != nil {
			return nil, err
		}
		posts[i], byID[p.ID], authors[i] = p, p, p.AuthorID
		kinds[rows[i].Kind] = append(kinds[rows[i].Kind], p.ID)
	}
	accounts, err := n.Accounts(ctx, unique(authors))
	if err != nil {
		return nil, err
	}
	for _, p := range posts {
		p.Author = accounts[p.AuthorID]
	}
	if err := n.fillDetails(ctx, byID, kinds); err != nil {
		return nil, err
	}
	if err := n.fillMedia(ctx, byID); err != nil {
		return nil, err
	}
	var uses []emojiUse
	for _, p := range posts {
		if len(p.Emojis) > 0 && p.Author != nil {
			uses = append(uses, emojiUse{p.Author.Host(), p.Emojis})
		}
	}
	if err := n.fillEmojis(ctx, uses); err != nil {
		return nil, err
	}
	return posts, n.fillMentions(ctx, byID)
}

func (n *Node) fillDetails(ctx context.Context, byID map[parvis.ID]*parvis.Post, kinds map[parvis.Kind][]parvis.ID) error {
	for kind, ids := range kinds {
		loaded, err := details[kind].load(ctx, n, ids)
		if err != nil {
			return err
		}
		for id, d := range loaded {
			byID[id].Detail = d
		}
	}
	return nil
}

func (n *Node) fillMedia(ctx context.Context, byID map[parvis.ID]*parvis.Post) error {
	var rows []mediaRow
	err := n.db.q.NewSelect().Model(&rows).Where("post_id IN (?)", bun.List(keys(byID))).Where("post_id <> 0 AND node_id = ?", n.node).
		Order("post_id", "position").Scan(ctx)
	if err != nil {
		return translate(err)
	}
	for i := range rows {
		m, err := rows[i].media()
		if err != nil {
			return err
		}
		p := byID[m.PostID]
		p.Media = append(p.Media, *m)
	}
	return nil
}

func (n *Node) fillMentions(ctx context.Context, byID map[parvis.ID]*parvis.Post) error {
	var rows []struct {
		PostID, AccountID parvis.ID
		Username, Domain  string
		URI, URL          string
	}
	err := n.raw(`SELECT m.post_id, m.account_id, a.username, a.domain, a.uri, a.url FROM mentions m
		JOIN accounts a ON a.id = m.account_id WHERE m.post_id IN (?) ORDER BY m.post_id, m.account_id`, listOf(keys(byID))).Scan(ctx, &rows)
	if err != nil {
		return translate(err)
	}
	for _, r := range rows {
		a := parvis.Account{Username: r.Username, Domain: r.Domain}
		p := byID[r.PostID]
		p.Mentions = append(p.Mentions, parvis.Mention{AccountID: r.AccountID, Acct: a.Acct(), URI: r.URI, URL: r.URL})
	}
	return nil
}

// Mark fills what the viewer did with the posts: liked, shared.
func (n *Node) Mark(ctx context.Context, viewer parvis.ID, posts []*parvis.Post) error {
	if viewer == 0 || len(posts) == 0 {
		return nil
	}
	byID := make(map[parvis.ID]*parvis.Post, len(posts))
	for _, p := range posts {
		byID[p.ID] = p
	}
	var rows []struct {
		PostID parvis.ID
		Shared bool
	}
	err := n.raw(`SELECT post_id, FALSE AS shared FROM likes WHERE post_id IN (?0) AND account_id = ?1
		UNION ALL SELECT post_id, TRUE AS shared FROM shares WHERE post_id IN (?0) AND account_id = ?1`,
		listOf(keys(byID)), viewer).Scan(ctx, &rows)
	for _, r := range rows {
		if r.Shared {
			byID[r.PostID].Shared = true
		} else {
			byID[r.PostID].Liked = true
		}
	}
	return translate(err)
}

func keys[V any](m map[parvis.ID]V) []parvis.ID {
	ids := make([]parvis.ID, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	return ids
}

func unique(ids []parvis.ID) []parvis.ID {
	seen := make(map[parvis.ID]bool, len(ids))
	out := make([]parvis.ID, 0, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}
