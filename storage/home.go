package storage

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A HomeEntry is a post in somebody's home, perhaps because Sharer shared it.
type HomeEntry struct {
	ID     parvis.ID // its place in the home: the post's id, or the share's; pages are counted in these
	Post   *parvis.Post
	Sharer *parvis.Account
	URI    string // of the share
}

// A homeRow is an entry of a home before its post is read.
type homeRow struct {
	ID, SharerID parvis.ID
	Post         postRef
	URI          string
	// Hidden entries are passed over: their post is in the home at an earlier place,
	// or the reader wants nothing of its author.
	Hidden bool
}

// Home lists what an account's home holds, newest first: what was written there,
// and what its merged sources published and shared. A post is there once, at the
// first of the places by which it came.
func (n *Node) Home(ctx context.Context, account parvis.ID, page parvis.Page) ([]HomeEntry, error) {
	sources, err := n.mergedSources(ctx, account)
	if err != nil {
		return nil, err
	}
	rows, err := fullPage(page, func(page parvis.Page) ([]homeRow, error) { return n.homeRows(ctx, account, sources, page) })
	if err != nil {
		return nil, err
	}
	return n.entriesOf(ctx, rows)
}

// entriesOf reads the posts and sharers of entries.
func (n *Node) entriesOf(ctx context.Context, rows []homeRow) ([]HomeEntry, error) {
	refs := make([]postRef, len(rows))
	places := make(map[parvis.ID]homeRow, len(rows))
	var sharers []parvis.ID
	for i, r := range rows {
		refs[i], places[r.Post.post.ID] = r.Post, r
		if r.SharerID != 0 {
			sharers = append(sharers, r.SharerID)
		}
	}
	posts, err := n.postsAt(ctx, refs)
	if err != nil {
		return nil, err
	}
	accounts, err := n.Accounts(ctx, unique(sharers))
	if err != nil {
		return nil, err
	}
	entries := make([]HomeEntry, 0, len(rows))
	for _, p := range posts {
		r := places[p.ID]
		entries = append(entries, HomeEntry{r.ID, p, accounts[r.SharerID], r.URI})
	}
	return entries, nil
}

// fullPage reads entries until a page is full or nothing is left.
func fullPage(page parvis.Page, read func(parvis.Page) ([]homeRow, error)) ([]homeRow, error) {
	limit := page.Size()
	kept := make([]homeRow, 0, limit)
	for {
		rows, err := read(page)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if !r.Hidden && len(kept) < limit {
				kept = append(kept, r)
			}
		}
		if len(kept) == limit || len(rows) < limit {
			return inOrder(kept, page), nil
		}
		if last := rows[limit-1].ID; page.From != 0 {
			page.From = last
		} else {
			page.Before = last
		}
	}
}

// wanted leaves of accounts a those that are active and that a reader did not mute. A
// page would be read by walking through all that the others wrote. Who is blocked is
// not followed.
const wanted = active + " AND NOT EXISTS (SELECT 1 FROM mutes w WHERE w.account_id = ? AND w.target_id = a.id)"

// mergedSources returns whom an account follows and reads by merging. The way is
// written out as in the index, for the reason that heads gives.
func (n *Node) mergedSources(ctx context.Context, account parvis.ID) ([]parvis.ID, error) {
	var sources []parvis.ID
	var source parvis.ID
	err := n.raw(`SELECT f.followed_id FROM follows f JOIN sources s ON s.account_id = f.followed_id
		JOIN accounts a ON a.id = f.followed_id
		WHERE f.follower_id = ? AND f.accepted AND f.reader AND s.way <> 'written' `+wanted+` ORDER BY f.id`, account, account).
		each(ctx, func() { sources = append(sources, source) }, (*int64)(&source))
	return sources, translate(err)
}

// mergeWidth is how many sources one statement merges: SQLite unites 500 queries
// at most.
const mergeWidth = 64

