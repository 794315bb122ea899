package storage

import (
	"context"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// wholePosts turns rows into whole posts but for their authors and emojis: one
// query per table, never one per row.
func (n *Node) wholePosts(ctx context.Context, rows []postRow) (map[parvis.ID]*parvis.Post, error) {
	byID := make(map[parvis.ID]*parvis.Post, len(rows))
	kinds := make(map[parvis.Kind][]parvis.ID)
	for i := range rows {
		p, err := rows[i].post()
		if err != nil {
			return nil, err
		}
		byID[p.ID] = p
		kinds[rows[i].Kind] = append(kinds[rows[i].Kind], p.ID)
	}
	if err := n.fillDetails(ctx, byID, kinds); err != nil {
		return nil, err
	}
	if err := n.fillMedia(ctx, byID); err != nil {
		return nil, err
	}
	return byID, n.fillMentions(ctx, byID)
}

// loadPosts reads posts and keeps them.
func (n *Node) loadPosts(ctx context.Context, ids []parvis.ID) (map[parvis.ID]*parvis.Post, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []postRow
	err := n.raw("SELECT "+n.db.columns(postRow{}, "p.")+`, COALESCE(q.author_id, 0) AS answered_id FROM posts p
		LEFT JOIN posts q ON q.id = p.reply_to AND p.reply_to <> 0 WHERE +p.node_id = ? AND p.id IN (?)`,
		n.node, listOf(ids)).Scan(ctx, &rows)
	if err != nil {
		return nil, translate(err)
	}
	posts, err := n.wholePosts(ctx, rows)
	if err != nil {
		return nil, err
	}
	for _, p := range posts {
		n.db.kept.keepPost(p)
	}
	return posts, nil
}

// fillPostEmojis gives posts, which have their authors, the pictures in their texts.
func (n *Node) fillPostEmojis(ctx context.Context, posts []*parvis.Post) error {
	var uses []emojiUse
	for _, p := range posts {
		if len(p.Emojis) > 0 && p.Author != nil {
			uses = append(uses, emojiUse{p.Author.Host(), p.Emojis})
		}
	}
	return n.fillEmojis(ctx, uses)
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
	err := n.raw("SELECT "+n.db.columns(mediaRow{}, "")+" FROM media WHERE post_id IN (?) AND post_id <> 0 AND node_id = ? ORDER BY post_id, position",
		listOf(keys(byID)), n.node).Scan(ctx, &rows)
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

// Mark fills what the viewer did with the posts: liked, shared, kept, voted.
func (n *Node) Mark(ctx context.Context, viewer parvis.ID, posts []*parvis.Post) error {
	if viewer == 0 || len(posts) == 0 {
		return nil
	}
	byID := make(map[parvis.ID]*parvis.Post, len(posts))
	for _, p := range posts {
		byID[p.ID] = p
	}
	var id parvis.ID
	var did string
	err := n.raw(`SELECT post_id, 'liked' FROM likes WHERE post_id IN (?0) AND account_id = ?1
		UNION ALL SELECT post_id, 'shared' FROM shares WHERE post_id IN (?0) AND account_id = ?1
		UNION ALL SELECT post_id, 'saved' FROM bookmarks WHERE post_id IN (?0) AND account_id = ?1`,
		listOf(keys(byID)), viewer).each(ctx, func() {
		p := byID[id]
		p.Liked, p.Shared, p.Saved = p.Liked || did == "liked", p.Shared || did == "shared", p.Saved || did == "saved"
	}, (*int64)(&id), &did)
	if err != nil {
		return translate(err)
	}
	return n.markChosen(ctx, viewer, byID)
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