// homeRows returns the entries of a page, hidden ones among them, in the order in
// which the page is read.
func (n *Node) homeRows(ctx context.Context, account parvis.ID, sources []parvis.ID, page parvis.Page) ([]homeRow, error) {
	if len(sources) <= mergeWidth {
		return n.merge(ctx, account, sources, sources, page)
	}
	var all []homeRow
	for part := range slices.Chunk(sources, mergeWidth) {
		rows, err := n.merge(ctx, account, part, sources, page)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	slices.SortFunc(all, func(x, y homeRow) int {
		if page.From != 0 {
			x, y = y, x
		}
		return cmp.Compare(y.ID, x.ID)
	})
	// Each part brought what is written in the home.
	all = slices.CompactFunc(all, func(x, y homeRow) bool { return x.ID == y.ID })
	return all[:min(len(all), page.Size())], nil
}

// The parts of the statement that reads a home. Each candidate query gives the
// next entries of one kind, along an index, as many as fit on the page.
const (
	writtenEntries = `SELECT * FROM (SELECT h.id, h.post_id, h.sharer_id FROM home h
		WHERE h.account_id = ? AND h.id > ? AND h.id < ? ORDER BY h.id DESC LIMIT ?) AS written`
	publishedEntries = ` UNION SELECT * FROM (SELECT p.id, p.id AS post_id, 0 AS sharer_id FROM posts p
		WHERE p.author_id = ? AND p.id > ? AND p.id < ? AND ` + comesHome + ` ORDER BY p.id DESC LIMIT ?) AS published`
	sharedEntries = ` UNION SELECT * FROM (SELECT s.id, s.post_id, s.account_id AS sharer_id FROM shares s
		WHERE s.account_id = ? AND s.id > ? AND s.id < ? ORDER BY s.id DESC LIMIT ?) AS shared`

	// comesHome says which posts p of those whom a reader follows come to their
	// home: answers only if the reader follows, or is, whom they answer.
	comesHome = `p.deleted_at = 0 AND p.audience <> 'named' AND (p.reply_to = 0 AND p.reply_to_uri = ''
		OR p.reply_to <> 0 AND EXISTS (SELECT 1 FROM posts q WHERE q.id = p.reply_to AND (q.author_id = ?
			OR EXISTS (SELECT 1 FROM follows g WHERE g.follower_id = ? AND g.followed_id = q.author_id AND g.accepted))))`

	// entriesHead and entriesTail stand around what hides the entries of a page.
	entriesHead = "SELECT e.id, e.sharer_id, COALESCE(s.uri, ''), " + postRefs + ", (" + silenced
	entriesTail = `) FROM (SELECT * FROM candidates ORDER BY id DESC LIMIT ?) AS e JOIN posts p ON p.id = e.post_id JOIN accounts a ON a.id = p.author_id
		LEFT JOIN shares s ON s.post_id = e.post_id AND s.account_id = e.sharer_id ORDER BY e.id DESC`

	// silenced says whose posts p, or shares e, a reader is not shown.
	silenced = `p.deleted_at <> 0 OR EXISTS (SELECT 1 FROM accounts a WHERE a.id IN (p.author_id, e.sharer_id) AND (a.suspended_at <> 0 OR a.deleted_at <> 0))
		OR EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = ? AND b.target_id = p.author_id OR b.account_id = p.author_id AND b.target_id = ?)
		OR EXISTS (SELECT 1 FROM mutes m WHERE m.account_id = ? AND m.target_id IN (p.author_id, e.sharer_id))`

	// cameBefore says whether the post p of entry e is in the home at an earlier place, by
	// somebody of whom the reader wants something.
	cameBefore = ` OR EXISTS (SELECT 1 FROM home o WHERE o.account_id = ? AND o.post_id = e.post_id AND o.id < e.id
			AND NOT EXISTS (SELECT 1 FROM mutes w WHERE w.account_id = o.account_id AND w.target_id = o.sharer_id)
			AND NOT EXISTS (SELECT 1 FROM accounts w WHERE w.id = o.sharer_id AND (w.suspended_at <> 0 OR w.deleted_at <> 0)))
		OR EXISTS (SELECT 1 FROM shares o WHERE o.post_id = e.post_id AND o.account_id IN (?) AND o.id < e.id)
		OR p.author_id IN (?) AND p.id < e.id AND ` + comesHome
)

// merge reads a page of what is written in a home and of some merged sources;
// all are the account's merged sources, which decide where a post came first.
func (n *Node) merge(ctx context.Context, account parvis.ID, sources, all []parvis.ID, page parvis.Page) ([]homeRow, error) {
	above, below, limit := bounds(page)
	var text strings.Builder
	text.WriteString("WITH candidates AS (" + writtenEntries)
	args := []any{account, above, below, limit}
	for _, source := range padded(sources) {
		text.WriteString(publishedEntries + sharedEntries)
		args = append(args, source, above, below, account, account, limit, source, above, below, limit)
	}
	text.WriteString(") " + entriesHead)
	args = append(args, silencedFor(account)...)
	if len(all) > 0 {
		text.WriteString(cameBefore)
		args = append(args, account, listOf(all), listOf(all), account, account)
	}
	text.WriteString(entriesTail)
	return n.entryRows(ctx, text.String(), append(args, limit), page)
}

// silencedFor are the arguments of silenced.
func silencedFor(reader parvis.ID) []any { return []any{reader, reader, reader} }

// entryRows reads the entries that a query for a page finds.
func (n *Node) entryRows(ctx context.Context, query string, args []any, page parvis.Page) ([]homeRow, error) {
	var rows []homeRow
	var r homeRow
	dest := append([]any{(*int64)(&r.ID), (*int64)(&r.SharerID), &r.URI}, r.Post.scan()...)
	err := n.raw(upwards(query, page), args...).each(ctx, func() { rows = append(rows, r) }, append(dest, &r.Hidden)...)
	return rows, translate(err)
}

// bounds are the ids between which the entries of a page lie, and how many it has.
func bounds(page parvis.Page) (above, below parvis.ID, limit int) {
	return max(page.After, page.From), cmp.Or(page.Before, math.MaxInt64), page.Size()
}

// upwards turns a query for a page round if the page is read so.
func upwards(query string, page parvis.Page) string {
	if page.From != 0 {
		return strings.ReplaceAll(query, "DESC", "ASC")
	}
	return query
}

// padded fills a list of sources with nobody up to a power of two, so that few
// texts serve all readers.
func padded(sources []parvis.ID) []parvis.ID {
	size := 1
	for size < len(sources) {
		size *= 2
	}
	if len(sources) == 0 {
		return nil
	}
	return append(slices.Clip(sources), make([]parvis.ID, size-len(sources))...)
}
